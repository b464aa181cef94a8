//! How the backward pass is run and held against its reference.

use super::plan;
use super::rnn_backward::RnnBackward;
use super::tile::BackwardTile;
use crate::kernel::recurrent::Cell;
use crate::kernel::recurrent::reference::{BackwardOperands, BackwardOptions, Layer, Operands, Uncertain};
use crate::kernel::{Array, Case, Chosen, Element, Expected, Instance, Plan, Random, SourceFile, Verify, source};
use indexmap::IndexMap;

/// Multiplications of which an emulator is not yet tired.
const FEW_PRODUCTS: i64 = 1 << 24;

/// Where h is clipped, within a half, and the gradient that goes from step to step.
const CLIP_256THS: i64 = 128;
const GRADIENT_CLIP_256THS: i64 = 64;

/// The case of an index for which [`case`] gives neither initial states nor gradients of other states than h: what training asks for.
const FROM_ZEROS: usize = 1;

impl Verify for RnnBackward {
    fn driver(&self) -> SourceFile {
        source!("recurrent/backward/rnn_backward_driver.cu", "rnn_backward_driver.cu")
    }

    /// The layer's sequences and steps, and fewer of both, in all combinations that are not too much; initial states, and gradients
    /// of c, n, m and of the last states, in some of them. Heads are cut down to those of two blocks, the second of them not
    /// full, or to two launches.
    fn cases(&self, instance: &Instance, values: &Chosen) -> Vec<Case> {
        let size = |name: &str| instance.sizes[name];
        let gates = Cell::of(instance).gates;
        let BackwardTile { tile, .. } = BackwardTile::of(instance, values);
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
            |batch: i64, sequence: i64| 2 * gates * heads * size("head_dim") * size("head_dim") * batch * sequence;
        let mut cases = Vec::new();
        for &batch in &batches {
            for &sequence in &sequences {
                let is_least = batch == batches[batches.len() - 1] && sequence <= 2;
                if products(batch, sequence) <= FEW_PRODUCTS || is_least {
                    cases.push(case(instance, [batch, sequence, heads, together], cases.len(), tile.recompute));
                }
            }
        }
        cases
    }

    /// What the forward pass in double precision leaves, rounded, and gradients of all of it; what it reads in place of the saved
    /// values where these are computed again.
    fn whole(&self, instance: &Instance, values: &Chosen) -> Case {
        let BackwardTile { tile } = BackwardTile::of(instance, values);
        let [batch, sequence, heads] = ["batch", "sequence", "heads"].map(|name| instance.sizes[name]);
        case(instance, [batch, sequence, heads, tile.heads_per_launch()], FROM_ZEROS, tile.recompute)
    }

    fn plan(&self, instance: &Instance, values: &Chosen, sizes: &IndexMap<&'static str, i64>) -> Plan {
        plan::plan(instance, values, sizes)
    }

    fn inputs(&self, instance: &Instance, case: &Case, random: &mut Random) -> Vec<Array> {
        let layer = layer(instance, case);
        let (cell, row) = (layer.cell, layer.heads * layer.head_dim);
        let mut spread = |element: Element, count: usize, largest: f64| -> Vec<f64> {
            (0..count).map(|_| element.round(largest * (2.0 * random.uniform() - 1.0))).collect()
        };
        // Rows of R whose sums neither vanish nor drive every gate to its end.
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let weight = 2.0 / (layer.head_dim as f64).sqrt();
        let (units, timed) = (layer.batch * row, layer.batch * row * layer.sequence);
        let input = spread(layer.element, timed * count(cell.gates), 2.0);
        let weights = spread(layer.element, count(cell.gates) * row * layer.head_dim, weight);
        let bias = spread(Element::Fp32, count(cell.biases) * row, 0.5);
        let states = count(cell.states);
        let where_given = |name: &str, count: usize| if case.sizes[name] == 1 { count } else { 0 };
        let mut initial = spread(Element::Fp32, where_given("initial", states * units), 1.0);
        if cell.name == "slstm" && !initial.is_empty() {
            // n is never below 1 once something has been stored.
            initial[2 * units..3 * units].iter_mut().for_each(|n| *n = Element::Fp32.round(n.abs() + 1.0));
        }
        let of_hidden = spread(layer.element, timed, 1.0);
        let of_memory = spread(Element::Fp32, where_given("of_memory", (states - 1) * timed), 1.0);
        let of_last = spread(Element::Fp32, where_given("of_last", states * units), 1.0);
        let given = (!initial.is_empty()).then_some(initial.as_slice());
        let outputs = layer.run(&Operands { input: &input, weights: &weights, bias: &bias, initial: given });
        let values = |numbers: &[Uncertain]| numbers.iter().map(|number| number.value).collect::<Vec<f64>>();
        let recomputes = case.sizes["recompute"] == 1;
        let saved = if recomputes { Vec::new() } else { values(&outputs.saved) };
        let (input, bias) = if recomputes { (input, bias) } else { (Vec::new(), Vec::new()) };
        vec![
            Array::rounded("weights", layer.element, weights),
            Array::rounded("initial", Element::Fp32, initial),
            Array::rounded("hidden", layer.element, values(&outputs.hidden)),
            Array::rounded("memory", Element::Fp32, values(&outputs.memory)),
            Array::rounded("saved", layer.element, saved),
            Array::rounded("input", layer.element, input),
            Array::rounded("bias", Element::Fp32, bias),
            Array::rounded("of_hidden", layer.element, of_hidden),
            Array::rounded("of_memory", Element::Fp32, of_memory),
            Array::rounded("of_last", Element::Fp32, of_last),
        ]
    }

