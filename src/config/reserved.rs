//! Words that cannot name a constant in a generated file.

/// Words of C++20, `_`, and the lower-case macros that compilers for Linux define on their own.
const CPP: &str = "_ alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t \
    char8_t class co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue \
    decltype default delete do double dynamic_cast else enum explicit export extern false float for friend goto if \
    inline int linux long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public \
    register reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch \
    template this thread_local throw true try typedef typeid typename union unix unsigned using virtual void volatile \
    wchar_t while xor xor_eq";

/// Words of Rust 2024, also those it keeps for later, and `_`.
const RUST: &str = "_ abstract as async await become box break const continue crate do dyn else enum extern false final \
    fn for gen if impl in let loop macro match mod move mut override priv pub ref return self Self static struct super \
    trait true try type typeof unsafe unsized use virtual where while yield";

/// The names, with underscores behind those that C++ keeps for itself.
pub(crate) fn usable_in_cpp(names: Vec<String>) -> Vec<String> {
    usable(names, CPP)
}

/// The names, with underscores behind those that Rust keeps for itself.
pub(crate) fn usable_in_rust(names: Vec<String>) -> Vec<String> {
    usable(names, RUST)
}

/// As few underscores as keep the names apart.
fn usable(mut names: Vec<String>, words: &str) -> Vec<String> {
    for index in 0..names.len() {
        if words.split_whitespace().any(|word| word == names[index]) {
            let mut name = names[index].clone() + "_";
            while names.contains(&name) {
                name.push('_');
            }
            names[index] = name;
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_words_get_a_name_of_their_own() {
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(usable_in_cpp(names(&["class", "class_", "fn"])), names(&["class__", "class_", "fn"]));
        assert_eq!(usable_in_rust(names(&["_", "fn", "FN", "Self"])), names(&["__", "fn_", "FN", "Self_"]));
    }
}
