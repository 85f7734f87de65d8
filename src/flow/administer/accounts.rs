//! Links that operators make for people: to a new password, and to an account. Security statement P20: an operator starts a
//! new password and never chooses it.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::people::{self, Who};
use super::{Administered, conflict, invalid, not_found, record};
use crate::clock::Seconds;
use crate::config::SignUp;
use crate::flow::Means;
use crate::flow::accounts::reset::{self, Issue};
use crate::flow::accounts::sign_up;
use crate::mail::{self, Email, EmailKind};
use crate::storage::account_links::{self, AccountLink, NewLink, Purpose};
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::{groups, users};
use crate::texts::say;

/// No list is longer.
const LONGEST_LIST: i64 = 1000;

/// How long an invitation may work, as the settings say it.
const INVITATION_LIFETIMES: RangeInclusive<Seconds> = 60..=90 * 86_400;

/// A link that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IssuedLink {
    /// By which it can be taken back, if it is an invitation.
    pub id: String,
    /// To be handed over, this once; none if it was mailed.
    pub link: Option<String>,
    pub mailed_to: Option<String>,
    pub expires_at: Seconds,
}

/// Makes a link to a new password for somebody. It goes to their verified address if there is one and e-mails can be sent;
/// otherwise, or if `show` says so, it is shown to the operator.
pub async fn reset_link(means: &Means, who: Who, show: bool, origin: Origin) -> Administered<IssuedLink> {
    let (now, issue) = (means.clock.now(), Issue::new(means, means.config.accounts.reset_lifetime));
    let link = issue.link(means, reset::PATH, None);
    let mailer = means.mailer.clone();
    means
        .database
        .write(move |conn| {
            let user = people::find(conn, &who)?;
            if user.disabled_at.is_some() {
                return conflict(say("refused-reset-disabled"));
            }
            let reached = users::reached(conn, user.id)?.filter(|_| !show && mailer.can_send());
            let address = reached.as_ref().map(|reached| reached.email.to_lowercase());
            let new = NewLink {
                digest: &issue.token.digest(),
                id: &issue.id,
                purpose: Purpose::Reset,
                user_id: Some(user.id),
                email: address.as_deref(),
                details: &json!({}),
                created_by: &origin.actor.to_string(),
                expires_at: issue.expires_at,
            };
            account_links::insert(conn, &new, now)?;
            if let Some(reached) = &reached {
                let email = Email {
                    user_id: Some(user.id),
                    recipient: reached.email.clone(),
                    name: Some(reached.name.clone()),
                    locale: reached.locale.clone(),
                    kind: EmailKind::ResetPassword { link: link.clone(), lifetime: issue.lifetime },
                };
                mail::queue(conn, &mailer, &email, now)?;
            }
            let details = json!({
                "sub": user.subject, "name": user.name, "purpose": "reset", "id": issue.id,
                "expires_at": issue.expires_at, "mailed": reached.is_some(),
            });
            record(conn, EventKind::AccountLinkIssued, &origin, details, now)?;
            Ok(issued(&issue, &link, reached.map(|reached| reached.email)))
        })
        .await
}

fn issued(issue: &Issue, link: &str, mailed_to: Option<String>) -> IssuedLink {
    let link = mailed_to.is_none().then(|| link.to_owned());
    IssuedLink { id: issue.id.clone(), link, mailed_to, expires_at: issue.expires_at }
}

/// Whom to invite.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// The address of the account; none: the person has an account without one.
    #[serde(default)]
    pub email: Option<String>,
    /// The groups that the person will be in.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The language of the e-mail.
    #[serde(default)]
    pub locale: Option<String>,
    /// How long the link works, in seconds; none: as `accounts.invitation_lifetime` says.
    #[serde(default)]
    pub lifetime: Option<Seconds>,
    /// Show the link instead of mailing it.
    #[serde(default)]
    pub show: bool,
}

