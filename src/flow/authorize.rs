//! An authorization request, from the first look to the next step. RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.
//!
//! A request that can be answered at once never touches the threads table. One that waits for a person is stored with the
//! browser that it belongs to, and driven again at every step: nothing that the browser sends back is believed.

mod aside;
mod known;

use std::net::IpAddr;

use super::Means;
use super::attempts::{Guess, place};
use super::client_documents;
use super::issue_code;
use super::request_object;
use super::settings::Published;
use super::subjects;
use crate::clock::Seconds;
use crate::config::PkceForConfidentialClients;
use crate::entropy::{Digest, Token};
use crate::protocol::acr::Acr;
use crate::protocol::authorization::address;
use crate::protocol::authorization::decision::{NextStep, SignedIn, next_step};
use crate::protocol::authorization::refusal::{
    AuthorizationErrorCode, AuthorizationRefusal, ErrorResponse, PageReason,
};
use crate::protocol::authorization::request::{self, AuthorizationRequest, Rules, read};
use crate::protocol::authorization::request_object::{HINTED_SUBJECT, SIGNED};
use crate::protocol::authorization::response::{self, Delivery};
use crate::protocol::client::document;
use crate::protocol::params::Params;
use crate::protocol::scope::{ADMIN, Scopes};
use crate::storage::Failure;
use crate::storage::authorization_threads;
use crate::storage::browser_sessions::BrowserSession;
use crate::storage::clients::{self, Client};

pub use aside::refuse_faulty;
pub(super) use known::active_client;
use known::{Known, known, refuse_inactive};

/// The longest request that is stored, as JSON.
const MAX_STORED: usize = 24 * 1024;
/// So many requests a minute are stored for one place.
const STORED_PER_MINUTE: u32 = 600;
/// So often in a minute may one challenge come.
const REPEATS: u32 = 20;

/// The cookies of a browser: which browser it is, and who is signed in there.
#[derive(Clone)]
pub struct Browser {
    /// Binds authorization requests to the browser that began them.
    pub browser: Token,
    pub session: Option<Token>,
}

/// Where an authorization request stands.
pub enum Progress {
    /// On its way to the client.
    Answered(Delivery),
    /// A person must sign in, on the page of this stored request.
    SignIn { thread: Token },
    /// A person must decide, on the page of this stored request.
    Consent { thread: Token },
}

/// A stored request, driven again.
pub struct Waiting {
    pub client: Client,
    pub request: AuthorizationRequest,
    pub session: Option<BrowserSession>,
    pub next: NextStep,
    /// When the person has to be done, once it is stored.
    pub expires_at: Option<Seconds>,
}

pub(super) type Authorized<T> = Result<T, Failure<AuthorizationRefusal>>;

fn page<T>(reason: PageReason) -> Authorized<T> {
    Err(Failure::Refused(AuthorizationRefusal::Page(reason)))
}

/// The refusal of a request of this client, told where it may be answered. RFC 6749 §4.1.2.1.
pub(super) fn refuse_request(
    means: &Means,
    client: &Client,
    params: &Params,
    code: AuthorizationErrorCode,
    text: String,
) -> Failure<AuthorizationRefusal> {
    let published = means.published();
    let usable = published.usable_scopes(client);
    let rules = rules(means, &published, &usable);
    Failure::Refused(address::refuse(params, &client.metadata, &rules, code, text))
}

/// GET /authorize: answered at once, or stored for this browser.
pub async fn start(
    means: &Means,
    params: Params,
    browser: &Browser,
    from: Option<IpAddr>,
) -> Authorized<Progress> {
    let session = browser.session.as_ref();
    let params = make_plain(means, params, session, from).await?;
    let outcome = begin(means, &params, browser, from).await;
    let silent = aside::is_silent(&params);
    aside::hold_back(means, outcome, params.get("client_id"), session, silent).await
}

