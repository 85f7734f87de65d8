//! The logos of clients: fetched in the background, made anew, and shown from here. RFC 7591 §5, security statement D08.
//!
//! A picture is asked for when its client registers or changes, and when a page would show it and it is absent or a day
//! old. One server of all fetches; no request waits for it, and no page sends a person's browser to an address of a client.

use std::convert::Infallible;

use futures_util::future::join_all;

use super::{Client, Means};
use crate::clock::Seconds;
use crate::config::Logos;
use crate::fetch::{FetchError, Purpose};
use crate::picture::small_png;
use crate::storage::client_pictures::{self, DuePicture, KnownPicture};
use crate::storage::{DbConnection, Failure, StorageError, clients, leases};

const LEASE: &str = "client_pictures";
/// Longer than one round may take. A server that dies is replaced after this time.
const LEASE_LIFETIME: Seconds = 30;
/// Pictures in one round: as many as the fetcher has places for.
const AT_ONCE: i64 = 4;
/// A picture that people still see is fetched again after this time.
const FRESH_FOR: Seconds = 86_400;
/// One that could not be had, after this.
const RETRY_AFTER: Seconds = 3_600;
/// A host that was asked too often is left alone for so long.
const PUT_OFF: Seconds = 600;
/// While its host is away a picture is shown for so long.
const KEPT_FOR: Seconds = 7 * 86_400;

type Written = Failure<Infallible>;

/// The name under which the picture behind `uri` is served, if there is one; has it fetched if that is due. A page is shown
/// without a picture rather than not at all.
pub async fn name_of(means: &Means, client: &Client, uri: Option<&str>) -> Option<String> {
    let uri = uri.filter(|_| means.config.logos == Logos::Fetch)?;
    match look(means, client, uri).await {
        Ok(name) => name,
        Err(error) => {
            tracing::warn!(%error, "the picture of a client could not be looked up");
            None
        }
    }
}

