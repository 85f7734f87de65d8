//! POST /register (RFC 7591 §3) and GET, PUT, DELETE `/register/{client_id}` (RFC 7592 §2).

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, USER_AGENT};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::{Map, Value};

use super::error::ApiError;
use super::{body, peer::origin};
use crate::entropy::Token;
use crate::flow::manage_client::{self, Caller, Registration};
use crate::flow::recover_client::{self, Claimant, Proof};
use crate::flow::register_client::{self, RegistrationRequest};
use crate::flow::{Actor, Means};
use crate::protocol::bearer::{self, BearerRefusal};
use crate::protocol::client::assertion::JWT_BEARER;
use crate::protocol::client::authentication;
use crate::protocol::client::information::{ClientInformation, PENDING};
use crate::protocol::client::refusal::{RegistrationErrorCode, RegistrationRefusal};
use crate::protocol::json;
use crate::protocol::params::Params;
use crate::protocol::token::refusal::{TokenErrorCode, TokenRefusal};
use crate::telemetry::{self, Outcome, RegistrationOperation};

/// Registers a client: 201 with the metadata as kept, and the secrets this once.
pub async fn post(
    means: Data<Means>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    counted(RegistrationOperation::Register, async {
        let submitted = object(&request, payload).await?;
        let registered = register_client::register(
            &means,
            RegistrationRequest {
                submitted,
                bearer_token: bearer_token(&request)?,
                origin: origin(&request, &means, Actor::Anonymous),
                user_agent: header(&request, &USER_AGENT).map(str::to_owned),
            },
        )
        .await?;
        let information = ClientInformation {
            client_id: &registered.client_id,
            client_id_issued_at: registered.issued_at,
            client_secret: registered.client_secret.as_ref().map(Token::expose),
            client_secret_expires_at: registered.client_secret_expires_at,
            registration_access_token: Some(registered.registration_access_token.expose()),
            registration_client_uri: Some(&configuration_uri(&means, &registered.client_id)),
            client_status: registered.is_pending.then_some(PENDING),
            metadata: &registered.metadata,
        };
        Ok(answer(HttpResponse::Created(), &information))
    })
    .await
}

/// The registration as it stands. RFC 7592 §2.1.
pub async fn get(
    means: Data<Means>,
    request: HttpRequest,
    client_id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    counted(RegistrationOperation::Read, async {
        let caller = caller(&means, &request, client_id)?;
        let registration = manage_client::read(&means, caller).await?;
        Ok(information(&means, &registration))
    })
    .await
}

/// Replaces the metadata. RFC 7592 §2.2.
pub async fn put(
    means: Data<Means>,
    request: HttpRequest,
    client_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    counted(RegistrationOperation::Update, async {
        let caller = caller(&means, &request, client_id)?;
        let submitted = object(&request, payload).await?;
        let registration = manage_client::update(&means, caller, submitted).await?;
        Ok(information(&means, &registration))
    })
    .await
}

/// Deletes the client and everything that was issued to it. RFC 7592 §2.3.
pub async fn delete(
    means: Data<Means>,
    request: HttpRequest,
    client_id: Path<String>,
) -> Result<HttpResponse, ApiError> {
    counted(RegistrationOperation::Delete, async {
        manage_client::delete(&means, caller(&means, &request, client_id)?).await?;
        Ok(HttpResponse::NoContent().insert_header((CACHE_CONTROL, "no-store")).finish())
    })
    .await
}

/// A lost registration access token is replaced for a proof that it is the client. An extension to RFC 7592.
pub async fn recover(
    means: Data<Means>,
    request: HttpRequest,
    client_id: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    counted(RegistrationOperation::Recover, async {
        let params = body::form(&request, payload).await?;
        let client_id = client_id.into_inner();
        let claimant = Claimant {
            proof: proof(&request, &params)?,
            origin: origin(&request, &means, Actor::Client(client_id.clone())),
            client_id,
        };
        let registration = recover_client::by_client(&means, claimant).await?;
        Ok(information(&means, &registration))
    })
    .await
}

