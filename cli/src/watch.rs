//! What ends a call from outside: limits of time and of memory, Ctrl-C, SIGTERM.
//!
//! Searches ask for their limits themselves and hand over what they have. What does not ask in time (a large file that is
//! read, one long step, a write to a pipe that nobody reads) is ended here: a thread looks at the clock and at what the
//! process holds and, where a limit was passed by more than a grace, says the call's last word and ends the process.

use crate::args::Common;
use crate::exit_code::ExitCode;
use constrint_solver::{Exhausted, Limits};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What a shell takes for "ended by Ctrl-C".
const INTERRUPTED: i32 = 130;
/// Time for the call to end by itself once a limit is reached.
const GRACE: Duration = Duration::from_millis(300);
/// Time for the last word.
const WORD: Duration = Duration::from_millis(150);
/// One in so many of the memory allowed may be held beyond it before the call is ended from outside.
const MEMORY_GRACE: u64 = 7;
/// Between two looks at the memory, where it is limited and otherwise.
const LOOK: Duration = Duration::from_millis(2);
const IDLE_LOOK: Duration = Duration::from_millis(20);

/// Says what is known and how the call ends.
type LastWord = Box<dyn FnOnce(Exhausted) -> ExitCode + Send>;

struct Watch {
    start: Instant,
    cancel: Arc<AtomicBool>,
    resident_bytes: Arc<AtomicU64>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    end: Option<Instant>,
    memory_bytes: Option<u64>,
    /// When somebody asked for the end.
    asked: Option<Instant>,
    floor: Floor,
    last_word: Option<LastWord>,
}

/// Who gives the answer: once one has begun, the other is silent.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Floor {
    #[default]
    Free,
    Call,
    Watch,
}

static WATCH: OnceLock<Watch> = OnceLock::new();

fn watch() -> &'static Watch {
    WATCH.get_or_init(|| Watch {
        start: Instant::now(),
        cancel: Arc::default(),
        resident_bytes: Arc::default(),
        state: Mutex::default(),
        changed: Condvar::new(),
    })
}

/// Begins to watch. From now on the first signal asks for the end, the second ends the process at once.
pub(crate) fn begin(common: &Common, last_word: impl FnOnce(Exhausted) -> ExitCode + Send + 'static) {
    let watch = watch();
    watch.state().last_word = Some(Box::new(last_word));
    watch.learn(&of_flags(common));
    leave_ignored_hangups();
    // Without a handler signals end the process as usual, which will do.
    let _ = ctrlc::set_handler(|| watch.ask());
    // Without the thread searches still end by themselves.
    let _ = thread::Builder::new().name("watch".to_owned()).spawn(|| watch.look());
}

/// The limits that the command line sets, counted from the start of the process; signals are one.
pub(crate) fn of_flags(common: &Common) -> Limits {
    started(&Limits { time: common.time_limit, memory_bytes: common.memory_limit, ..Limits::default() })
}

/// Limits that hold for the whole call, counted from the start of the process.
pub(crate) fn for_call(limits: &Limits) -> Limits {
    let limits = started(limits);
    watch().learn(&limits);
    limits
}

fn started(limits: &Limits) -> Limits {
    let watch = watch();
    Limits {
        deadline: limits.time.and_then(|time| watch.start.checked_add(time)),
        resident_bytes: Some(Arc::clone(&watch.resident_bytes)),
        cancel: Some(Arc::clone(&watch.cancel)),
        ..limits.clone()
    }
}

/// What to say from now on where the call is ended from outside.
pub(crate) fn last_word(word: impl FnOnce(Exhausted) -> ExitCode + Send + 'static) {
    watch().state().last_word = Some(Box::new(word));
}

/// To be called before an answer is written: it is then not interrupted any more, but by a signal.
pub(crate) fn take_floor() {
    let watch = watch();
    let mut state = watch.state();
    if state.floor == Floor::Watch {
        drop(state);
        // The last word is being said, and the process ends with it.
        loop {
            thread::park();
        }
    }
    state.floor = Floor::Call;
    watch.changed.notify_all();
}

impl Watch {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, limits: &Limits) {
        let mut state = self.state();
        state.end = limits.deadline;
        state.memory_bytes = limits.memory_bytes;
        self.changed.notify_all();
    }

    /// A signal came.
    fn ask(&self) {
        let mut state = self.state();
        if state.asked.is_some() || state.floor != Floor::Free {
            leave(INTERRUPTED);
        }
        state.asked = Some(Instant::now());
        self.cancel.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }

    /// Looks until the call gives its answer or has to be ended.
    fn look(&self) {
        let mut state = self.state();
        while state.floor == Floor::Free {
            let resident = resident_bytes();
            self.resident_bytes.store(resident, Ordering::Relaxed);
            if let Some(exhausted) = state.passed(resident) {
                state.floor = Floor::Watch;
                let word = state.last_word.take();
                drop(state);
                end(word, exhausted);
            }
            let wait = state.next_look();
            state =
                self.changed.wait_timeout(state, wait).map_or_else(|error| error.into_inner().0, |(state, _)| state);
        }
    }
}

impl State {
    /// The limit that was passed by more than its grace.
    fn passed(&self, resident_bytes: u64) -> Option<Exhausted> {
        let now = Instant::now();
        let late = |moment: Option<Instant>| moment.is_some_and(|moment| now >= moment + GRACE);
        let heavy = |limit: u64| resident_bytes > limit.saturating_add(limit / MEMORY_GRACE);
        if late(self.asked) {
            Some(Exhausted::Cancelled)
        } else if late(self.end) {
            Some(Exhausted::Time)
        } else {
            self.memory_bytes.is_some_and(heavy).then_some(Exhausted::Memory)
        }
    }

    fn next_look(&self) -> Duration {
        let left = |moment: Instant| (moment + GRACE).saturating_duration_since(Instant::now());
        let look = if self.memory_bytes.is_some() { LOOK } else { IDLE_LOOK };
        let moments = self.asked.into_iter().chain(self.end).map(left);
        moments.chain([look]).min().unwrap_or(look).max(Duration::from_micros(100))
    }
}

/// Says the last word, but waits no longer for it than it may take, and ends the process.
fn end(word: Option<LastWord>, exhausted: Exhausted) -> ! {
    let said = thread::spawn(move || word.map_or(ExitCode::LimitReached, |word| word(exhausted)));
    let last = Instant::now() + WORD;
    while !said.is_finished() && Instant::now() < last {
        thread::sleep(Duration::from_millis(1));
    }
    let code = if said.is_finished() { said.join().ok() } else { None };
    leave(code.unwrap_or(ExitCode::LimitReached).number().into())
}

/// Ends the process, whatever other threads do, and leaves neither commands running nor parts of files.
fn leave(code: i32) -> ! {
    constrint::child::end_all();
    constrint::file::abandon();
    std::process::exit(code)
}

/// Bytes that the process holds in memory; 0 where nobody says.
fn resident_bytes() -> u64 {
    memory_stats::memory_stats().map_or(0, |held| held.physical_mem as u64)
}

/// Lets a call that was started to outlive its terminal (`nohup`) do so: the handler of signals takes hangups as well.
#[cfg(target_os = "linux")]
fn leave_ignored_hangups() {
    use nix::sys::signal::{SigSet, Signal};
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    if ignored >> (Signal::SIGHUP as u32 - 1) & 1 == 1 {
        let mut hangups = SigSet::empty();
        hangups.add(Signal::SIGHUP);
        // All threads are started after this one, and block what it blocks.
        let _ = hangups.thread_block();
    }
}

#[cfg(not(target_os = "linux"))]
fn leave_ignored_hangups() {}
