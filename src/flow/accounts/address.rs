//! A person changes their address, or shows that they read the one that they have. Security statement P21: it counts once a
//! link was opened that was mailed to it, and the old one is told.

use serde_json::json;

use super::reset::Issue;
use super::{
    AccountRefusal, Accounted, HOUR, SENT_PER_ADDRESS, SENT_PER_ADDRESS_BY_ALL, checked_address, is_allowed,
    refuse, spend_a_try,
};
use crate::entropy::Token;
use crate::flow::{BrowserSession, Means};
use crate::mail::{self, Email, EmailKind};
use crate::storage::account_links::{self, NewLink, Purpose};
use crate::storage::audit_events::{self, Actor, Event, EventKind, Origin};
use crate::storage::users;

/// Where the link leads, below the issuer.
pub const PATH: &str = "/account/email/confirm";

/// Mails a link to the address that somebody wants to have. Until it is opened nothing changes. Whose address it is already
/// shows in the e-mail only.
pub async fn ask(means: &Means, session: &BrowserSession, address: &str, origin: Origin) -> Accounted<()> {
    if !means.mailer.can_send() {
        return refuse(AccountRefusal::Off);
    }
    let address = checked_address(address)?;
    let user = session.user.clone();
    let is_new = user.email.as_deref() != Some(address.as_str());
    if is_new && !is_allowed(&means.config, &address) {
        return refuse(AccountRefusal::AddressNotAllowed);
    }
    spend_a_try(means, &origin)?;
    let (now, issue) = (means.clock.now(), Issue::new(means, means.config.accounts.verification_lifetime));
    let (link, sign_in) = (issue.link(means, PATH, None), means.mailer.link("/login"));
    let (mailer, origin) =
        (means.mailer.clone(), Origin { actor: Actor::User(user.subject.clone()), ..origin });
    means
        .database
        .write(move |conn| {
            let folded = address.to_lowercase();
            let (since, purpose) = (now - HOUR, Purpose::Email);
            // Others who ask for the address do not use up what its owner may ask for.
            if account_links::count_of_user(conn, user.id, &folded, purpose, since)? >= SENT_PER_ADDRESS
                || account_links::count_to(conn, &folded, purpose, since)? >= SENT_PER_ADDRESS_BY_ALL
            {
                return Ok(());
            }
            let other = users::find_by_address(conn, &address)?.filter(|other| other.id != user.id);
            let actor = origin.actor.to_string();
            let new = NewLink {
                digest: &issue.token.digest(),
                id: &issue.id,
                purpose: Purpose::Email,
                user_id: Some(user.id),
                email: Some(&folded),
                details: &json!({ "address": address }),
                created_by: &actor,
                expires_at: issue.expires_at,
            };
            account_links::insert(conn, &new, now)?;
            let to = other.as_ref().unwrap_or(&user);
            let email = Email {
                user_id: Some(to.id),
                recipient: address.clone(),
                name: Some(to.name.clone()),
                locale: to.locale.clone(),
                kind: match &other {
                    Some(_) => EmailKind::AlreadyMember { link: sign_in.clone() },
                    None => EmailKind::VerifyEmail { link: link.clone(), lifetime: issue.lifetime },
                },
            };
            mail::queue(conn, &mailer, &email, now)?;
            let details = json!({
                "sub": user.subject, "name": user.name, "purpose": "email", "id": issue.id, "email": address,
                "expires_at": issue.expires_at,
            });
            let kind = EventKind::AccountLinkIssued;
            Ok(audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?)
        })
        .await
}

/// The address that the link confirms for this person.
pub async fn find(means: &Means, session: &BrowserSession, link: &Token) -> Accounted<String> {
    let (digest, now, user_id) = (link.digest(), means.clock.now(), session.user.id);
    means
        .database
        .read(move |conn| {
            let found = account_links::find(conn, &digest, Purpose::Email, now)?;
            let theirs = found.filter(|link| link.user_id == Some(user_id));
            let address = theirs.and_then(|link| Some(link.details.get("address")?.as_str()?.to_owned()));
            address.map_or_else(|| refuse(AccountRefusal::LinkGone), Ok)
        })
        .await
}

/// Takes the link: the address is the person's from now on, and a way to sign in. Links to new passwords that went to the old
/// one are dead, and the old one is told.
pub async fn confirm(
    means: &Means,
    session: &BrowserSession,
    link: &Token,
    origin: Origin,
) -> Accounted<String> {
    let address = find(means, session, link).await?;
    let (digest, now, user, mailer) =
        (link.digest(), means.clock.now(), session.user.clone(), means.mailer.clone());
    let origin = Origin { actor: Actor::User(user.subject.clone()), ..origin };
    means
        .database
        .write(move |conn| {
            if account_links::take(conn, &digest, Purpose::Email, now)?.is_none()
                || !users::lock(conn, user.id)?
            {
                return refuse(AccountRefusal::LinkGone);
            }
            let before = users::reached(conn, user.id)?;
            if !users::set_address(conn, user.id, Some(&address), true, now)? {
                return refuse(AccountRefusal::AddressTaken);
            }
            if let Some(before) = before.filter(|before| before.email != address) {
                let email = Email {
                    user_id: Some(user.id),
                    recipient: before.email,
                    name: Some(before.name),
                    locale: before.locale,
                    kind: EmailKind::EmailChanged { new: address.clone() },
                };
                mail::queue(conn, &mailer, &email, now)?;
            }
            let details =
                json!({ "sub": user.subject, "name": user.name, "from": user.email, "to": address });
            let kind = EventKind::EmailChanged;
            audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?;
            Ok(address.clone())
        })
        .await
}
