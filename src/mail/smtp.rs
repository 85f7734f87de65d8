//! The way to the mail server. RFC 5321.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::{Mailer, Written};
use crate::clock::Seconds;
use crate::config::{MailSecurity, MailServer};

/// How long a server may take to be reached.
const TIMEOUT: Duration = Duration::from_secs(15);

/// How long it may take for a whole e-mail, from the first byte to the last answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// So much of what it said is kept, in characters.
const LONGEST_ERROR: usize = 300;

/// What it says of the login and not of the e-mail: an operator mends it, and then the e-mail leaves. RFC 4954 §6.
const OF_LOGIN: [&str; 4] = ["530", "534", "535", "538"];

/// Why an e-mail did not leave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It will never leave as it is: the server says so (RFC 5321 §4.2.1, 5yz), or it is no e-mail.
    #[error("{0}")]
    Refused(String),
    /// It may leave later.
    #[error("{0}")]
    Failed(String),
}

/// A way to the server: each e-mail has a connection of its own.
pub struct Transport {
    smtp: AsyncSmtpTransport<Tokio1Executor>,
    patience: Duration,
}

impl Mailer {
    /// A way to the mail server. Must be made inside a runtime.
    pub fn transport(&self) -> Result<Transport, SendError> {
        let config = &self.0.config;
        let Some(server) = &config.mail.server else {
            return Err(SendError::Failed("no mail server is set: mail.url is empty".to_owned()));
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server.host.as_str())
            .port(server.port)
            .timeout(Some(TIMEOUT));
        if server.security != MailSecurity::None {
            let tls = self.tls(server)?;
            let is_implicit = server.security == MailSecurity::Implicit;
            builder = builder.tls(if is_implicit { Tls::Wrapper(tls) } else { Tls::Required(tls) });
        }
        if let Some(login) = &server.login {
            let password = login.password.expose().to_owned();
            builder = builder.credentials(Credentials::new(login.user.clone(), password));
        }
        Ok(Transport { smtp: builder.build(), patience: PATIENCE })
    }

    fn tls(&self, server: &MailServer) -> Result<TlsParameters, SendError> {
        let unusable =
            |error: &dyn std::fmt::Display| SendError::Failed(format!("TLS cannot be used: {error}"));
        let mut builder = TlsParameters::builder(server.host.clone());
        if let Some(path) = &self.0.config.outbound.ca_file {
            let pem = std::fs::read(path).map_err(|error| unusable(&error))?;
            builder =
                builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| unusable(&error))?);
        }
        builder.build().map_err(|error| unusable(&error))
    }

    /// Sends one e-mail. `id` makes its number, so that a server that gets it twice can tell.
    pub async fn send(
        &self,
        transport: &Transport,
        recipient: &str,
        written: Written,
        id: &str,
        now: Seconds,
    ) -> Result<(), SendError> {
        let message = self.message(recipient, written, id, now)?;
        let Ok(sent) = tokio::time::timeout(transport.patience, transport.smtp.send(message)).await else {
            return Err(SendError::Failed("the mail server takes too long to answer".to_owned()));
        };
        let Err(error) = sent else { return Ok(()) };
        let is_of_login = error.status().is_some_and(|code| OF_LOGIN.contains(&code.to_string().as_str()));
        let text = self.without_login(in_words(&error)).chars().take(LONGEST_ERROR).collect();
        Err(if error.is_permanent() && !is_of_login {
            SendError::Refused(text)
        } else {
            SendError::Failed(text)
        })
    }

    /// A text without the password that a server may repeat when it does not understand it. RFC 4616 §2.
    fn without_login(&self, text: String) -> String {
        let Some(login) = self.0.config.mail.server.as_ref().and_then(|server| server.login.as_ref()) else {
            return text;
        };
        let password = login.password.expose();
        let plain = STANDARD.encode(format!("\0{}\0{password}", login.user));
        let text = text.replace(&plain, "…").replace(&STANDARD.encode(password), "…");
        text.replace(password, "…")
    }

    /// The e-mail as it is sent: headers by the library, which encodes what they hold. RFC 5322, RFC 2047, RFC 3834 §5.
    fn message(
        &self,
        recipient: &str,
        written: Written,
        id: &str,
        now: Seconds,
    ) -> Result<Message, SendError> {
        let refused = |error: &dyn std::fmt::Display| SendError::Refused(format!("it is no e-mail: {error}"));
        let to: Address = recipient.parse().map_err(|error| refused(&error))?;
        let date = std::time::UNIX_EPOCH + Duration::from_secs(u64::try_from(now).unwrap_or_default());
        let part = |kind: ContentType, body: String| {
            let encoding = ContentTransferEncoding::QuotedPrintable;
            SinglePart::builder().header(kind).header(encoding).body(body)
        };
        let parts = MultiPart::alternative()
            .singlepart(part(ContentType::TEXT_PLAIN, written.text))
            .singlepart(part(ContentType::TEXT_HTML, written.html));
        Message::builder()
            .from(self.sender()?)
            .to(Mailbox::new(None, to))
            .subject(written.subject)
            .date(date)
            .message_id(Some(format!("<{id}@{}>", self.host())))
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .multipart(parts)
            .map_err(|error| refused(&error))
    }

    fn sender(&self) -> Result<Mailbox, SendError> {
        if let Some(given) = self.0.config.mail.from.as_deref().and_then(|text| text.parse().ok()) {
            return Ok(given);
        }
        let own = Address::new("no-reply", self.host());
        let address = own.map_err(|_| {
            SendError::Failed(
                "set mail.from: the host of the issuer is none that e-mails come from".to_owned(),
            )
        })?;
        Ok(Mailbox::new(None, address))
    }
}

