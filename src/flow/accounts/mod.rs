//! People make an account, show that they read an address, choose a new password, take their data and leave.
//!
//! What is mailed is a link that works once, for one purpose. Whether somebody is known shows in an e-mail and nowhere else:
//! security statement P10.

pub mod address;
pub mod export;
pub mod removal;
pub mod reset;
pub mod sign_up;

use super::attempts::{Guess, place};
use super::{Failure, Means, Origin};
use crate::clock::Seconds;
use crate::config::Config;
use crate::mail;
use crate::password::{self, Owner, PasswordError, PasswordFault};
use crate::protocol::redirect_uri::RedirectTarget;
use crate::storage::StorageError;
use crate::texts::Texts;

/// E-mails that one place may ask for in a minute.
const ASKED_PER_PLACE: u32 = 10;
/// E-mails of one kind to one address in an hour.
const SENT_PER_ADDRESS: i64 = 3;
/// The same, where each of several people may ask for one.
const SENT_PER_ADDRESS_BY_ALL: i64 = 12;
const HOUR: Seconds = 3600;
/// The longest address. RFC 5321 §4.5.3.1.3.
const LONGEST_ADDRESS: usize = 254;

/// Why it was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountRefusal {
    /// The operator does not want it.
    Off,
    /// The link was used, has expired, or is for something else.
    LinkGone,
    NotAnAddress,
    /// The operator takes addresses of other domains only.
    AddressNotAllowed,
    /// Another person signs in by it.
    AddressTaken,
    NoName,
    NameTooLong,
    /// Spaces, control characters, or the `@` of an address.
    OddName,
    NameTaken,
    Password(PasswordFault),
    /// Seconds to wait.
    TooMany(Seconds),
    Busy,
    /// Nobody else could administer the server.
    LastAdministrator,
}

impl AccountRefusal {
    /// The sentence for the person.
    #[must_use]
    pub fn in_words(&self, texts: Texts) -> String {
        match self {
            Self::Off => texts.t("accounts-off"),
            Self::LinkGone => texts.t("accounts-link-gone"),
            Self::NotAnAddress => texts.t("accounts-not-an-address"),
            Self::AddressNotAllowed => texts.t("accounts-address-not-allowed"),
            Self::AddressTaken => texts.t("accounts-address-taken"),
            Self::NoName => texts.t("accounts-no-name"),
            Self::NameTooLong => texts.t("accounts-name-too-long"),
            Self::OddName => texts.t("accounts-odd-name"),
            Self::NameTaken => texts.t("accounts-name-taken"),
            Self::Password(fault) => fault.in_words(texts),
            Self::TooMany(seconds) => texts.count("accounts-too-many", *seconds),
            Self::Busy => texts.t("accounts-busy"),
            Self::LastAdministrator => texts.t("accounts-last-administrator"),
        }
    }
}

/// What a flow of this folder ends with.
pub type Accounted<T> = Result<T, Failure<AccountRefusal>>;

fn refuse<T>(refusal: AccountRefusal) -> Accounted<T> {
    Err(Failure::Refused(refusal))
}

/// The hash of a new password that will do.
async fn hashed(means: &Means, password: &str, owner: &Owner<'_>) -> Accounted<String> {
    if let Err(fault) = password::check_new(password, owner) {
        return refuse(AccountRefusal::Password(fault));
    }
    means.passwords.hash(password).await.map_err(|error| match error {
        PasswordError::Busy => Failure::Refused(AccountRefusal::Busy),
        other @ PasswordError::Failed => Failure::Broken(StorageError::Internal(other.to_string())),
    })
}

/// Counts what may make an e-mail: nobody fills mailboxes, or tries many addresses, from one place.
fn spend_a_try(means: &Means, origin: &Origin) -> Accounted<()> {
    let (now, place) = (means.clock.now(), place(origin.address));
    if let Some(seconds) = means.attempts.wait(Guess::Email, &place, ASKED_PER_PLACE, now) {
        return refuse(AccountRefusal::TooMany(seconds));
    }
    means.attempts.failed(Guess::Email, &place, now);
    Ok(())
}

/// An address that e-mails can go to.
fn checked_address(text: &str) -> Accounted<String> {
    let address = text.trim();
    if address.len() > LONGEST_ADDRESS || !mail::is_address(address) {
        return refuse(AccountRefusal::NotAnAddress);
    }
    Ok(address.to_owned())
}

/// Whether people may have an address of this domain by themselves.
fn is_allowed(config: &Config, address: &str) -> bool {
    let rules = &config.accounts.email_domains;
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain).to_ascii_lowercase();
    let target = RedirectTarget::Web { host: domain };
    rules.is_empty() || rules.iter().any(|rule| rule.admits(&target))
}
