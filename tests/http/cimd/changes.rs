//! C05: a document that changes. Section 8.4 of the draft.

use serde_json::{Value, json};

use super::Site;
use crate::support::{Browser, Pkce, Server, error_of, tokens};

fn key(x: &str) -> Value {
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x}]})
}

/// What a document may change that people are asked about again.
fn changes() -> [Value; 3] {
    [
        json!({"redirect_uris": ["https://client.example/callback", "https://other.example/callback"]}),
        json!({"redirect_uris": ["https://client.example/callback", "https://client.example/another"]}),
        json!({"jwks": key("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")}),
    ]
}

fn changed(site: &Site, change: &Value) {
    site.server.advance(61);
    site.publish("", &site.document(change));
}

/// C05: changed redirect URIs or keys have people asked again; what they allowed goes on meanwhile.
#[actix_web::test]
async fn a_changed_document_is_asked_about_again() {
    for change in changes() {
        let site = Site::start().await;
        let (server, client) = (&site.server, site.client());
        let mut browser = Browser::new(server);
        let request = async |browser: &mut Browser| {
            let url = server.authorize_url(&client, &Pkce::new(), &[("scope", "openid")]);
            browser.authorize(&url, "ada").await
        };
        let page = request(&mut browser).await;
        let page = browser.submit(&page.form("/consent").with("decision", "allow")).await;
        assert!(page.location.is_some());
        assert!(request(&mut browser).await.location.is_some(), "nobody is asked twice");
        let issued = server.tokens(&client, "ada", "openid offline_access").await;

        changed(&site, &change);
        let page = request(&mut browser).await;
        assert!(page.location.is_none() && page.has_form("/consent"), "{change}: {:?}", page.location);
        tokens(server.refresh(&client, issued.refresh()).await).await;
        let page = browser.submit(&page.form("/consent").with("decision", "allow")).await;
        assert!(page.location.is_some());
        assert!(request(&mut browser).await.location.is_some(), "{change}: once is enough");
    }
}

/// C05: the change is in the audit log with both states, and only what changed.
#[actix_web::test]
async fn a_change_is_written_down() {
    let site = Site::start().await;
    assert!(site.is_taken().await);
    changed(&site, &json!({"client_name": "Another name", "redirect_uris": ["https://other.example/cb"]}));
    site.open(&site.client_id()).await;
    let lines = site.server.dump();
    let event = lines.iter().find(|line| line.contains("client_document_changed")).unwrap();
    for text in
        ["A documented client", "Another name", "https://client.example/callback", "https://other.example/cb"]
    {
        assert!(event.contains(text), "{text}: {event}");
    }
    assert!(!event.contains("grant_types"), "{event}");
    // The same again is no change.
    site.server.advance(61);
    site.open(&site.client_id()).await;
    let count = "SELECT count(*) AS number FROM audit_events WHERE kind = 'client_document_changed'";
    assert_eq!(site.server.number(count), 1);
    assert_eq!(site.stub.requests().len(), 3);
}

/// C05: an operator may have the grants revoked, too; a new name alone revokes nothing.
#[actix_web::test]
async fn a_changed_document_may_lose_its_grants() {
    for change in changes() {
        let site = Site::with(Server::with().set("GRANTOR_CLIENT_DOCUMENTS__ON_CHANGE", "revoke")).await;
        let (server, client) = (&site.server, site.client());
        let issued = server.tokens(&client, "ada", "openid offline_access").await;
        changed(&site, &json!({"client_name": "Another name"}));
        site.open(&site.client_id()).await;
        let issued = tokens(server.refresh(&client, issued.refresh()).await).await;
        changed(&site, &change);
        site.open(&site.client_id()).await;
        let refused = error_of(server.refresh(&client, issued.refresh()).await).await;
        assert_eq!(refused, (400, "invalid_grant".to_owned()), "{change}");
        assert_eq!(server.userinfo(&issued.access_token).await.status(), 401, "{change}");
    }
}

/// A redirect URI that the document no longer lists is refused as soon as that is known.
#[actix_web::test]
async fn a_redirect_uri_that_is_gone_is_refused() {
    let site = Site::start().await;
    assert!(site.is_taken().await);
    changed(&site, &json!({"redirect_uris": ["https://other.example/callback"]}));
    let page = site.open(&site.client_id()).await;
    assert_eq!((page.status, page.location), (400, None));
}
