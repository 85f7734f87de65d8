//! `grantor user reset-link`, `invite`, `invitations` and `revoke-invitation`: links that operators hand over, or have mailed.

use clap::Args;

use super::arguments::duration;
use super::error::CliError;
use super::output::{self, Output, table, time};
use super::{Settings, wait_for};
use crate::clock::Seconds;
use crate::flow::administer::accounts::{self, IssuedLink, NewInvitation};
use crate::flow::administer::people::Who;

#[derive(Args)]
pub(super) struct ResetLinkArguments {
    /// What the person signs in with.
    name: String,
    /// Print the link even if it could be mailed.
    #[arg(long)]
    show: bool,
}

#[derive(Args)]
pub(super) struct InviteArguments {
    /// The e-mail address of the account; without it, the account has none.
    email: Option<String>,
    /// A group that the person will be in; may be repeated.
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    /// The language of the e-mail.
    #[arg(long, value_name = "TAG")]
    locale: Option<String>,
    /// How long the link works; without it, as the settings say.
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    lifetime: Option<Seconds>,
    /// Print the link even if it could be mailed. The address is unverified then.
    #[arg(long)]
    show: bool,
}

pub(super) fn reset_link(arguments: ResetLinkArguments, settings: &Settings) -> Result<Output, CliError> {
    let (means, origin) = (settings.open()?.means, settings.command_line_origin());
    let ResetLinkArguments { name, show } = arguments;
    let link = wait_for(accounts::reset_link(&means, Who::Name(name), show, origin))?;
    Ok(in_words(&link, "chooses a new password"))
}

pub(super) fn invite(arguments: InviteArguments, settings: &Settings) -> Result<Output, CliError> {
    let (means, origin) = (settings.open()?.means, settings.command_line_origin());
    let InviteArguments { email, groups, locale, lifetime, show } = arguments;
    let wanted = NewInvitation { email, groups, locale, lifetime, show };
    let link = wait_for(accounts::invite(&means, wanted, origin))?;
    Ok(in_words(&link, "makes an account"))
}

fn in_words(link: &IssuedLink, what: &str) -> Output {
    let until = time(link.expires_at);
    Output::from(match (&link.mailed_to, &link.link) {
        (Some(address), _) => format!("A link is on its way to {address}. It works once, until {until}.\n"),
        (None, shown) => format!(
            "Hand this link to the person, who {what} by it. It works once, until {until}.\n\n{}\n",
            shown.as_deref().unwrap_or_default()
        ),
    })
}

pub(super) fn invitations(as_json: bool, settings: &Settings) -> Result<Output, CliError> {
    let found = wait_for(accounts::invitations(&settings.open()?.means))?;
    if as_json {
        return output::json(&found);
    }
    let rows: Vec<_> = found
        .into_iter()
        .map(|it| {
            let email = it.email.unwrap_or_default();
            [it.id, email, it.groups.join(" "), it.created_by, time(it.expires_at)]
        })
        .collect();
    Ok(table(["ID", "E-MAIL", "GROUPS", "BY", "UNTIL"], &rows, "There are no invitations."))
}

pub(super) fn revoke_invitation(id: String, settings: &Settings) -> Result<Output, CliError> {
    let (means, origin) = (settings.open()?.means, settings.command_line_origin());
    wait_for(accounts::revoke_invitation(&means, id, origin))?;
    Ok(Output::from("The invitation does not work any more.\n".to_owned()))
}
