//! `grantor audit`: what happened to the registry, who did it, and whether the log is whole.

use std::io;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::Settings;
use super::arguments::{Moment, moment};
use super::error::{CliError, Write};
use super::output::{self, Output, facts, table, time, visible};
use crate::flow::audit::{self, Filter, Link};
use crate::flow::audit_verify::{self, Verified};
use crate::flow::{EventKind, Means};
use crate::storage::audit_events::{self, StoredEvent};
use crate::storage::{audit_chain, audit_counts};

/// Events that are read at once.
const PAGE: i64 = 500;

#[derive(Subcommand)]
pub(super) enum AuditCommand {
    /// List events, newest first.
    #[command(after_help = "Example:\n  grantor audit list --since 24h --kind client_registered")]
    List(ListArguments),
    /// Print every sealed event, oldest first.
    #[command(after_help = "Example:\n  grantor audit export --format csv > audit.csv")]
    Export {
        #[arg(long, value_enum, default_value_t = Format::Ndjson)]
        format: Format,
        /// Only the events behind this place.
        #[arg(long, default_value_t = 0, value_name = "SEQUENCE")]
        after: i64,
    },
    /// Say whether an event was changed or removed since it was sealed: exit code 0 or 1.
    #[command(after_help = "Example:\n  grantor audit verify --json")]
    Verify {
        /// What an earlier run printed as `head`: the log must still hold it.
        #[arg(long, value_name = "SEQUENCE:HASH")]
        head: Option<Link>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Count reads and refusals, by minute, reason and network.
    #[command(after_help = "Example:\n  grantor audit counts --since 1h")]
    Counts {
        /// Not before: a date, a date with time, or how long ago.
        #[arg(long, default_value = "24h", value_name = "TIME", value_parser = moment)]
        since: Moment,
        /// The most rows to print.
        #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=100_000))]
        limit: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args)]
pub(super) struct ListArguments {
    /// Of this client.
    #[arg(long, value_name = "CLIENT_ID")]
    client: Option<String>,
    /// Of this kind, like `client_registered`.
    #[arg(long, value_parser = kind)]
    kind: Option<EventKind>,
    /// By this actor, like `command_line:alice`.
    #[arg(long)]
    actor: Option<String>,
    /// Not before: a date, a date with time, or how long ago.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    since: Option<Moment>,
    /// Before.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    until: Option<Moment>,
    /// The most events to print.
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=100_000))]
    limit: i64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a head.
    Csv,
}

fn kind(name: &str) -> Result<EventKind, String> {
    EventKind::from_name(name).ok_or_else(|| format!("the kinds are {}", EventKind::names()))
}

pub(super) fn run(command: AuditCommand, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    match command {
        AuditCommand::List(arguments) => list(&means, arguments),
        AuditCommand::Export { format, after } => export(&means, format, after),
        AuditCommand::Verify { head, json } => verify(&means, head, json),
        AuditCommand::Counts { since, limit, json } => counts(&means, since, limit, json),
    }
}

fn list(means: &Means, arguments: ListArguments) -> Result<Output, CliError> {
    let now = means.clock.now();
    let filter = Filter {
        client_id: arguments.client,
        kind: arguments.kind.map(|kind| kind.as_str().to_owned()),
        actor: arguments.actor,
        since: arguments.since.map(|since| since.seconds(now)),
        until: arguments.until.map(|until| until.seconds(now)),
        before_id: None,
    };
    let limit = arguments.limit;
    let events = means
        .database
        .read_blocking(move |conn| -> Write<_> { Ok(audit_events::list(conn, &filter, limit)?) })?;
    if arguments.json {
        return output::json(&events.iter().map(audit::as_json).collect::<Vec<_>>());
    }
    let rows: Vec<_> = events.into_iter().map(row).collect();
    let heads = ["SEQUENCE", "TIME", "KIND", "ACTOR", "CLIENT_ID", "ADDRESS", "DETAILS"];
    Ok(table(heads, &rows, "There is no such event."))
}

