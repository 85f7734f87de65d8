//! The keys that sign tokens, as an operator looks after them.

use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{Administered, Refusal, record};
use crate::clock::Seconds;
use crate::flow::rotate_keys::{self, NewKey};
use crate::flow::{EventKind, Failure, Means, Origin};
use crate::keys::{Algorithm, KeyTimes};
use crate::storage::{StorageError, signing_keys};

/// A key, without its private half.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KeyView {
    pub kid: String,
    pub algorithm: &'static str,
    /// `waits`, `signs` or `retired`.
    pub state: &'static str,
    pub published_at: Seconds,
    pub signs_from: Seconds,
    /// From when on it signs no more; null = it is not known yet.
    pub retired_at: Option<Seconds>,
    /// Until when it is published; null = it is not known yet.
    pub removed_after: Option<Seconds>,
}

/// Every key, oldest first.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Keys {
    pub keys: Vec<KeyView>,
}

/// What a key does at this moment.
#[must_use]
pub fn state(times: KeyTimes, now: Seconds) -> &'static str {
    if times.signs_at(now) {
        "signs"
    } else if times.signs_from > now {
        "waits"
    } else {
        "retired"
    }
}

/// Every key that is published.
pub async fn list(means: &Means) -> Administered<Keys> {
    let now = means.clock.now();
    let rows = means.database.read(|conn| Ok::<_, Failure<Refusal>>(signing_keys::all(conn)?)).await?;
    let mut keys = Vec::with_capacity(rows.len());
    for row in rows {
        let times = row.times();
        keys.push(KeyView {
            algorithm: row.algorithm()?.as_str(),
            state: state(times, now),
            published_at: times.published_at,
            signs_from: times.signs_from,
            retired_at: times.retired_at,
            removed_after: times.removed_after,
            kid: row.kid,
        });
    }
    Ok(Keys { keys })
}

/// Makes a key of each of these algorithms. It is published at once and signs as soon as every cached key set holds it.
pub async fn rotate(means: &Means, algorithms: Vec<Algorithm>, origin: Origin) -> Administered<()> {
    let (master, entropy) = (means.derived.signing_keys.clone(), means.entropy);
    // Off the threads that answer: an RSA key takes up to a second.
    let made = tokio::task::spawn_blocking(move || {
        algorithms
            .into_iter()
            .map(|one| NewKey::generate(one, &master, entropy))
            .collect::<Result<Vec<_>, _>>()
    })
    .await;
    let keys = match made {
        Ok(Ok(keys)) => Arc::new(keys),
        Ok(Err(error)) => return Err(StorageError::Internal(error.to_string()).into()),
        Err(error) => return Err(StorageError::Internal(error.to_string()).into()),
    };
    let (now, max_age, longest) =
        (means.clock.now(), means.config.keys.jwks_max_age, means.longest_token_life());
    means
        .database
        .write(move |conn| {
            rotate_keys::rotate(conn, &keys, now, max_age, longest)?;
            let details = json!({ "kids": keys.iter().map(NewKey::kid).collect::<Vec<_>>() });
            Ok(record(conn, EventKind::SigningKeysRotated, &origin, details, now)?)
        })
        .await
}
