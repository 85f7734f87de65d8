//! GET /account/sessions, and what ends them. Security statement S03.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{Said, broken, client_names, enter, form, frame, in_words, posted};
use crate::flow::{Actor, BrowserSession, Failure, Means, account};
use crate::texts::Texts;
use crate::web::cookies;
use crate::web::login::add_cookie;
use crate::web::page::Visit;
use crate::web::pages::account::AccountPart;
use crate::web::pages::account_parts::{SessionItem, SessionsPage};
use crate::web::peer::origin;

const PART: AccountPart = AccountPart::Sessions;
/// Where one session is ended.
pub const END: &str = "/account/sessions/end";
/// Where all but this one are ended.
pub const END_OTHERS: &str = "/account/sessions/end-others";

/// Where the person is signed in.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    match enter(&mut visit, PART).await {
        Err(elsewhere) => elsewhere,
        Ok(session) => {
            let done = [("ended", "account-sessions-ended"), ("others", "account-sessions-ended-others")];
            let said = Said::of(&visit, &done);
            show(&visit, &session, StatusCode::OK, said).await
        }
    }
}

/// Ends one: that of this browser, too.
pub async fn end(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let (session, params) = match posted(&mut visit, payload, END, PART).await {
        Ok(posted) => posted,
        Err(elsewhere) => return elsewhere,
    };
    let sid = params.get("sid").unwrap_or_default().to_owned();
    let is_own = sid == session.sid;
    let from = origin(&request, &means, Actor::Anonymous);
    match account::end_session(&means, &session, sid, from).await {
        Ok(()) if is_own => {
            let mut response = visit.go("/login");
            add_cookie(&mut response, &cookies::no_session(&means.config));
            response
        }
        Ok(()) => visit.go(&format!("{}?done=ended", PART.path())),
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => {
            let (status, error) = in_words(&visit, &refusal);
            show(&visit, &session, status, Said { done: None, error: Some(error) }).await
        }
    }
}

/// Ends all but that of this browser.
pub async fn end_others(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let session = match posted(&mut visit, payload, END_OTHERS, PART).await {
        Ok((session, _)) => session,
        Err(elsewhere) => return elsewhere,
    };
    let from = origin(&request, &means, Actor::Anonymous);
    match account::end_others(&means, &session, from).await {
        Ok(_) => visit.go(&format!("{}?done=others", PART.path())),
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => {
            let (status, error) = in_words(&visit, &refusal);
            show(&visit, &session, status, Said { done: None, error: Some(error) }).await
        }
    }
}

async fn show(visit: &Visit<'_>, session: &BrowserSession, status: StatusCode, said: Said) -> HttpResponse {
    let found = match account::sessions(visit.means, session).await {
        Ok(found) => found,
        Err(failure) => return broken(visit, failure),
    };
    let clients = found.iter().flat_map(|view| view.clients.clone()).collect();
    let names = match client_names(visit, clients).await {
        Ok(names) => names,
        Err(failure) => return broken(visit, failure),
    };
    let texts = visit.texts;
    let sessions: Vec<SessionItem> = found
        .into_iter()
        .map(|view| SessionItem {
            device: device(texts, view.user_agent.as_deref()),
            is_current: view.id == session.id,
            address: view.address,
            signed_in: texts.with("account-signed-in-at", "when", &texts.moment(view.authenticated_at)),
            last_used: texts.with("account-last-used", "when", &texts.moment(view.seen_at)),
            apps: view.clients.into_iter().map(|id| names.get(&id).cloned().unwrap_or(id)).collect(),
            sid: view.sid,
        })
        .collect();
    let page = SessionsPage {
        chrome: visit.chrome(),
        frame: frame(visit, session, PART, said),
        end: form(visit, END),
        end_others: form(visit, END_OTHERS),
        has_others: sessions.len() > 1,
        sessions,
    };
    visit.show(status, &page, None)
}

/// What a browser calls itself, in two words. The order matters: most call themselves by the names of others as well.
fn device(texts: Texts, user_agent: Option<&str>) -> String {
    let Some(text) = user_agent else { return texts.t("account-sessions-unknown") };
    let first = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| text.contains(mark)).map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} · {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => texts.t("account-sessions-unknown"),
    }
}

#[cfg(test)]
mod tests {
    use super::device;
    use crate::texts::Texts;

    /// S03: people recognise their devices.
    #[test]
    fn a_device_is_named_by_browser_and_system() {
        let named = |text: &str| device(Texts::default(), Some(text));
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
        assert_eq!(named(chrome), "Chrome · Linux");
        assert_eq!(named(&format!("{chrome} Edg/140.0")), "Edge · Linux");
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
        assert_eq!(named(phone), "Safari · iPhone");
        assert_eq!(named("curl/8"), "A browser that does not say its name");
    }
}
