//! A mail server that keeps what it is sent. RFC 5321.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::Server;

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

/// A running mail server.
#[derive(Clone)]
pub struct MailServer {
    pub url: String,
    kept: Arc<Mutex<Vec<Mail>>>,
    mood: Arc<Mutex<Mood>>,
}

impl MailServer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let (kept, mood) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Mood::Takes)));
        let server = Self { url, kept, mood };
        let of_thread = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = of_thread.clone();
                std::thread::spawn(move || server.converse(&stream));
            }
        });
        server
    }

    pub fn feel(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    pub fn kept(&self) -> Vec<Mail> {
        self.kept.lock().unwrap().clone()
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

    fn converse(&self, stream: &TcpStream) {
        let mut out = stream;
        let mut say = |line: &str| write!(out, "{line}\r\n").is_ok();
        let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
        say("220 mail.test");
        let (mut from, mut to) = (String::new(), Vec::new());
        while let Some(line) = lines.next() {
            let address = || line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
            match line.get(..4).unwrap_or(&line).to_ascii_uppercase().as_str() {
                "EHLO" | "HELO" => say("250 mail.test"),
                "MAIL" => {
                    from = address();
                    match *self.mood.lock().unwrap() {
                        Mood::Takes => say("250 ok"),
                        Mood::Busy => say("451 try later"),
                        Mood::Refuses => say("550 no such mailbox"),
                    }
                }
                "RCPT" => {
                    to.push(address());
                    say("250 ok")
                }
                "DATA" => {
                    say("354 go on");
                    let message: Vec<String> = lines.by_ref().take_while(|line| line != ".").collect();
                    let mail = parsed(from.clone(), std::mem::take(&mut to), &message);
                    self.kept.lock().unwrap().push(mail);
                    say("250 kept")
                }
                "QUIT" => {
                    say("221 bye");
                    return;
                }
                _ => say("250 ok"),
            };
        }
    }
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
        Self::with()
            .set("GRANTOR_MAIL__URL", &mail.url)
            .set("GRANTOR_MAIL__FROM", "Grantor <no-reply@id.test>")
            .set("GRANTOR_ACCOUNTS__SIGN_UP", "open")
            .start()
            .await
    }
}
