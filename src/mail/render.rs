//! The words of e-mails: a text part and an HTML part with the same content.

use askama::Template;

use super::Written;
use crate::clock::Seconds;
use crate::storage::StorageError;
use crate::texts::Texts;

/// What an e-mail is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmailKind {
    /// Somebody wants an account with this address.
    SignUp {
        link: String,
        lifetime: Seconds,
    },
    /// The same, and there is one with this address.
    AlreadyMember {
        link: String,
    },
    Invitation {
        link: String,
        lifetime: Seconds,
    },
    VerifyEmail {
        link: String,
        lifetime: Seconds,
    },
    ResetPassword {
        link: String,
        lifetime: Seconds,
    },
    PasswordChanged,
    /// To the old address.
    EmailChanged {
        new: String,
    },
    FactorAdded {
        what: Factor,
    },
    FactorRemoved {
        what: Factor,
    },
    LockedOut,
    /// `place` is an address, `browser` is what it calls itself.
    NewDevice {
        when: Seconds,
        place: String,
        browser: String,
    },
    AccountDeleted,
    /// An operator tries the mail server.
    Test,
}

/// Something by which a person proves who they are beside a password, or in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Factor {
    /// By the name that its owner gave it.
    Passkey(String),
    Totp,
    RecoveryCodes,
    /// An account at another provider: what the person is called there, and what the provider is called here.
    Upstream {
        account: String,
        provider: String,
    },
    /// All of them, by an operator.
    All,
}

impl EmailKind {
    /// As it is stored.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::SignUp { .. } => "sign_up",
            Self::AlreadyMember { .. } => "already_member",
            Self::Invitation { .. } => "invitation",
            Self::VerifyEmail { .. } => "verify_email",
            Self::ResetPassword { .. } => "reset_password",
            Self::PasswordChanged => "password_changed",
            Self::EmailChanged { .. } => "email_changed",
            Self::FactorAdded { .. } => "factor_added",
            Self::FactorRemoved { .. } => "factor_removed",
            Self::LockedOut => "locked_out",
            Self::NewDevice { .. } => "new_device",
            Self::AccountDeleted => "account_deleted",
            Self::Test => "test",
        }
    }
}

/// A link that something is done by.
struct Button {
    href: String,
    label: String,
    hint: String,
}

#[derive(Template)]
#[template(path = "emails/message.html")]
struct HtmlPart<'a> {
    lang: &'a str,
    content: &'a Content,
}

#[derive(Template)]
#[template(path = "emails/message.txt")]
struct TextPart<'a> {
    content: &'a Content,
    /// Each in a line, with the colon of the language.
    details: Vec<String>,
    /// What the button says, and where it leads.
    link: Option<(String, &'a str)>,
}

struct Content {
    subject: String,
    greeting: String,
    paragraphs: Vec<String>,
    /// Names and values.
    details: Vec<(String, String)>,
    button: Option<Button>,
    closing: Vec<String>,
    footer: String,
}

/// An e-mail in a language. Nothing that others chose gets into the subject, and nowhere does it begin a line. Security
/// statement X15.
pub(super) fn write(
    texts: Texts,
    host: &str,
    name: Option<&str>,
    kind: &EmailKind,
) -> Result<Written, StorageError> {
    let content = content(texts, host, name, kind);
    let rendered =
        |error: askama::Error| StorageError::Internal(format!("an e-mail could not be rendered: {error}"));
    let html = HtmlPart { lang: texts.tag(), content: &content }.render().map_err(rendered)?;
    let details = content.details.iter();
    let details =
        details.map(|(name, value)| texts.with_all("email-detail", &[("name", name), ("value", value)]));
    let link = content.button.as_ref();
    let link =
        link.map(|button| (texts.with("email-link-label", "label", &button.label), button.href.as_str()));
    let part = TextPart { content: &content, details: details.collect(), link };
    let text = part.render().map_err(rendered)?;
    Ok(Written { subject: content.subject, text, html })
}

fn content(texts: Texts, host: &str, name: Option<&str>, kind: &EmailKind) -> Content {
    let greeting = match name {
        Some(name) => texts.with("email-greeting", "name", &plain(name)),
        None => texts.t("email-greeting-nobody"),
    };
    let Words { subject, paragraphs, details, button, closing } = words(texts, host, name, kind);
    let footer = texts.with("email-footer", "host", host);
    Content { subject, greeting, paragraphs, details, button, closing, footer }
}

