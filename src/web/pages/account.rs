//! What all pages of one's own account share: `layout_account.html` and `account_nav.html`. A page of the account has a `chrome` and a
//! `frame`, extends that layout and fills its block `account`.

use crate::texts::Texts;

/// The parts of the account, in the order in which the pages list them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountPart {
    Overview,
    Profile,
    Email,
    Password,
    Factors,
    Sessions,
    Applications,
    Providers,
    Activity,
    Data,
}

impl AccountPart {
    /// Every part.
    pub const ALL: &[Self] = &[
        Self::Overview,
        Self::Profile,
        Self::Email,
        Self::Password,
        Self::Factors,
        Self::Sessions,
        Self::Applications,
        Self::Providers,
        Self::Activity,
        Self::Data,
    ];

    /// Where it is, below the issuer's path.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Overview => "/account",
            Self::Profile => "/account/profile",
            Self::Email => "/account/email",
            Self::Password => "/account/password",
            Self::Factors => "/account/factors",
            Self::Sessions => "/account/sessions",
            Self::Applications => "/account/applications",
            Self::Providers => "/account/providers",
            Self::Activity => "/account/activity",
            Self::Data => "/account/data",
        }
    }

    /// What it is called.
    #[must_use]
    pub fn title(self, texts: Texts) -> String {
        texts.t(match self {
            Self::Overview => "account-overview-title",
            Self::Profile => "account-profile-title",
            Self::Email => "account-email-title",
            Self::Password => "account-password-title",
            Self::Factors => "account-factors-title",
            Self::Sessions => "account-sessions-title",
            Self::Applications => "account-applications-title",
            Self::Providers => "account-providers-title",
            Self::Activity => "account-activity-title",
            Self::Data => "account-data-title",
        })
    }
}

/// A way to a part of the account.
#[derive(Debug, Clone)]
pub struct AccountEntry {
    pub href: String,
    pub label: String,
    pub is_current: bool,
}

/// What stands around every page of the account.
#[derive(Debug, Clone)]
pub struct AccountFrame {
    /// The heading of the page and the title of its window.
    pub title: String,
    pub user_name: String,
    pub entries: Vec<AccountEntry>,
    pub sign_out_csrf: String,
    /// Why what the person wanted was not done; the element has the id `error`.
    pub error: Option<String>,
    /// That it was done.
    pub done: Option<String>,
}
