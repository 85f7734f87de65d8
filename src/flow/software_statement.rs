//! Who vouches for a client, by the configuration as it is now. RFC 7591 §2.3.

use crate::config::Config;
use crate::storage::clients::Client;

/// The issuer that vouches for the client, as long as the configuration trusts it: who is removed there verifies nobody any more,
/// from that moment on. RFC 7591 §2.3.
#[must_use]
pub fn verified_by<'a>(config: &Config, client: &'a Client) -> Option<&'a str> {
    let issuer = client.verified_by.as_deref()?;
    config.software_statement_issuers.iter().any(|trusted| trusted.issuer == issuer).then_some(issuer)
}
