//! Links of e-mails in a browser: what works once leaves the address at once, into a cookie of this browser.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Payload;

use super::csrf::{self, Purpose};
use super::page::Visit;
use super::pages::accounts::AskLinkPage;
use super::{body, cookies, reset};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::Failure;
use crate::flow::accounts::AccountRefusal;
use crate::protocol::params::Params;

/// What a form of ours sent to this path.
pub async fn posted(visit: &Visit<'_>, payload: Payload, path: &str) -> Result<Params, HttpResponse> {
    let Ok(params) = body::form(visit.request, payload).await else { return Err(visit.stale_form()) };
    let token = params.get("csrf");
    if csrf::is_good(visit.means, visit.request, Purpose::Account, &visit.browser, path, token) {
        Ok(params)
    } else {
        Err(visit.stale_form())
    }
}

/// Asks whom a link is to be mailed to, again if it was refused.
#[must_use]
pub fn ask_form(
    visit: &Visit<'_>,
    path: &str,
    sign_in_href: String,
    params: &Params,
    refusal: Option<&AccountRefusal>,
) -> HttpResponse {
    let page = AskLinkPage {
        chrome: visit.chrome(),
        action: visit.path(path),
        csrf: csrf::token(visit.means, Purpose::Account, &visit.browser, path),
        thread: params.get("thread").map(str::to_owned),
        is_reset: path == reset::ASK,
        who: params.get("who").unwrap_or_default().to_owned(),
        error: refusal.map(|refusal| refusal.in_words(visit.texts)),
        sign_in_href,
    };
    visit.show(refusal.map_or(StatusCode::OK, status), &page, None)
}

/// Whether the address holds a link: then its token goes into a cookie, and the browser to the address without it. Opening
/// it changes nothing, so that a mail scanner that does spends nothing.
#[must_use]
pub fn take_along(visit: &Visit<'_>, path: &str, params: &Params) -> Option<HttpResponse> {
    let token = params.get("token")?;
    let mut answer = visit.go(&with_thread(path, params));
    let cookie = cookies::link(visit.config(), &Token::presented(token));
    // A cookie of our own making is always a header.
    let _ = answer.add_cookie(&cookie);
    Some(answer)
}

/// The link that this browser brought along.
#[must_use]
pub fn presented(visit: &Visit<'_>) -> Option<Token> {
    cookies::presented_link(visit.request, visit.config())
}

/// The answer, with the link taken out of the browser.
#[must_use]
pub fn spent(visit: &Visit<'_>, mut answer: HttpResponse) -> HttpResponse {
    let _ = answer.add_cookie(&cookies::no_link(visit.config()));
    answer
}

/// The page for a link that does not work any more.
#[must_use]
pub fn gone(visit: &Visit<'_>) -> HttpResponse {
    visit.known_error_with(
        StatusCode::GONE,
        ["accounts-gone-heading", "accounts-gone-happened", "accounts-gone-do"],
        (&sign_in(visit), "accounts-back-to-sign-in"),
    )
}

/// The sign-in page, with the authorization request that the address names.
fn sign_in(visit: &Visit<'_>) -> String {
    let params = Params::parse(visit.request.query_string().as_bytes()).unwrap_or_default();
    with_thread("/login", &params)
}

/// The answer to a failure that no form can be shown for.
#[must_use]
pub fn fail(visit: &Visit<'_>, failure: Failure<AccountRefusal>) -> HttpResponse {
    match failure {
        Failure::Refused(AccountRefusal::Off) => off(visit),
        Failure::Refused(AccountRefusal::AddressTaken) => visit.known_error_with(
            StatusCode::CONFLICT,
            ["accounts-taken-heading", "accounts-taken-happened", "accounts-taken-do"],
            (&sign_in(visit), "accounts-back-to-sign-in"),
        ),
        Failure::Refused(_) => gone(visit),
        Failure::Broken(error) => visit.broken(&error),
    }
}

/// The page for what the operator does not want.
#[must_use]
pub fn off(visit: &Visit<'_>) -> HttpResponse {
    visit.known_error_with(
        StatusCode::NOT_FOUND,
        ["accounts-off-heading", "accounts-off-happened", "accounts-off-do"],
        (&sign_in(visit), "accounts-back-to-sign-in"),
    )
}

/// The status of a form that is shown again.
#[must_use]
pub fn status(refusal: &AccountRefusal) -> StatusCode {
    match refusal {
        AccountRefusal::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        AccountRefusal::Busy => StatusCode::SERVICE_UNAVAILABLE,
        AccountRefusal::Off => StatusCode::NOT_FOUND,
        AccountRefusal::LinkGone => StatusCode::GONE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The path with the authorization request that waits in this browser.
#[must_use]
pub fn with_thread(path: &str, params: &Params) -> String {
    let Some(thread) = params.get("thread") else { return path.to_owned() };
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("thread", thread).finish();
    format!("{path}?{query}")
}

/// How long a link works, in a sentence.
#[must_use]
pub fn lifetime(visit: &Visit<'_>, seconds: Seconds) -> String {
    match seconds {
        ..7200 => visit.texts.count("email-link-minutes", (seconds / 60).max(1)),
        7200..172_800 => visit.texts.count("email-link-hours", seconds / 3600),
        _ => visit.texts.count("email-link-days", seconds / 86_400),
    }
}
