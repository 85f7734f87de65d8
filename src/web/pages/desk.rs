//! What the pages of the operator's desk share: `layout_desk.html`. A page of the desk has a `chrome` and a `frame`, extends
//! that layout and fills its block `desk`.

use askama::Template;

use super::Chrome;
use crate::texts::Texts;

/// The parts of the desk, in the order in which its pages list them. Those without a route are not listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeskPart {
    Overview,
    People,
    Groups,
    Attributes,
    Sessions,
    Clients,
    Registration,
    Resources,
    Providers,
    Emails,
    Keys,
    Audit,
    Settings,
}

impl DeskPart {
    /// Every part.
    pub const ALL: &[Self] = &[
        Self::Overview,
        Self::People,
        Self::Groups,
        Self::Attributes,
        Self::Sessions,
        Self::Clients,
        Self::Registration,
        Self::Resources,
        Self::Providers,
        Self::Emails,
        Self::Keys,
        Self::Audit,
        Self::Settings,
    ];

    /// Where it is, below the issuer's path.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Overview => "/admin",
            Self::People => "/admin/people",
            Self::Groups => "/admin/groups",
            Self::Attributes => "/admin/attributes",
            Self::Sessions => "/admin/sessions",
            Self::Clients => "/admin/clients",
            Self::Registration => "/admin/registration",
            Self::Resources => "/admin/resources",
            Self::Providers => "/admin/providers",
            Self::Emails => "/admin/emails",
            Self::Keys => "/admin/keys",
            Self::Audit => "/admin/audit",
            Self::Settings => "/admin/settings",
        }
    }

    /// What it is called.
    #[must_use]
    pub fn title(self, texts: Texts) -> String {
        texts.t(match self {
            Self::Overview => "desk-overview-title",
            Self::People => "desk-people-title",
            Self::Groups => "desk-groups-title",
            Self::Attributes => "desk-attributes-title",
            Self::Sessions => "desk-sessions-title",
            Self::Clients => "desk-clients-title",
            Self::Registration => "desk-registration-title",
            Self::Resources => "desk-resources-title",
            Self::Providers => "desk-providers-title",
            Self::Emails => "desk-emails-title",
            Self::Keys => "desk-keys-title",
            Self::Audit => "desk-audit-title",
            Self::Settings => "desk-settings-title",
        })
    }
}

/// A way to a part of the desk.
#[derive(Debug, Clone)]
pub struct DeskEntry {
    pub href: String,
    pub label: String,
    pub is_current: bool,
}

/// What stands around every page of the desk.
#[derive(Debug, Clone)]
pub struct DeskFrame {
    /// The heading of the page and the title of its window. Never a secret.
    pub title: String,
    pub user_name: String,
    pub entries: Vec<DeskEntry>,
    pub account_href: String,
    pub sign_out_csrf: String,
    /// Why what the operator wanted was not done; the element has the id `error`.
    pub error: Option<String>,
    /// That it was done.
    pub done: Option<String>,
}

/// Why somebody who is signed in is not at the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DoorReason {
    NoAdministrator,
    /// A password alone does not do.
    SecondFactor {
        back: String,
    },
    /// A link of another site led here.
    FromElsewhere {
        back: String,
    },
}

/// Before the desk.
#[derive(Template)]
#[template(path = "desk_door.html")]
pub struct DeskDoorPage {
    pub chrome: Chrome,
    pub reason: DoorReason,
    pub user_name: String,
    /// The main way on.
    pub href: String,
    pub other_href: Option<String>,
}

/// Something cannot be done; the frame says what.
#[derive(Template)]
#[template(path = "desk_refused.html")]
pub struct DeskRefusedPage {
    pub chrome: Chrome,
    pub frame: DeskFrame,
    pub back_href: String,
}
