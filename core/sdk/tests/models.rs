//! The window under every order of its threads: the same source file with loom's atomics.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[allow(dead_code, reason = "the models need a part of it")]
#[path = "../src/window.rs"]
mod window;

mod sync {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, Ordering};
}

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread::spawn;
use window::Window;

#[test]
fn a_host_that_is_told_busy_is_told_ready() {
    loom::model(|| {
        let shared = Arc::new((Window::new(2), AtomicU32::new(0)));
        assert!(shared.0.take(2), "it is empty");
        let plugin = {
            let shared = Arc::clone(&shared);
            spawn(move || {
                let (window, ready) = &*shared;
                // One message after the other.
                for _ in 0..2 {
                    window.make_room(1);
                    if window.handed_over(1) {
                        ready.fetch_add(1, Ordering::AcqRel);
                    }
                }
            })
        };
        let (window, ready) = &*shared;
        let taken = window.take(2);
        plugin.join().unwrap();
        assert!(taken || ready.load(Ordering::Acquire) > 0, "busy, and `ready` is not called");
        assert_eq!((window.in_use(), window.is_idle()), if taken { (2, false) } else { (0, true) });
    });
}

#[test]
fn two_batches_do_not_share_the_last_room() {
    loom::model(|| {
        let window = Arc::new(Window::new(3));
        assert!(window.take(1), "it is empty");
        let other = {
            let window = Arc::clone(&window);
            spawn(move || window.take(2))
        };
        let taken = [window.take(2), other.join().unwrap()];
        assert_eq!(taken.iter().filter(|t| **t).count(), 1, "{taken:?}");
        assert_eq!(window.in_use(), 3);
    });
}
