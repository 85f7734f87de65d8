//! The operator's desk: pages for administrators, at `/admin`. Every route stands in the table of [`super::routes`] with
//! [`Rule::Desk`](super::routes::Rule) or `FreshDesk`, and [`gate`] asks for it: no handler does.
//!
//! A page takes an [`Operator`], makes a [`Desk`] of it, fills a struct of [`super::pages::desk`] that extends
//! `layout_desk.html`, and shows it. A form is begun with [`Desk::form_to`] its own path; [`Desk::form`] reads it.

mod access;
mod attributes;
mod audit;
mod client_actions;
mod client_form;
mod clients;
mod emails;
pub mod gate;
mod groups;
mod invitations;
mod keys;
mod overview;
mod page;
mod people;
mod person_actions;
mod person_form;
mod provider_actions;
mod provider_form;
mod providers;
mod registration;
mod removed_clients;
mod resources;
mod sessions;
mod settings;

pub use page::{Desk, Operator, Shown, either, segment, unreadable, words};

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::web::{Data, ServiceConfig};
use actix_web::{Error, HttpRequest, HttpResponse, Scope, web};

use super::pages::desk::DeskPart;
use super::pages::desk_blocks::Block;
use super::routes;
use crate::flow::Means;

/// What every path of the desk begins with.
pub const BASE: &str = "/admin";

/// The handlers, behind the check of who is here.
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
        .configure(of_server)
        .configure(of_clients)
        .configure(of_registration)
        .configure(of_resources)
        .configure(of_people)
        .configure(of_groups)
        .configure(of_providers)
        .default_service(web::to(nothing))
        .wrap(from_fn(gate::admit))
}

/// An address of the desk at which there is no page.
async fn nothing(means: Data<Means>, request: HttpRequest, operator: Operator) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let mut frame = desk.frame(DeskPart::Overview);
    for entry in &mut frame.entries {
        entry.is_current = false;
    }
    frame.title = desk.t("error-nothing-heading");
    let mut answer = desk.page(frame, vec![Block::Text(desk.t("error-nothing-happened"))]);
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer
}

fn of_server(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("").route(web::get().to(overview::get)))
        .service(at("/settings").route(web::get().to(settings::get)))
        .service(at("/keys").route(web::get().to(keys::list)))
        .service(at("/keys/rotate").route(web::get().to(keys::ask)).route(web::post().to(keys::rotate)))
        .service(at("/emails").route(web::get().to(emails::list)))
        .service(at("/emails/test").route(web::post().to(emails::test)))
        .service(at("/emails/{id}/retry").route(web::post().to(emails::retry)))
        .service(at("/audit").route(web::get().to(audit::list)))
        .service(at("/audit/verify").route(web::get().to(audit::verify)))
        .service(at("/audit/export").route(web::get().to(audit::export)));
}

fn of_clients(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/clients").route(web::get().to(clients::list)))
        .service(
            at("/new-client")
                .route(web::get().to(client_form::new))
                .route(web::post().to(client_form::create)),
        )
        .service(at("/removed-clients").route(web::get().to(removed_clients::list)))
        .service(
            at("/removed-clients/{client_id}/restore")
                .route(web::get().to(removed_clients::ask_restore))
                .route(web::post().to(removed_clients::restore)),
        )
        .service(at("/clients/{client_id}").route(web::get().to(clients::show)))
        .service(
            at("/clients/{client_id}/edit")
                .route(web::get().to(client_form::edit))
                .route(web::post().to(client_form::put)),
        )
        .service(at("/clients/{client_id}/grants/{id}/revoke").route(web::post().to(clients::revoke_grant)));
    for action in ["approve", "enable", "disable", "delete", "secret", "registration-access-token"] {
        config.service(
            at(&format!("/clients/{{client_id}}/{action}"))
                .route(web::get().to(client_actions::ask))
                .route(web::post().to(client_actions::act)),
        );
    }
}

fn of_registration(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/registration").route(web::get().to(registration::get)))
        .service(
            at("/registration/tokens/new")
                .route(web::get().to(registration::new_token))
                .route(web::post().to(registration::issue_token)),
        )
        .service(at("/registration/tokens/{id}/revoke").route(web::post().to(registration::revoke_token)))
        .service(
            at("/registration/sweep")
                .route(web::get().to(registration::preview_sweep))
                .route(web::post().to(registration::sweep)),
        )
        .service(
            at("/registration/check")
                .route(web::get().to(registration::check_page))
                .route(web::post().to(registration::check)),
        );
}

