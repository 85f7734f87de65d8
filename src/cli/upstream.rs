//! `grantor upstream`: OpenID providers by which people sign in.

use clap::{Args, Subcommand};

use super::error::CliError;
use super::output::{self, Output, facts, table, time, time_or};
use super::user::read_secret;
use super::{Settings, wait_for};
use crate::flow::administer::upstream::{self, ProviderChange, ProviderRequest, ProviderView};
use crate::flow::upstream::Rules;

#[derive(Subcommand)]
pub(super) enum UpstreamCommand {
    /// Add a provider. Its metadata and keys are read first.
    #[command(
        after_help = "Example:\n  grantor upstream add example --issuer https://login.example --client-id grantor --label Example --secret-stdin < secret.txt"
    )]
    Add(AddArguments),
    /// List the providers.
    #[command(after_help = "Example:\n  grantor upstream list")]
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print what is known of a provider, but its secret.
    #[command(after_help = "Example:\n  grantor upstream show example")]
    Show {
        name: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Change a provider. Its name and its issuer stay, and so does what is not given.
    #[command(
        after_help = "Example:\n  grantor upstream set example --create-accounts true --email-domain example.com"
    )]
    Set(SetArguments),
    /// Switch a provider off: nobody signs in by it.
    #[command(after_help = "Example:\n  grantor upstream disable example")]
    Disable { name: String },
    /// Switch a provider on again.
    #[command(after_help = "Example:\n  grantor upstream enable example")]
    Enable { name: String },
    /// Remove a provider and everybody's links to it. The accounts stay.
    #[command(after_help = "Example:\n  grantor upstream remove example")]
    Remove { name: String },
}

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an argument of its own")]
pub(super) struct AddArguments {
    /// In lower case, for paths.
    name: String,
    /// The issuer of its metadata, to the letter.
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// What it knows this server by.
    #[arg(long)]
    client_id: String,
    /// What its button says; without it, its name.
    #[arg(long)]
    label: Option<String>,
    /// The client secret is the first line of standard input. Without it, this server is a public client there.
    #[arg(long)]
    secret_stdin: bool,
    /// A scope beside openid, profile and email; may be repeated.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Whoever has an address that the provider has verified gets an account here.
    #[arg(long)]
    create_accounts: bool,
    /// Whoever has the same verified address here is signed in to that account.
    #[arg(long)]
    link_by_email: bool,
    /// Both hold for addresses of this domain only; may be repeated.
    #[arg(long = "email-domain", value_name = "DOMAIN")]
    email_domains: Vec<String>,
    /// A group that new accounts are put into; may be repeated.
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an argument of its own")]
pub(super) struct SetArguments {
    name: String,
    /// What it knows this server by.
    #[arg(long)]
    client_id: Option<String>,
    /// What its button says.
    #[arg(long)]
    label: Option<String>,
    /// The new client secret is the first line of standard input.
    #[arg(long)]
    secret_stdin: bool,
    /// A scope beside openid, in place of all that were asked for; may be repeated.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Whether whoever has an address that the provider has verified gets an account here.
    #[arg(long, value_name = "true|false")]
    create_accounts: Option<bool>,
    /// Whether whoever has the same verified address here is signed in to that account.
    #[arg(long, value_name = "true|false")]
    link_by_email: Option<bool>,
    /// Both hold for addresses of this domain only, in place of those before; may be repeated.
    #[arg(long = "email-domain", value_name = "DOMAIN", conflicts_with = "any_domain")]
    email_domains: Vec<String>,
    /// Both hold for addresses of every domain.
    #[arg(long)]
    any_domain: bool,
    /// A group that new accounts are put into, in place of those before; may be repeated.
    #[arg(long = "group", value_name = "GROUP", conflicts_with = "no_group")]
    groups: Vec<String>,
    /// New accounts are put into no group.
    #[arg(long)]
    no_group: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl SetArguments {
    /// What the provider becomes: as it is, but for what is given.
    fn applied_to(self, known: ProviderView, client_secret: Option<String>) -> ProviderChange {
        let scopes = if self.scopes.is_empty() {
            known.scopes
        } else {
            let beside = self.scopes.into_iter().filter(|scope| scope != "openid");
            ["openid".to_owned()].into_iter().chain(beside).collect()
        };
        let texts = |given: Vec<String>, is_emptied: bool, before: Vec<String>| {
            if given.is_empty() && !is_emptied { before } else { given }
        };
        let before = known.rules;
        ProviderChange {
            label: self.label.unwrap_or(known.label),
            client_id: self.client_id.unwrap_or(known.client_id),
            client_secret,
            scopes,
            rules: Rules {
                create_accounts: self.create_accounts.unwrap_or(before.create_accounts),
                link_by_email: self.link_by_email.unwrap_or(before.link_by_email),
                email_domains: texts(self.email_domains, self.any_domain, before.email_domains),
                groups: texts(self.groups, self.no_group, before.groups),
            },
        }
    }
}

pub(super) fn run(command: UpstreamCommand, settings: &Settings) -> Result<Output, CliError> {
    match command {
        UpstreamCommand::Add(arguments) => add(arguments, settings),
        UpstreamCommand::List { json } => list(settings, json),
        UpstreamCommand::Show { name, json } => {
            let means = settings.open()?.means;
            shown(wait_for(upstream::show(&means, name))?, json)
        }
        UpstreamCommand::Set(arguments) => set(arguments, settings),
        UpstreamCommand::Disable { name } => set_enabled(settings, name, false),
        UpstreamCommand::Enable { name } => set_enabled(settings, name, true),
        UpstreamCommand::Remove { name } => {
            let (means, origin) = (settings.open()?.means, settings.command_line_origin());
            let removed = wait_for(upstream::remove(&means, name, origin))?;
            Ok(Output::from(format!(
                "The provider {} is removed. People who were linked to it: {}.\n",
                removed.name, removed.people
            )))
        }
    }
}

fn add(arguments: AddArguments, settings: &Settings) -> Result<Output, CliError> {
    let client_secret = if arguments.secret_stdin { Some(read_secret()?) } else { None };
    let mut scopes = ["openid", "profile", "email"].map(str::to_owned).to_vec();
    scopes.extend(arguments.scopes);
    let details = ProviderChange {
        label: arguments.label.unwrap_or_else(|| arguments.name.clone()),
        client_id: arguments.client_id,
        client_secret,
        scopes,
        rules: Rules {
            create_accounts: arguments.create_accounts,
            link_by_email: arguments.link_by_email,
            email_domains: arguments.email_domains,
            groups: arguments.groups,
        },
    };
    let request = ProviderRequest { name: arguments.name, issuer: arguments.issuer, details };
    let means = settings.open()?.means;
    let added = wait_for(upstream::add(&means, request, settings.command_line_origin()))?;
    if arguments.json {
        return output::json(&added);
    }
    let text =
        facts(&[("provider", added.name), ("issuer", added.issuer), ("redirect uri", added.redirect_uri)]);
    Ok(Output::from(text).note("The provider has to know the redirect URI."))
}

fn set(arguments: SetArguments, settings: &Settings) -> Result<Output, CliError> {
    let client_secret = if arguments.secret_stdin { Some(read_secret()?) } else { None };
    let (name, as_json) = (arguments.name.clone(), arguments.json);
    let means = settings.open()?.means;
    let known = wait_for(upstream::show(&means, name.clone()))?;
    let change = arguments.applied_to(known, client_secret);
    shown(wait_for(upstream::replace(&means, name, change, settings.command_line_origin()))?, as_json)
}

fn shown(provider: ProviderView, as_json: bool) -> Result<Output, CliError> {
    if as_json {
        return output::json(&provider);
    }
    let yes = |it: bool| if it { "yes" } else { "no" }.to_owned();
    Ok(Output::from(facts(&[
        ("provider", provider.name),
        ("label", provider.label),
        ("issuer", provider.issuer),
        ("redirect uri", provider.redirect_uri),
        ("client_id", provider.client_id),
        ("client secret", yes(provider.has_client_secret)),
        ("scopes", provider.scopes.join(" ")),
        ("makes accounts", yes(provider.rules.create_accounts)),
        ("links by e-mail", yes(provider.rules.link_by_email)),
        ("e-mail domains", provider.rules.email_domains.join(" ")),
        ("groups", provider.rules.groups.join(" ")),
        ("people", provider.people.to_string()),
        ("added", time(provider.created_at)),
        ("disabled", time_or(provider.disabled_at, "no")),
    ])))
}

fn list(settings: &Settings, as_json: bool) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let found = wait_for(upstream::list(&means))?.providers;
    if as_json {
        return output::json(&found);
    }
    let rows: Vec<_> = found
        .into_iter()
        .map(|it| {
            let state = if it.disabled_at.is_some() { "disabled" } else { "active" };
            let makes = if it.rules.create_accounts { "yes" } else { "no" };
            [it.name, it.label, it.issuer, state.to_owned(), it.people.to_string(), makes.to_owned()]
        })
        .collect();
    let heads = ["NAME", "LABEL", "ISSUER", "STATE", "PEOPLE", "MAKES ACCOUNTS"];
    Ok(table(heads, &rows, "There is no provider yet."))
}

fn set_enabled(settings: &Settings, name: String, is_enabled: bool) -> Result<Output, CliError> {
    let (means, origin) = (settings.open()?.means, settings.command_line_origin());
    let changed = wait_for(upstream::set_enabled(&means, name, is_enabled, origin))?;
    let state = if is_enabled { "enabled" } else { "disabled" };
    Ok(Output::from(format!("The provider {} is {state}.\n", changed.name)))
}
