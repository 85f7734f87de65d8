//! What a server prints when it starts: where it is, and while nobody has set it up, how to begin.

use std::fmt::Write as _;

use crate::clock::Seconds;
use crate::entropy::Token;
use crate::flow::set_up::{self, QuickStart};
use crate::flow::{Means, set_up::SetUpRefusal};
use crate::storage::Failure;

/// The text, with a fresh setup link and initial access token while there was never an administrator.
pub fn text(means: &Means) -> Result<String, Failure<SetUpRefusal>> {
    let issuer = &means.config.issuer;
    let mut text = format!(
        "Grantor {} is running.\n\n  Issuer    {}\n  Metadata  {}\n",
        env!("CARGO_PKG_VERSION"),
        issuer.as_str(),
        issuer.endpoint("/.well-known/openid-configuration"),
    );
    if let Some(quick_start) = set_up::quick_start(means, means.clock.now())? {
        // Writing into a String cannot fail.
        let _ = write!(text, "{}", begin(issuer.as_str(), &quick_start));
    }
    Ok(text)
}

fn begin(issuer: &str, quick_start: &QuickStart) -> String {
    let minutes: Seconds = set_up::LINK_LIFETIME / 60;
    let mut text = format!(
        "\nMake the first administrator (this link works once, for {minutes} minutes):\n\n  \
         {issuer}/setup?token={}\n",
        quick_start.setup_link.expose(),
    );
    if let Some(token) = &quick_start.initial_access_token {
        let _ = write!(
            text,
            "\nRegister a client that gets tokens for itself, and get its first access token:\n\n{}\n",
            first_token(issuer, token),
        );
    }
    text
}

/// Three lines for a shell. Grantor's own JSON has no spaces, so that `sed` is enough to read it.
fn first_token(issuer: &str, initial_access_token: &Token) -> String {
    let json = "'{\"client_name\":\"My first client\",\"grant_types\":[\"client_credentials\"]}'";
    let member = |name: &str| format!("$(echo \"$client\" | sed 's/.*\"{name}\":\"\\([^\"]*\\)\".*/\\1/')");
    format!(
        "  client=$(curl -s {issuer}/register -H 'Authorization: Bearer {}' -H 'Content-Type: application/json' -d {json})\n  \
         echo \"$client\"\n  \
         curl -s {issuer}/token -u \"{}:{}\" -d grant_type=client_credentials\n",
        initial_access_token.expose(),
        member("client_id"),
        member("client_secret"),
    )
}
