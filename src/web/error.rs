//! Refusals and faults of the endpoints for machines, as JSON. Each endpoint's refusal type holds only its own codes.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};
use serde_json::json;

use crate::clock::Seconds;
use crate::flow::manage_client::ManageRefusal;
use crate::flow::recover_client::RecoverRefusal;
use crate::flow::register_client::RegisterRefusal;
use crate::flow::{Failure, StorageError};
use crate::protocol::bearer::BearerRefusal;
use crate::protocol::client::refusal::RegistrationRefusal;
use crate::protocol::scope::REGISTER_SCOPE;
use crate::protocol::token::refusal::{TokenErrorCode, TokenRefusal};

/// What an endpoint for machines answers instead of what was asked for.
#[derive(Debug)]
pub enum ApiError {
    /// RFC 6749 §5.2.
    Token(TokenRefusal),
    /// RFC 6750 §3.
    Bearer(BearerRefusal),
    /// RFC 7591 §3.2.2.
    Registration(RegistrationRefusal),
    /// There are too many registrations: seconds to wait, and a sentence.
    TooManyRegistrations(Seconds, &'static str),
    /// The endpoint is switched off.
    NotFound,
    UnsupportedMediaType(&'static str),
    TooLarge(usize),
    /// The body did not arrive within its deadline.
    TooSlow,
    /// The body could not be read, in a sentence.
    BadBody(String),
    /// Our fault: it is in the log with its causes, and here only by the request id.
    Broken(StorageError),
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status_code())
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Token(refusal) => token_status(refusal.code),
            Self::Bearer(refusal) => bearer_status(refusal),
            Self::Registration(_) | Self::BadBody(_) => StatusCode::BAD_REQUEST,
            Self::TooManyRegistrations(..) => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Broken(error) => broken_status(error),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = self.answer();
        if let Some(what) = self.counted_as() {
            answer.extensions_mut().insert(Counted(what));
        }
        answer
    }
}

/// Marks an answer: requests that came to it are counted in the audit log as this.
#[derive(Clone, Copy, Debug)]
pub struct Counted(pub &'static str);

impl ApiError {
    /// The word for a refusal by a rule. Faults of ours are none, and neither is what only does not fit HTTP.
    fn counted_as(&self) -> Option<&'static str> {
        match self {
            Self::Token(refusal) => Some(refusal.code.as_str()),
            Self::Bearer(refusal) => Some(refusal.as_str()),
            Self::Registration(refusal) => Some(refusal.code.as_str()),
            _ => None,
        }
    }

    fn answer(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::Token(refusal) => token_body(response, refusal),
            Self::Bearer(refusal) => bearer_body(response, refusal),
            Self::Registration(refusal) => error_body(response, refusal.code.as_str(), &refusal.description),
            Self::TooManyRegistrations(seconds, text) => {
                response.insert_header((RETRY_AFTER, seconds.to_string()));
                error_body(response, "slow_down", text)
            }
            Self::NotFound => error_body(response, "not_found", "there is nothing at this address"),
            Self::UnsupportedMediaType(expected) => {
                error_body(response, "invalid_request", &format!("the Content-Type must be {expected}"))
            }
            Self::TooLarge(limit) => {
                error_body(response, "invalid_request", &format!("the body is larger than {limit} bytes"))
            }
            Self::TooSlow => {
                response.force_close();
                error_body(response, "invalid_request", "the body did not arrive in time")
            }
            Self::BadBody(text) => error_body(response, "invalid_request", text),
            Self::Broken(error) => broken_body(response, error),
        }
    }
}

