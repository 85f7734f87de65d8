//! How a page leaves: its headers, its error pages, and where its forms may lead.

use actix_web::cookie::Cookie;
use actix_web::http::header::{ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use askama::Template;
use tracing_actix_web::RequestId;
use url::Url;

use super::cookies::{self, Presented};
use super::error::{Counted, broken_status, log_broken};
use super::language;
use super::pages::{Chrome, ErrorPage, FormPostPage, WayBack};
use crate::clock::Seconds;
use crate::config::Config;
use crate::flow::Means;
use crate::flow::authorize::Browser;
use crate::flow::{Failure, StorageError};
use crate::protocol::authorization::refusal::{
    AuthorizationRefusal, ErrorResponse, PageReason, RemovedBy, RemovedClient,
};
use crate::protocol::authorization::response::{self, Delivery};
use crate::protocol::display::display_name;
use crate::protocol::language as tags;
use crate::protocol::redirect_uri::{self, RedirectTarget};
use crate::texts::Texts;

/// What every page handler works with: the means, the request, and the browser behind it.
pub struct Visit<'a> {
    pub means: &'a Means,
    pub request: &'a HttpRequest,
    pub browser: Browser,
    /// What the pages say, in the language that the browser asks for until [`Visit::speak`] knows better.
    pub texts: Texts,
    new_browser: Option<Cookie<'static>>,
}

impl<'a> Visit<'a> {
    /// Reads the browser's cookies.
    #[must_use]
    pub fn new(means: &'a Means, request: &'a HttpRequest) -> Self {
        let Presented { browser, new_browser } = cookies::read(request, &means.config, means.entropy);
        // A form of another site comes without the cookie that there may be: a new one would replace it.
        let new_browser = new_browser.filter(|_| request.method() != Method::POST);
        let mut visit = Self { means, request, browser, texts: Texts::default(), new_browser };
        visit.speak(None, None);
        visit
    }

    /// Speaks the first of these languages that there is: those that a client asks for (`ui_locales`), the one that was chosen in
    /// this browser, that of the person, those that the browser asks for, and that of the operator.
    pub fn speak(&mut self, ui_locales: Option<&str>, person: Option<&str>) {
        let asked = ui_locales.unwrap_or_default().split_ascii_whitespace().take(20).map(str::to_owned);
        let chosen = cookies::chosen_locale(self.request, self.config());
        let wanted: Vec<String> =
            asked.chain(chosen).chain(person.map(str::to_owned)).chain(accepted(self.request)).collect();
        self.texts = Texts::find(&wanted).unwrap_or(self.config().branding.locale);
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.means.config
    }

    /// The frame of a page.
    #[must_use]
    pub fn chrome(&self) -> Chrome {
        let languages = self.languages_href();
        Chrome::new(self.config().issuer.path(), self.texts).of(&self.config().branding, languages)
    }

    /// The page where another language is chosen, which leads back to this one; none where the way back would take a secret along
    /// or lead nowhere.
    fn languages_href(&self) -> Option<String> {
        let uri = self.request.uri();
        let path = uri.path().strip_prefix(self.config().issuer.path())?;
        let here = match uri.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        let can_return = self.request.method() == Method::GET && language::is_return_path(&here);
        can_return.then(|| self.path(&language::path_to(&here)))
    }

