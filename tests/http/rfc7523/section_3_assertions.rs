//! RFC 7523 §3: what an assertion must be. T22, T24.

use serde_json::{Value, json};

use super::{ENDPOINTS, ask, by_secret, claims, good, is_let_in, register, signed, spent, with_key};
use crate::support::{ClientKey, Registered, Server, assemble};

/// T24: issuer or token endpoint as audience, as a string or an array of one, by every algorithm, at every endpoint.
#[actix_web::test]
async fn every_algorithm_proves_at_every_endpoint() {
    let server = Server::start().await;
    let endpoint = format!("{}/token", server.issuer);
    let audiences = [json!(server.issuer), json!(endpoint), json!([server.issuer]), json!([endpoint])];
    for key in ["RS256", "PS256", "ES256", "EdDSA"].map(ClientKey::for_algorithm) {
        let client = with_key(&server, &key).await;
        for path in ENDPOINTS {
            for (n, audience) in audiences.iter().enumerate() {
                let mut claims = claims(&server, &client, &format!("{path} {n}"));
                claims["aud"] = audience.clone();
                assert!(is_let_in(&server, path, &signed(&key, &claims)).await, "{} {path}", key.alg());
            }
        }
        for (n, header) in
            [json!({"typ": "JWT"}), json!({"typ": "client-authentication+jwt"})].iter().enumerate()
        {
            let mut header = header.clone();
            header["alg"] = json!(key.alg());
            let assertion = key.sign(&header, &claims(&server, &client, &n.to_string()));
            assert!(is_let_in(&server, "/revoke", &assertion).await, "without a kid every key is tried");
        }
    }
    let client = register(&server, "client_secret_jwt", json!({})).await;
    let secret = client.client_secret.as_deref().unwrap();
    for path in ENDPOINTS {
        for (n, audience) in audiences.iter().enumerate() {
            let mut claims = claims(&server, &client, &format!("{path} {n}"));
            claims["aud"] = audience.clone();
            assert!(is_let_in(&server, path, &by_secret(secret, &claims)).await, "HS256 {path}");
        }
    }
}

/// Every way to be wrong, by this key.
fn wrong(server: &Server, client: &Registered, key: &ClientKey) -> Vec<(&'static str, String)> {
    let with = |name: &str, value: Value| {
        let mut claims = claims(server, client, "bad");
        claims[name] = value;
        signed(key, &claims)
    };
    let under = |header: Value| key.sign(&header, &claims(server, client, "bad"));
    let (now, endpoint) = (server.clock.now(), format!("{}/token", server.issuer));
    let mut without_exp = claims(server, client, "bad");
    without_exp.as_object_mut().unwrap().remove("exp");
    vec![
        ("no JWT", "a.b.c".to_owned()),
        ("unsigned", assemble(&json!({"alg": "none"}), &claims(server, client, "bad"), b"")),
        (
            "unsigned with a signature",
            assemble(&json!({"alg": "none"}), &claims(server, client, "bad"), b"x"),
        ),
        ("another's key", good(server, client, &ClientKey::es256(), "bad")),
        ("another alg", under(json!({"alg": "RS256"}))),
        ("hmac by its header", under(json!({"alg": "HS256"}))),
        ("an unknown alg", under(json!({"alg": "ES512"}))),
        ("an unknown kid", under(json!({"alg": "ES256", "kid": "other"}))),
        ("its own key", under(json!({"alg": "ES256", "jwk": key.jwk}))),
        ("jku", under(json!({"alg": "ES256", "jku": "https://client.example/jwks"}))),
        ("x5u", under(json!({"alg": "ES256", "x5u": "https://client.example/x5u"}))),
        ("crit", under(json!({"alg": "ES256", "crit": ["exp"]}))),
        ("an access token", under(json!({"alg": "ES256", "typ": "at+jwt"}))),
        ("a logout token", under(json!({"alg": "ES256", "typ": "logout+jwt"}))),
        ("the endpoint it is sent to", with("aud", json!(format!("{}/revoke", server.issuer)))),
        ("another server", with("aud", json!("https://other.example"))),
        ("a slash more", with("aud", json!(format!("{}/", server.issuer)))),
        ("both audiences", with("aud", json!([server.issuer, endpoint]))),
        ("two audiences", with("aud", json!([server.issuer, "https://other.example"]))),
        ("no audience", with("aud", json!([]))),
        ("another issuer", with("iss", json!("c-other"))),
        ("no issuer", with("iss", json!(null))),
        ("another subject", with("sub", json!("c-other"))),
        ("a subject that is a number", with("sub", json!(7))),
        ("expired", with("exp", json!(now - 30))),
        ("no exp", signed(key, &without_exp)),
        ("exp as text", with("exp", json!((now + 60).to_string()))),
        ("too long", with("exp", json!(now + 3_631))),
        ("not yet", with("nbf", json!(now + 31))),
        ("from the future", with("iat", json!(now + 31))),
        ("no jti", with("jti", json!(null))),
        ("an empty jti", with("jti", json!(""))),
        ("a jti that is a number", with("jti", json!(1))),
    ]
}

