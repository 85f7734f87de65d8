//! POST /login/passkey and /login/passkey/options: somebody signs in with a passkey, without a name and without a password.
//! No count of failures stands in the way: a passkey cannot be guessed. Security statements P08 and P15.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::passkeys::{answer, challenge};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::attempts::{Guess, place};
use crate::flow::factors::passkeys;
use crate::flow::sign_in::{self, Method, Proof, SignInRefusal};
use crate::flow::{Actor, Failure, Means};
use crate::protocol::params::Params;
use crate::telemetry::{self, Outcome};
use crate::web::body;
use crate::web::csrf::{self, Purpose};
use crate::web::error::Counted;
use crate::web::login::{finish, way};
use crate::web::page::Visit;
use crate::web::pages::factors::{PasskeyFailedPage, PasskeyForm};
use crate::web::peer::origin;
use crate::web::signed_in::{is_return_path, sign_in_path};

/// Challenges for one place in a minute: each is a row until it is answered or too old.
const LIMIT_PER_PLACE: u32 = 120;

/// The form of the sign-in page; `None` where passkeys do not work. The page includes `passkey_sign_in.html` and the script
/// `passkeys.js`.
#[must_use]
pub fn form(visit: &Visit<'_>, thread: Option<&Token>, return_to: Option<&str>) -> Option<PasskeyForm> {
    passkeys::is_available(visit.config()).then(|| PasskeyForm {
        action: visit.path("/login/passkey"),
        options: visit.path("/login/passkey/options"),
        csrf: csrf::token(visit.means, Purpose::SignIn, &visit.browser, &subject(thread.map(Token::expose))),
        thread: thread.map(|thread| thread.expose().to_owned()),
        return_to: return_to.map(str::to_owned),
    })
}

/// What the form is for, told apart from that of the password.
fn subject(thread: Option<&str>) -> String {
    format!("passkey {}", thread.unwrap_or_default())
}

/// The fields of a form of ours.
async fn fields(visit: &Visit<'_>, payload: Payload) -> Result<Params, HttpResponse> {
    let Ok(params) = body::form(visit.request, payload).await else { return Err(visit.stale_form()) };
    let subject = subject(params.get("thread"));
    let sent = params.get("csrf");
    if csrf::is_good(visit.means, visit.request, Purpose::SignIn, &visit.browser, &subject, sent) {
        Ok(params)
    } else {
        Err(visit.stale_form())
    }
}

/// A challenge, for the script. WebAuthn Level 3 §5.5.
pub async fn options(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    if let Err(answer) = fields(&visit, payload).await {
        return answer;
    }
    let (now, place) = (means.clock.now(), place(origin(&request, &means, Actor::Anonymous).address));
    if let Some(seconds) = means.attempts.wait(Guess::PasskeyChallenge, &place, LIMIT_PER_PLACE, now) {
        return slow_down(seconds);
    }
    means.attempts.failed(Guess::PasskeyChallenge, &place, now);
    challenge(&visit, passkeys::begin_sign_in(&means, &visit.browser.browser).await)
}

fn slow_down(seconds: Seconds) -> HttpResponse {
    let mut response = HttpResponse::TooManyRequests();
    response.insert_header((CACHE_CONTROL, "no-store"));
    response.insert_header((RETRY_AFTER, HeaderValue::from(seconds)));
    response.json(serde_json::json!({ "error": "slow_down" }))
}

/// The answer to it: whose passkey it is signs in.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let params = match fields(&visit, payload).await {
        Ok(params) => params,
        Err(answer) => return answer,
    };
    let user = match passkeys::verify(&means, &visit.browser.browser, &answer(&params)).await {
        Ok(user) => user,
        Err(Failure::Broken(error)) => return visit.broken(&error),
        Err(Failure::Refused(_)) => {
            telemetry::count_login(Outcome::Refused);
            let problem = visit.texts.t("factors-sign-in-failed");
            return failed(&visit, &params, StatusCode::UNPROCESSABLE_ENTITY, problem);
        }
    };
    visit.speak(None, user.locale.as_deref());
    let proof = Proof { user_id: user.id, methods: vec![Method::Passkey], password_hash: None };
    match sign_in::proven(&means, proof, way(&visit, &params)).await {
        Ok(next) => {
            telemetry::count_login(Outcome::Ok);
            finish(&visit, &next)
        }
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => {
            telemetry::count_login(Outcome::Refused);
            let (status, problem) = match refusal {
                SignInRefusal::Disabled => (StatusCode::FORBIDDEN, visit.texts.t("factors-sign-in-disabled")),
                _ => (StatusCode::UNPROCESSABLE_ENTITY, visit.texts.t("factors-sign-in-failed")),
            };
            failed(&visit, &params, status, problem)
        }
    }
}

/// Says so, with the way back to the page where it began.
fn failed(visit: &Visit<'_>, params: &Params, status: StatusCode, problem: String) -> HttpResponse {
    let back = match (params.get("thread"), params.get("return").filter(|path| is_return_path(path))) {
        (Some(thread), _) => {
            let thread: String = url::form_urlencoded::byte_serialize(thread.as_bytes()).collect();
            format!("/login?thread={thread}")
        }
        (None, Some(path)) => sign_in_path(path, true),
        (None, None) => "/login".to_owned(),
    };
    let page = PasskeyFailedPage { chrome: visit.chrome(), problem, back_href: visit.path(&back) };
    let mut response = visit.show(status, &page, None);
    response.extensions_mut().insert(Counted("wrong_passkey"));
    response
}
