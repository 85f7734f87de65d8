//! GET and POST /login, and POST /switch: sign in, and sign in as somebody else.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER, USER_AGENT};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::authorize::follow;
use super::client_words::{client_name, logo, published_links, standing};
use super::csrf::{self, Purpose};
use super::error::Counted;
use super::page::Visit;
use super::pages::{ClientLinks, SignInPage, Spoken, Standing};
use super::peer::origin;
use super::signed_in::is_return_path;
use super::{body, cookies};
use crate::entropy::Token;
use crate::flow::authorize::{self, Progress, Waiting};
use crate::flow::log_in::{self, Credentials};
use crate::flow::sign_in::{Next, SignInRefusal, Way};
use crate::flow::{Actor, Failure};
use crate::flow::{Client, Means, log_out};
use crate::protocol::authorization::decision::NextStep;
use crate::protocol::authorization::request::{AuthorizationRequest, Prompt};
use crate::protocol::params::Params;

/// The sign-in page; for somebody who need not sign in, what is next.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    let Some(thread) = params.get("thread").map(Token::presented) else {
        return match log_out::who(&means, visit.browser.session.clone()).await {
            Ok(Some(_)) => visit.go("/"),
            Ok(None) => form(&visit, StatusCode::OK, &Form::plain()),
            Err(Failure::Broken(error)) => visit.broken(&error),
            Err(Failure::Refused(never)) => match never {},
        };
    };
    match authorize::find(&means, &thread, &visit.browser).await {
        Err(failure) => visit.fail(failure),
        Ok(Waiting { next: NextStep::SignIn { again }, client, request, session }) => {
            let name = match (session.filter(|_| again), &request.login_hint) {
                (Some(session), _) => session.user.name,
                (None, Some(hint)) => hint.clone(),
                (None, None) => String::new(),
            };
            visit.speak(request.ui_locales.as_deref(), None);
            let asks = Some(Asks::of(&visit, &client, &request).await);
            let redirect_uri = Some(request.destination.redirect_uri);
            let form_of = Form { thread: Some(thread), asks, redirect_uri, name, again, error: None };
            form(&visit, StatusCode::OK, &form_of)
        }
        Ok(_) => follow(&visit, Ok(Progress::Consent { thread })),
    }
}

/// Checks name and password; then home, or on with the stored request.
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
            Err(failure) => return visit.fail(failure),
        },
    };
    let credentials = Credentials {
        name: params.get("name").unwrap_or_default().to_owned(),
        password: params.get("password").unwrap_or_default().to_owned(),
    };
    let name = credentials.name.clone();
    match log_in::log_in(&means, credentials, way(&visit, &params)).await {
        Ok(next) => finish(&visit, &next),
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => refused(&visit, refusal, thread, waiting, name).await,
    }
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
    if let Next::SignedIn { session, remembered_for, .. } = next {
        let cookie = match remembered_for {
            Some(lifetime) => cookies::remembered_session(visit.config(), session, *lifetime),
            None => cookies::session(visit.config(), session),
        };
        add_cookie(&mut response, &cookie);
        add_cookie(&mut response, &cookies::known_browser(visit.config(), &visit.browser.browser));
    }
    response
}

fn user_agent(request: &HttpRequest) -> Option<String> {
    Some(request.headers().get(USER_AGENT)?.to_str().ok()?.to_owned())
}

async fn refused(
    visit: &Visit<'_>,
    refusal: SignInRefusal,
    thread: Option<Token>,
    waiting: Option<Waiting>,
    name: String,
) -> HttpResponse {
    let (status, error) = match refusal {
        SignInRefusal::Wrong | SignInRefusal::Disabled | SignInRefusal::Gone => {
            (StatusCode::UNPROCESSABLE_ENTITY, "The name or the password is wrong.".to_owned())
        }
        SignInRefusal::Locked => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too many tries in a row. Sign in with a passkey, or in a browser that you have used here before, or have your \
             password reset."
                .to_owned(),
        ),
        SignInRefusal::TooMany(seconds) => (
            StatusCode::TOO_MANY_REQUESTS,
            format!("Too many tries. Wait {seconds} seconds, then try again."),
        ),
        SignInRefusal::Busy => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Too many people are signing in at once. Wait a moment, then try again.".to_owned(),
        ),
    };
    let asks = match &waiting {
        None => None,
        Some(waiting) => Some(Asks::of(visit, &waiting.client, &waiting.request).await),
    };
    let again = waiting.as_ref().is_some_and(|waiting| waiting.next == NextStep::SignIn { again: true });
    let redirect_uri = waiting.map(|waiting| waiting.request.destination.redirect_uri);
    let mut response =
        form(visit, status, &Form { thread, asks, redirect_uri, name, again, error: Some(error) });
    let what = match refusal {
        SignInRefusal::Wrong | SignInRefusal::Disabled | SignInRefusal::Gone => {
            Some("wrong_name_or_password")
        }
        SignInRefusal::TooMany(_) | SignInRefusal::Locked => Some("slow_down"),
        SignInRefusal::Busy => None,
    };
    if let Some(what) = what {
        response.extensions_mut().insert(Counted(what));
    }
    if let SignInRefusal::TooMany(seconds) = refusal {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
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

/// The client that the person is on the way to.
struct Asks {
    name: Spoken,
    logo: Option<String>,
    standing: Standing,
    links: ClientLinks,
    prompt: Prompt,
}

impl Asks {
    async fn of(visit: &Visit<'_>, client: &Client, request: &AuthorizationRequest) -> Self {
        let languages = visit.languages(request.ui_locales.as_deref());
        let name = client_name(client, &languages);
        let standing = standing(visit, client, &request.destination.redirect_uri, &name.text);
        let logo = logo(visit, client, &request.destination.redirect_uri, &languages).await;
        Self { name, logo, standing, links: published_links(client, &languages), prompt: request.prompt }
    }
}

/// What the page shows beside the two fields.
struct Form {
    thread: Option<Token>,
    asks: Option<Asks>,
    redirect_uri: Option<String>,
    name: String,
    again: bool,
    error: Option<String>,
}

impl Form {
    /// Without a client behind it.
    fn plain() -> Self {
        let name = String::new();
        Self { thread: None, asks: None, redirect_uri: None, name, again: false, error: None }
    }
}

fn form(visit: &Visit<'_>, status: StatusCode, form: &Form) -> HttpResponse {
    let subject = form.thread.as_ref().map_or("", Token::expose);
    let prompt = form.asks.as_ref().map(|asks| asks.prompt).unwrap_or_default();
    let page = SignInPage {
        chrome: visit.chrome(),
        action: visit.path("/login"),
        thread: form.thread.as_ref().map(|thread| thread.expose().to_owned()),
        csrf: csrf::token(visit.means, Purpose::SignIn, &visit.browser, subject),
        client_name: form.asks.as_ref().map(|asks| asks.name.clone()),
        logo: form.asks.as_ref().and_then(|asks| asks.logo.clone()),
        standing: form.asks.as_ref().map(|asks| asks.standing.clone()),
        redirect_target: form.redirect_uri.as_deref().map(|uri| visit.target_in_words(uri)),
        name: form.name.clone(),
        error: form.error.clone(),
        reauthenticate: form.again,
        choose_account: form.again && prompt.select_account && !prompt.login,
        create: prompt.create,
        links: form.asks.as_ref().map(|asks| asks.links.clone()).unwrap_or_default(),
    };
    visit.show(status, &page, form.redirect_uri.as_deref())
}
