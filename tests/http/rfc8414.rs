//! Metadata: both documents, and that they promise nothing that does not work and hide nothing that does.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Browser, ClientKey, Party, Pkce, Server, error_of, parts, query_of, tokens};

const DOCUMENTS: [&str; 2] = ["oauth-authorization-server", "openid-configuration"];

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

/// RFC 8414 §3.3, §3.2: the issuer is the one that was asked, and each endpoint that is listed is there.
#[actix_web::test]
async fn every_listed_endpoint_answers() {
    for path in ["", "/auth"] {
        let server = Server::with().path(path).start().await;
        for document in DOCUMENTS {
            let metadata = server.well_known(document).await;
            assert_eq!(metadata["issuer"], json!(server.issuer));
            let mut endpoints = 0;
            for (name, url) in metadata.as_object().unwrap() {
                if !name.ends_with("_endpoint") && name != "jwks_uri" {
                    continue;
                }
                let url = url.as_str().unwrap();
                assert!(url.starts_with(&format!("{}/", server.issuer)), "{name}: {url}");
                let get = server.http.get(url).send().await.unwrap().status().as_u16();
                let expected = match name.as_str() {
                    // The page that says somebody is signed out.
                    "jwks_uri" | "end_session_endpoint" => 200,
                    "authorization_endpoint" => 400,
                    "userinfo_endpoint" => 401,
                    _ => 405,
                };
                assert_eq!(get, expected, "{name}");
                endpoints += 1;
            }
            assert_eq!(endpoints, if document == "openid-configuration" { 8 } else { 6 }, "{metadata}");
        }
    }
}

/// A15, A23, A25: S256 only, the code flow only, and `iss` in every answer, in both documents alike.
#[actix_web::test]
async fn both_documents_say_the_same() {
    let server = Server::start().await;
    let oauth = server.well_known(DOCUMENTS[0]).await;
    let openid = server.well_known(DOCUMENTS[1]).await;
    for (name, value) in oauth.as_object().unwrap() {
        assert_eq!(&openid[name], value, "{name}");
    }
    assert_eq!(oauth["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(oauth["response_types_supported"], json!(["code"]));
    assert_eq!(oauth["authorization_response_iss_parameter_supported"], true);
    for later in [
        "pushed_authorization_request_endpoint",
        "device_authorization_endpoint",
        "dpop_signing_alg_values_supported",
        "tls_client_certificate_bound_access_tokens",
    ] {
        assert!(openid.get(later).is_none(), "{later}");
    }
    assert!(strings(&openid["scopes_supported"]).contains(&"openid"));
    assert_eq!(openid["subject_types_supported"], json!(["public", "pairwise"]));
}

/// Everything that is listed works: each method of client authentication with each endpoint that lists it, each grant type,
/// each algorithm for ID tokens, each scope, each response mode. What is not listed is refused.
#[actix_web::test]
async fn what_is_listed_works_and_nothing_else() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let metadata = server.well_known("openid-configuration").await;
    let base = json!({"redirect_uris": ["https://client.example/cb"], "grant_types": ["authorization_code", "refresh_token"]});
    let with = |name: &str, value: &str| {
        let mut metadata = base.clone();
        metadata[name] = json!(value);
        metadata
    };
    for method in strings(&metadata["token_endpoint_auth_methods_supported"]) {
        let key = ClientKey::es256();
        let mut metadata = with("token_endpoint_auth_method", method);
        metadata["jwks"] = key.jwks();
        let party = Party { client: server.register(metadata).await, key };
        assert_eq!(party.method(), method);
        let pkce = Pkce::new();
        let code = server.code_for(&party.client, "ada", &pkce, &[("scope", "profile")]).await;
        let parameters = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &party.client.redirect_uri),
            ("code_verifier", &pkce.verifier),
        ];
        let issued = tokens(party.token(&server, &parameters).await).await;
        tokens(party.refresh(&server, issued.refresh()).await).await;
    }
    for method in ["self_signed_tls_client_auth", "tls_client_auth"] {
        let refused =
            error_of(server.post_registration(&with("token_endpoint_auth_method", method)).await).await;
        assert_eq!(refused, (400, "invalid_client_metadata".to_owned()), "{method}");
    }
    let jwks = server.jwks().await;
    for algorithm in strings(&metadata["id_token_signing_alg_values_supported"]) {
        let client = server.register(with("id_token_signed_response_alg", algorithm)).await;
        let issued = server.tokens(&client, "ada", "openid").await;
        let id_token = issued.id_token.unwrap();
        assert_eq!(parts(&id_token).0["alg"], algorithm);
        crate::support::verified(&id_token, &jwks).unwrap();
    }
    let client = server.register(base.clone()).await;
    let scopes = strings(&metadata["scopes_supported"]);
    let issued = server.tokens(&client, "ada", &scopes.join(" ")).await;
    let mut granted: Vec<&str> = issued.body["scope"].as_str().unwrap().split(' ').collect();
    let mut listed = scopes.clone();
    granted.sort_unstable();
    listed.sort_unstable();
    assert_eq!(granted, listed);
    let claims: Value = server.userinfo(&issued.access_token).await.json().await.unwrap();
    let supported = strings(&metadata["claims_supported"]);
    for name in claims.as_object().unwrap().keys() {
        assert!(supported.contains(&name.as_str()), "{name}");
    }
    let grants = strings(&metadata["grant_types_supported"]);
    assert_eq!(grants, ["authorization_code", "refresh_token", "client_credentials"]);
    server.machine_token(&server.register_machine().await).await;
    for mode in ["query", "form_post", "fragment", "web_message"] {
        let listed = strings(&metadata["response_modes_supported"]).contains(&mode);
        let url =
            server.authorize_url(&client, &Pkce::new(), &[("scope", "openid"), ("response_mode", mode)]);
        let page = Browser::new(&server).open(&url).await;
        assert_eq!(page.has_form("/login"), listed, "{mode}");
    }
}

