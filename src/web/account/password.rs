//! GET and POST /account/password.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{Said, broken, enter, form, frame, in_words, posted};
use crate::flow::account::{self, AccountRefusal, PasswordChange, PasswordState};
use crate::flow::upstream;
use crate::flow::{Actor, BrowserSession, Failure, Means};
use crate::password::{MIN_LENGTH, MIN_LENGTH_BESIDE};
use crate::texts::Texts;
use crate::web::page::Visit;
use crate::web::pages::account::AccountPart;
use crate::web::pages::account_parts::PasswordPage;
use crate::web::peer::origin;
use crate::web::signed_in::{fresh_person, is_fresh, sign_in_path};

const PART: AccountPart = AccountPart::Password;

/// The form, for whoever signed in lately.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    match enter(&mut visit, PART).await {
        Err(elsewhere) => elsewhere,
        Ok(session) => {
            let said = Said::of(
                &visit,
                &[("changed", "account-password-done"), ("set", "account-password-done-first")],
            );
            show(&visit, &session, StatusCode::OK, said).await
        }
    }
}

/// Replaces the password.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let params = match posted(&mut visit, payload, PART.path(), PART).await {
        Ok((_, params)) => params,
        Err(elsewhere) => return elsewhere,
    };
    let session = match fresh_person(&visit, PART.path()).await {
        Ok(session) => session,
        Err(elsewhere) => return elsewhere,
    };
    let typed = |name: &str| params.get(name).unwrap_or_default().to_owned();
    let change = PasswordChange { current: typed("current"), new: typed("new"), again: typed("again") };
    let done = if change.current.is_empty() { "set" } else { "changed" };
    let from = origin(&request, &means, Actor::Anonymous);
    match account::change_password(&means, &session, &visit.browser, change, from).await {
        Ok(_) => visit.go(&format!("{}?done={done}", PART.path())),
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => {
            let (status, error) = in_words(&visit, &refusal);
            let mut response = show(&visit, &session, status, Said { done: None, error: Some(error) }).await;
            if let AccountRefusal::TooMany(seconds) = refusal {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
    }
}

/// Since when there is which password, or by what else the person signs in.
#[must_use]
pub fn in_a_line(texts: Texts, password: &PasswordState, found: &upstream::Links) -> Option<String> {
    if password.is_set {
        return password.changed_at.map(|at| texts.with("account-password-changed", "when", &texts.day(at)));
    }
    let providers: Vec<&str> = found.linked.iter().map(|link| link.label.as_str()).collect();
    Some(if providers.is_empty() {
        texts.t("account-password-none")
    } else {
        texts.with("account-password-none-with", "it", &providers.join(", "))
    })
}

async fn show(visit: &Visit<'_>, session: &BrowserSession, status: StatusCode, said: Said) -> HttpResponse {
    let state = match account::password_state(visit.means, session).await {
        Ok(state) => state,
        Err(failure) => return broken(visit, failure),
    };
    let found = match upstream::of_person(visit.means, session.user.id).await {
        Ok(found) => found,
        Err(failure) => return broken(visit, failure),
    };
    let is_fresh = match is_fresh(visit, session).await {
        Ok(is_fresh) => is_fresh,
        Err(broken) => return broken,
    };
    let texts = visit.texts;
    let least = if state.is_beside_second_factor { MIN_LENGTH_BESIDE } else { MIN_LENGTH };
    let page = PasswordPage {
        chrome: visit.chrome(),
        frame: frame(visit, session, PART, said),
        form: form(visit, PART.path()),
        user_name: session.user.name.clone(),
        is_set: state.is_set,
        state: in_a_line(texts, &state, &found),
        hint: texts.with("account-password-hint", "least", &least.to_string()),
        least,
        confirm_href: (!is_fresh).then(|| visit.path(&sign_in_path(PART.path(), true))),
    };
    visit.show(status, &page, None)
}
