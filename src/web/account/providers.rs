//! GET /account/providers and POST /account/providers/unlink: accounts elsewhere by which the person signs in.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{Said, broken, enter, form, frame, posted};
use crate::flow::upstream::{self, UpstreamRefusal};
use crate::flow::{Actor, BrowserSession, Failure, Means};
use crate::web::page::Visit;
use crate::web::pages::account::AccountPart;
use crate::web::pages::account_parts::{LinkItem, ProviderItem, ProvidersPage};
use crate::web::peer::origin;
use crate::web::signed_in::fresh_person;
use crate::web::upstream::path_of;

const PART: AccountPart = AccountPart::Providers;
/// Where a link is taken away.
pub const UNLINK: &str = "/account/providers/unlink";

/// What is linked, and what could be.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    match enter(&mut visit, PART).await {
        Err(elsewhere) => elsewhere,
        Ok(session) => {
            let done = [("linked", "account-providers-linked"), ("unlinked", "account-providers-unlinked")];
            let said = Said::of(&visit, &done);
            show(&visit, &session, StatusCode::OK, said).await
        }
    }
}

/// Takes a link away.
pub async fn unlink(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let params = match posted(&mut visit, payload, UNLINK, PART).await {
        Ok((_, params)) => params,
        Err(elsewhere) => return elsewhere,
    };
    let session = match fresh_person(&visit, PART.path()).await {
        Ok(session) => session,
        Err(elsewhere) => return elsewhere,
    };
    let text = |name: &str| params.get(name).unwrap_or_default().to_owned();
    let from = origin(&request, &means, Actor::Anonymous);
    match upstream::unlink(&means, &session, text("provider"), text("subject"), from).await {
        Ok(()) => visit.go(&format!("{}?done=unlinked", PART.path())),
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => {
            let why = if refusal == UpstreamRefusal::OnlyWayIn {
                "account-only-way-in"
            } else {
                "account-refused-gone"
            };
            let said = Said { done: None, error: Some(visit.texts.t(why)) };
            show(&visit, &session, StatusCode::UNPROCESSABLE_ENTITY, said).await
        }
    }
}

async fn show(visit: &Visit<'_>, session: &BrowserSession, status: StatusCode, said: Said) -> HttpResponse {
    let found = match upstream::of_person(visit.means, session.user.id).await {
        Ok(found) => found,
        Err(failure) => return broken(visit, failure),
    };
    let texts = visit.texts;
    let links = found.linked.into_iter().map(|link| LinkItem {
        since: texts.with("account-since", "when", &texts.day(link.since)),
        last_used: link.last_used_at.map(|at| texts.with("account-last-used", "when", &texts.moment(at))),
        provider: link.provider,
        subject: link.subject,
        label: link.label,
        shown_name: link.shown_name,
    });
    let providers = found
        .providers
        .into_iter()
        .map(|(name, label)| ProviderItem { label, form: form(visit, &path_of(&name)) });
    let page = ProvidersPage {
        chrome: visit.chrome(),
        frame: frame(visit, session, PART, said),
        unlink: form(visit, UNLINK),
        links: links.collect(),
        providers: providers.collect(),
    };
    visit.show(status, &page, None)
}
