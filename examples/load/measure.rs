//! Figures: exact percentiles, and what the kernel says of a process.

use std::time::Duration;

use crate::Outcome;

/// `USER_HZ`, in which /proc counts time: 100 on every Linux that Rust builds for.
const TICK: Duration = Duration::from_millis(10);

/// The smallest latency that at least `percent` of a hundred do not exceed (nearest rank); zero of nothing.
pub fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// The middle of some figures, after sorting; of an even number the lower one.
pub fn median(mut values: Vec<Duration>) -> Duration {
    values.sort_unstable();
    percentile(&values, 50)
}

/// User and system time that a process has used until now.
pub fn cpu_time(pid: u32) -> Outcome<Duration> {
    let path = format!("/proc/{pid}/stat");
    let stat = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
    parse_cpu_time(&stat).ok_or_else(|| format!("{path}: not in the expected form"))
}

/// proc(5): after the name, which stands in parentheses and may hold anything, field 14 is utime and field 15 stime.
fn parse_cpu_time(stat: &str) -> Option<Duration> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(TICK * user.checked_add(system)?)
}

/// Whether a process runs: not one that is gone, nor one that has ended and was not waited for.
pub fn lives(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, fields)| !fields.trim_start().starts_with(['Z', 'X']))
}

/// Memory of a process in KiB. What the kernel does not tell is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The most that was ever resident.
    pub peak_rss: Option<u64>,
    /// Resident now, shared pages divided by those who share them.
    pub pss: Option<u64>,
}

pub fn memory(pid: u32) -> Memory {
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    Memory { peak_rss: kib(&read("status"), "VmHWM:"), pss: kib(&read("smaps_rollup"), "Pss:") }
}

fn kib(text: &str, field: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(range: impl Iterator<Item = u64>) -> Vec<Duration> {
        range.map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_latencies_that_were_measured() {
        let hundred = milliseconds(1..=100);
        assert_eq!(percentile(&hundred, 50), Duration::from_millis(50));
        assert_eq!(percentile(&hundred, 99), Duration::from_millis(99));
        assert_eq!(percentile(&hundred, 100), Duration::from_millis(100));
        let thousand = milliseconds(1..=1000);
        assert_eq!(percentile(&thousand, 99), Duration::from_millis(990));
        assert_eq!(percentile(&milliseconds(7..=7), 99), Duration::from_millis(7));
        assert_eq!(percentile(&milliseconds(1..=3), 99), Duration::from_millis(3));
        assert_eq!(percentile(&[], 99), Duration::ZERO);
    }

    #[test]
    fn one_slow_answer_of_a_hundred_is_not_p99_but_two_are() {
        let mut latencies = milliseconds(std::iter::repeat_n(1, 99).chain([500]));
        assert_eq!(percentile(&latencies, 99), Duration::from_millis(1));
        latencies.remove(0);
        latencies.push(Duration::from_millis(600));
        assert_eq!(percentile(&latencies, 99), Duration::from_millis(500));
    }

    #[test]
    fn the_median_does_not_depend_on_the_order() {
        assert_eq!(median(milliseconds([9, 1, 5, 2, 7].into_iter())), Duration::from_millis(5));
    }

    #[test]
    fn cpu_time_is_found_behind_any_process_name() {
        let stat = "42 (a b) c) S 1 42 42 0 -1 4194560 100 0 0 0 250 50 3 4 20 0 9 0 1000 1 2 3";
        assert_eq!(parse_cpu_time(stat), Some(Duration::from_secs(3)));
        assert_eq!(parse_cpu_time("42 (short) S 1"), None);
    }

    #[test]
    fn memory_is_read_in_kib() {
        let status = "Name:\tx\nVmPeak:\t  99 kB\nVmHWM:\t   12345 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(kib(status, "VmHWM:"), Some(12_345));
        assert_eq!(kib("", "Pss:"), None);
        let own = memory(std::process::id());
        assert!(lives(std::process::id()) && !lives(u32::MAX));
        assert!(own.peak_rss.is_some_and(|kib| kib > 100), "{own:?}");
    }
}
