//! Every path, once.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Error, Resource, Route as Handler, guard};

use super::middleware::catch;

use super::pages::account::AccountPart;
use super::{
    account, admin, authorize, consent, desk, documents, factors, health, home, introspect, language, login,
    logout, own_data, own_email, pictures, register, reset, resources, revoke, setup, sign_up, time_limit,
    token, upstream, userinfo,
};
use crate::flow::administer::authenticate::Right;
use crate::flow::recover_client::RECOVERY;
use crate::protocol::server_metadata::paths;

/// A path and what holds for every answer under it.
#[derive(Debug)]
pub struct Route {
    /// As in the documentation and in the metrics, below the issuer's path.
    pub pattern: &'static str,
    pub methods: &'static [&'static str],
    /// Browser applications of other origins may call it: it takes no cookie.
    pub is_cross_origin: bool,
    /// Health checks, which come from within and without TLS.
    pub is_internal: bool,
    /// Whom the admin API or the desk lets in.
    pub rule: Rule,
}

/// What a caller of a route needs. Nothing below `/admin/api` is reached without a rule of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Neither of the admin API nor of the desk.
    None,
    /// The right to read, whatever the method.
    Read,
    /// The right to read for GET, and to write for everything else.
    ReadAndWrite,
    /// It is a page of the operator's desk: for administrators who are signed in in this browser.
    Desk,
    /// As [`Self::Desk`], and they proved who they are a moment ago: keys, secrets and tokens. ASVS 7.5.3.
    FreshDesk,
}

impl Rule {
    /// Whether it is one of the admin API.
    #[must_use]
    pub fn is_api(self) -> bool {
        matches!(self, Self::Read | Self::ReadAndWrite)
    }

    /// Whether it is one of the operator's desk.
    #[must_use]
    pub fn is_desk(self) -> bool {
        matches!(self, Self::Desk | Self::FreshDesk)
    }

    /// What a request of this method needs; `None` if nobody may.
    #[must_use]
    pub fn needs(self, method: &str) -> Option<Right> {
        match (self, method) {
            (Self::None | Self::Desk | Self::FreshDesk, _) => None,
            (Self::Read, _) | (Self::ReadAndWrite, "GET" | "HEAD") => Some(Right::Read),
            (Self::ReadAndWrite, _) => Some(Right::Write),
        }
    }
}

