//! What a kernel is called in machine code: its name in the source, or the mangled form of it.

use std::ffi::CString;

/// The name of a section of code begins so in an ELF file for GPUs.
const SECTION: &[u8] = b".text.";

/// The names that the machine code may have for a kernel of the source: its own first, then mangled ones that hold it.
pub(super) fn candidates(image: &[u8], entry: &str) -> Vec<CString> {
    let mangled = format!("{}{entry}", entry.len());
    let is_kernel = |name: &str| name == entry || (name.starts_with("_Z") && name.contains(&mangled));
    let mut names: Vec<&str> = sections(image).filter(|name| is_kernel(name)).collect();
    names.sort_unstable_by_key(|name| (*name != entry, *name));
    names.dedup();
    let names = if names.is_empty() { vec![entry] } else { names };
    names.into_iter().filter_map(|name| CString::new(name).ok()).collect()
}

/// What follows `.text.` in each text of the file that begins so.
fn sections(image: &[u8]) -> impl Iterator<Item = &str> {
    let texts = image.split(|&byte| byte == 0);
    texts.filter_map(|text| std::str::from_utf8(text.strip_prefix(SECTION)?).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mangled_kernels_are_found_by_their_names() {
        let image = b"\x7fELF\0\x01.text\0.text._Z7doubledPfi\0.text._Z6doublePKfPfi\0.text.plain\0.rela.text.other\0";
        let of = |entry: &str| {
            candidates(image, entry).iter().map(|name| name.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(of("double"), ["_Z6doublePKfPfi"]);
        assert_eq!(of("doubled"), ["_Z7doubledPfi"]);
        assert_eq!(of("plain"), ["plain"]);
        // The driver then says that there is no such kernel.
        assert_eq!(of("other"), ["other"]);
    }
}
