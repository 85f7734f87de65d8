//! A client that proves itself by whatever method it registered.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};

use super::{ClientKey, Registered, Server, Tokens, basic, tokens};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A registered client and the key whose public half it registered.
pub struct Party {
    pub client: Registered,
    pub key: ClientKey,
}

impl Party {
    /// A client assertion with this audience, by the key or the secret as the client registered. RFC 7523 §3.
    pub fn assertion(&self, audience: &str, now: i64) -> String {
        let id = &self.client.client_id;
        let jti = grantor::entropy::Entropy.token().expose().to_owned();
        let claims = json!({"iss": id, "sub": id, "aud": audience, "jti": jti, "iat": now, "exp": now + 60});
        if self.method() == "client_secret_jwt" {
            let secret = EncodingKey::from_secret(self.client.client_secret.as_deref().unwrap().as_bytes());
            return encode(&Header::new(Algorithm::HS256), &claims, &secret).unwrap();
        }
        self.key.sign(&json!({"alg": self.key.alg(), "kid": self.key.kid()}), &claims)
    }

    /// A signed request object with these claims beside those that it must have. RFC 9101 §4.
    pub fn request_object(&self, issuer: &str, now: i64, claims: &Value) -> String {
        let id = &self.client.client_id;
        let mut all = json!({"iss": id, "client_id": id, "aud": issuer, "iat": now, "exp": now + 60});
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let header = json!({"alg": self.key.alg(), "kid": self.key.kid(), "typ": "oauth-authz-req+jwt"});
        self.key.sign(&header, &all)
    }

    /// `token_endpoint_auth_method`.
    pub fn method(&self) -> &str {
        self.client.body["token_endpoint_auth_method"].as_str().unwrap()
    }

    /// POST to an endpoint where clients prove themselves.
    pub fn post(&self, server: &Server, path: &str, parameters: &[(&str, &str)]) -> RequestBuilder {
        let request = server.http.post(server.url(path));
        let own = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut form: Vec<_> = parameters.iter().map(|(name, value)| own(name, value)).collect();
        let request = match self.method() {
            "client_secret_basic" => request.header("authorization", basic(&self.client)),
            "client_secret_post" => {
                form.push(own("client_id", &self.client.client_id));
                form.push(own("client_secret", self.client.client_secret.as_deref().unwrap()));
                request
            }
            "none" => {
                form.push(own("client_id", &self.client.client_id));
                request
            }
            _ => {
                form.push(own("client_assertion_type", JWT_BEARER));
                form.push(own("client_assertion", &self.assertion(&server.issuer, server.clock.now())));
                request
            }
        };
        request.form(&form)
    }

    /// POST /token.
    pub async fn token(&self, server: &Server, parameters: &[(&str, &str)]) -> Response {
        self.post(server, "/token", parameters).send().await.unwrap()
    }

    /// Spends a code of a request without a challenge.
    pub async fn exchange(&self, server: &Server, code: &str) -> Response {
        let redirect_uri = self.client.redirect_uri.as_str();
        let parameters =
            [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect_uri)];
        self.token(server, &parameters).await
    }

    pub async fn refresh(&self, server: &Server, refresh_token: &str) -> Response {
        self.token(server, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]).await
    }

    /// What a code gives, which must be good.
    pub async fn tokens_for(&self, server: &Server, code: &str) -> Tokens {
        tokens(self.exchange(server, code).await).await
    }
}
