//! Every page in every state that changes its markup, filled with honest, hostile or awkward words.

use askama::Template as _;

mod account;
mod accounts;
mod desk;
mod of_factors;

use super::*;
use crate::protocol::display;
use crate::texts::Texts;

/// Breaks out of an element, of an attribute in either kind of quote, and of a script.
pub(super) const HOSTILE: &str =
    r#"</title></script><script>alert(1)</script>"'><img src=x onerror=alert(1)>{{7*7}}&amp;"#;

/// What stands on the pages: when all goes well, or when somebody would have them say something else.
pub(super) struct Words {
    pub client: String,
    pub host: String,
    pub user: String,
    pub scope: String,
    pub problem: String,
    pub uri: String,
    pub scheme: String,
    pub token: String,
}

impl Words {
    pub(super) fn honest() -> Self {
        Self {
            client: "Weather Desk".to_owned(),
            host: "weather.example".to_owned(),
            user: "ada".to_owned(),
            scope: "Read your calendar".to_owned(),
            problem: "The name or the password is not right.".to_owned(),
            uri: "https://weather.example/terms".to_owned(),
            scheme: "com.example.weather".to_owned(),
            token: "8f3c1d7a".to_owned(),
        }
    }

    pub(super) fn hostile() -> Self {
        let word = || HOSTILE.to_owned();
        Self {
            client: word(),
            host: word(),
            user: word(),
            scope: word(),
            problem: word(),
            uri: format!("https://weather.example/{HOSTILE}"),
            scheme: word(),
            token: word(),
        }
    }

    /// Long words without a place to break, right-to-left script and emoji.
    pub(super) fn awkward() -> Self {
        let long = "Donaudampfschiff".repeat(4);
        Self {
            client: display::display_name(&format!("مدير التقويم 🦀🗓️ {}", "Unbreakable".repeat(8))),
            host: format!(
                "{}.{}.example:8443",
                "a-very-long-label".repeat(3),
                "another-long-label".repeat(3)
            ),
            user: format!("שרה.{}", "w".repeat(60)),
            scope: format!("Read and change everything that {long} keeps, for as long as it does"),
            problem: format!("{long} is not known here."),
            uri: format!("https://weather.example/{}", "path/".repeat(30)),
            scheme: format!("com.example.{}", "weather".repeat(9)),
            token: "8f3c1d7a".repeat(8),
        }
    }

    fn hidden(&self) -> Vec<(String, String)> {
        vec![("state".to_owned(), self.token.clone()), (self.scope.clone(), "code".to_owned())]
    }

    fn way_back(&self, fields: Option<Vec<(String, String)>>) -> WayBack {
        let Link { href, host } = self.link();
        WayBack { href, host, fields }
    }

    fn link(&self) -> Link {
        Link { href: self.uri.clone(), host: self.host.clone() }
    }
}

fn chrome() -> Chrome {
    Chrome::new("/auth/", Texts::default())
}

fn spoken(text: &str, lang: &str) -> Spoken {
    Spoken { text: text.to_owned(), lang: Some(lang.to_owned()) }
}

fn standing(words: &Words) -> Standing {
    Standing {
        is_warning: true,
        text: "Look-alike: this app is not".to_owned(),
        who: Some(words.client.clone()),
    }
}

fn logo(words: &Words) -> String {
    format!("/auth/pictures/{}", words.token)
}

fn links(words: &Words) -> ClientLinks {
    ClientLinks { policy_uri: Some(words.uri.clone()), tos_uri: Some(words.uri.clone()) }
}

fn sign_in(words: &Words) -> SignInPage {
    SignInPage {
        chrome: chrome(),
        title: "Sign in".to_owned(),
        heading: "Sign in".to_owned(),
        action: format!("/auth/login?{}", words.scope),
        hidden: with_csrf(words),
        client_name: Some(spoken(&words.client, "de")),
        logo: None,
        standing: Some(standing(words)),
        redirect_target: Some(words.host.clone()),
        name: words.user.clone(),
        asks_password: true,
        error: None,
        hint: None,
        notice: None,
        submit: "Sign in".to_owned(),
        remember: Some(("Stay signed in here for 30 days".to_owned(), true)),
        passkey: Some(passkey_form(words)),
        providers: Vec::new(),
        passkey_first: false,
        reset_href: Some("/auth/reset".to_owned()),
        sign_up_href: Some("/auth/sign-up".to_owned()),
        time: Some(time(words)),
        links: links(words),
    }
}