fn row(event: StoredEvent) -> [String; 7] {
    let cells = [
        event.sequence.map_or_else(|| "unsealed".to_owned(), |sequence| sequence.to_string()),
        time(event.at),
        event.kind,
        event.actor,
        event.client_id.unwrap_or_default(),
        event.address.unwrap_or_default(),
        event.details,
    ];
    // One event is one line, whatever a client called itself.
    cells.map(|cell| visible(&cell.replace('\n', "\\n")))
}

/// Written page by page: the log may be larger than the memory.
fn export(means: &Means, format: Format, mut after: i64) -> Result<Output, CliError> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut text = if format == Format::Csv { audit::CSV_HEAD.to_owned() } else { String::new() };
    loop {
        if !send(&mut out, &text)? {
            return Ok(Output::default());
        }
        let page = means
            .database
            .read_blocking(move |conn| -> Write<_> { Ok(audit_chain::after(conn, after, PAGE)?) })?;
        let Some(last) = page.last().and_then(|event| event.sequence) else { break };
        after = last;
        text = match format {
            Format::Csv => page.iter().map(audit::as_csv).collect(),
            // A control character stands in a string only, where its escape means the same.
            Format::Ndjson => {
                page.iter().map(|event| visible(&audit::as_json(event).to_string()) + "\n").collect()
            }
        };
    }
    send(&mut out, "")?;
    Ok(Output::default())
}

/// `false` if nobody reads any more, as with `| head`.
fn send(out: &mut impl io::Write, text: &str) -> Result<bool, CliError> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(CliError::new(format!("The events could not be written: {error}"))),
    }
}

fn verify(means: &Means, head: Option<Link>, as_json: bool) -> Result<Output, CliError> {
    let found = audit_verify::verify_blocking(means, head)?;
    let is_whole = found.fault.is_none();
    let output = if as_json {
        output::json(&json!({
            "is_whole": is_whole,
            "fault": found.fault.map(|fault| fault.to_string()),
            "events": found.events,
            "head": found.head.to_string(),
            "checkpoint": found.checkpoint.to_string(),
            "unsealed": found.unsealed,
            "oldest_unsealed_at": found.oldest_unsealed,
        }))?
    } else {
        summary(&found)
    };
    Ok(if is_whole { output } else { output.failed() })
}

fn summary(found: &Verified) -> Output {
    let verdict = match found.fault {
        None => "The audit log is whole.\n".to_owned(),
        Some(fault) => format!("The audit log is broken: {fault}.\n"),
    };
    let unsealed = match found.oldest_unsealed {
        None => "0".to_owned(),
        Some(oldest) => format!("{}, the oldest of {}", found.unsealed, time(oldest)),
    };
    let lines = facts(&[
        ("events", found.events.to_string()),
        ("unsealed", unsealed),
        ("begins after", found.checkpoint.to_string()),
        ("head", found.head.to_string()),
    ]);
    let output = Output::from(verdict + &lines);
    match found.fault {
        Some(_) => output,
        None => output.note(
            "Keep the head outside: grantor audit verify --head HEAD then shows a log that was made anew, too.",
        ),
    }
}

fn counts(means: &Means, since: Moment, limit: i64, as_json: bool) -> Result<Output, CliError> {
    let since = since.seconds(means.clock.now());
    let counts = means
        .database
        .read_blocking(move |conn| -> Write<_> { Ok(audit_counts::list(conn, since, limit)?) })?;
    if as_json {
        let values: Vec<_> = counts
            .iter()
            .map(|count| {
                json!({
                    "minute": count.minute, "reason": count.reason, "network": count.block, "count": count.count,
                })
            })
            .collect();
        return output::json(&values);
    }
    let rows: Vec<_> = counts
        .into_iter()
        .map(|count| [time(count.minute), count.reason, count.block, count.count.to_string()])
        .collect();
    Ok(table(["MINUTE", "REASON", "NETWORK", "COUNT"], &rows, "Nothing was counted."))
}
