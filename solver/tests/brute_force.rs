//! Random models against brute force: all solutions in order, and the optimum, for each brancher.

use constrint_solver::{
    Branching, Comparison, Expr, Goal, Limits, MemberSet, Model, Objective, Options, Outcome, Rows, Search, Solution,
    SolutionSpace, SpaceError, Step, Values, VarId, checker, language, solve,
};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::collections::BTreeMap;

/// The values of one variable: ranges, strides and lists around zero.
fn any_values() -> impl Strategy<Value = Values> {
    prop_oneof![
        (-6i64..7, 0i64..9).prop_map(|(lo, width)| Values::range(lo, lo + width, 1).unwrap()),
        (-9i64..3, 0i64..25, 2i64..6).prop_map(|(lo, width, step)| Values::range(lo, lo + width, step).unwrap()),
        prop::collection::vec(-20i64..40, 1..6).prop_map(|list| Values::list(list).unwrap()),
        (1i64..60).prop_map(|number| Values::divisors_of(number).unwrap()),
    ]
}

fn any_comparison() -> impl Strategy<Value = Comparison> {
    prop::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessEqual,
        Comparison::Greater,
        Comparison::GreaterEqual,
    ])
}

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

fn any_set() -> impl Strategy<Value = MemberSet> {
    prop_oneof![
        prop::collection::btree_set(-8i64..30, 0..6).prop_map(|set| MemberSet::Values(set.into_iter().collect())),
        (-9i64..9, -20i64..30, prop::sample::select(vec![-4i64, -1, 1, 2, 7]))
            .prop_map(|(start, stop, step)| MemberSet::Range { start, stop, step }),
    ]
}

/// Some operands, and a table that is as wide.
fn any_table(operand: impl Strategy<Value = Expr>) -> impl Strategy<Value = Expr> {
    prop::collection::vec(operand, 1..4).prop_flat_map(|operands| {
        let row = prop::collection::vec(-3i64..9, operands.len());
        let rows = prop::collection::vec(row, 0..12).prop_map(|rows| Rows::new(rows).unwrap());
        rows.prop_map(move |rows| Expr::Table(operands.clone(), rows))
    })
}

/// Expressions that use every operation, on variables with indices below `variables`.
fn any_expr(ids: Vec<VarId>) -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![
        3 => prop::sample::select(ids).prop_map(Expr::Variable),
        1 => (-5i64..13).prop_map(Expr::Constant),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        let list = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            3 => list.clone().prop_map(Expr::Sum),
            3 => list.clone().prop_map(Expr::Product),
            1 => inner.clone().prop_map(|a| Expr::Negate(boxed(a))),
            1 => pair.clone().prop_map(|(a, b)| Expr::Quotient(boxed(a), boxed(b))),
            1 => pair.clone().prop_map(|(a, b)| Expr::FloorDivide(boxed(a), boxed(b))),
            1 => pair.clone().prop_map(|(a, b)| Expr::CeilDivide(boxed(a), boxed(b))),
            2 => pair.clone().prop_map(|(a, b)| Expr::Remainder(boxed(a), boxed(b))),
            1 => (inner.clone(), 0i64..4).prop_map(|(a, b)| Expr::Power(boxed(a), boxed(Expr::Constant(b)))),
            1 => (-3i64..4, inner.clone()).prop_map(|(a, b)| Expr::Power(boxed(Expr::Constant(a)), boxed(b))),
            1 => pair.clone().prop_map(|(a, b)| Expr::Power(boxed(a), boxed(b))),
            1 => list.clone().prop_map(Expr::Minimum),
            1 => list.clone().prop_map(Expr::Maximum),
            1 => inner.clone().prop_map(|a| Expr::Absolute(boxed(a))),
            1 => list.clone().prop_map(Expr::Gcd),
            1 => list.clone().prop_map(Expr::Lcm),
            1 => inner.clone().prop_map(|a| Expr::Log2(boxed(a))),
            2 => (any_comparison(), pair.clone()).prop_map(|(c, (a, b))| Expr::Compare(c, boxed(a), boxed(b))),
            1 => pair.clone().prop_map(|(a, b)| Expr::Divides(boxed(a), boxed(b))),
            1 => inner.clone().prop_map(|a| Expr::IsPowerOfTwo(boxed(a))),
            1 => (inner.clone(), any_set()).prop_map(|(a, set)| Expr::Member(boxed(a), set)),
            1 => list.clone().prop_map(Expr::AllDifferent),
            1 => any_table(inner.clone()),
            1 => (inner.clone(), list.clone())
                .prop_map(|(index, items)| Expr::Element { index: boxed(index), items }),
            1 => list.clone().prop_map(Expr::And),
            1 => list.prop_map(Expr::Or),
            1 => inner.clone().prop_map(|a| Expr::Not(boxed(a))),
            1 => (inner.clone(), pair).prop_map(|(c, (a, b))| Expr::If {
                condition: boxed(c),
                then: boxed(a),
                otherwise: boxed(b)
            }),
        ]
    })
    .boxed()
}

