//! RFC 7591 §2.3 and §3.1.1: software statements of issuers that the configuration trusts. D10.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use grantor::flow::vouching;
use grantor::protocol::client::tier::Tier;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use crate::support::{Registered, Server, body_of, json_of};

const ISSUER: &str = "https://directory.example";

/// An issuer of statements.
struct Directory(EncodingKey);

impl Directory {
    fn new() -> Self {
        let pair = rcgen::KeyPair::generate().unwrap();
        Self(EncodingKey::from_ec_der(&pair.serialize_der()))
    }

    fn setting(&self) -> String {
        let jwk = Jwk::from_encoding_key(&self.0, Algorithm::ES256).unwrap();
        json!([{"issuer": ISSUER, "jwks": json!({"keys": [jwk]}).to_string()}]).to_string()
    }

    async fn trusted_by(&self) -> Server {
        Server::with().set("GRANTOR_SOFTWARE_STATEMENT_ISSUERS", &self.setting()).start().await
    }

    fn sign(&self, mut claims: Value) -> String {
        claims["iss"] = json!(ISSUER);
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&json!({"alg": "ES256"})), part(&claims));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.0, Algorithm::ES256).unwrap();
        format!("{message}.{signature}")
    }

    fn statement(&self) -> String {
        self.sign(json!({"client_name": "Signed", "software_id": "s-1", "redirect_uris": ["https://signed.example/cb"]}))
    }
}

fn tier(server: &Server, client: &Registered) -> Tier {
    vouching::tier(&server.means().config, &server.client_row(&client.client_id).unwrap())
}

async fn update(server: &Server, client: &mut Registered, mut metadata: Value, status: u16) -> Value {
    metadata["client_id"] = json!(client.client_id);
    let token = client.registration_access_token.clone();
    let body = body_of(status, server.put_registration(client, &token, &metadata).await).await;
    if let Some(token) = body["registration_access_token"].as_str() {
        token.clone_into(&mut client.registration_access_token);
    }
    body
}

/// D10, RFC 7591 §3.1.1 and §3.2.1: claims win over plain metadata, on POST and PUT, and the statement is returned unchanged.
#[actix_web::test]
async fn claims_win_and_the_statement_is_returned_unchanged() {
    let directory = Directory::new();
    let server = directory.trusted_by().await;
    let statement = directory.statement();
    let sent = json!({"software_statement": statement, "client_name": "Bank", "client_name#de": "Bank",
        "redirect_uris": ["https://evil.example/cb"], "tos_uri": "https://signed.example/tos"});
    let kept = server.accepted(sent.clone()).await;
    assert_eq!(kept["client_name"], "Signed");
    assert_eq!(kept["redirect_uris"], json!(["https://signed.example/cb"]));
    assert_eq!((&kept["software_id"], &kept["tos_uri"]), (&json!("s-1"), &sent["tos_uri"]));
    assert_eq!(kept["software_statement"], json!(statement));
    assert!(kept.get("client_name#de").is_none(), "{kept}");
    assert_eq!(server.accepted(kept.clone()).await, kept);
    let client = server.register(sent).await;
    assert_eq!(tier(&server, &client), Tier::VerifiedByIssuer(ISSUER.to_owned()));
}

/// D10, RFC 7591 §3.2.2: both error codes, on POST and PUT.
#[actix_web::test]
async fn a_bad_statement_is_invalid_and_an_unknown_issuer_unapproved() {
    let (directory, stranger) = (Directory::new(), Directory::new());
    let server = directory.trusted_by().await;
    let now = server.clock.now();
    let refused = async |statement: String| {
        let sent = json!({"software_statement": statement, "redirect_uris": ["https://signed.example/cb"]});
        let (error, words) = server.refused(sent).await;
        assert!(words.starts_with("software_statement"), "{words}");
        error
    };
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = format!("{}.{}.", part(json!({"alg": "none"})), part(json!({"iss": ISSUER})));
    for bad in [
        unsigned,
        stranger.statement(),
        directory.sign(json!({"exp": now - 100})),
        directory.sign(json!({"exp": "tomorrow"})),
        directory.sign(json!({"aud": "https://other.example"})),
        "no statement".to_owned(),
    ] {
        assert_eq!(refused(bad.clone()).await, "invalid_software_statement", "{bad}");
    }
    let for_us = directory.sign(json!({"aud": server.issuer, "exp": now + 100}));
    server
        .accepted(json!({"software_statement": for_us, "redirect_uris": ["https://signed.example/cb"]}))
        .await;
    let of_another = URL_SAFE_NO_PAD.encode(json!({"iss": "https://another.example"}).to_string());
    let mut parts: Vec<String> = for_us.split('.').map(str::to_owned).collect();
    parts[1] = of_another;
    assert_eq!(refused(parts.join(".")).await, "unapproved_software_statement");
}

