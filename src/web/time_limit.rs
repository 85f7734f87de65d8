//! POST /more-time: a page that a person has not done with yet lasts longer, or is begun again. WCAG 2.2.1.

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::body;
use super::csrf::{self, Purpose};
use super::error::log_broken;
use super::page::Visit;
use super::pages::{Again, TimeLimit};
use super::signed_in::is_return_path;
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::Means;
use crate::flow::sign_in::more_time::{self, Page};
use crate::protocol::params::Params;

/// Below the issuer's path.
pub const PATH: &str = "/more-time";
/// The button that begins again has this name; the script asks without it.
const AGAIN: &str = "again";

/// What the warning of a page needs, which ends at this moment. None for a page that does not end.
pub(super) fn limit(
    visit: &Visit<'_>,
    page: &Page,
    return_to: Option<&str>,
    ends: [Option<Seconds>; 2],
) -> Option<TimeLimit> {
    let ends_at = ends.into_iter().flatten().min()?;
    let seconds = (ends_at - visit.means.clock.now()).max(0);
    Some(TimeLimit { action: visit.path(PATH), hidden: hidden(visit, page, return_to), seconds })
}

/// The button on the page that says that a request is over, and where that may lead in the end; `None` if it cannot be begun again.
pub(super) async fn again(visit: &Visit<'_>, thread: &Token) -> Option<(Again, Option<String>)> {
    let over = match more_time::over(visit.means, thread, &visit.browser).await {
        Ok(over) => over?,
        // The page still says what happened.
        Err(error) => {
            log_broken(&error);
            return None;
        }
    };
    let page = Page { thread: Some(thread.clone()), ..Page::default() };
    Some((Again { action: visit.path(PATH), hidden: hidden(visit, &page, None) }, over.redirect_uri))
}

fn hidden(visit: &Visit<'_>, page: &Page, return_to: Option<&str>) -> Vec<(String, String)> {
    let token = csrf::token(visit.means, Purpose::MoreTime, &visit.browser, &subject(page));
    let mut hidden = vec![("csrf".to_owned(), token)];
    let handle = |token: &Token| token.expose().to_owned();
    hidden.extend(page.sign_in.as_ref().map(|it| ("sign_in".to_owned(), handle(it))));
    hidden.extend(page.thread.as_ref().map(|it| ("thread".to_owned(), handle(it))));
    hidden.extend(return_to.map(|path| ("return".to_owned(), path.to_owned())));
    hidden
}

fn subject(page: &Page) -> String {
    let part = |token: &Option<Token>| token.as_ref().map_or("", Token::expose).to_owned();
    format!("{} {}", part(&page.sign_in), part(&page.thread))
}

/// More time, for the script: `seconds`, or 410 if there is no more. For the button: the page from its beginning.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    let page = Page {
        sign_in: params.get("sign_in").map(Token::presented),
        thread: params.get("thread").map(Token::presented),
    };
    let csrf = params.get("csrf");
    if !csrf::is_good(&means, &request, Purpose::MoreTime, &visit.browser, &subject(&page), csrf) {
        return visit.stale_form();
    }
    if params.get(AGAIN).is_some() {
        return begin_again(&visit, &page, &params).await;
    }
    match more_time::extend(&means, &page, &visit.browser).await {
        Err(error) => visit.broken(&error),
        Ok(None) => HttpResponse::Gone().finish(),
        Ok(Some(seconds)) => HttpResponse::build(StatusCode::OK)
            .insert_header((CONTENT_TYPE, "application/json"))
            .body(json!({ "seconds": seconds }).to_string()),
    }
}

/// A sign-in begins with the name; the request that waits for it is the same.
async fn begin_again(visit: &Visit<'_>, page: &Page, params: &Params) -> HttpResponse {
    let query = |name: &str, value: &str| {
        url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish()
    };
    let Some(thread) = &page.thread else {
        let return_to = params.get("return").filter(|path| is_return_path(path));
        return visit
            .go(&return_to.map_or("/login".to_owned(), |to| format!("/login?{}", query("return", to))));
    };
    let page = Page { sign_in: None, thread: Some(thread.clone()) };
    match more_time::extend(visit.means, &page, &visit.browser).await {
        Err(error) => visit.broken(&error),
        // Over for good: that page says so.
        Ok(_) => visit.go(&format!("/consent?{}", query("thread", thread.expose()))),
    }
}
