//! `grantor overview`: what there is, and what the last thirty days brought. As the first page of the desk.

use clap::Args;

use super::error::CliError;
use super::output::{self, Output, facts, table};
use super::{Settings, wait_for};
use crate::flow::administer::overview::{self, Number, Overview};

const DAY: i64 = 86_400;

#[derive(Args)]
pub(super) struct Arguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let found = wait_for(overview::overview(&means))?;
    if arguments.json {
        return output::json(&found);
    }
    let totals = facts(&[
        ("people", found.people.to_string()),
        ("sessions now", found.sessions.to_string()),
        ("grants", found.grants.to_string()),
        ("clients", found.clients.to_string()),
        ("waiting for approval", found.pending_clients.to_string()),
    ]);
    Ok(Output::from(format!("{totals}\n{}", days(&found).into_text())))
}

/// The days on which something happened, the latest first.
fn days(found: &Overview) -> Output {
    let sum = |numbers: &[Number], day: i64, wanted: &dyn Fn(&str) -> bool| -> i64 {
        numbers.iter().filter(|it| it.day == day && wanted(&it.name)).map(|it| it.number).sum()
    };
    let counted = |day: i64, name: &str| sum(&found.counts, day, &|it| it == name);
    let mut rows = Vec::new();
    for day in (found.first_day..found.first_day + overview::DAYS).rev() {
        let numbers = [
            sum(&found.registrations, day, &|_| true),
            sum(&found.sign_ins, day, &|_| true),
            counted(day, "sign_ins_failed"),
            counted(day, "tokens"),
            counted(day, "refused"),
        ];
        if numbers == [0; 5] {
            continue;
        }
        let date =
            chrono::DateTime::from_timestamp(day * DAY, 0).map(|time| time.format("%Y-%m-%d").to_string());
        let [registrations, sign_ins, failed, tokens, refused] = numbers.map(|number| number.to_string());
        rows.push([date.unwrap_or_default(), registrations, sign_ins, failed, tokens, refused]);
    }
    let heads = ["DAY", "REGISTRATIONS", "SIGN-INS", "FAILED SIGN-INS", "TOKENS", "REFUSED"];
    table(heads, &rows, "Nothing happened in the last thirty days.")
}
