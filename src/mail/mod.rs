//! E-mails: what they say, in the language of whom they are for, and how they leave.
//!
//! Whoever changes something queues the e-mail in the transaction of the change ([`queue`], [`notify`]): it is sent if and
//! only if the change was made. A job sends what waits (`flow/send_emails.rs`).

mod render;
mod smtp;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use render::{EmailKind, Factor};
pub use smtp::SendError;

use crate::clock::Seconds;
use crate::config::Config;
use crate::entropy::Entropy;
use crate::keys::MasterKey;
use crate::storage::emails::{self, NewEmail};
use crate::storage::users;
use crate::storage::{DbConnection, StorageError};
use crate::texts::Texts;

/// An e-mail to somebody.
#[derive(Clone, Debug)]
pub struct Email {
    pub user_id: Option<i64>,
    pub recipient: String,
    /// By which the person is greeted.
    pub name: Option<String>,
    /// A language tag; `None` = nobody knows.
    pub locale: Option<String>,
    pub kind: EmailKind,
}

/// What is needed to write e-mails and to send them. Clones are cheap: a transaction takes one along.
#[derive(Clone)]
pub struct Mailer(Arc<Parts>);

struct Parts {
    config: Config,
    seal: MasterKey,
    entropy: Entropy,
}

/// What an e-mail says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    pub subject: String,
    pub text: String,
    pub html: String,
}

impl Mailer {
    /// A mailer of a server with these settings.
    #[must_use]
    pub fn new(config: &Config, master: &MasterKey, entropy: Entropy) -> Self {
        let seal = master.for_purpose("e-mails");
        Self(Arc::new(Parts { config: config.clone(), seal, entropy }))
    }

    /// Whether anything is sent at all.
    #[must_use]
    pub fn can_send(&self) -> bool {
        self.0.config.mail.server.is_some()
    }

    /// A link to a page of ours, by the issuer and nothing that a request says. Security statement U14.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.0.config.issuer.as_str().trim_end_matches('/'))
    }

    /// The host by which the server is known to people.
    #[must_use]
    pub fn host(&self) -> String {
        let url = url::Url::parse(self.0.config.issuer.as_str()).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "localhost".to_owned())
    }

    /// What an e-mail of this kind says.
    pub fn write(
        &self,
        locale: Option<&str>,
        name: Option<&str>,
        kind: &EmailKind,
    ) -> Result<Written, StorageError> {
        render::write(Texts::of(locale.as_slice()), &self.host(), name, kind)
    }

    /// What an e-mail says, for the database.
    fn sealed(&self, email: &Email) -> Result<Vec<u8>, StorageError> {
        let written = self.write(email.locale.as_deref(), email.name.as_deref(), &email.kind)?;
        let plain =
            serde_json::to_vec(&written).map_err(|error| StorageError::Internal(error.to_string()))?;
        self.0
            .seal
            .seal(self.0.entropy, &plain, &email.recipient)
            .map_err(|error| StorageError::Internal(error.to_string()))
    }

    /// What a waiting e-mail to this recipient says; `None` if it was sealed with another key, or for somebody else.
    #[must_use]
    pub fn open(&self, sealed: &[u8], recipient: &str) -> Option<Written> {
        serde_json::from_slice(&self.0.seal.open(sealed, recipient).ok()?).ok()
    }
}

/// Lets an e-mail wait in the caller's transaction. Without a mail server nothing waits: `false`.
pub fn queue(
    conn: &mut DbConnection,
    mailer: &Mailer,
    email: &Email,
    now: Seconds,
) -> Result<bool, StorageError> {
    if !mailer.can_send() {
        return Ok(false);
    }
    let sealed = mailer.sealed(email)?;
    let new = NewEmail {
        user_id: email.user_id,
        recipient: &email.recipient,
        kind: email.kind.as_str(),
        locale: Texts::of(email.locale.as_slice()).tag(),
        sealed: &sealed,
    };
    emails::insert(conn, &new, now)?;
    Ok(true)
}

/// The work of [`queue`] without an e-mail, where the time of an answer must not tell whether there was one. Security
/// statement P10.
pub fn rehearse(mailer: &Mailer, email: &Email) -> Result<(), StorageError> {
    mailer.sealed(email).map(drop)
}

/// Whether e-mails can go to this address: it is one, and nothing in it could begin a header. Security statement X15.
#[must_use]
pub fn is_address(text: &str) -> bool {
    crate::protocol::email::is_plausible(text) && text.parse::<lettre::Address>().is_ok()
}

/// Tells a person of what happened to their account, at their verified address; `false` if they have none, or nothing can
/// be sent. Security statement P19.
pub fn notify(
    conn: &mut DbConnection,
    mailer: &Mailer,
    user_id: i64,
    kind: EmailKind,
    now: Seconds,
) -> Result<bool, StorageError> {
    if !mailer.can_send() {
        return Ok(false);
    }
    let Some(reached) = users::reached(conn, user_id)? else { return Ok(false) };
    let (recipient, name, locale) = (reached.email, Some(reached.name), reached.locale);
    queue(conn, mailer, &Email { user_id: Some(user_id), recipient, name, locale, kind }, now)
}
