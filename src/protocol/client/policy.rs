//! What an operator lets those clients be that nobody made by hand. RFC 7591 §3.2.1 lets a server refuse or replace what is
//! asked for.
//!
//! A policy is held against the resulting metadata, so that leaving a member out evades nothing, and it reads nothing but that.
//! What a client sends can make it narrower and never wider.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::metadata::{AuthMethod, ClientMetadata, GrantType};
use super::refusal::{RegistrationErrorCode, RegistrationRefusal};
use crate::clock::Seconds;
use crate::protocol::redirect_uri::{RedirectTarget, host_for_display};
use crate::protocol::resource::AccessTokenFormat;
use crate::protocol::scope::Scopes;

/// The name of the policy of open registration. RFC 7591 §3.2.1.
pub const DEFAULT_POLICY: &str = "default";

/// What clients may be and have, as an operator declares it; a member that is absent leaves what every server has.
/// RFC 7591 §3.2.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How initial access tokens name it.
    pub name: String,
    /// `None` = `authorization_code` and `refresh_token`.
    pub grant_types: Option<Vec<GrantType>>,
    /// `None` = every scope that is not for operators only.
    pub scopes: Option<Scopes>,
    pub limits: Limits,
    /// Whether its clients wait for an operator.
    pub approval_required: bool,
    /// So many clients may live under it at once.
    pub max_clients: Option<i64>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            name: DEFAULT_POLICY.to_owned(),
            grant_types: None,
            scopes: None,
            limits: Limits::default(),
            approval_required: false,
            max_clients: None,
        }
    }
}

/// The part of a policy that a client is held to for ever. RFC 7591 §3.2.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// Redirection URIs have one of these schemes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_schemes: Option<Vec<String>>,
    /// Redirection URIs lead to one of these hosts. One without a host needs its scheme in `redirect_schemes` then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_hosts: Option<Vec<HostRule>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_methods: Option<Vec<AuthMethod>>,
    /// In place of the server's lifetime; a resource may still say otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_lifetime: Option<Seconds>,
    /// Whatever else says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_access_token_lifetime: Option<Seconds>,
    /// In place of the server's absolute lifetime.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token_lifetime: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_refresh_token_lifetime: Option<Seconds>,
    /// What the access tokens of its clients are, where no resource says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_token_format: Option<AccessTokenFormat>,
}

/// Hosts that a redirection URI may lead to. RFC 7591 §5, RFC 6125 §6.4.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostRule {
    /// `loopback`: this computer, by any of its names.
    Loopback,
    /// One host, in A-label form.
    Exact(String),
    /// `*.example.com`: everything below it, and not itself.
    Below(String),
}

impl HostRule {
    /// Reads `loopback`, a host name or `*.` and one. RFC 5890 §2.3.1: in A-label form and lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "loopback" {
            return Some(Self::Loopback);
        }
        let (below, host) = text.strip_prefix("*.").map_or((false, text), |host| (true, host));
        let is_name = |label: &str| {
            !label.is_empty()
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        let is_address = host.strip_prefix('[').is_some_and(|rest| rest.ends_with(']')) && !below;
        // A rule that no parser of URIs could ever meet would silently allow nothing.
        let is_host = is_address || host.split('.').all(is_name);
        let found = url::Host::parse(host).ok()?.to_string();
        if !is_host || found != host || (below && !host.contains('.')) {
            return None;
        }
        Some(if below { Self::Below(found) } else { Self::Exact(found) })
    }

    /// Whether a redirection target is one of these hosts, label by label. RFC 6125 §6.4.3.
    #[must_use]
    pub fn admits(&self, target: &RedirectTarget) -> bool {
        match (self, target) {
            (Self::Loopback, RedirectTarget::Loopback) => true,
            (Self::Exact(allowed), RedirectTarget::Web { host }) => allowed == host,
            (Self::Below(parent), RedirectTarget::Web { host }) => host
                .strip_suffix(parent.as_str())
                .and_then(|labels| labels.strip_suffix('.'))
                .is_some_and(|labels| !labels.is_empty()),
            _ => false,
        }
    }
}

impl fmt::Display for HostRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Loopback => f.write_str("loopback"),
            Self::Exact(host) => f.write_str(host),
            Self::Below(host) => write!(f, "*.{host}"),
        }
    }
}

impl Serialize for HostRule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for HostRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("no host"))
    }
}

impl Limits {
    /// Holds metadata, with all its defaults filled in, to these limits; the refusal names the member. RFC 7591 §3.2.2.
    pub fn check(&self, metadata: &ClientMetadata) -> Result<(), RegistrationRefusal> {
        let method = metadata.token_endpoint_auth_method;
        if self.token_endpoint_auth_methods.as_ref().is_some_and(|allowed| !allowed.contains(&method)) {
            let fault = "is not allowed to this client by the policy of the server";
            return Err(RegistrationRefusal::value("token_endpoint_auth_method", method.as_str(), fault));
        }
        for uri in &metadata.redirect_uris {
            self.check_uri(uri).map_err(|fault| {
                let refusal = RegistrationRefusal::value("redirect_uris", uri, fault);
                refusal.with_code(RegistrationErrorCode::InvalidRedirectUri)
            })?;
        }
        for uri in &metadata.post_logout_redirect_uris {
            self.check_uri(uri)
                .map_err(|fault| RegistrationRefusal::value("post_logout_redirect_uris", uri, fault))?;
        }
        Ok(())
    }

    fn check_uri(&self, uri: &str) -> Result<(), &'static str> {
        let scheme = uri.split(':').next().unwrap_or_default();
        let listed = self
            .redirect_schemes
            .as_ref()
            .map(|schemes| schemes.iter().any(|allowed| allowed.eq_ignore_ascii_case(scheme)));
        if listed == Some(false) {
            return Err("has a scheme that the policy of the server does not allow to this client");
        }
        let Some(rules) = &self.redirect_hosts else { return Ok(()) };
        let target = host_for_display(uri);
        let allowed = match target {
            // Without a host it passes no rule about hosts by having none.
            RedirectTarget::App { .. } => listed == Some(true),
            _ => rules.iter().any(|rule| rule.admits(&target)),
        };
        if allowed {
            Ok(())
        } else {
            Err("leads to a host that the policy of the server does not allow to this client")
        }
    }
}

/// The life of an access token under every one of these limits; `usual` is what the server has. RFC 6749 §5.1.
#[must_use]
pub fn access_token_lifetime<'a>(
    limits: impl Iterator<Item = &'a Limits> + Clone,
    of_resource: Option<Seconds>,
    usual: Seconds,
) -> Seconds {
    let of_policy = limits.clone().filter_map(|limit| limit.access_token_lifetime).min();
    let asked = of_resource.or(of_policy).unwrap_or(usual);
    limits.filter_map(|limit| limit.max_access_token_lifetime).fold(asked, Seconds::min)
}

/// The longest that a grant with refresh tokens lasts under every one of these limits. RFC 9700 §4.14.2.
#[must_use]
pub fn refresh_token_lifetime<'a>(
    limits: impl Iterator<Item = &'a Limits> + Clone,
    usual: Seconds,
) -> Seconds {
    let asked = limits.clone().filter_map(|limit| limit.refresh_token_lifetime).min().unwrap_or(usual);
    limits.filter_map(|limit| limit.max_refresh_token_lifetime).fold(asked, Seconds::min)
}

#[cfg(test)]
mod tests;