/// An error with what is behind it, which is the server's answer at times.
fn in_words(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        source = inner.source();
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::time::Instant;

    use super::*;
    use crate::config::Config;
    use crate::entropy::Entropy;
    use crate::keys::MasterKey;
    use crate::mail::EmailKind;

    fn mailer(url: &str) -> Mailer {
        let settings = [("GRANTOR_ISSUER", "http://localhost:8080"), ("GRANTOR_MAIL__URL", url)];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::load(None, settings.to_vec()).unwrap();
        Mailer::new(&config, &MasterKey::from_base64(&STANDARD.encode([7; 32])).unwrap(), Entropy)
    }

    /// A server that greets and then says nothing more keeps nobody for ever, and the e-mail for later.
    #[tokio::test]
    async fn a_silent_mail_server_is_left_after_a_while() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mailer = mailer(&format!("smtp://127.0.0.1:{}", listener.local_addr().unwrap().port()));
        let silent = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(b"220 mail.test\r\n").unwrap();
            stream
        });
        let transport = Transport { patience: Duration::from_millis(200), ..mailer.transport().unwrap() };
        let written = mailer.write(None, None, &EmailKind::Test).unwrap();
        let begun = Instant::now();
        let sent = mailer.send(&transport, "ada@example.com", written, "1", 1_800_000_000).await;
        assert_eq!(sent, Err(SendError::Failed("the mail server takes too long to answer".to_owned())));
        assert!(begun.elapsed() < Duration::from_secs(10));
        drop(silent.join().unwrap());
    }

    /// X06: a server that repeats what it did not understand does not get the password into an error.
    #[test]
    fn what_a_server_repeats_holds_no_password() {
        let mailer = mailer("smtps://ada:s3cret-w0rd@mail.example.com");
        for said in [
            "500 what is AUTH PLAIN AGFkYQBzM2NyZXQtdzByZA==",
            "535 no login for s3cret-w0rd",
            "501 czNjcmV0LXcwcmQ= is no answer",
        ] {
            let text = mailer.without_login(said.to_owned());
            assert!(text.contains('…') && !text.contains("s3cret") && !text.contains("czNj"), "{text}");
            assert!(!text.contains("AGFk"), "{text}");
        }
    }
}
