//! The line form of `constrint occupancy --batch`: a query a line, an answer a line.
//!
//! ```text
//! CC REGISTERS THREADS DYNAMIC [STATIC [CARVEOUT [BARRIERS [OPT_IN]]]]
//! dyn  CC REGISTERS THREADS BLOCKS [STATIC]
//! best CC REGISTERS DYNAMIC
//! ```
//!
//! `CC` is `9.0`, `90` or `sm_90a`; sizes are bytes a block; `CARVEOUT` is a percentage or -1 for none; `OPT_IN` is the
//! kernel's limit of dynamic shared memory, -1 if it never raised it. `#` starts a comment.
//!
//! The first form answers with tab-separated columns: blocks and warps per SM, occupancy, limiters, the blocks that
//! registers, shared memory, warps, block slots and barriers allow, and the registers and the shared memory that a
//! block takes. `dyn` gives the most dynamic shared memory with which so many blocks stay resident, `best` the block
//! size with the most resident threads and the smallest grid that fills the GPU.
//!
//! The form is that of a C program that reads with `scanf` and asks `cuda_occupancy.h`, and the answers are the same to
//! the letter. So numbers are read as `scanf` reads them: what follows the last number that can be read is ignored.

use super::OccupancyError;
use super::occupancy::{Occupancy, as_header};
use super::suggest::{max_dynamic_as_header, suggest_as_header};
use super::{Capability, KernelResources, Limiter, OptIn, catalog};

/// The header's code and word for every question that it refuses.
const INVALID_INPUT: &str = "ERR 1 invalid-input";
/// The answer to a line that lacks numbers or names an unknown compute capability.
const UNREADABLE: &str = "ERR parse";
/// The longest word that is read as one.
const MAX_WORD_BYTES: usize = 31;

/// The answer to one line, without a line break; `None` for a blank line or a comment.
///
/// ```
/// use constrint::hardware::batch::answer_line;
///
/// let answer = answer_line("9.0 255 128 0  # no shared memory").unwrap();
/// assert_eq!(answer, "2\t8\t0.1250\tregs\t2\t228\t16\t32\t64\t32768\t1024");
/// assert_eq!(answer_line("dyn 9.0 32 128 2").as_deref(), Some("115712"));
/// assert_eq!(answer_line("best T4 32 0").as_deref(), Some("ERR parse"));
/// assert_eq!(answer_line("# nothing asked"), None);
/// ```
pub fn answer_line(line: &str) -> Option<String> {
    let line = line.split('#').next().unwrap_or_default();
    let mut scanner = Scanner { rest: line.as_bytes() };
    let first = scanner.word()?;
    let answer = match first {
        b"dyn" => answer_dynamic(&mut scanner),
        b"best" => answer_best(&mut scanner),
        compute_capability => answer_occupancy(compute_capability, &mut scanner),
    };
    Some(match answer {
        Some(Ok(answer)) => answer,
        Some(Err(_)) => INVALID_INPUT.to_owned(),
        None => UNREADABLE.to_owned(),
    })
}

/// An answer, the refusal of the question, or `None` if the line cannot be read.
type Answer = Option<Result<String, OccupancyError>>;

fn answer_occupancy(compute_capability: &[u8], scanner: &mut Scanner) -> Answer {
    let mut kernel = KernelResources::new(scanner.int()?, scanner.int()?);
    kernel.dynamic_shared_memory_bytes = scanner.long()?;
    // The rest is optional. A failed read takes nothing, so that all reads after it fail too.
    kernel.static_shared_memory_bytes = scanner.long().unwrap_or(0);
    kernel.carveout_percent = scanner.int().filter(|&percent| percent != -1);
    kernel.named_barriers = scanner.int().unwrap_or(1);
    kernel.opt_in = match scanner.long() {
        None | Some(-2) => OptIn::AsNeeded,
        Some(-1) => OptIn::Never,
        Some(bytes) => OptIn::UpTo(bytes),
    };
    let limits = find(compute_capability)?.sm_limits();
    Some(as_header(&limits, &kernel).map(|occupancy| columns(&occupancy)))
}

fn answer_dynamic(scanner: &mut Scanner) -> Answer {
    let capability = scanner.word();
    let mut kernel = KernelResources::new(scanner.int()?, scanner.int()?);
    let blocks_per_sm = scanner.int()?;
    kernel.static_shared_memory_bytes = scanner.long().unwrap_or(0);
    let limits = find(capability?)?.sm_limits();
    Some(max_dynamic_as_header(&limits, &kernel, blocks_per_sm).map(|bytes| bytes.to_string()))
}

fn answer_best(scanner: &mut Scanner) -> Answer {
    let capability = scanner.word();
    let mut kernel = KernelResources::new(scanner.int()?, 1);
    kernel.dynamic_shared_memory_bytes = scanner.long().unwrap_or(0);
    let capability = find(capability?)?;
    Some(suggest_as_header(&capability.sm_limits(), &kernel).map(|size| {
        let blocks = size.blocks_per_sm * capability.reference_sms;
        format!("{}\t{blocks}", size.threads_per_block)
    }))
}

fn columns(answer: &Occupancy) -> String {
    let limits = &answer.block_limits;
    let limiters: Vec<&str> = answer.limiters.iter().map(limiter_word).collect();
    let or_inf = |limit: Option<i64>| limit.map_or_else(|| "inf".to_owned(), |limit| limit.to_string());
    [
        answer.blocks_per_sm.to_string(),
        answer.warps_per_sm.to_string(),
        format!("{:.4}", answer.occupancy),
        limiters.join("+"),
        or_inf(limits.registers),
        or_inf(limits.shared_memory),
        limits.warps.to_string(),
        limits.blocks.to_string(),
        or_inf(limits.barriers),
        answer.allocated_registers_per_block.to_string(),
        answer.allocated_shared_memory_per_block_bytes.cast_unsigned().to_string(),
    ]
    .join("\t")
}

