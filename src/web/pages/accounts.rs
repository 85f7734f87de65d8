//! Making an account, choosing a new password, the address and the data of an account.

use askama::Template;

use super::Chrome;
use super::account::AccountFrame;

/// Asks whom a link is to be mailed to. Posts `who`, `csrf` and, within an authorization, `thread`.
#[derive(Template)]
#[template(path = "ask_link.html")]
pub struct AskLinkPage {
    pub chrome: Chrome,
    pub action: String,
    pub csrf: String,
    pub thread: Option<String>,
    /// A name will do as well: it is about an account that there is.
    pub is_reset: bool,
    /// What was typed before.
    pub who: String,
    pub error: Option<String>,
    pub sign_in_href: String,
}

impl AskLinkPage {
    fn title(&self) -> String {
        self.chrome.t(if self.is_reset { "accounts-reset-title" } else { "accounts-sign-up-title" })
    }
}

/// Says what happens next, which is the same whether there is such an account or not.
#[derive(Template)]
#[template(path = "link_sent.html")]
pub struct LinkSentPage {
    pub chrome: Chrome,
    pub is_reset: bool,
    pub address: Option<String>,
    pub lifetime: String,
    pub sign_in_href: String,
}

/// A new password. Posts `password`, `csrf` and, within an authorization, `thread`.
#[derive(Template)]
#[template(path = "new_password.html")]
pub struct NewPasswordPage {
    pub chrome: Chrome,
    pub action: String,
    pub csrf: String,
    pub thread: Option<String>,
    /// Whose password it is, for whatever keeps it.
    pub user_name: String,
    pub error: Option<String>,
}

/// A new account. Posts `name`, `password`, `csrf` and, within an authorization, `thread`.
#[derive(Template)]
#[template(path = "new_account.html")]
pub struct NewAccountPage {
    pub chrome: Chrome,
    pub action: String,
    pub csrf: String,
    pub thread: Option<String>,
    /// Of the account; none if an operator invited somebody without saying who.
    pub address: Option<String>,
    /// Whether the account can be signed in to by it, too.
    pub is_address_shown: bool,
    pub name: String,
    pub error: Option<String>,
}

/// The address of an account. Posts `email` and `csrf`.
#[derive(Template)]
#[template(path = "account_email.html")]
pub struct EmailPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub action: String,
    pub csrf: String,
    pub current: Option<String>,
    pub is_verified: bool,
    /// Whether e-mails can be sent, without which nothing can be shown to be read.
    pub can_change: bool,
    /// What was typed before.
    pub typed: String,
}

/// The last step of a change of address. Posts `csrf`.
#[derive(Template)]
#[template(path = "account_email_confirm.html")]
pub struct ConfirmEmailPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub action: String,
    pub csrf: String,
    /// None once it is done.
    pub address: Option<String>,
}

/// A person's data, and the end of the account. Posts `sure` and `csrf`.
#[derive(Template)]
#[template(path = "account_data.html")]
pub struct DataPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub export_href: String,
    pub delete_action: String,
    pub csrf: String,
    pub can_delete: bool,
}

/// Says that the account is gone.
#[derive(Template)]
#[template(path = "account_deleted.html")]
pub struct DeletedPage {
    pub chrome: Chrome,
}
