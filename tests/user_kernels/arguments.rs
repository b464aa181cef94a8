//! What a described kernel is called with: the plan that follows from it, and what is refused.

use super::{assert_named, problem};
use constrint::kernel::{Holds, Scalar, Step};
use constrint::{Problem, Request, solve};
use serde_json::{Value, json};
use std::path::Path;

/// A kernel with a parameter of every kind.
fn called() -> Value {
    json!({
        "version": 1, "gpu": "A100 SXM4 80GB", "shape": {"n": 1000}, "constants": {"large": 5_000_000_000i64},
        "kernel": {
            "name": "called", "source": "called.cu", "entry": "run", "block": ["threads"], "grid": ["ceil_div(n, threads)", 2],
            "dynamic_shared_memory_bytes": "4 * threads", "cooperative": true,
            "arguments": [
                {"name": "x", "type": "bf16", "elements": "n * threads"},
                {"name": "y", "type": "int8", "elements": "n", "holds": "zeros"},
                {"name": "z", "type": "fp64", "elements": 3, "holds": "nothing",
                    "expected": {"file": "z.bin", "absolute": 0.5, "relative": 1e-3}},
                {"name": "w", "type": "uint32", "elements": "n // 1000", "file": "w.bin"},
                {"name": "none", "type": "fp32", "elements": "n - 1000"},
                {"type": "uint8", "value": 200},
                {"type": "fp32", "value": "1 / 4"},
                {"type": "int64", "value": "large * 3"},
            ],
        },
        "variables": {"threads": {"values": [64]}},
    })
}

#[test]
fn a_plan_follows_from_the_arguments() {
    let mut described = problem(&called());
    described.relative_to(Path::new("folder"));
    let answer = solve(&described, &Request::default()).unwrap();
    let kernel = answer.tiling.described.as_ref().unwrap();
    let plan = kernel.plan(&answer.configs[0].values).unwrap();
    let arrays: Vec<(&str, i64)> = plan.arrays.iter().map(|array| (array.name.as_str(), array.bytes)).collect();
    assert_eq!(arrays, [("x", 128_000), ("y", 1000), ("z", 24), ("w", 4), ("none", 0)]);
    let holds: Vec<&Holds> = plan.arrays.iter().map(|array| &array.holds).collect();
    assert_eq!(holds[0], &Holds::Random { scalar: Scalar::Bf16, within: [-1.0, 1.0] });
    assert_eq!((holds[1], holds[2]), (&Holds::Zeros, &Holds::Nothing));
    assert_eq!(holds[3], &Holds::File { path: Path::new("folder").join("w.bin").display().to_string() });
    let [Step::Launch(launch)] = plan.steps.as_slice() else { panic!("{:?}", plan.steps) };
    assert_eq!((launch.entry.as_str(), launch.grid, launch.block), ("run", [16, 2, 1], [64, 1, 1]));
    assert_eq!((launch.dynamic_shared_memory_bytes, launch.cooperative), (256, true));
    let bytes = launch.parameters(&[0x100, 0x200, 0x300, 0x400, 0]);
    let at = |place: usize| u64::from_le_bytes(bytes[place..place + 8].try_into().unwrap());
    assert_eq!([at(0), at(8), at(16), at(24), at(32)], [0x100, 0x200, 0x300, 0x400, 0]);
    assert_eq!((bytes[40], &bytes[44..48]), (200, &0.25f32.to_le_bytes()[..]));
    assert_eq!((at(48), bytes.len()), (15_000_000_000, 56));
    let expected: Vec<_> = kernel.expected().collect();
    assert_eq!((expected.len(), expected[0].0.name.as_str()), (1, "z"));
    assert_eq!(expected[0].1.path, Path::new("folder").join("z.bin"));
}