/// T22, T24: whatever is not exactly right is 401 `invalid_client`, and spends nothing.
#[actix_web::test]
async fn whatever_is_not_exactly_right_is_401() {
    let server = Server::start().await;
    let key = ClientKey::es256();
    let client = with_key(&server, &key).await;
    for n in 0..wrong(&server, &client, &key).len() {
        // Made anew each time: the clock moves on, so that failures are not counted together.
        let (what, assertion) = wrong(&server, &client, &key).swap_remove(n);
        assert!(!is_let_in(&server, "/revoke", &assertion).await, "{what}");
        server.advance(4);
    }
    assert_eq!(spent(&server), 0);
    assert!(is_let_in(&server, "/revoke", &good(&server, &client, &key, "bad")).await);
}

/// T22, CVE row 26: the text of a public key is no secret, and a key that somebody else registered is nobody's.
#[actix_web::test]
async fn a_public_key_is_no_secret() {
    let server = Server::start().await;
    let (key, other_key) = (ClientKey::rs256(), ClientKey::es256());
    let client = with_key(&server, &key).await;
    let other = with_key(&server, &other_key).await;
    let shared = register(&server, "client_secret_jwt", json!({"jwks": key.jwks()})).await;
    for client in [&client, &shared] {
        for secret in [
            key.jwk.to_string(),
            key.jwk["n"].as_str().unwrap().to_owned(),
            key.jwks().to_string(),
            String::new(),
        ] {
            let assertion = by_secret(&secret, &claims(&server, client, "x"));
            assert!(!is_let_in(&server, "/revoke", &assertion).await);
        }
    }
    assert!(!is_let_in(&server, "/revoke", &good(&server, &client, &other_key, "x")).await);
    assert!(!is_let_in(&server, "/revoke", &good(&server, &shared, &key, "x")).await, "not by its method");
    assert!(is_let_in(&server, "/revoke", &good(&server, &other, &other_key, "x")).await);
    assert_eq!(spent(&server), 1);
}

