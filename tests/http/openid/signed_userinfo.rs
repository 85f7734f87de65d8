//! OpenID Connect Core §5.3.2: userinfo as a signed JWT.

use serde_json::{Value, json};

use crate::support::{Registered, Server, error_of, json_of, parts, verified};

const ALGORITHMS: [&str; 4] = ["RS256", "ES256", "PS256", "EdDSA"];

async fn register(server: &Server, algorithm: &str) -> Registered {
    let metadata = json!({
        "redirect_uris": ["https://client.example/cb"], "userinfo_signed_response_alg": algorithm,
        "subject_type": "pairwise",
    });
    let client = server.register(metadata).await;
    assert_eq!(client.body["userinfo_signed_response_alg"], algorithm);
    client
}

/// §5.3.2: `application/jwt`, signed with the registered algorithm, by this server and for this client, with the claims
/// that JSON would have; by GET and by POST.
#[actix_web::test]
async fn it_is_signed_with_the_registered_algorithm() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let jwks = server.jwks().await;
    let listed =
        server.well_known("openid-configuration").await["userinfo_signing_alg_values_supported"].clone();
    assert_eq!(listed, json!(ALGORITHMS));
    for algorithm in ALGORITHMS {
        let client = register(&server, algorithm).await;
        let issued = server.tokens(&client, "ada", "openid email").await;
        let by_form =
            server.http.post(server.url("/userinfo")).form(&[("access_token", &issued.access_token)]);
        for answer in [server.userinfo(&issued.access_token).await, by_form.send().await.unwrap()] {
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.headers()["content-type"], "application/jwt");
            assert_eq!(answer.headers()["cache-control"], "no-store");
            let token = answer.text().await.unwrap();
            assert_eq!(parts(&token).0["alg"], algorithm);
            let claims = verified(&token, &jwks).unwrap();
            let id_token = parts(issued.id_token.as_deref().unwrap()).1;
            for (name, value) in [
                ("iss", json!(server.issuer)),
                ("aud", json!(client.client_id)),
                ("sub", id_token["sub"].clone()),
                ("email", json!("ada@example.com")),
                ("email_verified", json!(false)),
            ] {
                assert_eq!(claims[name], value, "{algorithm} {name}");
            }
        }
    }
}

/// RFC 6750 §3: a refusal is what it always is; and RFC 8725 §3.12: what was signed as userinfo passes for no other token.
#[actix_web::test]
async fn it_is_no_other_token() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = register(&server, "RS256").await;
    let issued = server.tokens(&client, "ada", "openid email").await;
    let signed = server.userinfo(&issued.access_token).await.text().await.unwrap();
    for foreign in [signed.as_str(), "unknown"] {
        assert_eq!(error_of(server.userinfo(foreign).await).await, (401, "invalid_token".to_owned()));
    }
    let (_, claims) = parts(&signed);
    for of_an_id_token in ["exp", "auth_time", "nonce", "at_hash"] {
        assert_eq!(claims.get(of_an_id_token), None, "{of_an_id_token}");
    }
}

/// Dynamic Client Registration §2: without the member it is JSON, and so it is again when the member goes.
#[actix_web::test]
async fn without_the_member_it_is_json() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = register(&server, "ES256").await;
    let issued = server.tokens(&client, "ada", "openid email").await;
    assert_eq!(server.userinfo(&issued.access_token).await.headers()["content-type"], "application/jwt");
    let plain = json!({
        "client_id": client.client_id, "redirect_uris": ["https://client.example/cb"], "subject_type": "pairwise",
    });
    let answer = server.put_registration(&client, &client.registration_access_token, &plain).await;
    assert_eq!(answer.status(), 200);
    let answer = server.userinfo(&issued.access_token).await;
    assert_eq!(answer.headers()["content-type"], "application/json");
    let (status, body): (u16, Value) = json_of(answer).await;
    assert_eq!((status, &body["email"]), (200, &json!("ada@example.com")));
    assert!(body.get("iss").is_none() && body.get("aud").is_none(), "{body}");
}
