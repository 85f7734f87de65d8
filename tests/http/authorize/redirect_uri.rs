//! RFC 9700 §4.1.3: the redirect URI is compared byte by byte, a loopback port aside. RFC 8252 §7.3.

use serde_json::json;

use super::{answer, assert_page, error_to};
use crate::support::{Registered, Server};

async fn client_with(server: &Server, redirect_uris: &[&str]) -> Registered {
    server
        .register(json!({
            "client_name": "Test client",
            "redirect_uris": redirect_uris,
            "token_endpoint_auth_method": "none",
        }))
        .await
}

/// Asked for with `prompt=none`, so that an accepted one is answered at once.
async fn is_refused(server: &Server, client: &Registered, requested: &str) {
    for prompt in ["", "none"] {
        let page = answer(server, client, &[("redirect_uri", requested), ("prompt", prompt)]).await;
        assert_page(&page, 400, requested);
    }
}

async fn is_accepted(server: &Server, client: &Registered, requested: &str) {
    let page = answer(server, client, &[("redirect_uri", requested), ("prompt", "none")]).await;
    assert_eq!(error_to(&page, requested, "a-state", server).0, "login_required", "{requested}");
}

/// A01 and rows 13, 16, 37, 47, 71, 85, 87 and 95 of the peers' faults.
#[actix_web::test]
async fn a_redirect_uri_that_differs_by_a_byte_gets_a_page_and_no_redirect() {
    let server = Server::start().await;
    let client = client_with(&server, &["https://client.example/cb"]).await;
    is_accepted(&server, &client, "https://client.example/cb").await;
    for requested in [
        "https://client.example/CB",
        "https://CLIENT.example/cb",
        "HTTPS://client.example/cb",
        "https://client.example/cb/",
        "https://client.example/c",
        "https://client.example/cbb",
        "https://client.example/cb?",
        "https://client.example/cb?a=b",
        "https://client.example/cb?code=stolen&state=x",
        "https://client.example/cb;p=1",
        "https://client.example/cb#",
        "https://client.example/cb#a",
        "https://client.example/c%62",
        "https://client.example/%2e/cb",
        "https://client.example/./cb",
        "https://client.example/x/../cb",
        "https://client.example/..;/cb",
        "https://client.example//cb",
        "https://client.example:443/cb",
        "https://client.example:8443/cb",
        "https://client.example./cb",
        "https://user@client.example/cb",
        "https://@client.example/cb",
        "https://client.example@evil.example/cb",
        "https://evil.example@client.example/cb",
        "https://a@b@client.example/cb",
        "https://client.example\\@evil.example/cb",
        "https://evil.example\\@client.example/cb",
        "https://client.example.evil.example/cb",
        "https://clientXexample/cb",
        "https://client.example/cb.*",
        "https://client.example/cb%00",
        "https://client.example/cb\t",
        "https://client.example/cb\r\nX: y",
        " https://client.example/cb",
        "https://client.example/cb https://evil.example/",
        "https://client.example/cb,https://evil.example/",
        "https:client.example/cb",
        "//client.example/cb",
        "/cb",
        "cb",
        "http://client.example/cb",
        "https://evil.example/cb",
        "https://[::1",
        "https://[client.example]/cb",
        "https://[::1]client.example/cb",
        "javascript:alert(1)//https://client.example/cb",
        "data:text/html,x",
        "urn:ietf:wg:oauth:2.0:oob",
        "\u{ff48}ttps://client.example/cb",
    ] {
        is_refused(&server, &client, requested).await;
    }
    is_refused(&server, &client, &format!("https://client.example/cb{}", "x".repeat(10_000))).await;
    // Row 47: an address is not trusted because it was seen before.
    is_refused(&server, &client, "https://evil.example/cb").await;
    is_accepted(&server, &client, "https://client.example/cb").await;
}

/// A01, A08 and row 84: a registered query is part of the address, to the byte and in its order.
#[actix_web::test]
async fn a_registered_query_is_compared_whole() {
    let server = Server::start().await;
    let client = client_with(&server, &["https://client.example/cb?tenant=7&x=%7e"]).await;
    is_accepted(&server, &client, "https://client.example/cb?tenant=7&x=%7e").await;
    for requested in [
        "https://client.example/cb",
        "https://client.example/cb?tenant=7",
        "https://client.example/cb?x=%7e&tenant=7",
        "https://client.example/cb?tenant=7&x=~",
        "https://client.example/cb?tenant=7&x=%7E",
        "https://client.example/cb?tenant=7&x=%7e&",
        "https://client.example/cb?tenant=7&x=%7e&y=1",
        "https://client.example/cb?tenant=7&tenant=8&x=%7e",
        "https://client.example/cb?tenant=7;x=%7e",
    ] {
        is_refused(&server, &client, requested).await;
    }
}