/// RFC 8414 §3.1: with a path in the issuer, the document stands below it, and at the root with the path inserted behind.
#[actix_web::test]
async fn the_path_of_the_issuer_is_inserted() {
    let server = Server::with().path("/auth").start().await;
    let origin = server.address.strip_suffix("/auth").unwrap().to_owned();
    for document in DOCUMENTS {
        let below = server.well_known(document).await;
        let inserted = server.http.get(format!("{origin}/.well-known/{document}/auth")).send().await.unwrap();
        assert_eq!(inserted.status(), 200);
        assert_eq!(inserted.headers()["access-control-allow-origin"], "*");
        assert_eq!(inserted.json::<Value>().await.unwrap(), below);
        for none in ["", "/", "/other", "/auth/", "/authx"] {
            let answer =
                server.http.get(format!("{origin}/.well-known/{document}{none}")).send().await.unwrap();
            assert_eq!(answer.status(), 404, "{none}");
        }
    }
}

/// The whole flow under a path: sign-in, consent, code, tokens, userinfo, refresh, revocation.
#[actix_web::test]
async fn the_whole_flow_works_under_a_path() {
    let server = Server::with().path("/auth").start().await;
    server.add_user("ada").await;
    let client = server.register_confidential().await;
    assert!(client.registration_client_uri.starts_with(&format!("{}/register/", server.issuer)));
    let (mut browser, pkce) = (Browser::new(&server), Pkce::new());
    let url = server.authorize_url(&client, &pkce, &[("scope", "openid offline_access")]);
    let location = browser.allow(&url, "ada").await;
    assert_eq!(query_of(&location, "iss").as_deref(), Some(server.issuer.as_str()));
    let code = query_of(&location, "code").unwrap();
    let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
    assert_eq!(parts(&issued.access_token).1["aud"], json!(server.issuer));
    assert_eq!(server.userinfo(&issued.access_token).await.status(), 200);
    assert_eq!(server.introspect(&client, &issued.access_token).await["active"], true);
    let next = tokens(server.refresh(&client, issued.refresh()).await).await;
    assert_eq!(server.revoke(&client, next.refresh()).await.status(), 200);
    assert_eq!(server.userinfo(&next.access_token).await.status(), 401);
    assert_eq!(server.read_registration(&client).await.status(), 200);
    let page = browser.open(&server.url("/logout")).await;
    assert_eq!(browser.submit(&page.form("/logout")).await.status, 200);
}

/// RFC 8414 §3.2, RFC 9111: plain `application/json`, cacheable for the promised time, with a validator that works.
#[actix_web::test]
async fn documents_are_cached_and_validated() {
    let server = Server::start().await;
    let paths = DOCUMENTS.map(|name| format!("/.well-known/{name}"));
    for path in paths.iter().map(String::as_str).chain(["/jwks.json"]) {
        let url = server.url(path);
        let answer = server.http.get(&url).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/json", "{path}");
        assert_eq!(answer.headers()["cache-control"], "public, max-age=300", "{path}");
        let etag = answer.headers()["etag"].to_str().unwrap().to_owned();
        let length = answer.headers()["content-length"].clone();
        for tags in [etag.clone(), format!("W/{etag}"), format!("\"x\", {etag}"), "*".to_owned()] {
            let answer = server.http.get(&url).header("if-none-match", &tags).send().await.unwrap();
            assert_eq!(answer.status(), 304, "{path} {tags}");
            assert_eq!(answer.headers()["etag"], etag.as_str());
            assert_eq!(answer.text().await.unwrap(), "");
        }
        for tags in ["\"x\"", "", etag.trim_matches('"')] {
            let answer = server.http.get(&url).header("if-none-match", tags).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{path} {tags}");
        }
        let head = server.http.head(&url).send().await.unwrap();
        assert_eq!((head.status().as_u16(), &head.headers()["content-length"]), (200, &length), "{path}");
        assert_eq!(head.headers()["etag"], etag.as_str());
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let answer = server.http.request(method, &url).send().await.unwrap();
            assert_eq!(answer.status(), 405, "{path}");
        }
    }
}

/// RFC 8414 §2: an endpoint that is switched off is not listed.
#[actix_web::test]
async fn registration_that_is_off_is_not_listed() {
    let server = Server::with().set("GRANTOR_REGISTRATION__MODE", "off").start().await;
    for document in DOCUMENTS {
        assert_eq!(server.well_known(document).await.get("registration_endpoint"), None);
    }
    assert_eq!(server.post_registration(&json!({})).await.status(), 404);
}
