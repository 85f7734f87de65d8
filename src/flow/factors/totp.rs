//! Apps that show one-time codes: RFC 6238 with what every app can do, HMAC-SHA-1, six digits, 30 seconds.
//! Security statement P13.

use std::convert::Infallible;

use serde_json::json;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use unicode_normalization::UnicodeNormalization as _;

use super::{Changed, FactorRefusal, broken, internal, lock, record};
use crate::clock::Seconds;
use crate::config::Config;
use crate::flow::{Failure, Means};
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::totp_secrets::{self, TotpSecret};
use crate::storage::users::User;
use crate::storage::{StorageError, recovery_codes};

/// 160 bits, as RFC 4226 §4 R6 recommends.
const SEED_BYTES: usize = 20;
const STEP: u64 = 30;
/// Codes of the step before and the step after are taken, for clocks that differ. RFC 6238 §5.2.
const SKEW: u16 = 1;
/// How long a seed waits for its first code.
const CONFIRM_WITHIN: Seconds = 900;

/// What the person gives their app, once.
pub struct Enrolment {
    /// The seed in base32, for those who type.
    pub secret: String,
    /// The same for those who scan: `otpauth://totp/…`.
    pub uri: String,
}

/// A new seed that waits for its first code. Security statement P13.
pub async fn begin(means: &Means, user: &User) -> Changed<()> {
    let seed: [u8; SEED_BYTES] = means.entropy.bytes();
    let sealed = means.derived.factors.seal(means.entropy, &seed, &context(user.id)).map_err(internal)?;
    let (now, user) = (means.clock.now(), user.clone());
    means
        .database
        .write(move |conn| {
            lock(conn, &user)?;
            if totp_secrets::begin(conn, user.id, &sealed, now)? {
                Ok(())
            } else {
                Err(Failure::Refused(FactorRefusal::NothingToConfirm))
            }
        })
        .await
}

/// The seed that waits for its first code. Security statement P13.
pub async fn pending(means: &Means, user: &User) -> Result<Option<Enrolment>, StorageError> {
    let now = means.clock.now();
    let Some(secret) = find(means, user.id).await?.filter(|secret| is_pending(secret, now)) else {
        return Ok(None);
    };
    let totp = open(means, user.id, &secret.sealed_secret)?;
    Ok(Some(Enrolment { secret: totp.secret().to_base32(), uri: uri(&means.config, user, totp.secret()) }))
}

/// The first code of a seed: from now on its codes sign in. Says whether the person has recovery codes. RFC 6238 §5.2.
pub async fn confirm(means: &Means, user: &User, typed: &str, origin: Origin) -> Changed<bool> {
    let now = means.clock.now();
    let Some(secret) = find(means, user.id).await?.filter(|secret| is_pending(secret, now)) else {
        return Err(Failure::Refused(FactorRefusal::NothingToConfirm));
    };
    let totp = open(means, user.id, &secret.sealed_secret)?;
    let Some(step) = step_of(&totp, typed, now) else {
        return Err(Failure::Refused(FactorRefusal::WrongCode));
    };
    let user = user.clone();
    means
        .database
        .write(move |conn| {
            lock(conn, &user)?;
            if !totp_secrets::confirm(conn, user.id, &secret.sealed_secret, step, now)? {
                return Err(Failure::Refused(FactorRefusal::NothingToConfirm));
            }
            let details = json!({ "sub": user.subject, "name": user.name, "factor": "one_time_codes" });
            record(conn, EventKind::FactorAdded, &origin, details, now)?;
            Ok(recovery_codes::left(conn, user.id)?.is_some())
        })
        .await
}

