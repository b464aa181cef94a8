//! What the solver says, and what enumeration and the checker say.

use constrint_solver::{Branching, Goal, Model, Options, Outcome, Search, Solution, Step, checker, solve};

/// All solutions, in lexicographic order; none where some value is too large to compute.
pub(crate) fn brute_force(model: &Model) -> Option<Vec<Vec<i64>>> {
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

/// The usual options but for the brancher.
pub(crate) fn by(branching: Branching) -> Options {
    Options { branching, ..Options::default() }
}

/// All solutions in the order of the search; none where some value is too large to compute.
pub(crate) fn all_solutions(model: &Model, options: &Options) -> Option<Vec<Vec<i64>>> {
    let mut search = Search::new(model, options);
    let mut found = Vec::new();
    loop {
        match search.next_solution() {
            Step::Solution(solution) => found.push(solution.values),
            Step::Exhausted => return Some(found),
            Step::Interrupted => return None,
        }
    }
}

/// How a solution compares with others, better first.
pub(crate) fn rank(model: &Model, values: &[i64]) -> Vec<checker::Number> {
    let rank = model.objectives().iter().map(|objective| {
        let value = checker::evaluate(&objective.expr, values).unwrap().unwrap();
        if objective.goal == Goal::Minimize { value } else { -value }
    });
    rank.collect()
}

/// Holds the optimum against all solutions.
pub(crate) fn check_optimum(model: &Model, solutions: &[Vec<i64>], options: &Options) {
    let (outcome, _) = solve(model, options);
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

/// Holds everything that the solver says of a model against all its solutions, which are in lexicographic order.
pub(crate) fn check_all(model: &Model, solutions: &[Vec<i64>], options: &Options) {
    let found = |branching| all_solutions(model, &Options { branching, ..options.clone() }).expect("no limit was set");
    let ordered = found(Branching::InputOrder);
    if options.order.is_empty() {
        assert_eq!(ordered, solutions, "in order");
    }
    for (branching, mut found) in [
        (Branching::InputOrder, ordered),
        (Branching::SmallestDomain, found(Branching::SmallestDomain)),
        (Branching::WeightedDegree, found(Branching::WeightedDegree)),
    ] {
        found.sort();
        assert_eq!(found, solutions, "{branching:?}");
    }
    for branching in [Branching::InputOrder, Branching::SmallestDomain] {
        check_optimum(model, solutions, &Options { branching, ..options.clone() });
    }
}
