//! Passkeys of whoever is signed in are added, renamed and removed.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{PATH, changer, gone_well, in_words, recovery, refused};
use crate::entropy::Token;
use crate::flow::factors::FactorRefusal;
use crate::flow::factors::passkeys::{self, Answer, Challenge};
use crate::flow::factors::removal::{self, Factor};
use crate::flow::{Actor, Failure, Means};
use crate::protocol::params::Params;
use crate::web::page::Visit;
use crate::web::peer::origin;

/// A challenge, for the script. WebAuthn Level 3 §5.4.
pub async fn options(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let (session, _) = match changer(&mut visit, payload, &format!("{PATH}/passkeys/options")).await {
        Ok(changer) => changer,
        Err(answer) => return answer,
    };
    let begun = passkeys::begin_registration(&means, &session.user, &visit.browser.browser).await;
    challenge(&visit, begun)
}

/// A challenge as the script reads it; otherwise a sentence.
pub(in crate::web) fn challenge(
    visit: &Visit<'_>,
    begun: Result<Challenge, Failure<FactorRefusal>>,
) -> HttpResponse {
    let Challenge { ceremony, mut options } = match begun {
        Ok(challenge) => challenge,
        Err(Failure::Broken(error)) => return visit.broken(&error),
        Err(Failure::Refused(refusal)) => {
            let body = serde_json::json!({ "error": in_words(visit.texts, refusal) });
            return HttpResponse::UnprocessableEntity().insert_header((CACHE_CONTROL, "no-store")).json(body);
        }
    };
    if let Some(members) = options.as_object_mut() {
        members.insert("ceremony".to_owned(), ceremony.expose().into());
    }
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(options.to_string())
}

/// What a form brings back.
pub(in crate::web) fn answer(params: &Params) -> Answer {
    Answer {
        ceremony: Token::presented(params.get("ceremony").unwrap_or_default()),
        credential: params.get("credential").unwrap_or_default().to_owned(),
    }
}

/// Adds a passkey; whoever has no recovery codes yet gets them at once.
pub async fn add(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let (session, params) = match changer(&mut visit, payload, &format!("{PATH}/passkeys")).await {
        Ok(changer) => changer,
        Err(answer) => return answer,
    };
    let name = params.get("name").unwrap_or_default();
    let from = origin(&request, &means, Actor::User(session.user.subject.clone()));
    let browser = &visit.browser.browser;
    match passkeys::register(&means, &session.user, browser, &answer(&params), name, from).await {
        Ok(true) => gone_well(&visit, "passkey-added"),
        Ok(false) => recovery::show_new(&visit, &session).await,
        Err(failure) => refused(&visit, &session, failure).await,
    }
}

/// Gives a passkey another name.
pub async fn rename(
    means: Data<Means>,
    request: HttpRequest,
    id: Path<i64>,
    payload: Payload,
) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let path = format!("{PATH}/passkeys/{id}/name");
    let (session, params) = match changer(&mut visit, payload, &path).await {
        Ok(changer) => changer,
        Err(answer) => return answer,
    };
    let name = params.get("name").unwrap_or_default();
    match passkeys::rename(&means, &session.user, id.into_inner(), name).await {
        Ok(()) => gone_well(&visit, "passkey-renamed"),
        Err(failure) => refused(&visit, &session, failure).await,
    }
}

/// Removes a passkey.
pub async fn remove(
    means: Data<Means>,
    request: HttpRequest,
    id: Path<i64>,
    payload: Payload,
) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let path = format!("{PATH}/passkeys/{id}/remove");
    let (session, _) = match changer(&mut visit, payload, &path).await {
        Ok(changer) => changer,
        Err(answer) => return answer,
    };
    let from = origin(&request, &means, Actor::User(session.user.subject.clone()));
    match removal::remove(&means, &session.user, Factor::Passkey(id.into_inner()), from).await {
        Ok(()) => gone_well(&visit, "passkey-removed"),
        Err(failure) => refused(&visit, &session, failure).await,
    }
}
