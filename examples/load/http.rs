//! A small HTTP/1.1 client over one kept-alive TCP connection: RFC 9112 as far as a load generator needs it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::Outcome;

/// No answer of the server is larger; a wrong length must not eat the machine.
const LARGEST_BODY: usize = 16 * 1024 * 1024;
const DEADLINE: Duration = Duration::from_secs(30);

/// One request. `content_type` is sent exactly when there is one.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub content_type: Option<&'a str>,
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    pub fn get(path: &'a str, headers: &'a [(&'a str, &'a str)]) -> Self {
        Self { method: "GET", path, headers, content_type: None, body: &[] }
    }

    pub fn form(path: &'a str, headers: &'a [(&'a str, &'a str)], body: &'a str) -> Self {
        let content_type = Some("application/x-www-form-urlencoded");
        Self { method: "POST", path, headers, content_type, body: body.as_bytes() }
    }

    pub fn json(method: &'a str, path: &'a str, headers: &'a [(&'a str, &'a str)], body: &'a [u8]) -> Self {
        Self { method, path, headers, content_type: Some("application/json"), body }
    }
}

/// One answer. Its buffers are used again for the next, so that the generator costs little.
#[derive(Default)]
pub struct Response {
    pub status: u16,
    head: Vec<u8>,
    pub body: Vec<u8>,
    keep_alive: bool,
}

impl Response {
    /// All values of one header field, in their order.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.head.split(|byte| *byte == b'\n').skip(1).filter_map(move |line| {
            let (field, value) = std::str::from_utf8(line).ok()?.split_once(':')?;
            field.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The first value of a header field.
    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// The body as JSON, or a sentence about why it is none.
    pub fn json(&self) -> Outcome<serde_json::Value> {
        serde_json::from_slice(&self.body)
            .map_err(|error| format!("status {}: the body is no JSON: {error}", self.status))
    }

    /// The body for a message: at most 300 characters.
    pub fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(300).collect()
    }
}

/// Reads one whole answer, RFC 9112 §6.3; interim answers (1xx) are skipped.
pub fn read_response<R: BufRead>(reader: &mut R, response: &mut Response) -> io::Result<()> {
    loop {
        read_head(reader, response)?;
        if response.status >= 200 {
            break;
        }
    }
    response.body.clear();
    response.keep_alive =
        !response.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
    if matches!(response.status, 204 | 304) {
        return Ok(());
    }
    let chunked =
        response.header("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    let length = response.header("content-length").map(str::parse::<usize>);
    match (chunked, length) {
        (true, _) => read_chunks(reader, &mut response.body),
        (false, Some(Ok(length))) => read_exactly(reader, length, &mut response.body),
        (false, Some(Err(_))) => Err(invalid("Content-Length is no number")),
        (false, None) => {
            response.keep_alive = false;
            reader.take(LARGEST_BODY as u64).read_to_end(&mut response.body).map(|_| ())
        }
    }
}

fn read_head<R: BufRead>(reader: &mut R, response: &mut Response) -> io::Result<()> {
    response.head.clear();
    loop {
        let before = response.head.len();
        if reader.read_until(b'\n', &mut response.head)? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server closed the connection"));
        }
        if response.head.iter().skip(before).all(|byte| matches!(byte, b'\r' | b'\n')) {
            break;
        }
    }
    let line = response.head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let status = std::str::from_utf8(line)
        .ok()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|line| line.split_whitespace().next())
        .and_then(|status| status.parse().ok());
    response.status = status.ok_or_else(|| invalid("no HTTP/1.1 status line"))?;
    Ok(())
}

/// RFC 9112 §7.1: sizes in hexadecimal, a chunk of size zero, trailer fields, an empty line.
fn read_chunks<R: BufRead>(reader: &mut R, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let line = read_line(reader)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size =
            usize::from_str_radix(size, 16).map_err(|_| invalid("a chunk size is no hexadecimal number"))?;
        if size == 0 {
            break;
        }
        read_exactly(reader, size, body)?;
        if !read_line(reader)?.is_empty() {
            return Err(invalid("a chunk is longer than its size"));
        }
    }
    while !read_line(reader)?.is_empty() {}
    Ok(())
}

fn read_line<R: BufRead>(reader: &mut R) -> io::Result<String> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the body ends in the middle"));
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn read_exactly<R: BufRead>(reader: &mut R, length: usize, body: &mut Vec<u8>) -> io::Result<()> {
    if length.saturating_add(body.len()) > LARGEST_BODY {
        return Err(invalid("the body is too large"));
    }
    let read = reader.take(length as u64).read_to_end(body)?;
    if read < length {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the body is shorter than its length"));
    }
    Ok(())
}

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

/// One connection to one server on this machine.
pub struct Client {
    port: u16,
    host: String,
    stream: Option<BufReader<TcpStream>>,
    request: Vec<u8>,
    response: Response,
}

impl Client {
    /// A client of `http://localhost:PORT`; connects with the first request.
    pub fn new(port: u16) -> Self {
        let host = format!("localhost:{port}");
        Self { port, host, stream: None, request: Vec::new(), response: Response::default() }
    }