async fn begin(
    means: &Means,
    params: &Params,
    browser: &Browser,
    from: Option<IpAddr>,
) -> Authorized<Progress> {
    let waiting = look(means, params.clone(), browser.session.clone(), None).await?;
    refuse_repeated_challenge(means, &waiting)?;
    match waiting.next {
        NextStep::Answer => answer(means, &waiting).await,
        NextStep::Refuse(code) => Ok(Progress::Answered(refuse(means, &waiting.request, code))),
        NextStep::SignIn { .. } => {
            let thread = store(means, &waiting.client, params, Some(browser), from).await?;
            Ok(Progress::SignIn { thread })
        }
        NextStep::Consent => {
            let thread = store(means, &waiting.client, params, Some(browser), from).await?;
            Ok(Progress::Consent { thread })
        }
    }
}

/// POST /authorize: stored for whichever browser follows the redirect, because a client's cross-site POST carries no
/// cookies. Bad requests are refused before anything is stored.
pub async fn start_by_post(means: &Means, params: Params, from: Option<IpAddr>) -> Authorized<Token> {
    let params = make_plain(means, params, None, from).await?;
    let outcome = begin_by_post(means, &params, from).await;
    let silent = aside::is_silent(&params);
    aside::hold_back(means, outcome, params.get("client_id"), None, silent).await
}

async fn begin_by_post(means: &Means, params: &Params, from: Option<IpAddr>) -> Authorized<Token> {
    let waiting = look(means, params.clone(), None, None).await?;
    refuse_repeated_challenge(means, &waiting)?;
    store(means, &waiting.client, params, None, from).await
}

/// The client is up to date, and the request without what has to be unpacked. OpenID Connect Core §6.
async fn make_plain(
    means: &Means,
    params: Params,
    session: Option<&Token>,
    from: Option<IpAddr>,
) -> Authorized<Params> {
    let client_id = params.get("client_id").map(str::to_owned);
    refresh_document(means, client_id.as_deref(), from).await?;
    let silent = aside::is_silent(&params);
    let resolved = request_object::resolve(means, params).await;
    aside::hold_back(means, resolved, client_id.as_deref(), session, silent).await
}

/// The client may be known by a document, which is fetched before anything is looked up.
async fn refresh_document(means: &Means, client_id: Option<&str>, from: Option<IpAddr>) -> Authorized<()> {
    let Some(client_id) = client_id else { return Ok(()) };
    client_documents::refresh(means, client_id, from).await.map_err(|failure| {
        failure.map_refusal(|fault| {
            let host = document::host(client_id);
            AuthorizationRefusal::Page(PageReason::ClientDocument { host, fault })
        })
    })
}

/// A challenge is made for one request. Somebody who reloads a page sends it a few times; a client that has only one
/// sends it for ever, and has no protection by it. RFC 9700 §2.1.1.
fn refuse_repeated_challenge(means: &Means, waiting: &Waiting) -> Authorized<()> {
    let Some(challenge) = &waiting.request.code_challenge else { return Ok(()) };
    let (now, client_id) = (means.clock.now(), &waiting.client.client_id);
    let place = format!("{client_id} {}", challenge.as_str());
    if means.challenges.wait(Guess::RepeatedChallenge, &place, REPEATS, now).is_some() {
        tracing::warn!(%client_id, "a client sends the same code_challenge again and again");
        return Err(Failure::Refused(AuthorizationRefusal::Redirect(ErrorResponse {
            destination: waiting.request.destination.clone(),
            code: AuthorizationErrorCode::InvalidRequest,
            description: "code_challenge must be a new one for each authorization request".into(),
        })));
    }
    means.challenges.failed(Guess::RepeatedChallenge, &place, now);
    Ok(())
}

/// Anybody can have requests stored: so many in a minute from one place, which is a whole company behind its proxy.
fn refuse_flood(means: &Means, from: Option<IpAddr>) -> Authorized<()> {
    let (now, place) = (means.clock.now(), place(from));
    if let Some(seconds) = means.challenges.wait(Guess::StoredRequest, &place, STORED_PER_MINUTE, now) {
        return page(PageReason::TooMany(seconds));
    }
    means.challenges.failed(Guess::StoredRequest, &place, now);
    Ok(())
}

