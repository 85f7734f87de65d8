//! What a client is an installation of, as far as it says so itself: for counting, never for trust. RFC 7591 §5.

use super::metadata::ClientMetadata;
use crate::protocol::redirect_uri::{RedirectTarget, host_for_display};

/// The longest name of a product, in characters.
const MAX_PRODUCT: usize = 64;

/// The name of the client without what differs between installations: `Claude Code (my-server)` is `Claude Code`.
/// `software_id` where there is no name. RFC 7591 §2.
#[must_use]
pub fn product(metadata: &ClientMetadata) -> String {
    let named = metadata.client_name.as_deref().map(without_installation).filter(|name| !name.is_empty());
    named.or_else(|| metadata.software_id.clone()).unwrap_or_default().chars().take(MAX_PRODUCT).collect()
}

/// By what the installations of one software are told: `software_id`, or else the product. RFC 7591 §2.
#[must_use]
pub fn fingerprint(metadata: &ClientMetadata) -> String {
    metadata.software_id.clone().unwrap_or_else(|| product(metadata).to_lowercase())
}

/// Where the client's codes go: each host once, `loopback`, or the scheme of an application. RFC 7591 §5.
#[must_use]
pub fn redirect_hosts(metadata: &ClientMetadata) -> Vec<String> {
    let mut hosts: Vec<String> = metadata
        .redirect_uris
        .iter()
        .map(|uri| match host_for_display(uri) {
            RedirectTarget::Web { host } => host,
            RedirectTarget::Loopback => "loopback".to_owned(),
            RedirectTarget::App { scheme } => format!("{scheme}:"),
        })
        .collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts
}

/// What stands in brackets, addresses, versions and numbers are about one installation.
fn without_installation(name: &str) -> String {
    let mut depth = 0_usize;
    let outside: String = name
        .chars()
        .filter(|c| match c {
            '(' | '[' | '{' => {
                depth += 1;
                false
            }
            ')' | ']' | '}' => {
                depth = depth.saturating_sub(1);
                false
            }
            _ => depth == 0,
        })
        .collect();
    let kept: Vec<&str> = outside.split_whitespace().filter(|word| !is_of_installation(word)).collect();
    let kept = kept.join(" ").trim_matches(|c: char| c.is_whitespace() || "-–—:#@/".contains(c)).to_owned();
    // A name that is nothing but such words is a name all the same.
    if kept.is_empty() { outside.trim().to_owned() } else { kept }
}

fn is_of_installation(word: &str) -> bool {
    let bare = word.trim_matches(|c: char| ",;:#@".contains(c));
    let version = bare.strip_prefix(['v', 'V']).unwrap_or(bare);
    let is_version = !version.is_empty()
        && version.starts_with(|c: char| c.is_ascii_digit())
        && version.chars().all(|c| c.is_ascii_digit() || ".-_+".contains(c));
    is_version || bare.contains("://") || is_hexadecimal(bare)
}

/// The ids of instances: long, of hexadecimal digits and dashes, with a number in it.
fn is_hexadecimal(word: &str) -> bool {
    word.len() >= 8
        && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
        && word.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// registration.md §7: what real clients call themselves.
    #[test]
    fn installations_of_one_product_have_one_name() {
        for (name, product) in [
            ("Claude Code (my-server)", "Claude Code"),
            ("Claude Code (https://mcp.example/sse)", "Claude Code"),
            ("Claude", "Claude"),
            ("Visual Studio Code", "Visual Studio Code"),
            ("MCP CLI Proxy 0.1.37", "MCP CLI Proxy"),
            ("Codex v1.2.3 [laptop]", "Codex"),
            ("Agent 6f1d3c2a-90ab-4cde-8f00-112233445566", "Agent"),
            ("Opencode - http://localhost:4096", "Opencode"),
            ("(nothing)", ""),
            ("2048", "2048"),
            ("((a) b", ""),
            ("a) b", "a b"),
            ("日本語 (東京)", "日本語"),
        ] {
            assert_eq!(without_installation(name), product, "{name}");
        }
    }
}
