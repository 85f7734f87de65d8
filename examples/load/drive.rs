//! Drives one scenario: every worker in its own thread, all measuring the same stretch of time.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::Outcome;
use crate::measure::{cpu_time, percentile};
use crate::site::Worker;

/// A worker that has failed so often learns nothing from going on.
const MOST_FAILURES: usize = 20;
/// What a scenario with a limited supply may use up before it counts.
const WARM_UP_STEPS: usize = 20;

/// What one step of a scenario did.
pub enum Step {
    Done,
    /// Nothing is left to send, for example no code: the scenario ends here for all workers.
    Exhausted,
}

/// How long a scenario runs.
#[derive(Clone, Copy)]
pub struct Timing {
    pub warm_up: Duration,
    pub measured: Duration,
}

/// What came of it. A failed request counts as a failure and nowhere else.
pub struct Measured {
    pub requests: usize,
    pub elapsed: Duration,
    pub p50: Duration,
    pub p99: Duration,
    pub cpu: Duration,
    pub failures: usize,
    pub first_failure: Option<String>,
}

#[derive(Default)]
struct Tally {
    latencies: Vec<Duration>,
    failures: usize,
    first_failure: Option<String>,
}

/// Runs `step` again and again in every worker: first to warm up, then measured, with one client connection each.
pub fn drive<S>(workers: &mut [Worker], timing: Timing, finite: bool, pid: u32, step: S) -> Outcome<Measured>
where
    S: Fn(&mut Worker) -> Outcome<Step> + Sync,
{
    let gate = Barrier::new(workers.len() + 1);
    let ended = AtomicBool::new(false);
    let (step, gate, ended) = (&step, &gate, &ended);
    std::thread::scope(|scope| {
        let threads: Vec<_> = workers
            .iter_mut()
            .map(|worker| {
                scope.spawn(move || {
                    let connected = worker.http.reconnect();
                    gate.wait();
                    let steps = if finite { WARM_UP_STEPS } else { usize::MAX };
                    let mut warm = repeat(worker, timing.warm_up, steps, ended, step);
                    gate.wait();
                    gate.wait();
                    let mut tally = repeat(worker, timing.measured, usize::MAX, ended, step);
                    gate.wait();
                    tally.failures += warm.failures + usize::from(connected.is_err());
                    let refused = connected.err().map(|error| format!("connecting: {error}"));
                    tally.first_failure = refused.or(warm.first_failure.take()).or(tally.first_failure);
                    tally
                })
            })
            .collect();
        gate.wait();
        gate.wait();
        let (began, before) = (Instant::now(), cpu_time(pid));
        gate.wait();
        gate.wait();
        let (elapsed, after) = (began.elapsed(), cpu_time(pid));
        let tallies = threads.into_iter().filter_map(|thread| thread.join().ok()).collect();
        Ok(sum(tallies, elapsed, after?.saturating_sub(before?)))
    })
}

fn repeat<S>(worker: &mut Worker, time: Duration, most: usize, ended: &AtomicBool, step: &S) -> Tally
where
    S: Fn(&mut Worker) -> Outcome<Step>,
{
    let mut tally = Tally::default();
    let end = Instant::now() + time;
    for _ in 0..most {
        let began = Instant::now();
        if began >= end || ended.load(Ordering::Relaxed) {
            break;
        }
        match step(worker) {
            Ok(Step::Done) => tally.latencies.push(began.elapsed()),
            Ok(Step::Exhausted) => ended.store(true, Ordering::Relaxed),
            Err(failure) => {
                tally.failures += 1;
                tally.first_failure.get_or_insert(failure);
                if tally.failures >= MOST_FAILURES {
                    ended.store(true, Ordering::Relaxed);
                }
            }
        }
    }
    tally
}

fn sum(tallies: Vec<Tally>, elapsed: Duration, cpu: Duration) -> Measured {
    let failures = tallies.iter().map(|tally| tally.failures).sum();
    let first_failure = tallies.iter().find_map(|tally| tally.first_failure.clone());
    let mut latencies: Vec<_> = tallies.into_iter().flat_map(|tally| tally.latencies).collect();
    latencies.sort_unstable();
    Measured {
        requests: latencies.len(),
        elapsed,
        p50: percentile(&latencies, 50),
        p99: percentile(&latencies, 99),
        cpu,
        failures,
        first_failure,
    }
}

/// Does the same work in every worker at once, unmeasured; the first failure ends it.
pub fn together<W>(workers: &mut [Worker], work: W) -> Outcome<()>
where
    W: Fn(&mut Worker) -> Outcome<()> + Sync,
{
    let work = &work;
    std::thread::scope(|scope| {
        let threads: Vec<_> = workers
            .iter_mut()
            .map(|worker| {
                scope.spawn(move || {
                    worker.http.reconnect().map_err(|error| format!("connecting: {error}"))?;
                    work(worker)
                })
            })
            .collect();
        // All are waited for, whatever the first one says.
        let done: Vec<_> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or(Err("a worker panicked".into())))
            .collect();
        done.into_iter().collect()
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Two workers that can connect; what they send is up to the step.
    fn workers() -> (TcpListener, Vec<Worker>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, vec![Worker::new(0, port), Worker::new(1, port)])
    }

    const TIMING: Timing = Timing { warm_up: Duration::from_secs(5), measured: Duration::from_secs(5) };

    #[test]
    fn a_limited_supply_warms_up_a_little_and_ends_for_all_workers_when_one_has_none_left() {
        let (_listener, mut workers) = workers();
        let measured = drive(&mut workers, TIMING, true, std::process::id(), |worker| {
            let step = worker.next();
            std::thread::sleep(Duration::from_millis(1));
            // The other one would go on for 5 s.
            Ok(if worker.number == 0 && step > WARM_UP_STEPS + 7 { Step::Exhausted } else { Step::Done })
        })
        .unwrap();
        assert!(measured.requests >= 7 && measured.elapsed < Duration::from_secs(4), "{}", measured.requests);
        assert_eq!((measured.failures, measured.first_failure), (0, None));
        assert!(measured.p50 >= Duration::from_millis(1) && measured.p99 >= measured.p50);
        assert!(workers.iter_mut().all(|worker| worker.next() > WARM_UP_STEPS));
    }

    #[test]
    fn a_failure_is_counted_and_is_no_request() {
        let (_listener, mut workers) = workers();
        let timing = Timing { warm_up: Duration::ZERO, measured: Duration::from_secs(5) };
        let measured = drive(&mut workers, timing, false, std::process::id(), |worker| {
            if worker.number == 0 { Err("refused".to_owned()) } else { Ok(Step::Done) }
        })
        .unwrap();
        assert_eq!((measured.failures, measured.first_failure.as_deref()), (MOST_FAILURES, Some("refused")));
        assert!(measured.elapsed < Duration::from_secs(4));
    }

    #[test]
    fn nobody_to_connect_to_is_a_failure() {
        let mut workers = workers().1;
        let timing = Timing { warm_up: Duration::ZERO, measured: Duration::ZERO };
        let measured = drive(&mut workers, timing, false, std::process::id(), |_| Ok(Step::Done)).unwrap();
        assert_eq!((measured.requests, measured.failures), (0, 2));
        assert!(together(&mut workers, |_| Ok(())).is_err());
    }
}
