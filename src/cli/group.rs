//! `grantor group`: groups of people.

use clap::Subcommand;

use super::error::CliError;
use super::output::{self, Output, table, time};
use super::{Settings, wait_for};
use crate::flow::administer::groups::{self, GroupChange, GroupRequest};
use crate::flow::administer::people::Who;

/// So many members are listed at once.
const PAGE: i64 = 500;

#[derive(Subcommand)]
pub(super) enum GroupCommand {
    /// Make a group.
    #[command(after_help = "Example:\n  grantor group add staff --description Employees")]
    Add {
        /// As the `groups` claim has it: no space.
        name: String,
        /// One line, for other operators.
        #[arg(long, default_value = "")]
        description: String,
        /// A password alone does not sign a member in.
        #[arg(long)]
        second_factor: bool,
    },
    /// List the groups.
    #[command(after_help = "Example:\n  grantor group list --json")]
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Change what a group is.
    #[command(after_help = "Example:\n  grantor group set staff --second-factor true")]
    Set {
        name: String,
        /// One line, for other operators.
        #[arg(long)]
        description: Option<String>,
        /// Whether a password alone does not sign a member in.
        #[arg(long, value_name = "true|false")]
        second_factor: Option<bool>,
    },
    /// Remove a group. Clients that were for its members alone are then for nobody.
    #[command(after_help = "Example:\n  grantor group remove interns")]
    Remove { name: String },
    /// List who is in a group.
    #[command(after_help = "Example:\n  grantor group members staff")]
    Members {
        name: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Put a person into a group.
    #[command(after_help = "Example:\n  grantor group add-member staff alice")]
    AddMember {
        name: String,
        /// What the person signs in with.
        person: String,
    },
    /// Take a person out of a group: their grants at clients that are for its members are dead at once.
    #[command(after_help = "Example:\n  grantor group remove-member staff alice")]
    RemoveMember {
        name: String,
        /// What the person signs in with.
        person: String,
    },
}

pub(super) fn run(command: GroupCommand, settings: &Settings) -> Result<Output, CliError> {
    let (means, origin) = (settings.open()?.means, settings.command_line_origin());
    match command {
        GroupCommand::Add { name, description, second_factor } => {
            let request = GroupRequest { name, description, requires_second_factor: second_factor };
            let group = wait_for(groups::add(&means, request, origin))?;
            Ok(Output::from(format!("The group {} is there now.\n", group.name)))
        }
        GroupCommand::List { json } => {
            let found = wait_for(groups::list(&means))?.groups;
            if json {
                return output::json(&found);
            }
            let rows: Vec<_> = found
                .into_iter()
                .map(|group| {
                    let factor = if group.requires_second_factor { "required" } else { "" };
                    let clients = group.clients.len().to_string();
                    [group.name, group.members.to_string(), clients, factor.to_owned(), group.description]
                })
                .collect();
            let heads = ["NAME", "MEMBERS", "CLIENTS", "SECOND FACTOR", "DESCRIPTION"];
            Ok(table(heads, &rows, "There is no group yet."))
        }
        GroupCommand::Set { name, description, second_factor } => {
            let known = wait_for(groups::show(&means, name.clone()))?;
            let change = GroupChange {
                description: description.unwrap_or(known.description),
                requires_second_factor: second_factor.unwrap_or(known.requires_second_factor),
            };
            let group = wait_for(groups::change(&means, name, change, origin))?;
            Ok(Output::from(format!("The group {} is changed.\n", group.name)))
        }
        GroupCommand::Remove { name } => {
            let withdrawn = wait_for(groups::remove(&means, name.clone(), origin))?;
            Ok(Output::from(format!(
                "The group {name} is removed. Grants that ended: {}.\n",
                withdrawn.grants
            )))
        }
        GroupCommand::Members { name, json } => members(&means, &name, json),
        GroupCommand::AddMember { name, person } => {
            wait_for(groups::add_member(&means, name.clone(), Who::Name(person.clone()), origin))?;
            Ok(Output::from(format!("{} is in the group {name}.\n", person.trim())))
        }
        GroupCommand::RemoveMember { name, person } => {
            let who = Who::Name(person.clone());
            let withdrawn = wait_for(groups::remove_member(&means, name.clone(), who, origin))?;
            let (person, grants) = (person.trim(), withdrawn.grants);
            Ok(Output::from(format!("{person} is out of the group {name}. Grants that ended: {grants}.\n")))
        }
    }
}

fn members(means: &crate::flow::Means, name: &str, as_json: bool) -> Result<Output, CliError> {
    let (mut all, mut token) = (Vec::new(), None::<String>);
    loop {
        let page = wait_for(groups::members(means, name.to_owned(), PAGE, token.as_deref()))?;
        all.extend(page.members);
        token = page.next_page_token;
        if token.is_none() {
            break;
        }
    }
    if as_json {
        return output::json(&all);
    }
    let rows: Vec<_> =
        all.into_iter().map(|member| [member.name, member.subject, time(member.added_at)]).collect();
    Ok(table(["NAME", "SUB", "SINCE"], &rows, "Nobody is in this group."))
}
