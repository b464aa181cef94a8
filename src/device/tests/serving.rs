//! The worker's part, line by line.

use super::stub::{MEMORY_BYTES, Script, StubTools};
use crate::device::failure::Failure;
use crate::device::job::{CompileJob, Job, Reply, RunJob};
use crate::device::operations::DeviceFaultKind;
use crate::device::timing::Timer;
use crate::device::work::serve;
use crate::kernel::{Argument, Field, Holds, Launch, Plan, Scalar, Step};
use std::path::Path;

fn asked(tools: &StubTools, job: &Job) -> Reply {
    let mut said = Vec::new();
    serve(tools, (serde_json::to_string(job).unwrap() + "\nmore\n").as_bytes(), &mut said).unwrap();
    let said = String::from_utf8(said).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    serde_json::from_str(&said).unwrap()
}

/// A kernel that writes `c` and takes `x`, a number and a struct.
fn job(folder: &Path) -> RunJob {
    let image = folder.join("0.cubin");
    std::fs::write(&image, b"code").unwrap();
    let mut plan = Plan::default();
    let c = plan.add("c", 8, Holds::Nothing);
    let x = plan.add("x", 6, Holds::Random { scalar: Scalar::Uint8, within: [3.0, 4.0] });
    let none = plan.add("none", 0, Holds::Zeros);
    let arguments = vec![
        Argument::address(c),
        Argument::One(Field::Int32(-1)),
        Argument::Struct(vec![
            Field::Address { array: x, offset_bytes: 2 },
            Field::Address { array: none, offset_bytes: 2 },
        ]),
    ];
    plan.steps.push(Step::Launch(Launch { arguments, ..Launch::of_one_block() }));
    RunJob { device: 0, images: vec![image], plan, timer: None, outputs: vec![c], folder: folder.to_owned() }
}

#[test]
fn what_a_kernel_writes_is_written_to_files() {
    let folder = tempfile::tempdir().unwrap();
    let tools = StubTools::new(Script::default());
    let reply = asked(&tools, &Job::Run(Box::new(job(folder.path()))));
    assert_eq!(reply, Reply::Ran { timing: None });
    assert_eq!(std::fs::read(folder.path().join("c.out")).unwrap(), [7; 8]);
    let seen = tools.seen.borrow();
    let seen = seen.as_ref().unwrap().borrow();
    assert_eq!((seen.runs, seen.loaded.as_slice()), (1, &[b"code".to_vec()][..]));
    let arrays: Vec<(&u64, &Vec<u8>)> = seen.memory.iter().collect();
    assert!(arrays[1].1.iter().all(|byte| [3, 4].contains(byte)), "{:?}", arrays[1].1);
    assert!(arrays[1].1.contains(&3) && arrays[1].1.contains(&4), "{:?}", arrays[1].1);
    assert_eq!(seen.parameters[..8], arrays[0].0.to_le_bytes());
    assert_eq!(seen.parameters[8..12], (-1i32).to_le_bytes());
    assert_eq!(seen.parameters[16..24], (arrays[1].0 + 2).to_le_bytes());
    assert_eq!(seen.parameters[24..], [0; 8], "an array without bytes has no address");
}

#[test]
fn arrays_begin_with_the_bytes_of_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.bin");
    std::fs::write(&path, [1, 2, 3, 4, 5, 6]).unwrap();
    let mut job = job(folder.path());
    job.plan.arrays[1].holds = Holds::File { path: path.display().to_string() };
    let tools = StubTools::new(Script::default());
    assert_eq!(asked(&tools, &Job::Run(Box::new(job.clone()))), Reply::Ran { timing: None });
    assert!(tools.seen.borrow().as_ref().unwrap().borrow().memory.values().any(|bytes| bytes == &[1, 2, 3, 4, 5, 6]));
    job.plan.arrays[1].bytes = 7;
    let Reply::Failed(Failure::DoesNotLaunch { said }) =
        asked(&StubTools::new(Script::default()), &Job::Run(Box::new(job)))
    else {
        panic!("it ran")
    };
    assert!(said.contains("x.bin: 6 bytes, and the array `x` has 7"), "{said}");
}

#[test]
fn faults_become_words() {
    let folder = tempfile::tempdir().unwrap();
    let of = |kind: DeviceFaultKind| {
        let script = Script { fault: Some((0, kind)), ..Script::default() };
        asked(&StubTools::new(script), &Job::Run(Box::new(job(folder.path()))))
    };
    let said = || "run 0".to_owned();
    assert_eq!(of(DeviceFaultKind::Refused), Reply::Failed(Failure::DoesNotLaunch { said: said() }));
    assert_eq!(of(DeviceFaultKind::Crashed), Reply::Failed(Failure::Crashes { said: said() }));
    assert!(
        matches!(of(DeviceFaultKind::TimedOut), Reply::Failed(Failure::Crashes { said }) if said.contains("too long"))
    );
    assert_eq!(of(DeviceFaultKind::Absent), Reply::Absent { said: said() });
    let other = RunJob { device: 1, ..job(folder.path()) };
    let reply = asked(&StubTools::new(Script::default()), &Job::Run(Box::new(other)));
    assert_eq!(reply, Reply::Absent { said: "no device 1".to_owned() });
    let mut large = job(folder.path());
    large.plan.arrays[0].bytes = MEMORY_BYTES + 1;
    let reply = asked(&StubTools::new(Script::default()), &Job::Run(Box::new(large)));
    let Reply::Failed(Failure::DoesNotLaunch { said }) = reply else { panic!("{reply:?}") };
    assert!(said.starts_with("array `c`: "), "{said}");
    let no_code = RunJob { images: vec!["nowhere.cubin".into()], ..job(folder.path()) };
    let reply = asked(&StubTools::new(Script::default()), &Job::Run(Box::new(no_code)));
    assert!(matches!(reply, Reply::Failed(Failure::DoesNotLaunch { said }) if said.contains("nowhere.cubin")));
}

#[test]
fn outputs_are_taken_when_all_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let job = RunJob { timer: Some(Timer::quick()), ..job(folder.path()) };
    let Reply::Ran { timing: Some(timing) } = asked(&StubTools::new(Script::default()), &Job::Run(Box::new(job)))
    else {
        panic!("no time")
    };
    assert_eq!(timing.time_ps(), 10_000_000);
    assert_eq!(std::fs::read(folder.path().join("c.out")).unwrap(), [7; 8]);
}

#[test]
fn a_source_is_compiled_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (source, output) = (folder.path().join("a.cu"), folder.path().join("a.cubin"));
    std::fs::write(&source, "words").unwrap();
    let job = |options: &[&str]| {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        Job::Compile(CompileJob { source: source.clone(), options, output: output.clone() })
    };
    let tools = StubTools::new(Script::default());
    assert_eq!(asked(&tools, &job(&[])), Reply::Compiled);
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "words");
    let said = "no option -x".to_owned();
    assert_eq!(asked(&tools, &job(&["-x"])), Reply::Failed(Failure::DoesNotCompile { said }));
}

#[test]
fn what_is_no_job_is_refused() {
    for line in ["", "{}", "look", r#"{"look": {}}"#] {
        assert!(serve(&StubTools::new(Script::default()), line.as_bytes(), Vec::new()).is_err(), "{line}");
    }
}