/// A signed assertion, or whatever else clients authenticate with; never both.
fn proof(request: &HttpRequest, params: &Params) -> Result<Proof, ApiError> {
    let header = request.headers().get(AUTHORIZATION);
    let Some(assertion) = params.get("client_assertion") else {
        if params.get("client_assertion_type").is_some() {
            return Err(TokenRefusal::invalid_client().into());
        }
        let header = header.map(|value| value.to_str().map_err(|_| TokenRefusal::invalid_client()));
        let presented = authentication::read(header.transpose()?, params);
        // One answer for everything that proves nothing.
        return Ok(Proof::Secret(presented.map_err(|refusal| match refusal.code {
            TokenErrorCode::InvalidClient => TokenRefusal::invalid_client(),
            _ => refusal,
        })?));
    };
    if header.is_some() || params.get("client_secret").is_some() {
        let text = "the client authenticated twice: with client_assertion and with a secret";
        return Err(TokenRefusal::invalid_request(text).into());
    }
    if params.get("client_assertion_type") != Some(JWT_BEARER) {
        return Err(TokenRefusal::invalid_client().into());
    }
    Ok(Proof::Assertion(assertion.to_owned()))
}

async fn counted(
    operation: RegistrationOperation,
    work: impl Future<Output = Result<HttpResponse, ApiError>>,
) -> Result<HttpResponse, ApiError> {
    let answer = work.await;
    let outcome = match &answer {
        Ok(_) => Outcome::Ok,
        Err(ApiError::Broken(_)) => Outcome::Failed,
        Err(_) => Outcome::Refused,
    };
    telemetry::count_registration(operation, outcome);
    answer
}

async fn object(request: &HttpRequest, payload: Payload) -> Result<Map<String, Value>, ApiError> {
    if !body::is_of_type(request, "application/json") {
        return Err(ApiError::UnsupportedMediaType("application/json"));
    }
    let bytes = body::read(request, payload).await?;
    json::parse_object(&bytes).map_err(|fault| {
        ApiError::Registration(RegistrationRefusal {
            code: RegistrationErrorCode::InvalidClientMetadata,
            description: fault.to_string(),
        })
    })
}

/// A registration may come without a token; one that is sent must be a bearer token.
fn bearer_token(request: &HttpRequest) -> Result<Option<Token>, ApiError> {
    match bearer::read(header(request, &AUTHORIZATION)) {
        Ok(token) => Ok(Some(token)),
        Err(BearerRefusal::NoToken) if request.headers().get(AUTHORIZATION).is_none() => Ok(None),
        Err(_) => Err(BearerRefusal::InvalidToken.into()),
    }
}

fn caller(means: &Means, request: &HttpRequest, client_id: Path<String>) -> Result<Caller, ApiError> {
    let client_id = client_id.into_inner();
    Ok(Caller {
        origin: origin(request, means, Actor::Client(client_id.clone())),
        client_id,
        token: bearer::read(header(request, &AUTHORIZATION))?,
    })
}

fn header<'a>(request: &'a HttpRequest, name: &actix_web::http::header::HeaderName) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// `registration_client_uri`. RFC 7592 §3.
fn configuration_uri(means: &Means, client_id: &str) -> String {
    means.config.issuer.endpoint(&format!("/register/{client_id}"))
}

fn information(means: &Means, registration: &Registration) -> HttpResponse {
    let Registration { client, client_secret, registration_access_token } = registration;
    let information = ClientInformation {
        client_id: &client.client_id,
        client_id_issued_at: client.created_at,
        client_secret: client_secret.as_ref().map(Token::expose),
        client_secret_expires_at: client.secret.as_ref().map(|secret| secret.expires_at),
        registration_access_token: Some(registration_access_token.expose()),
        registration_client_uri: Some(&configuration_uri(means, &client.client_id)),
        client_status: client.is_pending().then_some(PENDING),
        metadata: &client.metadata,
    };
    answer(HttpResponse::Ok(), &information)
}

fn answer(mut response: HttpResponseBuilder, information: &ClientInformation<'_>) -> HttpResponse {
    response
        .insert_header((CONTENT_TYPE, "application/json"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .body(body::json(information))
}
