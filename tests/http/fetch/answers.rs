//! What answers are taken, and for how long one is waited for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use grantor::fetch::{FetchError, Fetched, Fetcher, Purpose, Resolver};

use super::{fetcher, knows};
use crate::support::{ALLOWED, Authority, Stub, json_answer};

/// A stub with this answer, a fetcher that reaches it, and its address.
struct Pair {
    stub: Stub,
    fetcher: Fetcher,
    url: String,
}

fn pair(
    answer: impl Fn(&str, &mut dyn std::io::Write) -> std::io::Result<()> + Send + Sync + 'static,
) -> Pair {
    let authority = Authority::new();
    let stub = Stub::start(&authority, ALLOWED, &["client.example"], answer);
    let fetcher = fetcher(&[stub.port], &authority, &knows("client.example", &["127.0.0.2"]));
    // Loaded while the file of the authority is there.
    fetcher.prepare().unwrap();
    let url = format!("https://client.example:{}/document", stub.port);
    Pair { stub, fetcher, url }
}

async fn answer_to(text: String, purpose: Purpose) -> Result<Fetched, FetchError> {
    let pair = pair(move |_, out| out.write_all(text.as_bytes()));
    pair.fetcher.get(&pair.url, purpose).await
}

fn typed(media_type: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: 2\r\n\r\n{{}}")
}

