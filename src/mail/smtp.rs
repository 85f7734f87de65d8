//! The way to the mail server. RFC 5321.

use std::time::Duration;

use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::{Mailer, Written};
use crate::clock::Seconds;
use crate::config::{MailSecurity, MailServer};

/// How long a server may take for one step.
const TIMEOUT: Duration = Duration::from_secs(15);

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

/// A way to the server, for a few e-mails.
pub struct Transport(AsyncSmtpTransport<Tokio1Executor>);

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
        Ok(Transport(builder.build()))
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
        match transport.0.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(SendError::Refused(in_words(&error))),
            Err(error) => Err(SendError::Failed(in_words(&error))),
        }
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

/// An error with what is behind it. It names the server's answer, and no secret.
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
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(300).collect()
}
