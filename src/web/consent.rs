//! GET and POST /consent: who asks, for what, and the person's answer.

use actix_web::http::StatusCode;
use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::authorize::follow;
use super::body;
use super::csrf::{self, Purpose};
use super::page::{Visit, date};
use super::pages::{ConsentPage, ResourceLine, ScopeLine};
use super::peer::origin;
use crate::entropy::Token;
use crate::flow::BrowserSession;
use crate::flow::authorize::Waiting;
use crate::flow::consent::{self, Decided, Decision};
use crate::flow::{Actor, Client, Means, Source};
use crate::protocol::authorization::decision::Remembered;
use crate::protocol::client::links;
use crate::protocol::client::metadata::GrantType;
use crate::protocol::display::{display_name, initial};
use crate::protocol::language;
use crate::protocol::params::Params;
use crate::protocol::redirect_uri::{self, RedirectTarget};

/// The page, or what is next if there is nothing to ask.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    let thread = Token::presented(params.get("thread").unwrap_or_default());
    match consent::show(&means, &thread, &visit.browser).await {
        Err(failure) => visit.fail(failure),
        Ok(Err(progress)) => follow(&visit, Ok(progress)),
        Ok(Ok(waiting)) => match &waiting.session {
            None => visit.stale_form(),
            Some(session) => {
                let page = page(&visit, &thread, &waiting, session);
                visit.show(StatusCode::OK, &page, Some(&waiting.request.destination.redirect_uri))
            }
        },
    }
}

/// The person pressed one of the two buttons. Anything else is neither.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    let thread = params.get("thread").unwrap_or_default();
    if !csrf::is_good(&means, &request, Purpose::Consent, &visit.browser, thread, params.get("csrf")) {
        return visit.stale_form();
    }
    let decision = match params.get("decision") {
        Some("allow") => Decision::Allow,
        Some("deny") => Decision::Deny,
        _ => return visit.stale_form(),
    };
    let decided = Decided {
        decision,
        shown: params.get("shown").unwrap_or_default().to_owned(),
        origin: origin(&request, &means, Actor::Anonymous),
    };
    let progress = consent::decide(&means, Token::presented(thread), &visit.browser, decided).await;
    follow(&visit, progress)
}

fn page(visit: &Visit<'_>, thread: &Token, waiting: &Waiting, session: &BrowserSession) -> ConsentPage {
    let Waiting { client, request, .. } = waiting;
    let metadata = &client.metadata;
    let name = shown_name(client);
    let (redirect_host, is_loopback, app_scheme) =
        match redirect_uri::host_for_display(&request.destination.redirect_uri) {
            RedirectTarget::Web { host } => (host, false, None),
            RedirectTarget::Loopback => (authority(&request.destination.redirect_uri), true, None),
            RedirectTarget::App { scheme } => (String::new(), false, Some(scheme)),
        };
    let is_web = !is_loopback && app_scheme.is_none();
    let keeps_access = metadata.allows(GrantType::RefreshToken) && !request.ends_with_session();
    let published = visit.means.published();
    ConsentPage {
        chrome: visit.chrome(),
        action: visit.path("/consent"),
        switch_action: visit.path("/switch"),
        thread: thread.expose().to_owned(),
        shown: Remembered::of(request, metadata).digest(),
        csrf: csrf::token(visit.means, Purpose::Consent, &visit.browser, thread.expose()),
        client_initial: initial(&name),
        client_name: name,
        client_uri_host: metadata.client_uri.as_deref().and_then(links::host),
        is_self_registered: client.source != Source::Operator,
        registered_since: date(client.created_at),
        redirect_host,
        is_loopback,
        app_scheme,
        scopes: scope_lines(visit, waiting, keeps_access),
        resources: request
            .resources
            .iter()
            .map(|identifier| ResourceLine {
                name: published.resource(identifier).and_then(|resource| resource.name.clone()),
                identifier: identifier.clone(),
            })
            .collect(),
        keeps_access,
        user_initial: initial(&session.user.name),
        user_name: session.user.name.clone(),
        user_email: session.user.email.clone(),
        // On this computer there is no host to compare the links with, and every one would look wrong.
        flagged_hosts: if is_web { links::foreign_hosts(metadata) } else { Vec::new() },
        policy_uri: metadata.policy_uri.clone(),
        tos_uri: metadata.tos_uri.clone(),
    }
}

/// A name that shows nothing is no name.
pub(super) fn shown_name(client: &Client) -> String {
    let name = display_name(client.metadata.client_name.as_deref().unwrap_or_default());
    if name.is_empty() { client.client_id.clone() } else { name }
}

/// In the order of the configuration: who the person is comes first. `offline_access` has a line of its own.
fn scope_lines(visit: &Visit<'_>, waiting: &Waiting, keeps_access: bool) -> Vec<ScopeLine> {
    let known = &visit.config().scopes;
    let place = |name: &str| known.iter().position(|scope| scope.name == name).unwrap_or(known.len());
    let mut names: Vec<&str> = waiting.request.scopes.iter().collect();
    names.retain(|name| !(keeps_access && *name == "offline_access"));
    names.sort_by_key(|name| place(name));
    let languages = languages(visit, waiting);
    let words =
        |name: &str| known.get(place(name)).and_then(|scope| language::pick(&scope.description, &languages));
    names
        .into_iter()
        .map(|name| ScopeLine {
            name: name.to_owned(),
            description: words(name).unwrap_or("Use the permission").to_owned(),
        })
        .collect()
}

/// What the client says about the person's languages, then what the browser says.
fn languages(visit: &Visit<'_>, waiting: &Waiting) -> Vec<String> {
    let asked = waiting.request.ui_locales.as_deref().unwrap_or_default();
    let header = visit.request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let accepted = language::accepted(header.unwrap_or_default());
    asked.split_ascii_whitespace().take(20).map(str::to_owned).chain(accepted).collect()
}

/// Host and port of a loopback address.
fn authority(uri: &str) -> String {
    url::Url::parse(uri).map(|url| url.authority().to_owned()).unwrap_or_default()
}