/// What differs between kinds.
#[derive(Default)]
struct Words {
    subject: String,
    paragraphs: Vec<String>,
    details: Vec<(String, String)>,
    button: Option<Button>,
    closing: Vec<String>,
}

fn words(texts: Texts, host: &str, name: Option<&str>, kind: &EmailKind) -> Words {
    let of_host = |key: &str| texts.with(key, "host", host);
    let linked = |subject: &str, text: &str, label: &str, link: &str, lifetime: Option<Seconds>| Words {
        subject: of_host(subject),
        paragraphs: vec![of_host(text)],
        button: Some(Button {
            href: link.to_owned(),
            label: texts.t(label),
            hint: texts.t("email-link-hint"),
        }),
        closing: lifetime
            .map(|seconds| works_for(texts, seconds))
            .into_iter()
            .chain([texts.t("email-not-you")])
            .collect(),
        ..Words::default()
    };
    match kind {
        EmailKind::SignUp { link, lifetime } => linked(
            "email-sign-up-subject",
            "email-sign-up-text",
            "email-sign-up-button",
            link,
            Some(*lifetime),
        ),
        EmailKind::AlreadyMember { link } => {
            let mut words =
                linked("email-member-subject", "email-member-text", "email-member-button", link, None);
            words.paragraphs.push(texts.with("email-member-name", "name", &plain(name.unwrap_or_default())));
            words
        }
        EmailKind::Invitation { link, lifetime } => linked(
            "email-invitation-subject",
            "email-invitation-text",
            "email-invitation-button",
            link,
            Some(*lifetime),
        ),
        EmailKind::VerifyEmail { link, lifetime } => {
            linked("email-verify-subject", "email-verify-text", "email-verify-button", link, Some(*lifetime))
        }
        EmailKind::ResetPassword { link, lifetime } => {
            linked("email-reset-subject", "email-reset-text", "email-reset-button", link, Some(*lifetime))
        }
        notice => of_notice(texts, host, notice),
    }
}

/// E-mails that say what happened.
fn of_notice(texts: Texts, host: &str, kind: &EmailKind) -> Words {
    let of_host = |key: &str| texts.with(key, "host", host);
    let notice = |subject: &str, text: String| Words {
        subject: of_host(subject),
        paragraphs: vec![text],
        closing: vec![texts.t("email-was-it-you")],
        ..Words::default()
    };
    match kind {
        EmailKind::PasswordChanged => {
            notice("email-password-changed-subject", of_host("email-password-changed-text"))
        }
        EmailKind::EmailChanged { new } => {
            let values = [("host", host), ("address", &plain(new))];
            notice("email-changed-subject", texts.with_all("email-changed-text", &values))
        }
        EmailKind::FactorAdded { what } => {
            let values = [("host", host), ("factor", &factor(texts, what))];
            notice("email-factor-added-subject", texts.with_all("email-factor-added-text", &values))
        }
        EmailKind::FactorRemoved { what } => {
            let values = [("host", host), ("factor", &factor(texts, what))];
            notice("email-factor-removed-subject", texts.with_all("email-factor-removed-text", &values))
        }
        EmailKind::LockedOut => notice("email-locked-subject", of_host("email-locked-text")),
        EmailKind::NewDevice { when, place, browser } => Words {
            details: vec![
                (texts.t("email-device-when"), moment(*when)),
                (texts.t("email-device-place"), plain(place)),
                (texts.t("email-device-browser"), plain(browser)),
            ],
            ..notice("email-device-subject", of_host("email-device-text"))
        },
        EmailKind::AccountDeleted => Words {
            closing: vec![texts.t("email-deleted-hint")],
            ..notice("email-deleted-subject", of_host("email-deleted-text"))
        },
        _ => Words { closing: Vec::new(), ..notice("email-test-subject", of_host("email-test-text")) },
    }
}