    /// A path of ours, below the issuer's.
    #[must_use]
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.config().issuer.path())
    }

    /// What the client says about the person's languages, then what was chosen in this browser, then what the browser says.
    #[must_use]
    pub fn languages(&self, ui_locales: Option<&str>) -> Vec<String> {
        let asked = ui_locales.unwrap_or_default().split_ascii_whitespace().take(20).map(str::to_owned);
        let chosen = cookies::chosen_locale(self.request, self.config());
        asked.chain(chosen).chain(accepted(self.request)).collect()
    }

    /// 303 to a page of ours.
    #[must_use]
    pub fn go(&self, path: &str) -> HttpResponse {
        let mut response = HttpResponse::SeeOther();
        response.insert_header((LOCATION, self.path(path)));
        if let Some(cookie) = &self.new_browser {
            response.cookie(cookie.clone());
        }
        response.finish()
    }

    /// A page whose forms lead back to us, and from there to `redirect_uri` if one is named.
    #[must_use]
    pub fn show(&self, status: StatusCode, page: &impl Template, redirect_uri: Option<&str>) -> HttpResponse {
        self.show_under(status, page, policy(redirect_uri))
    }

    /// A page that loads these addresses in frames, and nothing else of others.
    #[must_use]
    pub fn show_with_frames(
        &self,
        status: StatusCode,
        page: &impl Template,
        frames: &[String],
    ) -> HttpResponse {
        self.show_under(status, page, policy(None) + &frame_sources(frames))
    }

    fn show_under(&self, status: StatusCode, page: &impl Template, policy: String) -> HttpResponse {
        let Ok(html) = page.render() else {
            log_broken(&StorageError::Internal("a page could not be rendered".to_owned()));
            return HttpResponse::InternalServerError().finish();
        };
        let mut response = HttpResponse::build(status);
        response
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header(("Content-Security-Policy", policy))
            .insert_header(("X-Frame-Options", "DENY"))
            .insert_header(("Cross-Origin-Opener-Policy", "same-origin"));
        if let Some(cookie) = &self.new_browser {
            response.cookie(cookie.clone());
        }
        response.body(html)
    }

    /// Sends an authorization response to the client.
    #[must_use]
    pub fn deliver(&self, delivery: Delivery) -> HttpResponse {
        match delivery {
            Delivery::Redirect(url) => HttpResponse::SeeOther().insert_header((LOCATION, url)).finish(),
            Delivery::Form { action, fields } => {
                let host = target_in_words(&action);
                let page = FormPostPage { chrome: self.chrome(), action: action.clone(), fields, host };
                self.show(StatusCode::OK, &page, Some(&action))
            }
        }
    }

    /// The answer to a failure of the authorization endpoint and its pages.
    #[must_use]
    pub fn fail(&self, failure: Failure<AuthorizationRefusal>) -> HttpResponse {
        match failure {
            Failure::Refused(AuthorizationRefusal::Redirect(error)) => {
                let answer = self.deliver(response::error(&error, self.config().issuer.as_str()));
                counted(answer, error.code.as_str())
            }
            Failure::Refused(AuthorizationRefusal::Aside(error)) => {
                counted(self.way_back(&error), error.code.as_str())
            }
            Failure::Refused(AuthorizationRefusal::Page(reason)) => counted(self.refuse(&reason), "refused"),
            Failure::Broken(error) => self.broken(&error),
        }
    }

    /// What the client will be told, and the way to it: whoever is here goes there by their own hand, or not.
    fn way_back(&self, error: &ErrorResponse) -> HttpResponse {
        let redirect_uri = &error.destination.redirect_uri;
        let host = target_in_words(redirect_uri);
        let back = match response::error(error, self.config().issuer.as_str()) {
            Delivery::Redirect(href) => WayBack { href, host, fields: None },
            Delivery::Form { action, fields } => WayBack { href: action, host, fields: Some(fields) },
        };
        let (code, description) = (error.code.as_str(), error.description.trim_end_matches('.'));
        let page = ErrorPage {
            client_name: None,
            chrome: self.chrome(),
            status: StatusCode::BAD_REQUEST.as_u16(),
            heading: "The app made a mistake".to_owned(),
            what_happened: format!(
                "The app that sent you here asked for something that this server does not do ({code}): {description}. \
                 You were not signed in."
            ),
            what_to_do: "If you know this app, go back to it: it will be told what went wrong. Otherwise close this page."
                .to_owned(),
            request_id: request_id(self.request),
            back: Some(back),
        };
        self.show(StatusCode::BAD_REQUEST, &page, Some(redirect_uri))
    }

    /// The page for a fault of ours.
    #[must_use]
    pub fn broken(&self, error: &StorageError) -> HttpResponse {
        log_broken(error);
        let status = broken_status(error);
        let (heading, happened, to_do) = if status == StatusCode::SERVICE_UNAVAILABLE {
            ("Busy", "The server cannot answer right now.", "Wait a moment, then try again.")
        } else {
            (
                "Something broke",
                "The server made a mistake.",
                "Try again. If it stays so, tell the operator the request id below.",
            )
        };
        let mut response = self.error(status, heading, happened, to_do);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, actix_web::http::header::HeaderValue::from_static("1"));
        }
        response
    }

    fn refuse(&self, reason: &PageReason) -> HttpResponse {
        match reason {
            PageReason::MalformedRequest(text) => self.error(
                StatusCode::BAD_REQUEST,
                "This request is malformed",
                &format!("The app sent a request that cannot be used (invalid_request): {text}."),
                "Go back to the app and try again. If it stays so, tell its developer.",
            ),
            PageReason::UnknownClient => self.error(
                StatusCode::BAD_REQUEST,
                "Unknown app",
                "The app that sent you here is not registered, or its registration was removed.",
                "Remove the connection in the app and connect it again: it then registers anew.",
            ),
            PageReason::RemovedClient(removed) => self.removed(removed),
            PageReason::PendingClient { name, since } => self.named_error(
                StatusCode::FORBIDDEN,
                name.as_deref(),
                "This app waits for approval",
                &format!(
                    "It registered itself on {}, and an administrator of this server has to approve it before anybody \
                     can use it.",
                    date(*since)
                ),
                "Ask the administrator of this server to approve it, then start again from the app. You need not connect \
                 it anew.",
            ),
            PageReason::ClientDocument { host, fault } => self.error(
                StatusCode::BAD_REQUEST,
                "The app cannot be identified",
                &format!(
                    "The app describes itself in a document at {}. The document {fault}.",
                    host.as_deref().unwrap_or("an address that cannot be read")
                ),
                "Try again in a few minutes. If it stays so, tell the developer of the app what this page says.",
            ),
            PageReason::DisabledClient => self.error(
                StatusCode::FORBIDDEN,
                "This app is disabled",
                "The operator of this server has disabled the app that sent you here.",
                "Ask the operator if you think that this is a mistake.",
            ),
            PageReason::RedirectUri(text) => self.error(
                StatusCode::BAD_REQUEST,
                "Wrong return address",
                &format!("The app asked to send you back to an address that it may not use: {text}."),
                "Do not go on. If you trust the app, tell its developer.",
            ),
            PageReason::TooMany(seconds) => self.error(
                StatusCode::TOO_MANY_REQUESTS,
                "Too many requests",
                "Very many sign-ins were begun from your network in the last minute.",
                &format!("Wait {seconds} seconds, then go back to the app and start again."),
            ),
            PageReason::ThreadGone => self.error(
                StatusCode::BAD_REQUEST,
                "This page has expired",
                "It was open for too long, was answered in another window, or belongs to another browser.",
                "Go back to the app and start again.",
            ),
        }
    }

    /// Which application it was, since when it is gone, why, and how to have it back.
    fn removed(&self, removed: &RemovedClient) -> HttpResponse {
        let why = match removed.by {
            RemovedBy::Client => "The app itself gave its registration up",
            RemovedBy::Operator => "An administrator of this server removed its registration",
            RemovedBy::Disuse => "Its registration was removed because nobody used it",
            RemovedBy::LostTrust => "Its registration was removed because nobody vouches for it any more",
        };
        self.named_error(
            StatusCode::GONE,
            removed.name.as_deref(),
            "This app is no longer registered",
            &format!("{why}, on {}. The app still uses the old registration.", date(removed.removed_at)),
            "In the app, remove the connection to this server and add it again: the app then registers anew, and you are \
             asked once more what it may do.",
        )
    }

    /// An error page.
    #[must_use]
    pub fn error(&self, status: StatusCode, heading: &str, happened: &str, to_do: &str) -> HttpResponse {
        self.named_error(status, None, heading, happened, to_do)
    }

    fn named_error(
        &self,
        status: StatusCode,
        client_name: Option<&str>,
        heading: &str,
        happened: &str,
        to_do: &str,
    ) -> HttpResponse {
        let page = ErrorPage {
            client_name: client_name.map(display_name).filter(|name| !name.is_empty()),
            chrome: self.chrome(),
            status: status.as_u16(),
            heading: heading.to_owned(),
            what_happened: happened.to_owned(),
            what_to_do: to_do.to_owned(),
            request_id: request_id(self.request),
            back: None,
        };
        self.show(status, &page, None)
    }

    /// The page for an address at which there is nothing.
    #[must_use]
    pub fn nothing_here(&self) -> HttpResponse {
        self.error(
            StatusCode::NOT_FOUND,
            "Nothing here",
            "There is no page at this address.",
            "Check the address, or go back to the app that you came from.",
        )
    }

    /// The page for a form that was not made for this browser, or is too old.
    #[must_use]
    pub fn stale_form(&self) -> HttpResponse {
        self.error(
            StatusCode::FORBIDDEN,
            "This form is out of date",
            "You signed in or out in another window since this page was opened, or it belongs to another browser.",
            "Go back, load the page again and repeat what you did.",
        )
    }
}

