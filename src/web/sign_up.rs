//! `/sign-up`, `/sign-up/account` and `/invitation`: somebody makes an account.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::links::{self, with_thread};
use super::page::Visit;
use super::pages::accounts::{LinkSentPage, NewAccountPage};
use super::peer::origin;
use super::{csrf, login};
use crate::entropy::Token;
use crate::flow::accounts::AccountRefusal;
use crate::flow::accounts::sign_up::{self, Door, NewAccount};
use crate::flow::{Actor, Failure, Means};
use crate::protocol::params::Params;

/// Where somebody asks for an account.
pub const ASK: &str = "/sign-up";

/// Says at the sign-in page that whoever comes has an account, whatever the client asked for.
pub const HAS_ACCOUNT: &str = "has_account";

fn sign_in_href(visit: &Visit<'_>, params: &Params) -> String {
    let path = with_thread("/login", params);
    let more = if path.contains('?') { format!("&{HAS_ACCOUNT}=1") } else { String::new() };
    visit.path(&path) + &more
}

fn path(door: Door) -> &'static str {
    match door {
        Door::SignUp => sign_up::SIGN_UP_PATH,
        Door::Invitation => sign_up::INVITATION_PATH,
    }
}

/// Asks for an address.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    if !sign_up::is_open(means.config.accounts.sign_up) {
        return links::off(&visit);
    }
    ask_form(&visit, &params, None)
}

/// Mails a link to the address; says the same whoever has it.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let params = match links::posted(&visit, payload, ASK).await {
        Ok(params) => params,
        Err(stale) => return stale,
    };
    let thread = params.get("thread").map(Token::presented);
    let address = params.get("who").unwrap_or_default();
    let from = origin(&request, &means, Actor::Anonymous);
    match sign_up::ask(&means, address, visit.texts.tag(), thread, from).await {
        Ok(()) => {
            let page = LinkSentPage {
                chrome: visit.chrome(),
                is_reset: false,
                address: Some(address.trim().to_owned()),
                lifetime: links::lifetime(&visit, means.config.accounts.verification_lifetime),
                sign_in_href: sign_in_href(&visit, &params),
            };
            visit.show(StatusCode::OK, &page, None)
        }
        Err(Failure::Refused(AccountRefusal::Off)) => links::off(&visit),
        Err(Failure::Refused(refusal)) => ask_form(&visit, &params, Some(&refusal)),
        Err(Failure::Broken(error)) => visit.broken(&error),
    }
}

fn ask_form(visit: &Visit<'_>, params: &Params, refusal: Option<&AccountRefusal>) -> HttpResponse {
    links::ask_form(visit, ASK, sign_in_href(visit, params), params, refusal)
}

/// The form behind a link to an address.
pub async fn get_account(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    show(&means, &request, Door::SignUp).await
}

/// The form behind an invitation.
pub async fn get_invitation(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    show(&means, &request, Door::Invitation).await
}

/// Makes the account of a link to an address.
pub async fn post_account(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    make(&means, &request, payload, Door::SignUp).await
}

/// Makes the account of an invitation.
pub async fn post_invitation(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    make(&means, &request, payload, Door::Invitation).await
}

async fn show(means: &Means, request: &HttpRequest, door: Door) -> HttpResponse {
    let visit = Visit::new(means, request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    if let Some(answer) = links::take_along(&visit, path(door), &params) {
        return answer;
    }
    let Some(link) = links::presented(&visit) else { return links::gone(&visit) };
    form(&visit, door, &link, &params, None).await
}

async fn make(means: &Means, request: &HttpRequest, payload: Payload, door: Door) -> HttpResponse {
    let visit = Visit::new(means, request);
    let params = match links::posted(&visit, payload, path(door)).await {
        Ok(params) => params,
        Err(stale) => return stale,
    };
    let Some(link) = links::presented(&visit) else { return links::gone(&visit) };
    let new = NewAccount {
        name: params.get("name").unwrap_or_default().to_owned(),
        password: params.get("password").unwrap_or_default().to_owned(),
        locale: visit.texts.tag().to_owned(),
    };
    match sign_up::complete(means, door, &link, new, login::way(&visit, &params)).await {
        Ok(next) => links::spent(&visit, login::finish(&visit, &next)),
        Err(Failure::Refused(refusal)) if can_be_mended(&refusal) => {
            form(&visit, door, &link, &params, Some(&refusal)).await
        }
        Err(failure) => links::fail(&visit, failure),
    }
}

/// Whether the same form with other words in it can do.
fn can_be_mended(refusal: &AccountRefusal) -> bool {
    !matches!(refusal, AccountRefusal::Off | AccountRefusal::LinkGone | AccountRefusal::AddressTaken)
}

async fn form(
    visit: &Visit<'_>,
    door: Door,
    link: &Token,
    params: &Params,
    refusal: Option<&AccountRefusal>,
) -> HttpResponse {
    let offer = match sign_up::find(visit.means, door, link).await {
        Ok(offer) => offer,
        Err(failure) => return links::fail(visit, failure),
    };
    let page = NewAccountPage {
        chrome: visit.chrome(),
        action: visit.path(path(door)),
        csrf: csrf::token(visit.means, csrf::Purpose::Account, &visit.browser, path(door)),
        thread: params.get("thread").map(str::to_owned),
        is_address_shown: offer.is_address_shown,
        address: offer.address,
        name: params.get("name").map_or(offer.name, str::to_owned),
        error: refusal.map(|refusal| refusal.in_words(visit.texts)),
    };
    visit.show(refusal.map_or(StatusCode::OK, links::status), &page, None)
}
