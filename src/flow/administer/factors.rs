//! The factors of people, for operators: what there is, and a way out for whoever lost all of it.
//! Security statement P12.

use serde::Serialize;
use utoipa::ToSchema;

use super::Administered;
use super::people::{self, Who};
use crate::flow::factors::{self, Factors, removal};
use crate::flow::{Failure, Means, Origin};
use crate::storage::browser_sessions;

/// The factors of somebody, and whether they must have one beside the password.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FactorsOf {
    pub subject: String,
    pub is_required: bool,
    #[serde(flatten)]
    pub factors: Factors,
}

/// What was removed, and what ended with it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Reset {
    pub subject: String,
    pub passkeys: usize,
    pub one_time_codes: bool,
    /// Sessions that ended.
    pub sessions: usize,
}

/// What somebody can prove who they are with, beside a password.
pub async fn list(means: &Means, who: Who) -> Administered<FactorsOf> {
    means
        .database
        .read(move |conn| {
            let user = people::find(conn, &who)?;
            let factors = factors::of(conn, user.id)?;
            let is_required = factors::is_required(conn, user.id)?;
            Ok(FactorsOf { subject: user.subject, is_required, factors })
        })
        .await
}

/// Removes every factor of somebody but the password, and signs them out everywhere: what was lost may be in other hands.
/// NIST SP 800-63B-4 §4.2.
pub async fn reset(means: &Means, who: Who, origin: Origin) -> Administered<Reset> {
    let (now, mailer) = (means.clock.now(), means.mailer.clone());
    means
        .database
        .write(move |conn| {
            let user = people::find(conn, &who)?;
            let before = removal::remove_all(conn, &mailer, &user, &origin, now)?;
            let sessions = browser_sessions::end_all_of_user(conn, user.id, now)?;
            Ok::<_, Failure<super::Refusal>>(Reset {
                subject: user.subject,
                passkeys: before.passkeys.len(),
                one_time_codes: before.one_time_codes.is_some(),
                sessions,
            })
        })
        .await
}
