//! Limits of time and of memory, Ctrl-C and SIGTERM end any command soon, whatever it is doing.
//!
//! Machines that run tests are busy: a call that has a limit counts as ended if it does not go on for seconds. With
//! `CONSTRINT_STRICT_LIMITS=1`, on a quiet machine, half a second and a fifth of the memory are allowed and no more;
//! `CONSTRINT_LIMIT_CASES` sets how many random problems are put to the commands.

use super::*;
use std::fmt::Write as _;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

fn is_strict() -> bool {
    std::env::var_os("CONSTRINT_STRICT_LIMITS").is_some()
}

/// What a call may take beyond its limit.
fn allowance() -> Duration {
    if is_strict() { Duration::from_millis(500) } else { Duration::from_secs(6) }
}

/// How a call ended, how long it took, and the most memory that it was seen to hold.
struct Ended {
    ran: Ran,
    took: Duration,
    peak_bytes: u64,
}

/// Follows a call to its end.
fn follow(mut child: Child) -> Ended {
    let (start, mut peak_bytes) = (Instant::now(), 0);
    let waited = Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        peak_bytes = peak_bytes.max(peak(&child));
        if start.elapsed() > waited {
            child.kill().unwrap();
            panic!("not ended after {waited:?}");
        }
        sleep(Duration::from_millis(1));
    }
    let took = start.elapsed();
    let output = child.wait_with_output().unwrap();
    let ran = Ran {
        code: output.status.code().expect("an exit code, not a signal"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    Ended { ran, took, peak_bytes }
}

/// The most memory that a process has held; 0 where nobody says.
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).map_or(0, |kilobytes| kilobytes << 10)
}

fn start(folder: &Folder, arguments: &[&str]) -> Child {
    let mut command = folder.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

/// Runs a command with a limit of time on a problem, and holds it to the limit and to what its exit code says.
fn keeps_time(problem: &str, command: &[&str], limit: Duration) -> Ended {
    let folder = Folder::with(&[("problem.json", problem)]);
    let time = format!("{}ms", limit.as_millis());
    let arguments = [&command[..1], &["problem.json", "--time-limit", &time, "--threads", "1"], &command[1..]].concat();
    let ended = follow(start(&folder, &arguments));
    assert!(ended.took < limit + allowance(), "{arguments:?} took {:?}: {problem}", ended.took);
    says_what_its_code_says(&ended.ran, command[0], &arguments);
    ended
}

fn says_what_its_code_says(ran: &Ran, command: &str, arguments: &[&str]) {
    let said = format!("{arguments:?}: {} {}", ran.stdout, ran.stderr);
    let is_json = arguments.contains(&"--json");
    let status = if is_json { ran.json()["status"].as_str().unwrap().to_owned() } else { String::new() };
    match ran.code {
        0 => assert!(!is_json || ["optimal", "feasible"].contains(&status.as_str()), "{said}"),
        1 => assert!(!is_json || status == "infeasible", "{said}"),
        3 if is_json => {
            assert_eq!(status, "unknown", "{said}");
            assert!(["time", "memory"].contains(&ran.json()["limit"].as_str().unwrap()), "{said}");
        }
        // No diagram holds them, and there is nothing to draw from.
        2 if command == "sample" => assert!(said.contains("no equation that determines it"), "{said}"),
        3 => assert!(ran.stderr.contains("limit") || ran.stdout.contains("limit"), "{said}"),
        _ => panic!("{command} {said}"),
    }
}

fn creeping(variables: &[&str], constraints: &[&str]) -> String {
    let variables = variables.iter().map(|name| format!(r#""{name}": {{"min": 1, "max": 1073741824}}"#));
    let constraints = constraints.iter().map(|text| format!("{text:?}"));
    let [variables, constraints] = [variables.collect::<Vec<_>>(), constraints.collect()].map(|parts| parts.join(", "));
    format!(r#"{{"version": 1, "variables": {{{variables}}}, "constraints": [{constraints}]}}"#)
}

#[test]
fn bounds_that_creep_keep_to_the_time() {
    let limit = Duration::from_millis(200);
    for problem in [
        creeping(&["x"], &["x%2==0", "x%2==1"]),
        creeping(&["x"], &["x*x%7==3"]),
        creeping(&["x"], &["abs(x-5)*2%2==1"]),
        creeping(&["x", "y"], &["x*y%4==1", "x%2==0"]),
    ] {
        for command in
            [&["solve", "--json"][..], &["count", "--json"], &["explain", "--json"], &["sample"], &["enumerate"]]
        {
            keeps_time(&problem, command, limit);
        }
    }
}

/// A layer of the diagram with 400 million pairs of values.
const ONE_LAYER: &str = r#"{"version": 1, "variables": {"x": {"min": 1, "max": 20000}, "y": {"min": 1, "max": 20000}},
    "constraints": ["gcd(x,y) == 1"]}"#;

/// Sums with more partial sums than anybody holds.
const MANY_SUMS: &str = r#"{"version": 1, "variables": {
    "a": {"min": 1, "max": 1000}, "b": {"min": 1, "max": 1000}, "c": {"min": 1, "max": 1000}, "d": {"min": 1, "max": 1000},
    "e": {"min": 1, "max": 1000}, "f": {"min": 1, "max": 1000}, "g": {"min": 1, "max": 1000}, "h": {"min": 1, "max": 1000}},
    "constraints": ["a*3+b*5+c*7+d*11+e*13+f*17+g*19+h*23 == 59999", "a*b+c*d <= e*f+g*h"]}"#;

#[test]
fn one_layer_and_a_walk_after_it_keep_to_the_time() {
    for problem in [ONE_LAYER, MANY_SUMS] {
        for command in [&["count", "--json"][..], &["sample", "-n", "5"]] {
            keeps_time(problem, command, Duration::from_millis(300));
        }
    }
    // The time is not granted anew to the walk.
    keeps_time(MANY_SUMS, &["count", "--json", "--memory-limit", "30MB"], Duration::from_secs(1));
}

#[test]
fn memory_is_what_the_process_holds() {
    for (problem, limit) in [(ONE_LAYER, 100 << 20), (MANY_SUMS, 60 << 20)] {
        for command in ["count", "sample"] {
            let folder = Folder::with(&[("problem.json", problem)]);
            let bytes = limit.to_string();
            let arguments = [command, "problem.json", "--memory-limit", &bytes, "--time-limit", "2s"];
            let ended = follow(start(&folder, &arguments));
            let most = if is_strict() { limit + limit / 5 } else { 2 * limit };
            assert!(ended.peak_bytes <= most, "{command} held {} of {limit} bytes", ended.peak_bytes);
            assert!([0, 3].contains(&ended.ran.code), "{}", ended.ran.stderr);
        }
    }
}

/// More solutions than anybody waits for.
const ENDLESS: &str = r#"{"version": 1, "name": "endless", "constraints": ["a + b >= c"], "variables": {
    "a": {"min": 1, "max": 1000000}, "b": {"min": 1, "max": 1000000}, "c": {"min": 1, "max": 1000000}}}"#;