/// An invitation that still works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Invitation {
    pub id: String,
    pub email: Option<String>,
    pub groups: Vec<String>,
    /// Whether it was mailed, so that whoever accepts it has shown that they read the address.
    pub mailed: bool,
    pub created_by: String,
    pub created_at: Seconds,
    pub expires_at: Seconds,
}

impl From<AccountLink> for Invitation {
    fn from(link: AccountLink) -> Self {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let groups = link.details.get("groups").and_then(Value::as_array);
        Self {
            email: link.details.get("address").and_then(text).or(link.email),
            groups: groups.into_iter().flatten().filter_map(text).collect(),
            mailed: link.details.get("mailed") == Some(&Value::Bool(true)),
            id: link.id,
            created_by: link.created_by,
            created_at: link.created_at,
            expires_at: link.expires_at,
        }
    }
}

/// Invites somebody to make an account.
pub async fn invite(means: &Means, new: NewInvitation, origin: Origin) -> Administered<IssuedLink> {
    if means.config.accounts.sign_up == SignUp::Off {
        return conflict(say("refused-no-sign-up"));
    }
    let address = new.email.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    if address.as_deref().is_some_and(|text| !mail::is_address(text)) {
        return invalid(say("accounts-not-an-address").about("email"));
    }
    let lifetime = new.lifetime.unwrap_or(means.config.accounts.invitation_lifetime);
    if !INVITATION_LIFETIMES.contains(&lifetime) {
        return invalid(say("refused-invitation-lifetime").about("lifetime"));
    }
    let (now, issue) = (means.clock.now(), Issue::new(means, lifetime));
    let link = issue.link(means, sign_up::INVITATION_PATH, None);
    let mailer = means.mailer.clone();
    means
        .database
        .write(move |conn| {
            for name in &new.groups {
                if groups::find(conn, name)?.is_none() {
                    return not_found(say("refused-no-group").with("name", name).about("groups"));
                }
            }
            if let Some(address) = &address
                && !users::is_address_free(conn, address, None)?
            {
                return conflict(say("refused-address-known").about("email"));
            }
            let mailed_to = address.clone().filter(|_| !new.show && mailer.can_send());
            let folded = address.as_deref().map(str::to_lowercase);
            let details = json!({ "address": address, "groups": new.groups, "mailed": mailed_to.is_some() });
            let stored = NewLink {
                digest: &issue.token.digest(),
                id: &issue.id,
                purpose: Purpose::Invitation,
                user_id: None,
                email: folded.as_deref(),
                details: &details,
                created_by: &origin.actor.to_string(),
                expires_at: issue.expires_at,
            };
            account_links::insert(conn, &stored, now)?;
            if let Some(recipient) = mailed_to.clone() {
                let kind = EmailKind::Invitation { link: link.clone(), lifetime: issue.lifetime };
                let email = Email { user_id: None, recipient, name: None, locale: new.locale.clone(), kind };
                mail::queue(conn, &mailer, &email, now)?;
            }
            let details = json!({
                "purpose": "invitation", "id": issue.id, "email": address, "groups": new.groups,
                "expires_at": issue.expires_at, "mailed": mailed_to.is_some(),
            });
            record(conn, EventKind::AccountLinkIssued, &origin, details, now)?;
            Ok(issued(&issue, &link, mailed_to))
        })
        .await
}

/// The invitations that still work, newest first.
pub async fn invitations(means: &Means) -> Administered<Vec<Invitation>> {
    let now = means.clock.now();
    means
        .database
        .read(move |conn| {
            let found = account_links::invitations(conn, now, LONGEST_LIST)?;
            Ok(found.into_iter().map(Invitation::from).collect())
        })
        .await
}

/// Takes an invitation back.
pub async fn revoke_invitation(means: &Means, id: String, origin: Origin) -> Administered<()> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let Some(link) = account_links::revoke_invitation(conn, &id, now)? else {
                return not_found(say("refused-no-invitation"));
            };
            let details = json!({ "purpose": "invitation", "id": link.id, "email": link.email });
            Ok(record(conn, EventKind::AccountLinkRevoked, &origin, details, now)?)
        })
        .await
}
