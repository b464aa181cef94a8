//! What T1 files say, and what is refused in them.

use crate::diagnostic::Diagnostic;
use crate::problem::ProblemError;
use crate::problem::{ConstraintSpec, Problem, VariableSpec};
use proptest::prelude::*;
use serde_json::{Value, json};

fn file(parameters: &Value, conditions: &Value) -> String {
    json!({"General": {"BenchmarkName": "bench"},
           "ConfigurationSpace": {"TuningParameters": parameters, "Conditions": conditions},
           "KernelSpecification": {"KernelName": "kernel", "Stream": null, "Arguments": [{"FillValue": 1e300}]}})
    .to_string()
}

fn values(parameter: &Value) -> Result<Vec<i64>, ProblemError> {
    let (problem, _) = Problem::from_t1(&file(&json!([parameter]), &json!([])))?;
    match problem.variables.into_values().next() {
        Some(VariableSpec::List(list)) => Ok(list.values),
        other => panic!("{other:?}"),
    }
}

#[test]
fn parameters_and_conditions_become_variables_and_constraints() {
    let parameters = json!([
        {"Name": "x", "Type": "int", "Values": "[2**i for i in range(4)]", "Default": [7]},
        {"Name": "y", "Type": "uint", "Values": [1, 2.0, true]},
        {"Name": "z", "Type": "bool", "Values": "[True, False]"},
        {"Name": "w", "Type": "float", "Values": "[1.0, 4 / 2]"}]);
    let conditions = json!([{"Expression": "x % y == 0 or z", "Parameters": ["x", "y", "z"]}]);
    let text = file(&parameters, &conditions);
    let (problem, warnings) = Problem::from_t1(&text).unwrap();
    assert_eq!((problem.name.as_deref(), warnings.len()), (Some("kernel"), 0));
    let lists: Vec<_> = problem.variables.values().map(|spec| json!(spec)["values"].clone()).collect();
    assert_eq!(lists, [json!([1, 2, 4, 8]), json!([1, 2, 1]), json!([1, 0]), json!([1, 2])]);
    let ConstraintSpec::Named(condition) = &problem.constraints[0] else { panic!("it has a name") };
    assert_eq!((condition.name.as_deref(), condition.expr.as_str()), (Some("Conditions[0]"), "x % y == 0 or z"));
    assert_eq!(Problem::from_json(&text).unwrap(), problem);
}

#[test]
fn lists_of_parameters_that_differ_are_told() {
    let parameter = |name: &str| json!({"Name": name, "Values": "[1]"});
    let parameters = json!([parameter("a"), parameter("b"), parameter("c")]);
    let conditions = json!([{"Expression": "a * b > 0", "Parameters": ["c", "a"]}, {"Expression": "a > 0"}]);
    let (_, warnings) = Problem::from_t1(&file(&parameters, &conditions)).unwrap();
    let shown: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        ["ConfigurationSpace.Conditions[0].Parameters: the expression also uses `b`; the expression does not use `c`"]
    );
}

#[test]
fn parameters_are_refused_by_name() {
    for (parameter, parts) in [
        (json!({"Name": "x", "Values": "[open('x')]"}), &["Values (x)", "calls to `open`", "there are"][..]),
        (
            json!({"Name": "x", "Type": "string", "Values": "['a', 'b']"}),
            &["Values (x)", "`a` is a text", "number the texts"],
        ),
        (json!({"Name": "x", "Values": ["a"]}), &["Values (x)[0]", "`a` is a text"]),
        (json!({"Name": "x", "Type": "float", "Values": "[0.25, 1]"}), &["Values (x)", "0.25", "scale"]),
        (json!({"Name": "x", "Values": [0.5]}), &["Values (x)[0]", "0.5", "scale"]),
        (json!({"Name": "x", "Values": [null]}), &["Values (x)[0]", "null is not a number"]),
        (json!({"Name": "x", "Values": "[[1], [2]]"}), &["Values (x)", "a list is not a number"]),
        (json!({"Name": "x", "Values": "[2 ** 53]"}), &["Values (x)", "9007199254740992 is beyond"]),
        (json!({"Name": "x", "Values": "[1e300]"}), &["Values (x)", "is beyond 2^53 - 1"]),
        (json!({"Name": "x", "Values": "[1e400 - 1e400]"}), &["Values (x)", "too large"]),
        (json!({"Name": "x", "Values": [1e300]}), &["Values (x)[0]", "is beyond 2^53 - 1"]),
        (json!({"Name": "x", "Values": "[]"}), &["Values (x)"]),
        (json!({"Name": "x", "Values": 5}), &["Values (x)", "a Python list"]),
        (json!({"Name": "x"}), &["Values (x)", "missing"]),
        (json!({"Values": "[1]"}), &["TuningParameters[0].Name", "must be a text"]),
        (json!({"Name": "x y", "Values": "[1]"}), &["TuningParameters[0].Name", "`x y`"]),
        (json!({"Name": "x", "Type": "uint", "Values": "[-1]"}), &["Values (x)", "-1 is no value of the type `uint`"]),
        (json!({"Name": "x", "Type": "bool", "Values": "[2]"}), &["Values (x)", "2 is no value of the type `bool`"]),
        (json!({"Name": "x", "Type": "long", "Values": "[2]"}), &["[0].Type", "`long`", "uint"]),
        (json!("x"), &["TuningParameters[0]", "must be a JSON object"]),
    ] {
        let error = values(&parameter).expect_err(&parameter.to_string());
        let shown = error.render("t1.json", false);
        assert!(parts.iter().all(|part| shown.contains(part)), "{parameter}: {shown}");
    }
    let twice = json!([{"Name": "x", "Values": "[1]"}, {"Name": "x", "Values": "[1]"}]);
    let error = Problem::from_t1(&file(&twice, &json!([]))).unwrap_err();
    assert!(error.to_string().contains("TuningParameters[1].Name: `x` is already"), "{error}");
}

