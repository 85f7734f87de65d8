//! The page that asks who it is, and for the password.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::super::client_words::{client_name, logo, published_links, standing};
use super::super::csrf::{self, Purpose};
use super::super::page::Visit;
use super::super::pages::upstream::ProviderButton;
use super::super::pages::{ClientLinks, SignInPage, Spoken, Standing};
use super::super::upstream::path_of;
use super::super::{factors, reset, sign_up, time_limit};
use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::accounts::sign_up::is_open;
use crate::flow::authorize::Waiting;
use crate::flow::sign_in::Method;
use crate::flow::sign_in::more_time::Page;
use crate::flow::{Client, Failure, upstream};
use crate::protocol::authorization::decision::NextStep;
use crate::protocol::authorization::request::{AuthorizationRequest, Prompt};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// The client that the person is on the way to.
pub(super) struct Asks {
    name: Spoken,
    logo: Option<String>,
    standing: Standing,
    links: ClientLinks,
    prompt: Prompt,
    redirect_uri: String,
}

impl Asks {
    pub(super) async fn of(visit: &Visit<'_>, client: &Client, request: &AuthorizationRequest) -> Self {
        let languages = visit.languages(request.ui_locales.as_deref());
        let name = client_name(client, &languages);
        let redirect_uri = request.destination.redirect_uri.clone();
        let standing = standing(visit, client, &redirect_uri, &name.text);
        let logo = logo(visit, client, &redirect_uri, &languages).await;
        Self {
            name,
            logo,
            standing,
            links: published_links(client, &languages),
            prompt: request.prompt,
            redirect_uri,
        }
    }
}

/// What the page shows beside its fields.
#[derive(Default)]
pub(super) struct Form {
    pub thread: Option<Token>,
    pub return_to: Option<String>,
    pub asks: Option<Asks>,
    pub name: String,
    /// Somebody is signed in, and has to prove it once more.
    pub again: bool,
    pub asks_password: bool,
    pub remember: bool,
    /// By what they signed in in this browser the last time.
    pub last_method: Option<Method>,
    pub error: Option<String>,
    /// The sign-in that the page goes on with.
    pub sign_in: Option<Token>,
    /// When that ends.
    pub ends_at: Option<Seconds>,
    /// When the request that waits ends.
    pub request_ends_at: Option<Seconds>,
}

impl Form {
    /// For a stored request, as far as it is known.
    pub(super) async fn of(visit: &Visit<'_>, thread: Option<Token>, waiting: Option<&Waiting>) -> Self {
        let asks = match waiting {
            None => None,
            Some(waiting) => Some(Asks::of(visit, &waiting.client, &waiting.request).await),
        };
        let again = waiting.is_some_and(|waiting| waiting.next == NextStep::SignIn { again: true });
        let request_ends_at = waiting.and_then(|waiting| waiting.expires_at);
        Self { thread, asks, again, request_ends_at, ..Self::default() }
    }

    pub(super) async fn show(self, visit: &Visit<'_>, status: StatusCode) -> HttpResponse {
        let providers = match providers(visit).await {
            Ok(providers) => providers,
            Err(broken) => return broken,
        };
        let redirect_uri = self.asks.as_ref().map(|asks| asks.redirect_uri.clone());
        visit.show_own(status, &self.page(visit, providers), redirect_uri.as_deref())
    }

    fn page(self, visit: &Visit<'_>, providers: Vec<ProviderButton>) -> SignInPage {
        let texts = visit.texts;
        let prompt = self.asks.as_ref().map(|asks| asks.prompt).unwrap_or_default();
        let chooses = self.again && prompt.select_account && !prompt.login;
        let (title, heading, hint) = if chooses {
            let title = texts.t("sign-in-title-choose");
            (title.clone(), title, Some(texts.t("sign-in-hint-choose")))
        } else if self.again {
            let hint = texts.t("sign-in-hint-again");
            (texts.t("sign-in-title-again"), texts.t("sign-in-heading-again"), Some(hint))
        } else {
            (texts.t("sign-in-title"), texts.t("sign-in-title"), None)
        };
        let submit = if self.again || !self.asks_password { "sign-in-continue" } else { "sign-in-submit" };
        let is_open = is_open(visit.config().accounts.sign_up) && visit.means.mailer.can_send();
        let create = if is_open { "sign-in-create-open" } else { "sign-in-create" };
        let days = visit.config().session.remembered_lifetime / DAY;
        let passkey = factors::sign_in::form(visit, self.thread.as_ref(), self.return_to.as_deref());
        let page = Page { sign_in: self.sign_in.clone(), thread: self.thread.clone() };
        let ends = [self.ends_at, self.request_ends_at];
        SignInPage {
            time: time_limit::limit(visit, &page, self.return_to.as_deref(), ends),
            passkey_first: passkey.is_some() && self.last_method == Some(Method::Passkey),
            passkey,
            chrome: visit.chrome(),
            title: self.error.as_ref().map_or(title.clone(), |_| texts.with("title-error", "title", &title)),
            heading,
            action: visit.path("/login"),
            hidden: self.hidden(visit),
            hint,
            notice: prompt.create.then(|| texts.t(create)),
            reset_href: visit.means.mailer.can_send().then(|| self.path_to(visit, reset::ASK)),
            sign_up_href: is_open.then(|| self.path_to(visit, sign_up::ASK)),
            submit: texts.t(submit),
            remember: (self.asks_password && days > 0)
                .then(|| (texts.count("sign-in-remember", days), self.remember)),
            redirect_target: self.asks.as_ref().map(|asks| visit.target_in_words(&asks.redirect_uri)),
            client_name: self.asks.as_ref().map(|asks| asks.name.clone()),
            logo: self.asks.as_ref().and_then(|asks| asks.logo.clone()),
            standing: self.asks.as_ref().map(|asks| asks.standing.clone()),
            links: self.asks.map(|asks| asks.links).unwrap_or_default(),
            providers,
            name: self.name,
            asks_password: self.asks_password,
            error: self.error,
        }
    }

    /// A page for whoever cannot sign in yet, which leads back to the same request.
    fn path_to(&self, visit: &Visit<'_>, path: &str) -> String {
        let Some(thread) = &self.thread else { return visit.path(path) };
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("thread", thread.expose());
        visit.path(&format!("{path}?{}", query.finish()))
    }

    fn hidden(&self, visit: &Visit<'_>) -> Vec<(String, String)> {
        let thread = self.thread.as_ref().map(Token::expose);
        let token = csrf::token(visit.means, Purpose::SignIn, &visit.browser, thread.unwrap_or_default());
        let mut hidden = vec![("csrf".to_owned(), token)];
        hidden.extend(thread.map(|thread| ("thread".to_owned(), thread.to_owned())));
        hidden.extend(self.return_to.clone().map(|path| ("return".to_owned(), path)));
        hidden.extend(self.again.then(|| ("again".to_owned(), "1".to_owned())));
        hidden
    }
}

/// The buttons that lead to other providers.
async fn providers(visit: &Visit<'_>) -> Result<Vec<ProviderButton>, HttpResponse> {
    match upstream::choices(visit.means).await {
        Ok(choices) => Ok(choices
            .into_iter()
            .map(|choice| ProviderButton { action: visit.path(&path_of(&choice.name)), label: choice.label })
            .collect()),
        Err(Failure::Broken(error)) => Err(visit.broken(&error)),
        Err(Failure::Refused(never)) => match never {},
    }
}
