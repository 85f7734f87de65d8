//! OpenID Connect Core §8: what a client knows a person by.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::support::{
    Authority, Browser, Pkce, Registered, Server, Stub, Tokens, error_of, json_answer, json_of, parts,
    query_of, tokens,
};

async fn server() -> Server {
    let server = Server::start().await;
    server.add_user("ada").await;
    server
}

async fn pairwise(server: &Server, redirect_uri: &str) -> Registered {
    server
        .register(json!({
            "redirect_uris": [redirect_uri], "subject_type": "pairwise",
            "grant_types": ["authorization_code", "refresh_token"],
        }))
        .await
}

fn sub(issued: &Tokens) -> String {
    parts(issued.id_token.as_deref().unwrap()).1["sub"].as_str().unwrap().to_owned()
}

/// §8.1: clients of one host see the same `sub`, others another one, and those with public subjects the person's own; every
/// server says the same, and it is another one for everybody else.
#[actix_web::test]
async fn each_sector_sees_a_subject_of_its_own() {
    let server = server().await;
    server.add_user("bob").await;
    let (one, same) = (
        pairwise(&server, "https://a.example/cb").await,
        pairwise(&server, "https://a.example:8443/other").await,
    );
    let (other, public) =
        (pairwise(&server, "https://b.example/cb").await, server.register_confidential().await);
    let of = async |server: &Server, client: &Registered, user: &str| {
        sub(&server.tokens(client, user, "openid").await)
    };
    let seen = of(&server, &one, "ada").await;
    assert_eq!(of(&server, &same, "ada").await, seen);
    let twin = server.twin().await;
    assert_eq!(of(&twin, &one, "ada").await, seen);
    let others =
        [of(&server, &other, "ada").await, of(&server, &public, "ada").await, of(&server, &one, "bob").await];
    assert!(!others.contains(&seen) && others[0] != others[1], "{seen} {others:?}");
    assert!(seen.len() <= 255 && seen.is_ascii());
}

/// §8: whatever the client is told of the person, it is by the same `sub`, and the person's own is in none of it.
#[actix_web::test]
async fn a_pairwise_client_never_sees_the_persons_own_subject() {
    let server = server().await;
    let (client, public) =
        (pairwise(&server, "https://a.example/cb").await, server.register_confidential().await);
    let own = sub(&server.tokens(&public, "ada", "openid").await);
    let first = server.tokens(&client, "ada", "openid offline_access").await;
    let second = tokens(server.refresh(&client, first.refresh()).await).await;
    let expected = sub(&first);
    let mut told: Vec<Value> = Vec::new();
    for issued in [&first, &second] {
        told.push(parts(issued.id_token.as_deref().unwrap()).1);
        told.push(parts(&issued.access_token).1);
        told.push(json_of(server.userinfo(&issued.access_token).await).await.1);
        told.push(server.introspect(&client, &issued.access_token).await);
    }
    told.push(server.introspect(&client, second.refresh()).await);
    for about in told {
        assert_eq!(about["sub"], json!(expected), "{about}");
        assert_eq!(about.get("username"), None, "{about}");
        assert!(!about.to_string().contains(&own), "{about}");
    }
    let open = server.introspect(&public, &server.tokens(&public, "ada", "openid").await.access_token).await;
    assert_eq!((&open["sub"], &open["username"]), (&json!(own), &json!("ada")));
}

