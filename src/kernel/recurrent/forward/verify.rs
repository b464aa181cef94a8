//! How the layer is run and held against its reference.

use super::plan;
use super::rnn_forward::RnnForward;
use super::tile::ForwardTile;
use crate::kernel::recurrent::Cell;
use crate::kernel::recurrent::reference::{Layer, Operands, Uncertain};
use crate::kernel::{Array, Case, Chosen, Element, Expected, Instance, Plan, Random, SourceFile, Verify, source};
use indexmap::IndexMap;

/// Multiplications of which an emulator is not yet tired.
const FEW_PRODUCTS: i64 = 1 << 24;

/// Where h is clipped: within a half.
const CLIP_256THS: i64 = 128;

impl Verify for RnnForward {
    fn driver(&self) -> SourceFile {
        source!("recurrent/forward/rnn_forward_driver.cu", "rnn_forward_driver.cu")
    }

    /// The layer's sequences and steps, and fewer of both, in all combinations that are not too much; initial states in every
    /// other one. Heads are cut down to those of two blocks, the second of them not full, or to two launches.
    fn cases(&self, instance: &Instance, values: &Chosen) -> Vec<Case> {
        let size = |name: &str| instance.sizes[name];
        let gates = Cell::of(instance).gates;
        let ForwardTile { tile, .. } = ForwardTile::of(instance, values);
        // Of several launches, the last with fewer heads if that takes few.
        let is_whole = tile.heads_per_launch() == size("heads");
        let together = if is_whole { tile.heads_per_block + 1 } else { tile.heads_per_launch().min(2) };
        let together = together.min(size("heads"));
        let heads = if is_whole { together } else { together + 1 };
        let fewer = |most: i64, others: &[i64]| -> Vec<i64> {
            [most].into_iter().chain(others.iter().copied().filter(|&other| other < most)).collect()
        };
        let batches = fewer(size("batch").min(17), &[8, 3, 1]);
        let sequences = fewer(size("sequence").min(9), &[2, 1]);
        let products =
            |batch: i64, sequence: i64| gates * heads * size("head_dim") * size("head_dim") * batch * sequence;
        let mut cases = Vec::new();
        for &batch in &batches {
            for &sequence in &sequences {
                let is_least = batch == batches[batches.len() - 1] && sequence <= 2;
                if products(batch, sequence) <= FEW_PRODUCTS || is_least {
                    let initial = i64::try_from((cases.len() + 1) % 2).unwrap_or(0);
                    cases.push(case(instance, [batch, sequence, heads, together], [initial, tile.recompute]));
                }
            }
        }
        cases
    }

    fn whole(&self, instance: &Instance, values: &Chosen) -> Case {
        let ForwardTile { tile, .. } = ForwardTile::of(instance, values);
        let [batch, sequence, heads] = ["batch", "sequence", "heads"].map(|name| instance.sizes[name]);
        case(instance, [batch, sequence, heads, tile.heads_per_launch()], [0, tile.recompute])
    }

    fn plan(&self, instance: &Instance, values: &Chosen, sizes: &IndexMap<&'static str, i64>) -> Plan {
        plan::plan(instance, values, sizes)
    }

    fn inputs(&self, instance: &Instance, case: &Case, random: &mut Random) -> Vec<Array> {
        let layer = layer(instance, case);
        let (cell, row) = (layer.cell, layer.heads * layer.head_dim);
        let mut spread = |count: usize, largest: f64| -> Vec<f64> {
            (0..count).map(|_| largest * (2.0 * random.uniform() - 1.0)).collect()
        };
        // Rows of R whose sums neither vanish nor drive every gate to its end.
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let weight = 2.0 / (layer.head_dim as f64).sqrt();
        let input = spread(layer.batch * layer.sequence * count(cell.gates) * row, 2.0);
        let weights = spread(count(cell.gates) * row * layer.head_dim, weight);
        let bias = spread(count(cell.biases) * row, 0.5);
        let units = layer.batch * row;
        let states = if case.sizes["initial"] == 1 { count(cell.states) } else { 0 };
        let mut initial = spread(states * units, 1.0);
        if cell.name == "slstm" && states > 0 {
            // n is never below 1 once something has been stored.
            initial[2 * units..3 * units].iter_mut().for_each(|n| *n = n.abs() + 1.0);
        }
        vec![
            Array::rounded("input", layer.element, input),
            Array::rounded("weights", layer.element, weights),
            Array::rounded("bias", Element::Fp32, bias),
            Array::rounded("initial", Element::Fp32, initial),
        ]
    }

    fn expected(&self, instance: &Instance, case: &Case, inputs: &[Array]) -> Vec<Expected> {
        let layer = layer(instance, case);
        let initial = (case.sizes["initial"] == 1).then_some(inputs[3].values.as_slice());
        let outputs = layer.run(&Operands {
            input: &inputs[0].values,
            weights: &inputs[1].values,
            bias: &inputs[2].values,
            initial,
        });
        let is_training = instance.words["pass"] == "training";
        let mut expected =
            vec![expect("hidden", layer.element, &outputs.hidden), expect("last", Element::Fp32, &outputs.last)];
        if is_training && !outputs.memory.is_empty() {
            expected.push(expect("memory", Element::Fp32, &outputs.memory));
        }
        if is_training && case.sizes["recompute"] == 0 && !outputs.saved.is_empty() {
            expected.push(expect("saved", layer.element, &outputs.saved));
        }
        expected
    }
}

fn case(instance: &Instance, [batch, sequence, heads, together]: [i64; 4], [initial, recompute]: [i64; 2]) -> Case {
    let start = if initial == 1 { "from given states" } else { "from zeros" };
    let sizes = IndexMap::from([
        ("batch", batch),
        ("sequence", sequence),
        ("heads", heads),
        ("together", together),
        ("initial", initial),
        ("recompute", recompute),
        ("clip", if instance.words["clip"] == "hidden" { CLIP_256THS } else { 0 }),
    ]);
    Case { about: format!("{batch} sequences, {sequence} steps, {heads} heads, {start}"), sizes }
}

fn layer(instance: &Instance, case: &Case) -> Layer {
    let size = |name: &str| count(case.sizes[name]);
    let element = match instance.dtype {
        "fp32" => Element::Fp32,
        "fp16" => Element::Fp16,
        _ => Element::Bf16,
    };
    #[expect(clippy::cast_precision_loss, reason = "a few bits")]
    let clip = (instance.words["clip"] == "hidden").then(|| case.sizes["clip"] as f64 / 256.0);
    Layer {
        cell: Cell::of(instance),
        head_dim: count(instance.sizes["head_dim"]),
        heads: size("heads"),
        batch: size("batch"),
        sequence: size("sequence"),
        is_reverse: instance.words["order"] == "reverse",
        clip,
        element,
    }
}

fn expect(name: &'static str, element: Element, values: &[Uncertain]) -> Expected {
    Expected {
        name,
        element,
        values: values.iter().map(|number| number.value).collect(),
        allowed: values.iter().map(|number| number.tolerance(element)).collect(),
    }
}

fn count(of: i64) -> usize {
    usize::try_from(of).expect("a size")
}
