//! A sign-in that takes more than one step: first who it is, then one proof after another. Security statements P07, P10 and P16.

use super::guesses::{self, Subject};
use super::needs::{Verdict, required, verdict};
use super::{Acr, Method, Next, Proof, SignInRefusal, Way, demands, go_on};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::attempts::{self, place};
use crate::flow::authorize::Browser;
use crate::flow::factors::{recovery, totp};
use crate::flow::log_in::canonical_name;
use crate::flow::{Failure, Means};
use crate::storage::known_devices;
use crate::storage::sign_ins::{self, SignInUnderWay, Standing};
use crate::storage::users::{self, User};
use crate::telemetry::{self, Outcome};

/// The longest name that is kept while the password is asked for, as long as an address can be.
const MAX_IDENTIFIER: usize = 254;
/// So many sign-ins a minute are begun from one place, which is a whole company behind its proxy.
const BEGUN_PER_MINUTE: u32 = 600;
/// Failures from one place per minute.
const LIMIT_PER_PLACE: u32 = 50;

type SignedIn<T> = Result<T, Failure<SignInRefusal>>;

/// Somebody says who they are. Whether anybody has this name shows nowhere, and costs the same. Security statement P10.
pub async fn begin(means: &Means, identifier: &str, way: &Way) -> SignedIn<Token> {
    let (now, from) = (means.clock.now(), place(way.origin.address));
    let flood = attempts::Guess::StoredRequest;
    if let Some(seconds) = means.challenges.wait(flood, &from, BEGUN_PER_MINUTE, now) {
        return Err(Failure::Refused(SignInRefusal::TooMany(seconds)));
    }
    means.challenges.failed(flood, &from, now);
    let identifier: String = identifier.chars().filter(|c| !c.is_control()).take(MAX_IDENTIFIER).collect();
    let (token, name) = (means.entropy.token(), canonical_name(&identifier));
    let (digest, browser) = (token.digest(), way.browser.browser.digest());
    let expires_at = now + means.config.session.thread_lifetime;
    let waiting = SignInUnderWay {
        user_id: None,
        identifier,
        thread_digest: way.thread.as_ref().map(|thread| thread.digest().as_bytes().to_vec()),
        return_to: way.return_to.clone(),
        methods: Vec::new(),
        proven_at: None,
        remember: way.remember,
    };
    means
        .database
        .write(move |conn| {
            let user_id = users::find_by_identifier(conn, &name)?.map(|(user, _)| user.id);
            let waiting = SignInUnderWay { user_id, ..waiting.clone() };
            Ok(sign_ins::insert(conn, &digest, &browser, &waiting, now, expires_at)?)
        })
        .await?;
    Ok(token)
}

/// Who a sign-in of this browser says that it is.
pub struct Named {
    /// As it was typed.
    pub identifier: String,
    pub return_to: Option<String>,
    /// By what they signed in the last time, if that was in this browser.
    pub last_method: Option<Method>,
    pub expires_at: Seconds,
}

/// The sign-in, as the page shows it that asks for the password; `None` if it is over or another browser's.
pub async fn named(means: &Means, sign_in: &Token, browser: &Browser) -> SignedIn<Option<Named>> {
    let (digest, device, now) = (sign_in.digest(), browser.browser.digest(), means.clock.now());
    means
        .database
        .read(move |conn| {
            let Some(row) = sign_ins::find(conn, &digest, &device, now)? else { return Ok(None) };
            let known = known_devices::find(conn, row.user_id.unwrap_or(-1), &device)?;
            let (_, expires_at) = sign_ins::life(conn, &digest, &device, now)?.unwrap_or((now, now));
            Ok(Some(Named {
                expires_at,
                identifier: row.identifier,
                return_to: row.return_to,
                last_method: known.and_then(|known| known.last_method),
            }))
        })
        .await
}

/// A sign-in by which somebody has proven something, and which needs more.
pub struct Waiting {
    pub user: User,
    pub standing: Standing,
    /// The least that will do.
    pub required: Acr,
    /// A factor has to be set up first.
    pub must_enrol: bool,
    pub expires_at: Seconds,
    row: SignInUnderWay,
}

impl Waiting {
    /// The way that the sign-in was begun on.
    fn way(&self, way: Way) -> Way {
        let is_its = |thread: &Token| self.row.thread_digest.as_deref() == Some(thread.digest().as_bytes());
        Way {
            thread: way.thread.clone().filter(is_its),
            return_to: self.row.return_to.clone(),
            remember: self.row.remember,
            ..way
        }
    }

    /// Where it leads, if not to a client.
    #[must_use]
    pub fn return_to(&self) -> Option<&str> {
        self.row.return_to.as_deref()
    }

