//! What the linear relaxation brings: nodes and time with it and without it.
//!
//! `cargo bench --bench relaxation` prints a table. Nodes are exact and the same on every machine; times are of one run.

use constrint_solver::{Branching, Limits, Model, Options, Outcome, Values, language, solve};
use std::time::{Duration, Instant};

/// A small linear congruential generator: the same problems on every machine.
struct Random(u64);

impl Random {
    fn between(&mut self, lo: i64, hi: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        lo + i64::try_from((self.0 >> 33) % (hi - lo + 1).unsigned_abs()).expect("small")
    }

    fn sum(&mut self, variables: usize) -> String {
        let terms = (0..variables).map(|index| format!("{} * x{index}", self.between(3, 40)));
        terms.collect::<Vec<_>>().join(" + ")
    }
}

fn model(variables: usize, most: i64) -> Model {
    let mut model = Model::new();
    for index in 0..variables {
        model.add_variable(format!("x{index}"), Values::range(0, most, 1).unwrap()).unwrap();
    }
    model
}

fn require(model: &mut Model, text: &str) {
    let expr = language::parse(text, model).unwrap();
    model.require(expr);
}

/// Goods of different worth, each of which takes some of several resources.
fn knapsack(seed: u64, variables: usize, resources: usize) -> Model {
    let (mut random, mut model) = (Random(seed), model(variables, 3));
    for _ in 0..resources {
        let text = format!("{} <= {}", random.sum(variables), 18 * variables);
        require(&mut model, &text);
    }
    let worth = language::parse(&random.sum(variables), &model).unwrap();
    model.maximize(worth);
    model
}

/// Demands that must be met at the least cost.
fn cover(seed: u64, variables: usize, demands: usize) -> Model {
    let (mut random, mut model) = (Random(seed), model(variables, 4));
    for _ in 0..demands {
        let text = format!("{} >= {}", random.sum(variables), 25 * variables);
        require(&mut model, &text);
    }
    let cost = language::parse(&random.sum(variables), &model).unwrap();
    model.minimize(cost);
    model
}

/// Tiles that are powers of two, whose products three by three fit memories of different sizes; the largest product of
/// all.
fn tiles(seed: u64, count: usize) -> Model {
    let (mut random, mut model) = (Random(seed), Model::new());
    let names: Vec<String> = (0..count).map(|index| format!("x{index}")).collect();
    for name in &names {
        model.add_variable(name.as_str(), Values::list((0..9).map(|exponent| 1 << exponent)).unwrap()).unwrap();
    }
    for index in 0..count {
        let three: Vec<&str> = (0..3).map(|next| names[(index + next) % count].as_str()).collect();
        require(&mut model, &format!("{} <= {}", three.join(" * "), random.between(500, 9_000)));
    }
    let volume = language::parse(&names.join(" * "), &model).unwrap();
    model.maximize(volume);
    model
}

/// Equations of products of which each two have solutions, and all together none.
fn clash() -> Model {
    let mut model = Model::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        model.add_variable(name, Values::range(1, 1 << 12, 1).unwrap()).unwrap();
    }
    for text in ["a * b == 2 * c * d", "c * e == a * f", "3 * d * f == b * e"] {
        require(&mut model, text);
    }
    model
}

fn run(model: &Model, without_relaxation: bool) -> (String, u64, Duration) {
    let limits = Limits { time: Some(Duration::from_secs(20)), ..Limits::default() };
    let options = Options { without_relaxation, limits, branching: Branching::InputOrder, ..Options::default() };
    let start = Instant::now();
    let (outcome, statistics) = solve(model, &options);
    let answer = match outcome {
        Outcome::Optimal(solution) => solution.objectives[0].to_string(),
        other => format!("{other:?}").chars().take(12).collect(),
    };
    (answer, statistics.nodes, start.elapsed())
}

fn main() {
    println!("| problem | optimum | nodes without | nodes with | time without | time with |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let problems = [
        ("knapsack, 12 goods, 3 resources", knapsack(1, 12, 3)),
        ("knapsack, 16 goods, 4 resources", knapsack(2, 16, 4)),
        ("cover, 10 variables, 4 demands", cover(3, 10, 4)),
        ("cover, 12 variables, 6 demands", cover(4, 12, 6)),
        ("6 tiles, powers of two, products of three bounded", tiles(5, 6)),
        ("8 tiles, powers of two, products of three bounded", tiles(6, 8)),
        ("10 tiles, powers of two, products of three bounded", tiles(7, 10)),
        ("equations of products that clash", clash()),
    ];
    for (name, model) in problems {
        let (alone, plain, slow) = run(&model, true);
        let (answer, bounded, fast) = run(&model, false);
        let answer = if alone == answer { answer } else { format!("{answer} ({alone} without)") };
        println!("| {name} | {answer} | {plain} | {bounded} | {slow:.2?} | {fast:.2?} |");
    }
}
