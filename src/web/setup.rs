//! GET and POST /setup: the first administrator chooses name and password.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::body;
use super::csrf::{self, Purpose};
use super::page::Visit;
use super::pages::{SetupDonePage, SetupPage};
use super::peer::origin;
use crate::entropy::Token;
use crate::flow::set_up::{self, NewPerson, SetUpRefusal};
use crate::flow::{Actor, Failure, Means};
use crate::protocol::params::Params;

/// The form behind a live link.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    let link = Token::presented(params.get("token").unwrap_or_default());
    match set_up::is_live(&means, &link).await {
        Ok(true) => form(&visit, StatusCode::OK, &link, &params, None),
        Ok(false) => gone(&visit),
        Err(failure) => fail(&visit, failure, &link, &params),
    }
}

/// Makes the first administrator.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    let link = Token::presented(params.get("token").unwrap_or_default());
    if !csrf::is_good(&means, &request, Purpose::SetUp, &visit.browser, link.expose(), params.get("csrf")) {
        return visit.stale_form();
    }
    let person = NewPerson {
        name: params.get("name").unwrap_or_default().to_owned(),
        email: params.get("email").map(str::to_owned),
        email_verified: false,
        claims: serde_json::Map::new(),
        password: params.get("password").unwrap_or_default().to_owned(),
        is_administrator: true,
    };
    let name = person.name.trim().to_owned();
    match set_up::complete(&means, &link, person, origin(&request, &means, Actor::Anonymous)).await {
        Ok(()) => {
            let page = SetupDonePage {
                chrome: visit.chrome(),
                name,
                sign_in_href: visit.path("/login?return=%2Fadmin"),
            };
            visit.show(StatusCode::OK, &page, None)
        }
        Err(failure) => fail(&visit, failure, &link, &params),
    }
}

fn fail(visit: &Visit<'_>, failure: Failure<SetUpRefusal>, link: &Token, params: &Params) -> HttpResponse {
    match failure {
        Failure::Refused(SetUpRefusal::LinkGone) => gone(visit),
        Failure::Refused(SetUpRefusal::Invalid(message)) => {
            let text = message.in_words(visit.texts);
            form(visit, StatusCode::UNPROCESSABLE_ENTITY, link, params, Some(text))
        }
        Failure::Refused(SetUpRefusal::Busy) => {
            let text = visit.texts.t("setup-busy");
            form(visit, StatusCode::SERVICE_UNAVAILABLE, link, params, Some(text))
        }
        Failure::Broken(error) => visit.broken(&error),
    }
}

fn gone(visit: &Visit<'_>) -> HttpResponse {
    visit.known_error(StatusCode::GONE, ["error-setup-heading", "error-setup-happened", "error-setup-do"])
}

fn form(
    visit: &Visit<'_>,
    status: StatusCode,
    link: &Token,
    params: &Params,
    error: Option<String>,
) -> HttpResponse {
    let page = SetupPage {
        chrome: visit.chrome(),
        action: visit.path("/setup"),
        token: link.expose().to_owned(),
        csrf: csrf::token(visit.means, Purpose::SetUp, &visit.browser, link.expose()),
        name: params.get("name").unwrap_or_default().to_owned(),
        email: params.get("email").unwrap_or_default().to_owned(),
        error,
    };
    visit.show(status, &page, None)
}
