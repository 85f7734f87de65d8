//! Records of a run, one JSON object a line, and the Markdown made of them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// One line of the results file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// A scenario. `database` is empty for `hello`.
    Scenario(Row),
    /// A single figure: a probe, a start, memory. The unit is in `value`.
    Figure { database: String, name: String, value: f64 },
    /// What the check of the stored rows found.
    Verified { database: String, what: String, checked: usize, wrong: usize },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    pub database: String,
    pub scenario: String,
    pub requests: usize,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub cpu_us: f64,
    pub failures: usize,
    pub connections: usize,
    pub peak_rss_kib: Option<u64>,
    pub pss_kib: Option<u64>,
}

/// What a scenario should reach.
#[derive(Clone, Copy)]
enum Goal {
    None,
    /// Requests per second at least, server CPU microseconds per request at most, the 99th percentile in ms at most.
    Figures {
        per_second: f64,
        cpu_us: f64,
        p99_ms: Option<f64>,
    },
    /// Part of the rate of `hello`, in percent.
    OfHello(f64),
}

const fn figures(per_second: f64, cpu_us: f64) -> Goal {
    Goal::Figures { per_second, cpu_us, p99_ms: None }
}

/// Of `client_credentials`; a slow disk may take three of its fsyncs instead.
const P99_MS: f64 = 10.0;

const fn token_figures(per_second: f64, cpu_us: f64) -> Goal {
    Goal::Figures { per_second, cpu_us, p99_ms: Some(P99_MS) }
}

const ROWS: &[(&str, &str, Goal)] = &[
    ("hello", "bare actix-web \"hello\", the limit", Goal::None),
    ("jwks", "JWKS", Goal::OfHello(80.0)),
    ("discovery", "discovery", Goal::OfHello(80.0)),
    ("client_credentials_opaque", "client_credentials, opaque", token_figures(10_000.0, 80.0)),
    (ALONE, "client_credentials, JWT ES256", token_figures(9_000.0, 110.0)),
    ("client_credentials_rs256", "client_credentials, JWT RS256", token_figures(4_000.0, 330.0)),
    ("introspection", "introspection", figures(25_000.0, 35.0)),
    ("userinfo", "userinfo", figures(25_000.0, 40.0)),
    ("refresh", "refresh, rotating", figures(5_000.0, 150.0)),
    ("refresh_openid", "refresh, rotating, scope openid", Goal::None),
    ("code_exchange", "code exchange, with ID token", Goal::None),
    ("code_flow", "code flow: authorize, token, ID token (flows)", figures(2_000.0, 500.0)),
    ("registration_post", "registration POST", figures(8_000.0, 110.0)),
    ("registration_get", "registration GET", figures(35_000.0, 30.0)),
    ("registration_put", "registration PUT", Goal::None),
    ("registration_delete", "registration DELETE", Goal::None),
    (BESIDE, "client_credentials, JWT ES256, beside a herd of sign-ins", Goal::None),
    (SIGN_IN, "the herd: sign-ins, every other one by a name that nobody has", Goal::None),
];

const ALONE: &str = "client_credentials_es256";
const BESIDE: &str = "client_credentials_beside_sign_ins";
const SIGN_IN: &str = "sign_in";

/// Single figures: name, title, unit, divisor, most.
const FIGURES: &[(&str, &str, &str, f64, Option<f64>)] = &[
    ("cold_start", "cold start on existing data, median of 5", "ms", 1.0, Some(50.0)),
    ("first_boot", "first boot on an empty database", "ms", 1.0, Some(1_000.0)),
    ("memory_idle", "memory idle, PSS", "MiB", 1_024.0, Some(15.0)),
    ("memory_loaded", "memory loaded, PSS, the most after any scenario", "MiB", 1_024.0, Some(40.0)),
    ("memory_peak", "memory, peak RSS of any server", "MiB", 1_024.0, None),
];

