//! RFC 7521 §4.2, RFC 7523 §2.2: how an assertion is sent.

use serde_json::json;

use super::{JWT_BEARER, ask, by_secret, claims, good, is_let_in, put, with_key};
use crate::support::{ClientKey, Party, Pkce, Server, basic, error_of, tokens};

/// Core §9: a whole flow by each method that signs: code, refresh, introspection, revocation.
#[actix_web::test]
async fn a_client_that_signs_gets_and_keeps_tokens() {
    let server = Server::start().await;
    server.add_user("ada").await;
    for method in ["private_key_jwt", "client_secret_jwt"] {
        let key = ClientKey::ps256();
        let client = super::register(&server, method, json!({"jwks": key.jwks()})).await;
        assert_eq!(client.client_secret.is_some(), method == "client_secret_jwt");
        assert_eq!(client.body.get("client_secret_expires_at").is_some(), method == "client_secret_jwt");
        let party = Party { client, key };
        let pkce = Pkce::new();
        let code = server.code_for(&party.client, "ada", &pkce, &[("scope", "profile")]).await;
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &party.client.redirect_uri),
            ("code_verifier", &pkce.verifier),
        ];
        let issued = tokens(party.token(&server, &parameters).await).await;
        let again = tokens(party.refresh(&server, issued.refresh()).await).await;
        let asked =
            party.post(&server, "/introspect", &[("token", &again.access_token)]).send().await.unwrap();
        assert_eq!(crate::support::json_of(asked).await.1["active"], true, "{method}");
        let revoked = party.post(&server, "/revoke", &[("token", again.refresh())]).send().await.unwrap();
        assert_eq!(revoked.status(), 200);
        let refused = error_of(party.refresh(&server, again.refresh()).await).await;
        assert_eq!(refused, (400, "invalid_grant".to_owned()), "{method}");
    }
}

/// RFC 6749 §2.3, T28: with a second method beside it, or half of it, it is an `invalid_request`; of another type it proves nothing.
#[actix_web::test]
async fn it_is_sent_whole_and_alone() {
    let server = Server::start().await;
    let key = ClientKey::es256();
    let client = with_key(&server, &key).await;
    let other = server.register_confidential().await;
    let assertion = good(&server, &client, &key, "one");
    let (id, assertion) = (client.client_id.as_str(), assertion.as_str());
    let kind = ("client_assertion_type", JWT_BEARER);
    for (form, status, error) in [
        (vec![kind, ("client_assertion", assertion), ("client_secret", "x")], 400, "invalid_request"),
        (
            vec![kind, ("client_assertion", assertion), ("client_id", &other.client_id)],
            400,
            "invalid_request",
        ),
        (vec![("client_assertion", assertion)], 400, "invalid_request"),
        (vec![kind], 400, "invalid_request"),
        (vec![kind, ("client_id", id)], 400, "invalid_request"),
        (
            vec![kind, ("client_assertion", assertion), ("client_assertion", assertion)],
            400,
            "invalid_request",
        ),
        (vec![("client_assertion_type", "jwt"), ("client_assertion", assertion)], 401, "invalid_client"),
    ] {
        let form: Vec<_> = form.into_iter().chain([("token", "unknown")]).collect();
        let response = server.http.post(server.url("/revoke")).form(&form).send().await.unwrap();
        assert_eq!(error_of(response).await, (status, error.to_owned()), "{form:?}");
    }
    let twice = server.http.post(server.url("/revoke")).header("authorization", basic(&other));
    let twice =
        twice.form(&[kind, ("client_assertion", assertion), ("token", "unknown")]).send().await.unwrap();
    assert_eq!(error_of(twice).await, (400, "invalid_request".to_owned()));
    // Its own client_id may stand beside it, and nothing of all this has spent it.
    assert_eq!(ask(&server, "/revoke", assertion, &[("client_id", id)]).await.0, 200);
}

/// A key that the client replaced proves nothing any more, from that moment on.
#[actix_web::test]
async fn a_replaced_key_proves_nothing() {
    let server = Server::start().await;
    let (old, new) = (ClientKey::es256(), ClientKey::es256());
    let client = with_key(&server, &old).await;
    assert!(is_let_in(&server, "/revoke", &good(&server, &client, &old, "one")).await);
    let body = put(&server, &client, "private_key_jwt", &json!({"jwks": new.jwks()})).await;
    assert!(body.get("client_secret").is_none());
    assert!(!is_let_in(&server, "/revoke", &good(&server, &client, &old, "two")).await);
    assert!(is_let_in(&server, "/revoke", &good(&server, &client, &new, "two")).await);
}

/// T29: failures of one client from one place are counted: then nothing is looked at any more for the rest of the minute.
#[actix_web::test]
async fn too_many_failures_are_429() {
    let server = Server::start().await;
    let key = ClientKey::es256();
    let client = with_key(&server, &key).await;
    for _ in 0..20 {
        assert!(!is_let_in(&server, "/revoke", &by_secret("guess", &claims(&server, &client, "x"))).await);
    }
    let (status, body) = ask(&server, "/revoke", &good(&server, &client, &key, "x"), &[]).await;
    assert_eq!((status, &body["error"]), (429, &json!("slow_down")));
    server.advance(61);
    assert!(is_let_in(&server, "/revoke", &good(&server, &client, &key, "x")).await);
}