/// A client registered or changed what it registered: its picture is fetched, so that it is there when people come.
pub async fn announce(means: &Means, client_id: &str) {
    if means.config.logos == Logos::Off {
        return;
    }
    let client_id = client_id.to_owned();
    let find = move |conn: &mut DbConnection| {
        let Some(client) = clients::find(conn, &client_id)? else { return Ok(None) };
        let known = client_pictures::uris(conn, client.key)?;
        Ok(Some((client, known)))
    };
    let asked = match means.database.read(find).await.map_err(broken) {
        Ok(Some((client, known))) => update(means, &client, &known).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = asked {
        tracing::warn!(%error, "the picture of a client could not be asked for");
    }
}

/// Asks for a picture behind a new address, and forgets those behind old ones.
async fn update(means: &Means, client: &Client, known: &[String]) -> Result<(), StorageError> {
    let is_known = |uri: &str| known.iter().any(|known| known == uri);
    let new = client.metadata.localized("logo_uri", &[]).filter(|uri| !is_known(uri));
    let named: Vec<&str> = client.metadata.in_all_languages("logo_uri").collect();
    if new.is_some() || known.iter().any(|known| !named.contains(&known.as_str())) {
        ask(means, client, new).await?;
    }
    Ok(())
}

/// The PNG of this name.
pub async fn served(means: &Means, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
    if means.config.logos == Logos::Off {
        return Ok(None);
    }
    let name = name.to_owned();
    let find = move |conn: &mut DbConnection| Ok(client_pictures::by_name(conn, &name)?);
    means.database.read(find).await.map_err(broken)
}

async fn look(means: &Means, client: &Client, uri: &str) -> Result<Option<String>, StorageError> {
    let known = {
        let (key, uri) = (client.key, uri.to_owned());
        let find = move |conn: &mut DbConnection| Ok(client_pictures::find(conn, key, &uri)?);
        means.database.read(find).await.map_err(broken)?
    };
    if is_to_ask(known.as_ref(), means.clock.now()) {
        ask(means, client, Some(uri)).await?;
    }
    Ok(known.and_then(|known| known.name))
}

fn is_to_ask(known: Option<&KnownPicture>, now: Seconds) -> bool {
    known.is_none_or(|known| {
        let pause = if known.name.is_some() { FRESH_FOR } else { RETRY_AFTER };
        !known.is_awaited && now - known.asked_at >= pause
    })
}

/// Has the picture behind this address fetched, and forgets those behind addresses that the client no longer names.
async fn ask(means: &Means, client: &Client, uri: Option<&str>) -> Result<(), StorageError> {
    let (now, key, new_name) = (means.clock.now(), client.key, means.entropy.identifier());
    let named: Vec<String> = client.metadata.in_all_languages("logo_uri").map(str::to_owned).collect();
    let uri = uri.map(str::to_owned);
    let note = move |conn: &mut DbConnection| {
        if !clients::hold(conn, key)? {
            return Ok(());
        }
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        client_pictures::keep_only(conn, key, &named)?;
        match &uri {
            Some(uri) => Ok(client_pictures::ask(conn, key, uri, &new_name, now)?),
            None => Ok(()),
        }
    };
    means.database.write(note).await.map_err(broken)?;
    means.pictures_wanted.notify_one();
    Ok(())
}

/// Fetches what is due, if this server is the one that does; how many pictures it tried to have. Looks on a reader first:
/// while there is nothing to fetch, nothing is written.
pub async fn fetch_due(means: &Means) -> Result<usize, StorageError> {
    let mut total = 0;
    loop {
        let due = begin(means).await?;
        if due.is_empty() {
            return Ok(total);
        }
        total += due.len();
        let fetched = due.into_iter().map(|due| async move { (fetch(means, &due).await, due) });
        let done = join_all(fetched).await;
        finish(means, done).await?;
    }
}

/// What is due, if this server fetches.
async fn begin(means: &Means) -> Result<Vec<DuePicture>, StorageError> {
    let (now, holder) = (means.clock.now(), means.server_id.clone());
    let due = {
        let holder = holder.clone();
        let look = move |conn: &mut DbConnection| {
            let is_ours = leases::is_free(conn, LEASE, now)? || leases::is_held_by(conn, LEASE, &holder)?;
            Ok(if is_ours { client_pictures::due(conn, now, AT_ONCE)? } else { Vec::new() })
        };
        means.database.read(look).await.map_err(broken)?
    };
    if due.is_empty() {
        return Ok(due);
    }
    let take = move |conn: &mut DbConnection| {
        let is_ours = leases::take(conn, LEASE, &holder, now, now + LEASE_LIFETIME)?;
        // Another server may have fetched them meanwhile.
        Ok(if is_ours { client_pictures::due(conn, now, AT_ONCE)? } else { Vec::new() })
    };
    means.database.write(take).await.map_err(broken)
}

/// What came of an attempt.
enum Attempt {
    Picture(Vec<u8>),
    /// There is none, or none that may be shown.
    Nothing,
    /// Its host does not answer.
    Away,
    /// Its host was asked too often.
    TooOften,
}

async fn fetch(means: &Means, due: &DuePicture) -> Attempt {
    let fetched = match means.fetcher.get(&due.uri, Purpose::Logo).await {
        Ok(fetched) => fetched,
        Err(FetchError::TooOften) => return Attempt::TooOften,
        Err(FetchError::Unreachable(_) | FetchError::TimedOut) => return Attempt::Away,
        Err(FetchError::Status(status)) if status >= 500 || status == 429 => return Attempt::Away,
        Err(_) => return Attempt::Nothing,
    };
    // A decoder that panics is one picture less.
    if let Ok(Some(png)) = tokio::task::spawn_blocking(move || small_png(&fetched.body)).await {
        return Attempt::Picture(png);
    }
    tracing::info!(client_key = due.client_key, "the logo of a client is no picture that can be shown");
    Attempt::Nothing
}

async fn finish(means: &Means, done: Vec<(Attempt, DuePicture)>) -> Result<(), StorageError> {
    let now = means.clock.now();
    let done: Vec<_> =
        done.into_iter().map(|(attempt, due)| (attempt, due, means.entropy.identifier())).collect();
    let note = move |conn: &mut DbConnection| {
        for (attempt, due, new_name) in &done {
            keep(conn, attempt, due, new_name, now)?;
        }
        Ok(())
    };
    means.database.write(note).await.map_err(broken)
}

/// A client that is gone meanwhile has no row any more, and nothing is kept.
fn keep(
    conn: &mut DbConnection,
    attempt: &Attempt,
    due: &DuePicture,
    new_name: &str,
    now: Seconds,
) -> Result<(), Written> {
    let is_young = due.fetched_at.is_some_and(|fetched_at| now - fetched_at < KEPT_FOR);
    match attempt {
        Attempt::Picture(png) if due.picture.as_ref() == Some(png) => {
            client_pictures::still_the_same(conn, due, now)?;
        }
        Attempt::Picture(png) => client_pictures::replace(conn, due, Some(png), new_name, now)?,
        Attempt::TooOften => client_pictures::put_off(conn, due, Some(now + PUT_OFF))?,
        Attempt::Away if is_young => client_pictures::put_off(conn, due, None)?,
        Attempt::Away | Attempt::Nothing => client_pictures::replace(conn, due, None, new_name, now)?,
    }
    Ok(())
}

fn broken(failure: Written) -> StorageError {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    }
}