/// The next page of a stored request, or its answer.
pub async fn resume(means: &Means, thread: &Token, browser: &Browser) -> Authorized<Progress> {
    let waiting = find(means, thread, browser).await?;
    match waiting.next {
        NextStep::SignIn { .. } => Ok(Progress::SignIn { thread: thread.clone() }),
        NextStep::Consent => Ok(Progress::Consent { thread: thread.clone() }),
        NextStep::Answer => {
            take(means, thread, browser).await?;
            answer(means, &waiting).await
        }
        NextStep::Refuse(code) => {
            take(means, thread, browser).await?;
            Ok(Progress::Answered(refuse(means, &waiting.request, code)))
        }
    }
}

/// The stored request of this browser, driven again.
pub async fn find(means: &Means, thread: &Token, browser: &Browser) -> Authorized<Waiting> {
    let (now, digest, owner) = (means.clock.now(), thread.digest(), browser.browser.digest());
    let stored = {
        let (digest, owner) = (digest.clone(), owner.clone());
        means
            .database
            .read(move |conn| {
                Ok::<_, Failure<AuthorizationRefusal>>(authorization_threads::find(
                    conn, &digest, &owner, now,
                )?)
            })
            .await?
    };
    let stored = match stored {
        None => return page(PageReason::ThreadGone),
        Some(stored) if stored.is_bound() => stored,
        Some(_) => bind(means, digest, owner, now).await?,
    };
    let Some(params) = Params::from_json(&stored.parameters) else {
        return page(PageReason::ThreadGone);
    };
    let waiting = look(means, params, browser.session.clone(), stored.signed_in_at).await?;
    Ok(Waiting { expires_at: Some(stored.expires_at), ..waiting })
}

/// The first browser to load a request that came by POST owns it.
async fn bind(
    means: &Means,
    digest: Digest,
    owner: Digest,
    now: Seconds,
) -> Authorized<authorization_threads::AuthorizationThread> {
    means
        .database
        .write(move |conn| {
            if !authorization_threads::bind(conn, &digest, &owner, now)? {
                return page(PageReason::ThreadGone);
            }
            match authorization_threads::find(conn, &digest, &owner, now)? {
                Some(stored) => Ok(stored),
                None => page(PageReason::ThreadGone),
            }
        })
        .await
}

/// Takes a stored request, so that it is answered once.
pub async fn take(means: &Means, thread: &Token, browser: &Browser) -> Authorized<()> {
    let (now, digest, owner) = (means.clock.now(), thread.digest(), browser.browser.digest());
    means
        .database
        .write(move |conn| {
            if authorization_threads::take(conn, &digest, &owner, now)? {
                Ok(())
            } else {
                page(PageReason::ThreadGone)
            }
        })
        .await
}

/// Reads the request against its client, and decides on the next step.
async fn look(
    means: &Means,
    params: Params,
    session: Option<Token>,
    signed_in_at: Option<Seconds>,
) -> Authorized<Waiting> {
    let Some(client_id) = params.get("client_id").map(str::to_owned) else {
        return page(PageReason::MalformedRequest("client_id is missing".to_owned()));
    };
    let now = means.clock.now();
    let idle_since = now - means.config.session.idle_lifetime;
    let Known { client, session, consents, may_use, least_of_person } =
        means.database.read(move |conn| known(conn, &client_id, session.as_ref(), now, idle_since)).await?;
    refuse_inactive(&client)?;
    let published = means.published();
    let usable = usable_scopes(&published, &client, session.as_ref());
    let request =
        read(&params, &client.metadata, &rules(means, &published, &usable)).map_err(Failure::Refused)?;
    let signed_in = session.as_ref().map(|session| SignedIn {
        authenticated_at: session.authenticated_at,
        for_this_request: signed_in_at.is_some_and(|at| session.authenticated_at >= at)
            // A page that was given more time is no sign-in of a moment ago.
            && now - session.authenticated_at <= means.config.session.thread_lifetime,
        is_another: !request.is_for(&subjects::of(&means.derived, &client.metadata, &session.user.subject)),
        acr: session.acr,
    });
    let least_acr = client.least_acr.max(least_of_person).max(least_acr_of_scopes(means, &request.scopes));
    let next =
        next_step(&request, &client.metadata, least_acr, signed_in, &consents, now).for_whom_it_is(may_use);
    Ok(Waiting { client, request, session, next, expires_at: None })
}

