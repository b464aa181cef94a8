//! Shared memory by banks: which row lengths keep a warp's accesses free of conflicts.
//!
//! Shared memory has 32 banks of 4 bytes (CUDA C++ Programming Guide, "Shared Memory"). A warp's access of more than 4 bytes
//! a thread is served in parts of 128 bytes: half a warp for 8 bytes, a quarter for 16, and for `ldmatrix` one of its 8 × 8
//! matrices. Within a part, threads that want different words of the same bank wait for each other.
//!
//! The patterns of a tile in rows have all the same form: some neighbours side by side in a row, the next ones a row
//! further. What decides is the distance of two rows, and the condition is one of divisibility, which goes into a model as
//! it is. The tests hold it against a simulation of the banks.

/// Bytes that all banks deliver at once.
const ALL_BANKS_BYTES: i64 = 128;

/// How the threads that are served together lie in a tile: `threads_across` neighbours along a row, each with a vector of
/// `vector_bytes`, then as many in the next row, until 128 bytes are full.
///
/// ```
/// use constrint::hardware::AccessPattern;
///
/// // ldmatrix reads 16 bytes of each of 8 rows: a row of 64 bf16 elements needs 8 more to be free of conflicts.
/// assert!(!AccessPattern::LDMATRIX.is_free_of_conflicts(64 * 2));
/// assert!(AccessPattern::LDMATRIX.is_free_of_conflicts((64 + 8) * 2));
/// assert_eq!(AccessPattern::LDMATRIX.least_padding_bytes(64 * 2), 16);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessPattern {
    vector_bytes: i64,
    threads_across: i64,
}

impl AccessPattern {
    /// `ldmatrix`, transposed or not: 8 rows, 16 bytes of each.
    pub const LDMATRIX: Self = Self { vector_bytes: 16, threads_across: 1 };

    /// Columns of 4-byte words: each of 32 threads reads a row of its own, as a transposed read does.
    pub const COLUMN_OF_WORDS: Self = Self { vector_bytes: 4, threads_across: 1 };

    /// Vectors of 4, 8 or 16 bytes, with a power of two of threads along a row; none for other numbers.
    pub fn new(vector_bytes: i64, threads_across: i64) -> Option<Self> {
        let known = [4, 8, 16].contains(&vector_bytes) && threads_across > 0 && threads_across.count_ones() == 1;
        known.then_some(Self { vector_bytes, threads_across })
    }

    /// Threads that are served together.
    pub fn threads(self) -> i64 {
        ALL_BANKS_BYTES / self.vector_bytes
    }

    /// Bytes that the threads of one row take; 128 and more fill all banks by themselves.
    fn run_bytes(self) -> i64 {
        self.vector_bytes * self.threads_across
    }

    /// Whether no thread waits for another when rows are `row_bytes` apart, a multiple of the vector.
    ///
    /// Rows of `run_bytes` each must fall on different parts of the banks: their distance is an odd number of runs, as the
    /// number of rows is a power of two.
    pub fn is_free_of_conflicts(self, row_bytes: i64) -> bool {
        let run = self.run_bytes();
        run >= ALL_BANKS_BYTES || (row_bytes % run == 0 && row_bytes / run % 2 != 0)
    }

    /// How often the banks are read or written for each 128 bytes when rows are `row_bytes` apart, a multiple of the vector
    /// and no less than what the threads of one row take: 1 without conflicts, 2 where two threads wait for each other.
    ///
    /// ```
    /// use constrint::hardware::AccessPattern;
    ///
    /// // 16-byte copies into rows of 32 bf16 elements, padded to 40: rows that are written together overlap in the banks.
    /// let copies = AccessPattern::new(16, 4).unwrap();
    /// assert_eq!((copies.rounds(2 * 40), copies.rounds(2 * 32)), (2, 1));
    /// ```
    pub fn rounds(self, row_bytes: i64) -> i64 {
        let run = self.run_bytes().min(ALL_BANKS_BYTES);
        let starts =
            || (0..ALL_BANKS_BYTES / run).map(|row| (row * row_bytes.rem_euclid(ALL_BANKS_BYTES)) % ALL_BANKS_BYTES);
        // Rows are as long as each other: where most of them overlap, one of them begins.
        let over = |bank: i64| starts().filter(|start| (bank - start).rem_euclid(ALL_BANKS_BYTES) < run).count();
        let most = starts().map(over).max().unwrap_or(1);
        i64::try_from(most).unwrap_or(i64::MAX)
    }

