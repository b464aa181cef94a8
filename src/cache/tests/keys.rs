//! Keys: the same for two spellings of a problem, another where an answer could be another.

use super::{Question, key, tiling};
use constrint_solver::{Branching, Options, ValueOrder, checker};
use proptest::prelude::*;
use serde_json::{Value, json};

fn tiles() -> Value {
    json!({
        "version": 1,
        "name": "tiles",
        "constants": {"budget": 49152},
        "variables": {"tile": {"values": [16, 32, 48, 64]}, "stages": {"min": 1, "max": 8}, "flat": {"values": [3]}},
        "constraints": [{"name": "fits", "expr": "tile * stages * 128 <= budget", "because": "48 KiB"}, "tile % 32 == 0"],
        "objective": {"lexicographic": [{"maximize": "tile * stages"}, {"minimize": "stages / 3"}]},
    })
}

/// A copy with the field at this place, such as `/variables/tile`, changed.
fn with(problem: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = problem.clone();
    *changed.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value;
    changed
}

#[test]
fn another_spelling_has_the_same_key() {
    let tiles = tiles();
    for (pointer, spelling) in [
        ("/name", json!("other")),
        ("/constraints/0", json!("tile*stages*128<=budget")),
        ("/constraints/0/expr", json!("((tile * stages) * 128) <= (49152)")),
        ("/constraints/0/because", json!("there is no more")),
        ("/constraints/1", json!({"name": "whole warps", "expr": "(tile%32)==0"})),
        ("/variables/tile", json!({"min": 16, "max": 79, "step": 16})),
        ("/variables/stages", json!({"values": [8, 7, 6, 5, 4, 3, 2, 1, 1]})),
        ("/variables/flat", json!({"min": 3, "max": 3, "step": 5})),
        ("/constants", json!({"unused": 4, "budget": 49152})),
        ("/objective/lexicographic/0/maximize", json!("tile*(stages)")),
    ] {
        assert_eq!(key(&with(&tiles, pointer, spelling.clone())), key(&tiles), "{pointer}: {spelling}");
    }
    let mut limited = tiles.clone();
    limited["solve"] = json!({"time_limit_s": 1, "node_limit": 1000});
    let fields: serde_json::Map<String, Value> = limited.as_object().unwrap().clone().into_iter().rev().collect();
    assert_eq!(key(&Value::Object(fields)), key(&tiles), "fields in another order, and limits");
}

#[test]
fn another_problem_has_another_key() {
    let tiles = tiles();
    for (pointer, change) in [
        ("/constants/budget", json!(49151)),
        ("/variables/tile/values", json!([16, 32, 48])),
        ("/variables/stages/min", json!(0)),
        ("/variables/flat/values", json!([3, 4])),
        ("/constraints/0/expr", json!("tile * stages * 128 < budget")),
        ("/constraints/0/expr", json!("tile + stages * 128 <= budget")),
        ("/constraints", json!(["tile % 32 == 0"])),
        ("/objective/lexicographic/0", json!({"minimize": "tile * stages"})),
        ("/objective/lexicographic", json!([{"minimize": "stages / 3"}, {"maximize": "tile * stages"}])),
        ("/objective", json!({"maximize": "tile * stages"})),
        // The first solution in the order of the variables is another one then.
        (
            "/variables",
            json!({"stages": {"min": 1, "max": 8}, "tile": {"values": [16, 32, 48, 64]}, "flat": {"values": [3]}}),
        ),
    ] {
        assert_ne!(key(&with(&tiles, pointer, change.clone())), key(&tiles), "{pointer}: {change}");
    }
}

#[test]
fn another_gpu_or_shape_has_another_key() {
    let matmul = json!({"version": 1, "kernel": "matmul", "gpu": "H100 SXM5 80GB",
        "shape": {"m": 1024, "n": 1024, "k": 1024, "output": "bf16"}});
    let same = [("/gpu", json!("h100-sxm")), ("/gpu", json!({"base": "H100 SXM5 80GB", "name": "mine"}))];
    for (pointer, spelling) in same {
        assert_eq!(key(&with(&matmul, pointer, spelling.clone())), key(&matmul), "{spelling}");
    }
    for (pointer, change) in [
        ("/gpu", json!("A100 SXM4 80GB")),
        ("/gpu", json!({"base": "H100 SXM5 80GB", "sms": 131})),
        ("/gpu", json!({"base": "H100 SXM5 80GB", "memory_bandwidth_bytes_per_s": 3_350_000_000_001_i64})),
        ("/gpu", json!({"base": "H100 SXM5 80GB", "l2_bytes": 52_428_801})),
        ("/shape/k", json!(1025)),
        ("/shape/output", json!("fp32")),
    ] {
        assert_ne!(key(&with(&matmul, pointer, change.clone())), key(&matmul), "{pointer}: {change}");
    }
    // Nothing in this problem uses a limit; still none may change unseen.
    let plain = json!({"version": 1, "gpu": {"base": "H100 SXM5 80GB"}, "variables": {"x": {"min": 1, "max": 2}}});
    for (limit, value) in [("sms", 131), ("l2_bytes", 52_428_801)] {
        let limits = json!({"base": "H100 SXM5 80GB", limit: value});
        assert_ne!(key(&with(&plain, "/gpu", limits)), key(&plain), "{limit}");
    }
}

