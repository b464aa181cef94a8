//! [`Runner`]: arrays in, arrays out.

use super::program::compiler_is_there;
use constrint::kernel::{Array, Element};
use constrint::run::{Machine, Output, Ran, Runner};
use constrint::{Problem, Request, solve};

fn runner(text: &str) -> Runner {
    let answer = solve(&Problem::from_json(text).unwrap(), &Request::default()).unwrap();
    Runner::compile(&answer.tiling, &answer.configs[0], "", Machine::Emulator).unwrap()
}

/// Small integers, whose products are exact; two runs of one runner with other arrays, of another shape.
#[test]
fn products_of_given_matrices() {
    if !compiler_is_there() {
        return;
    }
    let runner = runner(
        r#"{"version": 1, "kernel": "matmul", "gpu": "H100 SXM", "shape": {"m": 8, "n": 8, "k": 8, "output": "fp32"}}"#,
    );
    for [m, n, k] in [[3, 8, 16], [20, 16, 8]] {
        let entry = |row: i32, column: i32| f64::from((3 * row + 5 * column) % 7 - 3);
        let matrix = |rows: i32, columns: i32| (0..rows * columns).map(move |at| entry(at / columns, at % columns));
        let inputs =
            [Array::rounded("a", Element::Bf16, matrix(m, k)), Array::rounded("b", Element::Bf16, matrix(k, n))];
        let product = |row: i32, column: i32| (0..k).map(|at| entry(row, at) * entry(at, column)).sum::<f64>();
        let expected = (0..m * n).map(|at| product(at / n, at % n)).collect();
        let c =
            |elements: i32| Output { name: "c", element: Element::Fp32, elements: usize::try_from(elements).unwrap() };
        let sizes = [("m", i64::from(m)), ("n", i64::from(n)), ("k", i64::from(k))];
        assert_eq!(runner.run(&sizes, &inputs, &[c(m * n)]).unwrap(), Ran::Outputs(vec![expected]));
        let error = runner.run(&sizes, &inputs, &[c(m * n + 1)]).unwrap_err().to_string();
        assert!(error.contains("elements"), "{error}");
    }
    let error = runner.run(&[("m", 2), ("n", 2)], &[], &[]).unwrap_err().to_string();
    assert!(error.contains("the size k is missing"), "{error}");
}

/// A fault of the kernel, here brought about by an array that is too short, is told as one.
#[test]
fn a_fault_comes_with_its_place() {
    if !compiler_is_there() {
        return;
    }
    let runner = runner(
        r#"{"version": 1, "kernel": "matmul", "gpu": "H100 SXM", "shape": {"m": 8, "n": 8, "k": 8, "output": "fp32"}}"#,
    );
    let short = |name| Array::rounded(name, Element::Bf16, [0.0; 16]);
    match runner.run(&[("m", 8), ("n", 8), ("k", 8)], &[short("a"), short("b")], &[]).unwrap() {
        Ran::Fault(fault) => assert!(fault.kind == "out of bounds" && fault.line().is_some(), "{fault:?}"),
        Ran::Outputs(outputs) => panic!("{outputs:?}"),
    }
}

#[test]
fn a_part_is_asked_for_by_its_name() {
    let text = r#"{"version": 1, "kernel": "rnn_training", "gpu": "H100 SXM",
                   "shape": {"cell": "elman", "head_dim": 16, "batch": 8, "sequence": 4}}"#;
    let answer = solve(&Problem::from_json(text).unwrap(), &Request::default()).unwrap();
    for part in ["", "backwards"] {
        let error = Runner::compile(&answer.tiling, &answer.configs[0], part, Machine::Emulator).err().unwrap();
        assert!(error.to_string().contains("`forward`, `backward`"), "{error}");
    }
}
