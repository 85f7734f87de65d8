//! The load generator of `scripts/bench`: drives a running server over its public interfaces and measures it.
//!
//! `load run` drives scenarios and then asks for everything that was acknowledged; the other commands measure the
//! disk, the start and the memory, and make the Markdown. Results are lines of JSON in a file (`--results`).

mod browser;
mod drive;
mod http;
mod machine;
mod measure;
mod protocol;
mod report;
mod scenarios;
mod site;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use drive::{Measured, Timing, drive};
use report::{Record, Row};
use scenarios::{OPENID, SCENARIOS, Scenario};
use site::{Credentials, Site, Worker};

/// A result, or a sentence about what went wrong.
type Outcome<T> = Result<T, String>;

/// The kernel counts CPU time in ticks of 10 ms: fewer than thirty of them say nothing.
const SHORTEST: Duration = Duration::from_millis(300);

#[derive(Parser)]
#[command(about = "Drives a server and measures it")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Drive scenarios, then check the stored rows.
    Run(Run),
    /// Measure how many pages per second the disk makes durable.
    Probe {
        #[arg(long)]
        folder: PathBuf,
        #[command(flatten)]
        into: Destination,
    },
    /// Start a command several times and measure the time to its first 200.
    Start {
        #[arg(long)]
        port: u16,
        #[arg(long, default_value = "/healthz")]
        path: String,
        #[arg(long, default_value_t = 1)]
        times: usize,
        /// The figure's name: `cold_start` or `first_boot`.
        #[arg(long)]
        name: String,
        #[arg(long)]
        log: PathBuf,
        #[command(flatten)]
        into: Destination,
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Wait until a server answers 200.
    Wait {
        #[arg(long)]
        port: u16,
        /// The server's process: if it ends, waiting does too.
        #[arg(long)]
        pid: u32,
        #[arg(long, default_value = "/healthz")]
        path: String,
    },
    /// Record the memory of an idle server.
    Memory {
        #[arg(long)]
        pid: u32,
        #[command(flatten)]
        into: Destination,
    },
    /// Print the Markdown of a results file.
    Report {
        #[arg(long)]
        results: PathBuf,
        #[arg(long)]
        date: String,
        #[arg(long)]
        machine: String,
        #[arg(long)]
        commit: String,
    },
}

/// Where a figure goes.
#[derive(Args)]
struct Destination {
    #[arg(long)]
    results: PathBuf,
    /// `sqlite` or `postgres`; empty for what has none.
    #[arg(long, default_value = "")]
    database: String,
}

#[derive(Args)]
struct Run {
    /// The server is `http://localhost:PORT`, and that is its issuer.
    #[arg(long)]
    port: u16,
    /// The server's process, whose CPU time and memory are measured.
    #[arg(long)]
    pid: u32,
    #[arg(long, default_value_t = 32)]
    connections: usize,
    #[arg(long, default_value_t = 5.0)]
    seconds: f64,
    #[arg(long, default_value_t = 1.0)]
    warm_up: f64,
    /// Output of `grantor client add --json` for `client_credentials`; several are shared out.
    #[arg(long)]
    service: Vec<PathBuf>,
    /// The same for a client of the code flow.
    #[arg(long)]
    interactive: Option<PathBuf>,
    #[arg(long, default_value = "bench")]
    user: String,
    /// A file that holds the user's password.
    #[arg(long)]
    password_file: Option<PathBuf>,
    /// Clients and tokens of each connection that are read back at the end; all by default.
    #[arg(long, default_value_t = usize::MAX)]
    verify: usize,
    #[command(flatten)]
    into: Destination,
    #[arg(required = true)]
    scenarios: Vec<String>,
}

