//! Room for deep recursions.

/// How many variables that depend on each other a space can hold.
pub const MAX_DEPTH: usize = 2048;

/// Recursions of up to this depth fit any thread's stack.
const SHALLOW: usize = 128;

/// Runs what recurses as deep as `depth`, on a stack of its own where it is deep.
pub(super) fn with_room_for<T: Send>(depth: usize, work: impl FnOnce() -> T + Send) -> T {
    if depth <= SHALLOW {
        return work();
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(MAX_DEPTH.max(depth) * (1 << 15));
        let started = thread.spawn_scoped(scope, work).expect("a thread can be started");
        started.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}
