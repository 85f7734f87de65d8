//! Somebody makes an account: because they read an address that the operator takes, or because an operator invited them.

use serde_json::{Map, Value, json};

use super::reset::{Issue, enter, is_plain};
use super::{
    AccountRefusal, Accounted, HOUR, SENT_PER_ADDRESS, checked_address, hashed, is_allowed, refuse,
    spend_a_try,
};
use crate::clock::Seconds;
use crate::config::SignUp;
use crate::entropy::Token;
use crate::flow::set_up::{self, NameFault, new_subject};
use crate::flow::sign_in::{Next, Way};
use crate::flow::{Failure, Means};
use crate::mail::{self, Email, EmailKind};
use crate::password::Owner;
use crate::storage::account_links::{self, AccountLink, NewLink, Purpose};
use crate::storage::audit_events::{self, Actor, Event, EventKind, Origin};
use crate::storage::users::NewUser;
use crate::storage::{DbConnection, StorageError, groups, users};

/// Where the two kinds of link lead, below the issuer.
pub const SIGN_UP_PATH: &str = "/sign-up/account";
pub const INVITATION_PATH: &str = "/invitation";

/// How somebody comes to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    SignUp,
    Invitation,
}

impl Door {
    fn purpose(self) -> Purpose {
        match self {
            Self::SignUp => Purpose::SignUp,
            Self::Invitation => Purpose::Invitation,
        }
    }

    /// As it is stored of the person.
    fn origin(self) -> &'static str {
        match self {
            Self::SignUp => "sign-up",
            Self::Invitation => "invitation",
        }
    }

    /// Whether the operator lets anybody in here.
    fn is_open(self, sign_up: SignUp) -> bool {
        match self {
            Self::SignUp => is_open(sign_up),
            Self::Invitation => sign_up != SignUp::Off,
        }
    }
}

/// Whether people may make accounts without being invited.
#[must_use]
pub fn is_open(sign_up: SignUp) -> bool {
    matches!(sign_up, SignUp::Domain | SignUp::Open)
}

/// Mails a link to an address with which an account can be made; whoever has one with it is told so by mail. The answer is
/// the same, after the same work.
pub async fn ask(
    means: &Means,
    address: &str,
    locale: &str,
    thread: Option<Token>,
    origin: Origin,
) -> Accounted<()> {
    if !is_open(means.config.accounts.sign_up) {
        return refuse(AccountRefusal::Off);
    }
    let address = checked_address(address)?;
    if !is_allowed(&means.config, &address) {
        return refuse(AccountRefusal::AddressNotAllowed);
    }
    spend_a_try(means, &origin)?;
    let (now, issue) = (means.clock.now(), Issue::new(means, means.config.accounts.verification_lifetime));
    let link = issue.link(means, SIGN_UP_PATH, thread.as_ref().filter(|thread| is_plain(thread)));
    let (sign_in, locale) = (means.mailer.link("/login"), locale.to_owned());
    let mailer = means.mailer.clone();
    means
        .database
        .write(move |conn| {
            let member = users::find_by_address(conn, &address)?;
            let folded = address.to_lowercase();
            let sent = account_links::count_to(conn, &folded, Purpose::SignUp, now - HOUR)?;
            let actor = origin.actor.to_string();
            let new = NewLink {
                digest: &issue.token.digest(),
                id: &issue.id,
                purpose: Purpose::SignUp,
                user_id: None,
                email: Some(&folded),
                // As it was typed: some servers tell capitals apart. RFC 5321 §2.4.
                details: &json!({ "address": address }),
                created_by: &actor,
                expires_at: issue.expires_at,
            };
            account_links::insert(conn, &new, now)?;
            let is_able = member.as_ref().is_none_or(|member| member.disabled_at.is_none());
            let kind = match &member {
                Some(_) => EmailKind::AlreadyMember { link: sign_in.clone() },
                None => EmailKind::SignUp { link: link.clone(), lifetime: issue.lifetime },
            };
            let email = Email {
                user_id: member.as_ref().map(|member| member.id),
                recipient: address.clone(),
                name: member.as_ref().map(|member| member.name.clone()),
                locale: member.and_then(|member| member.locale).or_else(|| Some(locale.clone())),
                kind,
            };
            if sent >= SENT_PER_ADDRESS || !is_able {
                return Ok(mail::rehearse(&mailer, &email)?);
            }
            mail::queue(conn, &mailer, &email, now)?;
            Ok(())
        })
        .await
}

/// What a link offers.
#[derive(Clone, Debug)]
pub struct Offer {
    pub address: Option<String>,
    /// Whether the account has it as verified, so that the person signs in by it as well.
    pub is_address_shown: bool,
    /// A name that the person may like.
    pub name: String,
}

/// What the link offers, while it works.
pub async fn find(means: &Means, door: Door, link: &Token) -> Accounted<Offer> {
    let found = live(means, door, link).await?;
    let address = address_of(&found);
    let local = address.as_deref().and_then(|it| it.split_once('@')).map_or("", |(local, _)| local);
    let name = local.split('+').next().unwrap_or_default().to_lowercase();
    Ok(Offer { is_address_shown: address.is_some() && is_shown(door, &found), address, name })
}

