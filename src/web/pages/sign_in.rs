//! The pages by which somebody signs in.

use askama::Template;
use serde::Serialize;

use super::factors::{AppSecret, PasskeyForm};
use super::upstream::ProviderButton;
use super::{Chrome, ClientLinks, Replaceable, Spoken, Standing, TimeLimit};

/// Who it is, and by the second step the password. Posts `name`, `password` and what is hidden.
#[derive(Template, Serialize)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    pub chrome: Chrome,
    pub title: String,
    pub heading: String,
    pub action: String,
    /// `csrf` and what the sign-in is for.
    pub hidden: Vec<(String, String)>,
    pub client_name: Option<Spoken>,
    /// Where its picture is, on this server.
    pub logo: Option<String>,
    /// Who vouches for that client.
    pub standing: Option<Standing>,
    /// The host that the person came from and will be sent back to.
    pub redirect_target: Option<String>,
    /// Other OpenID providers by which people can sign in.
    pub providers: Vec<ProviderButton>,
    /// What was typed before, so that nobody types it twice (WCAG 3.3.7).
    pub name: String,
    pub asks_password: bool,
    pub error: Option<String>,
    /// What is asked for and why, if that is not plain.
    pub hint: Option<String>,
    /// Something about accounts here.
    pub notice: Option<String>,
    pub submit: String,
    /// What a box says by which somebody stays signed in, and whether it is ticked.
    pub remember: Option<(String, bool)>,
    pub passkey: Option<PasskeyForm>,
    /// The person signed in with a passkey in this browser the last time.
    pub passkey_first: bool,
    /// Where a lost password is replaced, and where an account is made.
    pub reset_href: Option<String>,
    pub sign_up_href: Option<String>,
    /// When it ends, if it does.
    pub time: Option<TimeLimit>,
    pub links: ClientLinks,
}

impl Replaceable for SignInPage {
    const FILE: &'static str = "sign_in.html";
}

/// A second factor. Posts `code`, `sign_in`, `thread` and `csrf`.
#[derive(Template)]
#[template(path = "second_factor.html")]
pub struct SecondFactorPage {
    pub chrome: Chrome,
    pub title: String,
    pub action: String,
    pub hidden: Vec<(String, String)>,
    pub user_name: String,
    /// A code would do; the hint says which.
    pub code_hint: Option<String>,
    pub passkey: Option<PasskeyForm>,
    pub error: Option<String>,
    /// Where the sign-in begins anew.
    pub restart_href: String,
    pub time: Option<TimeLimit>,
}

/// A factor has to be set up before the sign-in goes on. Posts `code`, `ceremony`, `sign_in`, `thread` and `csrf`.
#[derive(Template)]
#[template(path = "enrol.html")]
pub struct EnrolPage {
    pub chrome: Chrome,
    pub title: String,
    pub user_name: String,
    pub hidden: Vec<(String, String)>,
    /// Where a passkey is set up, and where the script gets a challenge from; if this server can have some.
    pub passkey: Option<(String, String)>,
    /// An app for one-time codes, if that would do, and where its first code goes.
    pub app: Option<AppSecret>,
    pub action: String,
    pub error: Option<String>,
    pub restart_href: String,
    pub time: Option<TimeLimit>,
}

/// The recovery codes of somebody who has just set up their first factor; they are shown this once.
#[derive(Template)]
#[template(path = "enrolled.html")]
pub struct EnrolledPage {
    pub chrome: Chrome,
    pub codes: Vec<String>,
    pub href: String,
}
