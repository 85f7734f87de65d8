//! Resource indicators, and what kind of token each gets.

use serde_json::{Value, json};

use crate::support::{Browser, Pkce, Registered, Server, error_of, json_of, parts, query_of, tokens};

const NOTES: &str = "https://notes.example/api";
const MAIL: &str = "https://mail.example";

async fn server() -> Server {
    let resources = json!([
        {"identifier": NOTES, "access_token_lifetime": "5m"},
        {"identifier": MAIL, "access_token_format": "opaque"},
    ]);
    let server = Server::with().set("GRANTOR_RESOURCES", &resources.to_string()).start().await;
    server.add_user("ada").await;
    server
}

/// The code flow for these resources.
async fn code(server: &Server, client: &Registered, pkce: &Pkce, resources: &[&str]) -> String {
    let mut extra = vec![("scope", "openid profile")];
    extra.extend(resources.iter().map(|resource| ("resource", *resource)));
    server.code_for(client, "ada", pkce, &extra).await
}

async fn refresh_for(server: &Server, client: &Registered, token: &str, resources: &[&str]) -> (u16, Value) {
    let mut parameters = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
    parameters.extend(resources.iter().map(|resource| ("resource", *resource)));
    json_of(server.token(client, &parameters).await).await
}

async fn audience(server: &Server, client: &Registered, body: &Value) -> Value {
    server.introspect(client, body["access_token"].as_str().unwrap()).await["aud"].clone()
}

/// T04: the audience is what was asked for, as it was registered; without a resource it is the server.
#[actix_web::test]
async fn the_audience_is_the_resource() {
    let server = server().await;
    let client = server.register_confidential().await;
    for (asked, audience) in [
        (vec![], json!([server.issuer])),
        (vec![NOTES], json!([NOTES])),
        (vec!["https://mail.example/"], json!([MAIL])),
        (vec![NOTES, MAIL], json!([NOTES, MAIL])),
    ] {
        let pkce = Pkce::new();
        let code = code(&server, &client, &pkce, &asked).await;
        let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
        assert_eq!(server.introspect(&client, &issued.access_token).await["aud"], audience, "{asked:?}");
    }
}

/// T04, RFC 8707 §2.2: the token request narrows and never widens, at the exchange and at each refresh; the grant keeps all.
#[actix_web::test]
async fn a_token_request_narrows_and_never_widens() {
    let server = server().await;
    let client = server.register_confidential().await;
    let pkce = Pkce::new();
    let code = code(&server, &client, &pkce, &[NOTES, MAIL]).await;
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", pkce.verifier.as_str()),
        ("resource", NOTES),
    ];
    let wrong = [parameters[0], parameters[1], parameters[2], ("resource", "https://unknown.example")];
    let refused = error_of(server.token(&client, &wrong).await).await;
    assert_eq!(refused, (400, "invalid_target".to_owned()), "and the code is not spent");
    let (status, first) = json_of(server.token(&client, &parameters).await).await;
    assert_eq!(status, 200, "{first}");
    assert_eq!(audience(&server, &client, &first).await, json!([NOTES]));
    let (_, second) = refresh_for(&server, &client, first["refresh_token"].as_str().unwrap(), &[MAIL]).await;
    assert_eq!(audience(&server, &client, &second).await, json!([MAIL]));
    let (_, both) = refresh_for(&server, &client, second["refresh_token"].as_str().unwrap(), &[]).await;
    assert_eq!(audience(&server, &client, &both).await, json!([NOTES, MAIL]));

    let only_notes = Pkce::new();
    let code = self::code(&server, &client, &only_notes, &[NOTES]).await;
    let issued = tokens(server.exchange(&client, &code, &only_notes).await).await;
    for wider in
        [&[MAIL][..], &[NOTES, MAIL], &[server.issuer.as_str()], &["https://notes.example/api#f"], &["x"]]
    {
        let (status, body) = refresh_for(&server, &client, issued.refresh(), wider).await;
        assert_eq!((status, body["error"].as_str()), (400, Some("invalid_target")), "{wider:?}");
    }
    assert_eq!(refresh_for(&server, &client, issued.refresh(), &[NOTES]).await.0, 200, "nothing was spent");
}

/// T04: a grant for the server itself is for no resource.
#[actix_web::test]
async fn a_grant_without_resource_gets_none() {
    let server = server().await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "openid").await;
    let (status, body) = refresh_for(&server, &client, issued.refresh(), &[NOTES]).await;
    assert_eq!((status, body["error"].as_str()), (400, Some("invalid_target")));
}

