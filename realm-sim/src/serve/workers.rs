//! Threads that connections are shared out to.
//!
//! Each has a runtime of its own, and a connection stays on one thread: a runtime that moves tasks
//! between its threads wakes a second one for most requests, which costs more than their answers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::{io, thread};

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// The threads. They end when this is dropped, and what runs on them with them.
#[derive(Debug)]
pub(super) struct Workers {
    workers: Vec<Worker>,
    /// Counts connections, which the threads get in turn.
    turn: AtomicUsize,
}

#[derive(Debug)]
struct Worker {
    runtime: Handle,
    /// Its thread ends when this is dropped.
    _ending: oneshot::Sender<()>,
}

impl Workers {
    /// So many threads, but one at least.
    pub(super) fn start(count: usize) -> io::Result<Self> {
        let workers = (0..count.max(1)).map(|_| Worker::start());
        Ok(Self {
            workers: workers.collect::<io::Result<_>>()?,
            turn: AtomicUsize::new(0),
        })
    }

    /// The thread whose turn it is.
    pub(super) fn next(&self) -> Option<&Handle> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let at = turn.checked_rem(self.workers.len())?;
        self.workers.get(at).map(|worker| &worker.runtime)
    }
}

impl Worker {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (ending, end) = oneshot::channel::<()>();
        thread::Builder::new()
            .name("connections".to_owned())
            .spawn(move || {
                // An error is the end that is waited for.
                let _ = runtime.block_on(end);
            })?;
        Ok(Self {
            runtime: handle,
            _ending: ending,
        })
    }
}
