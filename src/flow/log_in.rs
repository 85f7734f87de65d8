//! A person shows a name and a password: one door to [`sign_in::proven`].

use super::attempts::{Guess, place};
use super::set_up::MAX_NAME;
use super::sign_in::guesses::{self, Subject};
use super::sign_in::{self, Method, Next, Proof, SignInRefusal, Way};
use super::{Failure, Means};
use crate::password::PasswordError;
use crate::storage::StorageError;
use crate::storage::users::{self, User};
use crate::telemetry::{self, Outcome};

/// Failures from one place, or at one name from one place, per minute.
const LIMIT_PER_NAME: u32 = 10;
const LIMIT_PER_PLACE: u32 = 50;

/// Name or verified address, and password, as typed.
pub struct Credentials {
    pub name: String,
    pub password: String,
}

/// Names are compared without regard to case and surrounding space; they are stored so.
#[must_use]
pub fn canonical_name(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Verifies the password outside any transaction, the guess being counted before.
pub async fn log_in(
    means: &Means,
    credentials: Credentials,
    way: Way,
) -> Result<Next, Failure<SignInRefusal>> {
    let outcome = check(means, credentials, way).await;
    match &outcome {
        Ok(Next::SignedIn { .. }) => telemetry::count_login(Outcome::Ok),
        Err(Failure::Refused(refusal)) if *refusal != SignInRefusal::Busy => {
            telemetry::count_login(Outcome::Refused);
        }
        _ => {}
    }
    outcome
}

async fn check(means: &Means, credentials: Credentials, way: Way) -> Result<Next, Failure<SignInRefusal>> {
    let (now, name) = (means.clock.now(), canonical_name(&credentials.name));
    let place = place(way.origin.address);
    let per_name = format!("{place} {}", name.chars().take(MAX_NAME).collect::<String>());
    let wait = means
        .attempts
        .wait(Guess::Password, &place, LIMIT_PER_PLACE, now)
        .or_else(|| means.attempts.wait(Guess::Password, &per_name, LIMIT_PER_NAME, now));
    let found = find(means, name.clone()).await?;
    let subject = Subject { user_id: found.as_ref().map(|(user, _)| user.id), name };
    if let Some(seconds) = wait
        && !guesses::counts_apart(means, &subject, &way.browser).await?
    {
        return Err(Failure::Refused(SignInRefusal::TooMany(seconds)));
    }
    let guess = guesses::begin(means, &subject, &way.browser).await?;
    let hash = found.as_ref().and_then(|(_, hash)| hash.as_deref());
    let is_right = match means.passwords.verify(&credentials.password, hash).await {
        Ok(is_right) => is_right,
        Err(error) => {
            guesses::take_back(means, guess).await?;
            return Err(unverified(error));
        }
    };
    let user_id = subject.user_id;
    let right = found.filter(|(user, _)| is_right && user.disabled_at.is_none());
    let Some((user, Some(hash))) = right else {
        means.attempts.failed(Guess::Password, &place, now);
        means.attempts.failed(Guess::Password, &per_name, now);
        guesses::failed(means, &guess, user_id, &way.origin).await?;
        return Err(Failure::Refused(SignInRefusal::Wrong));
    };
    let proof =
        Proof { user_id: user.id, methods: vec![Method::Password], password_hash: Some(hash.clone()) };
    let next = sign_in::proven(means, proof, way).await?;
    if !matches!(next, Next::SignedIn { .. }) {
        guesses::take_back(means, guess).await?;
    }
    rehash(means, user.id, hash, &credentials.password).await;
    Ok(next)
}

async fn find(means: &Means, name: String) -> Result<Option<(User, Option<String>)>, Failure<SignInRefusal>> {
    means.database.read(move |conn| Ok(users::find_by_identifier(conn, &name)?)).await
}

fn unverified(error: PasswordError) -> Failure<SignInRefusal> {
    match error {
        PasswordError::Busy => Failure::Refused(SignInRefusal::Busy),
        other @ PasswordError::Failed => Failure::Broken(StorageError::Internal(other.to_string())),
    }
}

/// A hash of weaker parameters than today's is replaced while the password is at hand. The sign-in does not depend on it.
async fn rehash(means: &Means, user_id: i64, old: String, password: &str) {
    if !means.passwords.is_outdated(&old) {
        return;
    }
    let Ok(new) = means.passwords.hash(password).await else { return };
    let replaced = means
        .database
        .write(move |conn| {
            Ok::<_, Failure<std::convert::Infallible>>(users::rehash(conn, user_id, &old, &new)?)
        })
        .await;
    if let Err(Failure::Broken(error)) = replaced {
        tracing::warn!(%error, "a password could not be hashed anew");
    }
}
