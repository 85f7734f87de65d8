//! POST /upstream/{name} and GET /upstream/{name}/callback: to another OpenID provider and back. OpenID Connect Core §3.1.2.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::body;
use super::csrf::{self, Purpose};
use super::error::Counted;
use super::login;
use super::page::Visit;
use super::pages::account::AccountPart;
use super::pages::upstream::DeparturePage;
use super::peer::{self, origin};
use super::signed_in::fresh_person;
use crate::entropy::Token;
use crate::flow::sign_in::{self, Method, Proof, SignInRefusal, Way};
use crate::flow::upstream::{self, Leaving, Outcome, Returned, UpstreamRefusal};
use crate::flow::{Actor, Failure, Means, log_out};
use crate::protocol::params::Params;

/// The path of a provider's button.
#[must_use]
pub fn path_of(name: &str) -> String {
    format!("/upstream/{name}")
}

/// Leaves for the provider: to sign in, or to link an account there. The page that answers sends the browser on, because no form of
/// ours may lead to another site by itself. Security statement U06.
pub async fn post(
    means: Data<Means>,
    request: HttpRequest,
    name: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    let is_link = params.get("link").is_some();
    let path = path_of(&name);
    let (purpose, subject) = if is_link {
        (Purpose::Account, path.as_str())
    } else {
        (Purpose::SignIn, params.get("thread").unwrap_or_default())
    };
    if !csrf::is_good(&means, &request, purpose, &visit.browser, subject, params.get("csrf")) {
        return visit.stale_form();
    }
    let mut links_to = None;
    if is_link {
        match fresh_person(&visit, AccountPart::Providers.path()).await {
            Ok(session) => links_to = Some(session.user.id),
            Err(elsewhere) => return elsewhere,
        }
    }
    let Way { thread, return_to, .. } = login::way(&visit, &params);
    let leaving = Leaving {
        browser: visit.browser.browser.clone(),
        thread: thread.filter(|_| !is_link),
        return_to: return_to.filter(|_| !is_link),
        links_to,
        address: peer::address(&request, &means.config),
    };
    match upstream::depart(&means, &name, leaving).await {
        Err(failure) => refused(&visit, failure, is_link),
        Ok(departure) => {
            let page = DeparturePage {
                chrome: visit.chrome(),
                href: departure.location.clone(),
                label: departure.label,
            };
            let mut response = visit.show(StatusCode::OK, &page, None);
            // The address is one that we wrote: it holds nothing that ends a header.
            if let Ok(value) = HeaderValue::from_str(&format!("0; url={}", departure.location)) {
                response.headers_mut().insert(HeaderName::from_static("refresh"), value);
            }
            response
        }
    }
}

/// Comes back: signed in, or with another account linked.
pub async fn callback(means: Data<Means>, request: HttpRequest, name: Path<String>) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    let session = match log_out::who(&means, visit.browser.session.clone()).await {
        Ok(session) => session,
        Err(Failure::Broken(error)) => return visit.broken(&error),
        Err(Failure::Refused(never)) => match never {},
    };
    let was_signed_in = session.is_some();
    let returned = Returned {
        state: params.get("state").map(Token::presented),
        code: params.get("code").map(str::to_owned),
        iss: params.get("iss").map(str::to_owned),
        is_error: params.get("error").is_some(),
        browser: visit.browser.browser.clone(),
        session,
        origin: origin(&request, &means, Actor::Anonymous),
    };
    match upstream::returned(&means, &name, returned).await {
        Err(failure) => refused(&visit, failure, was_signed_in),
        Ok(Outcome::Linked) => visit.go(&format!("{}?done=linked", AccountPart::Providers.path())),
        Ok(Outcome::Proven { user_id, thread, return_to }) => {
            let way = Way { thread, return_to, ..login::way(&visit, &Params::default()) };
            let proof = Proof { user_id, methods: vec![Method::Upstream], password_hash: None };
            match sign_in::proven(&means, proof, way).await {
                Ok(next) => login::finish(&visit, &next),
                Err(Failure::Broken(error)) => visit.broken(&error),
                Err(Failure::Refused(refusal)) => not_signed_in(&visit, refusal),
            }
        }
    }
}

/// Where somebody who is not signed in goes on.
const SIGN_IN: (&str, &str) = ("/login", "accounts-back-to-sign-in");

fn not_signed_in(visit: &Visit<'_>, refusal: SignInRefusal) -> HttpResponse {
    let happened = if refusal == SignInRefusal::Disabled {
        "upstream-refused-disabled"
    } else {
        "upstream-refused-not-signed-in"
    };
    let mut response = visit.known_error_with(
        StatusCode::FORBIDDEN,
        ["upstream-refused-title", happened, "upstream-ask-operator"],
        SIGN_IN,
    );
    response.extensions_mut().insert(Counted("upstream_refused"));
    response
}

fn refused(visit: &Visit<'_>, failure: Failure<UpstreamRefusal>, is_signed_in: bool) -> HttpResponse {
    let refusal = match failure {
        Failure::Broken(error) => return visit.broken(&error),
        Failure::Refused(refusal) => refusal,
    };
    let again = if is_signed_in { "upstream-again-account" } else { "upstream-again-sign-in" };
    let (status, happened, to_do) = match refusal {
        UpstreamRefusal::NoProvider => (StatusCode::NOT_FOUND, "upstream-refused-no-provider", again),
        UpstreamRefusal::Stale => (StatusCode::BAD_REQUEST, "upstream-refused-stale", again),
        UpstreamRefusal::Denied => (StatusCode::FORBIDDEN, "upstream-refused-denied", again),
        UpstreamRefusal::Provider => (StatusCode::BAD_GATEWAY, "upstream-refused-provider", "upstream-later"),
        UpstreamRefusal::TooMany(_) => {
            (StatusCode::TOO_MANY_REQUESTS, "upstream-refused-too-many", "upstream-later")
        }
        UpstreamRefusal::NoAccount => {
            (StatusCode::FORBIDDEN, "upstream-refused-no-account", "upstream-ask-operator")
        }
        UpstreamRefusal::NoVerifiedAddress => {
            (StatusCode::FORBIDDEN, "upstream-refused-no-address", "upstream-ask-operator")
        }
        UpstreamRefusal::AddressTaken => {
            (StatusCode::FORBIDDEN, "upstream-refused-address-taken", "upstream-link-yourself")
        }
        UpstreamRefusal::LinkedElsewhere => {
            (StatusCode::CONFLICT, "upstream-refused-linked-elsewhere", "upstream-ask-operator")
        }
        UpstreamRefusal::OtherPerson => (StatusCode::FORBIDDEN, "upstream-refused-other-person", again),
        UpstreamRefusal::OnlyWayIn => (StatusCode::CONFLICT, "account-only-way-in", "upstream-again-account"),
    };
    let onward = if is_signed_in { (AccountPart::Providers.path(), "error-account") } else { SIGN_IN };
    let mut response = visit.known_error_with(status, ["upstream-refused-title", happened, to_do], onward);
    response.extensions_mut().insert(Counted("upstream_refused"));
    if let UpstreamRefusal::TooMany(seconds) = refusal {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