fn passkey_form(words: &Words) -> super::factors::PasskeyForm {
    super::factors::PasskeyForm {
        action: "/auth/login/passkey".to_owned(),
        options: "/auth/login/passkey/options".to_owned(),
        csrf: words.token.clone(),
        thread: Some(words.token.clone()),
        return_to: None,
    }
}

fn with_csrf(words: &Words) -> Vec<(String, String)> {
    [vec![("csrf".to_owned(), words.token.clone())], words.hidden()].concat()
}

fn time(words: &Words) -> super::TimeLimit {
    super::TimeLimit { action: "/auth/more-time".to_owned(), hidden: with_csrf(words), seconds: 600 }
}

fn enrol(words: &Words, error: Option<String>) -> EnrolPage {
    let title = if error.is_some() { "Error: Set up" } else { "Set up" };
    EnrolPage {
        chrome: chrome(),
        title: title.to_owned(),
        user_name: words.user.clone(),
        hidden: with_csrf(words),
        passkey: Some((
            "/auth/login/enrol/passkey".to_owned(),
            "/auth/login/enrol/passkey/options".to_owned(),
        )),
        app: Some(super::factors::AppSecret {
            qr: Some(super::factors::QrCode { size: 33, path: "M4 4h7v1h-7z".to_owned() }),
            text: words.token.clone(),
            ceremony: words.token.clone(),
        }),
        action: format!("/auth/login/enrol?{}", words.scope),
        error,
        restart_href: words.uri.clone(),
        time: Some(time(words)),
    }
}

fn second_factor(words: &Words, error: Option<String>) -> SecondFactorPage {
    let title = if error.is_some() { "Error: One more step" } else { "One more step" };
    SecondFactorPage {
        chrome: chrome(),
        title: title.to_owned(),
        action: format!("/auth/login/second-factor?{}", words.scope),
        hidden: with_csrf(words),
        user_name: words.user.clone(),
        passkey: Some(passkey_form(words)),
        code_hint: Some("The six digits that your authenticator app shows now.".to_owned()),
        error,
        restart_href: words.uri.clone(),
        time: Some(time(words)),
    }
}

fn sign_in_pages(words: &Words) -> Vec<(&'static str, askama::Result<String>)> {
    let direct = SignInPage {
        client_name: None,
        standing: None,
        redirect_target: None,
        links: ClientLinks::default(),
        hidden: vec![("csrf".to_owned(), words.token.clone())],
        name: String::new(),
        asks_password: false,
        remember: None,
        passkey: None,
        reset_href: None,
        sign_up_href: None,
        ..sign_in(words)
    };
    let unnamed = SignInPage { client_name: None, passkey_first: true, ..sign_in(words) };
    let title = "Error: Sign in".to_owned();
    let wrong = SignInPage { title, error: Some(words.problem.clone()), ..sign_in(words) };
    let known = Standing {
        is_warning: false,
        text: "Added by an administrator of this server".to_owned(),
        who: None,
    };
    let hint = Some("You are asked for your password again before you go on.".to_owned());
    let again = SignInPage { hint, standing: Some(known), ..sign_in(words) };
    let pictured = SignInPage { logo: Some(logo(words)), ..sign_in(words) };
    let choose = SignInPage { heading: "Choose an account".to_owned(), ..sign_in(words) };
    let notice = Some("Accounts on this server are made by its operator.".to_owned());
    let create = SignInPage { notice, ..sign_in(words) };
    let enrolled = EnrolledPage {
        chrome: chrome(),
        codes: vec![words.token.clone(), words.token.clone()],
        href: words.uri.clone(),
    };
    vec![
        ("sign-in", sign_in(words).render()),
        ("sign-in-pictured", pictured.render()),
        ("sign-in-choose", choose.render()),
        ("sign-in-create", create.render()),
        ("second-factor", second_factor(words, None).render()),
        ("second-factor-wrong", second_factor(words, Some(words.problem.clone())).render()),
        ("enrol", enrol(words, None).render()),
        ("enrol-wrong", enrol(words, Some(words.problem.clone())).render()),
        ("enrolled", enrolled.render()),
        ("sign-in-direct", direct.render()),
        ("sign-in-unnamed", unnamed.render()),
        ("sign-in-wrong", wrong.render()),
        ("sign-in-again", again.render()),
    ]
}