/// Appends one record to the file.
pub fn append(path: &Path, record: &Record) -> Outcome<()> {
    let fail = |error: std::io::Error| format!("{}: {error}", path.display());
    let line = serde_json::to_string(record).map_err(|error| error.to_string())?;
    let mut file = std::fs::File::options().create(true).append(true).open(path).map_err(fail)?;
    writeln!(file, "{line}").map_err(fail)
}

/// All records of the file, in their order.
pub fn read(path: &Path) -> Outcome<Vec<Record>> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.lines().map(|line| serde_json::from_str(line).map_err(|error| format!("{line}: {error}"))).collect()
}

/// The tables of all databases that the records name.
pub fn markdown(records: &[Record], date: &str, machine: &str, commit: &str) -> String {
    let rows: Vec<_> = records
        .iter()
        .filter_map(|record| match record {
            Record::Scenario(row) => Some(row),
            _ => None,
        })
        .collect();
    let connections = rows.first().map_or(0, |row| row.connections);
    let mut page = format!(
        "Measured {date} at {commit} on {machine}. {connections} kept-alive connections, the load generator \
         (`examples/load`) on the same machine; every answer's status and body checked.\n"
    );
    for (database, title) in
        [("sqlite", "SQLite, WAL, synchronous=FULL"), ("postgres", "PostgreSQL, fsync on")]
    {
        if records.iter().any(|record| record.database() == database) {
            section(&mut page, records, &rows, database, title);
        }
    }
    page
}

impl Record {
    fn database(&self) -> &str {
        match self {
            Self::Scenario(row) => &row.database,
            Self::Figure { database, .. } | Self::Verified { database, .. } => database,
        }
    }
}

fn section(page: &mut String, records: &[Record], rows: &[&Row], database: &str, title: &str) {
    let probes = all_figures(records, database, "fsync_per_second");
    let slowest = probes.iter().copied().reduce(f64::min);
    write!(page, "\n### {title}\n\n").ok();
    if let (Some(slowest), Some(fastest)) = (slowest, probes.iter().copied().reduce(f64::max)) {
        let connections =
            rows.first().and_then(|row| u32::try_from(row.connections).ok()).unwrap_or_default();
        let ceiling = slowest * f64::from(connections);
        write!(
            page,
            "The disk made {slowest:.0} to {fastest:.0} pages of 4 KiB durable per second \
                 (write and fdatasync, before and after): one commit for each request would end at \
                 {ceiling:.0} requests per second.\n\n"
        )
        .ok();
    }
    page.push_str("| scenario | req/s | p50 ms | p99 ms | CPU µs/request | goal | met |\n|---|---|---|---|---|---|---|\n");
    let hello = rows.iter().find(|row| row.scenario == "hello").map(|row| row.per_second);
    for (name, title, goal) in ROWS {
        let wanted =
            |row: &&&Row| row.scenario == *name && (row.database == database || row.database.is_empty());
        if let Some(row) = rows.iter().rfind(wanted) {
            let (text, met) = judge(*goal, row, hello, slowest);
            let failed = if row.failures > 0 { format!(", {} failed", row.failures) } else { String::new() };
            writeln!(
                page,
                "| {title} | {:.0}{failed} | {:.2} | {:.2} | {:.1} | {text} | {met} |",
                row.per_second, row.p50_ms, row.p99_ms, row.cpu_us
            )
            .ok();
        }
    }
    herd(page, rows, database);
    single_figures(page, records, database);
    stored_rows(page, records, database);
}

/// What people who sign in take from the token endpoint.
fn herd(page: &mut String, rows: &[&Row], database: &str) {
    let of = |name| rows.iter().rfind(|row| row.scenario == name && row.database == database);
    let (Some(alone), Some(beside), Some(herd)) = (of(ALONE), of(BESIDE), of(SIGN_IN)) else { return };
    write!(
        page,
        "\nBeside {} connections that sign in without a pause, {:.0} times a second, the token endpoint answers {:.0} % of what it \
         answers alone, and its p99 is {:.1} times as long.\n",
        herd.connections,
        herd.per_second,
        beside.per_second / alone.per_second * 100.0,
        beside.p99_ms / alone.p99_ms
    )
    .ok();
}

