//! GET and POST /login, and POST /switch: sign in, and sign in as somebody else.

use actix_web::http::StatusCode;
use actix_web::http::header::USER_AGENT;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::authorize::follow;
use super::csrf::{self, Purpose};
use super::links::with_thread;
use super::page::Visit;
use super::peer::origin;
use super::sign_up::{ASK, HAS_ACCOUNT};
use super::signed_in::is_return_path;
use super::{body, cookies};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::accounts::sign_up;
use crate::flow::authorize::{self, Progress};
use crate::flow::log_in::{self, Credentials};
use crate::flow::sign_in::under_way::{self, Named};
use crate::flow::sign_in::{Next, SignInRefusal, Way};
use crate::flow::{Actor, Failure, Means, log_out};
use crate::protocol::authorization::decision::NextStep;
use crate::protocol::params::Params;

pub mod enrol;
mod form;
mod refusal;
pub mod second_factor;

use form::Form;

/// The sign-in page; for somebody who need not sign in, what is next.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    let named = match &params.get("sign_in").map(Token::presented) {
        None => None,
        Some(sign_in) => match under_way::named(&means, sign_in, &visit.browser).await {
            Ok(named) => named,
            Err(failure) => return failed(&visit, failure),
        },
    };
    let Some(thread) = params.get("thread").map(Token::presented) else {
        return without_request(&visit, &params, named).await;
    };
    match authorize::find(&means, &thread, &visit.browser).await {
        Err(failure) => visit.fail_waiting(failure, &thread).await,
        // Initiating User Registration via OpenID Connect 1.0 §4.1.1; the page there leads back for whoever has an account.
        Ok(waiting)
            if waiting.request.prompt.create
                && named.is_none()
                && params.get(HAS_ACCOUNT).is_none()
                && sign_up::is_open(means.config.accounts.sign_up)
                && matches!(waiting.next, NextStep::SignIn { .. }) =>
        {
            visit.go(&with_thread(ASK, &params))
        }
        Ok(waiting) if matches!(waiting.next, NextStep::SignIn { .. }) => {
            visit.speak(waiting.request.ui_locales.as_deref(), None);
            let form = Form::of(&visit, Some(thread), Some(&waiting)).await;
            let (sign_in, ends_at) = under_way_of(&params, named.as_ref());
            let session = waiting.session.filter(|_| form.again).map(|session| session.user.name);
            let last_method = named.as_ref().and_then(|named| named.last_method);
            let name = named.map(|named| named.identifier).or(session).or(waiting.request.login_hint);
            let asks_password = name.is_some();
            let form =
                Form { name: name.unwrap_or_default(), asks_password, last_method, sign_in, ends_at, ..form };
            form.show(&visit, StatusCode::OK).await
        }
        Ok(_) => follow(&visit, Ok(Progress::Consent { thread })),
    }
}

/// The sign-in whose name a page shows, and when it ends.
fn under_way_of(params: &Params, named: Option<&Named>) -> (Option<Token>, Option<Seconds>) {
    let sign_in = params.get("sign_in").map(Token::presented).filter(|_| named.is_some());
    (sign_in, named.map(|named| named.expires_at))
}

/// The page for whoever comes by themselves, or from a page of ours.
async fn without_request(visit: &Visit<'_>, params: &Params, named: Option<Named>) -> HttpResponse {
    let session = match log_out::who(visit.means, visit.browser.session.clone()).await {
        Ok(session) => session,
        Err(Failure::Broken(error)) => return visit.broken(&error),
        Err(Failure::Refused(never)) => match never {},
    };
    let return_to = params.get("return").filter(|path| is_return_path(path)).map(str::to_owned);
    let again = params.get("again").is_some();
    let (sign_in, ends_at) = under_way_of(params, named.as_ref());
    let form = match (session, named) {
        (_, Some(Named { identifier, return_to, last_method, .. })) => Form {
            name: identifier,
            return_to,
            asks_password: true,
            last_method,
            sign_in,
            ends_at,
            ..Form::default()
        },
        (Some(_), None) if !again => return visit.go(return_to.as_deref().unwrap_or("/")),
        (Some(session), None) => Form {
            name: session.user.name,
            return_to,
            again,
            asks_password: true,
            remember: session.remembered,
            ..Form::default()
        },
        (None, None) => Form { return_to, ..Form::default() },
    };
    form.show(visit, StatusCode::OK).await
}

