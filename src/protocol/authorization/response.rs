//! How an answer travels to the client. RFC 6749 §4.1.2, OAuth 2.0 Form Post Response Mode, RFC 9207.

use super::refusal::ErrorResponse;
use crate::protocol::redirect_uri::append_query;

/// Where the response parameters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    Query,
    /// OAuth 2.0 Form Post Response Mode §2.
    FormPost,
}

impl ResponseMode {
    /// The mode of this name; `fragment` and the others are not offered.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "query" => Some(Self::Query),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }
}

/// A redirect URI that the client registered, and what it wants back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    pub redirect_uri: String,
    pub response_mode: ResponseMode,
    pub state: Option<String>,
}

/// A response on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// 303 to this URL.
    Redirect(String),
    /// A page that posts these fields there.
    Form { action: String, fields: Vec<(String, String)> },
}

/// The success response: code, state, iss. RFC 6749 §4.1.2, RFC 9207 §2.
#[must_use]
pub fn success(destination: &Destination, code: &str, issuer: &str) -> Delivery {
    deliver(destination, vec![("code", code)], issuer)
}

/// The error response: `error`, `error_description`, `state`, `iss`. RFC 6749 §4.1.2.1, RFC 9207 §2.
#[must_use]
pub fn error(response: &ErrorResponse, issuer: &str) -> Delivery {
    let parameters =
        vec![("error", response.code.as_str()), ("error_description", response.description.as_ref())];
    deliver(&response.destination, parameters, issuer)
}

fn deliver<'a>(
    destination: &'a Destination,
    mut parameters: Vec<(&'a str, &'a str)>,
    issuer: &'a str,
) -> Delivery {
    if let Some(state) = &destination.state {
        parameters.push(("state", state));
    }
    parameters.push(("iss", issuer));
    match destination.response_mode {
        ResponseMode::Query => Delivery::Redirect(append_query(&destination.redirect_uri, &parameters)),
        ResponseMode::FormPost => Delivery::Form {
            action: destination.redirect_uri.clone(),
            fields: parameters.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        },
    }
}