/// C02: 200 with a JSON media type, of the size that its purpose allows.
#[actix_web::test]
async fn only_json_of_status_200_and_limited_size_is_taken() {
    let good =
        answer_to(json_answer("ETag: \"a\"\r\nCache-Control: max-age=90\r\n", "{}"), Purpose::Jwks).await;
    let expected = Fetched { body: b"{}".to_vec(), etag: Some("\"a\"".to_owned()), fresh_for: Some(90) };
    assert_eq!(good, Ok(expected));
    assert!(answer_to(typed("application/cimd+json"), Purpose::ClientDocument).await.is_ok());
    for media_type in ["text/html", "text/plain", "application/octet-stream", "application/jsonp"] {
        let answer = answer_to(typed(media_type), Purpose::ClientDocument).await;
        assert_eq!(answer, Err(FetchError::MediaType("JSON")), "{media_type}");
    }
    let without = answer_to("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_owned(), Purpose::Jwks).await;
    assert_eq!(without, Err(FetchError::MediaType("JSON")));
    for status in [201, 203, 204, 206, 400, 404, 500, 503] {
        let text = json_answer("", "{}").replace("200", &status.to_string());
        assert_eq!(answer_to(text, Purpose::Jwks).await, Err(FetchError::Status(status)));
    }
    for (purpose, longest) in [
        (Purpose::ClientDocument, 5 * 1024),
        (Purpose::SectorIdentifier, 16 * 1024),
        (Purpose::Jwks, 64 * 1024),
    ] {
        let body = answer_to(json_answer("", &" ".repeat(longest)), purpose).await.unwrap().body;
        assert_eq!(body.len(), longest);
        let answer = answer_to(json_answer("", &" ".repeat(longest + 1)), purpose).await;
        assert_eq!(answer, Err(FetchError::TooLong));
    }
}

/// Section 1.8: a compressed answer is refused before it is unpacked, and none is asked for.
#[actix_web::test]
async fn a_gzip_bomb_is_not_unpacked() {
    let bomb = pair(|_, out| {
        let body = [0x1f_u8, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n";
        write!(out, "{head}Content-Length: {}\r\n\r\n", body.len())?;
        out.write_all(&body)
    });
    assert_eq!(bomb.fetcher.get(&bomb.url, Purpose::Jwks).await, Err(FetchError::Encoded));
    let request = bomb.stub.requests().remove(0).to_lowercase();
    assert!(request.contains("accept-encoding: identity\r\n"), "{request}");
}

/// Section 1.8: an endless body is read up to the limit, endless headers are not kept.
#[actix_web::test]
async fn an_endless_answer_ends_at_the_limit() {
    let written = Arc::new(AtomicUsize::new(0));
    for head in [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-Long: ",
        "HTTP/1.1 200 OK\r\n",
    ] {
        let chunk = match head {
            _ if head.contains("chunked") => format!("400\r\n{}\r\n", "a".repeat(1024)),
            _ if head.ends_with("\r\n\r\n") || head.ends_with(": ") => "a".repeat(1024),
            _ => "X-Header: value\r\n".repeat(64),
        };
        written.store(0, Ordering::SeqCst);
        let count = Arc::clone(&written);
        let endless = pair(move |_, out| {
            out.write_all(head.as_bytes())?;
            // 20 MB of it, if somebody listens.
            while count.fetch_add(chunk.len(), Ordering::SeqCst) < 20_000_000 {
                out.write_all(chunk.as_bytes())?;
            }
            Ok(())
        });
        let begun = Instant::now();
        let error = endless.fetcher.get(&endless.url, Purpose::ClientDocument).await.unwrap_err();
        assert!(matches!(error, FetchError::TooLong | FetchError::Unreachable(_)), "{head:?}: {error:?}");
        assert!(begun.elapsed() < Duration::from_secs(4), "{head:?}");
        let written = written.load(Ordering::SeqCst);
        assert!(written < 19_000_000, "{written} bytes were taken of {head:?}");
    }
}

/// C02, R29: one deadline over connection, head and body, whatever drips in meanwhile.
#[actix_web::test]
async fn a_dripping_answer_ends_at_the_deadline() {
    for (purpose, least, most) in [(Purpose::SectorIdentifier, 2.9, 4.0), (Purpose::ClientDocument, 4.9, 6.0)]
    {
        let slow = pair(|_, out| {
            write!(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n")?;
            for _ in 0..100 {
                out.write_all(b" ")?;
                out.flush()?;
                std::thread::sleep(Duration::from_millis(200));
            }
            Ok(())
        });
        let begun = Instant::now();
        assert_eq!(slow.fetcher.get(&slow.url, purpose).await, Err(FetchError::TimedOut));
        let took = begun.elapsed().as_secs_f64();
        assert!((least..most).contains(&took), "{took}");
    }
}

/// Section 1.8: nothing of one answer is in the next request, and nothing of us but the name.
#[actix_web::test]
async fn a_request_tells_nothing() {
    let pair = pair(|_, out| {
        out.write_all(json_answer("Set-Cookie: a=b; Path=/\r\nKeep-Alive: timeout=60\r\n", "{}").as_bytes())
    });
    for _ in 0..2 {
        assert!(pair.fetcher.get(&pair.url, Purpose::Jwks).await.is_ok());
    }
    let requests = pair.stub.requests();
    assert_eq!(requests[0], requests[1]);
    let mut names: Vec<String> = requests[0]
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(':'))
        .map(|(name, _)| name.to_lowercase())
        .collect();
    names.sort();
    assert_eq!(names, ["accept", "accept-encoding", "host", "user-agent"]);
    assert!(requests[0].contains(&format!("Grantor/{}", env!("CARGO_PKG_VERSION"))), "{}", requests[0]);
}

/// Section 1.8: 30 requests a minute to one host for documents, whatever path, purpose or spelling.
#[actix_web::test]
async fn a_host_is_not_asked_without_end() {
    let pair = pair(|_, out| out.write_all(json_answer("", "{}").as_bytes()));
    for count in 0..30 {
        let url = format!("{}?{count}", pair.url)
            .replace("client", if count % 2 == 0 { "client" } else { "CLIENT" });
        assert!(pair.fetcher.get(&url, Purpose::ClientDocument).await.is_ok(), "{count}");
    }
    for purpose in [Purpose::ClientDocument, Purpose::FirstClientDocument, Purpose::SectorIdentifier] {
        assert_eq!(pair.fetcher.get(&pair.url, purpose).await, Err(FetchError::TooOften), "{purpose:?}");
    }
    assert_eq!(pair.stub.connections(), 30);
}

/// R29: a host that hangs has two places; the others are asked meanwhile.
#[actix_web::test]
async fn a_host_that_hangs_keeps_nobody_waiting_but_its_own() {
    let authority = Authority::new();
    let (hangs, answers) = (
        Stub::start(&authority, ALLOWED, &["hangs.example"], |_, _| {
            std::thread::sleep(Duration::from_secs(10));
            Ok(())
        }),
        Stub::start(&authority, ALLOWED, &["client.example"], |_, out| {
            out.write_all(json_answer("", "{}").as_bytes())
        }),
    );
    let address = vec![vec![ALLOWED.into()]];
    let resolver = Resolver::fixed([("hangs.example", address.clone()), ("client.example", address)]);
    let fetcher = fetcher(&[hangs.port, answers.port], &authority, &resolver);
    let slow = format!("https://hangs.example:{}/", hangs.port);
    let waiting =
        futures_util::future::join_all((0..20).map(|_| fetcher.get(&slow, Purpose::SectorIdentifier)));
    let quick = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let begun = Instant::now();
        let url = format!("https://client.example:{}/", answers.port);
        assert!(fetcher.get(&url, Purpose::ClientDocument).await.is_ok());
        assert!(begun.elapsed() < Duration::from_secs(1));
        assert_eq!(hangs.connections(), 2);
    };
    let (failed, ()) = futures_util::future::join(waiting, quick).await;
    assert!(failed.iter().all(|answer| *answer == Err(FetchError::TimedOut)));
}

/// A webhook goes where the operator wrote, and says what it says.
#[actix_web::test]
async fn an_operators_address_may_be_private() {
    let authority = Authority::new();
    let stub = Stub::start(&authority, [127, 0, 0, 1], &["127.0.0.1"], |_, out| {
        out.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
    });
    let fetcher = fetcher(&[], &authority, &Resolver::system());
    let url = format!("https://127.0.0.1:{}/events", stub.port);
    let headers = [("x-signature", "abc".to_owned())];
    assert_eq!(fetcher.post_json(&url, Purpose::Webhook, &headers, "{}".to_owned()).await, Ok(()));
    let request = stub.requests().remove(0);
    assert!(request.starts_with("POST /events ") && request.contains("x-signature: abc"), "{request}");
    assert_eq!(
        fetcher.get(&url, Purpose::Jwks).await,
        Err(FetchError::Address("has a port that this server does not call"))
    );
}
