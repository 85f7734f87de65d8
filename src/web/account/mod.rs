//! `/account`: what a person sees of their own account, and what they change about it. Security statements U03, S03 and S04.

pub mod activity;
pub mod applications;
pub mod attributes;
pub mod overview;
pub mod password;
pub mod profile;
pub mod providers;
pub mod sessions;

use std::collections::{BTreeMap, BTreeSet};

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Payload;

use super::body;
use super::client_words::client_name;
use super::csrf::{self, Purpose};
use super::page::Visit;
use super::pages::account::{AccountFrame, AccountPart};
use super::pages::account_parts::AccountForm;
use super::signed_in::{self, person};
use crate::flow::account::AccountRefusal;
use crate::flow::log_out::Never;
use crate::flow::{BrowserSession, Failure, account};
use crate::protocol::params::Params;

/// Who is signed in, with whom the page speaks their language.
async fn enter(visit: &mut Visit<'_>, part: AccountPart) -> Result<BrowserSession, HttpResponse> {
    let session = person(visit, part.path()).await?;
    visit.speak(None, session.user.locale.as_deref());
    Ok(session)
}

/// Who sent a form of ours to this path, and what is in it.
async fn posted(
    visit: &mut Visit<'_>,
    payload: Payload,
    path: &str,
    part: AccountPart,
) -> Result<(BrowserSession, Params), HttpResponse> {
    let Ok(params) = body::form(visit.request, payload).await else { return Err(visit.stale_form()) };
    let sent = params.get("csrf");
    if !csrf::is_good(visit.means, visit.request, Purpose::Account, &visit.browser, path, sent) {
        return Err(visit.stale_form());
    }
    let session = enter(visit, part).await?;
    Ok((session, params))
}

/// What the clients of these identifiers are called, as far as they are still there.
async fn client_names(
    visit: &Visit<'_>,
    client_ids: BTreeSet<String>,
) -> Result<BTreeMap<String, String>, Failure<Never>> {
    let mut languages = vec![visit.texts.tag().to_owned()];
    languages.extend(visit.languages(None));
    let found = account::clients_of(visit.means, client_ids).await?;
    Ok(found
        .into_iter()
        .map(|client| (client.client_id.clone(), client_name(&client, &languages).text))
        .collect())
}

/// A form that posts to this path.
fn form(visit: &Visit<'_>, path: &str) -> AccountForm {
    AccountForm {
        action: visit.path(path),
        csrf: csrf::token(visit.means, Purpose::Account, &visit.browser, path),
    }
}

/// What the page says about what was wanted before.
#[derive(Default)]
struct Said {
    done: Option<String>,
    error: Option<String>,
}

impl Said {
    /// As the address says, after a change that went well: by these words, with the keys of their texts.
    fn of(visit: &Visit<'_>, known: &[(&str, &str)]) -> Self {
        let params = Params::parse(visit.request.query_string().as_bytes()).unwrap_or_default();
        let done = known.iter().find(|(what, _)| params.get("done") == Some(what));
        Self { done: done.map(|(_, key)| visit.texts.t(key)), error: None }
    }
}

fn frame(visit: &Visit<'_>, session: &BrowserSession, part: AccountPart, said: Said) -> AccountFrame {
    AccountFrame { done: said.done, error: said.error, ..signed_in::account_frame(visit, session, part) }
}

/// What could not be read is a fault of ours.
fn broken(visit: &Visit<'_>, failure: Failure<Never>) -> HttpResponse {
    match failure {
        Failure::Broken(error) => visit.broken(&error),
        Failure::Refused(never) => match never {},
    }
}

/// Why it was not done.
fn in_words(visit: &Visit<'_>, refusal: &AccountRefusal) -> (StatusCode, String) {
    let texts = visit.texts;
    let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
    match refusal {
        AccountRefusal::WrongPassword => (unprocessable, texts.t("account-refused-password")),
        AccountRefusal::TooMany(seconds) => {
            (StatusCode::TOO_MANY_REQUESTS, texts.count("account-refused-too-many", *seconds))
        }
        AccountRefusal::Locked => (StatusCode::TOO_MANY_REQUESTS, texts.t("account-refused-locked")),
        AccountRefusal::Busy => (StatusCode::SERVICE_UNAVAILABLE, texts.t("account-refused-busy")),
        AccountRefusal::Password(fault) => (unprocessable, fault.in_words(texts)),
        AccountRefusal::Unequal => (unprocessable, texts.t("account-refused-unequal")),
        AccountRefusal::Text => (unprocessable, texts.t("account-refused-text")),
        AccountRefusal::Gone => (unprocessable, texts.t("account-refused-gone")),
    }
}
