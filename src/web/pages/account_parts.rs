//! The pages of one's own account.

use askama::Template;

use super::account::AccountFrame;
use super::{Chrome, Spoken};

/// Where things stand, and the ways to them.
#[derive(Template)]
#[template(path = "account.html")]
pub struct OverviewPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub name: String,
    pub email: Option<String>,
    pub is_email_verified: bool,
    pub last_sign_in: String,
    pub lines: Vec<OverviewLine>,
    /// Where the operator's desk is, for an administrator.
    pub desk_href: Option<String>,
}

/// A part of the account in a line.
#[derive(Debug, Clone)]
pub struct OverviewLine {
    pub href: String,
    pub label: String,
    pub says: String,
}

/// A form of the account: `action` and `csrf`.
#[derive(Debug, Clone)]
pub struct AccountForm {
    pub action: String,
    pub csrf: String,
}

/// A claim that the person may write.
#[derive(Debug, Clone)]
pub struct ProfileField {
    pub name: &'static str,
    pub label: String,
    pub autocomplete: &'static str,
    pub value: String,
}

/// A language of the pages.
#[derive(Debug, Clone)]
pub struct LocaleChoice {
    pub tag: &'static str,
    pub name: &'static str,
    pub is_chosen: bool,
}

/// Names, and the language of pages and e-mails.
#[derive(Template)]
#[template(path = "account_profile.html")]
pub struct ProfilePage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub form: AccountForm,
    pub fields: Vec<ProfileField>,
    pub locales: Vec<LocaleChoice>,
    pub is_browser_chosen: bool,
    /// Where the operator's own attributes are, if people may change any.
    pub further_href: Option<String>,
}

/// Another password, or the first one.
#[derive(Template)]
#[template(path = "account_password.html")]
pub struct PasswordPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub form: AccountForm,
    /// By which password managers know the account.
    pub user_name: String,
    pub is_set: bool,
    /// Since when it is as it is, or how the person signs in without one.
    pub state: Option<String>,
    pub hint: String,
    /// So many characters the new one must have.
    pub least: usize,
    /// Where the person signs in again first, if they must.
    pub confirm_href: Option<String>,
}

/// A browser in which the person is signed in.
#[derive(Debug, Clone)]
pub struct SessionItem {
    pub sid: String,
    /// Browser and system, as far as they can be told.
    pub device: String,
    pub is_current: bool,
    pub address: Option<String>,
    pub signed_in: String,
    pub last_used: String,
    pub apps: Vec<String>,
}

/// Where the person is signed in.
#[derive(Template)]
#[template(path = "account_sessions.html")]
pub struct SessionsPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub end: AccountForm,
    pub end_others: AccountForm,
    pub sessions: Vec<SessionItem>,
    pub has_others: bool,
}

/// A client that the person lets do something.
#[derive(Debug, Clone)]
pub struct ApplicationItem {
    pub client_id: String,
    pub name: Spoken,
    /// It registered itself, and nobody vouches for it.
    pub registered_itself: bool,
    pub is_disabled: bool,
    pub hosts: Vec<String>,
    pub scopes: Vec<(String, Spoken)>,
    pub resources: Vec<String>,
    pub since: String,
    pub last_used: Option<String>,
}

/// What the person allowed to whom.
#[derive(Template)]
#[template(path = "account_applications.html")]
pub struct ApplicationsPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub form: AccountForm,
    pub applications: Vec<ApplicationItem>,
}

/// Something that the person did.
#[derive(Debug, Clone)]
pub struct ActivityItem {
    pub when: String,
    pub what: String,
    /// Who did it, if it was not the person.
    pub by: Option<String>,
    /// What the client is called that it was about.
    pub client: Option<String>,
    pub address: Option<String>,
}

/// What the person did, and what others did to them.
#[derive(Template)]
#[template(path = "account_activity.html")]
pub struct ActivityPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub items: Vec<ActivityItem>,
    pub older_href: Option<String>,
}

/// An account at another provider that the person signs in by.
#[derive(Debug, Clone)]
pub struct LinkItem {
    pub provider: String,
    pub subject: String,
    pub label: String,
    pub shown_name: String,
    pub since: String,
    pub last_used: Option<String>,
}

/// A provider that the person may link an account of.
#[derive(Debug, Clone)]
pub struct ProviderItem {
    pub label: String,
    pub form: AccountForm,
}

/// The accounts elsewhere that the person signs in by.
#[derive(Template)]
#[template(path = "account_providers.html")]
pub struct ProvidersPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub unlink: AccountForm,
    pub links: Vec<LinkItem>,
    pub providers: Vec<ProviderItem>,
}
