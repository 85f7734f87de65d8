//! What waits for an answer of one browser: a challenge, or the seed of an app. It is kept sealed, and answered once.
//! WebAuthn Level 3 §13.4.3.

use std::convert::Infallible;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Changed, FactorRefusal, broken, internal};
use crate::clock::Seconds;
use crate::entropy::{Digest, Token};
use crate::flow::{Failure, Means};
use crate::storage::passkey_ceremonies as ceremonies;
use crate::storage::{DbConnection, StorageError};

pub use crate::storage::passkey_ceremonies::{Binding as Bound, Purpose};

/// How long it waits. WCAG 2.2.1: long enough for whoever has to find a device first.
const ANSWER_WITHIN: Seconds = 900;

fn context(ceremony: &Digest) -> String {
    format!("ceremony {}", URL_SAFE_NO_PAD.encode(ceremony.as_bytes()))
}

/// Keeps `state` until it is answered. WebAuthn Level 3 §13.4.3.
pub async fn store(means: &Means, bound: Bound, state: &impl Serialize) -> Result<Token, StorageError> {
    let ceremony = means.entropy.token();
    let digest = ceremony.digest();
    let plain = serde_json::to_vec(state).map_err(internal)?;
    let sealed = means.derived.factors.seal(means.entropy, &plain, &context(&digest)).map_err(internal)?;
    let (state, expires_at) = (URL_SAFE_NO_PAD.encode(sealed), means.clock.now() + ANSWER_WITHIN);
    let write = means.database.write(move |conn| {
        Ok::<_, Failure<Infallible>>(ceremonies::insert(conn, &digest, &bound, &state, expires_at)?)
    });
    write.await.map_err(broken)?;
    Ok(ceremony)
}

/// Looks at what waits. WebAuthn Level 3 §13.4.3.
pub async fn find<T: DeserializeOwned>(means: &Means, bound: Bound, ceremony: &Token) -> Changed<T> {
    let (digest, now) = (ceremony.digest(), means.clock.now());
    let found = means
        .database
        .read(move |conn| Ok::<_, Failure<FactorRefusal>>(ceremonies::find(conn, &digest, &bound, now)?));
    open(means, ceremony, found.await?)
}

/// Takes what waits: from now on nobody answers it. WebAuthn Level 3 §13.4.3.
pub async fn take<T: DeserializeOwned>(means: &Means, bound: Bound, ceremony: &Token) -> Changed<T> {
    let (digest, now) = (ceremony.digest(), means.clock.now());
    let taken = means
        .database
        .write(move |conn| Ok::<_, Failure<FactorRefusal>>(ceremonies::take(conn, &digest, &bound, now)?));
    open(means, ceremony, taken.await?)
}

/// As [`take`], within a write that does more; `false` if it was answered meanwhile. WebAuthn Level 3 §13.4.3.
pub fn finish(
    conn: &mut DbConnection,
    bound: &Bound,
    ceremony: &Digest,
    now: Seconds,
) -> Result<bool, StorageError> {
    Ok(ceremonies::take(conn, ceremony, bound, now)?.is_some())
}

fn open<T: DeserializeOwned>(means: &Means, ceremony: &Token, state: Option<String>) -> Changed<T> {
    let state = state.ok_or(Failure::Refused(FactorRefusal::NotVerified))?;
    let corrupt = || StorageError::Corrupt("passkey_ceremonies.state");
    let sealed = URL_SAFE_NO_PAD.decode(state).map_err(|_| corrupt())?;
    let plain = means.derived.factors.open(&sealed, &context(&ceremony.digest())).map_err(internal)?;
    Ok(serde_json::from_slice(&plain).map_err(|_| corrupt())?)
}
