//! Grants, methods of authentication and algorithms: what is listed works, what is not cannot be registered.

use serde_json::json;

use super::Walk;
use crate::support::{ClientKey, Party, error_of, json_of, parts, registered, tokens, verified};

const METHODS: [&str; 7] = [
    "none",
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
];

/// Every signature algorithm of RFC 7518 §3.1 and RFC 8037, and none.
const ALGORITHMS: [&str; 14] = [
    "none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256",
    "PS384", "PS512", "EdDSA",
];

impl Walk {
    pub async fn grant_types(&self, listed: &[&str]) {
        let server = &self.suite.server;
        for grant_type in listed {
            match *grant_type {
                "authorization_code" => {
                    self.issue(&self.suite.client().await, &[]).await;
                }
                "refresh_token" => {
                    let party = self.refreshing().await;
                    let issued = self.issue(&party, &[]).await;
                    tokens(party.refresh(server, issued.refresh()).await).await;
                }
                "client_credentials" => {
                    server.machine_token(&server.register_machine().await).await;
                }
                new => panic!("the grant {new} is new: let this test use it before it is promised"),
            }
        }
        let party = self.suite.client().await;
        for other in [
            "password",
            "implicit",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:openid:params:grant-type:ciba",
        ] {
            let refused = error_of(party.token(server, &[("grant_type", other)]).await).await;
            assert_eq!(refused, (400, "unsupported_grant_type".to_owned()), "{other}");
        }
    }

    pub async fn refreshing(&self) -> Party {
        self.party(ClientKey::es256(), json!({"grant_types": ["authorization_code", "refresh_token"]})).await
    }

    /// Each listed method is let in at this endpoint; no other can be registered.
    pub async fn methods(&self, path: &str, listed: &[&str]) {
        for method in METHODS {
            let changes = json!({"token_endpoint_auth_method": method});
            let can_register = self.may_register(&ClientKey::es256(), changes.clone()).await;
            // Introspection is for those who can prove who they are.
            let is_expected = listed.contains(&method) || (method == "none" && path == "/introspect");
            assert_eq!(can_register, is_expected, "{method} at {path}");
            if can_register {
                let party = self.party(ClientKey::es256(), changes).await;
                assert_eq!(self.lets_in(path, &party).await, listed.contains(&method), "{method} at {path}");
            }
        }
    }

    /// Each listed algorithm of assertions is let in at this endpoint; no other can be registered.
    pub async fn assertions(&self, path: &str, listed: &[&str]) {
        for algorithm in ALGORITHMS {
            let method = if algorithm.starts_with("HS") { "client_secret_jwt" } else { "private_key_jwt" };
            let key = || match algorithm {
                "RS256" | "PS256" | "ES256" | "EdDSA" => ClientKey::for_algorithm(algorithm),
                _ => ClientKey::es256(),
            };
            let changes =
                json!({"token_endpoint_auth_method": method, "token_endpoint_auth_signing_alg": algorithm});
            let can_register = self.may_register(&key(), changes.clone()).await;
            assert_eq!(can_register, listed.contains(&algorithm), "{algorithm}");
            if can_register {
                let party = self.party(key(), changes).await;
                assert!(self.lets_in(path, &party).await, "{algorithm} at {path}");
            }
        }
    }

    /// Whether the client is let in at an endpoint: it may ask about, revoke, or get, a token of its own.
    async fn lets_in(&self, path: &str, party: &Party) -> bool {
        let server = &self.suite.server;
        let issued = self.issue(party, &[]).await;
        if path == "/token" {
            return true;
        }
        let answer = party.post(server, path, &[("token", &issued.access_token)]).send().await.unwrap();
        match answer.status().as_u16() {
            200 if path == "/revoke" => server.userinfo(&issued.access_token).await.status() == 401,
            200 => answer.json::<serde_json::Value>().await.unwrap()["active"] == true,
            401 => false,
            other => panic!("{other} at {path}"),
        }
    }

    pub async fn id_token_algorithms(&self, listed: &[&str]) {
        for algorithm in ALGORITHMS {
            let changes = json!({"id_token_signed_response_alg": algorithm});
            let can_register = self.may_register(&ClientKey::es256(), changes.clone()).await;
            assert_eq!(can_register, listed.contains(&algorithm), "{algorithm}");
            if can_register {
                let party = self.party(ClientKey::es256(), changes).await;
                let issued = self.issue(&party, &[]).await;
                self.suite.id_token(&party, &issued).await;
                assert_eq!(parts(issued.id_token.as_deref().unwrap()).0["alg"], algorithm);
            }
        }
    }

    /// A signed answer of userinfo is a JWT with issuer and audience. OpenID Connect Core §5.3.2.
    pub async fn userinfo_algorithms(&self, listed: &[&str]) {
        for algorithm in ALGORITHMS {
            let changes = json!({"userinfo_signed_response_alg": algorithm});
            let metadata = crate::conformance::suite::request(&ClientKey::es256(), changes);
            let answer = self.suite.server.post_registration(&metadata).await;
            if !listed.contains(&algorithm) {
                let (status, body) = json_of(answer).await;
                assert_eq!(
                    (status, &body["error"]),
                    (400, &json!("invalid_client_metadata")),
                    "{algorithm}: {body}"
                );
                continue;
            }
            let party = Party { client: registered(answer).await, key: ClientKey::es256() };
            let issued = self.issue(&party, &[]).await;
            let answer = self.suite.server.userinfo(&issued.access_token).await;
            assert_eq!(answer.headers()["content-type"], "application/jwt", "{algorithm}");
            let token = answer.text().await.unwrap();
            assert_eq!(parts(&token).0["alg"], algorithm);
            let claims = verified(&token, &self.suite.server.jwks().await).unwrap();
            assert_eq!(claims["iss"], json!(self.suite.server.issuer));
            assert_eq!(claims["aud"], json!(party.client.client_id));
            assert_eq!(claims["sub"], self.suite.id_token(&party, &issued).await["sub"]);
        }
    }

    /// Each listed algorithm of request objects can be registered and works; no other can.
    pub async fn request_object_algorithms(&self, listed: &[&str]) {
        for algorithm in ALGORITHMS {
            let key = || match algorithm {
                "RS256" | "PS256" | "ES256" | "EdDSA" => ClientKey::for_algorithm(algorithm),
                _ => ClientKey::es256(),
            };
            let changes = json!({"request_object_signing_alg": algorithm});
            let can_register = self.may_register(&key(), changes.clone()).await;
            assert_eq!(can_register, listed.contains(&algorithm), "{algorithm}");
            if can_register {
                let party = self.party(key(), changes).await;
                self.goes_by_object(&party).await;
            }
        }
    }
}