fn factor(texts: Texts, what: &Factor) -> String {
    match what {
        Factor::Passkey(name) => texts.with("email-factor-passkey", "name", &plain(name)),
        Factor::Totp => texts.t("email-factor-totp"),
        Factor::RecoveryCodes => texts.t("email-factor-recovery-codes"),
        Factor::Upstream { account, provider } => {
            let values = [("account", plain(account)), ("provider", plain(provider))];
            texts.with_all("email-factor-upstream", &values.each_ref().map(|(name, it)| (*name, it.as_str())))
        }
        Factor::All => texts.t("email-factor-all"),
    }
}

fn works_for(texts: Texts, seconds: Seconds) -> String {
    match seconds {
        ..7200 => texts.count("email-link-minutes", (seconds / 60).max(1)),
        7200..172_800 => texts.count("email-link-hours", seconds / 3600),
        _ => texts.count("email-link-days", seconds / 86_400),
    }
}

fn moment(seconds: Seconds) -> String {
    chrono::DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| seconds.to_string(), |time| time.format("%Y-%m-%d %H:%M UTC").to_string())
}

/// The longest text of others that an e-mail repeats.
const LONGEST: usize = 200;

/// What others chose, on one line.
fn plain(text: &str) -> String {
    let is_odd = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().take(LONGEST).map(|c| if is_odd(c) { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts;

    const ODD: &str = "x\r\nBcc: mallory@example.com\r\n\r\n<script>alert(1)</script>";

    fn every_kind() -> Vec<EmailKind> {
        let (link, lifetime) = (String::from("https://id.example/link/reset?token=abc"), 1800);
        vec![
            EmailKind::SignUp { link: link.clone(), lifetime },
            EmailKind::AlreadyMember { link: link.clone() },
            EmailKind::Invitation { link: link.clone(), lifetime: 7 * 86_400 },
            EmailKind::VerifyEmail { link: link.clone(), lifetime: 86_400 },
            EmailKind::ResetPassword { link, lifetime },
            EmailKind::PasswordChanged,
            EmailKind::EmailChanged { new: ODD.into() },
            EmailKind::FactorAdded { what: Factor::Passkey(ODD.into()) },
            EmailKind::FactorRemoved { what: Factor::Totp },
            EmailKind::FactorRemoved { what: Factor::All },
            EmailKind::FactorAdded { what: Factor::RecoveryCodes },
            EmailKind::FactorAdded { what: Factor::Upstream { account: ODD.into(), provider: ODD.into() } },
            EmailKind::LockedOut,
            EmailKind::NewDevice { when: 1_700_000_000, place: ODD.into(), browser: ODD.into() },
            EmailKind::AccountDeleted,
            EmailKind::Test,
        ]
    }

    /// X15: what others chose is one line of text, in both parts, and never in the subject.
    #[test]
    fn nothing_that_others_chose_begins_a_line_or_an_element() {
        for tag in texts::tags() {
            for kind in every_kind() {
                let written = write(Texts::of(&[tag]), "id.example", Some(ODD), &kind).unwrap();
                let name = kind.as_str();
                assert!(!written.subject.contains("mallory") && !written.subject.contains('\n'), "{name}");
                assert!(!written.text.contains("\nBcc") && !written.html.contains("\nBcc"), "{tag} {name}");
                assert!(!written.html.contains("<script"), "{tag} {name}");
                assert!(written.subject.contains("id.example"), "{tag} {name}: {}", written.subject);
            }
        }
    }

    /// Both parts hold the link, and say how long it works; no text is missing in any language.
    #[test]
    fn both_parts_hold_the_link() {
        for tag in texts::tags() {
            for kind in every_kind() {
                let written = write(Texts::of(&[tag]), "id.example", None, &kind).unwrap();
                let is_linked = matches!(
                    kind.as_str(),
                    "sign_up" | "already_member" | "invitation" | "verify_email" | "reset_password"
                );
                assert_eq!(
                    written.text.contains("\nhttps://id.example/link/reset?token=abc\n"),
                    is_linked,
                    "{}",
                    written.text
                );
                assert_eq!(
                    written.html.contains("href=\"https://id.example/link/reset?token=abc\""),
                    is_linked
                );
                assert!(!written.text.contains("email-") && !written.text.contains('{'), "{}", written.text);
            }
        }
        let written = write(Texts::default(), "id.example", Some("ada"), &every_kind()[4]).unwrap();
        assert!(
            written.text.contains("30 minutes") && written.text.starts_with("Hello ada,"),
            "{}",
            written.text
        );
    }
}
