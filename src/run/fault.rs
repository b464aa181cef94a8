//! What the emulator says of a fault in the kernel: see `kernel/emulator/failure.h` for the form.

use serde::Serialize;

/// A fault of the kernel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What it is, in a word or three: `race`, `missing wait`, `out of bounds`, …
    pub kind: String,
    /// What happened, in a sentence.
    pub message: String,
    /// Where: first the place where it showed with those that it was called from, then what it clashes with.
    pub places: Vec<FaultPlace>,
    /// The seed of the order of threads in which it showed.
    pub seed: u64,
}

/// A line of the kernel's source that has to do with a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FaultPlace {
    /// `at`, `from` for the caller of the line before, `earlier at`, …
    pub role: String,
    /// As the kernel's sources are called, such as `matmul/pipeline.cuh`.
    pub file: String,
    /// Counted from 1.
    pub line: u32,
    /// The function that the line is in.
    pub function: String,
}

impl Fault {
    /// Reads what a driver wrote to standard error; none if it is no report of a fault.
    pub(super) fn read(said: &str) -> Option<Self> {
        let mut lines = said.lines().skip_while(|line| !line.starts_with("emulator: "));
        let (kind, message) = lines.next()?.strip_prefix("emulator: ")?.split_once(": ")?;
        let places = lines.filter_map(FaultPlace::read).collect();
        Some(Self { kind: kind.to_owned(), message: message.to_owned(), places, seed: 0 })
    }

    /// The line that is at fault, if debug information told it.
    pub fn line(&self) -> Option<&FaultPlace> {
        self.places.first()
    }
}

impl FaultPlace {
    /// `  earlier at matmul/tile_copy.cuh:128 in copy_vector`
    fn read(line: &str) -> Option<Self> {
        let (rest, function) = line.strip_prefix("  ")?.rsplit_once(" in ")?;
        let (role, place) = rest.rsplit_once(' ')?;
        let (file, line) = place.rsplit_once(':')?;
        let (role, file, function) = (role.to_owned(), file.to_owned(), function.to_owned());
        Some(Self { role, file, line: line.parse().ok()?, function })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_with_its_places() {
        let said = "noise\nemulator: race: thread 1 of block 0 writes x: a barrier is missing\n  \
                    at a/b.cuh:12 in store_one\n  from a/b.cu:3 in kernel\n  \
                    earlier at code address 0x12: no addr2line\n  \
                    3 threads of block 0 wait for a flag to reach 2, which stays at 1 at a/c.cuh:7 in wait\n";
        let fault = Fault::read(said).unwrap();
        assert_eq!((fault.kind.as_str(), fault.places.len()), ("race", 3));
        assert_eq!(fault.message, "thread 1 of block 0 writes x: a barrier is missing");
        let line = fault.line().unwrap();
        assert_eq!((line.role.as_str(), line.file.as_str(), line.line), ("at", "a/b.cuh", 12));
        assert_eq!(fault.places[2].role, "3 threads of block 0 wait for a flag to reach 2, which stays at 1 at");
        assert_eq!(Fault::read("driver: x cannot be opened"), None);
    }
}