/// What no configuration of the problem can mean is told when it is run, not before.
#[test]
fn a_number_beyond_its_type_has_no_plan() {
    let mut value = called();
    value["kernel"]["arguments"][5] = json!({"type": "int32", "value": "large"});
    let answer = solve(&problem(&value), &Request::default()).unwrap();
    let plan = |answer: &constrint::Answer| answer.tiling.described.as_ref().unwrap().plan(&answer.configs[0].values);
    assert_eq!(plan(&answer), None);
    value["kernel"]["arguments"][5] = json!({"type": "int32", "value": 1});
    value["kernel"]["launches"] = json!("n - 1000");
    assert_eq!(plan(&solve(&problem(&value), &Request::default()).unwrap()), None);
    value["kernel"]["launches"] = json!(3);
    let three = solve(&problem(&value), &Request::default()).unwrap();
    assert_eq!(plan(&three).unwrap().launches().count(), 3);
    value["kernel"]["arguments"][5] = json!({"name": "less", "type": "int32", "elements": "-n"});
    assert_eq!(plan(&solve(&problem(&value), &Request::default()).unwrap()), None);
}

#[test]
fn what_is_wrong_with_an_argument_is_named() {
    let at = "/kernel/arguments";
    let array = |more: &str, value: Value| {
        let mut array = json!({"name": "x", "type": "fp32", "elements": "n"});
        array[more] = value;
        json!([array])
    };
    let all = [
        (at, json!([{"type": "fp32"}]), "kernel.arguments[0]", "missing field `name`"),
        (at, json!([{"type": "half", "value": 1}]), "kernel.arguments[0]", "unknown variant `half`"),
        (at, json!([{"type": "int32", "value": 1, "name": "n"}]), "kernel.arguments[0]", "unknown field `name`"),
        (at, json!([{"type": "int32", "value": 1.5}]), "kernel.arguments[0].value", "whole number or an expression"),
        (at, json!([{"type": "int32", "value": "n / 2"}]), "kernel.arguments[0].value", "need not be a whole number"),
        (at, json!([{"type": "int32", "value": "m"}]), "kernel.arguments[0].value", "m"),
        (at, array("elements", json!("n / 3")), "kernel.arguments[0].elements", "need not be a whole number"),
        (at, array("holds", json!("ones")), "kernel.arguments[0]", "unknown variant `ones`"),
        (at, array("name", json!("../x")), "kernel.arguments[0].name", "cannot be used as a name"),
        (at, array("expected", json!({"absolute": 1})), "kernel.arguments[0]", "missing field `file`"),
        (
            at,
            array("expected", json!({"file": "x", "relative": -1})),
            "kernel.arguments[0].expected.relative",
            "at least 0",
        ),
        (
            at,
            json!([{"name": "x", "type": "fp32", "elements": 1, "holds": "zeros", "file": "x.bin"}]),
            "kernel.arguments[0].file",
            "a file too",
        ),
        (
            at,
            json!([{"name": "x", "type": "fp32", "elements": 1}, {"name": "x", "type": "fp32", "elements": 1}]),
            "kernel.arguments[1].name",
            "another array",
        ),
        ("/kernel/launches", json!("n / 3"), "kernel.launches", "need not be a whole number"),
        ("/kernel/cooperative", json!("yes"), "kernel", "expected a boolean"),
    ];
    assert_named(&called(), all);
}

#[test]
fn arguments_survive_json() {
    let described = problem(&called());
    assert_eq!(Problem::from_json(&described.to_json()).unwrap(), described);
}

/// The example has as many bytes of parameters as its kernel takes: three addresses, two sizes and five coefficients.
#[test]
fn the_example_is_called_as_its_kernel_is_declared() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("problems/hotspot-4096-a100.json")).unwrap();
    let answer = solve(&Problem::from_json(&text).unwrap(), &Request::default()).unwrap();
    let plan = answer.tiling.described.as_ref().unwrap().plan(&answer.configs[0].values).unwrap();
    let launch = plan.launches().next().unwrap();
    assert_eq!(launch.parameters(&[1, 2, 3]).len(), 3 * 8 + 2 * 4 + 5 * 4);
    assert_eq!(plan.bytes(), 3 * 4 * 4096 * 4096);
    // 60 iterations, several steps a launch.
    let steps = answer.configs[0].values["steps"];
    assert!(steps > 1 && plan.launches().count() == usize::try_from((60 + steps - 1) / steps).unwrap());
    assert_eq!(answer.configs[0].resources.as_ref().unwrap().launches, (60 + steps - 1) / steps);
}
