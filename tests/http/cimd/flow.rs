//! The whole way with a document instead of a registration.

use serde_json::json;

use super::{HOST, Site};
use crate::support::{Browser, ClientKey, Party, Pkce, Server, error_of, json_of, query_of, tokens};

/// The main job: a client that never registered gets tokens, refreshes and revokes them; its document was fetched once.
#[actix_web::test]
async fn a_client_with_a_document_gets_tokens() {
    let site = Site::start().await;
    let (server, client) = (&site.server, site.client());
    let issued = server.tokens(&client, "ada", "openid offline_access").await;
    let refreshed = tokens(server.refresh(&client, issued.refresh()).await).await;
    assert_eq!(server.userinfo(&refreshed.access_token).await.status(), 200);
    assert_eq!(server.revoke(&client, refreshed.refresh()).await.status(), 200);
    assert_eq!(error_of(server.refresh(&client, refreshed.refresh()).await).await.1, "invalid_grant");
    assert_eq!(site.stub.requests().len(), 1, "{:?}", site.stub.requests());
    let row = server.client_row(&site.client_id()).unwrap();
    assert_eq!(
        (row.source.as_str(), row.metadata.is_public(), row.secret.is_none()),
        ("document", true, true)
    );
    assert_eq!(row.metadata.client_name.as_deref(), Some("A documented client"));
    assert_eq!(
        server.number("SELECT count(*) AS number FROM audit_events WHERE kind = 'client_registered'"),
        1
    );
}

/// C03: a document holds the client's keys, and what they sign proves who it is; without it nobody is let in any more.
#[actix_web::test]
async fn a_document_with_keys_makes_a_client_that_signs() {
    let (site, key) = (Site::start().await, ClientKey::es256());
    let change = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks()});
    site.publish("", &site.document(&change));
    let mut client = site.client();
    client.body["token_endpoint_auth_method"] = json!("private_key_jwt");
    let party = Party { client, key };
    let pkce = Pkce::new();
    let code = site.server.code_for(&party.client, "ada", &pkce, &[("scope", "openid offline_access")]).await;
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", party.client.redirect_uri.as_str()),
        ("code_verifier", pkce.verifier.as_str()),
    ];
    let bare = site.server.exchange(&site.client(), &code, &pkce).await;
    assert_eq!(error_of(bare).await, (401, "invalid_client".to_owned()));
    let stranger = Party { client: party.client.clone(), key: ClientKey::es256() };
    assert_eq!(error_of(stranger.token(&site.server, &parameters).await).await.0, 401);
    let issued = tokens(party.token(&site.server, &parameters).await).await;
    tokens(party.refresh(&site.server, issued.refresh()).await).await;
    assert!(site.server.client_row(&site.client_id()).unwrap().secret.is_none());
}

/// An authorization request by POST finds its document, too.
#[actix_web::test]
async fn a_request_by_post_finds_its_document() {
    let site = Site::start().await;
    let url = site.server.authorize_url(&site.client(), &Pkce::new(), &[]);
    let form: Vec<_> = url::Url::parse(&url).unwrap().query_pairs().into_owned().collect();
    let response = site.server.http.post(site.server.url("/authorize")).form(&form).send().await.unwrap();
    assert_eq!(response.status(), 303);
    assert!(response.headers()["location"].to_str().unwrap().contains("/consent?thread="));
}

/// RFC 6749 §5.2: at the token endpoint an unknown document is an unknown client, and nothing is fetched for it.
#[actix_web::test]
async fn the_token_endpoint_fetches_nothing() {
    let site = Site::start().await;
    let verifier = "a".repeat(43);
    for grant in ["authorization_code", "refresh_token", "client_credentials"] {
        let form = [
            ("grant_type", grant),
            ("code", "a"),
            ("refresh_token", "a"),
            ("code_verifier", verifier.as_str()),
        ];
        let refused = error_of(site.server.token(&site.client(), &form).await).await;
        assert_eq!(refused, (401, "invalid_client".to_owned()), "{grant}");
    }
    assert_eq!(site.stub.connections(), 0);
}

/// Two first requests at once, on two servers with one database, make one client.
#[actix_web::test]
async fn first_requests_at_once_make_one_client() {
    let site = Site::start().await;
    let twin = site.server.twin().await;
    let request = async |server: &Server| {
        let url = server.authorize_url(&site.client(), &Pkce::new(), &[]);
        Browser::new(server).open(&url).await.status
    };
    let here = futures_util::future::join_all((0..10).map(|_| request(&site.server)));
    let there = futures_util::future::join_all((0..10).map(|_| request(&twin)));
    let (here, there) = futures_util::future::join(here, there).await;
    assert!(here.iter().chain(&there).all(|status| *status == 200), "{here:?} {there:?}");
    assert_eq!(site.server.count_clients(), 1);
    assert_eq!(
        site.server.number("SELECT count(*) AS number FROM audit_events WHERE kind = 'client_registered'"),
        1
    );
    assert!(site.stub.requests().len() <= 2, "one fetch for each server: {}", site.stub.requests().len());
}

