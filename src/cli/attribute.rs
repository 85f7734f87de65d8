//! `grantor attribute`: what the operator knows of people beside the standard claims.

use clap::{Args, Subcommand};

use super::error::CliError;
use super::output::{self, Output, table};
use super::{Settings, wait_for};
use crate::flow::administer::attributes::{self, AttributeRequest};

#[derive(Subcommand)]
pub(super) enum AttributeCommand {
    /// Add an attribute, which clients get as a claim by the scopes that open it.
    #[command(
        after_help = "Example:\n  grantor attribute add department --kind text --label Department --scope profile"
    )]
    Add(Arguments),
    /// Replace what an attribute is, but for its name and its kind: what is not given goes back to its default.
    #[command(
        after_help = "Example:\n  grantor attribute set department --kind text --label Department --scope profile --editable"
    )]
    Set(Arguments),
    /// List the attributes.
    #[command(after_help = "Example:\n  grantor attribute list --json")]
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove an attribute, and with it what is known by it of everybody.
    #[command(after_help = "Example:\n  grantor attribute remove department")]
    Remove { name: String },
}

#[derive(Args)]
pub(super) struct Arguments {
    /// Small letters, digits and _.
    name: String,
    /// text, number, boolean or texts.
    #[arg(long)]
    kind: String,
    /// For people; the name if it is not given.
    #[arg(long)]
    label: Option<String>,
    /// What clients get it as; the name if it is not given.
    #[arg(long)]
    claim: Option<String>,
    /// A scope that opens it; may be repeated. Without it, no client gets it.
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// People may change their own.
    #[arg(long)]
    editable: bool,
}

impl From<Arguments> for AttributeRequest {
    fn from(arguments: Arguments) -> Self {
        Self {
            name: arguments.name,
            kind: arguments.kind,
            label: arguments.label,
            claim: arguments.claim,
            scopes: arguments.scopes,
            editable_by_person: arguments.editable,
        }
    }
}

pub(super) fn run(command: AttributeCommand, settings: &Settings) -> Result<Output, CliError> {
    let (means, origin) = (settings.open()?.means, settings.command_line_origin());
    match command {
        AttributeCommand::Add(arguments) => {
            let added = wait_for(attributes::add(&means, arguments.into(), origin))?;
            Ok(Output::from(format!(
                "The attribute {} is there now, as the claim {}.\n",
                added.name, added.claim
            )))
        }
        AttributeCommand::Set(arguments) => {
            let name = arguments.name.clone();
            let changed = wait_for(attributes::replace(&means, name, arguments.into(), origin))?;
            Ok(Output::from(format!("The attribute {} is changed.\n", changed.name)))
        }
        AttributeCommand::List { json } => {
            let found = wait_for(attributes::list(&means))?.attributes;
            if json {
                return output::json(&found);
            }
            let rows: Vec<_> = found
                .into_iter()
                .map(|it| {
                    let by = if it.editable_by_person { "person" } else { "operator" };
                    [it.name, it.kind.to_owned(), it.label, it.claim, it.scopes.join(" "), by.to_owned()]
                })
                .collect();
            let heads = ["NAME", "KIND", "LABEL", "CLAIM", "SCOPES", "CHANGED BY"];
            Ok(table(heads, &rows, "There is no attribute yet."))
        }
        AttributeCommand::Remove { name } => {
            let removed = wait_for(attributes::remove(&means, name.clone(), origin))?;
            Ok(Output::from(format!(
                "The attribute {name} is removed. People who had a value: {}.\n",
                removed.people
            )))
        }
    }
}
