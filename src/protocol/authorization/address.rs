//! Who asks and where the answer goes: until that is known, nobody is told anything but on a page. RFC 6749 §4.1.2.1.

use super::refusal::{AuthorizationErrorCode as Code, AuthorizationRefusal, ErrorResponse, PageReason};
use super::request::Rules;
use super::response::{Destination, ResponseMode};
use crate::protocol::client::metadata::ClientMetadata;
use crate::protocol::params::{Faulty, Params};
use crate::protocol::redirect_uri;

/// The longest `state` that is carried, in bytes.
const MAX_STATE: usize = 16 * 1024;
/// The parameters that say who asks and where the answer goes: with a fault in one of them nobody can be told.
const ADDRESS: [&str; 4] = ["client_id", "redirect_uri", "response_mode", "state"];

/// What can be relied on in a request with a fault elsewhere, or the refusal to show on a page. RFC 6749 §4.1.2.1.
pub fn address(faulty: &Faulty) -> Result<&Params, AuthorizationRefusal> {
    faulty.sound(&ADDRESS).filter(|params| params.get("client_id").is_some()).ok_or_else(|| {
        let text = faulty.fault.to_string();
        AuthorizationRefusal::Page(PageReason::MalformedRequest(text.trim_end_matches('.').to_owned()))
    })
}

/// The refusal of a request with a fault outside its address: the client is told, if it is told anything. RFC 6749 §4.1.2.1.
#[must_use]
pub fn refuse_faulty(faulty: &Faulty, client: &ClientMetadata, rules: &Rules<'_>) -> AuthorizationRefusal {
    match address(faulty) {
        Err(refusal) => refusal,
        Ok(params) => refuse(params, client, rules, Code::InvalidRequest, faulty.fault.to_string()),
    }
}

/// The refusal of a request for this reason, told where it may be answered. RFC 6749 §4.1.2.1.
#[must_use]
pub fn refuse(
    params: &Params,
    client: &ClientMetadata,
    rules: &Rules<'_>,
    code: Code,
    description: String,
) -> AuthorizationRefusal {
    let answerable = bind(params, client, rules).and_then(|uri| destination(params, uri));
    answerable.map_or_else(
        |refusal| refusal,
        |destination| {
            let description = description.into();
            AuthorizationRefusal::Redirect(ErrorResponse { destination, code, description })
        },
    )
}

/// The redirect URI that this request may be answered at: exactly a registered one, a loopback port aside.
pub(super) fn bind(
    params: &Params,
    client: &ClientMetadata,
    rules: &Rules<'_>,
) -> Result<String, AuthorizationRefusal> {
    let page = |text: &'static str| AuthorizationRefusal::Page(PageReason::RedirectUri(text.into()));
    let requested = params.get("redirect_uri");
    redirect_uri::find_registered(&client.redirect_uris, requested, rules.localhost_any_port)
        .map(str::to_owned)
        .ok_or_else(|| match (requested, client.redirect_uris.as_slice()) {
            (Some(_), _) => page("redirect_uri is not one that the application registered"),
            (None, []) => page("the application registered no redirect_uri"),
            (None, _) => page("redirect_uri is missing, and the application registered several"),
        })
}

pub(super) fn destination(
    params: &Params,
    redirect_uri: String,
) -> Result<Destination, AuthorizationRefusal> {
    let state = params.get("state").map(str::to_owned);
    let refuse = |state, text: &'static str| {
        AuthorizationRefusal::Redirect(ErrorResponse {
            destination: Destination {
                redirect_uri: redirect_uri.clone(),
                response_mode: ResponseMode::Query,
                state,
            },
            code: Code::InvalidRequest,
            description: text.into(),
        })
    };
    if state.as_deref().is_some_and(|state| state.len() > MAX_STATE) {
        return Err(refuse(None, "state is longer than 16384 bytes"));
    }
    let response_mode = match params.get("response_mode") {
        None => ResponseMode::Query,
        Some(name) => ResponseMode::parse(name)
            .ok_or_else(|| refuse(state.clone(), "response_mode must be query or form_post"))?,
    };
    Ok(Destination { redirect_uri, response_mode, state })
}