/// The languages that the browser asks for, most wanted first.
fn accepted(request: &HttpRequest) -> Vec<String> {
    let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    tags::accepted(header.unwrap_or_default())
}

/// A day in words, for example `21 November 2026`.
#[must_use]
pub fn date(seconds: Seconds) -> String {
    chrono::DateTime::from_timestamp(seconds, 0)
        .map(|time| time.format("%-d %B %Y").to_string())
        .unwrap_or_default()
}

/// The id of a request, as it stands in the log and in `X-Request-Id`.
#[must_use]
pub fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}

/// Where an answer goes, in one word for people.
#[must_use]
pub fn target_in_words(redirect_uri: &str) -> String {
    match redirect_uri::host_for_display(redirect_uri) {
        RedirectTarget::Web { host } => host,
        RedirectTarget::Loopback => "an app on this computer".to_owned(),
        RedirectTarget::App { scheme } => format!("{scheme}:"),
    }
}

/// Browsers hold the redirects after a form to `form-action`, too: the client's address must be in it.
fn policy(redirect_uri: Option<&str>) -> String {
    let target = redirect_uri.map(form_target).unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; object-src 'none'; \
         base-uri 'none'; frame-ancestors 'none'; form-action 'self'{target}"
    )
}

/// The origins of these addresses, each once. OpenID Connect Front-Channel Logout 1.0 §2.
fn frame_sources(frames: &[String]) -> String {
    let mut sources: Vec<String> = frames.iter().map(|uri| form_target(uri)).collect();
    sources.sort();
    sources.dedup();
    if sources.is_empty() { String::new() } else { format!("; frame-src{}", sources.concat()) }
}

