//! /login/enrol: somebody whom one factor does not sign in sets up another one, in the sign-in that waits for it. Only whoever has
//! none: a thief of a password must not set up a factor beside those that there are.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::super::body;
use super::super::factors::{app, in_words, passkeys as door};
use super::super::page::Visit;
use super::super::pages::{EnrolPage, EnrolledPage};
use super::second_factor::Handles;
use super::{add_sign_in, failed, finish, page_path, way};
use crate::entropy::Token;
use crate::flow::factors::totp::{self, Enrolment};
use crate::flow::factors::{FactorRefusal, passkeys, recovery};
use crate::flow::sign_in::under_way::{self, Waiting};
use crate::flow::sign_in::{Acr, Method, Next};
use crate::flow::{Actor, Failure, Means, Origin};
use crate::protocol::params::Params;

const PATH: &str = "/login/enrol";
const PASSKEY_PATH: &str = "/login/enrol/passkey";

/// The sign-in of this page, if a factor has to be set up for it; otherwise the page where it goes on.
async fn enrolling(visit: &mut Visit<'_>, params: &Params) -> Result<(Handles, Waiting), HttpResponse> {
    let (handles, way) = (Handles::of(params), way(visit, params));
    match under_way::waiting(visit.means, &handles.sign_in, &way).await {
        Err(failure) => Err(failed(visit, failure)),
        Ok(waiting) if !waiting.must_enrol => {
            Err(visit.go(&page_path("/login/second-factor", &handles.sign_in, handles.thread.as_ref())))
        }
        Ok(waiting) => {
            visit.speak(None, waiting.user.locale.as_deref());
            Ok((handles, waiting))
        }
    }
}

/// A form of this page.
async fn posted(visit: &mut Visit<'_>, payload: Payload) -> Result<(Params, Handles, Waiting), HttpResponse> {
    let Ok(params) = body::form(visit.request, payload).await else { return Err(visit.stale_form()) };
    if !Handles::of(&params).are_good(visit, &params) {
        return Err(visit.stale_form());
    }
    let (handles, waiting) = enrolling(visit, &params).await?;
    Ok((params, handles, waiting))
}

fn origin_of(visit: &Visit<'_>, waiting: &Waiting) -> Origin {
    super::origin(visit.request, visit.means, Actor::User(waiting.user.subject.clone()))
}

/// The page, with a new seed for an app.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    match enrolling(&mut visit, &params).await {
        Ok((handles, waiting)) => begin(&visit, &handles, &waiting, None).await,
        Err(answer) => answer,
    }
}

async fn begin(
    visit: &Visit<'_>,
    handles: &Handles,
    waiting: &Waiting,
    error: Option<String>,
) -> HttpResponse {
    if waiting.required > Acr::Two {
        return show(visit, handles, waiting, None, error);
    }
    match totp::begin(visit.means, &waiting.user, &visit.browser.browser).await {
        Ok(enrolment) => show(visit, handles, waiting, Some(&enrolment), error),
        Err(broken) => visit.broken(&broken),
    }
}

/// The first code of an app.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let (params, handles, waiting) = match posted(&mut visit, payload).await {
        Ok(posted) => posted,
        Err(answer) => return answer,
    };
    let (user, browser) = (&waiting.user, &visit.browser.browser);
    let ceremony = Token::presented(params.get("ceremony").unwrap_or_default());
    let (code, from) = (params.get("code").unwrap_or_default(), origin_of(&visit, &waiting));
    match totp::confirm(&means, user, browser, &ceremony, code, from).await {
        Ok(has_codes) => enrolled(&visit, handles, &waiting, Method::Totp, has_codes).await,
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => {
            let error = in_words(visit.texts, refusal);
            match totp::pending(&means, user, browser, ceremony).await {
                Ok(enrolment) if refusal == FactorRefusal::WrongCode => {
                    show(&visit, &handles, &waiting, Some(&enrolment), Some(error))
                }
                _ => begin(&visit, &handles, &waiting, Some(error)).await,
            }
        }
    }
}

/// A challenge for a new passkey, for the script.
pub async fn passkey_options(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    match posted(&mut visit, payload).await {
        Err(answer) => answer,
        Ok((_, _, waiting)) => {
            let browser = &visit.browser.browser;
            door::challenge(&visit, passkeys::begin_registration(&means, &waiting.user, browser).await)
        }
    }
}

/// The answer to it: from now on the passkey signs in, and it has just done so.
pub async fn passkey(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let (params, handles, waiting) = match posted(&mut visit, payload).await {
        Ok(posted) => posted,
        Err(answer) => return answer,
    };
    let (browser, from) = (&visit.browser.browser, origin_of(&visit, &waiting));
    let answer = door::answer(&params);
    match passkeys::register(&means, &waiting.user, browser, &answer, "", from).await {
        Ok(has_codes) => enrolled(&visit, handles, &waiting, Method::Passkey, has_codes).await,
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => {
            let error = in_words(visit.texts, refusal);
            begin(&visit, &handles, &waiting, Some(error)).await
        }
    }
}

/// On with the sign-in; whoever has no recovery codes yet gets them first.
async fn enrolled(
    visit: &Visit<'_>,
    handles: Handles,
    waiting: &Waiting,
    method: Method,
    has_codes: bool,
) -> HttpResponse {
    let way = super::Way { thread: handles.thread, ..way(visit, &Params::default()) };
    let next = match under_way::enrolled(visit.means, handles.sign_in, method, way).await {
        Ok(next) => next,
        Err(failure) => return failed(visit, failure),
    };
    let Next::SignedIn { to, .. } = &next else { return finish(visit, &next) };
    if has_codes {
        return finish(visit, &next);
    }
    match recovery::make(visit.means, &waiting.user, origin_of(visit, waiting)).await {
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(_)) => finish(visit, &next),
        Ok(codes) => {
            let page = EnrolledPage { chrome: visit.chrome(), codes, href: visit.path(to) };
            let mut response = visit.show(StatusCode::OK, &page, None);
            add_sign_in(visit, &mut response, &next);
            response
        }
    }
}

fn show(
    visit: &Visit<'_>,
    handles: &Handles,
    waiting: &Waiting,
    enrolment: Option<&Enrolment>,
    error: Option<String>,
) -> HttpResponse {
    let (texts, title) = (visit.texts, visit.texts.t("sign-in-enrol-title"));
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let passkey = passkeys::is_available(visit.config())
        .then(|| (visit.path(PASSKEY_PATH), visit.path(&format!("{PASSKEY_PATH}/options"))));
    let page = EnrolPage {
        chrome: visit.chrome(),
        title: error.as_ref().map_or(title.clone(), |_| texts.with("title-error", "title", &title)),
        user_name: waiting.user.name.clone(),
        hidden: handles.hidden(visit),
        passkey,
        app: enrolment.map(app::secret),
        action: visit.path(PATH),
        error,
        restart_href: handles.restart(visit),
        time: handles.time(visit, waiting),
    };
    visit.show(status, &page, None)
}