#[test]
fn conditions_are_refused_with_their_place() {
    let parameters = json!([{"Name": "x", "Values": "[1, 2]"}, {"Name": "y", "Values": "[1, 2]"}]);
    for (condition, parts) in [
        (json!({"Expression": "x > n"}), &["Conditions[0].Expression", "unknown name `n`", "^"][..]),
        (json!({"Expression": "x.bit_length() > 1"}), &["Expression", "attributes", "^^"]),
        (json!({"Expression": "open('x') == 1"}), &["Expression", "^"]),
        (json!({"Expression": "(x or 2) * y > 2"}), &["Expression", "one of their operands", "a if a != 0 else b"]),
        (json!({"Expression": "abs(x and y) > 1"}), &["Expression", "one of their operands"]),
        (json!({"Expression": "x > 1", "Parameters": ["z"]}), &["Parameters[0]", "nothing called `z`"]),
        (json!({"Expression": "x > 1", "Parameters": [1]}), &["Parameters[0]", "by its name"]),
        (json!({"Expression": "x > 1", "Parameters": "x"}), &["Conditions[0].Parameters", "must be a list"]),
        (json!({"Parameters": ["x"]}), &["Conditions[0].Expression", "must be a text"]),
        (json!("x > 1"), &["Conditions[0]", "must be a JSON object"]),
    ] {
        let error = Problem::from_t1(&file(&parameters, &json!([condition]))).expect_err(&condition.to_string());
        let shown = error.render("t1.json", false);
        assert!(parts.iter().all(|part| shown.contains(part)), "{condition}: {shown}");
    }
    for agreed in
        ["x or y", "(x > 1 or y > 1) + 1 == 2", "not (x and y)", "y if x and y else x", "(x == 1 and True) == 1"]
    {
        let condition = json!([{"Expression": agreed}]);
        assert!(Problem::from_t1(&file(&parameters, &condition)).is_ok(), "{agreed}");
    }
}

