//! Whoever needs more time for a page gets it, ten times and more. WCAG 2.2.1.

use std::convert::Infallible;

use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::authorize::Browser;
use crate::flow::{Failure, Means, StorageError};
use crate::protocol::params::Params;
use crate::storage::{authorization_threads, sign_ins};

/// So many lifetimes one request or one sign-in has at most, the first among them.
const MOST_LIVES: Seconds = 11;

/// What a page is for, as far as it ends: the sign-in that is under way, and the authorization request that waits.
#[derive(Clone, Default)]
pub struct Page {
    pub sign_in: Option<Token>,
    pub thread: Option<Token>,
}

/// Gives a page a whole lifetime from now on, and says how many seconds that are; `None` if it is over for good, or another browser's.
/// A request can be begun again for a while after its end, a sign-in cannot.
pub async fn extend(means: &Means, page: &Page, browser: &Browser) -> Result<Option<Seconds>, StorageError> {
    let (now, lifetime) = (means.clock.now(), means.config.session.thread_lifetime);
    let owner = browser.browser.digest();
    let sign_in = page.sign_in.as_ref().map(Token::digest);
    let thread = page.thread.as_ref().map(Token::digest);
    let until = move |begun: Seconds| {
        Some((now + lifetime).min(begun + MOST_LIVES * lifetime)).filter(|until| *until > now)
    };
    let ends = means.database.write(move |conn| {
        let mut ends = Vec::new();
        if let Some(digest) = &sign_in {
            let life = sign_ins::life(conn, digest, &owner, now)?;
            let Some(until) = life.and_then(|(begun, _)| until(begun)) else {
                return Err(Failure::Refused(()));
            };
            sign_ins::extend(conn, digest, until)?;
            ends.push(until);
        }
        if let Some(digest) = &thread {
            let life = authorization_threads::life(conn, digest, &owner, now)?;
            let Some(until) = life.and_then(|(begun, _)| until(begun)) else {
                return Err(Failure::Refused(()));
            };
            authorization_threads::extend(conn, digest, until, now)?;
            ends.push(until);
        }
        Ok(ends)
    });
    match ends.await {
        Ok(ends) => Ok(ends.into_iter().min().map(|until| until - now)),
        Err(Failure::Refused(())) => Ok(None),
        Err(Failure::Broken(error)) => Err(error),
    }
}

/// A request that is over and can be begun again.
pub struct Over {
    /// Where its answer will go, if it says so.
    pub redirect_uri: Option<String>,
}

/// A request that is over, if it can be begun again here.
pub async fn over(means: &Means, thread: &Token, browser: &Browser) -> Result<Option<Over>, StorageError> {
    let (now, digest, owner) = (means.clock.now(), thread.digest(), browser.browser.digest());
    let most = MOST_LIVES * means.config.session.thread_lifetime;
    let read = means.database.read(move |conn| {
        Ok::<_, Failure<Infallible>>(authorization_threads::life(conn, &digest, &owner, now)?)
    });
    let life = read.await.map_err(|failure| match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    })?;
    Ok(life.filter(|(begun, _)| begun + most > now).map(|(_, parameters)| Over {
        redirect_uri: Params::from_json(&parameters)
            .and_then(|params| params.get("redirect_uri").map(str::to_owned)),
    }))
}
