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
use super::pages::{Again, Chrome, ErrorPage, FormPostPage, Onward, Replaceable, Said, WayBack};
use super::time_limit;
use crate::config::Config;
use crate::entropy::Token;
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
        let here = language::way_back(path, uri.query().unwrap_or_default());
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

    /// A page that an operator may have made anew. If theirs cannot be made the built-in one is shown, and the log says why.
    #[must_use]
    pub fn show_own(
        &self,
        status: StatusCode,
        page: &impl Replaceable,
        redirect_uri: Option<&str>,
    ) -> HttpResponse {
        match self.replaced(page) {
            Some(html) => self.html(status, html, policy(redirect_uri)),
            None => self.show(status, page, redirect_uri),
        }
    }

    fn replaced<P: Replaceable>(&self, page: &P) -> Option<String> {
        match self.config().branding.templates.as_ref()?.render(P::FILE, page)? {
            Ok(html) => Some(html),
            Err(error) => {
                tracing::error!(%error, "a template of branding.templates could not be used");
                None
            }
        }
    }

    fn show_under(&self, status: StatusCode, page: &impl Template, policy: String) -> HttpResponse {
        let Ok(html) = page.render() else {
            log_broken(&StorageError::Internal("a page could not be rendered".to_owned()));
            return HttpResponse::InternalServerError().finish();
        };
        self.html(status, html, policy)
    }

    fn html(&self, status: StatusCode, html: String, policy: String) -> HttpResponse {
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
                let host = self.target_in_words(&action);
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
        let host = self.target_in_words(redirect_uri);
        let back = match response::error(error, self.config().issuer.as_str()) {
            Delivery::Redirect(href) => WayBack { href, host, fields: None },
            Delivery::Form { action, fields } => WayBack { href: action, host, fields: Some(fields) },
        };
        let (code, description) = (error.code.as_str(), error.description.trim_end_matches('.'));
        let page = ErrorPage {
            heading: self.texts.t("error-app-heading"),
            what_happened: Said::of(self.texts, "error-app-happened", format!("({code}): {description}")),
            what_to_do: self.texts.t("error-app-do"),
            back: Some(back),
            ..self.error_page(StatusCode::BAD_REQUEST)
        };
        self.show_own(StatusCode::BAD_REQUEST, &page, Some(redirect_uri))
    }

    /// The page for a fault of ours.
    #[must_use]
    pub fn broken(&self, error: &StorageError) -> HttpResponse {
        log_broken(error);
        let status = broken_status(error);
        let keys = if status == StatusCode::SERVICE_UNAVAILABLE {
            ["error-busy-heading", "error-busy-happened", "error-busy-do"]
        } else {
            ["error-broken-heading", "error-broken-happened", "error-broken-do"]
        };
        let mut response = self.known_error(status, keys);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, actix_web::http::header::HeaderValue::from_static("1"));
        }
        response
    }

    fn refuse(&self, reason: &PageReason) -> HttpResponse {
        let (bad, forbidden) = (StatusCode::BAD_REQUEST, StatusCode::FORBIDDEN);
        match reason {
            PageReason::MalformedRequest(text) => {
                let happened =
                    Said::of(self.texts, "error-malformed-happened", format!("(invalid_request): {text}"));
                self.explain(bad, ["error-malformed-heading", "error-malformed-do"], happened)
            }
            PageReason::UnknownClient => {
                self.known_error(bad, ["error-unknown-heading", "error-unknown-happened", "error-unknown-do"])
            }
            PageReason::RemovedClient(removed) => self.removed(removed),
            PageReason::PendingClient { name, since } => {
                let day = self.texts.day(*since);
                self.named_error(
                    forbidden,
                    name.as_deref(),
                    ["error-pending-heading", "error-pending-do"],
                    &self.texts.with("error-pending-happened", "day", &day),
                )
            }
            PageReason::ClientDocument { host, fault } => {
                let about = host.as_deref().map_or_else(
                    || self.texts.t("error-document-nowhere"),
                    |host| self.texts.with("error-document-happened", "host", host),
                );
                let said = format!("The document {fault}.");
                let happened = Said::of(self.texts, "error-document-fault", said).after(&about);
                self.explain(bad, ["error-document-heading", "error-document-do"], happened)
            }
            PageReason::DisabledClient => self.known_error(
                forbidden,
                ["error-disabled-heading", "error-disabled-happened", "error-disabled-do"],
            ),
            PageReason::RedirectUri(text) => {
                let happened = Said::of(self.texts, "error-redirect-happened", text.to_string());
                self.explain(bad, ["error-redirect-heading", "error-redirect-do"], happened)
            }
            PageReason::TooMany(seconds) => {
                let to_do = self.texts.with("error-many-do", "length", &self.texts.length(*seconds));
                let (heading, happened) =
                    (self.texts.t("error-many-heading"), self.texts.t("error-many-happened"));
                self.error(StatusCode::TOO_MANY_REQUESTS, &heading, &happened, &to_do)
            }
            PageReason::ThreadGone => self.over(None),
        }
    }

    /// As [`Self::fail`], for a stored request: one that was open for too long can be begun again.
    pub async fn fail_waiting(&self, failure: Failure<AuthorizationRefusal>, thread: &Token) -> HttpResponse {
        match failure {
            Failure::Refused(AuthorizationRefusal::Page(PageReason::ThreadGone)) => {
                counted(self.over(time_limit::again(self, thread).await), "refused")
            }
            failure => self.fail(failure),
        }
    }

    /// The page for a request that is answered, over, or another browser's.
    fn over(&self, again: Option<(Again, Option<String>)>) -> HttpResponse {
        let (again, redirect_uri) = again.map_or((None, None), |(again, to)| (Some(again), to));
        let what_to_do = if again.is_some() { "error-expired-again" } else { "error-expired-do" };
        let page = ErrorPage {
            heading: self.texts.t("error-expired-heading"),
            what_happened: Said::plain(&self.texts.t("error-expired-happened")),
            what_to_do: self.texts.t(what_to_do),
            again,
            ..self.error_page(StatusCode::BAD_REQUEST)
        };
        self.show_own(StatusCode::BAD_REQUEST, &page, redirect_uri.as_deref())
    }

    /// Which application it was, since when it is gone, why, and how to have it back.
    fn removed(&self, removed: &RemovedClient) -> HttpResponse {
        let why = match removed.by {
            RemovedBy::Client => "error-removed-by-client",
            RemovedBy::Operator => "error-removed-by-operator",
            RemovedBy::Disuse => "error-removed-by-disuse",
            RemovedBy::LostTrust => "error-removed-by-trust",
        };
        let why = self.texts.with(why, "day", &self.texts.day(removed.removed_at));
        let still = self.texts.t("error-removed-still");
        let keys = ["error-removed-heading", "error-removed-do"];
        self.named_error(StatusCode::GONE, removed.name.as_deref(), keys, &format!("{why} {still}"))
    }

    /// An error page.
    #[must_use]
    pub fn error(&self, status: StatusCode, heading: &str, happened: &str, to_do: &str) -> HttpResponse {
        self.error_with(status, [heading, happened, to_do], None)
    }

    /// An error page with a way on: heading, what happened, what to do.
    #[must_use]
    pub fn error_with(&self, status: StatusCode, words: [&str; 3], onward: Option<Onward>) -> HttpResponse {
        let [heading, happened, to_do] = words;
        let page = ErrorPage {
            heading: heading.to_owned(),
            what_happened: Said::plain(happened),
            what_to_do: to_do.to_owned(),
            onward,
            ..self.error_page(status)
        };
        self.show_own(status, &page, None)
    }

    /// An error page of these texts: heading, what happened, what to do.
    #[must_use]
    pub fn known_error(&self, status: StatusCode, keys: [&str; 3]) -> HttpResponse {
        let [heading, happened, to_do] = keys.map(|key| self.texts.t(key));
        self.error(status, &heading, &happened, &to_do)
    }

    /// As [`Self::known_error`], with a way on to this path below the issuer's, under a label of this key.
    #[must_use]
    pub fn known_error_with(
        &self,
        status: StatusCode,
        keys: [&str; 3],
        onward: (&str, &str),
    ) -> HttpResponse {
        let [heading, happened, to_do] = keys.map(|key| self.texts.t(key));
        self.error_with(status, [&heading, &happened, &to_do], Some(self.onward(onward.0, onward.1)))
    }

    /// A way on to this path below the issuer's, under a label of this key.
    #[must_use]
    pub fn onward(&self, path: &str, label: &str) -> Onward {
        Onward { href: self.path(path), label: self.texts.t(label) }
    }

    /// An error page with a heading and an advice of these keys.
    fn explain(&self, status: StatusCode, keys: [&str; 2], what_happened: Said) -> HttpResponse {
        let [heading, what_to_do] = keys.map(|key| self.texts.t(key));
        let page = ErrorPage { heading, what_happened, what_to_do, ..self.error_page(status) };
        self.show_own(status, &page, None)
    }

    fn named_error(
        &self,
        status: StatusCode,
        client_name: Option<&str>,
        keys: [&str; 2],
        happened: &str,
    ) -> HttpResponse {
        let [heading, what_to_do] = keys.map(|key| self.texts.t(key));
        let page = ErrorPage {
            client_name: client_name.map(display_name).filter(|name| !name.is_empty()),
            heading,
            what_happened: Said::plain(happened),
            what_to_do,
            ..self.error_page(status)
        };
        self.show_own(status, &page, None)
    }

    /// Without a word yet.
    fn error_page(&self, status: StatusCode) -> ErrorPage {
        ErrorPage {
            chrome: self.chrome(),
            status: status.as_u16(),
            heading: String::new(),
            client_name: None,
            what_happened: Said::default(),
            what_to_do: String::new(),
            request_id: request_id(self.request),
            back: None,
            again: None,
            onward: None,
        }
    }

    /// The page for an address at which there is nothing.
    #[must_use]
    pub fn nothing_here(&self) -> HttpResponse {
        self.nothing_here_with(StatusCode::NOT_FOUND)
    }

    /// As [`Self::nothing_here`], with another reason for machines.
    #[must_use]
    pub fn nothing_here_with(&self, status: StatusCode) -> HttpResponse {
        let keys = ["error-nothing-heading", "error-nothing-happened", "error-nothing-do"];
        self.known_error_with(status, keys, ("/", "error-home"))
    }

    /// The page for a form that was not made for this browser, or is too old.
    #[must_use]
    pub fn stale_form(&self) -> HttpResponse {
        let keys = ["error-stale-heading", "error-stale-happened", "error-stale-do"];
        self.known_error(StatusCode::FORBIDDEN, keys)
    }

    /// Where an answer goes, in one word for people.
    #[must_use]
    pub fn target_in_words(&self, redirect_uri: &str) -> String {
        match redirect_uri::host_for_display(redirect_uri) {
            RedirectTarget::Web { host } => host,
            RedirectTarget::Loopback => self.texts.t("consent-target-loopback"),
            RedirectTarget::App { scheme } => format!("{scheme}:"),
        }
    }
}

/// The languages that the browser asks for, most wanted first.
fn accepted(request: &HttpRequest) -> Vec<String> {
    let header = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    tags::accepted(header.unwrap_or_default())
}

/// The id of a request, as it stands in the log and in `X-Request-Id`.
#[must_use]
pub fn request_id(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}

/// Browsers hold the redirects after a form to `form-action`, too: the client's address must be in it.
fn policy(redirect_uri: Option<&str>) -> String {
    let target = redirect_uri.map(form_target).unwrap_or_default();
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; object-src 'none'; \
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
