//! Bad input: each message names the entry.

use constrint::table::solve_table;
use constrint::{Problem, Request, solve};

fn refusal(fields: &str) -> String {
    let text = format!(r#"{{"version": 1, {fields}}}"#);
    let problem = match Problem::from_json(&text) {
        Ok(problem) => problem,
        Err(error) => return constrint::Error::from(error).render("t.json", false),
    };
    match solve_table(&problem, &Request::default()) {
        Ok(_) => panic!("{text} is taken"),
        Err(error) => constrint::Error::from(error).render("t.json", false),
    }
}

#[test]
fn what_is_wrong_is_named_by_its_place() {
    let matmul = r#""kernel": "matmul", "gpus": ["H100 SXM"]"#;
    let shape = r#"{"m": 64, "n": 64, "k": 64}"#;
    for (fields, expected) in [
        (format!(r#"{matmul}, "shapes": [{shape}, {{"m": 0, "n": 64, "k": 64}}]"#), "shapes[1].m: "),
        (
            format!(r#"{matmul}, "shapes": [{shape}, {{"m": 1.5, "n": 64, "k": 64}}]"#),
            "shapes[1].m: a size is a whole number",
        ),
        (format!(r#"{matmul}, "shapes": [{{"n": 64, "k": 64}}]"#), "shapes[0]: "),
        (format!(r#"{matmul}, "shapes": [{shape}, {{"m": 64, "n": 64, "k": 64, "rows": 2}}]"#), "shapes[1].rows: "),
        (format!(r#"{matmul}, "shapes": [{{"m": 64, "n": 64, "k": 64, "output": "fp8"}}]"#), "shapes[0].output: "),
        (format!(r#"{matmul}, "shapes": [{{"m": 64, "n": 64, "k": 64, "dtype": "fp8"}}]"#), "shapes[0].dtype: "),
        (format!(r#"{matmul}, "dtype": "fp8", "shapes": [{shape}]"#), "t.json: dtype: "),
        (format!(r#"{matmul}, "shape": {{"k": 0}}, "shapes": [{{"m": 64, "n": 64}}]"#), "t.json: shape.k: "),
        (format!(r#"{matmul}, "shapes": [{{"m": 1048576, "n": 1048576, "k": 1073741824}}]"#), "shapes[0]: "),
        (
            format!(r#"{matmul}, "shapes": [{shape}, {{"k": 64, "m": 64, "n": 64, "output": "bf16"}}]"#),
            "shapes[1]: it is the same shape as shapes[0]",
        ),
        (format!(r#"{matmul}, "shapes": []"#), "shapes: a table needs shapes"),
        (format!(r#"{matmul}, "shapes": {{}}"#), "t.json:1:"),
        (format!(r#"{matmul}, "gpu": "A100 SXM4 80GB", "shapes": [{shape}]"#), "gpu: it stands beside `gpus`"),
        (format!(r#"{matmul}, "shapes": [{shape}], "constraints": ["block_q > 3"]"#), "constraints[0]"),
        (format!(r#""kernel": "matmul", "gpus": [], "shapes": [{shape}]"#), "gpus: a table needs GPUs"),
        (format!(r#""kernel": "matmul", "shapes": [{shape}]"#), "t.json: a table needs GPUs"),
        (
            format!(r#""kernel": "matmul", "gpus": ["H100 SXM", "H10O SXM"], "shapes": [{shape}]"#),
            "gpus[1]: no GPU of the catalog",
        ),
        (
            format!(r#""kernel": "matmul", "gpus": ["H100 SXM", {{"base": "T4", "sm": 3}}], "shapes": [{shape}]"#),
            "gpus[1]: ",
        ),
        (format!(r#""kernel": "matmul", "gpus": ["H100 SXM", "T4"], "shapes": [{shape}]"#), "gpus[1]: "),
        (
            format!(r#""kernel": "matmul", "gpus": ["H100 SXM", "h100-sxm5-80gb"], "shapes": [{shape}]"#),
            "gpus[1]: it is the same GPU as gpus[0]",
        ),
        (
            format!(
                r#""kernel": "matmul", "gpus": ["H100 SXM", {{"base": "H100 SXM", "l2_bytes": 1048576}}], "shapes": [{shape}]"#
            ),
            "gpus[1]: a program could not tell it from gpus[0]",
        ),
        (
            r#""gpus": ["T4"], "variables": {"x": {"values": [1]}}, "shapes": [{"a": 1}, {"b": 1}]"#.to_owned(),
            "shapes[1]: `a` is missing",
        ),
        (
            r#""gpus": ["T4"], "variables": {"x": {"values": [1]}}, "shapes": [{"a": 1}, {"a": 1, "b": 1}]"#.to_owned(),
            "shapes[1].b: shapes[0] has no such size",
        ),
        (
            r#""gpus": ["T4"], "variables": {"x": {"values": [1]}}, "shapes": [{"a": 1}, {"a": "b"}]"#.to_owned(),
            "shapes[1].a: ",
        ),
        (
            r#""gpus": ["T4"], "variables": {"x": {"values": [1]}}, "shapes": [{"a": 1, "x": 3}]"#.to_owned(),
            "`x` is already the name",
        ),
        (r#""gpus": "T4", "variables": {"x": {"values": [1]}}"#.to_owned(), "t.json:1:"),
    ] {
        let said = refusal(&fields);
        assert!(said.contains(expected), "{fields}\n{said}");
    }
}

#[test]
fn lists_are_for_tables_alone() {
    for (field, list) in [("gpus", r#"["T4"]"#), ("gpus", "[]"), ("shapes", "[]")] {
        let text = format!(r#"{{"version": 1, "variables": {{"x": {{"values": [1]}}}}, "{field}": {list}}}"#);
        let problem = Problem::from_json(&text).unwrap();
        let error = constrint::Error::from(solve(&problem, &Request::default()).unwrap_err());
        let said = error.render("p.json", false);
        assert!(said.contains(&format!("p.json: {field}: a list")) && said.contains("constrint table"), "{said}");
    }
}
