//! How a name that a user writes, or a driver reports, finds a GPU of the catalog.
//!
//! Words match as a whole: `H20` is no `H200`, `L40` no `L40S`. Blanks between them may be left out (`rtx4060ti`).

use std::iter;

/// Words that a driver or a shop puts before or behind a GPU's name and the catalog leaves out.
pub(super) const NOISE: [&str; 5] = ["nvidia", "geforce", "tesla", "jetson", "gpu"];
/// The first word of product lines, which people leave out.
const LINES: [&str; 1] = ["rtx"];

/// The names of one GPU.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    /// That of the catalog.
    pub(super) name: &'a str,
    /// Those that drivers report.
    pub(super) driver_names: &'a [String],
}

/// The indices of the GPUs that the query means, by the first of these ranks in which any matches:
///
/// 1. the whole name in the catalog, or one that a driver reports,
/// 2. one of these short of the maker's words, the line's (`4090`) or the memory's size (`RTX A2000`),
/// 3. words in a row (`PRO 6000`),
/// 4. the query's words, each a word of the name, in any order (`H100 80GB`).
///
/// Case, blanks and punctuation never count, `sxm` is any `sxm5`, `mobile` a `laptop` and `80g` as good as `80gb`.
pub(super) fn matches<'a>(query: &str, known: impl Iterator<Item = Known<'a>>) -> Vec<usize> {
    let query = Query::new(query);
    let ranked: Vec<(usize, usize)> =
        known.enumerate().filter_map(|(index, known)| query.rank(known).map(|rank| (rank, index))).collect();
    let best = ranked.iter().map(|(rank, _)| *rank).min();
    ranked.into_iter().filter(|(rank, _)| Some(*rank) == best).map(|(_, index)| index).collect()
}

/// What a user wrote.
struct Query {
    /// All words.
    whole: Vec<String>,
    /// Those that name a model; all where no other is left, as of `Jetson`.
    own: Vec<String>,
}

impl Query {
    fn new(text: &str) -> Self {
        let whole = words(text);
        let own = without(&whole, &NOISE);
        Self { own: if own.is_empty() { whole.clone() } else { own }, whole }
    }

    /// The rank of the match as numbered in [`matches()`]; `None` if there is none.
    fn rank(&self, known: Known<'_>) -> Option<usize> {
        if self.whole.is_empty() {
            return None;
        }
        let name = words(known.name);
        let of_driver: Vec<Vec<String>> = known.driver_names.iter().map(|name| words(name)).collect();
        let short = iter::once(&name).chain(&of_driver).flat_map(|words| short_forms(words));
        let model = without(&name, &NOISE);
        let names = [&name, &model];
        let ranks = [
            [&self.own, &self.whole].iter().any(|query| is_joined(query, &name))
                || of_driver.iter().any(|words| is_joined(&self.whole, words)),
            short.into_iter().any(|words| is_joined(&self.own, &words)),
            names.iter().any(|words| has_run(words, &self.own)),
            names.iter().any(|words| self.own.iter().all(|word| words.iter().any(|known| is_same(word, known)))),
        ];
        ranks.iter().position(|&matched| matched)
    }
}

/// A name without the words that people leave out: the maker's, and of the rest the line's, the memory's size, or both.
fn short_forms(name: &[String]) -> Vec<Vec<String>> {
    let model = without(name, &NOISE);
    let sizeless = |words: &[String]| words.iter().filter(|word| !is_memory(word)).cloned().collect::<Vec<_>>();
    let lineless = model.split_first().filter(|(first, _)| LINES.contains(&first.as_str()));
    let lineless = lineless.map_or_else(Vec::new, |(_, rest)| rest.to_vec());
    let forms = [sizeless(&model), sizeless(&lineless), model, lineless];
    forms.into_iter().filter(|words| !words.is_empty()).collect()
}

/// The words of a name: runs of letters and digits, in lower case; a memory's size is one word.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word = match word.to_lowercase() {
            word if word == "mobile" => "laptop".to_owned(),
            word if is_memory(&(word.clone() + "b")) => word + "b",
            word => word,
        };
        match words.last_mut() {
            Some(last) if word == "gb" && is_number(last) => last.push_str("gb"),
            _ => words.push(word),
        }
    }
    words
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|letter| letter.is_ascii_digit())
}

/// Whether a word is a memory's size, such as `80gb`.
pub(super) fn is_memory(word: &str) -> bool {
    word.strip_suffix("gb").is_some_and(is_number)
}

pub(super) fn without(words: &[String], left_out: &[&str]) -> Vec<String> {
    words.iter().filter(|word| !left_out.contains(&word.as_str())).cloned().collect()
}

/// Whether two words mean the same; of the socket's the number may be left out.
fn is_same(written: &str, known: &str) -> bool {
    written == known || written == "sxm" && known.strip_prefix("sxm").is_some_and(is_number)
}

