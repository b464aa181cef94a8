//! The bench with shell scripts for workers: they hang, crash, talk nonsense, compute something wrong, or answer.

use crate::device::{Bench, BenchError, Failure, MachineFault, Outcome, Setup, Timer, Timing, Worker};
use crate::tool::ToolError;
use crate::{Answer, Problem, Request, solve};
use constrint_solver::{Exhausted, Limits};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A worker that sees a GPU and compiles, and does this where it is to run something. `$line` is the job.
fn worker(run: &str) -> Worker {
    let script = format!(
        r#"read -r line
        case "$line" in
        *'"look"'*) echo '{{"seen": {{"name": "Stub", "compute_capability": "8.0", "no_nvrtc": null}}}}' ;;
        *'"compile"'*) echo '"compiled"' ;;
        *) {run} ;;
        esac"#
    );
    Worker { command: ["sh", "-c", &script].map(Into::into).into(), timeout: Duration::from_millis(1500) }
}

const RAN: &str = r#"echo '{"ran": {"timing": {"warm": {"median_ps": 5000, "lower_quartile_ps": 4000,
    "upper_quartile_ps": 6000, "least_ps": 3000, "samples": 9, "runs_per_sample": 1}, "steady": true, "complete": true}}}' | tr -d '\n'"#;

fn answer() -> Answer {
    let problem =
        r#"{"version": 1, "kernel": "matmul", "gpu": "A100 SXM4 80GB", "shape": {"m": 64, "n": 64, "k": 64}}"#;
    solve(&Problem::from_json(problem).unwrap(), &Request::default()).unwrap()
}

fn setup(run: &str) -> Setup {
    Setup { worker: worker(run), device: 0, timer: Timer::quick(), limits: Limits::default() }
}

fn measured(run: &str) -> Outcome<Timing> {
    let answer = answer();
    let bench = Bench::new(&answer.tiling, setup(run)).unwrap();
    bench.measure(&answer.configs[0]).unwrap()
}

#[test]
fn a_worker_that_answers_is_believed() {
    assert_eq!(measured(RAN).unwrap().time_ps(), 5000);
    // What a library prints on the way is none of the answer.
    assert_eq!(measured(&format!("echo hello; {RAN}")).unwrap().time_ps(), 5000);
    // That of a kernel comes out when the process ends.
    assert_eq!(measured(&format!("{RAN}; echo; echo hello")).unwrap().time_ps(), 5000);
    let failed = r#"echo '{"failed": {"kind": "does_not_launch", "said": "too many registers"}}'"#;
    assert_eq!(measured(failed).unwrap_err().to_string(), "does not launch: too many registers");
}