#[test]
fn another_question_has_another_key() {
    let tiling = tiling(&tiles());
    let order = |end| vec![(tiling.model.find("stages").unwrap(), end)];
    let asked = [
        (1, Options::default()),
        (2, Options::default()),
        (1, Options { branching: Branching::WeightedDegree, ..Options::default() }),
        (1, Options { order: order(ValueOrder::LargestFirst), ..Options::default() }),
        (1, Options { order: order(ValueOrder::SmallestFirst), ..Options::default() }),
    ];
    let keys: std::collections::BTreeSet<String> =
        asked.iter().map(|(count, options)| Question { tiling: &tiling, options, count: *count }.key()).collect();
    assert_eq!(keys.len(), asked.len());
    let text = Question { tiling: &tiling, options: &Options::default(), count: 1 }.text();
    let version = env!("CARGO_PKG_VERSION");
    assert!(text.starts_with(&format!("constrint {version} solver {version}\n")), "{text}");
}

/// The places of all numbers of a JSON value, and of those in its texts: a pointer, and the byte where they start.
fn numbers(value: &Value, pointer: &str, found: &mut Vec<(String, Option<usize>)>) {
    match value {
        Value::Number(_) => found.push((pointer.to_owned(), None)),
        Value::String(text) => {
            let digit = |byte: usize| text.as_bytes().get(byte).is_some_and(u8::is_ascii_digit);
            let starts = (0..text.len()).filter(|&byte| digit(byte) && (byte == 0 || !digit(byte - 1)));
            found.extend(starts.map(|byte| (pointer.to_owned(), Some(byte))));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                numbers(item, &format!("{pointer}/{index}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields.iter().filter(|(name, _)| *name != "version") {
                numbers(field, &format!("{pointer}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// The number there, replaced.
fn replaced(problem: &Value, pointer: &str, start: Option<usize>, number: i64) -> Value {
    let old = problem.pointer(pointer).unwrap();
    let new = match (old, start) {
        (Value::String(text), Some(start)) => {
            let digits = text[start..].bytes().take_while(u8::is_ascii_digit).count();
            format!("{}{number}{}", &text[..start], &text[start + digits..]).into()
        }
        _ => number.into(),
    };
    with(problem, pointer, new)
}

/// All that could be asked of a problem: which assignments are solutions, and what each objective is there.
fn table(problem: &Value) -> Vec<(Vec<i64>, Vec<Option<checker::Number>>)> {
    let model = tiling(problem).model;
    let mut rows: Vec<Vec<i64>> = vec![Vec::new()];
    for variable in model.variables() {
        rows = rows
            .iter()
            .flat_map(|row| variable.values.iter().map(move |value| [row.clone(), vec![value]].concat()))
            .collect();
    }
    rows.retain(|row| checker::is_solution(&model, row).unwrap());
    let objectives = |row: &[i64]| {
        model.objectives().iter().map(|objective| checker::evaluate(&objective.expr, row).unwrap()).collect()
    };
    rows.into_iter().map(|row| (row.clone(), objectives(&row))).collect()
}

fn small_problem() -> impl Strategy<Value = Value> {
    let numbers = (1..6_i64, 1..5_i64, 2..30_i64, 1..4_i64, 2..5_i64, 1..9_i64);
    (numbers, 0..4_usize, 0..4_usize).prop_map(|((a, b, c, step, base, k), constraint, objective)| {
        let constraints = [
            format!("{a} * x + {b} * y <= {c}"),
            format!("x % {base} == {step} or y > {a}"),
            format!("x * y >= k and y in {{1, {a}, {c}}}"),
            format!("log2(x) <= {b} / {step}"),
        ];
        let objectives = [
            json!({"maximize": format!("{a} * x - {b} * y")}),
            json!({"minimize": format!("x * y + (k - x) ** 2 / {base}")}),
            json!({"lexicographic": [{"minimize": format!("max(x, {b})")}, {"maximize": "y // k"}]}),
            json!({"minimize": format!("x if y > {step} else {a} * x")}),
        ];
        json!({"version": 1, "constants": {"k": k},
            "variables": {"x": {"min": 1, "max": 5 + a, "step": step}, "y": {"powers_of": base, "max": 4 * c}},
            "constraints": [constraints[constraint]], "objective": objectives[objective]})
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A number changed anywhere: where that changes a solution or its worth, as found by enumeration, the key changes.
    #[test]
    fn a_changed_number_that_matters_changes_the_key(
        problem in small_problem(), place in any::<prop::sample::Index>(), number in 1..40_i64,
    ) {
        let mut places = Vec::new();
        numbers(&problem, "", &mut places);
        let (pointer, start) = place.get(&places);
        let changed = replaced(&problem, pointer, *start, number);
        // A base of 1 is refused, and a range must hold a value.
        let read = crate::Problem::from_json(&changed.to_string()).map_err(crate::Error::from);
        let readable = read.and_then(|problem| Ok(crate::tiling::lower(&problem)?));
        prop_assume!(readable.is_ok());
        if table(&problem) != table(&changed) {
            prop_assert_ne!(key(&problem), key(&changed), "{} {:?}: {}", pointer, start, changed);
        }
        if problem == changed {
            prop_assert_eq!(key(&problem), key(&changed));
        }
    }

    /// Blanks, brackets, fields turned round, names and reasons, numbers by name: all the same.
    #[test]
    fn a_respelled_problem_keeps_its_key(problem in small_problem(), name in "[a-z]{1,8}") {
        let text = problem["constraints"][0].as_str().unwrap();
        let spelling = format!("  ( {} )", text.replace(' ', "  ").replace(">=  k", ">=(kk)"));
        let constraint = json!({"because": name, "expr": spelling, "name": name});
        let mut respelled = with(&problem, "/constraints/0", constraint);
        respelled["constants"]["kk"] = problem["constants"]["k"].clone();
        respelled["name"] = name.into();
        let reversed: serde_json::Map<String, Value> = respelled.as_object().unwrap().clone().into_iter().rev().collect();
        prop_assert_eq!(key(&problem), key(&Value::Object(reversed)), "{}", respelled);
    }
}