async fn live(means: &Means, door: Door, link: &Token) -> Accounted<AccountLink> {
    if !door.is_open(means.config.accounts.sign_up) {
        return refuse(AccountRefusal::Off);
    }
    let (digest, now) = (link.digest(), means.clock.now());
    let found = means
        .database
        .read(move |conn| {
            Ok::<_, Failure<AccountRefusal>>(account_links::find(conn, &digest, door.purpose(), now)?)
        })
        .await?;
    found.map_or_else(|| refuse(AccountRefusal::LinkGone), Ok)
}

fn address_of(link: &AccountLink) -> Option<String> {
    let typed = link.details.get("address").and_then(Value::as_str);
    typed.map(str::to_owned).or_else(|| link.email.clone())
}

/// Whether who has the link reads the address: who has it from an operator has not shown that.
fn is_shown(door: Door, link: &AccountLink) -> bool {
    door == Door::SignUp || link.details.get("mailed") == Some(&Value::Bool(true))
}

/// What somebody chose.
#[derive(Clone)]
pub struct NewAccount {
    pub name: String,
    pub password: String,
    /// The language of the page.
    pub locale: String,
}

/// Takes the link and makes the account: of any number of uses at once, one.
pub async fn complete(means: &Means, door: Door, link: &Token, new: NewAccount, way: Way) -> Accounted<Next> {
    let name = checked_name(&new.name)?;
    let found = live(means, door, link).await?;
    let (address, issuer) = (address_of(&found), means.config.issuer.as_str());
    let owner = Owner { name: &name, email: address.as_deref(), issuer, has_second_factor: false };
    let hash = hashed(means, &new.password, &owner).await?;
    let subject = new_subject(means);
    let origin = Origin { actor: Actor::User(subject.clone()), ..way.origin.clone() };
    let made = Made { door, subject, name, hash: hash.clone(), locale: new.locale, origin };
    let (digest, now) = (link.digest(), means.clock.now());
    let user_id = means.database.write(move |conn| made.write(conn, &digest, now)).await?;
    enter(means, user_id, hash, way).await
}

/// A name that somebody chose for themselves, which may not be the address of somebody else.
fn checked_name(text: &str) -> Accounted<String> {
    match set_up::checked_name(text) {
        Ok(name) if !name.contains('@') => Ok(name),
        Err(NameFault::Missing) => refuse(AccountRefusal::NoName),
        Err(NameFault::TooLong) => refuse(AccountRefusal::NameTooLong),
        Ok(_) | Err(NameFault::Odd) => refuse(AccountRefusal::OddName),
    }
}

/// An account about to be made.
struct Made {
    door: Door,
    subject: String,
    name: String,
    hash: String,
    locale: String,
    origin: Origin,
}

impl Made {
    fn write(
        &self,
        conn: &mut DbConnection,
        digest: &crate::entropy::Digest,
        now: Seconds,
    ) -> Accounted<i64> {
        // What can be chosen anew must not spend the link.
        if !users::is_name_free(conn, &self.name)? {
            return refuse(AccountRefusal::NameTaken);
        }
        let Some(link) = account_links::take(conn, digest, self.door.purpose(), now)? else {
            return refuse(AccountRefusal::LinkGone);
        };
        let address = address_of(&link);
        if let Some(address) = &address
            && !users::is_address_free(conn, address, None)?
        {
            return refuse(AccountRefusal::AddressTaken);
        }
        let user = NewUser {
            subject: &self.subject,
            name: &self.name,
            email: address.as_deref(),
            email_verified: address.is_some() && is_shown(self.door, &link),
            password_hash: Some(&self.hash),
            is_administrator: false,
            claims: &Map::new(),
        };
        let id =
            users::insert(conn, &user, now)?.map_err(|_| StorageError::Busy("it was taken this moment"))?;
        users::describe_new(conn, id, self.door.origin(), Some(&self.locale))?;
        let joined = join(conn, id, &link.details, now)?;
        for purpose in [Purpose::SignUp, Purpose::Invitation] {
            if let Some(address) = &address {
                account_links::remove_to(conn, &address.to_lowercase(), purpose)?;
            }
        }
        let details = json!({
            "sub": self.subject, "name": self.name, "email": address, "origin": self.door.origin(),
            "link": link.id, "link_made_by": link.created_by, "groups": joined,
        });
        let (kind, origin) = (EventKind::UserAdded, &self.origin);
        audit_events::record(conn, &Event { kind, origin, client_id: None, details }, now)?;
        Ok(id)
    }
}

/// Puts the newcomer into the groups of the invitation that there still are.
fn join(
    conn: &mut DbConnection,
    id: i64,
    details: &Value,
    now: Seconds,
) -> Result<Vec<String>, StorageError> {
    let mut joined = Vec::new();
    for name in
        details.get("groups").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    {
        if let Some(group) = groups::find(conn, name)?
            && groups::add_member(conn, group.id, id, now)?
        {
            joined.push(name.to_owned());
        }
    }
    Ok(joined)
}