const fn page(pattern: &'static str, methods: &'static [&'static str]) -> Route {
    Route { pattern, methods, is_cross_origin: false, is_internal: false, rule: Rule::None }
}

const fn open(pattern: &'static str, methods: &'static [&'static str]) -> Route {
    Route { pattern, methods, is_cross_origin: true, is_internal: false, rule: Rule::None }
}

const fn internal(pattern: &'static str) -> Route {
    Route { pattern, methods: &["GET", "HEAD"], is_cross_origin: false, is_internal: true, rule: Rule::None }
}

const fn reading(pattern: &'static str, methods: &'static [&'static str]) -> Route {
    Route { pattern, methods, is_cross_origin: false, is_internal: false, rule: Rule::Read }
}

const fn admin(pattern: &'static str, methods: &'static [&'static str]) -> Route {
    Route { pattern, methods, is_cross_origin: false, is_internal: false, rule: Rule::ReadAndWrite }
}

const fn desk(pattern: &'static str, methods: &'static [&'static str]) -> Route {
    Route { pattern, methods, is_cross_origin: false, is_internal: false, rule: Rule::Desk }
}

const fn fresh(pattern: &'static str, methods: &'static [&'static str]) -> Route {
    Route { pattern, methods, is_cross_origin: false, is_internal: false, rule: Rule::FreshDesk }
}

/// The table. `docs/endpoints.md` repeats it, and a test holds the two together.
pub const ROUTES: &[Route] = &[
    open(paths::REGISTER, &["POST"]),
    open("/register/{client_id}", &["GET", "PUT", "DELETE"]),
    open("/register/{client_id}/registration-access-token", &["POST"]),
    page(paths::AUTHORIZE, &["GET", "POST"]),
    page("/login", &["GET", "POST"]),
    page("/login/passkey", &["POST"]),
    page("/login/passkey/options", &["POST"]),
    page("/login/second-factor", &["GET", "POST"]),
    page("/login/enrol", &["GET", "POST"]),
    page("/login/enrol/passkey", &["POST"]),
    page("/login/enrol/passkey/options", &["POST"]),
    page("/switch", &["POST"]),
    page("/consent", &["GET", "POST"]),
    page(time_limit::PATH, &["POST"]),
    page("/language", &["GET", "POST"]),
    page(paths::END_SESSION, &["GET", "POST"]),
    open(paths::TOKEN, &["POST"]),
    page(paths::INTROSPECT, &["POST"]),
    open(paths::REVOKE, &["POST"]),
    open(paths::USERINFO, &["GET", "POST"]),
    open(paths::JWKS, &["GET", "HEAD"]),
    open("/.well-known/oauth-authorization-server", &["GET", "HEAD"]),
    open("/.well-known/openid-configuration", &["GET", "HEAD"]),
    admin("/admin/api/clients", &["GET", "POST"]),
    reading("/admin/api/clients/export", &["GET"]),
    admin("/admin/api/clients/import", &["POST"]),
    admin("/admin/api/clients/sweep", &["POST"]),
    admin("/admin/api/clients/{client_id}", &["GET", "PUT", "DELETE"]),
    admin("/admin/api/clients/{client_id}/approve", &["POST"]),
    admin("/admin/api/clients/{client_id}/restore", &["POST"]),
    admin("/admin/api/clients/{client_id}/secret", &["POST"]),
    admin("/admin/api/clients/{client_id}/registration-access-token", &["POST"]),
    admin("/admin/api/clients/{client_id}/disable", &["POST"]),
    admin("/admin/api/clients/{client_id}/enable", &["POST"]),
    admin("/admin/api/clients/{client_id}/grants", &["GET", "DELETE"]),
    admin("/admin/api/clients/{client_id}/access", &["GET", "PUT"]),
    reading("/admin/api/grants", &["GET"]),
    admin("/admin/api/grants/{id}", &["DELETE"]),
    admin("/admin/api/sessions", &["GET", "DELETE"]),
    admin("/admin/api/users", &["GET", "POST"]),
    admin("/admin/api/users/{subject}", &["GET", "PATCH", "DELETE"]),
    admin("/admin/api/users/{subject}/grants", &["GET", "DELETE"]),
    admin("/admin/api/users/{subject}/sessions", &["GET", "DELETE"]),
    admin("/admin/api/users/{subject}/sessions/{sid}", &["DELETE"]),
    admin("/admin/api/users/{subject}/disable", &["POST"]),
    admin("/admin/api/users/{subject}/enable", &["POST"]),
    admin("/admin/api/users/{subject}/unblock", &["POST"]),
    admin("/admin/api/groups", &["GET", "POST"]),
    admin("/admin/api/groups/{name}", &["GET", "PUT", "DELETE"]),
    admin("/admin/api/groups/{name}/members", &["GET"]),
    admin("/admin/api/groups/{name}/members/{subject}", &["PUT", "DELETE"]),
    admin("/admin/api/attributes", &["GET", "POST"]),
    admin("/admin/api/attributes/{name}", &["PUT", "DELETE"]),
    admin("/admin/api/users/{subject}/factors", &["GET", "DELETE"]),
    admin("/admin/api/users/{subject}/reset-link", &["POST"]),
    admin("/admin/api/invitations", &["GET", "POST"]),
    admin("/admin/api/invitations/{id}", &["DELETE"]),
    reading("/admin/api/emails", &["GET"]),
    admin("/admin/api/emails/test", &["POST"]),
    admin("/admin/api/emails/{id}/retry", &["POST"]),
    admin("/admin/api/initial-access-tokens", &["GET", "POST"]),
    admin("/admin/api/initial-access-tokens/{id}", &["DELETE"]),
    reading("/admin/api/policies", &["GET"]),
    reading("/admin/api/registration/dry-run", &["POST"]),
    reading("/admin/api/statistics", &["GET"]),
    reading("/admin/api/tombstones", &["GET"]),
    reading("/admin/api/audit", &["GET"]),
    reading("/admin/api/audit/export", &["GET"]),
    reading("/admin/api/audit/counts", &["GET"]),
    reading("/admin/api/audit/verify", &["GET"]),
    admin("/admin/api/resources", &["GET", "POST"]),
    admin("/admin/api/resources/{id}", &["GET", "PUT", "DELETE"]),
    reading("/admin/api/overview", &["GET"]),
    reading("/admin/api/keys", &["GET"]),
    admin("/admin/api/keys/rotate", &["POST"]),
    reading("/admin/api/settings", &["GET"]),
    admin("/admin/api/upstream-providers", &["GET", "POST"]),
    admin("/admin/api/upstream-providers/{name}", &["GET", "PUT", "DELETE"]),
    admin("/admin/api/upstream-providers/{name}/disable", &["POST"]),
    admin("/admin/api/upstream-providers/{name}/enable", &["POST"]),
    reading("/admin/api/openapi.json", &["GET"]),
    desk("/admin", &["GET"]),
    page("/account/factors", &["GET"]),
    page("/account/factors/passkeys", &["POST"]),
    page("/account/factors/passkeys/options", &["POST"]),
    page("/account/factors/passkeys/{id}/name", &["POST"]),
    page("/account/factors/passkeys/{id}/remove", &["POST"]),
    page("/account/factors/one-time-codes", &["POST"]),
    page("/account/factors/one-time-codes/confirm", &["POST"]),
    page("/account/factors/one-time-codes/remove", &["POST"]),
    page("/account/factors/recovery-codes", &["POST"]),
    desk("/admin/settings", &["GET"]),
    desk("/admin/keys", &["GET"]),
    fresh("/admin/keys/rotate", &["GET", "POST"]),
    desk("/admin/audit", &["GET"]),
    desk("/admin/audit/verify", &["GET"]),
    desk("/admin/audit/export", &["GET"]),
    desk("/admin/clients", &["GET"]),
    fresh("/admin/new-client", &["GET", "POST"]),
    desk("/admin/removed-clients", &["GET"]),
    fresh("/admin/removed-clients/{client_id}/restore", &["GET", "POST"]),
    desk("/admin/clients/{client_id}", &["GET"]),
    fresh("/admin/clients/{client_id}/edit", &["GET", "POST"]),
    desk("/admin/clients/{client_id}/grants/{id}/revoke", &["POST"]),
    desk("/admin/clients/{client_id}/approve", &["GET", "POST"]),
    desk("/admin/clients/{client_id}/enable", &["GET", "POST"]),
    desk("/admin/clients/{client_id}/disable", &["GET", "POST"]),
    desk("/admin/clients/{client_id}/delete", &["GET", "POST"]),
    fresh("/admin/clients/{client_id}/secret", &["GET", "POST"]),
    fresh("/admin/clients/{client_id}/registration-access-token", &["GET", "POST"]),
    desk("/admin/registration", &["GET"]),
    fresh("/admin/registration/tokens/new", &["GET", "POST"]),
    desk("/admin/registration/tokens/{id}/revoke", &["POST"]),
    desk("/admin/registration/sweep", &["GET", "POST"]),
    desk("/admin/registration/check", &["GET", "POST"]),
    desk("/admin/resources", &["GET"]),
    fresh("/admin/new-resource", &["GET", "POST"]),
    desk("/admin/resources/{id}", &["GET"]),
    desk("/admin/resources/{id}/edit", &["GET", "POST"]),
    desk("/admin/resources/{id}/delete", &["GET", "POST"]),
    desk("/admin/people", &["GET"]),
    fresh("/admin/new-person", &["GET", "POST"]),
    desk("/admin/people/{subject}", &["GET"]),
    fresh("/admin/people/{subject}/edit", &["GET", "POST"]),
    desk("/admin/people/{subject}/disable", &["GET", "POST"]),
    desk("/admin/people/{subject}/enable", &["GET", "POST"]),
    fresh("/admin/people/{subject}/delete", &["GET", "POST"]),
    desk("/admin/people/{subject}/sign-out", &["GET", "POST"]),
    fresh("/admin/people/{subject}/reset-factors", &["GET", "POST"]),
    desk("/admin/people/{subject}/revoke-grants", &["GET", "POST"]),
    fresh("/admin/people/{subject}/reset-link", &["GET", "POST"]),
    desk("/admin/people/{subject}/unblock", &["GET", "POST"]),
    desk("/admin/people/{subject}/sessions/{sid}/end", &["POST"]),
    desk("/admin/people/{subject}/grants/{id}/revoke", &["POST"]),
    desk("/admin/groups", &["GET", "POST"]),
    desk("/admin/groups/{name}", &["GET", "POST"]),
    desk("/admin/groups/{name}/members", &["POST"]),
    desk("/admin/groups/{name}/remove-member/{subject}", &["POST"]),
    desk("/admin/groups/{name}/delete", &["GET", "POST"]),
    desk("/admin/attributes", &["GET", "POST"]),
    desk("/admin/attributes/{name}", &["GET", "POST"]),
    desk("/admin/attributes/{name}/delete", &["POST"]),
    desk("/admin/invitations", &["GET"]),
    fresh("/admin/new-invitation", &["GET", "POST"]),
    desk("/admin/invitations/{id}/revoke", &["POST"]),
    desk("/admin/providers", &["GET"]),
    fresh("/admin/new-provider", &["GET", "POST"]),
    desk("/admin/providers/{name}", &["GET"]),
    fresh("/admin/providers/{name}/edit", &["GET", "POST"]),
    desk("/admin/providers/{name}/enable", &["GET", "POST"]),
    desk("/admin/providers/{name}/disable", &["GET", "POST"]),
    fresh("/admin/providers/{name}/delete", &["GET", "POST"]),
    desk("/admin/emails", &["GET"]),
    desk("/admin/emails/test", &["POST"]),
    desk("/admin/emails/{id}/retry", &["POST"]),
    desk("/admin/sessions", &["GET"]),
    desk("/admin/sessions/end-all", &["GET", "POST"]),
    desk("/admin/sessions/grants/{id}/revoke", &["POST"]),
    desk("/admin/clients/{client_id}/access", &["GET", "POST"]),
    open("/resources/{id}/metadata", &["GET", "HEAD"]),
    page(sign_up::ASK, &["GET", "POST"]),
    page("/sign-up/account", &["GET", "POST"]),
    page("/invitation", &["GET", "POST"]),
    page(reset::ASK, &["GET", "POST"]),
    page("/reset/password", &["GET", "POST"]),
    page("/account/email", &["GET", "POST"]),
    page("/account/email/confirm", &["GET", "POST"]),
    page("/account/data", &["GET"]),
    page("/account/data/export", &["GET"]),
    page("/account/data/delete", &["POST"]),
    page("/upstream/{name}", &["POST"]),
    page("/upstream/{name}/callback", &["GET"]),
    page("/account", &["GET"]),
    page("/account/profile", &["GET", "POST"]),
    page("/account/attributes", &["GET", "POST"]),
    page("/account/password", &["GET", "POST"]),
    page("/account/sessions", &["GET"]),
    page("/account/sessions/end", &["POST"]),
    page("/account/sessions/end-others", &["POST"]),
    page("/account/applications", &["GET"]),
    page("/account/applications/revoke", &["POST"]),
    page("/account/providers", &["GET"]),
    page("/account/providers/unlink", &["POST"]),
    page("/account/activity", &["GET"]),
    page("/setup", &["GET", "POST"]),
    page("/pictures/{name}", &["GET", "HEAD"]),
    page("/static/{file}", &["GET", "HEAD"]),
    page("/", &["GET", "HEAD"]),
    internal("/healthz"),
    internal("/readyz"),
];

const OTHER: Route = page("other", &[]);

/// The route of a path, for its headers and its metrics.
#[must_use]
pub fn of_path(path: &str, issuer_path: &str) -> &'static Route {
    let below = path.strip_prefix(issuer_path).unwrap_or(path);
    // The well-known documents also stand at the root, with the issuer's path behind them. RFC 8414 §3.1.
    let below = if below.starts_with("/.well-known/") {
        below.strip_suffix(issuer_path).unwrap_or(below)
    } else {
        below
    };
    ROUTES.iter().find(|route| matches_pattern(route.pattern, below)).unwrap_or(&OTHER)
}

fn matches_pattern(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == found => {}
            (Some(wanted), Some(found)) if wanted.starts_with('{') && !found.is_empty() => {}
            _ => return false,
        }
    }
}

/// Registers the handlers. `issuer_path` is empty or begins with a slash; `registration` is whether new
/// clients may register: those that did may read, change and delete themselves in every mode.
pub fn configure(issuer_path: &str, registration: bool) -> impl Fn(&mut ServiceConfig) + Clone + use<> {
    let issuer_path = issuer_path.to_owned();
    move |config: &mut ServiceConfig| {
        let at = |path: &str| resource(&format!("{issuer_path}{path}"));
        if registration {
            config.service(at(paths::REGISTER).route(web::post().to(register::post)).route(preflight()));
        }
        config
            .service(
                at("/register/{client_id}")
                    .route(web::get().to(register::get))
                    .route(web::put().to(register::put))
                    .route(web::delete().to(register::delete))
                    .route(preflight()),
            )
            .service(
                at(&format!("/register/{{client_id}}/{RECOVERY}"))
                    .route(web::post().to(register::recover))
                    .route(preflight()),
            )
            .service(at(paths::TOKEN).route(web::post().to(token::post)).route(preflight()))
            .service(at(paths::INTROSPECT).route(web::post().to(introspect::post)))
            .service(at(paths::REVOKE).route(web::post().to(revoke::post)).route(preflight()))
            .service(
                at(paths::USERINFO)
                    .route(web::get().to(userinfo::get_or_post))
                    .route(web::post().to(userinfo::get_or_post))
                    .route(preflight()),
            )
            .service(at(paths::JWKS).route(get().to(documents::jwks)).route(preflight()));
        config
            .service(at("/resources/{id}/metadata").route(get().to(resources::metadata)).route(preflight()));
        well_known(config, &issuer_path);
        // Before the desk, whose path is the beginning of this one.
        config.service(admin::scope(&format!("{issuer_path}{}", admin::BASE)));
        config.service(desk::scope(&format!("{issuer_path}{}", desk::BASE)));
        pages(config, &issuer_path);
        of_accounts(config, &issuer_path);
        own_account(config, &issuer_path);
        config
            .service(at("/healthz").route(get().to(health::healthz)))
            .service(at("/readyz").route(get().to(health::readyz)))
            .default_service(web::to(home::not_found));
    }
}

/// Both documents below the issuer and, if it has a path, at the root with that path inserted.
fn well_known(config: &mut ServiceConfig, issuer_path: &str) {
    let metadata = "/.well-known/oauth-authorization-server";
    let discovery = "/.well-known/openid-configuration";
    let mut bases = vec![(issuer_path, "")];
    if !issuer_path.is_empty() {
        bases.push(("", issuer_path));
    }
    for (before, behind) in bases {
        config
            .service(
                resource(&format!("{before}{metadata}{behind}"))
                    .route(get().to(documents::authorization_server_metadata))
                    .route(preflight()),
            )
            .service(
                resource(&format!("{before}{discovery}{behind}"))
                    .route(get().to(documents::openid_configuration))
                    .route(preflight()),
            );
    }
}

fn pages(config: &mut ServiceConfig, issuer_path: &str) {
    let at = |path: &str| resource(&format!("{issuer_path}{path}"));
    config
        .service(
            at(paths::AUTHORIZE).route(web::get().to(authorize::get)).route(web::post().to(authorize::post)),
        )
        .service(at("/login").route(web::get().to(login::get)).route(web::post().to(login::post)))
        .service(at("/login/passkey").route(web::post().to(factors::sign_in::post)))
        .service(at("/login/passkey/options").route(web::post().to(factors::sign_in::options)))
        .service(
            at("/login/second-factor")
                .route(web::get().to(login::second_factor::get))
                .route(web::post().to(login::second_factor::post)),
        )
        .service(
            at("/login/enrol")
                .route(web::get().to(login::enrol::get))
                .route(web::post().to(login::enrol::post)),
        )
        .service(at("/login/enrol/passkey").route(web::post().to(login::enrol::passkey)))
        .service(at("/login/enrol/passkey/options").route(web::post().to(login::enrol::passkey_options)))
        .service(at("/switch").route(web::post().to(login::switch)))
        .service(at("/consent").route(web::get().to(consent::get)).route(web::post().to(consent::post)))
        .service(at(time_limit::PATH).route(web::post().to(time_limit::post)))
        .service(at("/language").route(web::get().to(language::get)).route(web::post().to(language::post)))
        .service(at(paths::END_SESSION).route(web::get().to(logout::get)).route(web::post().to(logout::post)))
        .service(at("/setup").route(web::get().to(setup::get)).route(web::post().to(setup::post)))
        .service(at("/pictures/{name}").route(get().to(pictures::get)))
        .service(at("/static/{file}").route(get().to(documents::asset)))
        .service(at("/").route(get().to(home::get)));
    if !issuer_path.is_empty() {
        config.service(at("").route(get().to(home::get)));
    }
    factors(config, issuer_path);
}

fn factors(config: &mut ServiceConfig, issuer_path: &str) {
    let at = |path: &str| resource(&format!("{issuer_path}/account/factors{path}"));
    config
        .service(at("").route(web::get().to(factors::get)))
        .service(at("/passkeys").route(web::post().to(factors::passkeys::add)))
        .service(at("/passkeys/options").route(web::post().to(factors::passkeys::options)))
        .service(at("/passkeys/{id}/name").route(web::post().to(factors::passkeys::rename)))
        .service(at("/passkeys/{id}/remove").route(web::post().to(factors::passkeys::remove)))
        .service(at("/one-time-codes").route(web::post().to(factors::app::begin)))
        .service(at("/one-time-codes/confirm").route(web::post().to(factors::app::confirm)))
        .service(at("/one-time-codes/remove").route(web::post().to(factors::app::remove)))
        .service(at("/recovery-codes").route(web::post().to(factors::recovery::make)));
}

/// Making an account, a new password, and what an account has.
fn of_accounts(config: &mut ServiceConfig, issuer_path: &str) {
    let at = |path: &str| resource(&format!("{issuer_path}{path}"));
    config
        .service(at(sign_up::ASK).route(web::get().to(sign_up::get)).route(web::post().to(sign_up::post)))
        .service(
            at("/sign-up/account")
                .route(web::get().to(sign_up::get_account))
                .route(web::post().to(sign_up::post_account)),
        )
        .service(
            at("/invitation")
                .route(web::get().to(sign_up::get_invitation))
                .route(web::post().to(sign_up::post_invitation)),
        )
        .service(at(reset::ASK).route(web::get().to(reset::get)).route(web::post().to(reset::post)))
        .service(
            at("/reset/password")
                .route(web::get().to(reset::get_password))
                .route(web::post().to(reset::post_password)),
        )
        .service(
            at("/account/email").route(web::get().to(own_email::get)).route(web::post().to(own_email::post)),
        )
        .service(
            at("/account/email/confirm")
                .route(web::get().to(own_email::get_confirm))
                .route(web::post().to(own_email::post_confirm)),
        )
        .service(at("/account/data").route(web::get().to(own_data::get)))
        .service(at("/account/data/export").route(web::get().to(own_data::get_export)))
        .service(at("/account/data/delete").route(web::post().to(own_data::delete)));
}

/// One's own account, and other providers by which one signs in.
fn own_account(config: &mut ServiceConfig, issuer_path: &str) {
    let at = |path: &str| resource(&format!("{issuer_path}{path}"));
    let part = |part: AccountPart| at(part.path());
    config
        .service(at("/upstream/{name}").route(web::post().to(upstream::post)))
        .service(at("/upstream/{name}/callback").route(web::get().to(upstream::callback)))
        .service(part(AccountPart::Overview).route(web::get().to(account::overview::get)))
        .service(
            at("/account/attributes")
                .route(web::get().to(account::attributes::get))
                .route(web::post().to(account::attributes::post)),
        )
        .service(
            part(AccountPart::Profile)
                .route(web::get().to(account::profile::get))
                .route(web::post().to(account::profile::post)),
        )
        .service(
            part(AccountPart::Password)
                .route(web::get().to(account::password::get))
                .route(web::post().to(account::password::post)),
        )
        .service(part(AccountPart::Sessions).route(web::get().to(account::sessions::get)))
        .service(at(account::sessions::END).route(web::post().to(account::sessions::end)))
        .service(at(account::sessions::END_OTHERS).route(web::post().to(account::sessions::end_others)))
        .service(part(AccountPart::Applications).route(web::get().to(account::applications::get)))
        .service(at(account::applications::REVOKE).route(web::post().to(account::applications::revoke)))
        .service(part(AccountPart::Providers).route(web::get().to(account::providers::get)))
        .service(at(account::providers::UNLINK).route(web::post().to(account::providers::unlink)))
        .service(part(AccountPart::Activity).route(web::get().to(account::activity::get)));
}

/// A path whose handlers may panic without harm to others.
pub(super) fn resource(
    path: &str,
) -> Resource<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    web::resource(path.to_owned()).wrap(from_fn(catch))
}

/// GET, and HEAD for whoever only asks whether it changed. RFC 9110 §9.3.2.
fn get() -> Handler {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

fn preflight() -> Handler {
    web::method(actix_web::http::Method::OPTIONS).to(documents::preflight)
}

#[cfg(test)]
mod tests {
    use super::of_path;

    /// A path gets the route of its pattern, whatever the issuer's path.
    #[test]
    fn a_path_has_the_route_of_its_pattern() {
        for (path, issuer, pattern) in [
            ("/token", "", "/token"),
            ("/auth/token", "/auth", "/token"),
            ("/register/c-1", "", "/register/{client_id}"),
            ("/register/c-1/x", "", "other"),
            (
                "/register/c-1/registration-access-token",
                "",
                "/register/{client_id}/registration-access-token",
            ),
            ("/register//registration-access-token", "", "other"),
            ("/register/", "", "other"),
            ("/.well-known/openid-configuration/auth", "/auth", "/.well-known/openid-configuration"),
            ("/nothing", "", "other"),
        ] {
            assert_eq!(of_path(path, issuer).pattern, pattern, "{path}");
        }
    }
}