#[test]
fn a_worker_that_does_not_answer_costs_its_configuration_alone() {
    let start = Instant::now();
    assert_eq!(measured("trap '' TERM; sleep 60").unwrap_err(), Failure::Hangs { after_ms: 1500 });
    assert!(start.elapsed() < Duration::from_secs(20));
    let crashed = measured("echo 'Xid 13' >&2; kill -SEGV $$").unwrap_err();
    assert!(
        matches!(&crashed, Failure::Crashes { said } if said.contains("signal") && said.contains("Xid 13")),
        "{crashed}"
    );
    assert!(matches!(measured("exit 3").unwrap_err(), Failure::Crashes { said } if said.contains('3')));
    assert_eq!(measured("echo 42").unwrap_err(), Failure::Nonsense { said: "42".to_owned() });
    assert_eq!(measured("true").unwrap_err(), Failure::Nonsense { said: String::new() });
    let much = "head -c 100000 /dev/zero | tr '\\0' x";
    assert!(matches!(measured(much).unwrap_err(), Failure::Nonsense { said } if said.chars().count() == 601));
    // The wrong answer is one too.
    assert!(matches!(measured("echo '\"compiled\"'").unwrap_err(), Failure::Nonsense { .. }));
    assert!(matches!(measured(r#"echo '{"ran": {"timing": null}}'"#).unwrap_err(), Failure::Nonsense { .. }));
}

#[test]
fn what_is_wrong_with_the_machine_ends_the_search() {
    let answer = answer();
    let absent = Setup {
        worker: Worker {
            command: ["sh", "-c", r#"read -r line; echo '{"absent": {"said": "no driver"}}'"#].map(Into::into).into(),
            ..worker("")
        },
        ..setup("")
    };
    let error = |setup| Bench::new(&answer.tiling, setup).err().unwrap();
    assert_eq!(error(absent), MachineFault::NoGpu { said: "no driver".to_owned() }.into());
    for command in [vec![], vec!["/nowhere/at/all".into()], vec!["false".into()]] {
        let none = Setup { worker: Worker { command, ..worker("") }, ..setup("") };
        assert!(matches!(error(none), BenchError::Machine(MachineFault::NoWorker { .. })));
    }
    let mut other = setup("");
    other.worker.command[2] = other.worker.command[2].to_str().unwrap().replace("8.0", "9.0").into();
    let error = error(other);
    assert_eq!(error.to_string(), "the problem is for compute capability 8.0, and Stub of this machine has 9.0");
}

#[test]
fn a_limit_of_the_caller_is_no_failure_of_the_configuration() {
    let answer = answer();
    let limits = Limits { time: Some(Duration::from_millis(700)), ..Limits::default() }.started();
    let mut setup = Setup { limits, ..setup("sleep 60") };
    setup.worker.timeout = Duration::from_secs(30);
    let bench = Bench::new(&answer.tiling, setup).unwrap();
    let error = bench.measure(&answer.configs[0]).unwrap_err();
    assert_eq!(error, ToolError::Limit { exhausted: Exhausted::Time }.into());
}

#[test]
fn a_source_that_does_not_compile_is_a_failure() {
    let answer = answer();
    let mut refusing = setup(RAN);
    let said = r#"{"failed": {"kind": "does_not_compile", "said": "static assertion failed"}}"#;
    refusing.worker.command[2] = refusing.worker.command[2].to_str().unwrap().replace(r#""compiled""#, said).into();
    let bench = Bench::new(&answer.tiling, refusing).unwrap();
    let failure = bench.measure(&answer.configs[0]).unwrap().unwrap_err();
    assert_eq!(failure, Failure::DoesNotCompile { said: "static assertion failed".to_owned() });
}

/// A kernel of a problem's own, with a file of what is to come out.
fn described(folder: &Path, result: &[f32]) -> Answer {
    std::fs::write(folder.join("double.cu"), "// Nobody reads it.").unwrap();
    let bytes: Vec<u8> = result.iter().flat_map(|number| number.to_le_bytes()).collect();
    std::fs::write(folder.join("y.bin"), bytes).unwrap();
    let problem = r#"{"version": 1, "gpu": "A100 SXM4 80GB", "shape": {"n": 3},
        "kernel": {"name": "double", "source": "double.cu", "block": ["threads"], "grid": ["ceil_div(n, threads)"],
            "arguments": [{"name": "x", "type": "fp32", "elements": "n"},
                {"name": "y", "type": "fp32", "elements": "n", "holds": "nothing", "expected": {"file": "y.bin", "relative": 0.01}},
                {"type": "int32", "value": "n"}]},
        "variables": {"threads": {"values": [32]}}}"#;
    let mut problem = Problem::from_json(problem).unwrap();
    problem.relative_to(folder);
    solve(&problem, &Request::default()).unwrap()
}

#[test]
fn a_wrong_result_is_told_before_anything_is_timed() {
    let folder = tempfile::tempdir().unwrap();
    // Writes 1, 2 and 3 to y.out.
    let run = format!(
        r#"to=$(echo "$line" | sed 's/.*"folder":"\([^"]*\)".*/\1/')
        case "$line" in
        *'"timer":null'*) printf '\0\0\200\077\0\0\0\100\0\0\100\100' > "$to/y.out"; echo '{{"ran": {{"timing": null}}}}' ;;
        *) {RAN} ;;
        esac"#
    );
    let measured = |result: &[f32]| {
        let answer = described(folder.path(), result);
        Bench::new(&answer.tiling, setup(&run)).unwrap().measure(&answer.configs[0])
    };
    assert_eq!(measured(&[1.0, 2.01, 3.0]).unwrap().unwrap().time_ps(), 5000);
    let failure = measured(&[1.0, 2.0, 4.0]).unwrap().unwrap_err();
    let said = "wrong result: 1 of 3 elements of `y` are wrong; element 2 is 3e0, not 4e0";
    assert_eq!(failure.to_string(), said);
    let error = measured(&[1.0]).unwrap_err().to_string();
    assert!(error.ends_with("y.bin: 4 bytes, and the array `y` has 3 elements"), "{error}");
}

/// Compiling may run ahead on any number of threads; on the GPU there is one at a time.
#[test]
fn one_at_a_time_on_the_gpu() {
    let folder = tempfile::tempdir().unwrap();
    let lock = folder.path().join("gpu");
    let run = format!("mkdir {0} || {{ echo two at once; exit 1; }}; sleep 0.05; rmdir {0}; {RAN}", lock.display());
    let answer = answer();
    let bench = Bench::new(&answer.tiling, setup(&run)).unwrap();
    let done = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let built = bench.compile(&answer.configs[0]).unwrap().unwrap();
                assert_eq!(bench.time(&built).unwrap().unwrap().time_ps(), 5000);
                done.fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    assert_eq!(done.into_inner(), 4);
}

#[test]
fn a_problem_without_a_call_is_refused() {
    let refused = |problem: &str| {
        let answer = solve(&Problem::from_json(problem).unwrap(), &Request::default()).unwrap();
        Bench::new(&answer.tiling, setup(RAN)).err().unwrap().to_string()
    };
    let plain = r#"{"version": 1, "variables": {"x": {"values": [1]}}}"#;
    assert_eq!(refused(plain), "kernel: the problem names no kernel, so that there is nothing to run");
    let kernel = |more: &str| {
        format!(
            r#"{{"version": 1, "gpu": "T4", "variables": {{"x": {{"values": [32]}}}},
                "kernel": {{"name": "mine", "block": ["x"], "grid": [1]{more}}}}}"#
        )
    };
    assert_eq!(refused(&kernel("")), "kernel.source: there is no source to compile");
    let said = "kernel: the kernel does not say what it is called with";
    assert_eq!(refused(&kernel(r#", "source": "mine.cu""#)), said);
}
