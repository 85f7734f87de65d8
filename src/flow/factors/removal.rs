//! A factor is given up: by its person, or all of them by an operator for somebody who lost them.
//! Security statements P12 and P14.

use serde_json::json;

use super::{Change, Changed, FactorRefusal, Factors, is_required, lock, of};
use crate::clock::Seconds;
use crate::flow::{Failure, Means};
use crate::mail::{self, EmailKind, Mailer};
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::users::User;
use crate::storage::ways_in::{self, GivenUp};
use crate::storage::{DbConnection, StorageError, passkeys, recovery_codes, totp_secrets};

/// Which factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// By its id.
    Passkey(i64),
    OneTimeCodes,
}

/// Removes a factor of this person. The last one stays if the person must have one, and a passkey if nothing else lets them in; recovery codes go with it, since there is
/// nothing left that they stand in for. NIST SP 800-63B-4 §4.4.
pub async fn remove(means: &Means, user: &User, factor: Factor, origin: Origin) -> Changed<()> {
    let (now, user, mailer) = (means.clock.now(), user.clone(), means.mailer.clone());
    means
        .database
        .write(move |conn| {
            lock(conn, &user)?;
            let before = of(conn, user.id)?;
            if before.is_only_one() && is_required(conn, user.id)? {
                return Err(Failure::Refused(FactorRefusal::Required));
            }
            let (details, what) = match factor {
                Factor::Passkey(id) => {
                    if !ways_in::are_left(conn, user.id, GivenUp::Passkey(id))? {
                        return Err(Failure::Refused(FactorRefusal::OnlyWayIn));
                    }
                    let Some(passkey) = passkeys::remove(conn, user.id, id)? else {
                        return Err(Failure::Refused(FactorRefusal::NotThere));
                    };
                    let details = json!({
                        "sub": user.subject, "name": user.name, "factor": "passkey", "passkey": &passkey,
                    });
                    (details, mail::Factor::Passkey(passkey))
                }
                Factor::OneTimeCodes => {
                    if !totp_secrets::remove(conn, user.id)? {
                        return Err(Failure::Refused(FactorRefusal::NotThere));
                    }
                    let details =
                        json!({ "sub": user.subject, "name": user.name, "factor": "one_time_codes" });
                    (details, mail::Factor::Totp)
                }
            };
            if before.is_only_one() {
                recovery_codes::remove_all(conn, user.id)?;
            }
            let change = Change { mailer: &mailer, user: &user, origin: &origin, now };
            let email = EmailKind::FactorRemoved { what };
            Ok(change.tell(conn, EventKind::FactorRemoved, details, email)?)
        })
        .await
}

/// Removes every factor of this person; what they had. NIST SP 800-63B-4 §4.2.
pub(in crate::flow) fn remove_all(
    conn: &mut DbConnection,
    mailer: &Mailer,
    user: &User,
    origin: &Origin,
    now: Seconds,
) -> Result<Factors, StorageError> {
    let before = of(conn, user.id)?;
    passkeys::remove_all(conn, user.id)?;
    totp_secrets::remove(conn, user.id)?;
    recovery_codes::remove_all(conn, user.id)?;
    let details = json!({
        "sub": user.subject,
        "name": user.name,
        "factor": "all",
        "passkeys": before.passkeys.len(),
        "one_time_codes": before.one_time_codes.is_some(),
    });
    let email = EmailKind::FactorRemoved { what: mail::Factor::All };
    Change { mailer, user, origin, now }.tell(conn, EventKind::FactorRemoved, details, email)?;
    Ok(before)
}
