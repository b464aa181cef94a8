//! Commands that end when a limit does: compilers, kernels, tests of configurations.
//!
//! A command runs in a process group of its own, so that it ends with all that it has started.

use constrint_solver::{Exhausted, Limits};
use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Between two looks at a command that runs; the first ones follow each other more quickly.
const LOOK: Duration = Duration::from_millis(10);
/// What a command that is asked to end gets for it.
const PARTING: Duration = Duration::from_millis(150);

/// How a command ended, or the limit that ended it.
pub type Ended<T> = Result<T, Exhausted>;

/// Starts a command at the head of a group of its own.
///
/// # Errors
/// Those of [`Command::spawn`].
pub fn spawn(command: &mut Command) -> io::Result<Child> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command.spawn()
}

/// Waits for a command that [`spawn`] started. Where a limit is reached first, the command and what it has started are
/// asked to end, and soon made to. A limit of time counts from its [`start`](Limits::started).
///
/// # Errors
/// Those of [`Child::try_wait`].
pub fn wait(child: &mut Child, limits: &Limits) -> io::Result<Ended<ExitStatus>> {
    let _running = Running::new(child.id());
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Ok(status));
        }
        if let Some(exhausted) = limits.over(limits.deadline) {
            end(child)?;
            return Ok(Err(exhausted));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LOOK);
    }
}

/// Makes what a command has started end, where the command itself has ended already.
///
/// # Errors
/// Those of the signal.
pub fn end_rest(child: &Child) -> io::Result<()> {
    make_end(child.id())
}

/// Runs a command without input and collects what it says.
///
/// # Errors
/// Those of [`Command::output`].
pub(crate) fn output(command: &mut Command, limits: &Limits) -> io::Result<Ended<Output>> {
    said(command.stdin(Stdio::null()), limits, |_| ())
}

/// Runs a command that is told something and collects what it says.
///
/// # Errors
/// Those of [`Command::output`].
pub(crate) fn answer(command: &mut Command, told: Vec<u8>, limits: &Limits) -> io::Result<Ended<Output>> {
    said(command.stdin(Stdio::piped()), limits, |stdin| {
        // Beside all else: a command that does not listen must not keep anybody waiting.
        thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(&told)));
    })
}

fn said(command: &mut Command, limits: &Limits, tell: impl FnOnce(Option<ChildStdin>)) -> io::Result<Ended<Output>> {
    let mut child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    tell(child.stdin.take());
    let (stdout, stderr) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let collect = |status| {
        let said = |pipe| receive(pipe, limits).map(Option::unwrap_or_default);
        Ok(Output { status, stdout: said(&stdout)?, stderr: said(&stderr)? })
    };
    Ok(wait(&mut child, limits)?.and_then(collect))
}

/// Reads a pipe to its end beside all else: a command must not wait until somebody does.
fn reader(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before a failure is what there is.
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        // Nobody waits for a command that was ended.
        let _ = send.send(bytes);
    });
    receive
}

/// What a thread sends, or the limit that is reached before; nothing where the thread is gone.
///
/// # Errors
/// The limit.
pub fn receive<T>(from: &mpsc::Receiver<T>, limits: &Limits) -> Ended<Option<T>> {
    loop {
        match from.recv_timeout(LOOK) {
            Ok(sent) => return Ok(Some(sent)),
            Err(mpsc::RecvTimeoutError::Disconnected) => return Ok(None),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
        }
        if let Some(exhausted) = limits.over(limits.deadline) {
            return Err(exhausted);
        }
    }
}

/// The commands that somebody waits for.
static RUNNING: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn running() -> MutexGuard<'static, BTreeSet<u32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes every command end that somebody waits for: for a process that is about to end without waiting.
pub fn end_all() {
    for id in std::mem::take(&mut *running()) {
        // It may have ended already.
        let _ = make_end(id);
    }
}

/// An entry of the list of commands, for as long as it lives.
struct Running(u32);

impl Running {
    fn new(id: u32) -> Self {
        running().insert(id);
        Self(id)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        running().remove(&self.0);
    }
}

/// Ends a command and its group.
fn end(child: &mut Child) -> io::Result<()> {
    ask_to_end(child.id())?;
    let last = Instant::now() + PARTING;
    while child.try_wait()?.is_none() && Instant::now() < last {
        thread::sleep(Duration::from_millis(2));
    }
    make_end(child.id())?;
    // Where there are no groups.
    child.kill()?;
    child.wait().map(drop)
}

#[cfg(unix)]
fn ask_to_end(group: u32) -> io::Result<()> {
    signal(group, nix::sys::signal::Signal::SIGTERM)
}

#[cfg(unix)]
fn make_end(group: u32) -> io::Result<()> {
    signal(group, nix::sys::signal::Signal::SIGKILL)
}

/// Signals the group that a command heads; that nobody is left in it is no failure.
#[cfg(unix)]
fn signal(group: u32, signal: nix::sys::signal::Signal) -> io::Result<()> {
    let group = nix::unistd::Pid::from_raw(i32::try_from(group).map_err(io::Error::other)?);
    match nix::sys::signal::killpg(group, signal) {
        Ok(()) | Err(nix::errno::Errno::ESRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn ask_to_end(_group: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn make_end(_group: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn within(time: Duration) -> Limits {
        Limits { time: Some(time), ..Limits::default() }.started()
    }

    #[test]
    fn what_a_command_says_is_collected() {
        let output = output(&mut shell("echo out; echo err >&2; exit 3"), &Limits::default()).unwrap().unwrap();
        assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
        assert_eq!(output.status.code(), Some(3));
    }

    #[test]
    fn a_command_hears_what_it_is_told_unless_it_does_not_listen() {
        let answer = |script, told: &[u8], limits| answer(&mut shell(script), told.to_vec(), &limits).unwrap();
        assert_eq!(answer("read line; echo \"<$line>\"", b"words\n", Limits::default()).unwrap().stdout, b"<words>\n");
        let much = vec![b'x'; 1 << 20];
        assert_eq!(answer("echo deaf", &much, Limits::default()).unwrap().stdout, b"deaf\n");
        let start = Instant::now();
        assert_eq!(answer("sleep 60", &much, within(Duration::from_millis(200))).unwrap_err(), Exhausted::Time);
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    /// The shell ignores the first signal, and what it has started holds the pipe.
    #[test]
    fn a_limit_ends_a_command_with_all_that_it_has_started() {
        let folder = tempfile::tempdir().unwrap();
        let alive = folder.path().join("alive");
        let script = format!("trap '' TERM; (while :; do date >{}; sleep 0.05; done) & sleep 60", alive.display());
        let start = Instant::now();
        let ended = output(&mut shell(&script), &within(Duration::from_millis(200))).unwrap();
        assert_eq!(ended.unwrap_err(), Exhausted::Time);
        assert!(start.elapsed() < Duration::from_secs(10));
        std::fs::remove_file(&alive).unwrap();
        thread::sleep(Duration::from_millis(300));
        assert!(!alive.exists(), "a grandchild lives on");
    }
}
