//! How often somebody may guess: counted by person, whatever the identifier and the factor. Security statements P07 and P08.
//!
//! Each guess is counted as a failure before it is checked, and taken back if it was right: guesses at the same moment count
//! each. A browser that the person has signed in with has a count of its own, so that strangers cannot lock them out. Who guesses
//! waits for the guess before, so that right ones at the same moment are not taken for many failures.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::SignInRefusal;
use super::turns::Turn;
use crate::entropy::Digest;
use crate::flow::authorize::Browser;
use crate::flow::{Failure, Means, Origin};
use crate::mail::{self, EmailKind};
use crate::storage::audit_events::{self, Event, EventKind};
use crate::storage::sign_in_failures::{self, Counted, OF_STRANGERS, Wait};
use crate::storage::{DbConnection, StorageError, known_devices, users};

/// Under what the failures of a person count.
pub(super) fn of_person(user_id: i64) -> String {
    format!("user:{user_id}")
}

/// Under what those at a name count that nobody has: not the name itself, which may be a password that was typed there.
fn of_nobody(means: &Means, name: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &means.derived.unknown_names), name.as_bytes());
    format!("name:{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

/// Who is guessed at.
#[derive(Clone, Debug)]
pub struct Subject {
    pub user_id: Option<i64>,
    /// In the form in which names are compared.
    pub name: String,
}

/// A guess that counts as a failure until it is taken back. The next one begins when this is dropped.
pub struct Guess {
    by: By,
    _turn: Turn,
}

#[derive(Clone)]
enum By {
    Device { user_id: i64, device: Digest },
    Stranger { who: String, counted: Counted },
}

/// Counts a guess before it is checked. Who nobody is costs the same work.
pub async fn begin(
    means: &Means,
    subject: &Subject,
    browser: &Browser,
) -> Result<Guess, Failure<SignInRefusal>> {
    // No row has this id.
    let (user_id, device) = (subject.user_id.unwrap_or(-1), browser.browser.digest());
    if let Some(guess) = begin_at_device(means, user_id, &device).await? {
        return Ok(guess);
    }
    let who = subject.user_id.map_or_else(|| of_nobody(means, &subject.name), of_person);
    let turn = turn(means, &who).await?;
    let now = means.clock.now();
    let by = means
        .database
        .write(move |conn| match sign_in_failures::count(conn, &who, now)? {
            Ok(counted) => Ok(By::Stranger { who: who.clone(), counted }),
            Err(Wait::For(seconds)) => Err(Failure::Refused(SignInRefusal::TooMany(seconds))),
            Err(Wait::ForGood) => Err(Failure::Refused(SignInRefusal::Locked)),
        })
        .await?;
    Ok(Guess { by, _turn: turn })
}

/// Whether a guess in this browser counts apart from those of strangers: the limits of its network do not hold for it either, or
/// else a neighbour could lock the person out. Security statement P08.
pub async fn counts_apart(
    means: &Means,
    subject: &Subject,
    browser: &Browser,
) -> Result<bool, Failure<SignInRefusal>> {
    // No row has this id.
    may_guess(means, subject.user_id.unwrap_or(-1), &browser.browser.digest()).await
}

async fn may_guess(means: &Means, user_id: i64, device: &Digest) -> Result<bool, Failure<SignInRefusal>> {
    let device = device.clone();
    means.database.read(move |conn| Ok(known_devices::may_guess(conn, user_id, &device)?)).await
}

/// `None` in a browser that the person has not signed in with, or that has failed too often.
async fn begin_at_device(
    means: &Means,
    user_id: i64,
    device: &Digest,
) -> Result<Option<Guess>, Failure<SignInRefusal>> {
    if !may_guess(means, user_id, device).await? {
        return Ok(None);
    }
    // Apart from that of strangers, who could fill it.
    let turn =
        turn(means, &format!("{} {}", of_person(user_id), URL_SAFE_NO_PAD.encode(device.as_bytes()))).await?;
    let counted = device.clone();
    let is_counted = means
        .database
        .write(move |conn| {
            Ok::<_, Failure<SignInRefusal>>(sign_in_failures::count_of_device(conn, user_id, &counted)?)
        })
        .await?;
    let by = By::Device { user_id, device: device.clone() };
    Ok(is_counted.then_some(Guess { by, _turn: turn }))
}

async fn turn(means: &Means, who: &str) -> Result<Turn, Failure<SignInRefusal>> {
    means.turns.take(who).await.ok_or(Failure::Refused(SignInRefusal::Busy))
}

/// Ends the row of failures of a person; `false` if there was none. Security statement P07.
pub fn forget(conn: &mut DbConnection, user_id: i64) -> Result<bool, StorageError> {
    let of_devices = known_devices::forgive(conn, user_id)?;
    Ok(sign_in_failures::clear(conn, &of_person(user_id))? || of_devices)
}

/// How often strangers failed in a row at this person.
pub fn failures_of(conn: &mut DbConnection, user_id: i64) -> Result<i64, StorageError> {
    Ok(sign_in_failures::find(conn, &of_person(user_id))?.map_or(0, |(failures, _)| failures))
}

/// So many failures of strangers in a row are worth telling the person.
const TOLD_AT: [i64; 2] = [10, OF_STRANGERS];

/// Notes that a guess was wrong: it stays counted. After many in a row the person is told. Security statement P19.
pub async fn failed(
    means: &Means,
    guess: &Guess,
    user_id: Option<i64>,
    origin: &Origin,
) -> Result<(), StorageError> {
    let (By::Stranger { counted, .. }, Some(user_id)) = (&guess.by, user_id) else { return Ok(()) };
    if !TOLD_AT.contains(&counted.failures) {
        return Ok(());
    }
    let (now, mailer, origin, failures) =
        (means.clock.now(), means.mailer.clone(), origin.clone(), counted.failures);
    let told = means.database.write(move |conn| {
        mail::notify(conn, &mailer, user_id, EmailKind::LockedOut, now)?;
        let subject = users::find(conn, user_id)?.map(|user| user.subject);
        let details = json!({ "sub": subject, "failures": failures });
        let event = Event { kind: EventKind::SignInBlocked, origin: &origin, client_id: None, details };
        Ok::<_, Failure<std::convert::Infallible>>(audit_events::record(conn, &event, now)?)
    });
    told.await.map_err(broken)
}

fn broken(failure: Failure<std::convert::Infallible>) -> StorageError {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    }
}

/// Takes a guess back that was right, or that could not be checked. What failed before still counts: only a whole sign-in clears it.
pub async fn take_back(means: &Means, guess: Guess) -> Result<(), StorageError> {
    let by = guess.by.clone();
    let done = means
        .database
        .write(move |conn| {
            match &by {
                By::Device { user_id, device } => {
                    sign_in_failures::take_back_of_device(conn, *user_id, device)?;
                }
                By::Stranger { who, counted } => sign_in_failures::take_back(conn, who, *counted)?,
            }
            Ok::<_, Failure<std::convert::Infallible>>(())
        })
        .await;
    done.map_err(broken)
}
