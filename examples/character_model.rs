//! Trains a tiny model of characters whose recurrent layer is constrint's kernels, on the CPU emulator.
//!
//! ```text
//! $ cargo run --release --example character_model [STEPS]
//! ```
//!
//! A character is a row of Wx, learned; the two passes of `rnn_training`, the CUDA sources that run on a GPU, are the lstm above it; a
//! linear layer in Rust makes of h the probabilities of the next character. Before it trains, some gradients are held to finite
//! differences of the loss. It needs a C++17 compiler on Linux (`CXX`, else g++), and takes half a minute for 16 steps.
//!
//! Exit status: 0 where gradients agree and the loss falls, 1 where not, 2 where a kernel cannot be run.

use constrint::kernel::{Array, Element, Random};
use constrint::run::{Machine, Output, Ran, Runner};
use constrint::{Error, Problem, Request, solve};
use std::process::ExitCode;

const TEXT: &str = "a tile holds a head, a warp holds a tile, a lane holds a unit, and each unit holds a state that a step hands \
                    to the next step, and the next step holds the state that the last step had. ";
/// What is sampled begins with this.
const BEGINNING: &str = "a ";
const SAMPLED: usize = 32;

const SEQUENCES: usize = 8;
const STEPS: usize = 12;
const UNITS: usize = 32;
const GATES: usize = 4;
/// h and c.
const STATES: usize = 2;
const RATE: f64 = 0.05;

/// fp32, whose products are tf32.
const ELEMENT: Element = Element::Fp32;

/// Both passes of the layer, compiled.
struct Layer {
    forward: Runner,
    backward: Runner,
}

/// What the forward pass leaves, each [B, T, D] but `saved` [4, B, T, D] and `last` [2, B, D].
struct Steps {
    hidden: Vec<f64>,
    last: Vec<f64>,
    memory: Vec<f64>,
    saved: Vec<f64>,
}

impl Layer {
    fn compile() -> Result<Self, Error> {
        let problem = Problem::from_json(&format!(
            r#"{{"version": 1, "kernel": "rnn_training", "gpu": "H100 SXM", "dtype": "fp32",
                "shape": {{"cell": "lstm", "head_dim": {UNITS}, "batch": {SEQUENCES}, "sequence": {STEPS}}},
                "constraints": [{{"expr": "recompute == 0", "because": "saved values are passed on here"}}]}}"#
        ))?;
        let answer = solve(&problem, &Request::default())?;
        // A layer of this size has a configuration on that GPU.
        let runner = |part| Runner::compile(&answer.tiling, &answer.configs[0], part, Machine::Emulator);
        Ok(Self { forward: runner("forward")?, backward: runner("backward")? })
    }

    /// `input` is Wx [B, T, G, D], `initial` the states before [2, B, D] or nothing for zeros.
    fn forward(&self, model: &Model, input: Vec<f64>, initial: &[f64], sequences: usize) -> Result<Steps, Error> {
        let units = sequences * UNITS;
        let elements = input.len() / GATES;
        let sizes = sizes(sequences, elements / units, [("initial", !initial.is_empty())]);
        let inputs = [
            Array::rounded("input", ELEMENT, input),
            model.array("weights", WEIGHTS),
            model.array("bias", BIAS),
            Array::rounded("initial", Element::Fp32, initial.iter().copied()),
        ];
        let outputs =
            [("hidden", elements), ("last", STATES * units), ("memory", elements), ("saved", GATES * elements)];
        let [hidden, last, memory, saved] = run(&self.forward, &sizes, &inputs, outputs)?;
        Ok(Steps { hidden, last, memory, saved })
    }

    /// The gradients of Wx, R and b, from that of h.
    fn backward(&self, model: &Model, steps: &Steps, of_hidden: &[f64]) -> Result<[Vec<f64>; 3], Error> {
        let elements = of_hidden.len();
        let sizes = sizes(SEQUENCES, STEPS, [("initial", false), ("of_memory", false), ("of_last", false)]);
        let given = |name, values: &[f64]| Array::rounded(name, ELEMENT, values.iter().copied());
        let inputs = [
            model.array("weights", WEIGHTS),
            given("hidden", &steps.hidden),
            given("memory", &steps.memory),
            given("saved", &steps.saved),
            given("of_hidden", of_hidden),
            given("input", &[]),
            given("bias", &[]),
            given("initial", &[]),
            given("of_memory", &[]),
            given("of_last", &[]),
        ];
        let parameters = &model.parameters;
        let outputs = [
            ("of_input", GATES * elements),
            ("of_weights", parameters[WEIGHTS].values.len()),
            ("of_bias", parameters[BIAS].values.len()),
        ];
        run(&self.backward, &sizes, &inputs, outputs)
    }
}

