//! The first administrator, made once: by a single-use link, or by the command line.

use serde_json::{Map, Value, json};

use super::Means;
use super::log_in::canonical_name;
use crate::clock::Seconds;
use crate::config::RegistrationMode;
use crate::entropy::Token;
use crate::password::{self, Owner, PasswordError};
use crate::protocol::client::metadata::GrantType;
use crate::protocol::display::is_unseen;
use crate::protocol::email;
use crate::storage::audit_events::{self, Actor, Event, EventKind, Origin};
use crate::storage::initial_access_tokens::{self, NewInitialAccessToken};
use crate::storage::users::{NewUser, Taken};
use crate::storage::{DbConnection, Failure, StorageError, server_state, setup_links, users};
use crate::texts::{Message, say};

/// How long a setup link works.
pub const LINK_LIFETIME: Seconds = 600;
/// The row of `server_state` that says since when setup is over. Nothing ever deletes it.
const COMPLETED: &str = "setup_completed_at";
/// The name of the initial access token that a start prints.
const QUICK_START: &str = "quick start";
/// The longest sign-in name, in characters.
pub(super) const MAX_NAME: usize = 128;

/// Why there is no new person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetUpRefusal {
    /// The link was used, has expired, or setup is over.
    LinkGone,
    /// The name, e-mail or password is not good.
    Invalid(Message),
    /// Too many passwords are being hashed at once.
    Busy,
}

/// A person about to be made.
#[derive(Clone)]
pub struct NewPerson {
    pub name: String,
    pub email: Option<String>,
    pub email_verified: bool,
    /// Claims beside name and e-mail. OpenID Connect Core §5.1.
    pub claims: Map<String, Value>,
    pub password: String,
    pub is_administrator: bool,
}

/// What a newcomer needs.
pub struct QuickStart {
    /// The token of the link where the first administrator chooses name and password.
    pub setup_link: Token,
    /// Good for one client that gets tokens for itself; none where clients cannot register.
    pub initial_access_token: Option<Token>,
}

/// A new link and token while there was never an administrator; `None` once setup is over. They replace those of the
/// last start.
pub fn quick_start(means: &Means, now: Seconds) -> Result<Option<QuickStart>, Failure<SetUpRefusal>> {
    let registers = means.config.registration.mode != RegistrationMode::Off;
    let quick_start = QuickStart {
        setup_link: means.entropy.token(),
        initial_access_token: registers.then(|| means.entropy.token()),
    };
    let link = quick_start.setup_link.digest();
    let token = quick_start.initial_access_token.as_ref().map(Token::digest);
    let is_open = means.database.write_blocking(move |conn| {
        if is_over(conn)? {
            return Ok::<_, Failure<SetUpRefusal>>(false);
        }
        setup_links::delete_all(conn)?;
        setup_links::insert(conn, &link, now + LINK_LIFETIME)?;
        let origin = Origin::local(Actor::Server);
        for id in initial_access_tokens::revoke_named(conn, QUICK_START, now)? {
            let (kind, details) = (EventKind::InitialAccessTokenRevoked, json!({ "id": id }));
            audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?;
        }
        let Some(token) = &token else { return Ok(true) };
        let new = NewInitialAccessToken {
            digest: token,
            name: QUICK_START,
            scopes: None,
            grant_types: Some(&[GrantType::ClientCredentials]),
            policy: None,
            issued_by: Some("grantor"),
            uses: Some(1),
            expires_at: Some(now + LINK_LIFETIME),
        };
        let id = initial_access_tokens::insert(conn, &new, now)?;
        let details = json!({ "id": id, "name": QUICK_START, "uses": 1, "expires_at": now + LINK_LIFETIME });
        let kind = EventKind::InitialAccessTokenIssued;
        audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?;
        Ok(true)
    })?;
    Ok(is_open.then_some(quick_start))
}

fn is_over(conn: &mut DbConnection) -> Result<bool, StorageError> {
    Ok(server_state::get(conn, COMPLETED)?.is_some())
}

/// Whether the link still works.
pub async fn is_live(means: &Means, link: &Token) -> Result<bool, Failure<SetUpRefusal>> {
    let (digest, now) = (link.digest(), means.clock.now());
    means.database.read(move |conn| Ok(!is_over(conn)? && setup_links::is_live(conn, &digest, now)?)).await
}

/// Takes the link and makes the first administrator: of any number of uses at once, one.
pub async fn complete(
    means: &Means,
    link: &Token,
    person: NewPerson,
    origin: Origin,
) -> Result<(), Failure<SetUpRefusal>> {
    let person = checked(means, person)?;
    // Before the slow hash: a dead link costs nothing.
    if !is_live(means, link).await? {
        return Err(Failure::Refused(SetUpRefusal::LinkGone));
    }
    let hash = means.passwords.hash(&person.password).await.map_err(hashing)?;
    let (now, digest) = (means.clock.now(), link.digest());
    let subject = new_subject(means);
    means
        .database
        .write(move |conn| {
            let gone = || Failure::Refused(SetUpRefusal::LinkGone);
            let Some(expires_at) = setup_links::take(conn, &digest, now)? else { return Err(gone()) };
            // Somebody whom the command line made may have the name. That must spend neither the link nor the setup.
            if !users::is_name_free(conn, &person.name)? {
                setup_links::insert(conn, &digest, expires_at)?;
                return Err(name_taken(&person.name));
            }
            if !server_state::put_if_absent(conn, COMPLETED, &now.to_string())? {
                return Err(gone());
            }
            match insert(conn, &subject, &person, &hash, &origin, now) {
                // Rolled back, so that the link still works.
                Err(Failure::Refused(_)) => Err(StorageError::Busy("it was taken this moment").into()),
                done => done,
            }
        })
        .await
}