    fn expected(&self, instance: &Instance, case: &Case, inputs: &[Array]) -> Vec<Expected> {
        let layer = layer(instance, case);
        let input = |name: &str| {
            let array = inputs.iter().find(|array| array.name == name);
            array.expect("one of the inputs").values.as_slice()
        };
        let if_given = |name: &str| (!input(name).is_empty()).then(|| input(name));
        let again = (case.sizes["recompute"] == 1).then(|| {
            let operands = Operands {
                input: input("input"),
                weights: input("weights"),
                bias: input("bias"),
                initial: if_given("initial"),
            };
            layer.saved(&operands, input("hidden"))
        });
        let saved: Vec<Uncertain> = match &again {
            Some(again) => again.iter().map(|value| value.rounded(layer.element)).collect(),
            None => input("saved").iter().map(|&value| Uncertain::exact(value)).collect(),
        };
        let operands = BackwardOperands {
            weights: input("weights"),
            initial: if_given("initial"),
            hidden: input("hidden"),
            memory: input("memory"),
            saved: &saved,
            of_hidden: input("of_hidden"),
            of_memory: if_given("of_memory"),
            of_last: if_given("of_last"),
        };
        let options = BackwardOptions {
            gradient_clip: clip(case, "gradient_clip"),
            gradient_cut: instance.words["gradient_cut"] == "recurrent",
        };
        let gradients = layer.backward(&operands, &options);
        let mut expected = vec![
            expect("of_input", layer.element, &gradients.input),
            expect("of_initial", Element::Fp32, &gradients.initial),
            expect("of_weights", Element::Fp32, &gradients.weights),
            expect("of_bias", Element::Fp32, &gradients.bias),
        ];
        expected.extend(again.map(|again| expect("saved", layer.element, &again)));
        expected
    }
}

fn case(instance: &Instance, [batch, sequence, heads, together]: [i64; 4], index: usize, recompute: i64) -> Case {
    let is_started = index.is_multiple_of(2);
    let start = if is_started { "from given states" } else { "from zeros" };
    let where_asked = |word: &str, value: i64| if instance.words[word] == "none" { 0 } else { value };
    let sizes = IndexMap::from([
        ("batch", batch),
        ("sequence", sequence),
        ("heads", heads),
        ("together", together),
        ("initial", i64::from(is_started)),
        ("of_memory", i64::from(index % 3 != 1 && Cell::of(instance).states > 1)),
        ("of_last", i64::from(index % 4 != 1)),
        ("recompute", recompute),
        ("clip", where_asked("clip", CLIP_256THS)),
        ("gradient_clip", where_asked("gradient_clip", GRADIENT_CLIP_256THS)),
    ]);
    Case { about: format!("{batch} sequences, {sequence} steps, {heads} heads, {start}"), sizes }
}

/// A clip that the case has, if any.
fn clip(case: &Case, name: &str) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a few bits")]
    let clip = case.sizes[name] as f64 / 256.0;
    (case.sizes[name] > 0).then_some(clip)
}

fn layer(instance: &Instance, case: &Case) -> Layer {
    let size = |name: &str| count(case.sizes[name]);
    let element = match instance.dtype {
        "fp32" => Element::Fp32,
        "fp16" => Element::Fp16,
        _ => Element::Bf16,
    };
    Layer {
        cell: Cell::of(instance),
        head_dim: count(instance.sizes["head_dim"]),
        heads: size("heads"),
        batch: size("batch"),
        sequence: size("sequence"),
        is_reverse: instance.words["order"] == "reverse",
        clip: clip(case, "clip"),
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