/// Whether the query is these words, wherever the blanks are.
fn is_joined(query: &[String], words: &[String]) -> bool {
    let joined = query.concat();
    leads(&joined, words).is_some_and(str::is_empty)
}

/// Whether the query is a run of these words.
fn has_run(words: &[String], query: &[String]) -> bool {
    let joined = query.concat();
    (0..words.len())
        .any(|start| (start + 1..=words.len()).any(|end| leads(&joined, &words[start..end]).is_some_and(str::is_empty)))
}

/// What is left of the text once all these words are taken from its beginning; `None` where one is not there.
fn leads<'t>(text: &'t str, words: &[String]) -> Option<&'t str> {
    let Some((first, rest)) = words.split_first() else { return Some(text) };
    let after = |word: &str| text.strip_prefix(word).and_then(|text| leads(text, rest));
    // The longer form first: what `sxm` leaves of `sxm5` begins no other word.
    after(first).or_else(|| after("sxm").filter(|_| is_same("sxm", first)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::hardware::HardwareError;
    use crate::hardware::{catalog, find};

    /// Names as people type them, and the one GPU that they mean.
    const TYPED: &[(&str, &str)] = &[
        ("H100 SXM5 80GB", "H100 SXM5 80GB"),
        ("h100_sxm5-80gb", "H100 SXM5 80GB"),
        ("h100-sxm", "H100 SXM5 80GB"),
        ("h100sxm", "H100 SXM5 80GB"),
        ("H100 80GB", "H100 SXM5 80GB"),
        ("h100 80g hbm3", "H100 SXM5 80GB"),
        ("h100 pcie", "H100 PCIe"),
        ("H100 NVL", "H100 NVL 94GB"),
        ("H200", "H200 SXM 141GB"),
        ("H200 NVL", "H200 NVL 141GB"),
        ("H20", "H20 96GB"),
        ("H800", "H800 SXM5 80GB"),
        ("gh200", "GH200 96GB HBM3"),
        ("B200", "B200 (HGX)"),
        ("B200(HGX)", "B200 (HGX)"),
        ("gb200", "GB200 (per GPU)"),
        ("B300", "B300 (HGX, SXM6 AC)"),
        ("GB10", "GB10 (DGX Spark)"),
        ("spark", "GB10 (DGX Spark)"),
        ("thor", "Jetson AGX Thor (T5000)"),
        ("A100 80 GB pcie", "A100 PCIe 80GB"),
        ("a100-40gb-sxm4", "A100 SXM4 40GB"),
        ("A10", "A10"),
        ("A10G", "A10G"),
        ("A2", "A2"),
        ("A16", "A16 (per GPU)"),
        ("A30", "A30"),
        ("L4", "L4"),
        ("L40", "L40"),
        ("L40S", "L40S"),
        ("L20", "L20"),
        ("T4", "T4"),
        ("v100-sxm2-32gb", "V100 SXM2 32GB"),
        ("a6000", "RTX A6000"),
        ("rtx 6000", "RTX 6000 Ada"),
        ("6000 Ada", "RTX 6000 Ada"),
        ("ada 4500", "RTX 4500 Ada"),
        ("rtx pro 6000 server", "RTX PRO 6000 Blackwell Server"),
        ("RTX PRO 6000 Max-Q", "RTX PRO 6000 Blackwell Max-Q"),
        ("RTX PRO 5000", "RTX PRO 5000 Blackwell 48GB"),
        ("4090", "RTX 4090"),
        ("NVIDIA GeForce RTX 4090", "RTX 4090"),
        ("4090D", "RTX 4090 D"),
        ("4090 mobile", "RTX 4090 Laptop"),
        ("RTX 5090 Laptop GPU", "RTX 5090 Laptop"),
        ("rtx3090", "RTX 3090"),
        ("3090ti", "RTX 3090 Ti"),
        ("RTX 3080", "RTX 3080 10GB"),
        ("RTX 3080 Ti", "RTX 3080 Ti"),
        ("3080 laptop", "RTX 3080 Laptop 16GB"),
        ("RTX 3060", "RTX 3060 12GB"),
        ("RTX 2080", "RTX 2080"),
        ("2080 Ti", "RTX 2080 Ti"),
        ("rtx2080super", "RTX 2080 SUPER"),
        ("4070 Ti Super", "RTX 4070 Ti SUPER"),
        ("4060ti 16gb", "RTX 4060 Ti 16GB"),
        ("titan v", "TITAN V"),
        ("AGX Orin 32GB", "Jetson AGX Orin 32GB"),
        ("Jetson Orin NX 8GB", "Jetson Orin NX 8GB"),
        ("AGX Xavier", "Jetson AGX Xavier 16GB"),
    ];

    /// Names that several GPUs have, each with how many.
    const SHARED: &[(&str, usize)] = &[
        ("A100", 4),
        ("a100 80gb", 2),
        ("A100 SXM", 2),
        ("A800", 2),
        ("H100", 3),
        ("V100", 4),
        ("Orin", 6),
        ("Jetson Orin", 6),
        ("AGX Orin", 2),
        ("Orin Nano", 2),
        ("Xavier", 2),
        ("PRO 6000", 3),
        ("RTX 3050", 2),
        ("NVIDIA GeForce RTX 4060 Ti", 2),
        ("A2000", 2),
        ("5000", 2),
        ("TITAN", 2),
    ];

    /// Parts that the catalog lacks, whatever of their names others have.
    const LACKING: &[&str] = &[
        "H20-3e",
        "H20 NVL16",
        "H100 96GB",
        "H1",
        "A100-SXM-64GB",
        "A10M",
        "RTX 5090 D",
        "RTX 3080 12GB",
        "RTX 3080 Ti Laptop",
        "RTX 2080 Max-Q",
        "Quadro RTX 6000",
        "RTX 6000D",
        "RTX A4000 Laptop GPU",
        "RTX 4000 SFF Ada",
        "P100",
        "GTX 1080 Ti",
        "Jetson TX2",
        "L40 S 2",
        "Radeon VII",
        "NVIDIA",
        "",
    ];

    #[test]
    fn what_people_type_finds_the_gpu_that_they_mean() {
        for (written, meant) in TYPED {
            assert_eq!(find(written).map(|gpu| gpu.name.as_str()), Ok(*meant), "{written}");
        }
    }

    #[test]
    fn an_ambiguous_name_lists_its_candidates() {
        for (written, count) in SHARED {
            let Err(HardwareError::AmbiguousGpu { candidates, name }) = find(written) else { panic!("{written}") };
            assert_eq!((name.as_str(), candidates.len()), (*written, *count), "{candidates:?}");
        }
    }

    #[test]
    fn of_many_candidates_some_are_told() {
        let error = find("RTX").unwrap_err();
        let (text, hint) = (error.to_string(), error.hint().unwrap());
        assert!(text.contains("TITAN RTX, ") && text.ends_with(" others") && text.len() < 300, "{text}");
        assert_eq!(hint, "Write more of it, such as `TITAN RTX`; `constrint gpus` lists all.");
    }

    #[test]
    fn a_part_that_the_catalog_lacks_is_no_other() {
        for written in LACKING {
            assert!(matches!(find(written), Err(HardwareError::UnknownGpu { .. })), "{written}: {:?}", find(written));
        }
    }

    #[test]
    fn an_earlier_rank_hides_the_later_ones() {
        let drivers = ["NVIDIA Old X1 16GB".to_owned()];
        let of_driver = Known { name: "Y", driver_names: &drivers };
        let known = |name| Known { name, driver_names: &[] };
        // Each matches by the rank of its place.
        let names = [known("Old X1 16GB"), of_driver, known("Old X1 16GB big"), known("X1 16GB new old")];
        for rank in 0..names.len() {
            let found = matches("old x1-16gb", names[rank..].iter().rev().copied());
            assert_eq!(found, [names.len() - 1 - rank], "{:?}", names[rank]);
        }
        assert_eq!(matches("nvidia OLD x1 16 GB", names.iter().copied()), [0, 1], "of one rank all");
        assert_eq!(matches("X1", [known("X1s"), known("X11"), known("oldX1")].into_iter()), Vec::<usize>::new());
    }

    /// Without blanks and in capitals too.
    #[test]
    fn every_name_finds_itself() {
        for gpu in catalog().gpus() {
            assert_eq!(find(&gpu.name), Ok(gpu));
            assert_eq!(find(&gpu.name.to_uppercase().replace(' ', "-")), Ok(gpu));
            assert_eq!(find(&gpu.name.replace(' ', "")), Ok(gpu));
        }
    }

    /// As a driver reports it, a name finds the rows that have it, and no other.
    #[test]
    fn every_name_of_a_driver_finds_its_rows() {
        let devices = catalog().devices();
        let mut several = Vec::new();
        for name in devices.iter().flat_map(|device| &device.driver_names) {
            let having = devices.iter().filter(|device| device.driver_names.contains(name));
            let having: Vec<String> = having.map(|device| device.name.clone()).collect();
            let found = match find(name) {
                Ok(gpu) => vec![gpu.name.clone()],
                Err(HardwareError::AmbiguousGpu { candidates, .. }) => candidates,
                Err(error) => panic!("{name}: {error}"),
            };
            assert_eq!(found, having, "{name}");
            several.extend((having.len() > 1).then_some(name.as_str()));
        }
        several.dedup();
        assert_eq!(several[..2], ["Xavier", "NVIDIA GeForce RTX 3050"], "{several:?}");
        assert!(devices.iter().all(|device| !device.driver_names.is_empty()));
    }
}
