//! Ctrl-C: the search stops with the best that it has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a shell takes for "ended by Ctrl-C".
const INTERRUPTED: i32 = 130;

/// A flag that the first Ctrl-C sets; the second ends the process at once.
pub(crate) fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    // Without a handler Ctrl-C ends the process as usual, which will do.
    let _ = ctrlc::set_handler(move || {
        if set.swap(true, Ordering::Relaxed) {
            std::process::exit(INTERRUPTED);
        }
    });
    flag
}
