//! A mail server that keeps what it is sent. RFC 5321.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{ALLOWED, Authority, Server, ServerBuilder};

/// A mail as it came in: envelope, headers, and the decoded text part.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    /// The lines of the head, unfolded.
    pub headers: Vec<String>,
    /// Every part, its encoding undone.
    pub parts: Vec<String>,
}

impl Mail {
    pub fn header(&self, name: &str) -> Option<String> {
        let start = format!("{}:", name.to_lowercase());
        let line = self.headers.iter().find(|line| line.to_lowercase().starts_with(&start))?;
        Some(line[start.len()..].trim().to_owned())
    }

    pub fn text(&self) -> &str {
        &self.parts[0]
    }

    /// The address in the text part.
    pub fn link(&self) -> String {
        let mut lines = self.text().lines();
        lines
            .find(|line| line.starts_with("http"))
            .unwrap_or_else(|| panic!("no link: {}", self.text()))
            .trim()
            .to_owned()
    }
}

/// What the server answers to whatever is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Takes,
    /// 451: later.
    Busy,
    /// 550: never.
    Refuses,
}

/// Who may send mail, if not everybody.
pub const USER: &str = "grantor@id.test";
pub const MAIL_PASSWORD: &str = "planted:mail/pass%word";

/// How the way to the server is kept from others. RFC 8314 §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Not at all, and everybody may send.
    None,
    /// TLS from the first byte, then a login.
    Implicit,
    /// STARTTLS, then a login.
    StartTls,
    /// As [`Self::StartTls`], but somebody on the way takes the offer out of the answer.
    Stripped,
}

/// A running mail server.
#[derive(Clone)]
pub struct MailServer {
    pub url: String,
    security: Security,
    kept: Arc<Mutex<Vec<Mail>>>,
    mood: Arc<Mutex<Mood>>,
    tls: Arc<Mutex<Option<Arc<ServerConfig>>>>,
    /// The first word of every line that was said to it, but for mails.
    heard: Arc<Mutex<Vec<String>>>,
}

/// What a conversation goes over.
trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

impl MailServer {
    pub fn start() -> Self {
        Self::listen(Ipv4Addr::LOCALHOST, Security::None, None)
    }

    /// A server on no address of this machine's own name, to which [`USER`] must log in. Its certificate is for `name`.
    pub fn secured(security: Security, authority: &Authority, name: &str) -> Self {
        Self::listen(ALLOWED, security, Some(authority.server_config(&[name])))
    }

    fn listen(address: Ipv4Addr, security: Security, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let scheme = if security == Security::Implicit { "smtps" } else { "smtp" };
        let login = if security == Security::None {
            String::new()
        } else {
            format!("{}@", login_of_url(USER, MAIL_PASSWORD))
        };
        let url = format!("{scheme}://{login}{address}:{}", listener.local_addr().unwrap().port());
        let server = Self {
            url,
            security,
            kept: Arc::default(),
            mood: Arc::new(Mutex::new(Mood::Takes)),
            tls: Arc::new(Mutex::new(tls)),
            heard: Arc::default(),
        };
        let of_thread = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = of_thread.clone();
                std::thread::spawn(move || server.converse(stream));
            }
        });
        server
    }

    pub fn feel(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Shows another certificate from now on.
    pub fn present(&self, authority: &Authority, name: &str) {
        *self.tls.lock().unwrap() = Some(authority.server_config(&[name]));
    }

    /// Where somebody with another password would send.
    pub fn url_with_password(&self, password: &str) -> String {
        self.url.replace(&login_of_url(USER, MAIL_PASSWORD), &login_of_url(USER, password))
    }

    pub fn kept(&self) -> Vec<Mail> {
        self.kept.lock().unwrap().clone()
    }

    /// What was said to it: the first word of each line.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// Waits for the mail of this number, counted from 1.
    pub async fn nth(&self, number: usize) -> Mail {
        for _ in 0..400 {
            if let Some(mail) = self.kept().get(number - 1) {
                return mail.clone();
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no mail {number}: {:?}", self.kept());
    }

    fn encrypted(&self, wire: Box<dyn Wire>) -> Box<dyn Wire> {
        let config = self.tls.lock().unwrap().clone().unwrap();
        Box::new(StreamOwned::new(ServerConnection::new(config).unwrap(), wire))
    }

    /// What it can do, as it says in answer to EHLO.
    fn skills(&self, is_encrypted: bool) -> &'static str {
        match self.security {
            Security::None | Security::Stripped => "250 mail.test",
            _ if is_encrypted => "250-mail.test\r\n250 AUTH PLAIN LOGIN",
            _ => "250-mail.test\r\n250 STARTTLS",
        }
    }

    fn converse(&self, stream: TcpStream) {
        let mut talk = Talk(BufReader::new(Box::new(stream)));
        let mut is_encrypted = self.security == Security::Implicit;
        if is_encrypted {
            talk = Talk(BufReader::new(self.encrypted(talk.0.into_inner())));
        }
        let mut may_send = self.security == Security::None;
        talk.say("220 mail.test");
        let (mut from, mut to) = (String::new(), Vec::new());
        while let Some(line) = talk.hear() {
            let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            let word = line.split(' ').next().unwrap_or_default().to_ascii_uppercase();
            self.heard.lock().unwrap().push(word.clone());
            match word.as_str() {
                "EHLO" | "HELO" => talk.say(self.skills(is_encrypted)),
                "STARTTLS" => {
                    talk.say("220 go on");
                    talk = Talk(BufReader::new(self.encrypted(talk.0.into_inner())));
                    is_encrypted = true;
                }
                "AUTH" => {
                    let given = line.rsplit(' ').next().unwrap_or_default();
                    may_send = is_encrypted && given == STANDARD.encode(format!("\0{USER}\0{MAIL_PASSWORD}"));
                    // Some repeat what they were told.
                    talk.say(&if may_send { "235 welcome".to_owned() } else { format!("535 no: {line}") });
                }
                "MAIL" if !may_send => talk.say("530 log in first"),
                "MAIL" => {
                    from = address();
                    talk.say(match *self.mood.lock().unwrap() {
                        Mood::Takes => "250 ok",
                        Mood::Busy => "451 try later",
                        Mood::Refuses => "550 no such mailbox",
                    });
                }
                "RCPT" => {
                    to.push(address());
                    talk.say("250 ok");
                }
                "DATA" => {
                    talk.say("354 go on");
                    let lines = std::iter::from_fn(|| talk.hear().filter(|line| line != "."));
                    let message: Vec<String> = lines.collect();
                    let mail = parsed(from.clone(), std::mem::take(&mut to), &message);
                    self.kept.lock().unwrap().push(mail);
                    talk.say("250 kept");
                }
                "QUIT" => {
                    talk.say("221 bye");
                    return;
                }
                _ => talk.say("250 ok"),
            }
        }
    }
}

/// One conversation, line by line.
struct Talk(BufReader<Box<dyn Wire>>);

impl Talk {
    /// Whoever was here may have gone.
    fn say(&mut self, line: &str) {
        let wire = self.0.get_mut();
        drop(wire.write_all(format!("{line}\r\n").as_bytes()).and_then(|()| wire.flush()));
    }

    fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        match self.0.read_line(&mut line) {
            Ok(length) if length > 0 => Some(line.trim_end_matches(['\r', '\n']).to_owned()),
            _ => None,
        }
    }
}

