//! Which addresses are asked. Each refusal leaves the forbidden listener without a connection.

use grantor::fetch::{FetchError, Purpose, Resolver};

use super::{fetcher, fetcher_of, knows};
use crate::support::{ALLOWED, Authority, Counter, Stub, json_answer};

const PURPOSES: [Purpose; 4] =
    [Purpose::ClientDocument, Purpose::SectorIdentifier, Purpose::Jwks, Purpose::RequestObject];

/// CVE rows 11 and 59, section 1.8: no spelling of a private address leads to a connection.
#[actix_web::test]
async fn no_spelling_of_a_private_address_is_connected_to() {
    let (forbidden, authority) = (Counter::everywhere(), Authority::new());
    let fetcher = fetcher(&[forbidden.port], &authority, &Resolver::system());
    for host in [
        "127.0.0.1",
        "127.1",
        "0",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1%25eth0]",
        "169.254.169.254",
        "100.64.0.1",
        "[fd00::1]",
        "0.0.0.0",
        "①②⑦.⓪.⓪.①",
        "%31%32%37.0.0.1",
        "client.example@127.0.0.1",
        "@127.0.0.1",
    ] {
        let url = format!("https://{host}:{}/document", forbidden.port);
        let error = fetcher.get(&url, Purpose::ClientDocument).await.unwrap_err();
        // Not every system knows a name with a dot at its end.
        let is_unknown = host == "localhost." && matches!(error, FetchError::Unreachable(_));
        let is_refused = matches!(error, FetchError::Forbidden | FetchError::Address(_));
        assert!(is_refused || is_unknown, "{host}: {error:?}");
    }
    assert_eq!(forbidden.connections(), 0);
    // The listener would have seen one.
    drop(std::net::TcpStream::connect(("127.0.0.1", forbidden.port)).unwrap());
    assert_eq!(forbidden.connections(), 1);
}

/// Section 1.8: only https, only known ports, for every purpose that a client can name an address for.
#[actix_web::test]
async fn no_other_scheme_or_port_is_asked() {
    let (forbidden, authority) = (Counter::everywhere(), Authority::new());
    let (port, resolver) = (forbidden.port, knows("client.example", &["127.0.0.2"]));
    let fetcher = fetcher(&[8443], &authority, &resolver);
    for url in [
        format!("http://client.example:{port}/"),
        format!("https://client.example:{port}/"),
        format!("ftp://client.example:{port}/"),
        format!("gopher://client.example:{port}/_GET"),
        format!("file://client.example:{port}/etc/passwd"),
        "file:///etc/passwd".to_owned(),
        "unix:/run/secret.sock".to_owned(),
        "data:application/json,{}".to_owned(),
        "http+unix://%2Frun%2Fsecret.sock/".to_owned(),
        format!("https://client.example:8443#@127.0.0.1:{port}/"),
        format!("https://client.example:8443\\@127.0.0.1:{port}/"),
    ] {
        for purpose in PURPOSES {
            let error = fetcher.get(&url, purpose).await.unwrap_err();
            assert!(matches!(error, FetchError::Address(_)), "{url}: {error:?}");
        }
    }
    assert_eq!((forbidden.connections(), resolver.lookups()), (0, 0));
}