/// Whether this is a code of the person's app, which it then was for the only time. Two that try the same code at once are
/// not both right: one guarded UPDATE decides. RFC 6238 §5.2.
pub async fn verify(means: &Means, user_id: i64, typed: &str) -> Result<bool, StorageError> {
    let now = means.clock.now();
    let found = find(means, user_id).await?;
    let Some(secret) = found.filter(|secret| secret.confirmed_at.is_some()) else { return Ok(false) };
    let totp = open(means, user_id, &secret.sealed_secret)?;
    let Some(step) = step_of(&totp, typed, now) else { return Ok(false) };
    let spent = means.database.write(move |conn| {
        let spent = totp_secrets::spend(conn, user_id, &secret.sealed_secret, step, now)?;
        Ok::<_, Failure<Infallible>>(spent)
    });
    spent.await.map_err(broken)
}

async fn find(means: &Means, user_id: i64) -> Result<Option<TotpSecret>, StorageError> {
    let read =
        means.database.read(move |conn| Ok::<_, Failure<Infallible>>(totp_secrets::find(conn, user_id)?));
    read.await.map_err(broken)
}

fn is_pending(secret: &TotpSecret, now: Seconds) -> bool {
    secret.confirmed_at.is_none() && now - secret.created_at < CONFIRM_WITHIN
}

fn context(user_id: i64) -> String {
    format!("one-time codes of {user_id}")
}

fn open(means: &Means, user_id: i64, sealed: &[u8]) -> Result<Totp, StorageError> {
    let seed = means.derived.factors.open(sealed, &context(user_id)).map_err(internal)?;
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(SKEW)
        .with_step_duration(STEP)
        .with_secret(seed)
        .build()
        .map_err(|_| StorageError::Corrupt("totp_secrets.sealed_secret"))
}

/// The step whose code this is. Compared in constant time by the library.
fn step_of(totp: &Totp, typed: &str, now: Seconds) -> Option<i64> {
    // People type spaces as the app shows them, and digits as their keyboard has them.
    let code: String = typed.nfkc().filter(|c| !c.is_whitespace() && *c != '-').take(7).collect();
    if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    totp.check(&code, u64::try_from(now).ok()?).and_then(|step| i64::try_from(step).ok())
}

/// What apps read from the picture. The label is `issuer:name`, and neither part holds a colon.
fn uri(config: &Config, user: &User, secret: &Secret) -> String {
    let encoded = |text: &str| -> String {
        let plain = text.replace(':', " ");
        url::form_urlencoded::byte_serialize(plain.as_bytes()).collect::<String>().replace('+', "%20")
    };
    let (issuer, name) = (encoded(config.issuer.host()), encoded(&user.name));
    format!(
        "otpauth://totp/{issuer}:{name}?secret={}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP}",
        secret.to_base32()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totp() -> Totp {
        // The seed of RFC 6238, appendix B.
        Builder::new().with_digits(6).with_secret(b"12345678901234567890".to_vec()).build().unwrap()
    }

    /// RFC 6238, appendix B: the last six digits of its examples, at their own step.
    #[test]
    fn the_examples_of_the_rfc_hold() {
        for (time, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (20_000_000_000, "353130")]
        {
            assert_eq!(step_of(&totp(), code, time), Some(time / 30), "{time}");
        }
    }

    /// P13: the steps beside the present one are taken, and none further away.
    #[test]
    fn a_code_is_taken_one_step_early_or_late() {
        let (code, step) = ("081804", 1_111_111_109 / 30);
        for (offset, is_right) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = step_of(&totp(), code, (step + offset) * 30);
            assert_eq!(found, is_right.then_some(step), "{offset}");
        }
    }

    /// WCAG 3.3.8: a code may be typed as the app shows it, or with the digits of a Japanese keyboard.
    #[test]
    fn spaces_and_wide_digits_are_understood() {
        for typed in ["081 804", " 081804 ", "０８１８０４", "081-804"] {
            assert!(step_of(&totp(), typed, 1_111_111_109).is_some(), "{typed}");
        }
        for typed in ["", "08180", "0818040", "08180a", "+81804", "081804081804", "٠٨١٨٠٤"] {
            assert!(step_of(&totp(), typed, 1_111_111_109).is_none(), "{typed}");
        }
    }
}
