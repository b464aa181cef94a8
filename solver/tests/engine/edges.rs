//! Models that random ones seldom hit: undefined branches, huge numbers, wide domains, long relaxations.

use crate::reference::{all_solutions, brute_force, by, check_optimum};
use constrint_solver::{Branching, Limits, Model, Options, SolutionSpace, Values, language, solve};

/// 36 ** 36 is beyond what propagation can hold, so at its leaves the objective is known to the checker alone. The bound
/// of the search must come from there, not from what the bound itself has forced.
#[test]
fn an_objective_beyond_propagation_is_still_optimal() {
    let mut model = Model::new();
    model.add_variable("a", Values::list([-14, 4, 5, 17]).unwrap()).unwrap();
    model.add_variable("b", Values::divisors_of(36).unwrap()).unwrap();
    let divides = language::parse("divides(a, b ** b)", &model).unwrap();
    model.maximize(divides);
    let solutions = brute_force(&model).unwrap();
    for branching in [Branching::InputOrder, Branching::SmallestDomain, Branching::WeightedDegree] {
        check_optimum(&model, &solutions, &by(branching));
    }
}

/// Texts that need what random models seldom have: undefined branches, zero divisors, negative and huge exponents.
#[test]
fn partial_functions_equal_brute_force() {
    let texts = [
        "(x // y if y != 0 else 7) >= 2",
        "(7 if y > 0 else x // y) != 7",
        "(y % x if x > 0 else y % z) == 1",
        "not (x % y == 0)",
        "x == 0 or y % x == 0",
        "(x % y == 0) + (y % z == 0) + (z % x == 0) >= 2",
        "x / y + y / z <= 3 / 2",
        "min(x / y, z / 2) > 1 / 3",
        "abs(x / y) < z",
        "x ** y == z",
        "2 ** (x - y) < z",
        "(x / 2) ** y > 1",
        "x ** (y * 30) > z",
        "gcd(x, y) == z and lcm(x, y) <= 6",
        "divides(x, y) != divides(y, x)",
        "is_power_of_two(x * y) and log2(x * y) == z",
        "log2(x) + log2(y) <= z",
        "log2(x) < y / 2",
        "(y + 5) * (z + 5) >= log2(x + 5)",
        "log2(x + 5) == (y + 5) * (z + 5)",
        "x // 0 == 1 or y == 2",
        "x in {-2, 0, 3} and y not in range(-3, 4, 3)",
        "x % -3 == z",
        "ceil_div(x, y) == z // 2",
        "max(x, y) - min(y, z) == abs(x - z)",
        "all_different(x // y, y, z)",
        "not all_different(x // y, y % z, z)",
        "all_different(x / y, y / z, z / x)",
        "all_different(x, y, z) or x == y // z",
        "all_different(log2(x), log2(y), z)",
        "(x // y, z) in {(0, 1), (-1, 2), (2, 2), (4, -3)}",
        "(x // y, z) not in {(0, 1), (-1, 2), (2, 2), (4, -3)}",
        "not (x / y, z) in {(0, 1), (-1, 2), (2, 2), (4, -3)}",
        "(x, y) in {(1, z), (z, 2), (3, 3)} or (x / 2, x) in {(2, 4), (1, 3)}",
        "(x, y) not in {(1, z), (z, 2), (3, 3)} and (x, x) in {(2, 4), (4, 4), (1, 1)}",
        "[x, y, z][x] == 2",
        "[x // y, y % x, log2(z)][y] >= 1",
        "not [x // y, y % x, log2(z)][y] >= 1",
        "x == 5 or [x / y, 1 / z][x - y] < 1 / 2",
        "[3, 1, 2, -2][x] + [x, y][z] == z",
        "all_different([1, 2, 3, 4][x], [1, 2, 3, 4][y], z)",
        "[2][x] == y",
        "[5, 4][x] if x > 0 else z == y",
        "z // (x * 7 - 4) != z * (x * 7 - 4) ** (y * y + 1) * 3",
    ];
    for text in texts {
        let mut model = Model::new();
        for name in ["x", "y", "z"] {
            model.add_variable(name, Values::range(-4, 5, 1).unwrap()).unwrap();
        }
        let expr = language::parse(text, &model).unwrap();
        model.require(expr);
        let solutions = brute_force(&model).unwrap();
        assert_eq!(all_solutions(&model, &Options::default()), Some(solutions.clone()), "{text}");
        crate::spaces::check_space(&model, &solutions, &SolutionSpace::build(&model, &Limits::default()).unwrap());
        assert!(!solutions.is_empty(), "{text} tests nothing");
    }
}

/// Knapsacks with several resources: the linear relaxation ends most nodes, and never the best one.
#[test]
fn the_relaxation_keeps_the_optimum() {
    let mut state = 1u64;
    let mut draw = |most: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % most
    };
    let mut cuts = 0;
    for _ in 0..12 {
        let mut model = Model::new();
        let names: Vec<String> = (0..11).map(|index| format!("x{index}")).collect();
        for name in &names {
            model.add_variable(name, Values::range(0, 3, 1).unwrap()).unwrap();
        }
        let mut sum = || names.iter().map(|name| format!("{} * {name}", 3 + draw(40))).collect::<Vec<_>>().join(" + ");
        for text in [sum() + " <= 200", sum() + " <= 200", sum() + " <= 200"] {
            let expr = language::parse(&text, &model).unwrap();
            model.require(expr);
        }
        let worth = language::parse(&sum(), &model).unwrap();
        model.maximize(worth);
        let walking = Options { without_exploration: true, ..Options::default() };
        let (bounded, statistics) = solve(&model, &walking);
        let (plain, _) = solve(&model, &Options { without_relaxation: true, ..walking });
        let (explored, _) = solve(&model, &Options::default());
        assert_eq!(bounded.solution().unwrap().objectives, plain.solution().unwrap().objectives);
        assert_eq!(explored.solution().unwrap().objectives, plain.solution().unwrap().objectives);
        cuts += statistics.relaxation_cuts;
    }
    assert!(cuts > 50, "{cuts} cuts: the relaxation was not at work");
}

