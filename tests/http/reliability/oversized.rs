//! What is too large, too deep or too many is refused with a 4xx, and the server goes on.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::Server;

/// The longest that any of these answers may take: more would mean that it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// The status line that the server answers to these bytes; empty if it hangs up without one.
async fn raw(server: &Server, request: &[u8]) -> String {
    let port = url::Url::parse(&server.address).unwrap().port().unwrap();
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    // The server may answer and hang up before everything is sent.
    let sending = async {
        let _ = writer.write_all(request).await;
        std::future::pending::<()>().await;
    };
    let mut answer = Vec::new();
    let reading = async {
        let mut chunk = [0_u8; 4096];
        while !answer.contains(&b'\n') {
            match reader.read(&mut chunk).await {
                Ok(0) | Err(_) => break,
                Ok(read) => answer.extend_from_slice(&chunk[..read]),
            }
        }
    };
    let both = async {
        tokio::select! { () = reading => {}, () = sending => {} }
    };
    tokio::time::timeout(PATIENCE, both).await.unwrap();
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

fn post(path: &str, media_type: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

fn get(target: &str, headers: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n").into_bytes()
}

async fn lives(server: &Server, after: &str) {
    let answer = server.http.get(server.url("/readyz")).send().await.unwrap();
    assert_eq!(answer.status(), 200, "after {after}");
}

fn is_client_error(status_line: &str) -> bool {
    status_line.starts_with("HTTP/1.1 4")
}

/// R15, D15: the table of what is too much.
#[actix_web::test]
async fn what_is_too_much_is_refused_and_the_server_lives() {
    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &str = "application/json";
    let server = Server::start().await;
    let deep =
        |open: &str, close: &str| format!("{{\"x\":{}1{}}}", open.repeat(10_000), close.repeat(10_000));
    let array = format!("{{\"redirect_uris\":[{}\"\"]}}", "\"\",".repeat(1_000_000));
    let small_array = format!("{{\"redirect_uris\":[{}\"\"]}}", "\"\",".repeat(20_000));
    let megabytes = format!("{{\"client_name\":\"{}\"}}", "a".repeat(10 << 20));
    let parameters = "a=b&".repeat(10_000);
    let distinct = (0..10_000).map(|number| format!("p{number}=")).collect::<Vec<_>>().join("&");
    let chunked = b"POST /register HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut chunks = chunked.to_vec();
    for _ in 0..16 {
        chunks.extend_from_slice(format!("4000\r\n{}\r\n", "a".repeat(0x4000)).as_bytes());
    }
    chunks.extend_from_slice(b"0\r\n\r\n");
    let gzip = "Content-Encoding: gzip\r\n";
    let bomb = String::from_utf8(post("/register", JSON, "\u{1f}\u{8b}")).unwrap().replacen(
        "Host",
        &format!("{gzip}Host"),
        1,
    );
    for (what, request) in [
        ("a URL of 1 MB", get(&format!("/authorize?state={}", "a".repeat(1 << 20)), "")),
        ("a path of 1 MB", get(&format!("/{}", "a".repeat(1 << 20)), "")),
        ("a header of 100 KB", get("/healthz", &format!("X-Big: {}\r\n", "a".repeat(100_000)))),
        (
            "a bearer token of 100 KB",
            get("/userinfo", &format!("Authorization: Bearer {}\r\n", "a".repeat(100_000))),
        ),
        ("10,000 headers", get("/healthz", &"X: y\r\n".repeat(10_000))),
        ("a cookie of 100 KB", get("/healthz", &format!("Cookie: a={}\r\n", "a".repeat(100_000)))),
        ("JSON of 10 MB", post("/register", JSON, &megabytes)),
        ("arrays 10,000 deep", post("/register", JSON, &deep("[", "]"))),
        ("objects 10,000 deep", post("/register", JSON, &deep("{\"x\":", "}"))),
        ("brackets without end", post("/register", JSON, &"[".repeat(60_000))),
        ("an array of a million", post("/register", JSON, &array)),
        ("an array of 20,000 within the limit of a body", post("/register", JSON, &small_array)),
        ("chunks without end", chunks),
        ("compressed JSON", bomb.into_bytes()),
        ("a parameter 10,000 times", post("/token", FORM, &parameters)),
        ("10,000 parameters", post("/token", FORM, &distinct)),
        ("10,000 parameters in a query", get(&format!("/authorize?{distinct}"), "")),
        ("a form of 1 MB", post("/token", FORM, &format!("grant_type={}", "a".repeat(1 << 20)))),
        ("a login form of 1 MB", post("/login", FORM, &"a".repeat(1 << 20))),
        ("a token of 60 KB", post("/introspect", FORM, &format!("token={}", "a".repeat(60_000)))),
        (
            "a body that lies about its length",
            b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\n"
                .to_vec(),
        ),
        (
            "a negative length",
            b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n".to_vec(),
        ),
    ] {
        let status_line = raw(&server, &request).await;
        assert!(is_client_error(&status_line), "{what}: {status_line:?}");
        lives(&server, what).await;
    }
}

/// X10: a request that two servers could cut differently is refused, and methods that nobody serves are 405.
#[actix_web::test]
async fn ambiguous_requests_and_unknown_methods_are_refused() {
    let server = Server::start().await;
    let smuggled = b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let status_line = raw(&server, smuggled).await;
    assert!(is_client_error(&status_line) || status_line.is_empty(), "{status_line:?}");
    let twice =
        b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\naaaaaa";
    let status_line = raw(&server, twice).await;
    assert!(is_client_error(&status_line) || status_line.is_empty(), "{status_line:?}");
    for method in ["TRACE", "CONNECT", "PATCH", "FOO"] {
        for path in ["/token", "/authorize", "/register", "/jwks.json", "/healthz"] {
            let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
            let status_line = raw(&server, request.as_bytes()).await;
            assert!(status_line.starts_with("HTTP/1.1 405 "), "{method} {path}: {status_line:?}");
        }
    }
    lives(&server, "smuggling").await;
}

/// X07: bytes that are no HTTP cost their own connection and nothing else.
#[actix_web::test]
async fn bytes_that_are_no_http_harm_nobody() {
    let server = Server::start().await;
    for request in [
        b"\x00\x01\x02\x03\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\n\r\n".to_vec(),
        b"GET /\xff\xfe HTTP/1.1\r\nHost: \xff\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(50),
        b"GET /register/%00%0d%0a%ff HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        b"GET /static/..%2f..%2fCargo.toml HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        b"GET /authorize?%ff=%fe&client_id=%00 HTTP/1.1\r\nHost: localhost\r\nCookie: \xff=\xfe\r\n\r\n"
            .to_vec(),
    ] {
        let status_line = raw(&server, &request).await;
        assert!(!status_line.contains(" 500") && !status_line.contains(" 200"), "{status_line:?}");
        lives(&server, "no HTTP").await;
    }
}