#[test]
fn a_space_is_an_object_with_parameters() {
    for (text, part) in [
        (r#"{"ConfigurationSpace": []}"#, "ConfigurationSpace: must be a JSON object"),
        (r#"{"ConfigurationSpace": {}}"#, "ConfigurationSpace.TuningParameters: must be a list"),
        (r#"{"ConfigurationSpace": {"TuningParameters": []}}"#, "no parameter to tune"),
        (r#"{"ConfigurationSpace": {"TuningParameters": [], "TuningParameters": []}}"#, "given twice"),
        ("{", "EOF"),
        ("[]", "ConfigurationSpace: must be a JSON object"),
    ] {
        let error = Problem::from_t1(text).expect_err(text);
        assert!(error.to_string().contains(part), "{text}: {error}");
    }
}

/// The constraints of a file with this `ConfigurationSpace`, and perhaps more beside it.
fn constraints(file: &Value) -> Vec<(String, String)> {
    let (problem, _) = Problem::from_t1(&file.to_string()).unwrap_or_else(|error| panic!("{file}: {error}"));
    let named = problem.constraints.into_iter().map(|constraint| match constraint {
        ConstraintSpec::Named(named) => (named.name.unwrap(), named.expr),
        ConstraintSpec::Text(text) => panic!("{text} has a name"),
    });
    named.collect()
}

#[test]
fn conditions_are_found_under_every_known_spelling() {
    let parameters = json!([{"Name": "x", "Values": "[1, 2, 3]"}, {"Name": "y", "Values": [1, 2]}]);
    for key in ["Conditions", "conditions", "Condition", "Constraints", "constraints", "restrictions"] {
        let space = json!({"TuningParameters": parameters, key: [{"Expression": "x > 2"}]});
        let found = constraints(&json!({"ConfigurationSpace": space}));
        assert_eq!(found, [(format!("{key}[0]"), "x > 2".to_owned())]);
    }
    let both = json!({"TuningParameters": parameters, "Conditions": [{"Expression": "x > 2"}], "constraints": [{"Expression": "y > 1"}]});
    assert_eq!(constraints(&json!({"ConfigurationSpace": both})).len(), 2);
    let lower = json!({"configurationSpace": {"tuning_parameters": [
        {"name": "x", "type": "int", "values": "[1, 2]", "default": 1, "condition": "x < y"},
        {"name": "y", "values": "[1, 2]", "Conditions": [{"expression": "y > 1"}, "x + y > 2"]}]}});
    let found: Vec<String> = constraints(&lower).into_iter().map(|(name, expr)| format!("{name}: {expr}")).collect();
    assert_eq!(found, ["x.condition: x < y", "y.Conditions[0]: y > 1", "y.Conditions[1]: x + y > 2"]);
}

#[test]
fn no_key_is_passed_over() {
    let space = json!({"TuningParameters": [{"Name": "x", "Values": "[1]"}]});
    for (place, file) in [
        ("Conditions: there is no such field", json!({"ConfigurationSpace": space, "Conditions": []})),
        ("ConfigurationSpace.Condtions", json!({"ConfigurationSpace": {"TuningParameters": [], "Condtions": []}})),
        (
            "TuningParameters[0].Valeus",
            json!({"ConfigurationSpace": {"TuningParameters": [{"Name": "x", "Valeus": 1}]}}),
        ),
        (
            "KernelSpecification.constraints",
            json!({"ConfigurationSpace": space, "KernelSpecification": {"constraints": []}}),
        ),
        ("General.Conditions", json!({"ConfigurationSpace": space, "General": {"Conditions": []}})),
        ("General.TimeUnti", json!({"ConfigurationSpace": space, "General": {"TimeUnti": "Seconds"}})),
        ("Search.Budget.Limit", json!({"ConfigurationSpace": space, "Search": {"Budget": {"Limit": 3}}})),
        ("Budget[1].Value", json!({"ConfigurationSpace": space, "Budget": [{"Type": "a"}, {"Value": 3}]})),
        (
            "KernelSpecification.LocalSize.W",
            json!({"ConfigurationSpace": space, "KernelSpecification": {"LocalSize": {"X": "x", "W": "1"}}}),
        ),
        (
            "KernelSpecification.Arguments[0].Fill",
            json!({"ConfigurationSpace": space, "KernelSpecification": {"Arguments": [{"Name": "a", "Fill": 1}]}}),
        ),
        (
            "Conditions[0].Comment",
            json!({"ConfigurationSpace": {"TuningParameters": space["TuningParameters"],
                   "Conditions": [{"Expression": "x > 0", "Comment": ""}]}}),
        ),
        (
            "`Name` is given twice, under two spellings",
            json!({"ConfigurationSpace": {"TuningParameters": [{"Name": "x", "name": "y", "Values": "[1]"}]}}),
        ),
    ] {
        let error = Problem::from_t1(&file.to_string()).expect_err(&file.to_string());
        assert!(error.to_string().contains(place), "{file}: {error}");
        assert!(place.contains("twice") || error.hint().is_some_and(|hint| hint.starts_with("There are: ")), "{file}");
    }
}

#[test]
fn conditions_may_name_the_numbers_of_the_benchmark() {
    let space = |expression: &str| {
        json!({"TuningParameters": [{"Name": "x", "Values": "[1, 2, 3, 4]"}],
               "Conditions": [{"Expression": expression, "Parameters": ["x", "K"]}]})
    };
    let config = json!({"K": 2, "x": 9, "name": "a text", "half": 0.5});
    for (section, file) in [
        ("KernelSpecification", json!({"BenchmarkConfig": config})),
        ("General", json!({"BenchmarkConfig": config})),
        ("BenchmarkConfig", config.clone()),
    ] {
        let (problem, warnings) =
            Problem::from_t1(&json!({"ConfigurationSpace": space("x * K <= 4"), section: file}).to_string()).unwrap();
        assert_eq!((problem.constants.len(), problem.constants["K"], warnings.len()), (1, 2, 0), "{section}");
        let tiling = crate::tiling::lower(&problem).unwrap();
        assert_eq!(tiling.model.display(&tiling.model.constraints()[0].expr).to_string(), "x * 2 <= 4");
    }
    let missing = json!({"ConfigurationSpace": space("x * L <= 4"), "BenchmarkConfig": config});
    assert!(Problem::from_t1(&missing.to_string()).unwrap_err().to_string().contains("unknown name `L`"));
}

#[test]
fn numbers_of_the_benchmark_do_not_contradict_each_other() {
    let file = |general: &Value, benchmark: &Value| {
        let space = json!({"TuningParameters": [{"Name": "x", "Values": "[1, 2]"}]});
        let file =
            json!({"ConfigurationSpace": space, "General": {"BenchmarkConfig": general}, "BenchmarkConfig": benchmark});
        Problem::from_t1(&file.to_string())
    };
    assert_eq!(file(&json!({"K": 2}), &json!({"K": 2.0, "L": true})).unwrap().0.constants.len(), 2);
    assert!(file(&Value::Null, &json!({"K": 2})).is_ok());
    let error = file(&json!({"K": 2}), &json!({"K": 3})).unwrap_err().to_string();
    assert!(error.contains("BenchmarkConfig.K") && error.contains("another number"), "{error}");
    let error = file(&json!({}), &json!([1])).unwrap_err().to_string();
    assert!(error.contains("BenchmarkConfig: must be a JSON object"), "{error}");
}

/// The keys that published files and the format's own schema have.
#[test]
fn what_has_nothing_to_do_with_the_space_may_stand_beside_it() {
    let sections = r#"{
        "$schema": "schema.json",
        "General": {"FormatVersion": 1, "BenchmarkName": "b", "BenchmarksPath": ".", "LoggingLevel": "Off",
                    "TimeUnit": "Seconds", "OutputFile": "o", "OutputFormat": "JSON"},
        "Search": {"Name": "Random", "Attributes": [{"Name": "a", "Value": "1"}]},
        "Budget": [{"Type": "TuningDuration", "BudgetValue": 3.5}],
        "BenchmarkConfig": {"any name": [1, {"at": "all"}], "K": 3},
        "verification": {"type": "reference_CPU", "path": "reference.cpp"},
        "metadata": {"types": {"float3": {"x": "float"}}},
        "KernelSpecification": {
            "Language": "CUDA", "CompilerOptions": ["-O3"], "Profiling": false, "BenchmarkName": "b", "benchmarkPath": ".",
            "KernelName": "k", "KernelFile": "k.cu", "KernelTypeNames": ["float"], "SimulationInput": "s",
            "Device": {"PlatformId": 0, "DeviceId": 0, "Name": "d"}, "GlobalSizeType": "CUDA", "LocalSizeType": "CUDA",
            "GlobalSize": {"X": "1", "Y": "1", "Z": "1"}, "LocalSize": {"X": 1}, "blockSize": {"X": "x"}, "GridDivX": ["x"],
            "ProblemSize": [1, 2], "shared_memory": null, "Stream": null, "Misc": {"jitify": true},
            "modifiers": {"type": "block_size", "dimension": "X", "parameter": "x", "action": "divide"},
            "Arguments": [{"Name": "a", "Type": "float", "Size": 1, "TypeSize": 4, "FillType": "Random", "FillValue": 1.0,
                           "DataSource": "d", "RandomSeed": 1, "AccessType": "ReadOnly", "MemoryType": "Vector",
                           "MemType": "Constant", "Output": 1, "Order": 0}],
            "ReferenceArguments": [{"Name": "a", "TargetName": "b", "FillType": "Random", "ValidationMethod": "m",
                                    "ValidationThreshold": 0.1}],
            "ReferenceData": {"ReferenceArguments": [], "ValidationPairs": [{"ReferenceName": "a", "TargetName": "b"}]}},
        "ConfigurationSpace": {"TuningParameters": [{"Name": "x", "Values": "[1, 2]"}]}}"#;
    let (problem, warnings) = Problem::from_t1(sections).unwrap();
    assert_eq!((problem.name.as_deref(), problem.constants["K"], warnings.len()), (Some("k"), 3, 0));
    let published = concat!(env!("CARGO_MANIFEST_DIR"), "/problems/spaces/hotspot.t1.json");
    assert!(Problem::from_t1(&std::fs::read_to_string(published).unwrap()).unwrap().1.is_empty());
}

proptest! {
    #[test]
    fn any_values_and_conditions_are_read_or_refused(
        values in "[\\[\\]()0-9a-z*+/%<>=, .'\"]{0,30}",
        condition in "[\\[\\]()0-9xy*+/%<>=, .'\"]{0,30}|\\PC{0,20}",
    ) {
        let parameters = json!([{"Name": "x", "Values": "[1, 2]"}, {"Name": "y", "Values": values}]);
        let whole = json!([{"Name": "x", "Values": "[1, 2]"}, {"Name": "y", "Values": [3]}]);
        let conditions = json!([{"Expression": condition, "Parameters": ["x"]}]);
        for text in [file(&parameters, &json!([])), file(&whole, &conditions)] {
            if let Err(error) = Problem::from_t1(&text) {
                prop_assert!(error.render("t1.json", false).contains("ConfigurationSpace."));
            }
        }
    }
}
