//! Pages on the way to another provider.

use askama::Template;
use serde::Serialize;

use super::Chrome;

/// Sends the browser on, because no form of ours may lead to another site.
#[derive(Template)]
#[template(path = "upstream_departure.html")]
pub struct DeparturePage {
    pub chrome: Chrome,
    pub href: String,
    /// What the provider is called.
    pub label: String,
}

/// A button that leads to another provider.
#[derive(Debug, Clone, Serialize)]
pub struct ProviderButton {
    pub action: String,
    pub label: String,
}