fn limiter_word(limiter: Limiter) -> &'static str {
    match limiter {
        Limiter::Warps => "warps",
        Limiter::Registers => "regs",
        Limiter::SharedMemory => "smem",
        Limiter::Blocks => "blocks",
        Limiter::Barriers => "barriers",
        Limiter::Virtual => "virtual",
    }
}

/// The row of a compute capability as the line form spells it: less strict than
/// [`ComputeCapability`](super::ComputeCapability), in that anything may follow the number.
fn find(word: &[u8]) -> Option<&'static Capability> {
    let number = word.strip_prefix(b"sm_").unwrap_or(word);
    let mut scanner = Scanner { rest: number };
    let code = if number.contains(&b'.') {
        let major = scanner.int()?;
        scanner.rest = scanner.rest.strip_prefix(b".")?;
        major.checked_mul(10)?.checked_add(scanner.int()?)?
    } else {
        scanner.int()?
    };
    let has_code = |row: &&Capability| {
        i64::from(row.compute_capability.major) * 10 + i64::from(row.compute_capability.minor) == code
    };
    catalog().capabilities().iter().find(has_code)
}

/// Reads a line as `scanf` does.
struct Scanner<'a> {
    rest: &'a [u8],
}

impl<'a> Scanner<'a> {
    fn skip_blanks(&mut self) {
        // The vertical tab is a blank in C and none in `is_ascii_whitespace`.
        let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\x0b';
        self.rest = &self.rest[self.rest.iter().take_while(|byte| blank(byte)).count()..];
    }

    /// `%31s`: the next word, cut after 31 bytes; the rest of a longer one is read next.
    fn word(&mut self) -> Option<&'a [u8]> {
        self.skip_blanks();
        let inside = |byte: &&u8| !byte.is_ascii_whitespace() && **byte != b'\x0b';
        let (word, rest) = self.rest.split_at(self.rest.iter().take(MAX_WORD_BYTES).take_while(inside).count());
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    /// `%ld`: a decimal number with an optional sign, which stops at the first other byte and saturates.
    fn long(&mut self) -> Option<i64> {
        self.skip_blanks();
        let (sign, digits) = match self.rest {
            [b'-', digits @ ..] => (-1, digits),
            [b'+', digits @ ..] | digits => (1, digits),
        };
        let length = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 0 {
            // Nothing but more digits could make this a number, so that whatever is read after it fails as well.
            return None;
        }
        let (digits, rest) = digits.split_at(length);
        self.rest = rest;
        Some(
            digits
                .iter()
                .fold(0i64, |value, digit| value.saturating_mul(10).saturating_add(sign * i64::from(digit - b'0'))),
        )
    }

    /// `%d`: the same, of which the low 32 bits count.
    fn int(&mut self) -> Option<i64> {
        #[allow(clippy::cast_possible_truncation, reason = "as C's scanf stores a long in an int")]
        self.long().map(|value| i64::from(value as i32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(line: &str) -> String {
        answer_line(line).unwrap()
    }

    #[test]
    fn every_spelling_of_a_compute_capability() {
        let expected = answer("9.0 40 256 0");
        for spelling in ["90", "sm_90", "sm_90a", "9.0a", "sm_9.0", "+90"] {
            assert_eq!(answer(&format!("{spelling} 40 256 0")), expected, "{spelling}");
        }
    }

    #[test]
    fn what_cannot_be_read() {
        for line in
            ["9.0", "9.0 1 2", "9.0 1 2 x", "sm_91 1 2 3", "9. 1 2 3", "x 1 2 3", "dyn 9.0 1 2", "best 9.0", "best"]
        {
            assert_eq!(answer(line), "ERR parse", "{line}");
        }
        for line in ["", "  \t\r\n", "# 9.0 1 2 3", "\u{b}"] {
            assert_eq!(answer_line(line), None, "{line}");
        }
    }

    #[test]
    fn what_is_refused() {
        for line in
            ["9.0 -1 32 0", "9.0 32 0 0", "9.0 32 32 0 0 101", "dyn 9.0 32 128 99", "dyn 9.0 32 128 0", "best 9.0 -1 0"]
        {
            assert_eq!(answer(line), "ERR 1 invalid-input", "{line}");
        }
    }

    #[test]
    fn trailing_words_are_ignored() {
        assert_eq!(answer("8.0 32 256 0 1024 and so on"), answer("8.0 32 256 0 1024"));
        assert_eq!(answer("8.0 32 256 1e3"), answer("8.0 32 256 1"));
    }

    #[test]
    fn no_limit_is_inf() {
        assert_eq!(answer("7.0 0 64 0"), "32\t64\t1.0000\twarps+blocks\tinf\tinf\t32\t32\tinf\t0\t0");
    }

    #[test]
    fn sizes_wrap_as_in_c() {
        // The header takes 4 GiB, cast to int, for nothing, and -1 for the largest size, which the reserve wraps round.
        assert_eq!(answer("9.0 32 128 4294967296"), answer("9.0 32 128 0"));
        assert_eq!(answer("9.0 32 128 -1"), answer("9.0 32 128 0"));
        assert!(answer("9.0 32 128 -5000").starts_with("0\t"));
    }

    #[test]
    fn the_best_size_names_the_grid_that_fills_the_gpu() {
        assert_eq!(answer("best 9.0 32 0"), "1024\t264");
        assert_eq!(answer("best 8.6 32 0"), "768\t164");
    }
}
