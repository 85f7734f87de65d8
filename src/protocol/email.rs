//! E-mail addresses, as far as a form can judge them. RFC 5321 §4.1.2, §4.5.3.1.

/// Whether this can be an address: one `@`, something on both sides, nothing that could reach into a mail header.
/// Whether anybody reads it, only a mail can tell.
#[must_use]
pub fn is_plausible(address: &str) -> bool {
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    // Addresses are compared in small letters: none may become another's that is written in ASCII, as the Kelvin sign becomes a k.
    let is_itself = |c: char| c.is_ascii() || !c.to_lowercase().any(|small| small.is_ascii());
    let is_plain =
        |c: char| is_itself(c) && !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"@".contains(c);
    !local.is_empty()
        && local.len() <= 64
        && !domain.is_empty()
        && domain.len() <= 255
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && local.chars().all(is_plain)
        && domain.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::is_plausible;

    /// X15: nothing that could begin a header line or a second address.
    #[test]
    fn an_address_holds_no_second_line_and_no_second_address() {
        for good in ["ada@example.com", "ada+x@localhost", "ä@bücher.example"] {
            assert!(is_plausible(good), "{good}");
        }
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a@b@c",
            "a@b.c\r\nBcc: x@y",
            "a b@c.d",
            "<a@b.c>",
            "a@.c",
            "a@c.",
            "\u{212a}im@example.com",
            "k\u{130}m@example.com",
        ] {
            assert!(!is_plausible(bad), "{bad}");
        }
    }
}
