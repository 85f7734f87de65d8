//! People sign in with an account that they have at another OpenID provider, which an operator added. OpenID Connect Core §3.1.
//!
//! What the provider says proves one factor, whatever it calls it: who is switched off here, or must show a second factor here, is and
//! must. Security statements P09 and P16.

mod depart;
mod links;
mod provider;
mod returned;
mod rules;
mod settle;

pub use depart::{Departure, Leaving, depart};
pub use links::{Linked, Links, of_person, unlink};
pub use provider::{Known, examine, seal_secret};
pub use returned::{Begun, Outcome, Returned, complete, take};
pub use rules::Rules;

use super::Means;
use crate::clock::Seconds;
use crate::keys::KeyError;
use crate::protocol::upstream::UpstreamFault;
use crate::storage::{Failure, StorageError, upstream_providers};

/// How long somebody may take to sign in elsewhere.
const LIFETIME: Seconds = 900;

/// Why nobody is signed in, or nothing linked, by an account elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpstreamRefusal {
    /// There is no such provider, or it is switched off.
    NoProvider,
    /// This browser did not begin it, or too long ago, or it was answered already.
    Stale,
    /// The person said no there, or the provider did.
    Denied,
    /// The provider cannot be reached, or what it says is not believed.
    Provider,
    /// So many sign-ins were begun from this network; seconds to wait.
    TooMany(Seconds),
    /// Nobody here is linked to it, and the rules give it no account.
    NoAccount,
    /// It has no address that the provider has verified, without which it gets no account.
    NoVerifiedAddress,
    /// Somebody here has its address, and has to link it themselves.
    AddressTaken,
    /// It is linked to somebody else.
    LinkedElsewhere,
    /// Whoever began to link it is not signed in any more.
    OtherPerson,
    /// It is the only way in that the person has.
    OnlyWayIn,
}

type Done<T> = Result<T, Failure<UpstreamRefusal>>;

fn refuse<T>(refusal: UpstreamRefusal) -> Done<T> {
    Err(Failure::Refused(refusal))
}

/// The provider is at fault; the log says how.
fn distrust<T>(name: &str, fault: UpstreamFault) -> Done<T> {
    tracing::warn!(provider = %name, "an upstream provider is not believed: it {fault}");
    refuse(UpstreamRefusal::Provider)
}

fn sealing(error: &KeyError) -> StorageError {
    StorageError::Internal(error.to_string())
}

/// A button of the sign-in page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The name in `/upstream/{name}`.
    pub name: String,
    /// What the button says.
    pub label: String,
}

/// The providers by which people can sign in.
pub async fn choices(means: &Means) -> Result<Vec<Choice>, Failure<super::log_out::Never>> {
    means
        .database
        .read(|conn| {
            let all = upstream_providers::list(conn)?.into_iter();
            let enabled = all.filter(|provider| provider.disabled_at.is_none());
            Ok(enabled.map(|provider| Choice { name: provider.name, label: provider.label }).collect())
        })
        .await
}