fn of_resources(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/resources").route(web::get().to(resources::list)))
        .service(
            at("/new-resource").route(web::get().to(resources::new)).route(web::post().to(resources::add)),
        )
        .service(at("/resources/{id}").route(web::get().to(resources::show)))
        .service(
            at("/resources/{id}/edit")
                .route(web::get().to(resources::edit))
                .route(web::post().to(resources::put)),
        )
        .service(
            at("/resources/{id}/delete")
                .route(web::get().to(resources::ask_delete))
                .route(web::post().to(resources::remove)),
        );
}

fn of_people(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/people").route(web::get().to(people::list)))
        .service(
            at("/new-person")
                .route(web::get().to(person_form::new))
                .route(web::post().to(person_form::create)),
        )
        .service(at("/people/{subject}").route(web::get().to(people::show)))
        .service(
            at("/people/{subject}/edit")
                .route(web::get().to(person_form::edit))
                .route(web::post().to(person_form::put)),
        )
        .service(
            at("/people/{subject}/sessions/{sid}/end").route(web::post().to(person_actions::end_session)),
        )
        .service(
            at("/people/{subject}/grants/{id}/revoke").route(web::post().to(person_actions::revoke_grant)),
        )
        .service(at("/invitations").route(web::get().to(invitations::list)))
        .service(
            at("/new-invitation")
                .route(web::get().to(invitations::new))
                .route(web::post().to(invitations::invite)),
        )
        .service(at("/invitations/{id}/revoke").route(web::post().to(invitations::revoke)))
        .service(at("/sessions").route(web::get().to(sessions::list)))
        .service(
            at("/sessions/end-all")
                .route(web::get().to(sessions::ask))
                .route(web::post().to(sessions::end_all)),
        )
        .service(at("/sessions/grants/{id}/revoke").route(web::post().to(sessions::revoke)));
    let actions = [
        "disable",
        "enable",
        "delete",
        "sign-out",
        "reset-factors",
        "revoke-grants",
        "reset-link",
        "unblock",
    ];
    for action in actions {
        config.service(
            at(&format!("/people/{{subject}}/{action}"))
                .route(web::get().to(person_actions::ask))
                .route(web::post().to(person_actions::act)),
        );
    }
}

fn of_groups(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/groups").route(web::get().to(groups::list)).route(web::post().to(groups::add)))
        .service(at("/groups/{name}").route(web::get().to(groups::show)).route(web::post().to(groups::put)))
        .service(at("/groups/{name}/members").route(web::post().to(groups::add_member)))
        .service(at("/groups/{name}/remove-member/{subject}").route(web::post().to(groups::remove_member)))
        .service(
            at("/groups/{name}/delete")
                .route(web::get().to(groups::ask_delete))
                .route(web::post().to(groups::remove)),
        )
        .service(
            at("/clients/{client_id}/access")
                .route(web::get().to(access::get))
                .route(web::post().to(access::put)),
        )
        .service(
            at("/attributes").route(web::get().to(attributes::list)).route(web::post().to(attributes::add)),
        )
        .service(
            at("/attributes/{name}")
                .route(web::get().to(attributes::edit))
                .route(web::post().to(attributes::put)),
        )
        .service(at("/attributes/{name}/delete").route(web::post().to(attributes::remove)));
}

fn of_providers(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/providers").route(web::get().to(providers::list)))
        .service(
            at("/new-provider")
                .route(web::get().to(provider_form::new))
                .route(web::post().to(provider_form::add)),
        )
        .service(at("/providers/{name}").route(web::get().to(providers::show)))
        .service(
            at("/providers/{name}/edit")
                .route(web::get().to(provider_form::edit))
                .route(web::post().to(provider_form::put)),
        );
    for action in ["enable", "disable", "delete"] {
        config.service(
            at(&format!("/providers/{{name}}/{action}"))
                .route(web::get().to(provider_actions::ask))
                .route(web::post().to(provider_actions::act)),
        );
    }
}