/// What the checks of all servers on one database found, added up.
fn stored_rows(page: &mut String, records: &[Record], database: &str) {
    let mut sums: Vec<(&str, usize, usize)> = Vec::new();
    for record in records {
        let Record::Verified { database: of, what, checked, wrong } = record else {
            continue;
        };
        match sums.iter_mut().find(|(known, ..)| known == what) {
            _ if of != database => {}
            Some(sum) => (sum.1, sum.2) = (sum.1 + checked, sum.2 + wrong),
            None => sums.push((what, *checked, *wrong)),
        }
    }
    if !sums.is_empty() {
        page.push_str("Afterwards everything acknowledged was asked for again:\n\n");
    }
    for (what, checked, wrong) in sums {
        writeln!(page, "- {checked} {what}: {wrong} wrong").ok();
    }
}

fn single_figures(page: &mut String, records: &[Record], database: &str) {
    page.push_str("\n| figure | measured | goal | met |\n|---|---|---|---|\n");
    for (name, title, unit, divisor, most) in FIGURES {
        let Some(value) = all_figures(records, database, name).into_iter().reduce(f64::max) else {
            continue;
        };
        let value = value / divisor;
        let goal = most.map(|most| format!("≤ {most} {unit}")).unwrap_or_default();
        let met = most.map_or("", |most| if value <= most { "yes" } else { "no" });
        writeln!(page, "| {title} | {value:.1} {unit} | {goal} | {met} |").ok();
    }
    page.push('\n');
}

fn all_figures(records: &[Record], database: &str, name: &str) -> Vec<f64> {
    let memory = |row: &Row| match name {
        "memory_loaded" => row.pss_kib,
        "memory_peak" => row.peak_rss_kib,
        _ => None,
    };
    let of = |record: &Record| match record {
        Record::Figure { name: named, value, .. } if named == name => Some(*value),
        Record::Scenario(row) => memory(row).and_then(|kib| u32::try_from(kib).ok()).map(f64::from),
        _ => None,
    };
    records.iter().filter(|record| record.database() == database).filter_map(of).collect()
}