/// T28: the registered method and the registered algorithm, exactly.
#[actix_web::test]
async fn the_registered_method_and_algorithm_are_held_to() {
    let server = Server::start().await;
    let (rs256, ps256) = (ClientKey::rs256(), ClientKey::ps256());
    let keys = json!({"jwks": {"keys": [rs256.jwk, ps256.jwk]}});
    let mut pinned = keys.clone();
    pinned["token_endpoint_auth_signing_alg"] = json!("PS256");
    let pinned = register(&server, "private_key_jwt", pinned).await;
    assert_eq!(pinned.body["token_endpoint_auth_signing_alg"], "PS256");
    assert!(!is_let_in(&server, "/revoke", &good(&server, &pinned, &rs256, "one")).await);
    assert!(is_let_in(&server, "/revoke", &good(&server, &pinned, &ps256, "one")).await);
    for method in ["none", "client_secret_basic", "client_secret_post", "client_secret_jwt"] {
        let client = register(&server, method, keys.clone()).await;
        assert!(!is_let_in(&server, "/revoke", &good(&server, &client, &rs256, "one")).await, "{method}");
        if let Some(secret) = client.client_secret.as_deref().filter(|_| method != "client_secret_jwt") {
            let assertion = by_secret(secret, &claims(&server, &client, "two"));
            assert!(!is_let_in(&server, "/revoke", &assertion).await, "{method}");
        }
    }
    // Who registered to sign is not let in by anything less.
    let by_secret = register(&server, "client_secret_jwt", json!({})).await;
    let secret = by_secret.client_secret.as_deref().unwrap();
    let id = by_secret.client_id.as_str();
    for form in [vec![("client_id", id), ("client_secret", secret)], vec![("client_id", id)]] {
        let form: Vec<_> = form.into_iter().chain([("token", "unknown")]).collect();
        let response = server.http.post(server.url("/revoke")).form(&form).send().await.unwrap();
        assert_eq!(response.status(), 401);
    }
    let header = crate::support::basic(&by_secret);
    let request = server.http.post(server.url("/revoke")).header("authorization", header);
    assert_eq!(request.form(&[("token", "unknown")]).send().await.unwrap().status(), 401);
}

/// T24: the settings that make it stricter: the issuer alone, and no more than five minutes.
#[actix_web::test]
async fn the_settings_make_it_stricter() {
    let server = Server::with()
        .set("GRANTOR_CLIENT_ASSERTIONS__STRICT_AUDIENCE", "true")
        .set("GRANTOR_CLIENT_ASSERTIONS__MAX_LIFETIME", "5m")
        .start()
        .await;
    let key = ClientKey::ed25519();
    let client = with_key(&server, &key).await;
    let with = |id: &str, name: &str, value: Value| {
        let mut claims = claims(&server, &client, id);
        claims[name] = value;
        signed(&key, &claims)
    };
    let endpoint = json!(format!("{}/token", server.issuer));
    assert!(!is_let_in(&server, "/token", &with("one", "aud", endpoint)).await);
    assert!(is_let_in(&server, "/token", &with("one", "aud", json!(server.issuer))).await);
    let now = server.clock.now();
    assert!(!is_let_in(&server, "/token", &with("two", "exp", json!(now + 331))).await);
    assert!(is_let_in(&server, "/token", &with("two", "exp", json!(now + 300))).await);
}

/// Nobody learns from the answer whether there is a client: the same for one that is unknown, of another method, disabled, or not
/// the one who signed.
#[actix_web::test]
async fn an_unknown_client_is_answered_like_any_other() {
    let server = Server::start().await;
    let key = ClientKey::es256();
    let client = with_key(&server, &key).await;
    let disabled = with_key(&server, &key).await;
    server.set_disabled(&disabled, true);
    let unknown = Registered { client_id: "c-unknown".to_owned(), ..client.clone() };
    let nul = Registered { client_id: "c-\0".to_owned(), ..client.clone() };
    let public = server.register_public().await;
    let mut answers =
        vec![ask(&server, "/revoke", &good(&server, &client, &ClientKey::es256(), "x"), &[]).await];
    for client in [&disabled, &unknown, &nul, &public] {
        answers.push(ask(&server, "/revoke", &good(&server, client, &key, "x"), &[]).await);
        answers.push(ask(&server, "/revoke", &by_secret("secret", &claims(&server, client, "x")), &[]).await);
    }
    assert_eq!(answers[0].0, 401);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert_eq!(spent(&server), 0);
}

/// A client that waits for approval proves who it is and is told so; nothing is spent.
#[actix_web::test]
async fn a_pending_client_is_told_so() {
    let server = Server::start().await;
    let key = ClientKey::es256();
    let client = with_key(&server, &key).await;
    server.set_pending(&client, true);
    let assertion = good(&server, &client, &key, "one");
    let (status, body) = ask(&server, "/revoke", &assertion, &[]).await;
    assert_eq!((status, &body["error"]), (400, &json!("unauthorized_client")));
    server.set_pending(&client, false);
    assert!(is_let_in(&server, "/revoke", &assertion).await);
}
