//! Who comes to the desk. Before every handler of it, by the rule of the route; a route without one is not reached.
//! Security statement U15.

use std::net::SocketAddr;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::cookie::Cookie;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest, HttpResponse};

use super::Operator;
use crate::flow::{BrowserSession, Failure, Means, log_out};
use crate::web::csrf::{self, Purpose};
use crate::web::page::Visit;
use crate::web::pages::desk::{DeskDoorPage, DoorReason};
use crate::web::routes::{self, Rule};
use crate::web::signed_in::{self, FRESH};
use crate::web::{cookies, login};

/// Where the desk is served: at this listener alone, or at each.
#[derive(Clone, Copy, Debug, Default)]
pub struct Door(pub Option<SocketAddr>);

/// What the mark in a browser is made of, beside the session.
const MARK: &str = "mark";

/// Lets the request through to its handler if it is an administrator's.
pub async fn admit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match operator(request.request()).await {
        Ok((operator, mark)) => {
            request.extensions_mut().insert(operator);
            let mut response = next.call(request).await?.map_into_boxed_body();
            if let Some(mark) = &mark {
                login::add_cookie(response.response_mut(), mark);
            }
            Ok(response)
        }
        Err(answer) => Ok(request.into_response(answer)),
    }
}

/// The administrator behind this request, and the mark for a browser that has none yet.
async fn operator(request: &HttpRequest) -> Result<(Operator, Option<Cookie<'static>>), HttpResponse> {
    let Some(means) = request.app_data::<Data<Means>>().cloned() else {
        return Err(HttpResponse::InternalServerError().finish());
    };
    let mut visit = Visit::new(&means, request);
    let route = routes::of_path(request.path(), means.config.issuer.path());
    if !is_open(&visit) {
        return Err(visit.nothing_here());
    }
    let back = return_path(&visit);
    let session = if route.rule.is_desk() {
        signed_in::person(&visit, &back).await?
    } else {
        // Where there is nothing, nobody has to sign in to hear so.
        at_nothing(&visit).await?
    };
    visit.speak(None, session.user.locale.as_deref());
    if !session.user.is_administrator {
        return Err(door(&visit, &session, DoorReason::NoAdministrator));
    }
    if means.config.desk.needs_second_factor && !session.has_second_factor() {
        return Err(door(&visit, &session, DoorReason::SecondFactor { back }));
    }
    let mark = marked(&visit, &session, &back)?;
    if route.rule == Rule::FreshDesk && means.clock.now() - session.authenticated_at > FRESH {
        return Err(visit.go(&signed_in::sign_in_path(&back, true)));
    }
    Ok((Operator(session), mark))
}

/// The administrator who came to an address at which there is no page, and is shown so at the desk.
async fn at_nothing(visit: &Visit<'_>) -> Result<BrowserSession, HttpResponse> {
    let session = match log_out::who(visit.means, visit.browser.session.clone()).await {
        Ok(session) => session,
        Err(Failure::Broken(error)) => return Err(visit.broken(&error)),
        Err(Failure::Refused(never)) => match never {},
    };
    let may_see = |session: &BrowserSession| {
        let is_enough = !visit.config().desk.needs_second_factor || session.has_second_factor();
        session.user.is_administrator && is_enough && visit.request.method() == Method::GET
    };
    session.filter(may_see).ok_or_else(|| visit.nothing_here())
}

/// Whether the desk is served here.
fn is_open(visit: &Visit<'_>) -> bool {
    let door = visit.request.app_data::<Data<Door>>().and_then(|door| door.0);
    visit.config().desk.is_enabled
        && door.is_none_or(|address| visit.request.app_config().local_addr() == address)
}

/// Where a sign-in leads back to: the page itself, which for every form is the one that it stands on.
fn return_path(visit: &Visit<'_>) -> String {
    let uri = visit.request.uri().path_and_query().map_or(super::BASE, |it| it.as_str());
    let path = uri.strip_prefix(visit.config().issuer.path()).unwrap_or(uri);
    let path = if visit.request.method() == Method::GET { path } else { visit.request.path() };
    let is_good = signed_in::is_return_path(path) && visit.request.method() == Method::GET;
    if is_good { path.to_owned() } else { super::BASE.to_owned() }
}

/// U09: a browser shows by a cookie that no other site can send along that it has been at the desk. Without it, nothing is
/// changed, and whoever comes by a link of another site first sees where they are.
#[expect(clippy::result_large_err, reason = "the answer itself is what goes wrong, and it is made once")]
fn marked(
    visit: &Visit<'_>,
    session: &BrowserSession,
    back: &str,
) -> Result<Option<Cookie<'static>>, HttpResponse> {
    let presented = cookies::desk_mark(visit.request, visit.config());
    let good = |mark: &String| {
        csrf::is_good(visit.means, visit.request, Purpose::Desk, &visit.browser, MARK, Some(mark))
    };
    let site = visit.request.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok());
    if visit.request.method() != Method::GET {
        return if presented.as_ref().is_some_and(good) { Ok(None) } else { Err(visit.stale_form()) };
    }
    let mark = csrf::token(visit.means, Purpose::Desk, &visit.browser, MARK);
    if presented.as_ref() == Some(&mark) {
        return Ok(None);
    }
    if matches!(site, Some("cross-site" | "same-site")) {
        return Err(door(visit, session, DoorReason::FromElsewhere { back: back.to_owned() }));
    }
    Ok(Some(cookies::desk(visit.config(), mark)))
}

/// The page before the desk: why somebody is not at it, and what they can do.
fn door(visit: &Visit<'_>, session: &BrowserSession, reason: DoorReason) -> HttpResponse {
    let status = match reason {
        DoorReason::FromElsewhere { .. } => StatusCode::OK,
        DoorReason::NoAdministrator | DoorReason::SecondFactor { .. } => StatusCode::FORBIDDEN,
    };
    let (href, other_href) = match &reason {
        DoorReason::FromElsewhere { back } => (visit.path(back), None),
        DoorReason::NoAdministrator => {
            (visit.path(&signed_in::sign_in_path(super::BASE, true)), Some(visit.path("/")))
        }
        DoorReason::SecondFactor { back } => {
            (visit.path(&signed_in::sign_in_path(back, true)), Some(visit.path("/account/factors")))
        }
    };
    let page = DeskDoorPage {
        chrome: visit.chrome(),
        reason,
        user_name: session.user.name.clone(),
        href,
        other_href,
    };
    visit.show(status, &page, None)
}