pub(super) fn consent(words: &Words) -> ConsentPage {
    ConsentPage {
        chrome: chrome(),
        time: Some(time(words)),
        action: format!("/auth/consent?{}", words.scope),
        switch_action: format!("/auth/switch?{}", words.scope),
        thread: words.token.clone(),
        shown: words.token.clone(),
        csrf: words.token.clone(),
        client_name: spoken(&words.client, "de"),
        logo: None,
        client_initial: display::initial(&words.client),
        client_uri_host: Some(words.host.clone()),
        target: web_target(words),
        lookalike: None,
        voucher: self_registered(words),
        scopes: vec![
            ScopeLine {
                name: "openid".to_owned(),
                description: Spoken { text: "Know who you are".to_owned(), lang: None },
            },
            ScopeLine { name: "calendar:read".to_owned(), description: spoken(&words.scope, "de") },
        ],
        resources: vec![ResourceLine { name: Some(words.client.clone()), identifier: words.uri.clone() }],
        duration: Duration::Away { at_most: "90 days".to_owned() },
        user_name: words.user.clone(),
        user_email: Some(format!("{}@mail.example", words.user)),
        user_initial: display::initial(&words.user),
        links: links(words),
    }
}

fn web_target(words: &Words) -> Target {
    Target {
        host: words.host.clone(),
        foreign_hosts: vec![words.host.clone(), "other.example".to_owned()],
        ..Target::default()
    }
}

/// Everything that can be odd about a web site at once.
fn odd_target(words: &Words) -> Target {
    let odd = |looks_like| OddHost { host: words.host.clone(), looks_like };
    Target {
        in_letters: Some(words.host.clone()),
        odd_hosts: vec![odd(Some(words.host.clone())), odd(None)],
        other_site: Some(words.host.clone()),
        ..web_target(words)
    }
}

fn self_registered(words: &Words) -> Voucher {
    Voucher {
        look: "warn",
        badge: "Not verified".to_owned(),
        before: "This app registered itself, and nobody has verified who made it.".to_owned(),
        who: None,
        after: String::new(),
        any_app: Some(words.client.clone()),
    }
}

fn voucher(look: &'static str, words: &Words) -> Voucher {
    Voucher {
        look,
        badge: "Verified".to_owned(),
        before: "This server trusts ".to_owned(),
        who: Some(words.host.clone()),
        after: ", which has signed who this app is.".to_owned(),
        any_app: None,
    }
}

pub(super) fn consent_pages(words: &Words) -> Vec<(&'static str, askama::Result<String>)> {
    let trusted = ConsentPage {
        voucher: voucher("good", words),
        client_uri_host: None,
        resources: Vec::new(),
        target: Target { foreign_hosts: Vec::new(), ..web_target(words) },
        duration: Duration::Once { length: "1 hour".to_owned() },
        user_email: None,
        links: ClientLinks { policy_uri: None, ..links(words) },
        ..consent(words)
    };
    let pictured = ConsentPage { logo: Some(logo(words)), ..consent(words) };
    let loopback = Target {
        is_loopback: true,
        host: "127.0.0.1:33418".to_owned(),
        foreign_hosts: Vec::new(),
        ..web_target(words)
    };
    let loopback = ConsentPage {
        target: loopback,
        duration: Duration::Session { at_most: "30 days".to_owned() },
        ..consent(words)
    };
    let app = Target { app_scheme: Some(words.scheme.clone()), ..web_target(words) };
    let app = ConsentPage { target: app, scopes: Vec::new(), ..consent(words) };
    let document =
        ConsentPage { voucher: voucher("plain", words), target: odd_target(words), ..consent(words) };
    let lookalike = |is_of_this_server| ConsentPage {
        lookalike: Some(LookalikeLine { of: words.client.clone(), is_of_this_server }),
        ..consent(words)
    };
    vec![
        ("consent", consent(words).render()),
        ("consent-pictured", pictured.render()),
        ("consent-trusted", trusted.render()),
        ("consent-loopback", loopback.render()),
        ("consent-app", app.render()),
        ("consent-document", document.render()),
        ("consent-lookalike", lookalike(false).render()),
        ("consent-lookalike-here", lookalike(true).render()),
    ]
}