fn main() -> ExitCode {
    match execute(Arguments::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("load: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all that was asked was also right.
fn execute(command: Command) -> Outcome<bool> {
    match command {
        Command::Run(arguments) => run(&arguments),
        Command::Probe { folder, into } => {
            let rate = machine::fsync_rate(&folder, Duration::from_secs(1))?;
            figure(&into, "fsync_per_second", rate, "durable pages per second")
        }
        Command::Start { port, path, times, name, log, into, command } => {
            let each: Outcome<Vec<_>> =
                (0..times).map(|_| machine::start_time(&command, port, &path, &log)).collect();
            figure(&into, &name, measure::median(each?).as_secs_f64() * 1_000.0, "ms")
        }
        Command::Wait { port, pid, path } => {
            machine::wait_for(port, &path, Duration::from_mins(1), || measure::lives(pid)).map(|()| true)
        }
        Command::Memory { pid, into } => {
            let memory = measure::memory(pid);
            let kib = memory.pss.or(memory.peak_rss).and_then(|kib| u32::try_from(kib).ok());
            figure(&into, "memory_idle", f64::from(kib.ok_or("the process is gone")?), "KiB")
        }
        Command::Report { results, date, machine, commit } => {
            print!("{}", report::markdown(&report::read(&results)?, &date, &machine, &commit));
            Ok(true)
        }
    }
}

fn figure(into: &Destination, name: &str, value: f64, unit: &str) -> Outcome<bool> {
    println!("{name:<30} {value:>10.1} {unit}");
    let record = Record::Figure { database: into.database.clone(), name: name.to_owned(), value };
    report::append(&into.results, &record).map(|()| true)
}

fn run(arguments: &Run) -> Outcome<bool> {
    let chosen: Outcome<Vec<&Scenario>> = arguments
        .scenarios
        .iter()
        .map(|name| SCENARIOS.iter().find(|scenario| scenario.name == name).ok_or_else(|| unknown(name)))
        .collect();
    let chosen = chosen?;
    let mut site = site(arguments)?;
    if chosen.iter().any(|scenario| scenario.needs_user) {
        site.cookie = browser::sign_in(&site, arguments.port, OPENID)?;
    }
    let mut workers: Vec<_> =
        (0..arguments.connections).map(|number| Worker::new(number, arguments.port)).collect();
    let timing = timing(arguments)?;
    let mut right = true;
    for scenario in chosen {
        let measured = one(scenario, &mut workers, &site, timing, arguments.pid);
        match measured {
            Ok(measured) => right &= keep(arguments, scenario.name, &measured)?,
            Err(why) => {
                eprintln!("{:<30} not measured: {why}", scenario.name);
                right = false;
            }
        }
    }
    for found in verify::verify(&mut workers, &site, arguments.verify)? {
        println!("{:>8} {}: {} wrong", found.checked, found.what, found.wrong);
        if let Some(first) = found.first_wrong {
            eprintln!("         the first: {first}");
        }
        right &= found.wrong == 0;
        let (what, database) = (found.what.to_owned(), arguments.into.database.clone());
        let record = Record::Verified { database, what, checked: found.checked, wrong: found.wrong };
        report::append(&arguments.into.results, &record)?;
    }
    Ok(right)
}

fn unknown(name: &str) -> String {
    let names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
    format!("there is no scenario {name}; there are {}", names.join(", "))
}

fn one(
    scenario: &Scenario,
    workers: &mut [Worker],
    site: &Site,
    timing: Timing,
    pid: u32,
) -> Outcome<Measured> {
    (scenario.prepare)(workers, site, timing)?;
    let measured = drive(workers, timing, scenario.finite, pid, |worker| (scenario.step)(worker, site))?;
    match (measured.requests, &measured.first_failure) {
        (0, Some(failure)) => Err(failure.clone()),
        (_, Some(failure)) if measured.elapsed < SHORTEST => Err(failure.clone()),
        (_, None) if measured.elapsed < SHORTEST => {
            Err(format!("it ended after {:?}: too short to tell the CPU time", measured.elapsed))
        }
        (0, None) => Err("no request was answered in time".to_owned()),
        _ => Ok(measured),
    }
}

fn site(arguments: &Run) -> Outcome<Site> {
    let read = |path: &PathBuf| Credentials::read(path).map(Arc::new);
    let services: Outcome<Vec<_>> = arguments.service.iter().map(read).collect();
    Ok(Site {
        issuer: format!("http://localhost:{}", arguments.port),
        services: services?,
        interactive: arguments.interactive.as_ref().map(read).transpose()?,
        user: arguments.user.clone(),
        password: arguments.password_file.as_deref().map(first_line).transpose()?.unwrap_or_default(),
        cookie: String::new(),
    })
}

fn first_line(path: &Path) -> Outcome<String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn timing(arguments: &Run) -> Outcome<Timing> {
    let seconds =
        |value| Duration::try_from_secs_f64(value).map_err(|error| format!("{value} seconds: {error}"));
    Ok(Timing { warm_up: seconds(arguments.warm_up)?, measured: seconds(arguments.seconds)? })
}

/// Prints and records one scenario; whether nothing failed.
fn keep(arguments: &Run, scenario: &str, measured: &Measured) -> Outcome<bool> {
    let requests = f64::from(u32::try_from(measured.requests).unwrap_or(u32::MAX));
    let memory = measure::memory(arguments.pid);
    let row = Row {
        database: arguments.into.database.clone(),
        scenario: scenario.to_owned(),
        requests: measured.requests,
        per_second: requests / measured.elapsed.as_secs_f64(),
        p50_ms: measured.p50.as_secs_f64() * 1_000.0,
        p99_ms: measured.p99.as_secs_f64() * 1_000.0,
        cpu_us: measured.cpu.as_secs_f64() * 1_000_000.0 / requests,
        failures: measured.failures,
        connections: arguments.connections,
        peak_rss_kib: memory.peak_rss,
        pss_kib: memory.pss,
    };
    println!(
        "{scenario:<30} {:>10.0} req/s   p50 {:>7.2} ms   p99 {:>7.2} ms   CPU {:>7.1} µs/request   {} requests, {} failed",
        row.per_second, row.p50_ms, row.p99_ms, row.cpu_us, row.requests, row.failures
    );
    if let Some(failure) = &measured.first_failure {
        eprintln!("         the first failure: {failure}");
    }
    report::append(&arguments.into.results, &Record::Scenario(row))?;
    Ok(measured.failures == 0)
}
