//! GET and POST /logout, the `end_session_endpoint`. A link alone signs nobody out: the person confirms it, or the client shows an ID
//! token of this very session. Security statement U10, OpenID Connect RP-Initiated Logout 1.0 §2.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::body;
use super::client_words::client_name;
use super::cookies;
use super::csrf::{self, Purpose};
use super::login::add_cookie;
use super::page::Visit;
use super::pages::{Link, SignOutPage, SignedOutPage};
use super::peer::origin;
use crate::flow::log_out::{Asked, Ended, Fault};
use crate::flow::{Actor, Client, Failure, Means, StorageError, log_out};
use crate::protocol::params::Params;
use crate::protocol::redirect_uri::append_query;

/// What a client may say. OpenID Connect RP-Initiated Logout 1.0 §2.
const CARRIED: [&str; 5] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];

/// More clients than this are not loaded in frames: a browser has limits, too.
const MOST_FRAMES: usize = 30;

/// Asks, unless it need not; for somebody who is signed out already, says so.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    visit.speak(params.get("ui_locales"), None);
    asked_for(&visit, &params).await.unwrap_or_else(|error| visit.broken(&error))
}

/// Signs out, then back to the client if it registered the address. A form of a client, on another site, comes without
/// cookies, so that nobody can tell who is signed in: it is asked again by GET. OpenID Connect RP-Initiated Logout 1.0 §2.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    if !csrf::is_good(&means, &request, Purpose::SignOut, &visit.browser, "", params.get("csrf")) {
        let carried: Vec<(&str, &str)> =
            CARRIED.into_iter().filter_map(|name| Some((name, params.get(name)?))).collect();
        return redirect(&visit.path(&append_query("/logout", &carried)));
    }
    confirmed(&visit, &params).await.unwrap_or_else(|error| visit.broken(&error))
}

async fn asked_for(visit: &Visit<'_>, params: &Params) -> Result<HttpResponse, StorageError> {
    let session = log_out::whose(visit.means, visit.browser.session.clone()).await.map_err(broken)?;
    let asked = understand(visit, params).await?;
    let Some(session) = session else {
        return Ok(match way_back(&asked, params) {
            Some(location) if asked.may_go_on() => redirect(&location),
            // Nobody confirmed anything: a link back, and no redirect that anybody could borrow.
            back => signed_out(visit, back, asked.fault),
        });
    };
    if asked.is_of(visit.means, &session) {
        return leave(visit, &asked, params).await;
    }
    let back = way_back(&asked, params);
    let languages = visit.languages(params.get("ui_locales"));
    let page = SignOutPage {
        chrome: visit.chrome(),
        action: visit.path("/logout"),
        csrf: csrf::token(visit.means, Purpose::SignOut, &visit.browser, ""),
        user_name: Some(session.user.name),
        client_name: asked.client.as_ref().map(|client| client_name(client, &languages)),
        fault: asked.fault.map(|fault| in_words(visit, fault)),
        hidden: hidden(&asked, params),
    };
    Ok(visit.show_own(status(asked.fault), &page, back.as_deref()))
}

/// What the form sends back. The hint has said who the client is and is not needed any more.
fn hidden(asked: &Asked, params: &Params) -> Vec<(String, String)> {
    let Some(client) = &asked.client else { return Vec::new() };
    let mut fields = vec![("client_id".to_owned(), client.client_id.clone())];
    fields.extend(asked.back.clone().map(|uri| ("post_logout_redirect_uri".to_owned(), uri)));
    fields.extend(params.get("state").map(|state| ("state".to_owned(), state.to_owned())));
    fields
}

async fn confirmed(visit: &Visit<'_>, params: &Params) -> Result<HttpResponse, StorageError> {
    let asked = understand(visit, params).await?;
    leave(visit, &asked, params).await
}

async fn leave(visit: &Visit<'_>, asked: &Asked, params: &Params) -> Result<HttpResponse, StorageError> {
    let from = origin(visit.request, visit.means, Actor::Anonymous);
    let ended = log_out::log_out(visit.means, visit.browser.session.clone(), from).await.map_err(broken)?;
    let frames = ended.map(|ended| frames(visit, &ended)).unwrap_or_default();
    let back = way_back(asked, params);
    let mut response = match back {
        Some(location) if frames.is_empty() => redirect(&location),
        back => {
            let page = SignedOutPage {
                chrome: visit.chrome(),
                goes_on: back.is_some() && !frames.is_empty(),
                back: back.map(|href| link(visit, href)),
                fault: None,
                frames: frames.clone(),
            };
            visit.show_with_frames(StatusCode::OK, &page, &frames)
        }
    };
    add_cookie(&mut response, &cookies::no_session(visit.config()));
    Ok(response)
}

/// What the browser has to load for the clients that want it. OpenID Connect Front-Channel Logout 1.0 §2.
fn frames(visit: &Visit<'_>, ended: &Ended) -> Vec<String> {
    let frame = |client: &Client| {
        let uri = client.metadata.frontchannel_logout_uri.as_deref()?;
        let sid = log_out::sid_for(visit.means, client, ended);
        Some(append_query(uri, &[("iss", visit.config().issuer.as_str()), ("sid", &sid)]))
    };
    ended.clients.iter().filter_map(frame).take(MOST_FRAMES).collect()
}

async fn understand(visit: &Visit<'_>, params: &Params) -> Result<Asked, StorageError> {
    let request = log_out::Request {
        id_token_hint: params.get("id_token_hint"),
        client_id: params.get("client_id"),
        post_logout_redirect_uri: params.get("post_logout_redirect_uri"),
    };
    log_out::understand(visit.means, request).await.map_err(broken)
}

/// The registered address with `state`.
fn way_back(asked: &Asked, params: &Params) -> Option<String> {
    let state: Vec<(&str, &str)> = params.get("state").map(|state| ("state", state)).into_iter().collect();
    asked.back.as_deref().map(|uri| append_query(uri, &state))
}

fn status(fault: Option<Fault>) -> StatusCode {
    if fault.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK }
}

fn in_words(visit: &Visit<'_>, fault: Fault) -> String {
    visit.texts.t(match fault {
        Fault::Hint => "leave-fault-hint",
        Fault::OtherClient => "leave-fault-other",
        Fault::UnknownClient => "leave-fault-unknown",
        Fault::RedirectUri => "leave-fault-redirect",
    })
}

fn signed_out(visit: &Visit<'_>, back: Option<String>, fault: Option<Fault>) -> HttpResponse {
    let page = SignedOutPage {
        chrome: visit.chrome(),
        goes_on: false,
        back: back.map(|href| link(visit, href)),
        fault: fault.map(|fault| in_words(visit, fault)),
        frames: Vec::new(),
    };
    visit.show_own(status(fault), &page, None)
}

fn link(visit: &Visit<'_>, href: String) -> Link {
    Link { host: visit.target_in_words(&href), href }
}

fn redirect(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
}

fn broken(failure: Failure<log_out::Never>) -> StorageError {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    }
}