fn leaving_pages(words: &Words) -> Vec<(&'static str, askama::Result<String>)> {
    let sign_out = SignOutPage {
        chrome: chrome(),
        action: words.scope.clone(),
        csrf: words.token.clone(),
        user_name: Some(words.user.clone()),
        client_name: Some(spoken(&words.client, "de")),
        fault: Some(words.problem.clone()),
        hidden: words.hidden(),
    };
    let signed_out = |back: Option<Link>, fault: Option<String>, frames: Vec<String>| {
        let goes_on = back.is_some() && !frames.is_empty();
        SignedOutPage { chrome: chrome(), back, goes_on, fault, frames }.render()
    };
    let error = ErrorPage {
        chrome: chrome(),
        status: 400,
        heading: format!("{} is not known here", words.client),
        client_name: Some(words.client.clone()),
        what_happened: Said::plain(&words.problem).after("The address names no registered app."),
        what_to_do: format!("Start again from the app. {}", words.scope),
        request_id: words.token.clone(),
        back: Some(words.way_back(None)),
        again: None,
        onward: None,
    };
    let again = Some(super::Again { action: "/auth/more-time".to_owned(), hidden: with_csrf(words) });
    let over = ErrorPage { again, back: None, ..error.clone() };
    let onward = Some(super::Onward { href: "/auth/login".to_owned(), label: words.client.clone() });
    let leading = ErrorPage { onward, back: None, ..error.clone() };
    let posting = ErrorPage { back: Some(words.way_back(Some(words.hidden()))), ..error.clone() };
    let form_post = FormPostPage {
        chrome: chrome(),
        action: words.uri.clone(),
        fields: words.hidden(),
        host: words.host.clone(),
    };
    vec![
        ("sign-out", sign_out.render()),
        ("signed-out", signed_out(Some(words.link()), None, Vec::new())),
        ("signed-out-here", signed_out(None, Some(words.problem.clone()), Vec::new())),
        ("signed-out-frames", signed_out(Some(words.link()), None, vec![words.uri.clone()])),
        ("error", error.render()),
        ("error-over", over.render()),
        ("error-leading", leading.render()),
        ("error-posting", posting.render()),
        ("form-post", form_post.render()),
    ]
}

fn own_pages(words: &Words) -> Vec<(&'static str, askama::Result<String>)> {
    let setup = |error| SetupPage {
        chrome: chrome(),
        action: format!("/auth/setup?{}", words.scope),
        token: words.token.clone(),
        csrf: words.token.clone(),
        name: words.user.clone(),
        email: format!("{}@mail.example", words.user),
        error,
    };
    let done = SetupDonePage { chrome: chrome(), name: words.user.clone(), sign_in_href: words.uri.clone() };
    let home = |signed_in_as| HomePage {
        chrome: chrome(),
        issuer: words.uri.clone(),
        signed_in_as,
        sign_in_href: words.uri.clone(),
        sign_out_href: words.uri.clone(),
        metadata_href: words.uri.clone(),
    };
    vec![
        ("setup", setup(None).render()),
        ("setup-wrong", setup(Some(words.problem.clone())).render()),
        ("setup-done", done.render()),
        ("home", home(None).render()),
        ("home-signed-in", home(Some(words.user.clone())).render()),
    ]
}

pub(super) fn all(words: &Words) -> Vec<(&'static str, String)> {
    let pages = [
        sign_in_pages(words),
        consent_pages(words),
        leaving_pages(words),
        own_pages(words),
        of_factors::pages(words),
        desk::pages(words),
        account::pages(words),
        accounts::pages(words),
    ];
    pages.into_iter().flatten().map(|(name, page)| (name, page.expect(name))).collect()
}
