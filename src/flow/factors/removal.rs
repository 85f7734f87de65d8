//! A factor is given up: by its person, or all of them by an operator for somebody who lost them.
//! Security statements P12 and P14.

use serde_json::json;

use super::{Changed, FactorRefusal, Factors, is_required, lock, of, record};
use crate::clock::Seconds;
use crate::flow::{Failure, Means};
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::users::User;
use crate::storage::{DbConnection, StorageError, passkeys, recovery_codes, totp_secrets};

/// Which factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// By its id.
    Passkey(i64),
    OneTimeCodes,
}

/// Removes a factor of this person. The last one stays if the person must have one; recovery codes go with it, since there is
/// nothing left that they stand in for. NIST SP 800-63B-4 §4.4.
pub async fn remove(means: &Means, user: &User, factor: Factor, origin: Origin) -> Changed<()> {
    let (now, user) = (means.clock.now(), user.clone());
    means
        .database
        .write(move |conn| {
            lock(conn, &user)?;
            let before = of(conn, user.id)?;
            if before.is_last() && is_required(conn, user.id)? {
                return Err(Failure::Refused(FactorRefusal::Required));
            }
            let details = match factor {
                Factor::Passkey(id) => {
                    let Some(passkey) = passkeys::remove(conn, user.id, id)? else {
                        return Err(Failure::Refused(FactorRefusal::NotThere));
                    };
                    json!({ "sub": user.subject, "name": user.name, "factor": "passkey", "passkey": passkey })
                }
                Factor::OneTimeCodes => {
                    if !totp_secrets::remove(conn, user.id)? {
                        return Err(Failure::Refused(FactorRefusal::NotThere));
                    }
                    json!({ "sub": user.subject, "name": user.name, "factor": "one_time_codes" })
                }
            };
            if before.is_last() {
                recovery_codes::remove_all(conn, user.id)?;
            }
            Ok(record(conn, EventKind::FactorRemoved, &origin, details, now)?)
        })
        .await
}

/// Removes every factor of this person; what they had. NIST SP 800-63B-4 §4.2.
pub(in crate::flow) fn remove_all(
    conn: &mut DbConnection,
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
    record(conn, EventKind::FactorRemoved, origin, details, now)?;
    Ok(before)
}
