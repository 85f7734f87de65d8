//! The description of the admin API for programs, as `OpenAPI` 3.1.

use actix_web::HttpResponse;
use actix_web::web::Data;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::clients::Answer;
use super::{
    accounts, answer, attributes, clients, grants, groups, insight, people, persons, registration, resources,
    server, upstream,
};
use crate::flow::Means;

#[derive(OpenApi)]
#[openapi(
    info(title = "Grantor admin API", description = "For those who operate a server, and for their programs."),
    paths(
        clients::list,
        clients::create,
        clients::show,
        clients::replace,
        clients::remove,
        clients::disable,
        clients::enable,
        grants::list,
        grants::revoke_all,
        grants::revoke,
        upstream::list,
        upstream::add,
        upstream::show,
        upstream::replace,
        upstream::remove,
        upstream::disable,
        upstream::enable,
        resources::list,
        resources::add,
        resources::show,
        resources::replace,
        resources::remove,
        clients::export,
        clients::import,
        clients::sweep,
        clients::approve,
        clients::restore,
        clients::rotate_secret,
        clients::recover,
        persons::list,
        persons::create,
        persons::show,
        persons::change,
        persons::remove,
        persons::grants,
        persons::withdraw,
        persons::all_grants,
        persons::all_sessions,
        groups::list,
        groups::add,
        groups::show,
        groups::change,
        groups::remove,
        groups::members,
        groups::add_member,
        groups::remove_member,
        groups::access,
        groups::change_access,
        attributes::list,
        attributes::add,
        attributes::replace,
        attributes::remove,
        people::sessions,
        people::sign_out,
        people::end_session,
        people::sign_everybody_out,
        people::disable,
        people::enable,
        people::unblock,
        people::list_factors,
        people::reset_factors,
        accounts::reset_link,
        accounts::invitations,
        accounts::invite,
        accounts::revoke_invitation,
        accounts::list_emails,
        accounts::retry_email,
        accounts::test_email,
        registration::tokens,
        registration::issue_token,
        registration::revoke_token,
        registration::policies,
        registration::dry_run,
        insight::statistics,
        insight::tombstones,
        insight::audit,
        insight::verify,
        insight::export,
        insight::counts,
        server::overview,
        server::list_keys,
        server::rotate_keys,
        server::settings,
        get,
    ),
    modifiers(&Bearer),
    security(("bearer" = []))
)]
struct Description;

struct Bearer;

impl utoipa::Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An access token for this server with the scope grantor:admin, or an API key."))
            .build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

/// This description.
#[utoipa::path(get, path = "/admin/api/openapi.json", tag = "description",
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub async fn get(means: Data<Means>) -> Answer {
    let mut description = Description::openapi();
    description.servers = Some(vec![utoipa::openapi::Server::new(means.config.issuer.as_str())]);
    Ok(answer(HttpResponse::Ok(), &description))
}