/// RFC 7592 §2.2: an update replaces the statement, too: without it the mark is gone, and with it, it is there again.
#[actix_web::test]
async fn an_update_without_the_statement_is_not_verified() {
    let directory = Directory::new();
    let server = directory.trusted_by().await;
    let statement = directory.statement();
    let mut client = server.register(json!({"software_statement": statement})).await;
    let body = update(
        &server,
        &mut client,
        json!({"redirect_uris": ["https://evil.example/cb"], "client_name": "Signed"}),
        200,
    )
    .await;
    assert!(body.get("software_statement").is_none() && body.get("software_id").is_none(), "{body}");
    assert_eq!(tier(&server, &client), Tier::SelfRegistered);
    update(&server, &mut client, json!({"software_statement": statement}), 200).await;
    assert_eq!(tier(&server, &client), Tier::VerifiedByIssuer(ISSUER.to_owned()));
}

/// registration.md §4: the end of a statement ends no registration: the client may send back what it was told.
#[actix_web::test]
async fn a_registered_statement_may_be_sent_again_after_its_end() {
    let directory = Directory::new();
    let server = directory.trusted_by().await;
    let end = server.clock.now() + 3600;
    let statement = directory
        .sign(json!({"exp": end, "redirect_uris": ["https://signed.example/cb"], "client_name": "Signed"}));
    let mut client = server.register(json!({"software_statement": statement})).await;
    server.advance(7200);
    update(
        &server,
        &mut client,
        json!({"software_statement": statement, "tos_uri": "https://signed.example/tos"}),
        200,
    )
    .await;
    assert_eq!(tier(&server, &client), Tier::VerifiedByIssuer(ISSUER.to_owned()));
    let (status, body) =
        json_of(server.post_registration(&json!({"software_statement": statement})).await).await;
    assert_eq!((status, &body["error"]), (400, &json!("invalid_software_statement")));
}

/// A statement can be copied: with other redirect URIs than it names, nobody is verified by it.
#[actix_web::test]
async fn a_copied_statement_without_redirect_uris_verifies_nobody() {
    let directory = Directory::new();
    let server = directory.trusted_by().await;
    let statement = directory.sign(json!({"client_name": "Signed"}));
    let client = server
        .register(json!({"software_statement": statement, "redirect_uris": ["https://evil.example/cb"]}))
        .await;
    assert_eq!(client.body["client_name"], "Signed");
    assert_eq!(tier(&server, &client), Tier::SelfRegistered);
}

/// registration.md §3: an issuer that is taken out verifies nobody any more, its statements are unapproved, and an operator removes
/// its clients, having seen which.
#[actix_web::test]
async fn a_removed_issuer_can_take_its_clients() {
    let directory = Directory::new();
    let server = directory.trusted_by().await;
    let statement = directory.statement();
    let signed = server.register(json!({"software_statement": statement})).await;
    let plain = server.register_public().await;
    let mut without = server.twin_with("GRANTOR_SOFTWARE_STATEMENT_ISSUERS", "").await;
    assert_eq!(tier(&without, &signed), Tier::SelfRegistered);
    let (status, body) =
        json_of(without.post_registration(&json!({"software_statement": statement})).await).await;
    assert_eq!((status, &body["error"]), (400, &json!("unapproved_software_statement")));
    let url = without.url(&format!("/register/{}", signed.client_id));
    let sent = json!({"client_id": signed.client_id, "software_statement": statement});
    let put = without.http.put(url).bearer_auth(&signed.registration_access_token).json(&sent);
    assert_eq!(body_of(400, put.send().await.unwrap()).await["error"], "unapproved_software_statement");

    let delete = ["client", "delete", "--verified-by", ISSUER, "--json"];
    let dry: Value =
        serde_json::from_str(&without.command(&[&delete[..], &["--dry-run"]].concat()).await).unwrap();
    assert_eq!(server.count_clients(), 2, "a dry run deletes nothing");
    let done: Value = serde_json::from_str(&without.command(&delete).await).unwrap();
    assert_eq!(done["clients"][0]["client_id"], json!(signed.client_id));
    assert_eq!(dry["clients"][0]["client_id"], done["clients"][0]["client_id"]);
    let went = &done["clients"][0]["belongings"];
    assert_eq!(&dry["clients"][0]["belongings"], went, "the preview holds the numbers of the receipt");
    assert!(server.client_row(&signed.client_id).is_none() && server.client_row(&plain.client_id).is_some());
    without.stop().await;
}
