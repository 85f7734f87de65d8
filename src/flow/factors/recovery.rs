//! Recovery codes: ten on paper, for whoever lost every other factor. Each works once and stands in for the second step.
//! Security statement P14.

use std::convert::Infallible;

use serde_json::json;

use super::{Change, Changed, FactorRefusal, broken, lock, of};
use crate::entropy::{Digest, Entropy, Token};
use crate::flow::{Failure, Means};
use crate::mail::{EmailKind, Factor};
use crate::storage::audit_events::{self, Event, EventKind, Origin};
use crate::storage::users::User;
use crate::storage::{StorageError, recovery_codes};

const CODES: usize = 10;
/// 80 random bits: more than the 64 from which NIST SP 800-63B-4 §3.1.2.2 lets a plain digest be stored.
const BYTES: usize = 10;
/// Crockford's: no letter that is taken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Ten new codes, to be shown this once; those before are dead. Only for somebody who has a factor that they stand in for.
/// NIST SP 800-63B-4 §4.2.
pub async fn make(means: &Means, user: &User, origin: Origin) -> Changed<Vec<String>> {
    let codes: Vec<String> = (0..CODES).map(|_| code(means.entropy)).collect();
    let digests: Vec<Digest> = codes.iter().filter_map(|code| digest(code)).collect();
    let (now, user, mailer) = (means.clock.now(), user.clone(), means.mailer.clone());
    means
        .database
        .write(move |conn| {
            lock(conn, &user)?;
            if !of(conn, user.id)?.is_any() {
                return Err(Failure::Refused(FactorRefusal::NotThere));
            }
            recovery_codes::replace(conn, user.id, &digests, now)?;
            let details = json!({ "sub": user.subject, "name": user.name });
            let change = Change { mailer: &mailer, user: &user, origin: &origin, now };
            let email = EmailKind::FactorAdded { what: Factor::RecoveryCodes };
            Ok(change.tell(conn, EventKind::RecoveryCodesMade, details, email)?)
        })
        .await?;
    Ok(codes)
}

/// Uses a recovery code up; how many are left then, or `None` if it is none of this person's that still works.
/// NIST SP 800-63B-4 §4.2.
pub async fn verify(
    means: &Means,
    user: &User,
    typed: &str,
    origin: Origin,
) -> Result<Option<i64>, StorageError> {
    let Some(digest) = digest(typed) else { return Ok(None) };
    let (now, user) = (means.clock.now(), user.clone());
    let write = means.database.write(move |conn| {
        if !recovery_codes::spend(conn, user.id, &digest, now)? {
            return Ok::<_, Failure<Infallible>>(None);
        }
        let left = recovery_codes::left(conn, user.id)?.map_or(0, |(left, _)| left);
        let details = json!({ "sub": user.subject, "name": user.name, "left": left });
        let event = Event { kind: EventKind::RecoveryCodeUsed, origin: &origin, client_id: None, details };
        audit_events::record(conn, &event, now)?;
        Ok(Some(left))
    });
    write.await.map_err(broken)
}

/// Whether this may be meant as a recovery code, and not as a one-time code of six digits. NIST SP 800-63B-4 §4.2.
#[must_use]
pub fn looks_like_one(typed: &str) -> bool {
    digest(typed).is_some()
}

/// Four times four characters.
fn code(entropy: Entropy) -> String {
    let bits = entropy.bytes::<BYTES>().iter().fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    let mut code = String::with_capacity(19);
    for at in 0..16 {
        if at % 4 == 0 && at > 0 {
            code.push('-');
        }
        let index = usize::try_from((bits >> (at * 5)) & 31).unwrap_or_default();
        code.push(char::from(ALPHABET.get(index).copied().unwrap_or(b'0')));
    }
    code
}

/// The digest of a code however it is typed: case, dashes and spaces aside, and `o`, `i` and `l` as what they look like.
fn digest(typed: &str) -> Option<Digest> {
    let mut plain = String::with_capacity(16);
    for c in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        let c = match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        };
        if plain.len() == 16 || !u8::try_from(c).is_ok_and(|byte| ALPHABET.contains(&byte)) {
            return None;
        }
        plain.push(c);
    }
    (plain.len() == 16).then(|| Token::presented(plain).digest())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// P14: 80 bits each, no two the same, and every character is used.
    #[test]
    fn codes_are_long_and_all_different() {
        let codes: BTreeSet<String> = (0..500).map(|_| code(Entropy)).collect();
        assert_eq!(codes.len(), 500);
        let seen: BTreeSet<char> = codes.iter().flat_map(|code| code.chars()).collect();
        assert_eq!(seen.len(), ALPHABET.len() + 1, "{seen:?}");
        assert!(codes.iter().all(|code| code.len() == 19 && looks_like_one(code)));
    }

    /// WCAG 3.3.8: a code is understood however it is copied from paper.
    #[test]
    fn a_code_is_understood_however_it_is_typed() {
        let expected = digest("0123-4567-89ab-cdef");
        assert!(expected.is_some());
        for typed in
            ["0123456789ABCDEF", " o123 4567 89ab cdef ", "OI23-4567-89AB-CDEF", "0l23-4567-89ab-cdef"]
        {
            assert!(digest(typed) == expected, "{typed}");
        }
        for typed in
            ["", "123456", "0123-4567-89ab-cde", "0123-4567-89ab-cdef0", "0123-4567-89ab-cdeu", "é123"]
        {
            assert!(digest(typed).is_none(), "{typed}");
        }
    }
}
