//! The admin API: JSON for those who operate the server and for their programs. Every route stands in the table of
//! [`super::routes`] with the right that it needs, and [`authorize`] asks for it: no handler does.

mod authorize;
mod clients;
mod grants;
mod openapi;
mod problem;
mod request;
mod resources;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::from_fn;
use actix_web::{Error, HttpResponse, HttpResponseBuilder, Scope, web};
use serde::Serialize;

use super::{body, routes};

/// What every path of the admin API begins with.
pub const BASE: &str = "/admin/api";

/// The handlers, behind the check of who calls.
pub fn scope(
    base: &str,
) -> Scope<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    web::scope(base)
        .service(
            routes::resource("/clients")
                .route(web::get().to(clients::list))
                .route(web::post().to(clients::create)),
        )
        .service(
            routes::resource("/clients/{client_id}")
                .route(web::get().to(clients::show))
                .route(web::put().to(clients::replace))
                .route(web::delete().to(clients::remove)),
        )
        .service(routes::resource("/clients/{client_id}/disable").route(web::post().to(clients::disable)))
        .service(routes::resource("/clients/{client_id}/enable").route(web::post().to(clients::enable)))
        .service(
            routes::resource("/clients/{client_id}/grants")
                .route(web::get().to(grants::list))
                .route(web::delete().to(grants::revoke_all)),
        )
        .service(routes::resource("/grants/{id}").route(web::delete().to(grants::revoke)))
        .service(
            routes::resource("/resources")
                .route(web::get().to(resources::list))
                .route(web::post().to(resources::add)),
        )
        .service(
            routes::resource("/resources/{id}")
                .route(web::get().to(resources::show))
                .route(web::put().to(resources::replace))
                .route(web::delete().to(resources::remove)),
        )
        .service(routes::resource("/openapi.json").route(web::get().to(openapi::get)))
        .wrap(from_fn(authorize::authorize))
}

/// An answer as JSON.
fn answer(mut response: HttpResponseBuilder, value: &impl Serialize) -> HttpResponse {
    response.insert_header((CONTENT_TYPE, "application/json")).body(body::json(value))
}
