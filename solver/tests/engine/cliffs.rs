//! Plausible tiling objectives that once took half a minute, and are to take none: each with its optimum, proved. A search that
//! falls off the cliff again does not end within these boxes and nodes.

use constrint_solver::{Branching, Limits, Model, Options, Outcome, Search, Statistics, Step, Values, language, solve};

fn model(variables: &[(&str, Values)], constraints: &[&str]) -> Model {
    let mut model = Model::new();
    for (name, values) in variables {
        model.add_variable(*name, values.clone()).unwrap();
    }
    for text in constraints {
        let expr = language::parse(text, &model).unwrap();
        model.require(expr);
    }
    model
}

fn range(min: i64, max: i64) -> Values {
    Values::range(min, max, 1).unwrap()
}

fn list(values: &[i64]) -> Values {
    Values::list(values.iter().copied()).unwrap()
}

/// The optimum, proved, and the work.
fn best(mut model: Model, goal: &str, objective: &str) -> (String, Statistics) {
    let objective = language::parse(objective, &model).unwrap();
    if goal == "minimize" {
        model.minimize(objective);
    } else {
        model.maximize(objective);
    }
    let options = Options { branching: Branching::WeightedDegree, ..Options::default() };
    match solve(&model, &options) {
        (Outcome::Optimal(best), statistics) => (best.objectives[0].to_string(), statistics),
        (other, _) => panic!("{other:?}"),
    }
}

fn assert_best(model: Model, goal: &str, objective: &str, optimum: &str) {
    const NODES: u64 = 1 << 10;
    const BOXES: u64 = 1 << 16;
    let (found, Statistics { nodes, boxes, .. }) = best(model, goal, objective);
    assert_eq!(found, optimum, "{objective}");
    assert!(nodes <= NODES && boxes <= BOXES, "{objective}: {nodes} nodes, {boxes} boxes");
}

#[test]
fn waves_times_work() {
    let tiles = model(&[("bm", range(1, 256)), ("bn", range(1, 256)), ("split", range(1, 32))], &[]);
    let objective = "ceil_div(ceil_div(4096,bm)*ceil_div(5120,bn)*split,132) * (bm*bn*ceil_div(11008,split)//256 + \
                     (bm+bn)*ceil_div(11008,split)//16 + 1000*split)";
    assert_best(tiles, "minimize", objective, "7762192");
    let warps = model(
        &[
            ("bm", list(&[1, 2, 4, 8, 16, 32, 64, 128, 256])),
            ("bn", range(1, 256)),
            ("wm", range(1, 16)),
            ("wn", range(1, 8)),
            ("split", range(1, 16)),
            ("tm", list(&[1, 2, 4, 8, 16])),
        ],
        &["bm*bn == wm*wn*32*tm"],
    );
    let objective = "ceil_div(ceil_div(11008,bm)*ceil_div(1024,bn)*split,132) * (bm*bn*ceil_div(4096,split)//256 + \
                     (bm+bn)*ceil_div(4096,split)//16 + 1000*split)";
    assert_best(warps, "minimize", objective, "1585632");
}

#[test]
fn sums_of_absolute_values() {
    let objective = "abs(bm*bk - bn*tm*8) + abs(bn*bk - 4096) + pad";
    let divisors = model(
        &[
            ("bm", range(1, 256)),
            ("bn", Values::divisors_of(3000).unwrap()),
            ("bk", Values::range(8, 256, 8).unwrap()),
            ("tm", range(1, 16)),
            ("unroll", range(1, 8)),
            ("pad", range(0, 4)),
        ],
        &["3000 % bk == 0", "unroll*tm <= 512"],
    );
    assert_best(divisors, "minimize", objective, "96");
    let stages = model(
        &[
            ("bm", list(&[16, 32, 48, 64, 96, 128, 160, 192, 256])),
            ("bn", range(1, 256)),
            ("bk", Values::range(8, 256, 8).unwrap()),
            ("st", range(1, 4)),
            ("tm", range(1, 16)),
            ("pad", range(0, 8)),
        ],
        &["(bm*(bk+pad) + bn*(bk+pad))*2*st <= 166912"],
    );
    assert_best(stages, "minimize", objective, "0");
}

#[test]
fn quotients_by_variables() {
    let tiles = model(&[("tm", range(1, 256)), ("tn", range(1, 256))], &["tm*tn*4 <= 65536"]);
    assert_best(tiles, "maximize", "tm*tn/(tm+tn)", "64");
    let free = model(&[("a", range(1, 1000)), ("b", range(1, 1000)), ("f", range(1, 8))], &["a + b <= 1500"]);
    assert_best(free, "maximize", "100/f", "100");
}

/// Without an objective any solution will do, and the failures met so far find it: thirty queens have one in a few nodes.
#[test]
fn any_solution_of_thirty_queens() {
    let names: Vec<String> = (0..30).map(|row| format!("q{row}")).collect();
    let rows: Vec<(&str, Values)> = names.iter().map(|name| (name.as_str(), range(0, 29))).collect();
    let different = |step: &str| {
        let operands = names.iter().enumerate().map(|(row, name)| format!("{name} {step} {row}"));
        format!("all_different({})", operands.collect::<Vec<_>>().join(", "))
    };
    let queens = model(&rows, &[&different("+"), &different("-"), &different("* 1 + 0 *")]);
    let options = Options { branching: Branching::WeightedDegree, ..Options::default() };
    let (outcome, statistics) = solve(&queens, &options);
    assert!(matches!(outcome, Outcome::Optimal(_)) && statistics.nodes < 5000, "{} nodes", statistics.nodes);
}

/// Bounds creep towards 2^62 here unless the lists get their turn, which are neither the cheapest to propagate nor the dearest.
#[test]
fn lists_are_not_kept_out_by_bounds_that_creep() {
    let wide = [("a", range(-2, 1 << 30)), ("b", range(1, 1 << 30)), ("c", range(1, 1 << 30))];
    let remainder = "a * c == a % (c + c * a) and a % (c + c * a) > a * c + b";
    let creeping = model(&wide, &["a in {-2, 0, 3, 5}", "b in {5, 6}", "c in {1, 3}", remainder]);
    let limits = Limits { nodes: Some(100), ..Limits::default() };
    let options = Options { limits, without_exploration: true, ..Options::default() };
    assert_eq!(Search::new(&creeping, &options).next_solution(), Step::Exhausted);
}
