//! Machine code as nvdisasm prints it: instructions with what ptxas tells the scheduler, labels, and the source behind each.
//!
//! The fields of the second word of an instruction (compute capability 7.0 and later) are not documented by NVIDIA; they are known
//! from public assemblers (maxas, turingas, `CuAssembler`).

use std::collections::BTreeMap;

/// One instruction.
#[derive(Clone, Debug)]
pub(crate) struct Instruction {
    /// What it does, with modifiers: `LDS.128`.
    pub(crate) name: String,
    /// All of it, with predicate and operands.
    pub(crate) text: String,
    /// Clocks until the warp's next instruction may issue.
    pub(crate) stall: u32,
    /// The scoreboard that is released when its result is there.
    pub(crate) written: Option<usize>,
    /// The scoreboard that is released when its operands have been read.
    pub(crate) read: Option<usize>,
    /// Scoreboards that must be free before it issues.
    pub(crate) waits: Vec<usize>,
    /// Where it may go on, beside the next instruction.
    pub(crate) target: Option<usize>,
    /// Whether it may go on with the next one.
    pub(crate) falls_through: bool,
    /// The lines it comes from, (file, line), the innermost call first.
    pub(crate) source: Vec<(String, usize)>,
}

impl Instruction {
    /// Whether its name is this, or this and modifiers.
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// The scoreboards that it waits for, that its result and its operands release, its text and where it comes from.
    pub(crate) fn described(&self) -> String {
        let board = |index: Option<usize>| index.map_or_else(|| "-".to_owned(), |index| index.to_string());
        let waits: String = self.waits.iter().map(ToString::to_string).collect();
        let place = self.source.first().map(|(file, line)| format!("{file}:{line}")).unwrap_or_default();
        format!("{waits:>6} {} {} {:<60} {place}", board(self.written), board(self.read), self.text)
    }
}

/// The instructions of the kernel `entry`, from what `nvdisasm -c -hex -gi` prints.
pub(crate) fn parse(text: &str, entry: &str) -> Result<Vec<Instruction>, String> {
    let label = format!(".text.{entry}:");
    let mut lines = text.lines().skip_while(|line| *line != label);
    lines.next().ok_or_else(|| format!("no code of {entry}"))?;
    let (mut code, mut labels, mut source) = (Vec::<Instruction>::new(), BTreeMap::new(), Vec::new());
    let mut is_source_new = true;
    while let Some(line) = lines.next() {
        let line = line.trim();
        if line.starts_with(".section") {
            break;
        } else if let Some(label) = line.strip_suffix(':') {
            labels.insert(label.to_owned(), code.len());
        } else if let Some(place) = line.strip_prefix("//## File \"") {
            if std::mem::take(&mut is_source_new) {
                source.clear();
            }
            source.extend(source_line(place));
        } else if let Some((words, low)) = line.strip_prefix("/*").and_then(words_of) {
            let high = lines.next().and_then(|next| number_of(next.trim())).ok_or("an instruction has two words")?;
            code.push(instruction(words, low, high, &source)?);
            is_source_new = true;
        }
    }
    for instruction in &mut code {
        let target = instruction.text.split_once("`(").and_then(|(_, rest)| rest.split(')').next());
        // What joins lanes again is no branch, and what begins such a part neither.
        if let Some(target) = target.filter(|_| instruction.is("BRA") && !instruction.is("BRA.DIV")) {
            instruction.target = Some(*labels.get(target).ok_or_else(|| format!("no label {target}"))?);
        }
    }
    Ok(code)
}

/// `…/name.cuh", line 12 inlined at …`.
fn source_line(place: &str) -> Option<(String, usize)> {
    let (path, rest) = place.split_once("\", line ")?;
    let line = rest.split(' ').next()?.parse().ok()?;
    Some((path.rsplit('/').next()?.to_owned(), line))
}

/// `0120*/ text ; /* 0x… */`, without the first two characters.
fn words_of(line: &str) -> Option<(&str, u64)> {
    let (address, rest) = line.split_once("*/")?;
    u64::from_str_radix(address, 16).ok()?;
    let (text, word) = rest.rsplit_once("/*")?;
    Some((text.trim().trim_end_matches(';').trim(), number_of(&format!("/*{word}"))?))
}

/// `/* 0x… */`.
fn number_of(comment: &str) -> Option<u64> {
    let inside = comment.strip_prefix("/*")?.strip_suffix("*/")?.trim();
    u64::from_str_radix(inside.strip_prefix("0x")?, 16).ok()
}

fn instruction(text: &str, _low: u64, high: u64, source: &[(String, usize)]) -> Result<Instruction, String> {
    let bits = |from: u32, count: u32| (high >> from) & ((1 << count) - 1);
    let scoreboard = |from| Some(bits(from, 3)).filter(|&index| index < 6).map(|index| usize::try_from(index).unwrap());
    let (predicate, rest) = match text.strip_prefix('@') {
        Some(rest) => rest.split_once(' ').ok_or_else(|| format!("a predicate alone: {text}"))?,
        None => ("", text),
    };
    let name = rest.split_whitespace().next().ok_or("an empty instruction")?.to_owned();
    let ends = ["EXIT", "BRA", "RET", "JMP"].iter().any(|end| name.split('.').next() == Some(end));
    Ok(Instruction {
        stall: u32::try_from(bits(41, 4)).unwrap(),
        written: scoreboard(46),
        read: scoreboard(49),
        waits: (0..6).filter(|&index| bits(52, 6) >> index & 1 == 1).collect(),
        target: None,
        // `BRA.U` has its predicate before its target.
        falls_through: !ends || !predicate.is_empty() || name.starts_with("BRA.DIV") || rest.contains(", `("),
        source: source.to_vec(),
        text: text.to_owned(),
        name,
    })
}