/// C04: a name that leads to anything but public addresses is refused, whatever else it leads to.
#[actix_web::test]
async fn one_private_address_refuses_the_name() {
    let (forbidden, authority) = (Counter::everywhere(), Authority::new());
    for addresses in [
        ["127.0.0.1"].as_slice(),
        &["8.8.8.8", "127.0.0.1"],
        &["127.0.0.1", "8.8.8.8"],
        &["127.0.0.2", "127.0.0.1"],
        &["::1"],
        &["2606:4700::1", "::1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["2002:7f00:1::"],
        &["169.254.169.254"],
        &["10.0.0.1"],
        &["100.64.0.1"],
        &["fd00::1"],
        &["fe80::1"],
        &["0.0.0.0"],
    ] {
        let resolver = knows("client.example", addresses);
        let fetcher = fetcher(&[forbidden.port], &authority, &resolver);
        for purpose in PURPOSES {
            let url = format!("https://client.example:{}/", forbidden.port);
            let error = fetcher.get(&url, purpose).await.unwrap_err();
            assert_eq!(error, FetchError::Forbidden, "{addresses:?}");
        }
        assert_eq!(resolver.lookups(), PURPOSES.len(), "one for each request");
    }
    assert_eq!(forbidden.connections(), 0);
}

/// Section 1.8: a name is looked up once for a request, and connected to as it was looked up.
#[actix_web::test]
async fn a_name_that_changes_between_two_lookups_gains_nothing() {
    let authority = Authority::new();
    let stub = Stub::start(&authority, ALLOWED, &["client.example"], |_, out| {
        out.write_all(json_answer("", "{}").as_bytes())
    });
    let forbidden = Counter::at(stub.port);
    let answers = [["127.0.0.2"], ["127.0.0.1"]].map(|list| list.map(|text| text.parse().unwrap()).to_vec());
    let resolver = Resolver::fixed([("client.example", answers.to_vec())]);
    let fetcher = fetcher(&[stub.port], &authority, &resolver);
    let url = format!("https://client.example:{}/", stub.port);
    assert_eq!(fetcher.get(&url, Purpose::ClientDocument).await.unwrap().body, b"{}");
    assert_eq!(resolver.lookups(), 1);
    // No connection of before is used again for it.
    assert_eq!(fetcher.get(&url, Purpose::ClientDocument).await, Err(FetchError::Forbidden));
    assert_eq!((stub.connections(), forbidden.connections()), (1, 0));
}

/// CVE row 15, C02: a redirect is an answer like any other that is not 200, wherever it points.
#[actix_web::test]
async fn redirects_are_not_followed() {
    let authority = Authority::new();
    let forbidden = Counter::everywhere();
    let port = forbidden.port;
    let stub = Stub::start(&authority, ALLOWED, &["client.example"], move |request, out| {
        let status = request.split(['/', ' ']).nth(2).unwrap().to_owned();
        write!(
            out,
            "HTTP/1.1 {status} Moved\r\nLocation: https://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n"
        )
    });
    let fetcher = fetcher(&[stub.port, port], &authority, &knows("client.example", &["127.0.0.2"]));
    for status in [300, 301, 302, 303, 304, 305, 307, 308] {
        let url = format!("https://client.example:{}/{status}", stub.port);
        assert_eq!(fetcher.get(&url, Purpose::SectorIdentifier).await, Err(FetchError::Status(status)));
    }
    assert_eq!((stub.connections(), forbidden.connections()), (8, 0));
}

/// C04: loopback is for a server that is known by a loopback name, and nothing else that is private.
#[actix_web::test]
async fn only_a_loopback_server_asks_loopback() {
    let authority = Authority::new();
    let stub = Stub::start(&authority, [127, 0, 0, 1], &["localhost"], |_, out| {
        out.write_all(json_answer("", "{}").as_bytes())
    });
    let url = format!("https://localhost:{}/", stub.port);
    let resolver = Resolver::fixed([
        ("localhost", vec![vec!["127.0.0.1".parse().unwrap()]]),
        ("inside.example", vec![vec!["10.0.0.1".parse().unwrap()]]),
    ]);
    for (issuer, is_loopback) in
        [("http://localhost:8080", true), ("http://127.0.0.1:8080", true), ("https://auth.example", false)]
    {
        let fetcher = fetcher_of(issuer, &[stub.port], &authority, &resolver);
        let answer = fetcher.get(&url, Purpose::ClientDocument).await;
        if is_loopback {
            assert_eq!(answer.unwrap().body, b"{}");
        } else {
            assert_eq!(answer, Err(FetchError::Forbidden));
        }
        let inside = fetcher.get("https://inside.example/", Purpose::ClientDocument).await;
        assert_eq!(inside, Err(FetchError::Forbidden));
    }
    assert_eq!(stub.connections(), 2);
}

/// Section 1.8: the certificate must be for the name, and of an authority that is trusted; no request goes out before.
#[actix_web::test]
async fn a_certificate_for_another_name_gets_no_request() {
    let (authority, other) = (Authority::new(), Authority::new());
    let resolver = knows("client.example", &["127.0.0.2"]);
    let serve = |authority: &Authority, name: &str| {
        Stub::start(authority, ALLOWED, &[name], |_, out| out.write_all(json_answer("", "{}").as_bytes()))
    };
    let wrong_name = serve(&authority, "other.example");
    let wrong_authority = serve(&other, "client.example");
    for stub in [&wrong_name, &wrong_authority] {
        let fetcher = fetcher(&[stub.port], &authority, &resolver);
        let url = format!("https://client.example:{}/", stub.port);
        let error = fetcher.get(&url, Purpose::ClientDocument).await.unwrap_err();
        assert!(matches!(error, FetchError::Unreachable(_)), "{error:?}");
        assert_eq!((stub.connections(), stub.requests().len()), (1, 0));
    }
}

/// Every failure that depends on the network reads the same: the answer is no map of what is behind the server.
#[actix_web::test]
async fn a_failure_does_not_say_what_is_there() {
    let texts = [
        FetchError::Forbidden,
        FetchError::TimedOut,
        FetchError::Unreachable("connection refused".to_owned()),
    ];
    assert!(texts.iter().all(|error| error.to_string() == texts[0].to_string()));
}