/// Solutions everywhere, and a best one that nobody finds.
const NEVER_BEST: &str = r#"{"version": 1, "name": "never best", "variables": {
    "a": {"min": 1, "max": 1000000}, "b": {"min": 1, "max": 1000000}, "c": {"min": 1, "max": 1000000}},
    "constraints": ["a + b >= c"],
    "objective": {"maximize": "(a*b) % 99991 + (b*c) % 99989 + (a*c) % 99971 + (a*a + b*c) % 99961"}}"#;

#[test]
fn a_pipe_that_nobody_reads_holds_nothing_up() {
    let folder = Folder::with(&[("problem.json", ENDLESS)]);
    let limit = Duration::from_millis(300);
    let ended = follow(start(&folder, &["enumerate", "problem.json", "--time-limit", "300ms"]));
    assert!(ended.took < limit + allowance(), "{:?}", ended.took);
    assert_eq!(ended.ran.code, 3, "{}", ended.ran.stderr);
    assert!(ended.ran.stdout.starts_with("a,b,c\n1,1,1\n") && ended.ran.stderr.contains("the time limit"));
}

#[test]
fn input_that_never_ends_holds_nothing_up() {
    let folder = Folder::with(&[]);
    let mut command = folder.command(&["solve", "-", "--json", "--time-limit", "200ms"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let open = child.stdin.take();
    let ended = follow(child);
    drop(open);
    let answer = ended.ran.exits(3).json();
    assert_eq!((&answer["status"], &answer["limit"]), (&"unknown".into(), &"time".into()));
}

#[cfg(unix)]
#[test]
fn a_signal_hands_over_the_best_and_a_second_one_ends_at_once() {
    let folder = Folder::with(&[("problem.json", NEVER_BEST)]);
    for name in ["-TERM", "-INT"] {
        let child = start(&folder, &["solve", "problem.json", "--json"]);
        sleep(Duration::from_secs(1));
        signal(&child, name);
        let ended = follow(child);
        assert!(ended.took < allowance(), "{:?}", ended.took);
        let answer = ended.ran.exits(0).json();
        assert_eq!((&answer["status"], &answer["limit"]), (&"feasible".into(), &"interrupt".into()));
        assert!(answer["config"]["a"].is_i64(), "{answer}");
    }
    let folder = Folder::with(&[("problem.json", ENDLESS)]);
    // The one asks, the other does not wait for an answer.
    let child = start(&folder, &["enumerate", "problem.json"]);
    sleep(Duration::from_millis(500));
    signal(&child, "-TERM");
    signal(&child, "-TERM");
    let code = follow(child).ran.code;
    assert!([3, 130].contains(&code), "{code}");
}

/// A tool that takes a minute, with something else that it has started.
#[cfg(unix)]
#[test]
fn compilers_end_with_the_limit() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::with(&[("problem.json", MATMUL), ("tool", "#!/bin/sh\n(sleep 2; touch later) &\nsleep 60\n")]);
    let tool = folder.path().join("tool");
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    for (command, variable) in [("compile", "CONSTRINT_NVCC"), ("verify", "CXX")] {
        let mut call = folder.command(&[command, "problem.json", "--json", "--time-limit", "1s"]);
        let call = call.env(variable, &tool).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let ended = follow(call.spawn().unwrap());
        assert!(ended.took < Duration::from_secs(1) + allowance(), "{:?}", ended.took);
        let answer = ended.ran.exits(3).json();
        assert_eq!((&answer["status"], &answer["limit"]), (&"unknown".into(), &"time".into()));
    }
    sleep(Duration::from_millis(1500));
    assert!(!folder.path().join("later").exists(), "what a tool has started goes on");
}

/// Numbers that look random and are the same every time (`SplitMix64`, Steele, Lea and Flood, 2014).
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[usize::try_from(self.below(choices.len() as u64)).unwrap()]
    }

    /// A sum of products, remainders and the like of a few variables.
    fn expression(&mut self, names: &[&str]) -> String {
        let mut text = String::new();
        for part in 0..=self.below(3) {
            let (a, b) = (self.of(names), self.of(names));
            let n = self.below(997) + 2;
            let operator = if part == 0 { "" } else { self.of(&[" + ", " - "]) };
            let shape =
                self.of(&["A*B", "A*N", "A%N", "A*B%N", "A//(B+1)", "abs(A-B)", "gcd(A,B)", "max(A,B)*A", "A*A"]);
            let shape = shape.replace('A', a).replace('B', b).replace('N', &n.to_string());
            write!(text, "{operator}{shape}").unwrap();
        }
        text
    }

    /// A problem that is more often than not too hard for a fraction of a second.
    fn problem(&mut self) -> String {
        let all = ["u", "v", "w", "x", "y", "z"];
        let names = &all[..usize::try_from(2 + self.below(5)).unwrap()];
        let variables = names.iter().map(|name| {
            let most = [50, 1000, 20_000, 1_000_000, 1 << 30][usize::try_from(self.below(5)).unwrap()];
            format!(r#""{name}": {{"min": {}, "max": {most}}}"#, self.below(2))
        });
        let variables = variables.collect::<Vec<_>>().join(", ");
        let constraints = (0..=self.below(3)).map(|_| {
            let (left, right) = (self.expression(names), self.expression(names));
            format!(r#""{left} {} {right}""#, self.of(&["==", "<=", "!=", ">="]))
        });
        let constraints = constraints.collect::<Vec<_>>().join(", ");
        let objective = self.expression(names);
        format!(
            r#"{{"version": 1, "variables": {{{variables}}}, "constraints": [{constraints}],
                "objective": {{"{}": "{objective}"}}}}"#,
            self.of(&["minimize", "maximize"])
        )
    }
}

#[test]
fn random_problems_keep_random_limits() {
    let cases = std::env::var("CONSTRINT_LIMIT_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(12);
    let mut draw = Draw(1);
    for case in 0..cases {
        let problem = draw.problem();
        let limit = Duration::from_millis(20 + draw.below(400));
        let megabytes = format!("{}MB", 30 + draw.below(200));
        let commands: [&[&str]; 5] = [
            &["solve", "--json"],
            &["count", "--json"],
            &["explain", "--json"],
            &["enumerate", "--out", "rows.csv", "--json"],
            &["sample", "-n", "3", "--out", "rows.csv", "--json"],
        ];
        let command = commands[case % commands.len()];
        let command =
            if draw.below(2) == 0 { command.to_vec() } else { [command, &["--memory-limit", &megabytes]].concat() };
        keeps_time(&problem, &command, limit);
    }
}