/// With a password: checks it; then home, or on with what waits. With a name only: asks for the password.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    let thread = params.get("thread").map(Token::presented);
    let subject = thread.as_ref().map_or("", Token::expose);
    if !csrf::is_good(&means, &request, Purpose::SignIn, &visit.browser, subject, params.get("csrf")) {
        return visit.stale_form();
    }
    let waiting = match &thread {
        None => None,
        Some(thread) => match authorize::find(&means, thread, &visit.browser).await {
            Ok(waiting) => {
                visit.speak(waiting.request.ui_locales.as_deref(), None);
                Some(waiting)
            }
            Err(failure) => return visit.fail_waiting(failure, thread).await,
        },
    };
    visit.speak(waiting.as_ref().and_then(|waiting| waiting.request.ui_locales.as_deref()), None);
    let (name, way) = (params.get("name").unwrap_or_default().to_owned(), way(&visit, &params));
    let password = params.get("password").unwrap_or_default().to_owned();
    let (return_to, remember) = (way.return_to.clone(), way.remember);
    if name.trim().is_empty() && password.is_empty() {
        let form = Form::of(&visit, thread, waiting.as_ref()).await;
        let (again, error) =
            (form.again || params.get("again").is_some(), Some(visit.texts.t("sign-in-name-missing")));
        return Form { return_to, again, remember, error, ..form }
            .show(&visit, StatusCode::UNPROCESSABLE_ENTITY)
            .await;
    }
    let outcome = if password.is_empty() {
        ask_for_password(&visit, &name, &way).await
    } else {
        let credentials = Credentials { name: name.clone(), password };
        log_in::log_in(&means, credentials, way).await.map(|next| finish(&visit, &next))
    };
    match outcome {
        Ok(response) => response,
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => {
            let form = Form::of(&visit, thread, waiting.as_ref()).await;
            let again = form.again || params.get("again").is_some();
            let error = Some(refusal::sentence(visit.texts, refusal, "sign-in-wrong"));
            let form = Form { return_to, name, again, asks_password: true, remember, error, ..form };
            let mut response = form.show(&visit, refusal::status(refusal)).await;
            refusal::mark(&mut response, refusal);
            response
        }
    }
}

/// The next page, at an address of its own that can be loaded again.
async fn ask_for_password(
    visit: &Visit<'_>,
    name: &str,
    way: &Way,
) -> Result<HttpResponse, Failure<SignInRefusal>> {
    let sign_in = under_way::begin(visit.means, name, way).await?;
    Ok(visit.go(&page_path("/login", &sign_in, way.thread.as_ref())))
}

/// A page of a sign-in that is under way. The handles are of no use to another browser.
fn page_path(path: &str, sign_in: &Token, thread: Option<&Token>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("sign_in", sign_in.expose());
    if let Some(thread) = thread {
        query.append_pair("thread", thread.expose());
    }
    format!("{path}?{}", query.finish())
}

/// The answer to a failure that leaves no page to go on with.
fn failed(visit: &Visit<'_>, failure: Failure<SignInRefusal>) -> HttpResponse {
    let refusal = match failure {
        Failure::Broken(error) => return visit.broken(&error),
        Failure::Refused(refusal) => refusal,
    };
    let (texts, status) = (visit.texts, refusal::status(refusal));
    let happened = refusal::sentence(texts, refusal, "sign-in-wrong");
    let mut response =
        visit.error(status, &texts.t("sign-in-over"), &happened, &texts.t("sign-in-begin-anew"));
    refusal::mark(&mut response, refusal);
    response
}

/// Where somebody who signs in comes from and wants to, as the fields of the form say.
#[must_use]
pub fn way(visit: &Visit<'_>, fields: &Params) -> Way {
    Way {
        thread: fields.get("thread").map(Token::presented),
        return_to: fields.get("return").filter(|path| is_return_path(path)).map(str::to_owned),
        browser: visit.browser.clone(),
        origin: origin(visit.request, visit.means, Actor::Anonymous),
        user_agent: user_agent(visit.request),
        remember: fields.get("remember").is_some(),
    }
}

/// The answer to a proof, with the cookies of a sign-in: on to where it leads.
#[must_use]
pub fn finish(visit: &Visit<'_>, next: &Next) -> HttpResponse {
    let (Next::SignedIn { to, .. } | Next::SecondFactor { to, .. } | Next::MustEnrol { to, .. }) = next;
    let mut response = visit.go(to);
    add_sign_in(visit, &mut response, next);
    response
}

/// The cookies of a sign-in, if it is one by now.
pub(super) fn add_sign_in(visit: &Visit<'_>, response: &mut HttpResponse, next: &Next) {
    if let Next::SignedIn { session, remembered_for, .. } = next {
        let cookie = match remembered_for {
            Some(lifetime) => cookies::remembered_session(visit.config(), session, *lifetime),
            None => cookies::session(visit.config(), session),
        };
        add_cookie(response, &cookie);
        add_cookie(response, &cookies::known_browser(visit.config(), &visit.browser.browser));
    }
}

fn user_agent(request: &HttpRequest) -> Option<String> {
    Some(request.headers().get(USER_AGENT)?.to_str().ok()?.to_owned())
}

/// Ends this browser's session and asks for another person.
pub async fn switch(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    let thread = params.get("thread").unwrap_or_default();
    if !csrf::is_good(&means, &request, Purpose::Consent, &visit.browser, thread, params.get("csrf")) {
        return visit.stale_form();
    }
    let from = origin(&request, &means, Actor::Anonymous);
    match log_out::log_out(&means, visit.browser.session.clone(), from).await {
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(never)) => match never {},
        Ok(_) => {
            let mut response = visit.go(&format!("/login?thread={}", urlencoded(thread)));
            add_cookie(&mut response, &cookies::no_session(&means.config));
            response
        }
    }
}

/// The handle was checked by its CSRF token; this only keeps odd characters out of a header.
fn urlencoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

pub(in crate::web) fn add_cookie(response: &mut HttpResponse, cookie: &actix_web::cookie::Cookie<'_>) {
    if let Err(error) = response.add_cookie(cookie) {
        tracing::error!(%error, "a cookie could not be set");
    }
}
