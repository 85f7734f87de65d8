//! GET /account/applications and POST /account/applications/revoke. Security statement U03.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{Said, broken, enter, form, frame, in_words, posted};
use crate::flow::vouching::tier;
use crate::flow::{Actor, BrowserSession, Failure, Means, account};
use crate::protocol::client::tier::Tier;
use crate::protocol::language;
use crate::web::client_words::client_name;
use crate::web::page::Visit;
use crate::web::pages::Spoken;
use crate::web::pages::account::AccountPart;
use crate::web::pages::account_parts::{ApplicationItem, ApplicationsPage};
use crate::web::peer::origin;

const PART: AccountPart = AccountPart::Applications;
/// Where access is taken back.
pub const REVOKE: &str = "/account/applications/revoke";

/// What the person allowed to whom.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    match enter(&mut visit, PART).await {
        Err(elsewhere) => elsewhere,
        Ok(session) => {
            let said = Said::of(&visit, &[("revoked", "account-applications-revoked")]);
            show(&visit, &session, StatusCode::OK, said).await
        }
    }
}

/// Takes it back.
pub async fn revoke(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let (session, params) = match posted(&mut visit, payload, REVOKE, PART).await {
        Ok(posted) => posted,
        Err(elsewhere) => return elsewhere,
    };
    let client_id = params.get("client_id").unwrap_or_default().to_owned();
    let from = origin(&request, &means, Actor::Anonymous);
    match account::revoke(&means, &session, client_id, from).await {
        Ok(_) => visit.go(&format!("{}?done=revoked", PART.path())),
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => {
            let (status, error) = in_words(&visit, &refusal);
            show(&visit, &session, status, Said { done: None, error: Some(error) }).await
        }
    }
}

async fn show(visit: &Visit<'_>, session: &BrowserSession, status: StatusCode, said: Said) -> HttpResponse {
    let found = match account::applications(visit.means, session).await {
        Ok(found) => found,
        Err(failure) => return broken(visit, failure),
    };
    let texts = visit.texts;
    let mut languages = vec![texts.tag().to_owned()];
    languages.extend(visit.languages(None));
    let published = visit.means.published();
    let words = |name: &str| {
        let known = published.scopes.iter().find(|scope| scope.name == name);
        known.and_then(|scope| language::pick(&scope.description, &languages)).map_or_else(
            || Spoken { text: texts.t("account-applications-permission"), lang: None },
            |(tag, text)| {
                let lang = (!tag.eq_ignore_ascii_case(texts.tag())).then(|| tag.to_owned());
                Spoken { text: text.to_owned(), lang }
            },
        )
    };
    let applications = found
        .into_iter()
        .map(|it| {
            let mut hosts: Vec<String> =
                it.client.metadata.redirect_uris.iter().map(|uri| visit.target_in_words(uri)).collect();
            hosts.sort();
            hosts.dedup();
            ApplicationItem {
                client_id: it.client.client_id.clone(),
                name: client_name(&it.client, &languages),
                registered_itself: tier(visit.config(), &it.client) == Tier::SelfRegistered,
                is_disabled: it.client.is_disabled(),
                hosts,
                scopes: it.scopes.iter().map(|name| (name.to_owned(), words(name))).collect(),
                resources: it.resources,
                since: texts.with("account-since", "when", &texts.day(it.since)),
                last_used: it
                    .last_used_at
                    .map(|at| texts.with("account-last-used", "when", &texts.moment(at))),
            }
        })
        .collect();
    let page = ApplicationsPage {
        chrome: visit.chrome(),
        frame: frame(visit, session, PART, said),
        form: form(visit, REVOKE),
        applications,
    };
    visit.show(status, &page, None)
}
