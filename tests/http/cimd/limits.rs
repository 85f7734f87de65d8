//! What an operator said about a client holds when its document comes again. Section 5.1, D14.

use grantor::flow::administer::api_keys::Rights;
use reqwest::Method;
use serde_json::{Value, json};

use super::Site;
use crate::support::{Browser, Pkce, Server, query_of};

const DAY: i64 = 86_400;

/// A site whose document was used once, an API key, and the path of the client.
async fn known(server: crate::support::ServerBuilder) -> (Site, String, String) {
    let site = Site::with(server).await;
    let key = site.server.api_key(Rights::ReadWrite, None);
    assert!(site.is_taken().await);
    let path = format!("/clients/{}", site.client_id().replace(':', "%3A").replace('/', "%2F"));
    let group = json!({ "name": "staff" });
    assert_eq!(site.server.administer(&key, Method::POST, "/groups", group).await.0, 201);
    (site, key, path)
}

/// The ways in which an operator limits a client: path below it, method, body.
fn limits() -> [(&'static str, Method, Value); 3] {
    [
        ("/access", Method::PUT, json!({"groups": ["staff"], "least_acr": null})),
        ("/access", Method::PUT, json!({"groups": null, "least_acr": "2"})),
        ("/disable", Method::POST, json!({"reason": "not ours"})),
    ]
}

/// What there is of a limit.
async fn state(server: &Server, key: &str, path: &str) -> (Value, Value) {
    let (status, access) = server.administer(key, Method::GET, &format!("{path}/access"), Value::Null).await;
    assert_eq!(status, 200, "{access}");
    let (_, shown) = server.administer(key, Method::GET, path, Value::Null).await;
    (access, shown["state"].clone())
}

/// D14: nobody uses it, and it stays: swept, it would be back the next time somebody names it, for everybody.
#[actix_web::test]
async fn a_document_that_an_operator_limited_is_not_swept() {
    for limit in limits().map(Some).into_iter().chain([None]) {
        let (site, key, path) = known(Server::with()).await;
        let server = &site.server;
        if let Some((below, method, body)) = &limit {
            let (status, said) =
                server.administer(&key, method.clone(), &format!("{path}{below}"), body.clone()).await;
            assert_eq!(status, 200, "{said}");
        }
        let before = state(server, &key, &path).await;
        server.advance(200 * DAY);
        let (_, preview) =
            server.administer(&key, Method::POST, "/clients/sweep?dry_run=true", Value::Null).await;
        let (status, swept) = server.administer(&key, Method::POST, "/clients/sweep", Value::Null).await;
        assert_eq!(status, 200, "{swept}");
        let is_there = server.client_row(&site.client_id()).is_some();
        assert_eq!(is_there, limit.is_some(), "{limit:?}: {preview} {swept}");
        if limit.is_some() {
            assert_eq!(state(server, &key, &path).await, before);
        }
    }
}

/// RFC 7591 §3: nor does it make room at the ceiling.
#[actix_web::test]
async fn a_document_that_an_operator_limited_makes_no_room() {
    for is_limited in [true, false] {
        let settings = Server::with().set("GRANTOR_REGISTRATION__MAX_CLIENTS", "1");
        let (site, key, path) = known(settings).await;
        let server = &site.server;
        if is_limited {
            let (below, method, body) = limits()[0].clone();
            server.administer(&key, method, &format!("{path}{below}"), body).await;
        }
        // Nobody went on with the request that made it known.
        server.execute("DELETE FROM authorization_threads");
        server.execute("UPDATE clients SET last_used_at = NULL");
        server.advance(3600);
        let metadata = json!({"redirect_uris": ["https://client.example/cb"]});
        let answer = server.post_registration(&metadata).await.status().as_u16();
        let is_there = server.client_row(&site.client_id()).is_some();
        assert_eq!((is_there, answer == 201), (is_limited, !is_limited), "{answer}");
    }
}

/// An operator deletes it, or the issuer that vouched for it is not trusted any more: it comes back as limited as it was.
#[actix_web::test]
async fn a_document_comes_back_as_limited_as_it_was() {
    for (below, method, body) in limits() {
        let (site, key, path) = known(Server::with()).await;
        let server = &site.server;
        server.administer(&key, method, &format!("{path}{below}"), body.clone()).await;
        let before = state(server, &key, &path).await;
        assert_eq!(server.administer(&key, Method::DELETE, &path, Value::Null).await.0, 200);
        assert!(server.client_row(&site.client_id()).is_none());
        // Longer than a deletion can be undone, and a sweep of what is not needed any more.
        server.advance(40 * DAY);
        let url = server.authorize_url(&site.client(), &Pkce::new(), &[]);
        let page = Browser::new(server).authorize(&url, "ada").await;
        assert!(server.client_row(&site.client_id()).is_some(), "{}", page.text());
        assert_eq!(state(server, &key, &path).await, before, "{body}");
        let code = page.location.as_deref().and_then(|location| query_of(location, "code"));
        assert!(code.is_none() && !page.has_form("/consent"), "{body}: {:?} {}", page.location, page.text());
    }
}

/// One that nobody limited comes back for everybody, and what was lifted before stays so.
#[actix_web::test]
async fn a_document_that_nobody_limited_comes_back_for_everybody() {
    let (site, key, path) = known(Server::with()).await;
    let server = &site.server;
    for access in [json!({"groups": ["staff"], "least_acr": "2"}), json!({})] {
        assert_eq!(server.administer(&key, Method::PUT, &format!("{path}/access"), access).await.0, 200);
    }
    for _ in 0..2 {
        assert_eq!(server.administer(&key, Method::DELETE, &path, Value::Null).await.0, 200);
        server.tokens(&site.client(), "ada", "openid").await;
        let (access, _) = state(server, &key, &path).await;
        assert_eq!(access, json!({"groups": null, "least_acr": null}));
    }
}
