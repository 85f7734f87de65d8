//! A person signs in. Every door leads through [`proven`]: password, passkey, another provider, a link to a new password.
//!
//! A proof is not yet a sign-in: the person may be switched off, or a second factor may be due.

pub mod guesses;
pub mod more_time;
mod needs;
mod session;
pub mod turns;
pub mod under_way;

use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::authorize::{self, Browser};
use crate::flow::{Failure, Means, Origin};
use crate::storage::sign_ins;

pub use crate::protocol::acr::{Acr, Method};

use needs::{Demands, Verdict, verdict};
use session::Started;

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInRefusal {
    /// Nobody has this name, or what was shown does not prove it: the same answer, after the same work.
    Wrong,
    /// The person is switched off. Only for doors that have proven who it is; others say [`Self::Wrong`].
    Disabled,
    /// Seconds to wait.
    TooMany(Seconds),
    /// Too many failures in a row: only another way leads in.
    Locked,
    /// Too many passwords are being checked at once.
    Busy,
    /// The sign-in is over, was finished in another window, or is another browser's.
    Gone,
}

/// What somebody has proven.
#[derive(Clone, Debug)]
pub struct Proof {
    pub user_id: i64,
    /// Everything that was proven for this sign-in.
    pub methods: Vec<Method>,
    /// The hash that the password was compared with: if it is another one by now, the proof is worth nothing.
    pub password_hash: Option<String>,
}

/// Where from and where to.
#[derive(Clone)]
pub struct Way {
    /// The authorization request that waits for it.
    pub thread: Option<Token>,
    /// A path of ours, checked by whoever took it from a browser.
    pub return_to: Option<String>,
    pub browser: Browser,
    pub origin: Origin,
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// To stay signed in when the browser is closed.
    pub remember: bool,
}

/// What is next.
pub enum Next {
    /// `remembered_for`: how long the cookie is to stay when the browser is closed.
    SignedIn { session: Token, to: String, remembered_for: Option<Seconds> },
    /// Another factor is due, on the page at `to`.
    SecondFactor { sign_in: Token, to: String },
    /// A factor has to be set up first, on the page at `to`.
    MustEnrol { sign_in: Token, to: String },
}

/// Somebody has proven something: they are signed in, or asked for more. RFC 9700 §4.7 is why a session gets a new id.
pub async fn proven(means: &Means, proof: Proof, way: Way) -> Result<Next, Failure<SignInRefusal>> {
    go_on(means, proof, way, None).await
}

/// As [`proven`]; the sign-in that was under way is taken in the same transaction, so that it goes on once.
async fn go_on(
    means: &Means,
    proof: Proof,
    way: Way,
    under_way: Option<Token>,
) -> Result<Next, Failure<SignInRefusal>> {
    let now = means.clock.now();
    let demands = demands(means, &way).await?;
    let (sign_in, ends) = (means.entropy.token(), now + means.config.session.thread_lifetime);
    let started = Started::new(means, &proof, &way, now);
    let (digest, browser) = (sign_in.digest(), way.browser.browser.digest());
    let thread_digest = way.thread.as_ref().map(|thread| thread.digest().as_bytes().to_vec());
    let (return_to, remember) = (way.return_to.clone(), way.remember);
    let session = started.token.clone();
    let remembered_for = started.remembered_for;
    let verdict = means
        .database
        .write(move |conn| {
            if let Some(under_way) = &under_way
                && !sign_ins::take(conn, &under_way.digest(), &browser, now)?
            {
                return Err(Failure::Refused(SignInRefusal::Gone));
            }
            session::hold(conn, &proof)?;
            let standing = sign_ins::standing(conn, proof.user_id)?;
            let verdict = verdict(standing, &proof.methods, demands);
            if verdict == Verdict::Enough {
                started.write(conn, now)?;
                return Ok(verdict);
            }
            let waiting = sign_ins::SignInUnderWay {
                user_id: Some(proof.user_id),
                identifier: session::name(conn, proof.user_id)?,
                thread_digest: thread_digest.clone(),
                return_to: return_to.clone(),
                methods: proof.methods.clone(),
                proven_at: Some(now),
                remember,
            };
            sign_ins::insert(conn, &digest, &browser, &waiting, now, ends)?;
            Ok(verdict)
        })
        .await?;
    Ok(match verdict {
        Verdict::Enough => Next::SignedIn { session, to: destination(&way), remembered_for },
        Verdict::AskMore => Next::SecondFactor { to: page("/login/second-factor", &sign_in, &way), sign_in },
        Verdict::Enrol => Next::MustEnrol { to: page("/login/enrol", &sign_in, &way), sign_in },
    })
}

/// What the request that waits asks of the sign-in. One that is gone asks nothing: its page says so afterwards.
async fn demands(means: &Means, way: &Way) -> Result<Demands, Failure<SignInRefusal>> {
    let Some(thread) = &way.thread else {
        return Ok(Demands {
            least: None,
            least_of_administrators: leads_to_desk(means, way).then_some(Acr::Two),
            wished: leads_to_changes(way).then_some(Acr::Two),
        });
    };
    match authorize::find(means, thread, &way.browser).await {
        Ok(waiting) => Ok(Demands {
            least: waiting.client.least_acr.max(waiting.request.acr.least()),
            least_of_administrators: authorize::least_acr_of_scopes(means, &waiting.request.scopes),
            wished: waiting.request.acr.wished,
        }),
        Err(Failure::Refused(_)) => Ok(Demands::default()),
        Err(Failure::Broken(error)) => Err(Failure::Broken(error)),
    }
}

/// The desk has no place for somebody with one factor, so that they need not sign in a second time there.
fn leads_to_desk(means: &Means, way: &Way) -> bool {
    let is_desk =
        |path: &String| path == "/admin" || path.starts_with("/admin/") || path.starts_with("/admin?");
    means.config.desk.needs_second_factor && way.return_to.as_ref().is_some_and(is_desk)
}

/// Where people change how they sign in, nobody gets far who has a second factor and did not show it.
fn leads_to_changes(way: &Way) -> bool {
    let path = way.return_to.as_deref().and_then(|path| path.split('?').next());
    let parts = ["data", "email", "factors", "password", "providers"];
    let part = path.and_then(|path| path.strip_prefix("/account/")?.split('/').next());
    part.is_some_and(|part| parts.contains(&part))
}

fn destination(way: &Way) -> String {
    match (&way.thread, &way.return_to) {
        (Some(thread), _) => format!("/consent?thread={}", thread.expose()),
        (None, Some(path)) => path.clone(),
        (None, None) => "/".to_owned(),
    }
}

/// A page of a sign-in that is under way. The handles are of no use to another browser.
fn page(path: &str, sign_in: &Token, way: &Way) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("sign_in", sign_in.expose());
    if let Some(thread) = &way.thread {
        query.append_pair("thread", thread.expose());
    }
    format!("{path}?{}", query.finish())
}
