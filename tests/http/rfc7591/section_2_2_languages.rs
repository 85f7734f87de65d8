//! RFC 7591 §2.2: names and links in several languages. D09.

use serde_json::json;

use crate::support::{Server, body_of};

/// D09: members with a language tag are stored and returned exactly, on POST, GET and PUT.
#[actix_web::test]
async fn members_in_several_languages_are_returned_exactly() {
    let server = Server::start().await;
    let sent = json!({
        "redirect_uris": ["https://client.example/cb"], "client_name": "Example", "client_name#ja-Jpan-JP": "例(クライアント)",
        "client_name#pt-BR": "Exemplo", "client_uri#de": "https://client.example/de", "logo_uri#de": "https://client.example/de.png",
        "tos_uri#de": "https://client.example/agb", "policy_uri#de": "https://client.example/daten",
    });
    let kept = server.accepted(sent.clone()).await;
    for (name, value) in sent.as_object().unwrap() {
        assert_eq!(kept.get(name), Some(value), "{name}");
    }
    assert_eq!(server.accepted(kept.clone()).await, kept);
    let client = server.register(sent).await;
    let read = body_of(200, server.read_registration(&client).await).await;
    assert_eq!(read["client_name#ja-Jpan-JP"], "例(クライアント)");
}

/// D09: they pass the rules of the member without a tag; a tag is one; an update without them takes them away.
#[actix_web::test]
async fn members_in_several_languages_are_validated() {
    let server = Server::start().await;
    for (name, value) in [
        ("client_name#ja", json!("x\u{0}")),
        ("client_name#ja", json!(1)),
        ("client_name#ja_JP", json!("x")),
        ("client_name#", json!("x")),
        ("logo_uri#ja", json!("http://client.example/x.png")),
        ("client_uri#ja", json!("JavaScript:alert(1)")),
        ("tos_uri#ja", json!("\tdata:text/html,x")),
    ] {
        let metadata = json!({"redirect_uris": ["https://client.example/cb"], name: value});
        let (error, words) = server.refused(metadata).await;
        assert_eq!(error, "invalid_client_metadata");
        assert!(words.starts_with(name.split('#').next().unwrap()), "{name}: {words}");
    }
    let plain = json!({"redirect_uris": ["https://client.example/cb"]});
    let empty =
        json!({"redirect_uris": ["https://client.example/cb"], "client_name#ja": "", "client_name#de": null});
    assert_eq!(server.accepted(empty).await, server.accepted(plain.clone()).await);
    let named = json!({"redirect_uris": ["https://client.example/cb"], "client_name#ja": "例"});
    let client = server.register(named).await;
    let mut update = plain;
    update["client_id"] = json!(client.client_id);
    let token = &client.registration_access_token;
    let updated = body_of(200, server.put_registration(&client, token, &update).await).await;
    assert!(updated.get("client_name#ja").is_none());
}
