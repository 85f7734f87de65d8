//! The admin API: JSON for those who operate the server and for their programs. Every route stands in the table of
//! [`super::routes`] with the right that it needs, and [`authorize`] asks for it: no handler does.

mod accounts;
mod attributes;
mod authorize;
mod clients;
mod grants;
mod groups;
mod insight;
mod openapi;
mod people;
mod persons;
mod problem;
mod registration;
mod request;
mod resources;
mod server;
mod upstream;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;
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
        .configure(of_clients)
        .configure(of_registration)
        .configure(of_resources)
        .configure(of_people)
        .configure(of_accounts)
        .configure(of_persons)
        .configure(of_groups)
        .configure(of_upstream)
        .configure(of_insight)
        .wrap(from_fn(authorize::authorize))
}

fn of_clients(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/clients").route(web::get().to(clients::list)).route(web::post().to(clients::create)))
        // Before the client of that name.
        .service(at("/clients/export").route(web::get().to(clients::export)))
        .service(at("/clients/import").route(web::post().to(clients::import)))
        .service(at("/clients/sweep").route(web::post().to(clients::sweep)))
        .service(
            at("/clients/{client_id}")
                .route(web::get().to(clients::show))
                .route(web::put().to(clients::replace))
                .route(web::delete().to(clients::remove)),
        )
        .service(at("/clients/{client_id}/approve").route(web::post().to(clients::approve)))
        .service(at("/clients/{client_id}/restore").route(web::post().to(clients::restore)))
        .service(at("/clients/{client_id}/secret").route(web::post().to(clients::rotate_secret)))
        .service(at("/clients/{client_id}/registration-access-token").route(web::post().to(clients::recover)))
        .service(at("/clients/{client_id}/disable").route(web::post().to(clients::disable)))
        .service(at("/clients/{client_id}/enable").route(web::post().to(clients::enable)))
        .service(
            at("/clients/{client_id}/grants")
                .route(web::get().to(grants::list))
                .route(web::delete().to(grants::revoke_all)),
        )
        .service(at("/grants").route(web::get().to(persons::all_grants)))
        .service(at("/grants/{id}").route(web::delete().to(grants::revoke)));
}

fn of_registration(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(
            at("/initial-access-tokens")
                .route(web::get().to(registration::tokens))
                .route(web::post().to(registration::issue_token)),
        )
        .service(at("/initial-access-tokens/{id}").route(web::delete().to(registration::revoke_token)))
        .service(at("/policies").route(web::get().to(registration::policies)))
        .service(at("/registration/dry-run").route(web::post().to(registration::dry_run)));
}

fn of_people(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(
            at("/sessions")
                .route(web::get().to(persons::all_sessions))
                .route(web::delete().to(people::sign_everybody_out)),
        )
        .service(
            at("/users/{subject}/sessions")
                .route(web::get().to(people::sessions))
                .route(web::delete().to(people::sign_out)),
        )
        .service(at("/users/{subject}/sessions/{sid}").route(web::delete().to(people::end_session)))
        .service(
            at("/users/{subject}/factors")
                .route(web::get().to(people::list_factors))
                .route(web::delete().to(people::reset_factors)),
        )
        .service(at("/users/{subject}/disable").route(web::post().to(people::disable)))
        .service(at("/users/{subject}/enable").route(web::post().to(people::enable)))
        .service(at("/users/{subject}/unblock").route(web::post().to(people::unblock)));
}

fn of_accounts(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/users/{subject}/reset-link").route(web::post().to(accounts::reset_link)))
        .service(
            at("/invitations")
                .route(web::get().to(accounts::invitations))
                .route(web::post().to(accounts::invite)),
        )
        .service(at("/invitations/{id}").route(web::delete().to(accounts::revoke_invitation)))
        .service(at("/emails").route(web::get().to(accounts::list_emails)))
        // Before the e-mail of that name.
        .service(at("/emails/test").route(web::post().to(accounts::test_email)))
        .service(at("/emails/{id}/retry").route(web::post().to(accounts::retry_email)));
}

fn of_persons(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/users").route(web::get().to(persons::list)).route(web::post().to(persons::create)))
        .service(
            at("/users/{subject}")
                .route(web::get().to(persons::show))
                .route(web::patch().to(persons::change))
                .route(web::delete().to(persons::remove)),
        )
        .service(
            at("/users/{subject}/grants")
                .route(web::get().to(persons::grants))
                .route(web::delete().to(persons::withdraw)),
        );
}

fn of_groups(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/groups").route(web::get().to(groups::list)).route(web::post().to(groups::add)))
        .service(
            at("/groups/{name}")
                .route(web::get().to(groups::show))
                .route(web::put().to(groups::change))
                .route(web::delete().to(groups::remove)),
        )
        .service(at("/groups/{name}/members").route(web::get().to(groups::members)))
        .service(
            at("/groups/{name}/members/{subject}")
                .route(web::put().to(groups::add_member))
                .route(web::delete().to(groups::remove_member)),
        )
        .service(
            at("/clients/{client_id}/access")
                .route(web::get().to(groups::access))
                .route(web::put().to(groups::change_access)),
        )
        .service(
            at("/attributes").route(web::get().to(attributes::list)).route(web::post().to(attributes::add)),
        )
        .service(
            at("/attributes/{name}")
                .route(web::put().to(attributes::replace))
                .route(web::delete().to(attributes::remove)),
        );
}

fn of_resources(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/resources").route(web::get().to(resources::list)).route(web::post().to(resources::add)))
        .service(
            at("/resources/{id}")
                .route(web::get().to(resources::show))
                .route(web::put().to(resources::replace))
                .route(web::delete().to(resources::remove)),
        );
}

fn of_upstream(config: &mut ServiceConfig) {
    let at = |path: &str| routes::resource(&format!("/upstream-providers{path}"));
    config
        .service(at("").route(web::get().to(upstream::list)).route(web::post().to(upstream::add)))
        .service(
            at("/{name}")
                .route(web::get().to(upstream::show))
                .route(web::put().to(upstream::replace))
                .route(web::delete().to(upstream::remove)),
        )
        .service(at("/{name}/disable").route(web::post().to(upstream::disable)))
        .service(at("/{name}/enable").route(web::post().to(upstream::enable)));
}

fn of_insight(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/statistics").route(web::get().to(insight::statistics)))
        .service(at("/tombstones").route(web::get().to(insight::tombstones)))
        .service(at("/audit").route(web::get().to(insight::audit)))
        .service(at("/audit/export").route(web::get().to(insight::export)))
        .service(at("/audit/counts").route(web::get().to(insight::counts)))
        .service(at("/audit/verify").route(web::get().to(insight::verify)))
        .service(at("/overview").route(web::get().to(server::overview)))
        .service(at("/keys").route(web::get().to(server::list_keys)))
        .service(at("/keys/rotate").route(web::post().to(server::rotate_keys)))
        .service(at("/settings").route(web::get().to(server::settings)))
        .service(at("/openapi.json").route(web::get().to(openapi::get)));
}

/// An answer as JSON.
fn answer(mut response: HttpResponseBuilder, value: &impl Serialize) -> HttpResponse {
    response.insert_header((CONTENT_TYPE, "application/json")).body(body::json(value))
}
