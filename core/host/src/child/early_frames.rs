//! The daemon's frames while the plugin opens. Verdicts are passed on at once, as the plugin may wait for one before it has opened; everything
//! else is kept for the server.

use super::daemon_pipe::DaemonPipe;
use crate::wire::{ToChild, framing};
use rustix::event::{PollFd, PollFlags, poll};
use std::collections::VecDeque;
use std::io::{BufReader, PipeReader, PipeWriter};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;

/// Most frames that are kept.
const MAX_KEPT: usize = 1_024;

/// The end of the pipe that frames are read from, and the frames that were kept.
pub(super) type FramesSoFar = (BufReader<UnixStream>, VecDeque<Vec<u8>>);

pub(super) struct EarlyFrames {
    thread: JoinHandle<FramesSoFar>,
    /// Ends the thread when it is dropped.
    wake: PipeWriter,
}

impl EarlyFrames {
    /// Reads frames in a thread until [`EarlyFrames::finish`].
    pub(super) fn read(reading: BufReader<UnixStream>, pipe: &Arc<DaemonPipe>) -> std::io::Result<Self> {
        let (woken, wake) = std::io::pipe()?;
        let pipe = Arc::clone(pipe);
        let run = move || read_until(reading, &pipe, &woken);
        let thread = std::thread::Builder::new().name("early".into()).stack_size(128 * 1024).spawn(run)?;
        Ok(Self { thread, wake })
    }

    /// Ends the thread.
    pub(super) fn finish(self) -> std::io::Result<FramesSoFar> {
        drop(self.wake);
        self.thread.join().map_err(|_| std::io::Error::other("the thread that reads frames died"))
    }
}

fn read_until(mut reading: BufReader<UnixStream>, pipe: &DaemonPipe, woken: &PipeReader) -> FramesSoFar {
    let mut kept = VecDeque::new();
    loop {
        if reading.buffer().is_empty() {
            let mut ends = [PollFd::new(reading.get_ref(), PollFlags::IN), PollFd::new(woken, PollFlags::IN)];
            if poll(&mut ends, None).is_err() {
                continue;
            }
            let [arrived, wake] = &ends;
            if !wake.revents().is_empty() {
                return (reading, kept);
            }
            if arrived.revents().is_empty() {
                continue;
            }
        }
        let mut frame = Vec::new();
        if !matches!(framing::read(&mut reading, &mut frame, framing::MAX_DOWN), Ok(true)) {
            // The server finds the same end; nothing in the plugin may wait for it.
            pipe.closed.store(true, Ordering::Release);
            pipe.verdicts.wake();
            return (reading, kept);
        }
        match postcard::from_bytes::<ToChild<'_>>(&frame) {
            Ok(ToChild::Answer { token, verdict }) => pipe.verdicts.answer(token, verdict),
            _ if kept.len() < MAX_KEPT => kept.push_back(frame),
            // Nobody sends as much to a plugin that has not opened.
            _ => {}
        }
    }
}
