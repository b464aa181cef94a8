//! Problems whose numbers of solutions are known, and what is proven without search: all different, tables, elements.

use constrint_solver::{Model, Options, Outcome, Search, Statistics, Step, Values, language, solve};

fn model(variables: &[(&str, Values)], constraints: &[&str]) -> Model {
    let mut model = Model::new();
    for (name, values) in variables {
        model.add_variable(*name, values.clone()).unwrap();
    }
    for text in constraints {
        let expr =
            language::parse(text, &model).unwrap_or_else(|error| panic!("{}", error.render(text, "test", false)));
        model.require(expr);
    }
    model
}

fn range(min: i64, max: i64) -> Values {
    Values::range(min, max, 1).unwrap()
}

fn count(model: &Model) -> usize {
    let mut search = Search::new(model, &Options::default());
    let mut solutions = 0;
    while let Step::Solution(_) = search.next_solution() {
        solutions += 1;
    }
    solutions
}

fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|index| format!("{prefix}{index}")).collect()
}

#[test]
fn eight_queens_stand_in_ninety_two_ways() {
    let queens = names("q", 8);
    let all = |offset: fn(&str, usize) -> String| {
        let terms: Vec<String> = queens.iter().enumerate().map(|(row, queen)| offset(queen, row)).collect();
        format!("all_different({})", terms.join(", "))
    };
    let constraints = [
        all(|queen, _| queen.to_owned()),
        all(|queen, row| format!("{queen} + {row}")),
        all(|queen, row| format!("{queen} - {row}")),
    ];
    let variables: Vec<(&str, Values)> = queens.iter().map(|queen| (queen.as_str(), range(0, 7))).collect();
    assert_eq!(count(&model(&variables, &constraints.each_ref().map(String::as_str))), 92);
}

#[test]
fn there_are_576_latin_squares_of_order_four() {
    let cells = names("c", 16);
    let line = |of: &dyn Fn(usize) -> usize| {
        let line: Vec<&str> = (0..4).map(|place| cells[of(place)].as_str()).collect();
        format!("all_different({})", line.join(", "))
    };
    let lines = (0..4).flat_map(|k| [line(&|place| 4 * k + place), line(&|place| 4 * place + k)]);
    let lines: Vec<String> = lines.collect();
    let variables: Vec<(&str, Values)> = cells.iter().map(|cell| (cell.as_str(), range(1, 4))).collect();
    assert_eq!(count(&model(&variables, &lines.iter().map(String::as_str).collect::<Vec<_>>())), 576);
}

fn refuted(model: &Model) -> Statistics {
    let (outcome, statistics) = solve(model, &Options::default());
    assert_eq!(outcome, Outcome::Infeasible);
    statistics
}

/// Ten pigeons in nine holes: by comparisons alone that takes hundreds of thousands of nodes.
#[test]
fn too_few_values_are_seen_at_once() {
    let pigeons = names("p", 10);
    let different = format!("all_different({})", pigeons.join(", "));
    // Side by side, and with gaps, where bounds say nothing.
    let far: Vec<i64> = (1..10i64).map(|k| k * k * k).collect();
    for values in [range(1, 9), Values::list(far).unwrap()] {
        let variables: Vec<(&str, Values)> = pigeons.iter().map(|name| (name.as_str(), values.clone())).collect();
        assert!(refuted(&model(&variables, &[&different])).nodes <= 1);
    }
}

/// Domains with too many values for holes: bounds do, and nothing is forgotten.
#[test]
fn wide_domains_are_cut_at_hall_intervals() {
    let variables = [("a", range(5, 6)), ("b", range(5, 6)), ("w", range(5, 90_000)), ("v", range(-90_000, 6))];
    let mut narrow = model(&variables, &["all_different(a, b, v, w)"]);
    let sum = language::parse("w - v", &narrow).unwrap();
    narrow.minimize(sum);
    let (outcome, _) = solve(&narrow, &Options::default());
    assert_eq!(outcome.solution().unwrap().values[2..], [7, 4]);
    // A hole in the middle of a wide domain waits until the domain gets there.
    let variables = [("a", range(50, 50)), ("w", range(0, 90_000))];
    for fits in ["w in range(50, 51)", "w >= 50 and w <= 50", "2 * w == 100"] {
        refuted(&model(&variables, &["all_different(a, w)", fits]));
    }
    let between = ["(a, w) not in {(50, 40), (50, 42), (49, 41)}", "40 <= w <= 42"];
    assert_eq!(count(&model(&variables, &between)), 1);
    assert_eq!(count(&model(&variables, &["(a, w) in {(50, 7), (50, 70000), (49, 8)}"])), 2);
}

/// Unbounded numbers fill no Hall interval, stand in no row and are no index.
#[test]
fn numbers_beyond_propagation_are_told_apart_by_the_checker() {
    let variables = [("a", range(99, 101)), ("b", range(99, 101))];
    let count = |constraint: &str| count(&model(&variables, &[constraint]));
    assert_eq!(count("all_different(a ** 20, b ** 20)"), 6);
    assert_eq!(count("all_different(a ** 20, b ** 20, a ** 10 * b ** 10)"), 6);
    assert_eq!(count("not all_different(a ** 20, b ** 20)"), 3);
    assert_eq!(count("(a ** 20, b) in {(1, 99), (2, 100)}"), 0);
    assert_eq!(count("(a ** 20 // b ** 20, b) in {(0, 100), (1, 99), (2, 99)}"), 4);
    assert_eq!(count("(a ** 20, b) not in {(1, 99), (2, 100)}"), 9);
    assert_eq!(count("[a, b][a ** 20] == 100"), 0);
    assert_eq!(count("[a ** 20, b ** 20][b - 100] == a ** 20"), 5);
    assert_eq!(count("a == 99 or [a, b][a ** 20] == 100"), 3);
}

/// A table of two columns, and its second column as a list of items.
#[test]
fn a_table_and_a_list_of_its_second_column_say_the_same() {
    let second = |key: i64| (key * 37 + 11) % 64;
    let rows: Vec<String> = (0..64).map(|key| format!("({key}, {})", second(key))).collect();
    let items: Vec<String> = (0..64).map(|key| second(key).to_string()).collect();
    let table = format!("(k, v) in {{{}}}", rows.join(", "));
    let element = format!("v == [{}][k]", items.join(", "));
    let variables = [("k", range(-5, 70)), ("v", range(-5, 70))];
    let both = [table.as_str(), "v % 3 == 0", "k >= 0"];
    let expected = (0..64).filter(|&key| second(key) % 3 == 0).count();
    assert_eq!(count(&model(&variables, &both)), expected);
    assert_eq!(count(&model(&variables, &[&element, "v % 3 == 0", "k >= 0"])), expected);
    assert_eq!(refuted(&model(&variables, &[&table, &element.replace("v ==", "v !="), "k >= 0"])).solutions, 0);
    assert_eq!(refuted(&model(&variables, &[&element, &format!("not {table}"), "k >= 0"])).solutions, 0);
}
