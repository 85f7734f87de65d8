//! Who calls the admin API. Before every handler of it, by the rule of the route; a route without one is not reached.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::AUTHORIZATION;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, ResponseError as _};

use super::problem::Problem;
use crate::flow::administer::authenticate::{self, Administrator, Right};
use crate::flow::{Actor, Means, Origin};
use crate::protocol::bearer;
use crate::web::{peer, routes};

/// Lets the request through to its handler if its token or key has the right that the route needs.
pub async fn authorize(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match admit(&request).await {
        Ok(administrator) => {
            request.extensions_mut().insert(administrator);
            Ok(next.call(request).await?.map_into_boxed_body())
        }
        Err(problem) => Ok(request.into_response(problem.error_response())),
    }
}

async fn admit(request: &ServiceRequest) -> Result<Administrator, Problem> {
    let Some(means) = request.app_data::<Data<Means>>().cloned() else {
        return Err(Problem::broken());
    };
    let rule = routes::of_path(request.path(), means.config.issuer.path()).rule;
    let needed = rule.needs(request.method().as_str());
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = bearer::read(header)?;
    let from = peer::address(request.request(), &means.config);
    let administrator =
        authenticate::authenticate(&means, token, from, needed.unwrap_or(Right::Read)).await?;
    if needed.is_none() {
        return Err(Problem::not_found("There is nothing at this address."));
    }
    Ok(administrator)
}

/// Where a change comes from, for the audit log. Only behind [`authorize`].
pub struct By(pub Origin);

impl FromRequest for By {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let administrator = request.extensions().get::<Administrator>().cloned();
        ready(match (administrator, request.app_data::<Data<Means>>()) {
            (Some(Administrator(name)), Some(means)) => {
                Ok(Self(peer::origin(request, means, Actor::Administrator(name))))
            }
            _ => Err(Problem::broken()),
        })
    }
}
