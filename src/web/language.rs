//! GET and POST /language: which language pages in this browser speak.

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

/// The page of languages that leads back to `here`.
#[must_use]
pub fn path_to(here: &str) -> String {
    let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("to", here).finish();
    format!("{PATH}?{query}")
}

fn return_path(wanted: Option<&str>) -> &str {
    wanted.filter(|path| is_return_path(path)).unwrap_or("/")
}

/// Whether the way back may lead there: to a page of ours that is opened by its address, whose address holds no secret.
#[must_use]
pub fn is_return_path(path: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~?=&%".contains(&byte);
    let (page, _) = path.split_once('?').unwrap_or((path, ""));
    path == "/"
        || signed_in::is_return_path(path)
        || (matches!(page, "/login" | "/consent") && path.len() <= 1024 && path.bytes().all(is_plain))
}

#[cfg(test)]
mod tests {
    use super::is_return_path;

    /// No choice of a language leads to another site, or takes a secret of an address along.
    #[test]
    fn a_choice_leads_back_to_pages_of_ours() {
        for good in ["/", "/login", "/login?thread=a-b_c", "/consent?thread=x", "/account/factors", "/admin"]
        {
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
            "/logout?id_token_hint=a.b.c",
        ] {
            assert!(!is_return_path(bad), "{bad}");
        }
    }
}
