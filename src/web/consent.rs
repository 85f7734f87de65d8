//! GET and POST /consent: who asks, for what, and the person's answer.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::authorize::follow;
use super::body;
use super::client_words::{self, Resemblance};
use super::csrf::{self, Purpose};
use super::page::Visit;
use super::pages::{ConsentPage, Duration, ResourceLine, ScopeLine, Spoken};
use super::peer::origin;
use super::time_limit;
use crate::entropy::Token;
use crate::flow::authorize::Waiting;
use crate::flow::consent::{self, Decided, Decision};
use crate::flow::registration_policy::{access_token_lifetime, refresh_token_lifetime};
use crate::flow::sign_in::more_time::Page;
use crate::flow::vouching::{self, tier};
use crate::flow::{Actor, BrowserSession, Means};
use crate::protocol::authorization::decision::Remembered;
use crate::protocol::client::links;
use crate::protocol::client::metadata::GrantType;
use crate::protocol::display::initial;
use crate::protocol::language;
use crate::protocol::lookalike::Known;
use crate::protocol::params::Params;
use crate::texts::Texts;

/// The page, or what is next if there is nothing to ask.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    let thread = Token::presented(params.get("thread").unwrap_or_default());
    match consent::show(&means, &thread, &visit.browser).await {
        Err(failure) => visit.fail_waiting(failure, &thread).await,
        Ok(Err(progress)) => follow(&visit, Ok(progress)),
        Ok(Ok(waiting)) => match &waiting.session {
            None => visit.stale_form(),
            Some(session) => {
                visit.speak(waiting.request.ui_locales.as_deref(), session.user.locale.as_deref());
                let known = match vouching::known_names(&means, &waiting.client).await {
                    Ok(known) => known,
                    Err(failure) => return visit.fail(failure),
                };
                let mut page = page(&visit, &thread, &waiting, session, &known);
                if page.lookalike.is_none() {
                    page.logo = picture(&visit, &waiting).await;
                }
                visit.show_own(StatusCode::OK, &page, Some(&waiting.request.destination.redirect_uri))
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
    let thread = Token::presented(thread);
    match consent::decide(&means, thread.clone(), &visit.browser, decided).await {
        Err(failure) => visit.fail_waiting(failure, &thread).await,
        progress => follow(&visit, progress),
    }
}

fn page(
    visit: &Visit<'_>,
    thread: &Token,
    waiting: &Waiting,
    session: &BrowserSession,
    known: &[Known],
) -> ConsentPage {
    let Waiting { client, request, .. } = waiting;
    let (metadata, redirect_uri) = (&client.metadata, request.destination.redirect_uri.as_str());
    let languages = visit.languages(request.ui_locales.as_deref());
    let name = client_words::client_name(client, &languages);
    let tier = tier(visit.config(), client);
    let (lookalike, any_app) = match client_words::resemblance(&tier, redirect_uri, &name.text, known) {
        None => (None, None),
        Some(Resemblance::Faked(line)) => (Some(line), None),
        Some(Resemblance::Unproven(of)) => (None, Some(of)),
    };
    let duration = duration(visit, waiting);
    let client_uri = client_words::in_language(metadata, "client_uri", &languages).map(|link| link.text);
    let until = Page { sign_in: None, thread: Some(thread.clone()) };
    ConsentPage {
        chrome: visit.chrome(),
        time: time_limit::limit(visit, &until, None, [waiting.expires_at, None]),
        action: visit.path("/consent"),
        switch_action: visit.path("/switch"),
        thread: thread.expose().to_owned(),
        shown: Remembered::of(request, metadata).digest(),
        csrf: csrf::token(visit.means, Purpose::Consent, &visit.browser, thread.expose()),
        logo: None,
        client_initial: initial(&name.text),
        client_name: name,
        client_uri_host: client_uri.as_deref().and_then(links::host),
        target: client_words::target(visit, client, redirect_uri),
        lookalike,
        voucher: client_words::voucher(visit.texts, &tier, client, any_app),
        scopes: scope_lines(visit, waiting, &languages, matches!(duration, Duration::Away { .. })),
        resources: resource_lines(visit, waiting),
        duration,
        user_initial: initial(&session.user.name),
        user_name: session.user.name.clone(),
        user_email: session.user.email.clone(),
        links: client_words::published_links(client, &languages),
    }
}

async fn picture(visit: &Visit<'_>, waiting: &Waiting) -> Option<String> {
    let Waiting { client, request, .. } = waiting;
    let languages = visit.languages(request.ui_locales.as_deref());
    client_words::logo(visit, client, &request.destination.redirect_uri, &languages).await
}

fn resource_lines(visit: &Visit<'_>, waiting: &Waiting) -> Vec<ResourceLine> {
    let published = visit.means.published();
    let line = |identifier: &String| ResourceLine {
        name: published.resource(identifier).and_then(|resource| resource.name.clone()),
        identifier: identifier.clone(),
    };
    waiting.request.resources.iter().map(line).collect()
}

/// How long what is issued now can be used without asking this person again.
fn duration(visit: &Visit<'_>, waiting: &Waiting) -> Duration {
    let Waiting { client, request, .. } = waiting;
    let refreshed = refresh_token_lifetime(visit.means, client);
    match (client.metadata.allows(GrantType::RefreshToken), request.ends_with_session()) {
        (true, false) => Duration::Away { at_most: visit.texts.length(refreshed) },
        (true, true) => {
            let at_most = refreshed.min(visit.config().session.absolute_lifetime);
            Duration::Session { at_most: visit.texts.length(at_most) }
        }
        (false, _) => {
            let published = visit.means.published();
            let resources = request.resources.iter().filter_map(|identifier| published.resource(identifier));
            let shortest = resources.filter_map(|resource| resource.access_token_lifetime).min();
            let length = access_token_lifetime(visit.means, client, shortest);
            Duration::Once { length: visit.texts.length(length) }
        }
    }
}

/// In the order of the configuration: who the person is comes first. `offline_access` has a line of its own.
fn scope_lines(
    visit: &Visit<'_>,
    waiting: &Waiting,
    languages: &[String],
    keeps_access: bool,
) -> Vec<ScopeLine> {
    let in_words = [&[visit.texts.tag().to_owned()], languages].concat();
    let known = &visit.config().scopes;
    let place = |name: &str| known.iter().position(|scope| scope.name == name).unwrap_or(known.len());
    let mut names: Vec<&str> = waiting.request.shown_scopes.iter().collect();
    names.retain(|name| !(keeps_access && *name == "offline_access"));
    names.sort_by_key(|name| place(name));
    let words =
        |name: &str| known.get(place(name)).and_then(|scope| language::pick(&scope.description, &in_words));
    names
        .into_iter()
        .map(|name| ScopeLine {
            name: name.to_owned(),
            description: match words(name) {
                Some((tag, text)) => Spoken { text: text.to_owned(), lang: foreign(tag, visit.texts) },
                None => Spoken { text: visit.texts.t("consent-scope-other"), lang: None },
            },
        })
        .collect()
}

/// The language of a text, if it is not that of the page.
fn foreign(tag: &str, texts: Texts) -> Option<String> {
    (!tag.eq_ignore_ascii_case(texts.tag())).then(|| tag.to_owned())
}