fn token_status(code: TokenErrorCode) -> StatusCode {
    match code {
        TokenErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
        TokenErrorCode::SlowDown => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn token_body(mut response: HttpResponseBuilder, refusal: &TokenRefusal) -> HttpResponse {
    if let Some(seconds) = refusal.retry_after {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    error_body(response, refusal.code.as_str(), &refusal.description)
}

fn bearer_status(refusal: &BearerRefusal) -> StatusCode {
    match refusal {
        BearerRefusal::NoToken | BearerRefusal::InvalidToken => StatusCode::UNAUTHORIZED,
        BearerRefusal::InvalidRequest(_) => StatusCode::BAD_REQUEST,
        BearerRefusal::InsufficientScope(_) | BearerRefusal::Disabled | BearerRefusal::Pending => {
            StatusCode::FORBIDDEN
        }
        BearerRefusal::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
    }
}

fn bearer_body(mut response: HttpResponseBuilder, refusal: &BearerRefusal) -> HttpResponse {
    match refusal {
        BearerRefusal::NoToken => {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
            error_body(response, "invalid_token", "an access token is needed in the Authorization header")
        }
        BearerRefusal::InvalidToken => {
            response.insert_header((WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
            error_body(response, "invalid_token", "the access token is not good here")
        }
        BearerRefusal::InvalidRequest(text) => {
            response.insert_header((WWW_AUTHENTICATE, "Bearer error=\"invalid_request\""));
            error_body(response, "invalid_request", text)
        }
        BearerRefusal::InsufficientScope(scope) => {
            let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\"");
            response.insert_header((WWW_AUTHENTICATE, challenge));
            error_body(response, "insufficient_scope", &format!("the access token lacks the scope {scope}"))
        }
        BearerRefusal::Disabled => {
            error_body(response, "access_denied", "an operator has disabled this client")
        }
        BearerRefusal::Pending => {
            error_body(response, "access_denied", "this client waits for an operator's approval")
        }
        BearerRefusal::TooMany(seconds) => {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
            error_body(response, "slow_down", "too many failed attempts from this address")
        }
    }
}

/// Whether the caller may try again: the database is busy or away.
#[must_use]
pub fn broken_status(error: &StorageError) -> StatusCode {
    match error {
        StorageError::Busy(_) | StorageError::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn broken_body(mut response: HttpResponseBuilder, error: &StorageError) -> HttpResponse {
    if broken_status(error) == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((RETRY_AFTER, "1"));
        return error_body(response, "temporarily_unavailable", "the server is busy; try again in a second");
    }
    error_body(response, "server_error", "something broke here; the log has it under the request id")
}

fn error_body(mut response: HttpResponseBuilder, error: &str, description: &str) -> HttpResponse {
    response
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(json!({ "error": error, "error_description": description }).to_string())
}

/// Writes a fault of ours into the log, once.
pub fn log_broken(error: &StorageError) {
    if broken_status(error) == StatusCode::SERVICE_UNAVAILABLE {
        tracing::warn!(%error, "a request was turned away");
    } else {
        tracing::error!(%error, "a request broke");
    }
}

fn broken(error: StorageError) -> ApiError {
    log_broken(&error);
    ApiError::Broken(error)
}

impl From<Failure<TokenRefusal>> for ApiError {
    fn from(failure: Failure<TokenRefusal>) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::Token(refusal),
            // The client was deleted while it asked: after the rollback it is as unknown as it will be next time.
            Failure::Broken(error) if error.is_foreign_key_violation() => {
                Self::Token(TokenRefusal::invalid_client())
            }
            Failure::Broken(error) => broken(error),
        }
    }
}

impl From<TokenRefusal> for ApiError {
    fn from(refusal: TokenRefusal) -> Self {
        Self::Token(refusal)
    }
}

impl From<BearerRefusal> for ApiError {
    fn from(refusal: BearerRefusal) -> Self {
        Self::Bearer(refusal)
    }
}

impl From<Failure<BearerRefusal>> for ApiError {
    fn from(failure: Failure<BearerRefusal>) -> Self {
        match failure {
            Failure::Refused(refusal) => Self::Bearer(refusal),
            Failure::Broken(error) => broken(error),
        }
    }
}

impl From<Failure<ManageRefusal>> for ApiError {
    fn from(failure: Failure<ManageRefusal>) -> Self {
        match failure {
            Failure::Refused(ManageRefusal::Bearer(refusal)) => Self::Bearer(refusal),
            Failure::Refused(ManageRefusal::Registration(refusal)) => Self::Registration(refusal),
            Failure::Refused(ManageRefusal::TooOften(wait)) => {
                Self::TooManyRegistrations(wait, "this client was updated too often in the last minute")
            }
            Failure::Broken(error) => broken(error),
        }
    }
}

impl From<Failure<RecoverRefusal>> for ApiError {
    fn from(failure: Failure<RecoverRefusal>) -> Self {
        match failure {
            Failure::Refused(RecoverRefusal::Client(refusal)) => Self::Token(refusal),
            Failure::Refused(RecoverRefusal::Bearer(refusal)) => Self::Bearer(refusal),
            Failure::Broken(error) => broken(error),
        }
    }
}

impl From<Failure<RegisterRefusal>> for ApiError {
    fn from(failure: Failure<RegisterRefusal>) -> Self {
        match failure {
            Failure::Refused(RegisterRefusal::Off) => Self::NotFound,
            Failure::Refused(RegisterRefusal::NoToken) => Self::Bearer(BearerRefusal::NoToken),
            Failure::Refused(RegisterRefusal::InvalidToken) => Self::Bearer(BearerRefusal::InvalidToken),
            Failure::Refused(RegisterRefusal::InsufficientScope) => {
                Self::Bearer(BearerRefusal::InsufficientScope(REGISTER_SCOPE))
            }
            Failure::Refused(RegisterRefusal::TooManyFailures(wait)) => {
                Self::Bearer(BearerRefusal::TooMany(wait))
            }
            Failure::Refused(RegisterRefusal::OverBudget(wait)) => {
                Self::TooManyRegistrations(wait, "there were too many registrations in the last minute")
            }
            Failure::Refused(RegisterRefusal::Full(wait)) => {
                Self::TooManyRegistrations(wait, "there are as many clients as there may be")
            }
            // The person was removed while they asked.
            Failure::Broken(error) if error.is_foreign_key_violation() => {
                Self::Bearer(BearerRefusal::InvalidToken)
            }
            Failure::Refused(RegisterRefusal::Registration(refusal)) => Self::Registration(refusal),
            Failure::Broken(error) => broken(error),
        }
    }
}