fn any_constraint(ids: Vec<VarId>) -> impl Strategy<Value = Expr> {
    let expr = any_expr(ids);
    prop_oneof![
        6 => (any_comparison(), expr.clone(), expr.clone())
            .prop_map(|(c, a, b)| Expr::Compare(c, boxed(a), boxed(b))),
        2 => expr.clone(),
        1 => prop::collection::vec(expr.clone(), 2..5).prop_map(Expr::AllDifferent),
        1 => any_table(expr.clone()),
    ]
}

fn any_model() -> impl Strategy<Value = Model> {
    prop::collection::vec(any_values(), 2..=5).prop_flat_map(|values| {
        let mut model = Model::new();
        // Five variables of many values would be slow to enumerate: keep the product of sizes in reach.
        let mut size = 1;
        for (index, mut values) in values.into_iter().enumerate() {
            if size * values.len() > 3000 {
                values = Values::list(values.iter().take(2)).unwrap();
            }
            size *= values.len();
            model.add_variable(format!("v{index}"), values).unwrap();
        }
        let ids: Vec<VarId> = model.variable_ids().collect();
        let goal = prop::sample::select(vec![Goal::Minimize, Goal::Maximize]);
        let constraints = prop::collection::vec(any_constraint(ids.clone()), 0..4);
        let objectives = prop::collection::vec((goal, any_expr(ids)), 0..3);
        (constraints, objectives).prop_map(move |(constraints, objectives)| {
            let mut model = model.clone();
            for expr in constraints {
                model.require(expr);
            }
            for (goal, expr) in objectives {
                let text = model.display(&expr).to_string();
                model.add_objective(Objective { goal, expr, text });
            }
            model
        })
    })
}

/// All solutions, in lexicographic order; none where some value is too large to compute.
fn brute_force(model: &Model) -> Option<Vec<Vec<i64>>> {
    let mut rows = vec![vec![]];
    for variable in model.variables() {
        rows = rows
            .into_iter()
            .flat_map(|row: Vec<i64>| variable.values.iter().map(move |value| [row.clone(), vec![value]].concat()))
            .collect();
    }
    let mut solutions = Vec::new();
    for row in rows {
        if checker::is_solution(model, &row).ok()? {
            solutions.push(row);
        }
    }
    Some(solutions)
}

fn all_solutions(model: &Model, branching: Branching) -> Vec<Vec<i64>> {
    let options = Options { branching, ..Options::default() };
    let mut search = Search::new(model, &options);
    let mut found = Vec::new();
    loop {
        match search.next_solution() {
            Step::Solution(solution) => found.push(solution.values),
            Step::Exhausted => return found,
            Step::Interrupted => panic!("no limit was set"),
        }
    }
}

/// How a solution compares with others, better first.
fn rank(model: &Model, values: &[i64]) -> Vec<checker::Number> {
    let rank = model.objectives().iter().map(|objective| {
        let value = checker::evaluate(&objective.expr, values).unwrap().unwrap();
        if objective.goal == Goal::Minimize { value } else { -value }
    });
    rank.collect()
}