/// A01, A04: of several registered ones none is meant by itself, and one of them is not a licence for the others.
#[actix_web::test]
async fn of_several_redirect_uris_one_must_be_named() {
    let server = Server::start().await;
    let several = client_with(&server, &["https://client.example/a", "https://client.example/b"]).await;
    assert_page(&answer(&server, &several, &[("redirect_uri", "")]).await, 400, "none named");
    is_accepted(&server, &several, "https://client.example/b").await;
    is_refused(&server, &several, "https://client.example/ab").await;
    let other = client_with(&server, &["https://other.example/cb"]).await;
    is_refused(&server, &other, "https://client.example/a").await;
    let machine = server.register_machine().await;
    is_refused(&server, &machine, "https://client.example/a").await;
    assert_page(&answer(&server, &machine, &[("redirect_uri", "")]).await, 400, "none registered");
}

/// A02 and rows 6, 28 and 36: on a loopback address the port is free, and nothing else is.
#[actix_web::test]
async fn on_a_loopback_address_only_the_port_is_free() {
    let server = Server::start().await;
    for host in ["127.0.0.1", "[::1]"] {
        let without = client_with(&server, &[&format!("http://{host}/cb?a=b")]).await;
        let with = client_with(&server, &[&format!("http://{host}:8080/cb?a=b")]).await;
        for client in [&without, &with] {
            for port in ["", ":1", ":8080", ":49152", ":65535"] {
                is_accepted(&server, client, &format!("http://{host}{port}/cb?a=b")).await;
            }
        }
        for requested in [
            format!("http://{host}:1/cb"),
            format!("http://{host}:1/CB?a=b"),
            format!("http://{host}:1/cb/?a=b"),
            format!("http://{host}:1/cb?a=c"),
            format!("http://{host}:1/cb?a=b#"),
            format!("http://{host}:/cb?a=b"),
            format!("http://{host}:65536/cb?a=b"),
            format!("http://{host}:+1/cb?a=b"),
            format!("http://{host}:1:2/cb?a=b"),
            format!("http://{host}.evil.example/cb?a=b"),
            format!("http://{host}@evil.example/cb?a=b"),
            format!("http://{host}:1@evil.example/cb?a=b"),
            format!("http://{host}:1\\@evil.example/cb?a=b"),
            format!("http://{host}:1#@evil.example/cb?a=b"),
            format!("http://a@{host}:1/cb?a=b"),
            format!("https://{host}:1/cb?a=b"),
            format!("HTTP://{host}:1/cb?a=b"),
            "http://localhost:1/cb?a=b".to_owned(),
            "http://127.0.0.2:1/cb?a=b".to_owned(),
            "http://127.1:1/cb?a=b".to_owned(),
            "http://0.0.0.0:1/cb?a=b".to_owned(),
            "http://2130706433:1/cb?a=b".to_owned(),
            "http://[::ffff:127.0.0.1]:1/cb?a=b".to_owned(),
            "http://[0:0:0:0:0:0:0:1]:1/cb?a=b".to_owned(),
        ] {
            is_refused(&server, &without, &requested).await;
        }
    }
    let https = client_with(&server, &["https://127.0.0.1:8080/cb"]).await;
    is_refused(&server, &https, "https://127.0.0.1:8081/cb").await;
}

/// A03, row 28: for the name localhost, too; its look-alikes are other hosts.
#[actix_web::test]
async fn the_port_is_free_for_the_name_localhost() {
    let server = Server::start().await;
    let client = client_with(&server, &["http://localhost/callback"]).await;
    for port in ["", ":1", ":54321"] {
        is_accepted(&server, &client, &format!("http://localhost{port}/callback")).await;
    }
    for requested in [
        "http://localhost.evil.example:1/callback",
        "http://localhost.:1/callback",
        "http://LOCALHOST:1/callback",
        "http://localhost@evil.example/callback",
        "http://localhostevil.example/callback",
        "http://127.0.0.1:1/callback",
        "http://[::1]:1/callback",
        "https://localhost:1/callback",
        "http://localhost:1/callback/x",
    ] {
        is_refused(&server, &client, requested).await;
    }
}

/// A03: `redirect.localhost_any_port = false` turns the name off, and leaves the addresses.
#[actix_web::test]
async fn a_setting_turns_the_free_port_of_localhost_off() {
    let server = Server::with().set("GRANTOR_REDIRECT__LOCALHOST_ANY_PORT", "false").start().await;
    let client = client_with(&server, &["http://localhost:7000/callback", "http://127.0.0.1/callback"]).await;
    is_accepted(&server, &client, "http://localhost:7000/callback").await;
    is_accepted(&server, &client, "http://127.0.0.1:7001/callback").await;
    is_refused(&server, &client, "http://localhost:7001/callback").await;
    is_refused(&server, &client, "http://localhost/callback").await;
}
