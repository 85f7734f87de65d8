//! Apps that show one-time codes: RFC 6238 with what every app can do, HMAC-SHA-1, six digits, 30 seconds.
//! Security statement P13.

use std::convert::Infallible;

use serde_json::json;
use totp_rs::{Algorithm, Builder, Totp};
use unicode_normalization::UnicodeNormalization as _;

use super::ceremony::{self, Bound, Purpose};
use super::{Change, Changed, FactorRefusal, broken, internal, lock};
use crate::clock::Seconds;
use crate::config::Config;
use crate::entropy::Token;
use crate::flow::{Failure, Means};
use crate::mail::{EmailKind, Factor};
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::users::User;
use crate::storage::{StorageError, recovery_codes, totp_secrets};

/// 160 bits, as RFC 4226 §4 R6 recommends.
const SEED_BYTES: usize = 20;
const STEP: u64 = 30;
/// Codes of the step before and the step after are taken, for clocks that differ. RFC 6238 §5.2.
const SKEW: u16 = 1;

/// What the person gives their app, once.
pub struct Enrolment {
    /// To be sent back with the first code.
    pub ceremony: Token,
    /// The seed in base32, for those who type.
    pub secret: String,
    /// The same for those who scan: `otpauth://totp/…`.
    pub uri: String,
}

/// A new seed that waits for its first code, from this browser; the app that there may be goes on until then.
/// Security statement P13.
pub async fn begin(means: &Means, user: &User, browser: &Token) -> Result<Enrolment, StorageError> {
    let seed: [u8; SEED_BYTES] = means.entropy.bytes();
    let ceremony = ceremony::store(means, bound(browser, user), &seed).await?;
    enrolment(means, user, ceremony, &seed)
}

/// The seed that waits for its first code. Security statement P13.
pub async fn pending(means: &Means, user: &User, browser: &Token, ceremony: Token) -> Changed<Enrolment> {
    let seed: [u8; SEED_BYTES] = ceremony::find(means, bound(browser, user), &ceremony).await?;
    Ok(enrolment(means, user, ceremony, &seed)?)
}

/// The first code of a seed: from now on its codes sign in, and those of the app before do not. Says whether the person has
/// recovery codes. RFC 6238 §5.2.
pub async fn confirm(
    means: &Means,
    user: &User,
    browser: &Token,
    ceremony: &Token,
    typed: &str,
    origin: Origin,
) -> Changed<bool> {
    let (now, bound) = (means.clock.now(), bound(browser, user));
    let seed: [u8; SEED_BYTES] = ceremony::find(means, bound.clone(), ceremony).await?;
    let Some(step) = step_of(&totp(&seed)?, typed, now) else {
        return Err(Failure::Refused(FactorRefusal::WrongCode));
    };
    let sealed = means.derived.factors.seal(means.entropy, &seed, &context(user.id)).map_err(internal)?;
    let (user, digest, mailer) = (user.clone(), ceremony.digest(), means.mailer.clone());
    means
        .database
        .write(move |conn| {
            lock(conn, &user)?;
            if !ceremony::finish(conn, &bound, &digest, now)? {
                return Err(Failure::Refused(FactorRefusal::NotVerified));
            }
            let replaced = totp_secrets::find(conn, user.id)?.is_some();
            totp_secrets::put(conn, user.id, &sealed, step, now)?;
            let details = json!({
                "sub": user.subject, "name": user.name, "factor": "one_time_codes", "replaced": replaced,
            });
            let change = Change { mailer: &mailer, user: &user, origin: &origin, now };
            let email = EmailKind::FactorAdded { what: Factor::Totp };
            change.tell(conn, EventKind::FactorAdded, details, email)?;
            Ok(recovery_codes::left(conn, user.id)?.is_some())
        })
        .await
}

/// Whether this is a code of the person's app, which it then was for the only time. Two that try the same code at once are
/// not both right: one guarded UPDATE decides. RFC 6238 §5.2.
pub async fn verify(means: &Means, user_id: i64, typed: &str) -> Result<bool, StorageError> {
    let now = means.clock.now();
    let found = means
        .database
        .read(move |conn| Ok::<_, Failure<Infallible>>(totp_secrets::find(conn, user_id)?))
        .await
        .map_err(broken)?;
    let Some(secret) = found else { return Ok(false) };
    let seed = means.derived.factors.open(&secret.sealed_secret, &context(user_id)).map_err(internal)?;
    let Some(step) = step_of(&totp(&seed)?, typed, now) else { return Ok(false) };
    let spent = means.database.write(move |conn| {
        let spent = totp_secrets::spend(conn, user_id, &secret.sealed_secret, step, now)?;
        Ok::<_, Failure<Infallible>>(spent)
    });
    spent.await.map_err(broken)
}

fn bound(browser: &Token, user: &User) -> Bound {
    Bound { browser: browser.digest(), user_id: Some(user.id), purpose: Purpose::OneTimeCodes }
}

fn enrolment(means: &Means, user: &User, ceremony: Token, seed: &[u8]) -> Result<Enrolment, StorageError> {
    let totp = totp(seed)?;
    let secret = totp.secret().to_base32();
    Ok(Enrolment { uri: uri(&means.config, user, &secret), ceremony, secret })
}

fn context(user_id: i64) -> String {
    format!("one-time codes of {user_id}")
}

fn totp(seed: &[u8]) -> Result<Totp, StorageError> {
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
fn uri(config: &Config, user: &User, secret: &str) -> String {
    let encoded = |text: &str| -> String {
        let plain = text.replace(':', " ");
        url::form_urlencoded::byte_serialize(plain.as_bytes()).collect::<String>().replace('+', "%20")
    };
    let (issuer, name) = (encoded(config.issuer.host()), encoded(&user.name));
    format!(
        "otpauth://totp/{issuer}:{name}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period={STEP}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of RFC 6238, appendix B.
    fn app() -> Totp {
        totp(b"12345678901234567890").unwrap()
    }

    /// RFC 6238, appendix B: the last six digits of its examples, at their own step.
    #[test]
    fn the_examples_of_the_rfc_hold() {
        for (time, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"), (20_000_000_000, "353130")]
        {
            assert_eq!(step_of(&app(), code, time), Some(time / 30), "{time}");
        }
    }

    /// P13: the steps beside the present one are taken, and none further away.
    #[test]
    fn a_code_is_taken_one_step_early_or_late() {
        let (code, step) = ("081804", 1_111_111_109 / 30);
        for (offset, is_right) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let found = step_of(&app(), code, (step + offset) * 30);
            assert_eq!(found, is_right.then_some(step), "{offset}");
        }
    }

    /// WCAG 3.3.8: a code may be typed as the app shows it, or with the digits of a Japanese keyboard.
    #[test]
    fn spaces_and_wide_digits_are_understood() {
        for typed in ["081 804", " 081804 ", "０８１８０４", "081-804"] {
            assert!(step_of(&app(), typed, 1_111_111_109).is_some(), "{typed}");
        }
        for typed in ["", "08180", "0818040", "08180a", "+81804", "081804081804", "٠٨١٨٠٤"] {
            assert!(step_of(&app(), typed, 1_111_111_109).is_none(), "{typed}");
        }
    }
}
