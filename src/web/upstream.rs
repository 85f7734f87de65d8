//! POST /upstream/{name} and GET /upstream/{name}/callback: to another OpenID provider and back. OpenID Connect Core §3.1.2.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use url::form_urlencoded;

use super::body;
use super::csrf::{self, Purpose};
use super::error::Counted;
use super::login;
use super::page::Visit;
use super::pages::account::AccountPart;
use super::pages::upstream::DeparturePage;
use super::peer::{self, origin};
use super::sign_up::HAS_ACCOUNT;
use super::signed_in::fresh_person;
use crate::entropy::Token;
use crate::flow::sign_in::{self, Method, Proof, SignInRefusal, Way};
use crate::flow::upstream::{self, Begun, Leaving, Outcome, Returned, UpstreamRefusal};
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
    let back = if is_link { Back::Account } else { Back::sign_in(thread.as_ref(), return_to.as_deref()) };
    let leaving = Leaving {
        browser: visit.browser.browser.clone(),
        thread: thread.filter(|_| !is_link),
        return_to: return_to.filter(|_| !is_link),
        links_to,
        address: peer::address(&request, &means.config),
    };
    match upstream::depart(&means, &name, leaving).await {
        Err(failure) => refused(&visit, failure, &back),
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
    let back = if session.is_some() { Back::Account } else { Back::sign_in(None, None) };
    let returned = Returned {
        state: params.get("state").map(Token::presented),
        code: params.get("code").map(str::to_owned),
        iss: params.get("iss").map(str::to_owned),
        is_error: params.get("error").is_some(),
        browser: visit.browser.browser.clone(),
        session,
        origin: origin(&request, &means, Actor::Anonymous),
    };
    let begun = match upstream::take(&means, &name, &returned).await {
        Ok(begun) => begun,
        Err(failure) => return refused(&visit, failure, &back),
    };
    let back = match begun.links_to {
        Some(_) => back,
        None => Back::sign_in(begun.thread.as_ref(), begun.return_to.as_deref()),
    };
    let user_id = match upstream::complete(&means, &begun, returned).await {
        Ok(Outcome::Proven { user_id }) => user_id,
        Ok(Outcome::Linked) => return visit.go(&format!("{}?done=linked", AccountPart::Providers.path())),
        Err(failure) => return refused(&visit, failure, &back),
    };
    let Begun { thread, return_to, .. } = begun;
    let way = Way { thread, return_to, ..login::way(&visit, &Params::default()) };
    let proof = Proof { user_id, methods: vec![Method::Upstream], password_hash: None };
    match sign_in::proven(&means, proof, way).await {
        Ok(next) => login::finish(&visit, &next),
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => not_signed_in(&visit, refusal, &back),
    }
}

/// Where somebody goes on for whom it did not work.
enum Back {
    /// To the providers of who is signed in.
    Account,
    /// To the sign-in page at this path, with what the sign-in was for.
    SignIn(String),
}

impl Back {
    /// Not on to a sign-up that the client asked for, nor past the page for whoever is signed in: they were there already.
    fn sign_in(thread: Option<&Token>, return_to: Option<&str>) -> Self {
        let stays = if thread.is_some() { HAS_ACCOUNT } else { "again" };
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(thread.map(|thread| ("thread", thread.expose())))
            .extend_pairs(return_to.map(|path| ("return", path)))
            .append_pair(stays, "1")
            .finish();
        Self::SignIn(format!("/login?{query}"))
    }

    /// The path below the issuer's, and the key of what the link says.
    fn onward(&self) -> (&str, &'static str) {
        match self {
            Self::Account => (AccountPart::Providers.path(), "error-account"),
            Self::SignIn(path) => (path, "accounts-back-to-sign-in"),
        }
    }

    /// The key of what to do there.
    fn again(&self) -> &'static str {
        match self {
            Self::Account => "upstream-again-account",
            Self::SignIn(_) => "upstream-again-sign-in",
        }
    }
}

fn not_signed_in(visit: &Visit<'_>, refusal: SignInRefusal, back: &Back) -> HttpResponse {
    let happened = if refusal == SignInRefusal::Disabled {
        "upstream-refused-disabled"
    } else {
        "upstream-refused-not-signed-in"
    };
    let mut response = visit.known_error_with(
        StatusCode::FORBIDDEN,
        ["upstream-refused-title", happened, "upstream-ask-operator"],
        back.onward(),
    );
    response.extensions_mut().insert(Counted("upstream_refused"));
    response
}

fn refused(visit: &Visit<'_>, failure: Failure<UpstreamRefusal>, back: &Back) -> HttpResponse {
    let refusal = match failure {
        Failure::Broken(error) => return visit.broken(&error),
        Failure::Refused(refusal) => refusal,
    };
    let again = back.again();
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
    let keys = ["upstream-refused-title", happened, to_do];
    let mut response = visit.known_error_with(status, keys, back.onward());
    response.extensions_mut().insert(Counted("upstream_refused"));
    if let UpstreamRefusal::TooMany(seconds) = refusal {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
