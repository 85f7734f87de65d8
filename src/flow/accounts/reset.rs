//! Somebody forgot a password: a link to choose a new one. It is a way back to an account, never a second factor. Security
//! statements P17, P18 and P20.

use serde_json::json;

use super::{AccountRefusal, Accounted, HOUR, SENT_PER_ADDRESS, hashed, refuse, spend_a_try};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::log_in::canonical_name;
use crate::flow::sign_in::{self, Method, Next, Proof, SignInRefusal, Way};
use crate::flow::{Failure, Means};
use crate::mail::{self, Email, EmailKind};
use crate::password::Owner;
use crate::storage::account_links::{self, NewLink, Purpose};
use crate::storage::audit_events::{self, Actor, Event, EventKind, Origin};
use crate::storage::users::User;
use crate::storage::{DbConnection, StorageError, browser_sessions, grants, groups, users};

/// Where a link to a new password leads, below the issuer.
pub const PATH: &str = "/reset/password";

/// A stored link and where it leads.
pub(in crate::flow) struct Issue {
    pub token: Token,
    pub id: String,
    pub expires_at: Seconds,
    pub lifetime: Seconds,
}

impl Issue {
    pub(in crate::flow) fn new(means: &Means, lifetime: Seconds) -> Self {
        let expires_at = means.clock.now() + lifetime;
        Self { token: means.entropy.token(), id: means.entropy.identifier(), expires_at, lifetime }
    }

    /// The link, with the authorization request that waits in this browser.
    pub(in crate::flow) fn link(&self, means: &Means, path: &str, thread: Option<&Token>) -> String {
        let thread = thread.map(|thread| format!("&thread={}", thread.expose())).unwrap_or_default();
        means.mailer.link(&format!("{path}?token={}{thread}", self.token.expose()))
    }
}

/// Mails a link to whoever has this name or verified address. Nobody else learns whether there is somebody: the answer is the
/// same, after the same work.
pub async fn ask(means: &Means, identifier: &str, thread: Option<Token>, origin: Origin) -> Accounted<()> {
    if !means.mailer.can_send() {
        return refuse(AccountRefusal::Off);
    }
    spend_a_try(means, &origin)?;
    let name: String = canonical_name(identifier).chars().take(super::LONGEST_ADDRESS).collect();
    let (now, issue) = (means.clock.now(), Issue::new(means, means.config.accounts.reset_lifetime));
    let kind = EmailKind::ResetPassword {
        link: issue.link(means, PATH, thread.as_ref().filter(|thread| is_plain(thread))),
        lifetime: issue.lifetime,
    };
    let mailer = means.mailer.clone();
    means
        .database
        .write(move |conn| {
            let to = whom(conn, &name, now)?;
            let email = Email {
                user_id: to.as_ref().map(|(user, _)| user.id),
                recipient: to.as_ref().map(|(_, address)| address.clone()).unwrap_or_default(),
                name: to.as_ref().map(|(user, _)| user.name.clone()),
                locale: to.as_ref().and_then(|(user, _)| user.locale.clone()),
                kind: kind.clone(),
            };
            let address = to.as_ref().map(|(_, address)| address.to_lowercase());
            let actor = origin.actor.to_string();
            account_links::insert(
                conn,
                &NewLink {
                    digest: &issue.token.digest(),
                    id: &issue.id,
                    purpose: Purpose::Reset,
                    user_id: email.user_id,
                    email: address.as_deref(),
                    details: &json!({}),
                    created_by: &actor,
                    expires_at: issue.expires_at,
                },
                now,
            )?;
            let Some((user, _)) = &to else { return Ok(mail::rehearse(&mailer, &email)?) };
            mail::queue(conn, &mailer, &email, now)?;
            note_link(conn, user, &issue, &origin, now)
        })
        .await
}

