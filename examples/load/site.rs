//! What all workers share about the server, and what each worker has been promised by it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use crate::Outcome;
use crate::http::Client;

/// A client that `grantor client add --json` made.
pub struct Credentials {
    pub client_id: String,
    /// The Authorization header of `client_secret_basic`, RFC 6749 §2.3.1.
    pub authorization: String,
}

impl Credentials {
    pub fn read(path: &Path) -> Outcome<Self> {
        let fail = |why: String| format!("{}: {why}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
        let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| fail(error.to_string()))?;
        let member = |name: &str| {
            json.get(name)
                .and_then(|value| value.as_str())
                .map(str::to_owned)
                .ok_or_else(|| fail(format!("no {name}")))
        };
        let (client_id, secret) = (member("client_id")?, member("client_secret")?);
        let authorization = basic(&client_id, &secret);
        Ok(Self { client_id, authorization })
    }
}

fn basic(client_id: &str, secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(client_id), encode(secret))))
}

/// The server under load and who calls it.
pub struct Site {
    pub issuer: String,
    pub services: Vec<Arc<Credentials>>,
    pub interactive: Option<Arc<Credentials>>,
    pub user: String,
    pub password: String,
    /// `name=value; …` of the signed-in browser, once it has signed in.
    pub cookie: String,
}

impl Site {
    /// The path of a URL of this server, given absolute or as a path.
    pub fn path<'a>(&self, url: &'a str) -> Outcome<&'a str> {
        let path = url.strip_prefix(&self.issuer).unwrap_or(url);
        if path.starts_with('/') { Ok(path) } else { Err(format!("{url} is not at {}", self.issuer)) }
    }

    pub fn interactive(&self) -> Outcome<Arc<Credentials>> {
        self.interactive.clone().ok_or_else(|| "this needs --interactive".to_owned())
    }
}

/// A client that the server said it registered.
#[derive(Clone)]
pub struct RegisteredClient {
    pub client_id: String,
    pub configuration_path: String,
    /// `Bearer …` of the newest registration access token.
    pub authorization: String,
    pub client_name: String,
    pub redirect_uri: String,
}

/// An access token that the server said it issued.
#[derive(Clone)]
pub struct IssuedToken {
    pub access_token: String,
    pub expires_in: u64,
    pub client: Arc<Credentials>,
    /// The subject of the ID token beside it.
    pub subject: Option<String>,
}

/// A code in a redirect, with what its exchange needs.
pub struct Code {
    pub value: String,
    pub verifier: String,
    pub nonce: String,
}

/// Everything a worker has been promised; `verify` asks for it back.
#[derive(Default)]
pub struct Ledger {
    pub clients: Vec<RegisteredClient>,
    /// Chosen to be deleted.
    pub doomed: Vec<RegisteredClient>,
    pub deleted: Vec<RegisteredClient>,
    pub tokens: Vec<IssuedToken>,
    /// One of `tokens`, with scope openid.
    pub user_token: Option<IssuedToken>,
    pub codes: Vec<Code>,
    /// The newest refresh token of each chain, by its scope.
    pub chains: HashMap<&'static str, String>,
}

/// One connection and its memory. Lives through all scenarios of a run.
pub struct Worker {
    pub number: usize,
    pub http: Client,
    pub ledger: Ledger,
    sequence: u64,
}

impl Worker {
    pub fn new(number: usize, port: u16) -> Self {
        Self { number, http: Client::new(port), ledger: Ledger::default(), sequence: 0 }
    }

    /// A number that this worker has not used before.
    pub fn next(&mut self) -> usize {
        self.sequence += 1;
        usize::try_from(self.sequence).unwrap_or(usize::MAX)
    }

    /// 43 characters that no other worker and no other run makes: for state, nonce and `code_verifier`.
    pub fn unique(&mut self, label: &str) -> String {
        let number = self.next();
        sha256_base64(&format!("{label} {} {} {number}", std::process::id(), self.number))
    }

    /// One of the service clients, the same for all calls of this worker.
    pub fn service(&self, site: &Site) -> Outcome<Arc<Credentials>> {
        let at = self.number.checked_rem(site.services.len());
        let service = at.and_then(|at| site.services.get(at)).cloned();
        service.ok_or_else(|| "this needs --service".to_owned())
    }
}

/// BASE64URL(SHA-256(text)): the S256 of RFC 7636 §4.2.
pub fn sha256_base64(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// One of the parts of a JWT (0 header, 1 payload) as JSON; its signature is not looked at.
pub fn jwt_part(token: &str, part: usize) -> Option<serde_json::Value> {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(part)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// `a=b&c=d` in the form encoding.
pub fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let challenge = sha256_base64("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn client_id_and_secret_are_form_encoded_before_they_are_joined() {
        assert_eq!(basic("a:b", "c d"), format!("Basic {}", STANDARD.encode("a%3Ab:c+d")));
    }

    #[test]
    fn the_parts_of_a_jwt_are_read() {
        let token =
            format!("{}.{}.x", URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#), URL_SAFE_NO_PAD.encode("{}"));
        assert_eq!(jwt_part(&token, 0).unwrap()["alg"], "ES256");
        assert_eq!(jwt_part("opaque", 0), None);
        assert_eq!(jwt_part(&token, 7), None);
    }

    #[test]
    fn no_two_values_of_two_workers_are_the_same() {
        let (mut one, mut two) = (Worker::new(1, 1), Worker::new(2, 1));
        let values: std::collections::HashSet<_> =
            (0..100).flat_map(|_| [one.unique("state"), two.unique("state"), one.unique("nonce")]).collect();
        assert_eq!(values.len(), 300);
    }
}
