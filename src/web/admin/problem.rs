//! What the admin API answers instead of what was asked for. RFC 9457.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::flow::administer::Refusal;
use crate::flow::administer::authenticate::AdminRefusal;
use crate::flow::{Failure, StorageError};
use crate::protocol::bearer::BearerRefusal;
use crate::protocol::scope::ADMIN;
use crate::web::body;
use crate::web::error::{self, ApiError};

/// A problem: its status, and a sentence that names what is wrong.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    error: Option<&'static str>,
    challenge: Option<String>,
    retry_after: Option<i64>,
}

/// `application/problem+json`. RFC 9457 §3.
#[derive(Serialize, ToSchema)]
pub struct ProblemDetails<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    /// What the status means.
    title: &'a str,
    status: u16,
    /// A sentence that names what is wrong.
    detail: &'a str,
    /// The error code of the RFC whose rule it is: RFC 6750 §3.1 or RFC 7591 §3.2.2.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

impl Problem {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), error: None, challenge: None, retry_after: None }
    }

    /// There is no such thing.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// The request is not acceptable.
    pub fn invalid(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// Our fault, which the log tells of.
    pub fn broken() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Something broke here; the log has it under the request id.",
        )
    }

    fn challenge(mut self, error: &'static str, challenge: impl Into<String>) -> Self {
        self.error = Some(error);
        self.challenge = Some(challenge.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(challenge) = &self.challenge {
            response.insert_header((WWW_AUTHENTICATE, challenge.as_str()));
        }
        if let Some(seconds) = self.retry_after {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        response.insert_header((CONTENT_TYPE, "application/problem+json")).body(body::json(&ProblemDetails {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            detail: &self.detail,
            error: self.error,
        }))
    }
}

impl From<BearerRefusal> for Problem {
    fn from(refusal: BearerRefusal) -> Self {
        let unauthorized = |detail: &str| Self::new(StatusCode::UNAUTHORIZED, detail);
        match refusal {
            BearerRefusal::NoToken => {
                let mut problem =
                    unauthorized("An access token or an API key is needed in the Authorization header.");
                problem.challenge = Some("Bearer".to_owned());
                problem
            }
            BearerRefusal::InvalidRequest(text) => {
                Self::invalid(text).challenge("invalid_request", "Bearer error=\"invalid_request\"")
            }
            BearerRefusal::InvalidToken | BearerRefusal::Disabled | BearerRefusal::Pending => {
                unauthorized("The access token or the API key is not good here.")
                    .challenge("invalid_token", "Bearer error=\"invalid_token\"")
            }
            BearerRefusal::InsufficientScope(scope) => Self::new(
                StatusCode::FORBIDDEN,
                format!("This needs an administrator's access token with the scope {scope}."),
            )
            .challenge(
                "insufficient_scope",
                format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\""),
            ),
            BearerRefusal::TooMany(seconds) => {
                let mut problem =
                    Self::new(StatusCode::TOO_MANY_REQUESTS, "Too many failed attempts from this address.");
                problem.retry_after = Some(seconds);
                problem
            }
        }
    }
}

impl From<AdminRefusal> for Problem {
    fn from(refusal: AdminRefusal) -> Self {
        match refusal {
            AdminRefusal::Bearer(refusal) => refusal.into(),
            AdminRefusal::ReadOnly => {
                Self::new(StatusCode::FORBIDDEN, "This API key may read and not write.").challenge(
                    "insufficient_scope",
                    format!("Bearer error=\"insufficient_scope\", scope=\"{ADMIN}\""),
                )
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = match &refusal {
            Refusal::NotFound(_) => StatusCode::NOT_FOUND,
            Refusal::Invalid(_) | Refusal::Metadata(_) => StatusCode::BAD_REQUEST,
            Refusal::Conflict(_) => StatusCode::CONFLICT,
        };
        let mut problem = Self::new(status, refusal.to_string());
        if let Refusal::Metadata(refusal) = refusal {
            problem.error = Some(refusal.code.as_str());
        }
        problem
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        error::log_broken(&error);
        let status = error::broken_status(&error);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let mut problem = Self::new(status, "The server is busy; try again in a second.");
            problem.retry_after = Some(1);
            return problem;
        }
        Self::broken()
    }
}

impl<R: Into<Problem>> From<Failure<R>> for Problem {
    fn from(failure: Failure<R>) -> Self {
        match failure {
            Failure::Refused(refusal) => refusal.into(),
            Failure::Broken(error) => error.into(),
        }
    }
}

/// What reading a body refuses.
impl From<ApiError> for Problem {
    fn from(error: ApiError) -> Self {
        let detail = match &error {
            ApiError::TooLarge(limit) => format!("The body is larger than {limit} bytes."),
            ApiError::UnsupportedMediaType(expected) => format!("The Content-Type must be {expected}."),
            ApiError::TooSlow => "The body did not arrive in time.".to_owned(),
            _ => "The body could not be read.".to_owned(),
        };
        Self::new(error.status_code(), detail)
    }
}
