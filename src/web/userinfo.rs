//! GET and POST /userinfo. OpenID Connect Core §5.3.

use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::body;
use super::error::ApiError;
use crate::entropy::Token;
use crate::flow::Means;
use crate::flow::userinfo::{self, Userinfo};
use crate::protocol::bearer::{self, BearerRefusal};

/// The claims. The token stands in the header, or in the form body of a POST, RFC 6750 §2.1, §2.2; never in the query.
pub async fn get_or_post(
    means: Data<Means>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, ApiError> {
    let token = token(&request, payload).await?;
    let (content_type, body) = match userinfo::userinfo(&means, token).await? {
        Userinfo::Json(claims) => ("application/json", body::json(&claims)),
        Userinfo::Jwt(token) => ("application/jwt", token),
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(body))
}

async fn token(request: &HttpRequest, payload: Payload) -> Result<Token, ApiError> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let in_body = if request.method() == Method::POST
        && body::is_of_type(request, "application/x-www-form-urlencoded")
    {
        body::form(request, payload).await?.get("access_token").map(Token::presented)
    } else {
        None
    };
    match (header, in_body) {
        (Some(_), Some(_)) => {
            Err(BearerRefusal::InvalidRequest("the access token was sent in two places").into())
        }
        (None, Some(token)) => Ok(token),
        (header, None) => Ok(bearer::read(header)?),
    }
}
