//! The mail server that e-mails go through, and whom they come from.

use lettre::message::Mailbox;
use url::{Host, Url};

use super::Secret;
use super::problems::Wrong;

/// A mail server. RFC 5321, RFC 8314.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    pub security: MailSecurity,
    pub host: String,
    pub port: u16,
    pub login: Option<MailLogin>,
}

/// How the way to a mail server is kept from others. RFC 8314 §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS, without which nothing is sent.
    StartTls,
    /// None: to this machine alone.
    None,
}

/// Name and password at a mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailLogin {
    pub user: String,
    pub password: Secret,
}

const RIGHT: &str = "write smtps://user:password@mail.example.com or smtp://mail.example.com:587";

/// The server of a URL like `smtps://user:password@host:465`. The URL may hold a password: it is never repeated.
pub(super) fn server(text: &str) -> Result<MailServer, Wrong> {
    let url = Url::parse(text).map_err(|_| Wrong::new("it is no URL", RIGHT))?;
    let host = match url.host() {
        None | Some(Host::Domain("")) => return Err(Wrong::new("it names no host", RIGHT)),
        Some(Host::Domain(name)) => name.to_owned(),
        Some(Host::Ipv4(address)) => address.to_string(),
        Some(Host::Ipv6(address)) => address.to_string(),
    };
    let is_here = matches!(host.as_str(), "localhost" | "127.0.0.1" | "::1");
    let (security, port) = match url.scheme() {
        "smtps" => (MailSecurity::Implicit, 465),
        "smtp" if is_here => (MailSecurity::None, 25),
        "smtp" => (MailSecurity::StartTls, 587),
        _ => return Err(Wrong::new("it is neither smtps nor smtp", RIGHT)),
    };
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(Wrong::new("something stands behind the host", RIGHT));
    }
    Ok(MailServer { security, host, port: url.port().unwrap_or(port), login: login(&url)? })
}

fn login(url: &Url) -> Result<Option<MailLogin>, Wrong> {
    let decoded = |text: &str| {
        let plain = percent_decoded(text);
        plain.ok_or_else(|| Wrong::new("its user or password is no text", RIGHT))
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (user, Some(password)) if !user.is_empty() => {
            Ok(Some(MailLogin { user: decoded(user)?, password: Secret::new(decoded(password)?) }))
        }
        _ => Err(Wrong::new("it holds a user or a password without the other", RIGHT)),
    }
}

/// RFC 3986 §2.1; `None` if it is no UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// Whom e-mails come from: an address, or a name and an address in angle brackets. RFC 5322 §3.4.
pub(super) fn sender(text: &str) -> Result<String, Wrong> {
    let right = "write an address like no-reply@example.com or Example <no-reply@example.com>";
    if text.chars().any(char::is_control) {
        return Err(Wrong::new("it holds a control character", right));
    }
    text.parse::<Mailbox>().map(|_| text.to_owned()).map_err(|_| Wrong::new("it is no address", right))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8314 §3: nothing is sent to another machine without TLS.
    #[test]
    fn only_this_machine_is_spoken_to_in_the_clear() {
        for (text, security, host, port) in [
            ("smtps://mail.example.com", MailSecurity::Implicit, "mail.example.com", 465),
            ("smtp://mail.example.com", MailSecurity::StartTls, "mail.example.com", 587),
            ("smtp://mail.example.com:2525", MailSecurity::StartTls, "mail.example.com", 2525),
            ("smtp://localhost:1025", MailSecurity::None, "localhost", 1025),
            ("smtp://127.0.0.1", MailSecurity::None, "127.0.0.1", 25),
            ("smtps://localhost", MailSecurity::Implicit, "localhost", 465),
        ] {
            let found = server(text).unwrap();
            assert_eq!((found.security, found.host.as_str(), found.port), (security, host, port), "{text}");
        }
    }

    #[test]
    fn user_and_password_are_decoded_and_come_together() {
        let login = server("smtps://ada%40example.com:p%2Fw@mail.example.com").unwrap().login.unwrap();
        assert_eq!((login.user.as_str(), login.password.expose()), ("ada@example.com", "p/w"));
        for bad in [
            "smtps://ada@mail.example.com",
            "smtps://:secret@mail.example.com",
            "smtp:mail",
            "https://mail.example.com",
            "smtps://mail.example.com/x",
            "smtps://mail.example.com?tls=none",
            "smtps://%ff:x@mail.example.com",
        ] {
            let wrong = server(bad).unwrap_err();
            assert!(!wrong.what.contains("secret"), "{bad}");
        }
    }

    /// X15: nothing in it could begin another header line.
    #[test]
    fn the_sender_is_one_address() {
        for good in ["no-reply@example.com", "Example Corp <no-reply@example.com>"] {
            assert_eq!(sender(good).unwrap(), good);
        }
        for bad in ["", "example.com", "a@example.com\r\nBcc: b@example.com", "a@example.com, b@example.com"]
        {
            assert!(sender(bad).is_err(), "{bad}");
        }
    }
}
