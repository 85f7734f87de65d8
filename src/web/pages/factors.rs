//! What the pages of passkeys, one-time codes and recovery codes say.

use askama::Template;
use serde::Serialize;

use super::Chrome;
use super::account::AccountFrame;

/// A form of one button.
#[derive(Debug, Clone)]
pub struct Post {
    pub action: String,
    pub csrf: String,
}

/// A passkey of the person.
#[derive(Debug, Clone)]
pub struct PasskeyItem {
    pub id: i64,
    pub name: String,
    pub is_backed_up: bool,
    /// Since when, and when it was used last.
    pub facts: String,
    /// For whoever signed in lately. Posts `name` and `csrf`.
    pub rename: Option<Post>,
    /// Likewise; not for the last factor of somebody who must have one.
    pub remove: Option<Post>,
}

/// The app for one-time codes.
#[derive(Debug, Clone, Default)]
pub struct OneTimeCodesItem {
    /// Since when, and when it was used last; `None` = there is none.
    pub facts: Option<String>,
    pub set_up: Option<Post>,
    pub remove: Option<Post>,
}

/// The recovery codes.
#[derive(Debug, Clone, Default)]
pub struct RecoveryCodesItem {
    /// How many are left and since when; `None` = there are none.
    pub facts: Option<String>,
    /// Two or fewer are left.
    pub are_few: bool,
    pub make: Option<Post>,
}

/// The form by which a passkey is added. Posts `name`, `ceremony`, `credential` and `csrf`; a script fills it in.
#[derive(Debug, Clone)]
pub struct AddPasskey {
    pub post: Post,
    /// Where the script gets a challenge from.
    pub options: Post,
}

/// Passkeys and codes of the person who is signed in.
#[derive(Template)]
#[template(path = "factors.html")]
pub struct FactorsPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    /// Where whoever signed in a while ago confirms who they are, before anything may be changed.
    pub confirm_href: Option<String>,
    /// After a change: where other devices are signed out.
    pub devices_href: Option<String>,
    /// The person must have a factor, and has none.
    pub lacks_factor: bool,
    /// Why the last one cannot be removed.
    pub keeps_last: bool,
    /// Passkeys work at this address.
    pub has_passkeys: bool,
    pub passkeys: Vec<PasskeyItem>,
    pub add_passkey: Option<AddPasskey>,
    pub one_time_codes: OneTimeCodesItem,
    pub recovery_codes: RecoveryCodesItem,
}

impl FactorsPage {
    /// There is one factor, and recovery codes that go with it.
    fn is_last_with_codes(&self) -> bool {
        let apps = usize::from(self.one_time_codes.facts.is_some());
        self.passkeys.len() + apps == 1 && self.recovery_codes.facts.is_some()
    }
}

/// A QR code: the dark modules as one path.
#[derive(Debug, Clone)]
pub struct QrCode {
    /// Modules from edge to edge, with the quiet zone.
    pub size: usize,
    pub path: String,
}

/// What the person gives their app.
#[derive(Debug, Clone)]
pub struct AppSecret {
    /// For those who scan.
    pub qr: Option<QrCode>,
    /// In groups of four, for those who type.
    pub text: String,
    /// To be sent back with the first code.
    pub ceremony: String,
}

/// An app is set up. Posts `ceremony`, `code` and `csrf`.
#[derive(Template)]
#[template(path = "factors_app.html")]
pub struct AppPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub app: AppSecret,
    pub confirm: Post,
    pub back_href: String,
}

/// Ten recovery codes, shown this once.
#[derive(Template)]
#[template(path = "factors_codes.html")]
pub struct CodesPage {
    pub chrome: Chrome,
    pub frame: AccountFrame,
    pub codes: Vec<String>,
    /// Whom and what the codes are for, on paper.
    pub account: String,
    pub issuer: String,
    pub back_href: String,
}

/// The form by which somebody signs in with a passkey; a script fills it in. Include `passkey_sign_in.html`.
#[derive(Debug, Clone, Serialize)]
pub struct PasskeyForm {
    pub action: String,
    /// Where the script gets a challenge from.
    pub options: String,
    pub csrf: String,
    pub thread: Option<String>,
    pub return_to: Option<String>,
}

/// A passkey did not sign anybody in.
#[derive(Template)]
#[template(path = "passkey_failed.html")]
pub struct PasskeyFailedPage {
    pub chrome: Chrome,
    pub problem: String,
    pub back_href: String,
}
