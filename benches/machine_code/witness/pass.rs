//! What is particular to a pass: its file, what each call in it is for, and how much of what a step has.

use super::instruction::Instruction;
use super::step::Counts;
use constrint::config::Config;
use std::collections::BTreeMap;
use std::path::Path;

/// A kernel with a loop over time.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) kernel: &'static str,
    /// Where the loop over time is, below the folder of the sources.
    folder: &'static str,
    main: &'static str,
    /// By which a step is known: the call on a line of the main file.
    step: &'static str,
    /// What calls are for, by their text, in the main file and, more closely, in a file of the same folder.
    calls: &'static [(&'static str, &'static str)],
    closer: Option<(&'static str, &'static [(&'static str, &'static str)])>,
    /// Calls of the closer file that a step makes only at the ends of a sequence, or for losses that few have.
    rare: &'static [&'static str],
    /// Whether what a step reads comes from device memory, if not from other SMs and not brought to L2 before.
    pub(crate) reads_memory: bool,
}

const FORWARD: Pass = Pass {
    kernel: "rnn_forward",
    folder: "recurrent/forward",
    main: "rnn_forward.cu",
    step: "pointwise.step(",
    calls: &[
        ("multiply(", "products"),
        ("sums.clear", "products"),
        ("pointwise.step(", "pointwise"),
        ("inputs.start(", "copies"),
        ("partial.store(", "sums"),
        ("hidden.wait(", "hand-over"),
        ("block_barrier(", "barrier"),
        ("inputs.wait(", "barrier"),
        (".turn(", "addresses"),
    ],
    closer: None,
    rare: &[],
    reads_memory: false,
};

const BACKWARD: Pass = Pass {
    kernel: "rnn_backward",
    folder: "recurrent/backward",
    main: "rnn_backward.cu",
    step: "gradients.step(",
    calls: &[
        ("multiply(", "products"),
        ("sums.clear", "products"),
        ("gradients.step(", "addresses"),
        ("prefetch.step(", "loads ahead"),
        ("partial.store(", "sums"),
        ("handed.wait(", "hand-over"),
        ("block_barrier(", "barrier"),
        (".turn(", "addresses"),
    ],
    closer: Some((
        "gradients.cuh",
        &[
            (" compute(slot", "derivative"),
            ("biases.add(", "derivative"),
            (" store_factors(hidden, slot, factors", "hand-over"),
            ("hidden.publish(", "hand-over"),
            (" load<true>(slot", "loads ahead"),
            (" store_step(slot", "stores"),
        ],
    )),
    rare: &[" load_seldom(slot", " load<false>(slot"],
    reads_memory: true,
};

impl Pass {
    /// That of a configuration.
    pub(crate) fn of(config: &Config) -> Result<&'static Self, String> {
        let kernel = config.kernel.as_deref().unwrap_or_default();
        [&FORWARD, &BACKWARD]
            .into_iter()
            .find(|pass| pass.kernel == kernel)
            .ok_or_else(|| format!("no loop over time is known in `{kernel}`"))
    }

    /// What the counts of a step follow from: the tiles of config.cuh, once more.
    pub(crate) fn counts(&self, config: &Config) -> Counts {
        let number = |name: &str| config.macros[name];
        let ceil = |a: i64, b: i64| (a + b - 1) / b;
        let gates = [1, 4, 3, 4][usize::try_from(number("CELL")).unwrap()];
        // Backward a unit has one sum, and hands over as many factors as it has gates.
        let (sums, factors) = if self.reads_memory { (1, gates) } else { (gates, 1) };
        let rows_per_unit = if sums % 2 == 0 { 2 } else { 1 };
        let tiles = number("GROUPS_PER_WARP") * sums / rows_per_unit;
        let bytes = if number("ELEMENT") == 2 { 4 } else { 2 };
        let steps = ceil(ceil(number("HEAD_DIM") * factors, 32 / bytes), number("WARPS_ALONG_K"));
        let units = number("WARPS_ALONG_UNITS") * number("GROUPS_PER_WARP") * 16 / rows_per_unit;
        let vectors = number("HEADS_PER_BLOCK") * 8 * number("BATCH_TILES") * gates * (units / number("VECTOR"));
        let is_cut = config.macros.get("GRADIENT_CUT") == Some(&1);
        let count = |value: i64| usize::try_from(value).unwrap();
        Counts {
            products: if is_cut { 0 } else { count(tiles * number("BATCH_TILES") * steps) },
            copies: if self.reads_memory { 0 } else { count(ceil(vectors, number("THREADS"))) },
        }
    }
}

/// What the lines of a pass's files are for.
pub(crate) struct Lines {
    pass: &'static Pass,
    parts: BTreeMap<(&'static str, usize), &'static str>,
    steps: Vec<usize>,
    rare: Vec<usize>,
}

impl Lines {
    /// Reads them below `folder`, where the sources were written.
    pub(crate) fn of(pass: &'static Pass, folder: &Path) -> Result<Self, String> {
        let mut lines = Self { pass, parts: BTreeMap::new(), steps: Vec::new(), rare: Vec::new() };
        for (file, calls) in std::iter::once((pass.main, pass.calls)).chain(pass.closer) {
            let path = folder.join(pass.folder).join(file);
            let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            for (line, text) in text.lines().enumerate().map(|(index, text)| (index + 1, text)) {
                if let Some((_, part)) = calls.iter().find(|(call, _)| text.contains(call)) {
                    lines.parts.insert((file, line), part);
                }
                if file == pass.main && text.contains(pass.step) {
                    lines.steps.push(line);
                }
                if file != pass.main && pass.rare.iter().any(|call| text.contains(call)) {
                    lines.rare.push(line);
                }
            }
        }
        Ok(lines)
    }

    /// Whether an instruction shows that a step's pointwise part is here: a store or a function, which never moves into the products.
    pub(crate) fn is_step(&self, one: &Instruction) -> bool {
        let stays = one.is("STG") || one.is("ST") || one.is("MUFU.TANH") || one.is("MUFU.EX2");
        stays && one.source.iter().any(|(file, line)| file == self.pass.main && self.steps.contains(line))
    }

    /// Whether an instruction is for what few steps do.
    pub(crate) fn is_rare(&self, one: &Instruction) -> bool {
        let closer = self.pass.closer.map(|(file, _)| file);
        one.source.iter().any(|(file, line)| Some(file.as_str()) == closer && self.rare.contains(line))
    }

    /// What an instruction is for: by the innermost call that is known.
    pub(crate) fn part(&self, one: &Instruction) -> &'static str {
        if one.is("BAR") {
            return "barrier";
        }
        let part_of = |(file, line): &(String, usize)| {
            let known = self.parts.iter().find(|((known, at), _)| known == file && at == line);
            known.map(|(_, part)| *part)
        };
        let part = one.source.iter().find_map(part_of).unwrap_or("loop");
        // Of the forward pass's pointwise part, what only brings numbers away.
        let is_store = one.name.starts_with("ST") || one.name.starts_with("MEMBAR");
        if part == "pointwise" && is_store { "stores" } else { part }
    }
}
