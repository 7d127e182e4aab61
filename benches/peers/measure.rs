//! Timing on a noisy machine: all contestants in turn, many rounds, the fastest round of each.

use std::time::{Duration, Instant};

use serde::Serialize;

use crate::allocations;

/// How much time an operation gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    rounds: usize,
    batch: Duration,
}

impl Effort {
    /// For figures that are published.
    pub(crate) const FULL: Self = Self {
        rounds: 40,
        batch: Duration::from_millis(4),
    };
    /// To see that everything runs.
    pub(crate) const QUICK: Self = Self {
        rounds: 2,
        batch: Duration::from_micros(200),
    };
}

/// One operation and everybody who performs it.
pub(crate) struct Case<'a> {
    pub(crate) op: String,
    pub(crate) bytes: usize,
    /// How many of the operation one run of ours performs; a run of a peer performs one.
    ours_at_once: u32,
    ours: Work<'a>,
    peers: Vec<(&'static str, Work<'a>)>,
}

/// One run of an operation.
type Work<'a> = Box<dyn FnMut() + 'a>;

/// What one peer needed beside us.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) op: String,
    pub(crate) bytes: usize,
    pub(crate) ours_ns: f64,
    pub(crate) ours_allocs: u64,
    pub(crate) peer: &'static str,
    pub(crate) peer_ns: f64,
    pub(crate) ratio: f64,
}

impl<'a> Case<'a> {
    pub(crate) fn new(op: &str, bytes: usize, ours: impl FnMut() + 'a) -> Self {
        Self {
            op: op.to_owned(),
            bytes,
            ours_at_once: 1,
            ours: Box::new(ours),
            peers: Vec::new(),
        }
    }

    /// A run of ours performs `count` operations, which a peer can only do one by one.
    pub(crate) fn at_once(mut self, count: u32) -> Self {
        self.ours_at_once = count;
        self
    }

    pub(crate) fn peer(mut self, name: &'static str, work: impl FnMut() + 'a) -> Self {
        self.peers.push((name, Box::new(work)));
        self
    }

    pub(crate) fn measure(mut self, effort: Effort) -> Vec<Row> {
        let ours_allocs = allocations::during(&mut *self.ours);
        let mut works: Vec<&mut dyn FnMut()> = vec![&mut *self.ours];
        let names: Vec<_> = self.peers.iter().map(|(name, _)| *name).collect();
        works.extend(
            self.peers
                .iter_mut()
                .map(|(_, work)| &mut **work as &mut dyn FnMut()),
        );
        let counts: Vec<u32> = works
            .iter_mut()
            .map(|work| calibrate(work, effort.batch))
            .collect();
        let mut best = vec![f64::INFINITY; works.len()];
        for _ in 0..effort.rounds {
            for ((work, count), best) in works.iter_mut().zip(&counts).zip(&mut best) {
                let start = Instant::now();
                for _ in 0..*count {
                    work();
                }
                *best = best.min(start.elapsed().as_nanos() as f64 / f64::from(*count));
            }
        }
        let ours_ns = best[0] / f64::from(self.ours_at_once);
        names
            .into_iter()
            .zip(&best[1..])
            .map(|(peer, peer_ns)| Row {
                op: self.op.clone(),
                bytes: self.bytes,
                ours_ns,
                ours_allocs,
                peer,
                peer_ns: *peer_ns,
                ratio: peer_ns / ours_ns,
            })
            .collect()
    }
}

/// How often to run `work` to fill `batch`.
fn calibrate(work: &mut dyn FnMut(), batch: Duration) -> u32 {
    let mut count = 1_u32;
    loop {
        let start = Instant::now();
        for _ in 0..count {
            work();
        }
        let took = start.elapsed();
        if took * 2 >= batch || count > 1 << 24 {
            let scale = batch.as_secs_f64() / took.as_secs_f64().max(1e-9);
            return ((f64::from(count) * scale) as u32).max(1);
        }
        count *= 2;
    }
}
