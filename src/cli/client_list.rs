//! `grantor client list`, `show`, `statistics` and `removed`: for those who only look.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

use super::arguments::{Moment, moment};
use super::client::{counts, source};
use super::error::CliError;
use super::output::{self, Output, facts, table, time, time_or};
use super::person::for_whom;
use super::{Settings, wait_for};
use crate::flow::Source;
use crate::flow::administer::clients::{self, ClientView, Filter, State};
use crate::flow::administer::insight::{self, Count};

/// So many are read at once.
const PAGE: i64 = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Wanted {
    Pending,
    Active,
    Disabled,
    /// A software statement vouches for it.
    Verified,
    Unverified,
}

#[derive(Args)]
pub(super) struct ListArguments {
    /// Through which door it came: operator, dynamic, `initial_access_token`, user or document.
    #[arg(long, value_parser = source)]
    source: Option<Source>,
    /// In which state it is.
    #[arg(long, value_enum)]
    state: Option<Wanted>,
    /// Last used before: a date, a date with time, or how long ago.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    used_before: Option<Moment>,
    /// Last used then or later.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    used_after: Option<Moment>,
    /// Only those that were never used.
    #[arg(long)]
    never_used: bool,
    /// One of its redirect hosts, exactly.
    #[arg(long, value_name = "HOST")]
    redirect_host: Option<String>,
    /// What it calls itself, as `grantor client statistics` lists it.
    #[arg(long, value_name = "NAME")]
    product: Option<String>,
    /// Part of the name or of the `client_id`.
    #[arg(long)]
    text: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct ShowArguments {
    client_id: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct StatisticsArguments {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct RemovedArguments {
    /// The most clients to print.
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(i64).range(1..=100_000))]
    limit: i64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn list(arguments: ListArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let now = means.clock.now();
    let filter = Filter {
        source: arguments.source,
        state: match arguments.state {
            Some(Wanted::Pending) => Some(State::Pending),
            Some(Wanted::Active) => Some(State::Active),
            Some(Wanted::Disabled) => Some(State::Disabled),
            None | Some(Wanted::Verified | Wanted::Unverified) => None,
        },
        is_verified: match arguments.state {
            Some(Wanted::Verified) => Some(true),
            Some(Wanted::Unverified) => Some(false),
            None | Some(Wanted::Pending | Wanted::Active | Wanted::Disabled) => None,
        },
        used_before: arguments.used_before.map(|before| before.seconds(now)),
        used_after: arguments.used_after.map(|after| after.seconds(now)),
        is_never_used: arguments.never_used,
        redirect_host: arguments.redirect_host,
        product: arguments.product,
        text: arguments.text,
        before_key: None,
    };
    let found = wait_for(async {
        let (mut found, mut token) = (Vec::new(), None::<String>);
        loop {
            let page = clients::list(&means, filter.clone(), PAGE, token.as_deref()).await?;
            found.extend(page.clients);
            token = page.next_page_token;
            if token.is_none() {
                return Ok::<_, CliError>(found);
            }
        }
    })?;
    let found = found.into_iter().rev();
    if arguments.json {
        return output::json(&found.map(|client| as_value(&client)).collect::<Result<Vec<_>, _>>()?);
    }
    let heads = ["CLIENT_ID", "NAME", "SOURCE", "AUTHENTICATION", "STATE", "REGISTERED", "LAST USED"];
    Ok(table(heads, &found.map(row).collect::<Vec<_>>(), "There is no such client."))
}

fn row(client: ClientView) -> [String; 7] {
    [
        client.client_id,
        client.metadata.client_name.unwrap_or_default(),
        client.source.to_owned(),
        client.metadata.token_endpoint_auth_method.as_str().to_owned(),
        client.state.to_owned(),
        time(client.created_at),
        time_or(client.last_used_at, "never"),
    ]
}

/// Everything that is known of a client but its secrets: its metadata, and beside them what the server knows.
fn as_value(client: &ClientView) -> Result<Map<String, Value>, CliError> {
    let failed = || CliError::new(format!("The client {} has no JSON.", client.client_id));
    let Ok(Value::Object(mut own)) = serde_json::to_value(client) else { return Err(failed()) };
    let Some(Value::Object(mut members)) = own.remove("metadata") else { return Err(failed()) };
    members.extend(own);
    Ok(members)
}

pub(super) fn show(arguments: ShowArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let shown = wait_for(clients::show(&means, arguments.client_id))?;
    let (client, belongings, access) = (shown.client, shown.belongings, shown.access);
    if arguments.json {
        let mut value = as_value(&client)?;
        value.insert("belongings".to_owned(), serde_json::json!(belongings));
        value.insert("access".to_owned(), serde_json::json!(access));
        return output::json(&value);
    }
    let secret = match client.client_secret_expires_at {
        None => "none".to_owned(),
        Some(0) => "set, does not expire".to_owned(),
        Some(end) => format!("set, until {}", time(end)),
    };
    let disabled = time_or(client.disabled_at, "no");
    let text = facts(&[
        ("client_id", client.client_id.clone()),
        ("source", client.source.to_owned()),
        ("state", client.state.to_owned()),
        (
            "waits for approval",
            client.pending_since.map_or_else(|| "no".to_owned(), |at| format!("since {}", time(at))),
        ),
        ("verified by", client.verified_by.clone().unwrap_or_else(|| "nobody".to_owned())),
        ("for", for_whom(access.groups)),
        ("least acr", access.least_acr.unwrap_or_else(|| "any".to_owned())),
        ("client_secret", secret),
        ("registered", time(client.created_at)),
        ("updated", time(client.updated_at)),
        ("last used", time_or(client.last_used_at, "never")),
        (
            "disabled",
            client.disabled_reason.map_or(disabled.clone(), |reason| format!("{disabled}: {reason}")),
        ),
    ]);
    let metadata = output::json(&client.metadata)?.into_text();
    Ok(Output::from(format!("{text}metadata:\n{metadata}{}", counts("It has", &belongings))))
}

pub(super) fn statistics(arguments: &StatisticsArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let statistics = wait_for(insight::statistics(&means))?;
    if arguments.json {
        return output::json(&statistics);
    }
    let named = |counts: &[Count]| -> Vec<[String; 2]> {
        counts.iter().map(|count| [count.name.clone(), count.clients.to_string()]).collect()
    };
    let nothing = "There is no client yet.";
    let products: Vec<_> = statistics
        .products
        .iter()
        .map(|it| {
            let (clients, used) = (it.clients.to_string(), it.used.to_string());
            [it.product.clone(), it.source.clone(), clients, used, time_or(it.last_registered_at, "")]
        })
        .collect();
    let days: Vec<_> =
        statistics.days.iter().map(|it| [date(it.day), it.registrations.to_string()]).collect();
    let parts = [
        table(["STATE", "CLIENTS"], &named(&statistics.states), nothing),
        table(["SOURCE", "CLIENTS"], &named(&statistics.sources), nothing),
        table(["PRODUCT", "SOURCE", "CLIENTS", "USED", "LAST REGISTERED"], &products, nothing),
        table(["DAY", "REGISTRATIONS"], &days, "Nothing was registered in the last 90 days."),
    ];
    Ok(Output::from(parts.map(Output::into_text).join("\n")))
}

fn date(day: i64) -> String {
    time(day * 86_400).chars().take_while(|character| *character != 'T').collect()
}

pub(super) fn removed(arguments: &RemovedArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let found = wait_for(insight::tombstones(&means, arguments.limit))?.tombstones;
    if arguments.json {
        return output::json(&found);
    }
    let rows: Vec<_> = found
        .into_iter()
        .map(|stone| {
            [
                stone.client_id,
                stone.name.unwrap_or_default(),
                stone.source.to_owned(),
                stone.reason.to_owned(),
                time(stone.removed_at),
                time_or(stone.restorable_until, "no"),
            ]
        })
        .collect();
    let heads = ["CLIENT_ID", "NAME", "SOURCE", "WHY", "REMOVED", "RESTORABLE UNTIL"];
    Ok(table(heads, &rows, "No client is gone."))
}
