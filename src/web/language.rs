//! GET and POST /language: which language pages in this browser speak.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::body;
use super::cookies;
use super::csrf::{self, Purpose};
use super::login::add_cookie;
use super::page::Visit;
use super::pages::{LanguageChoice, LanguagePage};
use super::signed_in;
use crate::flow::Means;
use crate::protocol::params::Params;
use crate::texts;

const PATH: &str = "/language";

/// The list of languages.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    let page = LanguagePage {
        chrome: visit.chrome(),
        action: visit.path(PATH),
        csrf: csrf::token(&means, Purpose::Account, &visit.browser, PATH),
        to: return_path(params.get("to")).to_owned(),
        choices: texts::choices()
            .map(|(tag, name)| LanguageChoice { tag, name, is_current: tag == visit.texts.tag() })
            .collect(),
    };
    visit.show(StatusCode::OK, &page, None)
}

/// Remembers the choice in a cookie, then back.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    if !csrf::is_good(&means, &request, Purpose::Account, &visit.browser, PATH, params.get("csrf")) {
        return visit.stale_form();
    }
    let chosen = params.get("locale").unwrap_or_default();
    let mut response = visit.go(return_path(params.get("to")));
    if texts::tags().any(|tag| tag == chosen) {
        add_cookie(&mut response, &cookies::locale(&means.config, chosen));
    }
    response
}

/// What a page on the way of a sign-in needs of its address.
const HANDLES: [&str; 3] = ["thread", "sign_in", "again"];

/// The address of a page to come back to. Whatever else stands in the address of a page of the sign-in is of no use to it, and not
/// repeated: the page would show words that a stranger chose.
#[must_use]
pub fn way_back(path: &str, query: &str) -> String {
    let is_handle =
        |value: &str| value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    let kept: String = if is_of_sign_in(path) {
        let known = |(name, value): &(Cow<'_, str>, Cow<'_, str>)| {
            (HANDLES.contains(&&**name) && is_handle(value))
                || (name == "return" && signed_in::is_return_path(value))
        };
        let pairs = url::form_urlencoded::parse(query.as_bytes()).filter(known);
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    } else {
        query.to_owned()
    };
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{kept}") }
}

/// The page of languages that leads back to `here`.
#[must_use]
pub fn path_to(here: &str) -> String {
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("to", here).finish();
    format!("{PATH}?{query}")
}

fn return_path(wanted: Option<&str>) -> &str {
    wanted.filter(|path| is_return_path(path)).unwrap_or("/")
}

/// The pages before and at a sign-in, which take no more along than they need.
fn is_of_sign_in(page: &str) -> bool {
    matches!(page, "/login" | "/consent" | "/sign-up" | "/reset")
}

/// Whether the way back may lead there: to a page of ours that is opened by its address, whose address holds no secret.
#[must_use]
pub fn is_return_path(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~?=&%".contains(&byte);
    let (page, _) = path.split_once('?').unwrap_or((path, ""));
    path == "/"
        || signed_in::is_return_path(path)
        || (is_of_sign_in(page) && path.len() <= 1024 && path.bytes().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::{is_return_path, way_back};

    /// Row 68: a page of the sign-in does not repeat what a stranger wrote into its address.
    #[test]
    fn the_way_back_keeps_what_the_page_needs() {
        for (query, kept) in [
            ("", "/login"),
            ("thread=a-b_c&x=1", "/login?thread=a-b_c"),
            ("thread=https://evil.example/", "/login"),
            ("return=/account/factors&again=1", "/login?return=%2Faccount%2Ffactors&again=1"),
            ("return=//evil.example", "/login"),
            ("next=https%3A%2F%2Fevil.example", "/login"),
        ] {
            assert_eq!(way_back("/login", query), kept);
        }
        assert_eq!(
            way_back("/sign-up", "thread=a-b_c&next=https%3A%2F%2Fevil.example"),
            "/sign-up?thread=a-b_c"
        );
        assert_eq!(way_back("/admin/clients", "state=active"), "/admin/clients?state=active");
    }

    /// No choice of a language leads to another site, or takes a secret of an address along.
    #[test]
    fn a_choice_leads_back_to_pages_of_ours() {
        for good in [
            "/",
            "/login",
            "/login?thread=a-b_c",
            "/consent?thread=x",
            "/sign-up",
            "/reset",
            "/account/factors",
            "/admin",
        ] {
            assert!(is_return_path(good), "{good}");
        }
        for bad in [
            "",
            "//evil.example",
            "https://evil.example",
            "/login\r\nSet-Cookie: a=b",
            "/loginx",
            "/login/../token",
            "/setup?token=secret",
            "/reset/password?token=secret",
            "/sign-up/account?token=secret",
            "/logout?id_token_hint=a.b.c",
        ] {
            assert!(!is_return_path(bad), "{bad}");
        }
    }
}