/// §8.1, Dynamic Client Registration §5: the sector is the host of `sector_identifier_uri`, whatever hosts the redirect URIs
/// have.
#[actix_web::test]
async fn a_sector_identifier_joins_hosts() {
    let authority = Authority::new();
    let stub = Stub::start(&authority, Ipv4Addr::LOCALHOST, &["localhost"], |_, out| {
        out.write_all(json_answer("", r#"["https://a.example/cb","https://b.example/cb"]"#).as_bytes())
    });
    let server = Server::with()
        .set("GRANTOR_OUTBOUND__CA_FILE", &authority.file().display().to_string())
        .set("GRANTOR_OUTBOUND__PORTS", &stub.port.to_string())
        .start()
        .await;
    server.add_user("ada").await;
    let of = async |metadata: Value| {
        let client = server.register(metadata).await;
        sub(&server.tokens(&client, "ada", "openid").await)
    };
    let with = |uris: Value| {
        json!({
            "redirect_uris": uris, "subject_type": "pairwise",
            "sector_identifier_uri": format!("https://localhost:{}/sector.json", stub.port),
        })
    };
    let joined = of(with(json!(["https://a.example/cb"]))).await;
    assert_eq!(of(with(json!(["https://b.example/cb"]))).await, joined);
    // One that asks for both has to say which redirect URI it means.
    let both = server.register(with(json!(["https://a.example/cb", "https://b.example/cb"]))).await;
    assert_eq!(sub(&server.tokens(&both, "ada", "openid").await), joined);
    let alone = json!({"redirect_uris": ["https://a.example/cb"], "subject_type": "pairwise"});
    assert_ne!(of(alone).await, joined);
}

/// §8.1: without one host the client is refused, and nothing is registered.
#[actix_web::test]
async fn a_client_of_no_sector_is_refused() {
    let server = Server::start().await;
    for uris in [json!(["https://a.example/cb", "https://b.example/cb"]), json!(["http://127.0.0.1/cb"])] {
        let sent = json!({"redirect_uris": uris, "subject_type": "pairwise"});
        let (status, body) = json_of(server.post_registration(&sent).await).await;
        assert_eq!((status, &body["error"]), (400, &json!("invalid_client_metadata")), "{uris}");
        assert!(body["error_description"].as_str().unwrap().starts_with("subject_type"), "{body}");
    }
    assert_eq!(server.number("SELECT count(*) AS number FROM clients"), 0);
}

/// §8.1, §12.2: a client that moves to another sector, or to public subjects, loses what it was granted, and the person is
/// asked again: no refresh says another `sub` than the sign-in did. Another change leaves everything.
#[actix_web::test]
async fn another_sector_ends_the_grants() {
    let server = server().await;
    let client = pairwise(&server, "https://a.example/cb").await;
    let mut metadata = client.body.clone();
    for name in ["registration_access_token", "registration_client_uri", "client_id_issued_at"] {
        metadata.as_object_mut().unwrap().remove(name);
    }
    metadata.as_object_mut().unwrap().remove("client_secret_expires_at");
    let mut token = client.registration_access_token.clone();
    let mut issued = server.tokens(&client, "ada", "openid offline_access").await;
    let before = sub(&issued);
    for (name, value, goes_on) in [
        ("contacts", json!(["ops@a.example"]), true),
        ("redirect_uris", json!(["https://a.example/cb", "https://a.example/cb2"]), true),
        ("subject_type", json!("public"), false),
        ("subject_type", json!("pairwise"), false),
    ] {
        metadata[name] = value;
        let answer = server.put_registration(&client, &token, &metadata).await;
        let (status, body) = json_of(answer).await;
        assert_eq!(status, 200, "{body}");
        token = body["registration_access_token"].as_str().unwrap().to_owned();
        let refreshed = server.refresh(&client, issued.refresh()).await;
        if goes_on {
            issued = tokens(refreshed).await;
            assert_eq!(sub(&issued), before);
            continue;
        }
        assert_eq!(error_of(refreshed).await, (400, "invalid_grant".to_owned()), "{name}");
        assert_eq!(server.userinfo(&issued.access_token).await.status(), 401);
        let url = server.authorize_url(&client, &Pkce::new(), &[("scope", "openid")]);
        let page = Browser::new(&server).authorize(&url, "ada").await;
        assert!(page.has_form("/consent"), "the person is asked again: {}", page.text());
        issued = server.tokens(&client, "ada", "openid offline_access").await;
    }
    assert_eq!(sub(&issued), before, "back in the first sector");
}

/// §5.5.1: a request for a `sub` means the one that this client knows.
#[actix_web::test]
async fn a_requested_subject_is_the_pairwise_one() {
    let server = server().await;
    let client = pairwise(&server, "https://a.example/cb").await;
    let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
    let first = browser.allow(&server.authorize_url(&client, &pkce, &[("scope", "openid")]), "ada").await;
    let issued = tokens(server.exchange(&client, &query_of(&first, "code").unwrap(), &pkce).await).await;
    let ask = |sub: &str| {
        let claims = json!({"id_token": {"sub": {"value": sub}}}).to_string();
        server.authorize_url(
            &client,
            &pkce,
            &[("scope", "openid"), ("prompt", "none"), ("claims", claims.as_str())],
        )
    };
    let answered = browser.open(&ask(&sub(&issued))).await.location.unwrap();
    assert!(query_of(&answered, "code").is_some(), "{answered}");
    let refused = browser.open(&ask("somebody-else")).await.location.unwrap();
    assert_eq!(query_of(&refused, "error").as_deref(), Some("login_required"));
}

/// The audit log names the person, whatever the client that acts for them knows them by.
#[actix_web::test]
async fn the_audit_log_names_the_person() {
    let server = Server::with().set("GRANTOR_REGISTRATION__MODE", "authenticated_user").start().await;
    server.add_user("ada").await;
    let add = "client add --json --name Portal --redirect-uri https://a.example/cb --scope openid \
               --scope grantor:register --auth-method client_secret_basic";
    let made = server.command(&add.split_whitespace().collect::<Vec<_>>()).await;
    let made: Value = serde_json::from_str(&made).unwrap();
    let portal = Registered {
        client_id: made["client_id"].as_str().unwrap().to_owned(),
        client_secret: made["client_secret"].as_str().map(str::to_owned),
        registration_access_token: String::new(),
        registration_client_uri: String::new(),
        redirect_uri: "https://a.example/cb".to_owned(),
        body: made,
    };
    let pairwise = "UPDATE clients SET metadata = \
                    replace(metadata, '\"application_type\"', '\"subject_type\":\"pairwise\",\"application_type\"')";
    assert_eq!(server.execute(pairwise), 1);
    let issued = server.tokens(&portal, "ada", "grantor:register openid").await;
    let request = server.http.post(server.url("/register")).bearer_auth(&issued.access_token);
    let answer = request.json(&json!({"redirect_uris": ["https://made.example/cb"]})).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let named = |subject: &str| {
        format!(
            "SELECT count(*) AS number FROM audit_events WHERE kind = 'client_registered' \
             AND actor = 'user:' || {subject}"
        )
    };
    assert_eq!(server.number(&named("(SELECT subject FROM users)")), 1);
    assert_eq!(server.number(&named(&format!("'{}'", sub(&issued)))), 0);
}

/// §8: the `sid` of one browser session is another one in each sector, or it would tell whose subjects are one person's. It is the
/// one that the client is told by at sign-out, and that its hint is known by.
#[actix_web::test]
async fn each_sector_sees_a_session_of_its_own() {
    let server = server().await;
    let mut browser = Browser::new(&server);
    let mut seen = Vec::new();
    for (redirect_uri, subject_type) in [
        ("https://a.example/cb", "pairwise"),
        ("https://a.example:8443/other", "pairwise"),
        ("https://b.example/cb", "pairwise"),
        ("https://c.example/cb", "public"),
    ] {
        let client = server
            .register(json!({
                "redirect_uris": [redirect_uri], "subject_type": subject_type,
                "frontchannel_logout_uri": redirect_uri, "frontchannel_logout_session_required": true,
            }))
            .await;
        let pkce = Pkce::new();
        let url = server.authorize_url(&client, &pkce, &[("scope", "openid")]);
        let location = browser.allow(&url, "ada").await;
        let code = query_of(&location, "code").unwrap();
        let id_token = tokens(server.exchange(&client, &code, &pkce).await).await.id_token.unwrap();
        seen.push((parts(&id_token).1["sid"].as_str().unwrap().to_owned(), id_token));
    }
    let sids: Vec<&str> = seen.iter().map(|(sid, _)| sid.as_str()).collect();
    assert_eq!(sids[0], sids[1]);
    assert!(sids[0] != sids[2] && sids[0] != sids[3] && sids[2] != sids[3], "{sids:?}");
    let page = browser.open(&format!("{}?id_token_hint={}", server.url("/logout"), seen[0].1)).await;
    assert!(
        page.text().contains("You are signed out"),
        "a hint of this session asks nobody: {}",
        page.text()
    );
    for sid in sids {
        assert!(page.html.contains(&format!("sid={sid}")), "{sid}: {}", page.html);
    }
}