/// `user:password` as it stands in a URL. RFC 3986 §2.1.
fn login_of_url(user: &str, password: &str) -> String {
    let written = |text: &str| text.bytes().fold(String::new(), |url, byte| format!("{url}%{byte:02X}"));
    format!("{}:{}", written(user), written(password))
}

fn parsed(from: String, to: Vec<String>, message: &[String]) -> Mail {
    let end = message.iter().position(String::is_empty).unwrap_or(message.len());
    let mut headers: Vec<String> = Vec::new();
    for line in &message[..end] {
        match headers.last_mut() {
            Some(before) if line.starts_with([' ', '\t']) => before.push_str(line),
            _ => headers.push(line.clone()),
        }
    }
    let boundary = headers.iter().find_map(|line| line.split("boundary=\"").nth(1)?.split('"').next());
    let boundary = format!("--{}", boundary.unwrap_or("none"));
    // What stands behind the last boundary is no part. RFC 2046 §5.1.1.
    let last = message.iter().rposition(|line| *line == format!("{boundary}--")).unwrap_or(message.len());
    let message = &message[..last];
    let parts =
        message[end..].split(|line| line.starts_with(&boundary)).skip(1).filter(|part| !part.is_empty());
    let parts = parts.map(|part| {
        let head = part.iter().position(String::is_empty).unwrap_or(0);
        decoded(&part[head + 1..])
    });
    Mail { from, to, parts: parts.collect(), headers }
}

/// Quoted-printable undone. RFC 2045 §6.7.
fn decoded(lines: &[String]) -> String {
    let mut bytes = Vec::new();
    for line in lines {
        let line = line.strip_prefix('.').unwrap_or(line);
        let (line, is_soft) = line.strip_suffix('=').map_or((line, false), |line| (line, true));
        let mut rest = line.bytes();
        while let Some(byte) = rest.next() {
            if byte == b'=' {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
            } else {
                bytes.push(byte);
            }
        }
        if !is_soft {
            bytes.push(b'\n');
        }
    }
    String::from_utf8(bytes).unwrap()
}

impl Server {
    /// A server that sends mail there, and lets everybody sign up who reads an address.
    pub async fn mailing(mail: &MailServer) -> Self {
        Self::mailing_to(&mail.url).start().await
    }

    /// The same, at this address.
    pub fn mailing_to(url: &str) -> ServerBuilder {
        Self::with()
            .set("GRANTOR_MAIL__URL", url)
            .set("GRANTOR_MAIL__FROM", "Grantor <no-reply@id.test>")
            .set("GRANTOR_ACCOUNTS__SIGN_UP", "open")
    }
}