fn first_solution(variables: &[(&str, Values)], constraint: &str, objective: Option<&str>) -> Option<Vec<i64>> {
    let mut model = Model::new();
    for (name, values) in variables {
        model.add_variable(*name, values.clone()).unwrap();
    }
    let expr = language::parse(constraint, &model).unwrap();
    model.require(expr);
    if let Some(objective) = objective {
        let expr = language::parse(objective, &model).unwrap();
        model.minimize(expr);
    }
    solve(&model, &Options::default()).0.solution().map(|solution| solution.values.clone())
}

/// Domains with too many values for holes anywhere: what is not cut at once must not be forgotten.
#[test]
fn wide_domains_forget_nothing() {
    let irregular: Vec<i64> = (1..1600i64).map(|k| (k * k * 7919 + k * 13) % 1_000_003).collect();
    for (constraint, divisor) in [("x % 7 == 0", 7), ("divides(7, x)", 7), ("x % d == 0 and d == 11", 11)] {
        let variables = [("x", Values::list(irregular.clone()).unwrap()), ("d", Values::range(1, 20, 1).unwrap())];
        let best = irregular.iter().copied().filter(|x| x % divisor == 0).max().unwrap();
        assert_eq!(first_solution(&variables, constraint, Some("-x")).unwrap()[0], best, "{constraint}");
    }
    let range = [("x", Values::range(1, 1030, 1).unwrap())];
    let constraint = "x not in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 500)";
    let nearest = first_solution(&range, constraint, Some("abs(x - 500)")).unwrap()[0];
    assert_eq!((nearest - 500).abs(), 1);
}

/// Operands beyond 2^62, where bounds are open.
#[test]
fn huge_operands_are_decided_exactly() {
    let variables = [("a", Values::list([100]).unwrap()), ("b", Values::list([1000]).unwrap())];
    for (constraint, feasible) in [
        ("a ** 10 // b ** 10 == 0", true),
        ("a ** 10 // b ** 10 == 1", false),
        ("b ** 10 // a ** 10 == 10 ** 10", true),
        ("a ** 10 % b ** 10 == a ** 10", true),
        ("a ** 10 % b ** 10 >= 2 ** 62", true),
        ("a ** 10 % b ** 10 < 2 ** 62", false),
        ("-(a ** 10) // b ** 10 == -1", true),
        ("ceil_div(a ** 10, b ** 10) == 1", true),
    ] {
        assert_eq!(first_solution(&variables, constraint, None).is_some(), feasible, "{constraint}");
    }
    let (low, lower) = (-(1i64 << 50), -(1i64 << 52));
    let pair = |least: i64| Values::list([least, least + 1]).unwrap();
    let variables = [("x", pair(low)), ("y", pair(low)), ("z", pair(lower))];
    let huge = "(2147483648 * 2147483648 - 1) * x + (2147483648 * 2147483648 - 57) * y \
                - (2147483648 * 2147483648 - 87) * z";
    for comparison in ["<= 0", "< 0", "== 0"] {
        assert_eq!(first_solution(&variables, &format!("{huge} {comparison}"), None), None, "{comparison}");
    }
    assert!(first_solution(&variables, &format!("not ({huge} <= 0)"), None).is_some());
}

/// Products of few but far-apart values: distances in a domain come close to 2^63.
#[test]
fn distances_in_a_domain_do_not_overflow() {
    let variables = [
        ("a", Values::list([-11, -2, 2]).unwrap()),
        ("b", Values::range(1, 5, 1).unwrap()),
        ("c", Values::list([1, 3, 17, 51]).unwrap()),
        ("d", Values::range(-5, 2, 1).unwrap()),
    ];
    assert!(first_solution(&variables, "d // a != d * a ** c * b", None).is_some());
}

/// Divisors of either sign, in domains with too many values to try each: the lists of divisors must have both signs.
#[test]
fn divisors_are_found_in_wide_domains() {
    let wide = || Values::range(-2000, 2000, 1).unwrap();
    for (multiples, other) in
        [(vec![1236], "d > -5000"), (vec![-1236, 1200], "n + d != 7"), (vec![1009, 1236], "d < 9")]
    {
        let mut model = Model::new();
        model.add_variable("n", Values::list(multiples.clone()).unwrap()).unwrap();
        model.add_variable("d", wide()).unwrap();
        for text in ["divides(d, n)", other] {
            let expr = language::parse(text, &model).unwrap();
            model.require(expr);
        }
        let divides = |n: i64, d: i64| d != 0 && n % d == 0;
        let also = |n: i64, d: i64| match other {
            "n + d != 7" => n + d != 7,
            "d < 9" => d < 9,
            _ => true,
        };
        let pairs = multiples.iter().flat_map(|&n| wide().iter().map(move |d| vec![n, d]).collect::<Vec<_>>());
        let mut solutions: Vec<Vec<i64>> =
            pairs.filter(|pair| divides(pair[0], pair[1]) && also(pair[0], pair[1])).collect();
        solutions.sort();
        assert!(solutions.iter().any(|pair| pair[1] < -1000), "divisors far below 0");
        assert_eq!(all_solutions(&model, &Options::default()), Some(solutions), "{multiples:?}");
    }
}