/// Nobody but an administrator can let a client administer this server. Who signs in is known only then: the request is
/// read again after it.
fn usable_scopes(published: &Published, client: &Client, session: Option<&BrowserSession>) -> Scopes {
    let usable = published.usable_scopes(client);
    match session {
        Some(session) if !session.user.is_administrator => usable.without(ADMIN),
        _ => usable,
    }
}

/// What a token with these scopes asks of the sign-in: who administers the server by it needs what the desk needs. Security
/// statement U15.
pub(super) fn least_acr_of_scopes(means: &Means, scopes: &Scopes) -> Option<Acr> {
    (means.config.desk.needs_second_factor && scopes.contains(ADMIN)).then_some(Acr::Two)
}

fn rules<'a>(means: &'a Means, published: &'a Published, usable_scopes: &'a Scopes) -> Rules<'a> {
    Rules {
        usable_scopes,
        localhost_any_port: means.config.redirect.localhost_any_port,
        pkce_for_confidential_clients: means.config.pkce.confidential == PkceForConfidentialClients::Required,
        default_scope: &published.default_scope,
        resources: &published.resources,
        scopes: &published.scopes,
    }
}

async fn store(
    means: &Means,
    client: &Client,
    params: &Params,
    browser: Option<&Browser>,
    from: Option<IpAddr>,
) -> Authorized<Token> {
    refuse_flood(means, from)?;
    let kept = [&request::PARAMETERS[..], &[SIGNED, HINTED_SUBJECT]].concat();
    let parameters = params.only(&kept).to_json();
    if parameters.len() > MAX_STORED {
        return page(PageReason::MalformedRequest("the request is longer than 24 KiB".to_owned()));
    }
    let thread = means.entropy.token();
    let (now, key, digest) = (means.clock.now(), client.key, thread.digest());
    let expires_at = now + means.config.session.thread_lifetime;
    let owner = browser.map(|browser| browser.browser.digest());
    means
        .database
        .write(move |conn| {
            if !clients::hold(conn, key)? {
                return page(PageReason::UnknownClient);
            }
            Ok(authorization_threads::insert(
                conn,
                &digest,
                key,
                &parameters,
                owner.as_ref(),
                now,
                expires_at,
            )?)
        })
        .await?;
    Ok(thread)
}

async fn answer(means: &Means, waiting: &Waiting) -> Authorized<Progress> {
    let Some(session) = &waiting.session else { return page(PageReason::ThreadGone) };
    let delivery = issue_code::issue(means, &waiting.client, &waiting.request, session, None).await?;
    Ok(Progress::Answered(delivery))
}

/// The answer of a refusal that needs no page.
fn refuse(means: &Means, request: &AuthorizationRequest, code: AuthorizationErrorCode) -> Delivery {
    let description = match code {
        AuthorizationErrorCode::LoginRequired => "the person is not signed in, or not recently enough",
        AuthorizationErrorCode::ConsentRequired => "the person has not allowed this yet",
        AuthorizationErrorCode::AccessDenied => "the person may not use this client",
        _ => "the request needs a person",
    };
    response::error(
        &ErrorResponse { destination: request.destination.clone(), code, description: description.into() },
        means.config.issuer.as_str(),
    )
}