fn form_target(redirect_uri: &str) -> String {
    let Ok(url) = Url::parse(redirect_uri) else { return String::new() };
    match url.host() {
        // The grammar of the policy has no IPv6 address.
        Some(url::Host::Domain(_) | url::Host::Ipv4(_)) if matches!(url.scheme(), "http" | "https") => {
            format!(" {}", url.origin().ascii_serialization())
        }
        _ => format!(" {}:", url.scheme()),
    }
}

/// The answer, to be counted in the audit log as this.
fn counted(mut answer: HttpResponse, what: &'static str) -> HttpResponse {
    answer.extensions_mut().insert(Counted(what));
    answer
}

#[cfg(test)]
mod tests {
    use super::{form_target, frame_sources};

    /// U06: `form-action` names the client's origin or scheme, and nothing that a redirect URI could smuggle in.
    #[test]
    fn the_policy_names_the_origin_of_the_redirect_uri_alone() {
        for (uri, expected) in [
            ("https://app.example/cb?x=1", " https://app.example"),
            ("http://127.0.0.1:49152/cb", " http://127.0.0.1:49152"),
            ("http://[::1]:1/cb", " http:"),
            ("com.example.app:/cb", " com.example.app:"),
            ("cursor://anysphere.cursor-mcp/oauth/callback", " cursor:"),
            ("https://app.example/;script-src%20*", " https://app.example"),
        ] {
            assert_eq!(form_target(uri), expected);
        }
    }

    /// OpenID Connect Front-Channel Logout 1.0 §2: the origins of the frames and no others, each once.
    #[test]
    fn the_policy_names_the_origins_of_the_frames() {
        assert_eq!(frame_sources(&[]), "");
        let frames = ["https://b.example/out?iss=x", "https://a.example:8443/out", "https://b.example/;x"];
        let sources = frame_sources(&frames.map(str::to_owned));
        assert_eq!(sources, "; frame-src https://a.example:8443 https://b.example");
    }
}