/// C08: when one installation connects again, the grants of the others stay.
#[actix_web::test]
async fn connecting_again_ends_no_other_grant() {
    let site = Site::start().await;
    let (server, client) = (&site.server, site.client());
    server.add_user("bob").await;
    let first = server.tokens(&client, "ada", "openid offline_access").await;
    let second = server.tokens(&client, "ada", "openid offline_access").await;
    let of_bob = server.tokens(&client, "bob", "openid offline_access").await;
    for issued in [first, second, of_bob] {
        assert_eq!(server.userinfo(&issued.access_token).await.status(), 200);
        tokens(server.refresh(&client, issued.refresh()).await).await;
    }
}

/// A client that was removed and comes again is made again.
#[actix_web::test]
async fn a_removed_client_comes_again() {
    let site = Site::start().await;
    let (server, client) = (&site.server, site.client());
    let issued = server.tokens(&client, "ada", "openid offline_access").await;
    let key = server.client_row(&client.client_id).unwrap().key;
    server.command(&["client", "delete", &client.client_id]).await;
    assert!(server.client_row(&client.client_id).is_none());
    assert_eq!(error_of(server.refresh(&client, issued.refresh()).await).await.1, "invalid_client");
    server.tokens(&client, "ada", "openid").await;
    assert!(server.client_row(&client.client_id).unwrap().key > key);
}

/// The port of a loopback redirect is free, for the name localhost as well: Claude Code lists both without one.
#[actix_web::test]
async fn a_loopback_redirect_without_port_stands_for_every_port() {
    let site = Site::start().await;
    let uris = ["http://localhost/callback", "http://127.0.0.1/callback"];
    site.publish("", &site.document(&json!({"redirect_uris": uris, "application_type": "native"})));
    for redirect_uri in ["http://localhost:49152/callback", "http://127.0.0.1:8123/callback"] {
        let mut client = site.client();
        redirect_uri.clone_into(&mut client.redirect_uri);
        let pkce = Pkce::new();
        let url = site.server.authorize_url(&client, &pkce, &[]);
        let location = Browser::new(&site.server).allow(&url, "ada").await;
        assert!(location.starts_with(&format!("{redirect_uri}?")), "{location}");
        let code = query_of(&location, "code").unwrap();
        tokens(site.server.exchange(&client, &code, &pkce).await).await;
    }
}

/// C06: the page that asks shows the host of the document and the host that the answer goes to.
#[actix_web::test]
async fn the_page_shows_both_hosts() {
    let site = Site::start().await;
    site.publish("", &site.document(&json!({"redirect_uris": ["https://answers.example/cb"]})));
    let mut client = site.client();
    "https://answers.example/cb".clone_into(&mut client.redirect_uri);
    let url = site.server.authorize_url(&client, &Pkce::new(), &[]);
    let text = Browser::new(&site.server).authorize(&url, "ada").await.text();
    assert!(text.contains(HOST) && text.contains("answers.example"), "{text}");
}

/// C07, fault "CIMD flag in the metadata while the feature is off" of section 9: the metadata says so while the door is open, with `none` beside, and not a moment longer.
#[actix_web::test]
async fn the_metadata_says_whether_the_door_is_open() {
    for (enabled, expected) in [("true", json!(true)), ("false", json!(null))] {
        let site = Site::with(Server::with().set("GRANTOR_CLIENT_DOCUMENTS__ENABLED", enabled)).await;
        for path in ["oauth-authorization-server", "openid-configuration"] {
            let url = site.server.url(&format!("/.well-known/{path}"));
            let (_, metadata) = json_of(site.server.http.get(url).send().await.unwrap()).await;
            assert_eq!(metadata["client_id_metadata_document_supported"], expected, "{path}");
            let methods = metadata["token_endpoint_auth_methods_supported"].as_array().unwrap();
            assert!(methods.contains(&json!("none")));
        }
        let page = site.open(&site.client_id()).await;
        assert_eq!(page.status, if enabled == "true" { 200 } else { 400 });
        assert_eq!(site.stub.connections() > 0, enabled == "true");
    }
}