    /// The condition of [`Self::is_free_of_conflicts`] in the expression language, over an expression for the bytes from
    /// one row to the next.
    ///
    /// ```
    /// use constrint::hardware::AccessPattern;
    /// assert_eq!(
    ///     AccessPattern::LDMATRIX.condition("2 * row_elements"),
    ///     "(2 * row_elements) % 16 == 0 and (2 * row_elements) // 16 % 2 == 1"
    /// );
    /// assert_eq!(AccessPattern::new(16, 8).unwrap().condition("row_bytes"), "1 == 1");
    /// ```
    pub fn condition(self, row_bytes: &str) -> String {
        let run = self.run_bytes();
        if run >= ALL_BANKS_BYTES {
            return "1 == 1".to_owned();
        }
        format!("({row_bytes}) % {run} == 0 and ({row_bytes}) // {run} % 2 == 1")
    }

    /// The fewest bytes to leave unused behind each row of `row_bytes`, so that no thread waits for another.
    pub fn least_padding_bytes(self, row_bytes: i64) -> i64 {
        let run = self.run_bytes();
        if run >= ALL_BANKS_BYTES {
            return 0;
        }
        // The next odd multiple of the run.
        let runs = (row_bytes + run - 1).div_euclid(run);
        (runs + (runs + 1).rem_euclid(2)) * run - row_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often the banks must be read for one part of a warp's access: the most words that any bank is asked for.
    fn rounds(addresses: &[i64], vector_bytes: i64) -> usize {
        let mut words: Vec<Vec<i64>> = vec![Vec::new(); 32];
        for address in addresses {
            for word in address / 4..(address + vector_bytes) / 4 {
                let bank = &mut words[usize::try_from(word % 32).unwrap()];
                // Threads that want the same word get it at once.
                if !bank.contains(&word) {
                    bank.push(word);
                }
            }
        }
        words.iter().map(Vec::len).max().unwrap()
    }

    fn addresses(pattern: AccessPattern, row_bytes: i64) -> Vec<i64> {
        let AccessPattern { vector_bytes, threads_across } = pattern;
        let address = |thread| thread / threads_across * row_bytes + thread % threads_across * vector_bytes;
        (0..pattern.threads()).map(address).collect()
    }

    #[test]
    fn the_condition_is_what_the_banks_do() {
        let mut free = 0;
        for vector_bytes in [4, 8, 16] {
            for threads_across in [1, 2, 4, 8, 16, 32, 64] {
                let pattern = AccessPattern::new(vector_bytes, threads_across).unwrap();
                let least = vector_bytes * threads_across.min(pattern.threads());
                for row_bytes in (least..1200).step_by(usize::try_from(vector_bytes).unwrap()) {
                    let simulated = rounds(&addresses(pattern, row_bytes), vector_bytes) == 1;
                    assert_eq!(pattern.is_free_of_conflicts(row_bytes), simulated, "{pattern:?} {row_bytes}");
                    free += usize::from(simulated);
                    let rounds = i64::try_from(rounds(&addresses(pattern, row_bytes), vector_bytes)).unwrap();
                    assert_eq!(pattern.rounds(row_bytes), rounds, "{pattern:?} {row_bytes}");
                }
            }
        }
        assert!(free > 500, "{free}");
    }

    #[test]
    fn no_smaller_padding_would_do() {
        for pattern in [AccessPattern::LDMATRIX, AccessPattern::COLUMN_OF_WORDS, AccessPattern::new(8, 4).unwrap()] {
            let step = usize::try_from(pattern.vector_bytes).unwrap();
            for row_bytes in (pattern.run_bytes()..700).step_by(step) {
                let padding = pattern.least_padding_bytes(row_bytes);
                let free = |padding: i64| pattern.is_free_of_conflicts(row_bytes + padding);
                assert!(free(padding), "{pattern:?} {row_bytes} {padding}");
                assert!((0..padding).step_by(step).all(|less| !free(less)), "{pattern:?} {row_bytes} {padding}");
            }
        }
    }

    /// Lane by lane as `ldmatrix.x4` takes them: lane i names row i % 16 and the half i / 16 of a 16 × 16 piece.
    #[test]
    fn ldmatrix_x4_reads_four_matrices_of_that_pattern() {
        for row_bytes in [64 * 2, (64 + 8) * 2, (32 + 8) * 2, (128 + 8) * 2, (128 + 16) * 2] {
            let lanes: Vec<i64> = (0..32).map(|lane| lane % 16 * row_bytes + lane / 16 * 16).collect();
            let all_free = lanes.chunks(8).all(|matrix| rounds(matrix, 16) == 1);
            assert_eq!(AccessPattern::LDMATRIX.is_free_of_conflicts(row_bytes), all_free, "{row_bytes}");
        }
    }

    #[test]
    fn other_patterns_are_unknown() {
        for (vector_bytes, threads_across) in [(2, 1), (12, 1), (16, 3), (16, 0), (4, -2), (32, 1)] {
            assert_eq!(AccessPattern::new(vector_bytes, threads_across), None);
        }
    }
}
