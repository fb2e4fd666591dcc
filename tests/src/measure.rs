//! Memory, threads and descriptors of a process and its children, from `/proc`.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// What a process and its children use at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Resident memory in KiB.
    pub rss_kib: u64,
    /// Number of threads.
    pub threads: u64,
    /// Number of open file descriptors.
    pub descriptors: u64,
}

fn field(status: &str, name: &str) -> u64 {
    status
        .lines()
        .find_map(|l| l.strip_prefix(name))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|n| n.parse().ok())
        .unwrap_or(0)
}

/// Processes whose parent is `pid`, as its threads list them: a walk over all of `/proc` would be measured, too.
#[must_use]
pub fn children(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let all = lists.flat_map(|list| list.split_whitespace().filter_map(|n| n.parse().ok()).collect::<Vec<u32>>());
    // One that has ended and was not waited for is none any more.
    let lives =
        |child: &u32| fs::read_to_string(format!("/proc/{child}/status")).is_ok_and(|s| !s.contains("\nState:\tZ"));
    all.filter(lives).collect()
}

/// What `pid` alone uses now.
#[must_use]
pub fn own(pid: u32) -> Usage {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let descriptors = fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, |d| d.count() as u64);
    Usage { rss_kib: field(&status, "VmRSS:"), threads: field(&status, "Threads:"), descriptors }
}

/// What `pid` and its children use now.
#[must_use]
pub fn usage(pid: u32) -> Usage {
    let mut total = Usage::default();
    let mut all = children(pid);
    all.push(pid);
    for p in all {
        let one = own(p);
        total.rss_kib += one.rss_kib;
        total.threads += one.threads;
        total.descriptors += one.descriptors;
    }
    total
}

/// Watches the memory of a process and its children until it is dropped.
#[derive(Debug)]
pub struct Peak {
    stop: Arc<AtomicBool>,
    kib: Arc<AtomicU64>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Peak {
    /// Begins to watch, every 20 ms.
    #[must_use]
    pub fn watch(pid: u32) -> Self {
        let (stop, kib) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stop2, kib2) = (Arc::clone(&stop), Arc::clone(&kib));
        let thread = std::thread::spawn(move || {
            while !stop2.load(Ordering::Relaxed) {
                kib2.fetch_max(usage(pid).rss_kib, Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Self { stop, kib, thread: Some(thread) }
    }

    /// The most so far, in MiB.
    #[must_use]
    pub fn mib(&self) -> f64 {
        self.kib.load(Ordering::Relaxed) as f64 / 1024.0
    }
}

impl Drop for Peak {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The median; 0 of nothing.
#[must_use]
pub fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(0.0)
}