/// What is between quotes of a URL in an e-mail: a thread of ours is.
pub(super) fn is_plain(thread: &Token) -> bool {
    let text = thread.expose();
    !text.is_empty()
        && text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// The event of a link that somebody can use.
pub(in crate::flow) fn note_link(
    conn: &mut DbConnection,
    user: &User,
    issue: &Issue,
    origin: &Origin,
    now: Seconds,
) -> Result<(), Failure<AccountRefusal>> {
    let details = json!({
        "sub": user.subject, "name": user.name, "purpose": "reset", "id": issue.id, "expires_at": issue.expires_at,
    });
    let kind = EventKind::AccountLinkIssued;
    Ok(audit_events::record(conn, &Event { kind, origin, client_id: None, details }, now)?)
}

/// Who is meant, and their verified address; nobody while they have had enough links for now.
fn whom(conn: &mut DbConnection, name: &str, now: Seconds) -> Result<Option<(User, String)>, StorageError> {
    let Some((user, _)) = users::find_by_identifier(conn, name)? else { return Ok(None) };
    let Some(address) = user.email.clone().filter(|_| user.email_verified && user.disabled_at.is_none())
    else {
        return Ok(None);
    };
    let sent = account_links::count_to(conn, &address.to_lowercase(), Purpose::Reset, now - HOUR)?;
    Ok((sent < SENT_PER_ADDRESS).then_some((user, address)))
}

/// Whose password the link is for, and what they must have beside it.
async fn target(means: &Means, link: &Token) -> Accounted<(User, bool)> {
    let (digest, now) = (link.digest(), means.clock.now());
    means
        .database
        .read(move |conn| {
            let found = account_links::find(conn, &digest, Purpose::Reset, now)?;
            let Some(user_id) = found.and_then(|link| link.user_id) else {
                return refuse(AccountRefusal::LinkGone);
            };
            let has_second_factor = groups::requires_second_factor(conn, user_id)?;
            match users::find(conn, user_id)?.filter(|user| user.disabled_at.is_none()) {
                Some(user) => Ok((user, has_second_factor)),
                None => refuse(AccountRefusal::LinkGone),
            }
        })
        .await
}

/// The name of the account whose password the link is for.
pub async fn find(means: &Means, link: &Token) -> Accounted<String> {
    Ok(target(means, link).await?.0.name)
}

/// Takes the link and gives its person a new password: of any number of uses at once, one. Every session and every token of
/// the person is dead then. What is due beside a password is asked for as ever.
pub async fn complete(means: &Means, link: &Token, password: &str, way: Way) -> Accounted<Next> {
    let (user, has_second_factor) = target(means, link).await?;
    let issuer = means.config.issuer.as_str();
    let owner = Owner { name: &user.name, email: user.email.as_deref(), issuer, has_second_factor };
    let hash = hashed(means, password, &owner).await?;
    let (digest, now, mailer) = (link.digest(), means.clock.now(), means.mailer.clone());
    let origin = Origin { actor: Actor::User(user.subject.clone()), ..way.origin.clone() };
    let (user_id, stored) = (user.id, hash.clone());
    means
        .database
        .write(move |conn| {
            let Some(link) = account_links::take(conn, &digest, Purpose::Reset, now)? else {
                return refuse(AccountRefusal::LinkGone);
            };
            if !users::lock(conn, user.id)? {
                return refuse(AccountRefusal::LinkGone);
            }
            users::set_password(conn, user.id, &stored, now)?;
            let sessions = browser_sessions::end_all_of_user(conn, user.id, now)?;
            let grants = grants::revoke_all_of_user(conn, user.id, now)?;
            mail::notify(conn, &mailer, user.id, EmailKind::PasswordChanged, now)?;
            let details = json!({
                "sub": user.subject, "name": user.name, "by_link": link.id, "link_made_by": link.created_by,
                "sessions": sessions, "grants": grants,
            });
            let kind = EventKind::PasswordChanged;
            Ok(audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?)
        })
        .await?;
    enter(means, user_id, hash, way).await
}

/// The person goes on to be signed in, by the password that they have just set.
pub(super) async fn enter(means: &Means, user_id: i64, hash: String, way: Way) -> Accounted<Next> {
    let proof = Proof { user_id, methods: vec![Method::ResetLink], password_hash: Some(hash) };
    sign_in::proven(means, proof, way).await.map_err(|failure| match failure {
        Failure::Broken(error) => Failure::Broken(error),
        Failure::Refused(SignInRefusal::TooMany(seconds)) => {
            Failure::Refused(AccountRefusal::TooMany(seconds))
        }
        Failure::Refused(SignInRefusal::Busy) => Failure::Refused(AccountRefusal::Busy),
        Failure::Refused(_) => Failure::Refused(AccountRefusal::LinkGone),
    })
}
