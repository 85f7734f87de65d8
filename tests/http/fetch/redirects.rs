//! Nothing that this server asks of others follows a redirect. Security statement X16.

use grantor::fetch::{FetchError, Fetcher, Purpose};

use super::{fetcher, knows};
use crate::support::{ALLOWED, Authority, Counter, Stub};

/// Every purpose, in a row: a new one does not compile without a place here.
fn after(purpose: Purpose) -> Option<Purpose> {
    match purpose {
        Purpose::ClientDocument => Some(Purpose::FirstClientDocument),
        Purpose::FirstClientDocument => Some(Purpose::SectorIdentifier),
        Purpose::SectorIdentifier => Some(Purpose::Jwks),
        Purpose::Jwks => Some(Purpose::Logo),
        Purpose::Logo => Some(Purpose::Logout),
        Purpose::Logout => Some(Purpose::RequestObject),
        Purpose::RequestObject => Some(Purpose::Upstream),
        Purpose::Upstream => Some(Purpose::Webhook),
        Purpose::Webhook => None,
    }
}

/// What is sent, by each way in which something can be.
async fn ask(fetcher: &Fetcher, way: &str, url: &str, purpose: Purpose) -> Result<(), FetchError> {
    match way {
        "get" => fetcher.get(url, purpose).await.map(drop),
        "get if changed" => fetcher.get_if_changed(url, purpose, Some("\"a\"")).await.map(drop),
        "get with a token" => fetcher.get_with_token(url, purpose, "secret-token").await.map(drop),
        "post a form" => {
            let (fields, basic) = ([("code", "secret-code")], Some(("client", "secret")));
            fetcher.post_form(url, purpose, &fields, basic).await.map(drop)
        }
        "post JSON" => fetcher.post_json(url, purpose, &[], "{\"secret\": true}".to_owned()).await,
        _ => fetcher.post_field(url, purpose, ("logout_token", "secret-token")).await,
    }
}

/// X16, C02, CVE row 15: whatever it is for, and however it is asked: a redirect is an answer that is not 200, and wherever it leads,
/// nobody is called there; not even the same host again.
#[actix_web::test]
async fn outbound_requests_never_follow_redirects() {
    let authority = Authority::new();
    let elsewhere = Counter::everywhere();
    let port = elsewhere.port;
    let stub = Stub::start(&authority, ALLOWED, &["client.example"], move |request, out| {
        let mut words = request.split(['/', ' ']).skip(2);
        let (status, target) = (words.next().unwrap(), words.next().unwrap());
        let location = match target {
            "here" => "/followed".to_owned(),
            "elsewhere" => format!("https://127.0.0.2:{port}/followed"),
            _ => format!("http://127.0.0.1:{port}/followed"),
        };
        write!(out, "HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
    });
    let resolver = knows("client.example", &["127.0.0.2"]);
    let ways = ["get", "get if changed", "get with a token", "post a form", "post JSON", "post a field"];
    let (mut purpose, mut asked) = (Some(Purpose::ClientDocument), 0);
    while let Some(one) = purpose {
        for way in ways {
            // Its own for each, so that no budget is spent by another one.
            let fetcher = fetcher(&[stub.port, port], &authority, &resolver);
            for status in [301, 302, 303, 307, 308] {
                for target in ["here", "elsewhere", "inside"] {
                    let url = format!("https://client.example:{}/{status}/{target}", stub.port);
                    let answer = ask(&fetcher, way, &url, one).await;
                    assert_eq!(answer, Err(FetchError::Status(status)), "{one:?}: {way} {status} {target}");
                    asked += 1;
                }
            }
        }
        purpose = after(one);
    }
    assert_eq!(asked, 9 * 6 * 15);
    assert_eq!((stub.connections(), elsewhere.connections()), (asked, 0));
    assert!(stub.requests().iter().all(|request| !request.contains("/followed")));
}