    /// Whether a one-time code or a recovery code would do.
    #[must_use]
    pub fn takes_code(&self) -> bool {
        let has_one = self.standing.has_totp || self.standing.has_recovery_code;
        has_one && !self.row.methods.iter().any(|it| matches!(it, Method::Totp | Method::RecoveryCode))
    }
}

/// The sign-in that waits for another factor. Refused if it is over, another browser's, or of somebody who was switched off or has
/// another password since.
pub async fn waiting(means: &Means, sign_in: &Token, way: &Way) -> SignedIn<Waiting> {
    let (digest, browser, now) = (sign_in.digest(), way.browser.browser.digest(), means.clock.now());
    let gone = || Failure::Refused(SignInRefusal::Gone);
    let found = means
        .database
        .read(move |conn| {
            let Some(row) = sign_ins::find(conn, &digest, &browser, now)? else { return Ok(None) };
            let (Some(user_id), Some(proven_at)) = (row.user_id, row.proven_at) else { return Ok(None) };
            let Some(user) = users::find(conn, user_id)? else { return Ok(None) };
            let standing = sign_ins::standing(conn, user_id)?;
            let (_, ends) = sign_ins::life(conn, &digest, &browser, now)?.unwrap_or((now, now));
            Ok::<_, Failure<SignInRefusal>>(Some((row, user, standing, proven_at, ends)))
        })
        .await?;
    let Some((row, user, standing, proven_at, expires_at)) = found else { return Err(gone()) };
    let changed = user.password_changed_at.is_some_and(|at| at > proven_at);
    if user.disabled_at.is_some() || changed {
        return Err(gone());
    }
    let mut waiting = Waiting { user, standing, required: Acr::One, must_enrol: false, expires_at, row };
    let way = waiting.way(way.clone());
    let demands = demands(means, &way).await?;
    waiting.required = required(standing, demands);
    waiting.must_enrol = verdict(standing, &waiting.row.methods, demands) == Verdict::Enrol;
    Ok(waiting)
}

/// A one-time code or a recovery code. It is counted as a guess at the person, like a password. Security statement P07.
pub async fn second_factor(means: &Means, sign_in: Token, typed: &str, way: Way) -> SignedIn<Next> {
    let outcome = check(means, sign_in, typed, way).await;
    match &outcome {
        Ok(Next::SignedIn { .. }) => telemetry::count_login(Outcome::Ok),
        Err(Failure::Refused(SignInRefusal::Wrong | SignInRefusal::TooMany(_) | SignInRefusal::Locked)) => {
            telemetry::count_login(Outcome::Refused);
        }
        _ => {}
    }
    outcome
}

async fn check(means: &Means, sign_in: Token, typed: &str, way: Way) -> SignedIn<Next> {
    let (now, from) = (means.clock.now(), place(way.origin.address));
    let waiting = waiting(means, &sign_in, &way).await?;
    let subject = Subject { user_id: Some(waiting.user.id), name: waiting.user.name.clone() };
    if let Some(seconds) = means.attempts.wait(attempts::Guess::Password, &from, LIMIT_PER_PLACE, now)
        && !guesses::counts_apart(means, &subject, &way.browser).await?
    {
        return Err(Failure::Refused(SignInRefusal::TooMany(seconds)));
    }
    let guess = guesses::begin(means, &subject, &way.browser).await?;
    let way = waiting.way(way);
    let Some(method) = verify(means, &waiting.user, typed, &way).await? else {
        means.attempts.failed(attempts::Guess::Password, &from, now);
        guesses::failed(means, &guess, Some(waiting.user.id), &way.origin).await?;
        return Err(Failure::Refused(SignInRefusal::Wrong));
    };
    let next = go_on(means, proof(&waiting, method), way, Some(sign_in)).await?;
    if !matches!(next, Next::SignedIn { .. }) {
        guesses::take_back(means, guess).await?;
    }
    Ok(next)
}

async fn verify(means: &Means, user: &User, typed: &str, way: &Way) -> SignedIn<Option<Method>> {
    if totp::verify(means, user.id, typed).await? {
        return Ok(Some(Method::Totp));
    }
    let origin =
        crate::flow::Origin { actor: crate::flow::Actor::User(user.subject.clone()), ..way.origin.clone() };
    let left = recovery::verify(means, user, typed, origin).await?;
    Ok(left.map(|_| Method::RecoveryCode))
}

fn proof(waiting: &Waiting, method: Method) -> Proof {
    let mut methods = waiting.row.methods.clone();
    methods.push(method);
    Proof { user_id: waiting.user.id, methods, password_hash: None }
}

/// Somebody who had no second factor has just set one up, by this method, in the sign-in that waited for it.
pub async fn enrolled(means: &Means, sign_in: Token, method: Method, way: Way) -> SignedIn<Next> {
    let waiting = waiting(means, &sign_in, &way).await?;
    let way = waiting.way(way);
    go_on(means, proof(&waiting, method), way, Some(sign_in)).await
}