fn check_optimum(model: &Model, solutions: &[Vec<i64>], branching: Branching) {
    let (outcome, _) = solve(model, &Options { branching, ..Options::default() });
    let best = solutions.iter().map(|solution| rank(model, solution)).min();
    match (outcome, best) {
        (Outcome::Optimal(Solution { values, objectives }), Some(best)) => {
            assert!(solutions.contains(&values));
            assert_eq!(rank(model, &values), best);
            assert_eq!(objectives.len(), model.objectives().len());
        }
        (Outcome::Infeasible, None) => {}
        (outcome, best) => panic!("{outcome:?}, but the best is {best:?}"),
    }
}

/// The same models in every run, so that a change is to blame for a failure; `PROPTEST_CASES=50000` draws that many new
/// ones instead.
fn config() -> ProptestConfig {
    let explores = std::env::var_os("PROPTEST_CASES").is_some();
    let usual = ProptestConfig { max_shrink_time: 30_000, ..ProptestConfig::default() };
    if explores { usual } else { ProptestConfig { cases: 1000, rng_seed: RngSeed::Fixed(2024), ..usual } }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn random_models_equal_brute_force(model in any_model()) {
        let Some(solutions) = brute_force(&model) else { return Ok(()) };
        prop_assert_eq!(&all_solutions(&model, Branching::InputOrder), &solutions);
        for branching in [Branching::SmallestDomain, Branching::WeightedDegree] {
            let mut found = all_solutions(&model, branching);
            found.sort();
            prop_assert_eq!(&found, &solutions);
        }
        for branching in [Branching::InputOrder, Branching::SmallestDomain] {
            check_optimum(&model, &solutions, branching);
        }
    }
}

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
        check_optimum(&model, &solutions, branching);
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
        assert_eq!(all_solutions(&model, Branching::InputOrder), solutions, "{text}");
        check_space(&model, &solutions, &SolutionSpace::build(&model, &Limits::default()).unwrap());
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
        let (bounded, statistics) = solve(&model, &Options::default());
        let (plain, _) = solve(&model, &Options { without_relaxation: true, ..Options::default() });
        assert_eq!(bounded.solution().unwrap().objectives, plain.solution().unwrap().objectives);
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

/// Everything that a space says of its rows, against a list of them.
fn check_space(model: &Model, solutions: &[Vec<i64>], space: &SolutionSpace) {
    assert_eq!(space.len(), solutions.len().into());
    let mut rows: Vec<Vec<i64>> = space.iter().collect();
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(space.get(&index.into()).as_ref(), Some(row));
        assert!(space.contains(row));
    }
    assert_eq!(space.get(&rows.len().into()), None);
    if space.is_lexicographic() {
        assert_eq!(rows, solutions);
    }
    for variable in model.variable_ids() {
        let mut counts = BTreeMap::new();
        for row in &rows {
            *counts.entry(row[variable.index()]).or_insert_with(|| 0u32.into()) += 1u32;
        }
        assert_eq!(space.counts(variable), Some(counts));
    }
    for (index, values) in model.variables().iter().enumerate() {
        for row in solutions.iter().take(20) {
            for value in values.values.iter().take(6) {
                let mut other = row.clone();
                other[index] = value;
                assert_eq!(space.contains(&other), solutions.binary_search(&other).is_ok());
            }
        }
    }
    rows.sort();
    assert_eq!(rows, solutions);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases * 3, ..config() })]

    #[test]
    fn spaces_equal_brute_force(model in any_model()) {
        let Some(solutions) = brute_force(&model) else { return Ok(()) };
        match SolutionSpace::build(&model, &Limits::default()) {
            Ok(space) => check_space(&model, &solutions, &space),
            // Brute force stops at the first constraint that fails, and may never meet the power.
            Err(SpaceError::PowerTooLarge) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