    /// Connects anew: a connection that idled may have been closed by the server, which is no failure.
    pub fn reconnect(&mut self) -> io::Result<()> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
        self.stream = Some(BufReader::with_capacity(16 * 1024, stream));
        Ok(())
    }

    /// Sends a request and reads the whole answer. Nothing is sent twice.
    pub fn send(&mut self, request: &Request<'_>) -> Outcome<&Response> {
        let done = self.exchange(request);
        if done.is_err() || !self.response.keep_alive {
            self.stream = None;
        }
        done.map_err(|error| format!("{} {}: {error}", request.method, request.path))?;
        Ok(&self.response)
    }

    fn exchange(&mut self, request: &Request<'_>) -> io::Result<()> {
        if self.stream.is_none() {
            self.reconnect()?;
        }
        let Some(stream) = &mut self.stream else {
            return Err(io::Error::other("not connected"));
        };
        write_request(&mut self.request, &self.host, request)?;
        stream.get_mut().write_all(&self.request)?;
        read_response(stream, &mut self.response)
    }
}

fn write_request(into: &mut Vec<u8>, host: &str, request: &Request<'_>) -> io::Result<()> {
    into.clear();
    write!(into, "{} {} HTTP/1.1\r\nHost: {host}\r\n", request.method, request.path)?;
    for (name, value) in request.headers {
        write!(into, "{name}: {value}\r\n")?;
    }
    if let Some(content_type) = request.content_type {
        write!(into, "Content-Type: {content_type}\r\nContent-Length: {}\r\n", request.body.len())?;
    }
    into.extend_from_slice(b"\r\n");
    into.extend_from_slice(request.body);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time, as a network does.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = buffer.len().min(3);
            self.0.read(buffer.get_mut(..most).unwrap())
        }
    }

    fn read_all(bytes: &[u8], answers: usize) -> io::Result<Vec<(u16, String, bool)>> {
        let mut reader = BufReader::with_capacity(4, Trickle(bytes));
        let mut response = Response::default();
        (0..answers)
            .map(|_| {
                read_response(&mut reader, &mut response)?;
                let body = String::from_utf8(response.body.clone()).unwrap();
                Ok((response.status, body, response.keep_alive))
            })
            .collect()
    }

    #[test]
    fn a_body_is_as_long_as_content_length_says_and_the_next_answer_follows_on_the_same_connection() {
        let bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhelloHTTP/1.1 303 See Other\r\nContent-Length: 0\r\n\r\n";
        let answers = read_all(bytes, 2).unwrap();
        assert_eq!(answers, [(200, "hello".to_owned(), true), (303, String::new(), true)]);
    }

    #[test]
    fn chunks_are_joined_and_extensions_and_trailers_are_skipped() {
        let bytes = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n, chunked \r\n0\r\nTrailer: t\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
        let answers = read_all(bytes, 2).unwrap();
        assert_eq!(answers, [(200, "hello, chunked ".to_owned(), true), (204, String::new(), true)]);
    }

    #[test]
    fn an_answer_without_a_length_ends_with_the_connection() {
        let answers = read_all(b"HTTP/1.1 200 OK\r\n\r\nuntil the end", 1).unwrap();
        assert_eq!(answers, [(200, "until the end".to_owned(), false)]);
    }

    #[test]
    fn connection_close_ends_keep_alive() {
        let answers =
            read_all(b"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 1\r\n\r\nx", 1).unwrap();
        assert_eq!(answers, [(200, "x".to_owned(), false)]);
    }

    #[test]
    fn an_interim_answer_is_skipped() {
        let bytes = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(read_all(bytes, 1).unwrap(), [(201, "{}".to_owned(), true)]);
    }

    #[test]
    fn what_is_cut_off_or_no_http_is_an_error() {
        for bytes in [
            &b""[..],
            b"HTTP/1.1 200 OK\r\ncontent-le",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
            b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhello\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
            b"SSH-2.0-server\r\n\r\n",
        ] {
            assert!(read_all(bytes, 1).is_err(), "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn header_fields_are_found_in_any_letter_case_and_every_one_of_them() {
        let mut response = Response::default();
        let bytes =
            b"HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nContent-Length: 0\r\nSet-Cookie: b=2; Path=/\r\n\r\n";
        read_response(&mut &bytes[..], &mut response).unwrap();
        assert_eq!(response.headers("Set-Cookie").collect::<Vec<_>>(), ["a=1", "b=2; Path=/"]);
        assert_eq!(response.header("location"), None);
    }

    #[test]
    fn a_request_carries_its_length_only_with_a_body() {
        let mut bytes = Vec::new();
        write_request(&mut bytes, "localhost:1", &Request::get("/a?b=c", &[("Accept", "*/*")])).unwrap();
        assert_eq!(bytes, b"GET /a?b=c HTTP/1.1\r\nHost: localhost:1\r\nAccept: */*\r\n\r\n");
        write_request(&mut bytes, "localhost:1", &Request::form("/token", &[], "a=b")).unwrap();
        assert!(
            bytes.ends_with(
                b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b"
            )
        );
    }
}