/// The sizes that the driver of a pass asks for: one head, no clips, and which optional arrays there are.
fn sizes<const N: usize>(sequences: usize, steps: usize, given: [(&'static str, bool); N]) -> Vec<(&'static str, i64)> {
    let [sequences, steps] = [sequences, steps].map(|size| i64::try_from(size).expect("a small size"));
    let fixed =
        [("batch", sequences), ("sequence", steps), ("heads", 1), ("together", 1), ("clip", 0), ("gradient_clip", 0)];
    fixed.into_iter().chain(given.map(|(name, is_given)| (name, i64::from(is_given)))).collect()
}

fn run<const N: usize>(
    runner: &Runner,
    sizes: &[(&'static str, i64)],
    inputs: &[Array],
    outputs: [(&'static str, usize); N],
) -> Result<[Vec<f64>; N], Error> {
    let outputs = outputs.map(|(name, elements)| Output { name, element: ELEMENT, elements });
    match runner.run(sizes, inputs, &outputs)? {
        Ran::Outputs(arrays) => Ok(arrays.try_into().expect("an array for each output")),
        Ran::Fault(fault) => panic!("the shipped kernel has a fault: {fault:?}"),
    }
}

/// Numbers that are learned, by Adam (D. P. Kingma, J. Ba, 2015).
struct Parameter {
    values: Vec<f64>,
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Parameter {
    fn random(elements: usize, largest: f64, random: &mut Random) -> Self {
        let values = (0..elements).map(|_| largest * (2.0 * random.uniform() - 1.0)).collect();
        Self { values, mean: vec![0.0; elements], square: vec![0.0; elements] }
    }

    fn update(&mut self, gradient: &[f64], step: i32) {
        const KEPT_MEAN: f64 = 0.9;
        const KEPT_SQUARE: f64 = 0.99;
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for ((value, (mean, square)), gradient) in self.values.iter_mut().zip(moments).zip(gradient) {
            *mean += (1.0 - KEPT_MEAN) * (gradient - *mean);
            *square += (1.0 - KEPT_SQUARE) * (gradient * gradient - *square);
            let scale = (*square / (1.0 - KEPT_SQUARE.powi(step))).sqrt() + 1e-8;
            *value -= RATE * *mean / (1.0 - KEPT_MEAN.powi(step)) / scale;
        }
    }
}

/// Places of the parameters: Wx of each character [V, G, D], R [G, D, D], b [G, D], and the linear layer [V, D] and [V].
const EMBEDDING: usize = 0;
const WEIGHTS: usize = 1;
const BIAS: usize = 2;
const OUT: usize = 3;
const OUT_BIAS: usize = 4;

struct Model {
    parameters: [Parameter; 5],
    /// Each character once, in order.
    alphabet: Vec<char>,
}

impl Model {
    fn new(random: &mut Random) -> Self {
        let mut alphabet: Vec<char> = TEXT.chars().collect();
        alphabet.sort_unstable();
        alphabet.dedup();
        let characters = alphabet.len();
        let sizes = [characters * GATES * UNITS, GATES * UNITS * UNITS, GATES * UNITS, characters * UNITS, characters];
        // Rows whose sums over 32 units stay around 1.
        let parameters = sizes.map(|elements| Parameter::random(elements, 0.2, random));
        Self { parameters, alphabet }
    }

    fn array(&self, name: &'static str, parameter: usize) -> Array {
        Array::rounded(name, ELEMENT, self.parameters[parameter].values.iter().copied())
    }

    fn indices(&self, text: &str) -> Vec<usize> {
        text.chars().filter_map(|character| self.alphabet.binary_search(&character).ok()).collect()
    }

    /// Wx of these characters.
    fn embed(&self, characters: &[usize]) -> Vec<f64> {
        let row = GATES * UNITS;
        let values = &self.parameters[EMBEDDING].values;
        characters.iter().flat_map(|&character| &values[character * row..(character + 1) * row]).copied().collect()
    }

    /// What the next character may be, from h.
    fn probabilities(&self, hidden: &[f64]) -> Vec<f64> {
        let rows = self.parameters[OUT].values.chunks(UNITS).zip(&self.parameters[OUT_BIAS].values);
        let scores: Vec<f64> =
            rows.map(|(row, bias)| bias + row.iter().zip(hidden).map(|(weight, h)| weight * h).sum::<f64>()).collect();
        let largest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let exponentials: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
        let sum: f64 = exponentials.iter().sum();
        exponentials.iter().map(|exponential| exponential / sum).collect()
    }
}

/// Characters and those that follow them, [B, T] each.
struct Batch {
    now: Vec<usize>,
    next: Vec<usize>,
}

impl Batch {
    fn of(model: &Model) -> Self {
        let text = model.indices(TEXT);
        let pieces = |from: usize| text[from..from + SEQUENCES * STEPS].to_vec();
        Self { now: pieces(0), next: pieces(1) }
    }
}

/// The mean of -ln p over all characters, and what came before it.
fn loss(layer: &Layer, model: &Model, batch: &Batch) -> Result<(f64, Steps), Error> {
    let steps = layer.forward(model, model.embed(&batch.now), &[], SEQUENCES)?;
    let rows = steps.hidden.chunks(UNITS).zip(&batch.next);
    let sum: f64 = rows.map(|(hidden, &next)| -model.probabilities(hidden)[next].ln()).sum();
    Ok((sum / count(batch), steps))
}

fn count(batch: &Batch) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "some hundred")]
    let count = batch.next.len() as f64;
    count
}

/// The loss's gradient, of each parameter.
fn gradients(layer: &Layer, model: &Model, batch: &Batch, steps: &Steps) -> Result<[Vec<f64>; 5], Error> {
    let mut of = model.parameters.each_ref().map(|parameter| vec![0.0; parameter.values.len()]);
    let mut of_hidden = vec![0.0; steps.hidden.len()];
    for (row, (hidden, &next)) in steps.hidden.chunks(UNITS).zip(&batch.next).enumerate() {
        for (character, probability) in model.probabilities(hidden).into_iter().enumerate() {
            let of_score = (probability - f64::from(u8::from(character == next))) / count(batch);
            of[OUT_BIAS][character] += of_score;
            for (unit, h) in hidden.iter().enumerate() {
                of[OUT][character * UNITS + unit] += of_score * h;
                of_hidden[row * UNITS + unit] += of_score * model.parameters[OUT].values[character * UNITS + unit];
            }
        }
    }
    let [of_input, of_weights, of_bias] = layer.backward(model, steps, &of_hidden)?;
    let row = GATES * UNITS;
    for (place, &character) in of_input.chunks(row).zip(&batch.now) {
        for (sum, gradient) in of[EMBEDDING][character * row..].iter_mut().zip(place) {
            *sum += gradient;
        }
    }
    (of[WEIGHTS], of[BIAS]) = (of_weights, of_bias);
    Ok(of)
}

/// Holds the largest gradient of each array that goes through the kernels to a central difference; whether they agree.
fn check(layer: &Layer, model: &mut Model, batch: &Batch, gradients: &[Vec<f64>; 5]) -> Result<bool, Error> {
    // Where the two part: the difference's term of the third order, STEP² / 6 = 0.07% for a third derivative as large as the first, which
    // may be some times that; tf32, whose 11 bits round R, h and the gradients of the gates, 0.05% each time; and what remains of the
    // rounding of h in the loss, divided by the step, for which it is as large as it is.
    const STEP: f64 = 0.0625;
    const ALLOWED: f64 = 0.02;
    let mut agree = true;
    for (name, parameter) in [("Wx", EMBEDDING), ("R", WEIGHTS), ("b", BIAS)] {
        let largest = gradients[parameter].iter().enumerate().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
        let (place, &gradient) = largest.expect("an array with elements");
        let before = model.parameters[parameter].values[place];
        let mut losses = [0.0; 2];
        for (loss_there, side) in losses.iter_mut().zip([STEP, -STEP]) {
            model.parameters[parameter].values[place] = before + side;
            *loss_there = loss(layer, model, batch)?.0;
        }
        model.parameters[parameter].values[place] = before;
        let difference = (losses[0] - losses[1]) / (2.0 * STEP);
        let off = (difference / gradient - 1.0).abs();
        println!("gradient of {name}: {gradient:.6}, by differences {difference:.6}");
        // Written so that a NaN does not agree.
        agree &= off <= ALLOWED;
    }
    Ok(agree)
}

/// So many characters, each drawn with its probability; a run of one step for each.
fn sample(layer: &Layer, model: &Model, random: &mut Random) -> Result<String, Error> {
    let mut text = BEGINNING.to_owned();
    let mut steps = layer.forward(model, model.embed(&model.indices(BEGINNING)), &[], 1)?;
    for _ in 0..SAMPLED {
        let mut left = random.uniform();
        let probabilities = model.probabilities(&steps.last[..UNITS]);
        let drawn = probabilities.iter().position(|probability| {
            left -= probability;
            left < 0.0
        });
        let character = drawn.unwrap_or(probabilities.len() - 1);
        text.push(model.alphabet[character]);
        steps = layer.forward(model, model.embed(&[character]), &steps.last, 1)?;
    }
    Ok(text)
}

/// Whether gradients agree and the loss falls.
fn train(steps: i32) -> Result<bool, Error> {
    let mut random = Random::new(1);
    let (layer, mut model) = (Layer::compile()?, Model::new(&mut random));
    let batch = Batch::of(&model);
    let mut losses = Vec::new();
    let mut agree = true;
    for step in 1..=steps {
        let (now, left) = loss(&layer, &model, &batch)?;
        let gradients = gradients(&layer, &model, &batch, &left)?;
        if step == 1 {
            agree = check(&layer, &mut model, &batch, &gradients)?;
        }
        println!("step {step}: loss {now:.4}");
        losses.push(now);
        for (parameter, gradient) in model.parameters.iter_mut().zip(&gradients) {
            parameter.update(gradient, step);
        }
    }
    println!("sample: {:?}", sample(&layer, &model, &mut random)?);
    Ok(agree && losses.last() < losses.first())
}

fn main() -> ExitCode {
    let steps = std::env::args().nth(1).map_or(Some(16), |word| word.parse().ok().filter(|&steps| steps >= 2));
    let Some(steps) = steps else {
        eprintln!("usage: character_model [STEPS], at least 2");
        return ExitCode::from(2);
    };
    match train(steps) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("gradients disagree, or the loss does not fall");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            if let Some(hint) = error.hint() {
                eprintln!("{hint}");
            }
            ExitCode::from(2)
        }
    }
}