/// Makes a person from the command line; an administrator ends setup.
pub fn add_person(means: &Means, person: NewPerson, origin: Origin) -> Result<(), Failure<SetUpRefusal>> {
    let person = checked(means, person)?;
    let hash = means.passwords.hash_blocking(&person.password).map_err(hashing)?;
    let (now, subject) = (means.clock.now(), new_subject(means));
    means.database.write_blocking(move |conn| {
        insert(conn, &subject, &person, &hash, &origin, now)?;
        if person.is_administrator {
            server_state::put_if_absent(conn, COMPLETED, &now.to_string())?;
            setup_links::delete_all(conn)?;
        }
        Ok(())
    })
}

/// The `sub` of a new person: never a `client_id`, which begins with `c-`.
pub(super) fn new_subject(means: &Means) -> String {
    format!("u-{}", means.entropy.identifier())
}

fn hashing(error: PasswordError) -> Failure<SetUpRefusal> {
    match error {
        PasswordError::Busy => Failure::Refused(SetUpRefusal::Busy),
        other @ PasswordError::Failed => Failure::Broken(StorageError::Internal(other.to_string())),
    }
}

fn checked(means: &Means, person: NewPerson) -> Result<NewPerson, Failure<SetUpRefusal>> {
    let invalid = |message| Failure::Refused(SetUpRefusal::Invalid(message));
    let name = checked_name(&person.name).map_err(|fault| invalid(fault.said()))?;
    let email = checked_email(person.email).map_err(invalid)?;
    let issuer = means.config.issuer.as_str();
    let owner = Owner { name: &name, email: email.as_deref(), issuer, has_second_factor: false };
    password::check_new(&person.password, &owner).map_err(|fault| invalid(fault.said()))?;
    Ok(NewPerson { name, email, ..person })
}

/// What is wrong with a name to sign in with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameFault {
    Missing,
    TooLong,
    /// Spaces, or characters that cannot be seen.
    Odd,
}

impl NameFault {
    /// The same in a sentence.
    pub(super) fn said(self) -> Message {
        match self {
            Self::Missing => say("accounts-no-name").about("name"),
            Self::TooLong => say("accounts-name-too-long").about("name"),
            Self::Odd => say("refused-name-odd").about("name"),
        }
    }
}

/// The name as it is stored, whoever chose it: nobody's looks to the letter like that of somebody else.
pub(super) fn checked_name(name: &str) -> Result<String, NameFault> {
    let name = canonical_name(name);
    if name.is_empty() {
        return Err(NameFault::Missing);
    }
    if name.chars().count() > MAX_NAME {
        return Err(NameFault::TooLong);
    }
    if name.chars().any(|c| is_unseen(c) || c.is_whitespace()) {
        return Err(NameFault::Odd);
    }
    Ok(name)
}

/// The address as it is stored; an empty one is none.
pub(super) fn checked_email(email: Option<String>) -> Result<Option<String>, Message> {
    let email = email.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if email.as_deref().is_some_and(|text| !email::is_plausible(text)) {
        return Err(say("accounts-not-an-address").about("email"));
    }
    Ok(email)
}

fn insert(
    conn: &mut DbConnection,
    subject: &str,
    person: &NewPerson,
    hash: &str,
    origin: &Origin,
    now: Seconds,
) -> Result<(), Failure<SetUpRefusal>> {
    let user = NewUser {
        subject,
        name: &person.name,
        email: person.email.as_deref(),
        email_verified: person.email_verified,
        password_hash: Some(hash),
        is_administrator: person.is_administrator,
        claims: &person.claims,
    };
    users::insert(conn, &user, now)?.map_err(|taken| match taken {
        Taken::Name => name_taken(&person.name),
        Taken::Address => address_taken(),
    })?;
    let details = json!({
        "sub": subject, "name": person.name, "email": person.email, "is_administrator": person.is_administrator,
    });
    let kind = EventKind::UserAdded;
    Ok(audit_events::record(conn, &Event { kind, origin, client_id: None, details }, now)?)
}

fn name_taken(name: &str) -> Failure<SetUpRefusal> {
    Failure::Refused(SetUpRefusal::Invalid(say("refused-name-taken").with("name", name).about("name")))
}

fn address_taken() -> Failure<SetUpRefusal> {
    Failure::Refused(SetUpRefusal::Invalid(say("refused-address-taken").about("email")))
}