/// T04, RFC 8707 §2: an unknown resource goes back to the client as `invalid_target`, with the command that adds one.
#[actix_web::test]
async fn an_unknown_resource_is_refused_at_once() {
    let server = server().await;
    let client = server.register_public().await;
    for resource in ["https://unknown.example", "https://notes.example/api#fragment", "https://notes.example"]
    {
        let url = server.authorize_url(&client, &Pkce::new(), &[("scope", "openid"), ("resource", resource)]);
        let page = Browser::new(&server).authorize(&url, "ada").await;
        let location = page.location.unwrap_or_else(|| panic!("{resource}: {}", page.html));
        assert_eq!(query_of(&location, "error").as_deref(), Some("invalid_target"), "{resource}");
        assert!(query_of(&location, "error_description").unwrap().contains("grantor resource add"));
    }
    let machine = server.register_machine().await;
    let ask = [("grant_type", "client_credentials"), ("resource", "https://unknown.example")];
    assert_eq!(error_of(server.token(&machine, &ask).await).await, (400, "invalid_target".to_owned()));
}

/// A token for a resource is not one for userinfo, which takes only those for the server.
#[actix_web::test]
async fn userinfo_takes_no_token_for_a_resource() {
    let server = server().await;
    let client = server.register_public().await;
    for resource in [NOTES, MAIL] {
        let pkce = Pkce::new();
        let code = code(&server, &client, &pkce, &[resource]).await;
        let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
        assert_eq!(
            error_of(server.userinfo(&issued.access_token).await).await,
            (401, "invalid_token".to_owned())
        );
    }
}

/// A resource's own format and lifetime win over the server's; among several the shortest life counts.
#[actix_web::test]
async fn a_resource_has_its_own_format_and_lifetime() {
    let server = server().await;
    let client = server.register_confidential().await;
    for (resources, is_jwt, lifetime) in
        [(&[NOTES][..], true, 300), (&[MAIL], false, 900), (&[NOTES, MAIL], false, 300)]
    {
        let pkce = Pkce::new();
        let code = code(&server, &client, &pkce, resources).await;
        let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
        assert_eq!(issued.access_token.contains('.'), is_jwt, "{resources:?}");
        assert_eq!(issued.body["expires_in"], lifetime, "{resources:?}");
        let said = server.introspect(&client, &issued.access_token).await;
        assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), lifetime);
        if is_jwt {
            let (_, claims) = parts(&issued.access_token);
            assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), lifetime);
        }
    }
}

/// The format of a client, which an operator sets, wins over the server's.
#[actix_web::test]
async fn a_client_may_have_a_format_of_its_own() {
    for (server_format, client_format) in [("jwt", "opaque"), ("opaque", "jwt")] {
        let server = Server::with().set("GRANTOR_TOKENS__ACCESS_TOKEN_FORMAT", server_format).start().await;
        server.add_user("ada").await;
        let client = server.register_public().await;
        assert_eq!(
            server.tokens(&client, "ada", "profile").await.access_token.contains('.'),
            server_format == "jwt"
        );
        let change = format!(
            "UPDATE clients SET metadata = '{{\"access_token_format\":\"{client_format}\",' || substr(metadata, 2)"
        );
        assert_eq!(server.execute(&change), 1);
        assert_eq!(
            server.tokens(&client, "ada", "profile").await.access_token.contains('.'),
            client_format == "jwt"
        );
    }
}

/// T04: a resource that an operator deleted gets no more tokens, by exchange or refresh.
#[actix_web::test]
async fn a_deleted_resource_gets_no_tokens() {
    let server = Server::start().await;
    server.add_user("ada").await;
    server.publish_resource(NOTES, &[], None).await;
    let client = server.register_confidential().await;
    let (pkce, unspent) = (Pkce::new(), Pkce::new());
    let first = code(&server, &client, &pkce, &[NOTES]).await;
    let issued = tokens(server.exchange(&client, &first, &pkce).await).await;
    let second = code(&server, &client, &unspent, &[NOTES]).await;
    server.delete_resource(NOTES).await;
    for resources in [&[][..], &[NOTES]] {
        let (status, body) = refresh_for(&server, &client, issued.refresh(), resources).await;
        assert_eq!((status, body["error"].as_str()), (400, Some("invalid_target")), "{resources:?}");
    }
    assert_eq!(error_of(server.exchange(&client, &second, &unspent).await).await.1, "invalid_target");
}
