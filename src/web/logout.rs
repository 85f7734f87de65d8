//! GET and POST /logout. A link alone signs nobody out: the person confirms it. Security statement U10.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::body;
use super::client_words::client_name;
use super::cookies;
use super::csrf::{self, Purpose};
use super::login::add_cookie;
use super::page::{Visit, target_in_words};
use super::pages::{Link, SignOutPage, SignedOutPage};
use crate::flow::Client;
use crate::flow::{Failure, StorageError};
use crate::flow::{Means, log_out};
use crate::protocol::params::Params;
use crate::protocol::redirect_uri::append_query;

/// What a client may say about where to go afterwards. OpenID Connect RP-Initiated Logout 1.0 §2.
const CARRIED: [&str; 3] = ["client_id", "post_logout_redirect_uri", "state"];

/// Asks; for somebody who is signed out already, says so.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    ask(&visit, &params).await.unwrap_or_else(|error| visit.broken(&error))
}

/// Signs out, then back to the client if it registered the address. A form of a client, on another site, comes without
/// cookies, so that nobody can tell who is signed in: it is asked again by GET. OpenID Connect RP-Initiated Logout 1.0 §2.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    if !csrf::is_good(&means, &request, Purpose::SignOut, &visit.browser, "", params.get("csrf")) {
        return redirect(&visit.path(&append_query("/logout", &carried(&params))));
    }
    leave(&visit, &params).await.unwrap_or_else(|error| visit.broken(&error))
}

async fn ask(visit: &Visit<'_>, params: &Params) -> Result<HttpResponse, StorageError> {
    let session = log_out::whose(visit.means, visit.browser.session.clone()).await.map_err(broken)?;
    let back = way_back(visit, params).await?;
    // Nobody confirmed anything: a link back, and no redirect that anybody could borrow.
    let Some(session) = session else { return Ok(signed_out(visit, back)) };
    let hidden =
        carried(params).into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let page = SignOutPage {
        chrome: visit.chrome(),
        action: visit.path("/logout"),
        csrf: csrf::token(visit.means, Purpose::SignOut, &visit.browser, ""),
        user_name: Some(session.user.name),
        client_name: back
            .as_ref()
            .map(|(client, _)| client_name(client, &visit.languages(params.get("ui_locales")))),
        hidden,
    };
    Ok(visit.show(StatusCode::OK, &page, back.as_ref().map(|(_, location)| location.as_str())))
}

async fn leave(visit: &Visit<'_>, params: &Params) -> Result<HttpResponse, StorageError> {
    log_out::log_out(visit.means, visit.browser.session.clone()).await.map_err(broken)?;
    let mut response = match way_back(visit, params).await? {
        Some((_, location)) => redirect(&location),
        None => signed_out(visit, None),
    };
    add_cookie(&mut response, &cookies::no_session(visit.config()));
    Ok(response)
}

/// The client and its registered address with `state`, if both are named and belong together.
async fn way_back(visit: &Visit<'_>, params: &Params) -> Result<Option<(Client, String)>, StorageError> {
    let (Some(client_id), Some(uri)) = (params.get("client_id"), params.get("post_logout_redirect_uri"))
    else {
        return Ok(None);
    };
    let client = log_out::returning_client(visit.means, client_id.to_owned(), uri).await.map_err(broken)?;
    let state: Vec<(&str, &str)> = params.get("state").map(|state| ("state", state)).into_iter().collect();
    Ok(client.map(|client| (client, append_query(uri, &state))))
}

fn carried(params: &Params) -> Vec<(&str, &str)> {
    CARRIED.into_iter().filter_map(|name| Some((name, params.get(name)?))).collect()
}

fn signed_out(visit: &Visit<'_>, back: Option<(Client, String)>) -> HttpResponse {
    let back = back.map(|(_, href)| Link { host: target_in_words(&href), href });
    visit.show(StatusCode::OK, &SignedOutPage { chrome: visit.chrome(), back }, None)
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