/// The goal in words and whether it was met. A failure meets no goal.
fn judge(goal: Goal, row: &Row, hello: Option<f64>, fsyncs: Option<f64>) -> (String, String) {
    let answer = |text: String, misses: &[&str]| {
        let met = match (row.failures, misses) {
            (0, []) => "yes".to_owned(),
            (0, misses) => format!("no: {}", misses.join(", ")),
            _ => "no: failures".to_owned(),
        };
        (text, met)
    };
    match goal {
        Goal::None => (String::new(), String::new()),
        Goal::OfHello(percent) => {
            let enough = hello.is_some_and(|hello| row.per_second >= hello * percent / 100.0);
            answer(format!("≥ {percent} % of hello"), if enough { &[] } else { &["rate"] })
        }
        Goal::Figures { per_second, cpu_us, p99_ms } => {
            let most_ms = p99_ms.map(|most| most.max(fsyncs.map_or(0.0, |fsyncs| 3_000.0 / fsyncs)));
            let misses: Vec<_> = [
                (row.per_second < per_second).then_some("rate"),
                (row.cpu_us > cpu_us).then_some("CPU"),
                most_ms.is_some_and(|most| row.p99_ms > most).then_some("p99"),
            ]
            .into_iter()
            .flatten()
            .collect();
            let p99 = most_ms.map(|most| format!(", p99 ≤ {most:.0} ms")).unwrap_or_default();
            answer(format!("≥ {per_second}/s, ≤ {cpu_us} µs{p99}"), &misses)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(scenario: &str, per_second: f64, cpu_us: f64, p99_ms: f64, failures: usize) -> Row {
        Row {
            database: if scenario == "hello" { String::new() } else { "sqlite".to_owned() },
            scenario: scenario.to_owned(),
            requests: 1,
            per_second,
            p50_ms: 1.0,
            p99_ms,
            cpu_us,
            failures,
            connections: 32,
            peak_rss_kib: Some(2_048),
            pss_kib: Some(1_024),
        }
    }

    fn met(goal: Goal, row: &Row) -> String {
        judge(goal, row, Some(100_000.0), Some(1_000.0)).1
    }

    #[test]
    fn a_goal_is_met_only_if_rate_cpu_and_p99_are_and_nothing_failed() {
        let goal = token_figures(10_000.0, 80.0);
        assert_eq!(met(goal, &row("x", 10_000.0, 80.0, 10.0, 0)), "yes");
        assert_eq!(met(goal, &row("x", 9_999.0, 80.0, 10.0, 0)), "no: rate");
        assert_eq!(met(goal, &row("x", 9_000.0, 81.0, 10.1, 0)), "no: rate, CPU, p99");
        assert_eq!(met(goal, &row("x", 20_000.0, 40.0, 1.0, 1)), "no: failures");
        assert_eq!(met(Goal::OfHello(80.0), &row("x", 80_000.0, 0.0, 0.0, 0)), "yes");
        assert_eq!(met(Goal::OfHello(80.0), &row("x", 79_000.0, 0.0, 0.0, 0)), "no: rate");
    }

    #[test]
    fn a_slow_disk_may_take_three_fsyncs() {
        let slow = row("x", 10_000.0, 80.0, 15.0, 0);
        assert_eq!(judge(token_figures(1.0, 80.0), &slow, None, Some(200.0)).1, "yes");
        assert_eq!(judge(token_figures(1.0, 80.0), &slow, None, Some(201.0)).1, "no: p99");
    }

    #[test]
    fn the_page_holds_a_table_per_database_with_hello_in_each() {
        let figure =
            |name: &str, value| Record::Figure { database: "sqlite".into(), name: name.into(), value };
        let records = [
            Record::Scenario(row("hello", 100_000.0, 10.0, 1.0, 0)),
            Record::Scenario(row("jwks", 90_000.0, 11.0, 1.0, 0)),
            figure("fsync_per_second", 500.0),
            figure("fsync_per_second", 700.0),
            figure("cold_start", 51.0),
            Record::Verified { database: "sqlite".into(), what: "things".into(), checked: 7, wrong: 0 },
            Record::Verified { database: "postgres".into(), what: "things".into(), checked: 90, wrong: 9 },
            Record::Verified { database: "sqlite".into(), what: "things".into(), checked: 5, wrong: 1 },
        ];
        let page = markdown(&records, "today", "a machine", "abc");
        assert!(page.contains("| bare actix-web \"hello\", the limit | 100000 |"), "{page}");
        assert!(page.contains("| JWKS | 90000 | 1.00 | 1.00 | 11.0 | ≥ 80 % of hello | yes |"), "{page}");
        assert!(page.contains("500 to 700 pages"), "{page}");
        assert!(
            page.contains("| cold start on existing data, median of 5 | 51.0 ms | ≤ 50 ms | no |"),
            "{page}"
        );
        assert!(
            page.contains("| memory loaded, PSS, the most after any scenario | 1.0 MiB | ≤ 40 MiB | yes |"),
            "{page}"
        );
        let (sqlite, postgres) = page.split_once("### PostgreSQL").unwrap();
        assert!(sqlite.contains("- 12 things: 1 wrong\n"), "{page}");
        assert!(postgres.contains("- 90 things: 9 wrong\n") && !postgres.contains("JWKS"), "{page}");
    }

    #[test]
    fn every_scenario_has_a_row() {
        let names: Vec<_> = crate::scenarios::SCENARIOS.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names, ROWS.iter().map(|(name, ..)| *name).collect::<Vec<_>>());
    }
}
