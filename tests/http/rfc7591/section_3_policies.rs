//! RFC 7591 §3: policies that an operator declares, approval, and people who register clients.

use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{
    Registered, Server, ServerBuilder, basic, body_of, error_of, json_of, registered, tokens,
};

const MODE: &str = "GRANTOR_REGISTRATION__MODE";
const POLICY: &str = "GRANTOR_REGISTRATION__POLICY";
const POLICIES: &str = "GRANTOR_REGISTRATION__POLICIES";

fn under(policy: &Value) -> ServerBuilder {
    Server::with().set(POLICY, &policy.to_string())
}

fn at(uri: &str) -> Value {
    json!({"redirect_uris": [uri]})
}

async fn register_with(server: &Server, token: &str, metadata: &Value) -> Response {
    server.http.post(server.url("/register")).bearer_auth(token).json(metadata).send().await.unwrap()
}

async fn issue(server: &Server, arguments: &[&str]) -> String {
    let arguments = [&["initial-access-token", "issue", "--json"], arguments].concat();
    let issued: Value = serde_json::from_str(&server.command(&arguments).await).unwrap();
    issued["initial_access_token"].as_str().unwrap().to_owned()
}

/// CVE row 27, fault "`*.example.com` matching `attackerexample.com`" of section 9: on POST and on PUT.
#[actix_web::test]
async fn a_policy_allows_hosts_label_by_label() {
    let server = under(&json!({"redirect_hosts": ["*.example.com", "app.test"]})).start().await;
    // What a PUT of the helper starts from.
    let good = json!({"redirect_uris": ["https://a.example.com/cb", "https://app.test/cb"]});
    let mut client = server.register(good.clone()).await;
    for bad in [
        "https://attackerexample.com/cb",
        "https://example.com/cb",
        "https://example.com.evil.test/cb",
        "https://xapp.test/cb",
        "https://a.app.test/cb",
        "http://localhost/cb",
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "com.evil.app:/cb",
    ] {
        let refusal = body_of(400, server.post_registration(&at(bad)).await).await;
        assert_eq!(refusal["error"], "invalid_redirect_uri", "{bad}");
        assert!(refusal["error_description"].as_str().unwrap().starts_with("redirect_uris: "), "{refusal}");
        // One refused URI refuses the request, and an update is judged alike.
        let update =
            json!({"client_id": client.client_id, "redirect_uris": ["https://a.example.com/cb", bad]});
        let answer = server.put_registration(&client, &client.registration_access_token, &update).await;
        assert_eq!(body_of(400, answer).await["error"], "invalid_redirect_uri", "{bad}");
    }
    let mut same = good;
    same["client_id"] = json!(client.client_id);
    let token = client.registration_access_token.clone();
    let kept = body_of(200, server.put_registration(&client, &token, &same).await).await;
    client.registration_access_token = kept["registration_access_token"].as_str().unwrap().to_owned();
    let logout = json!({"client_id": client.client_id, "redirect_uris": ["https://app.test/cb"],
        "post_logout_redirect_uris": ["https://evil.test/bye"]});
    let refusal = server.put_registration(&client, &client.registration_access_token, &logout).await;
    assert_eq!(body_of(400, refusal).await["error"], "invalid_client_metadata");
}

/// Fault "a policy evaded by leaving a field out" of section 9, CVE row 29: the default of the member is judged.
#[actix_web::test]
async fn a_policy_is_not_evaded_by_leaving_a_member_out() {
    let policy = json!({"token_endpoint_auth_methods": ["none"], "scopes": ["openid"],
        "grant_types": ["authorization_code"]});
    let server = under(&policy).start().await;
    let without = at("https://a.test/cb");
    let refusal = body_of(400, server.post_registration(&without).await).await;
    assert!(refusal["error_description"].as_str().unwrap().starts_with("token_endpoint_auth_method"));
    let mut public = without.clone();
    public["token_endpoint_auth_method"] = json!("none");
    let mut client = server.register(public.clone()).await;
    assert_eq!(
        (&client.body["scope"], &client.body["grant_types"]),
        (&json!("openid"), &json!(["authorization_code"]))
    );
    for more in [
        json!({"scope": null, "grant_types": null}),
        json!({"scope": "", "grant_types": []}),
        json!({"scope": "openid profile", "grant_types": ["authorization_code", "refresh_token"]}),
    ] {
        let mut update = public.clone();
        update["client_id"] = json!(client.client_id);
        update.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let token = client.registration_access_token.clone();
        let kept = body_of(200, server.put_registration(&client, &token, &update).await).await;
        assert_eq!(
            (&kept["scope"], &kept["grant_types"]),
            (&json!("openid"), &json!(["authorization_code"]))
        );
        client.registration_access_token = kept["registration_access_token"].as_str().unwrap().to_owned();
    }
    let mut update = without;
    update["client_id"] = json!(client.client_id);
    let refused = server.put_registration(&client, &client.registration_access_token, &update).await;
    body_of(400, refused).await;
}

/// D16, CVE rows 25, 26 and 93: nothing that a client sends about itself widens what it may have; only the policy does.
#[actix_web::test]
async fn a_client_does_not_widen_its_policy() {
    let scopes = r#"[{"name": "admin", "description": "Everything", "operator_only": true}]"#;
    let greedy = json!({"redirect_uris": ["https://evil.test/cb"], "scope": "openid admin grantor:register",
        "grant_types": ["authorization_code", "client_credentials"], "access_token_format": "opaque",
        "policy": "default", "policies": [{"redirect_hosts": ["evil.test"]}], "redirect_hosts": ["evil.test"],
        "allowed_redirect_uris": ["https://evil.test/*"], "approval_required": false, "max_clients": 99,
        "access_token_lifetime": 86400, "is_administrator": true, "roles": ["admin"], "protocol_mappers": [{}],
        "attributes": {"role": "admin"}, "skip_consent": true, "first_party": true, "owner_id": 1,
        "source": "operator", "verified_by": "https://issuer.test", "client_id": "https://evil.test/"});
    let server = Server::with().set("GRANTOR_SCOPES", scopes).start().await;
    let kept = server.register(greedy.clone()).await;
    // D17: the server chooses.
    assert!(kept.client_id.starts_with("c-"), "{}", kept.client_id);
    assert_eq!(kept.body["scope"], "openid");
    assert_eq!(kept.body["grant_types"], json!(["authorization_code"]));
    let row = server.client_row(&kept.client_id).unwrap();
    assert_eq!((row.source.as_str(), row.verified_by, row.pending_since), ("dynamic", None, None));
    for beyond in ["access_token_format", "roles", "attributes", "skip_consent", "access_token_lifetime"] {
        assert!(kept.body.get(beyond).is_none(), "{beyond}");
    }
    let narrow = json!({"redirect_hosts": ["app.test"]}).to_string();
    let strict = server.twin_with(POLICY, &narrow).await;
    assert_eq!(body_of(400, strict.post_registration(&greedy).await).await["error"], "invalid_redirect_uri");
    // The policy itself may give what nobody else does.
    let generous = json!({"scopes": ["openid", "admin"], "grant_types": ["client_credentials", "authorization_code"],
        "access_token_format": "opaque"});
    let open = server.twin_with(POLICY, &generous.to_string()).await;
    let client = registered(open.post_registration(&greedy).await).await;
    assert_eq!(client.body["scope"], "admin openid");
    let form = [("grant_type", "client_credentials")];
    let request = open.http.post(open.url("/token")).header("authorization", basic(&client)).form(&form);
    let issued = tokens(request.send().await.unwrap()).await;
    assert!(!issued.access_token.contains('.'), "opaque, as the policy says");
}

/// An open client is held to its snapshot and to today's policy, one of an initial access token to its snapshot.
#[actix_web::test]
async fn an_open_client_is_held_to_todays_policy_as_well() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let open = server.register_confidential().await;
    let token = server.initial_access_token(None, None, None);
    let invited = registered(register_with(&server, &token, &at("https://client.example/cb")).await).await;
    let policy =
        json!({"scopes": ["openid"], "redirect_hosts": ["app.test"], "max_access_token_lifetime": 60});
    let narrower = server.twin_with(POLICY, &policy.to_string()).await;
    let update = |client: &Registered| json!({"client_id": client.client_id, "redirect_uris": ["https://client.example/cb"]});
    let refused = narrower.http.put(narrower.url(&format!("/register/{}", open.client_id)));
    let refused = refused.bearer_auth(&open.registration_access_token).json(&update(&open));
    assert_eq!(body_of(400, refused.send().await.unwrap()).await["error"], "invalid_redirect_uri");
    let kept = narrower.http.put(narrower.url(&format!("/register/{}", invited.client_id)));
    let kept = kept.bearer_auth(&invited.registration_access_token).json(&update(&invited));
    let kept = body_of(200, kept.send().await.unwrap()).await;
    assert!(kept["scope"].as_str().unwrap().contains("profile"), "{kept}");
    let issued = narrower.tokens(&open, "ada", "openid profile").await;
    assert_eq!(
        (issued.body["scope"].as_str(), issued.body["expires_in"].as_i64()),
        (Some("openid"), Some(60))
    );
}

/// D16: a grant type that an operator takes from open registration is taken from those who came by it.
#[actix_web::test]
async fn an_open_client_loses_a_grant_that_the_policy_loses() {
    let both = json!({"grant_types": ["client_credentials", "authorization_code"]});
    let server = under(&both).start().await;
    let client = server.register(json!({"grant_types": ["client_credentials"]})).await;
    server.machine_token(&client).await;
    let narrower = server.twin_with(POLICY, "{}").await;
    let refused = narrower.token(&client, &[("grant_type", "client_credentials")]).await;
    assert_eq!(error_of(refused).await, (400, "unauthorized_client".to_owned()));
}

/// Lifetimes of a policy: what its clients' access tokens and refresh tokens live.
#[actix_web::test]
async fn tokens_obey_the_lifetimes_of_the_policy() {
    let policy = json!({"access_token_lifetime": 120, "max_refresh_token_lifetime": 1000});
    let server = under(&policy).start().await;
    server.add_user("ada").await;
    let client = server.register_confidential().await;
    let issued = server.tokens(&client, "ada", "openid offline_access").await;
    assert_eq!(issued.body["expires_in"], 120);
    server.advance(900);
    let refreshed = tokens(server.refresh(&client, issued.refresh()).await).await;
    assert_eq!(refreshed.body["expires_in"], 120);
    server.advance(101);
    let refused = error_of(server.refresh(&client, refreshed.refresh()).await).await;
    assert_eq!(refused, (400, "invalid_grant".to_owned()));
}

/// An initial access token names a policy, which its clients inherit and it can only narrow.
#[actix_web::test]
async fn an_initial_access_token_names_a_policy() {
    let policies = json!([{"name": "partners", "redirect_hosts": ["*.partner.test"], "max_clients": 2,
        "scopes": ["email", "openid"], "grant_types": ["authorization_code", "client_credentials"]}]);
    let server = Server::with().set(POLICIES, &policies.to_string()).start().await;
    let token =
        issue(&server, &["--policy", "partners", "--uses", "9", "--scope", "openid", "--name", "p"]).await;
    let good = json!({"redirect_uris": ["https://a.partner.test/cb"], "scope": "openid email",
        "grant_types": ["client_credentials", "authorization_code", "refresh_token"]});
    let client = registered(register_with(&server, &token, &good).await).await;
    assert_eq!(client.body["scope"], "openid");
    assert_eq!(client.body["grant_types"], json!(["client_credentials", "authorization_code"]));
    let bad = register_with(&server, &token, &at("https://a.test/cb")).await;
    assert_eq!(body_of(400, bad).await["error"], "invalid_redirect_uri");
    registered(register_with(&server, &token, &good).await).await;
    // max_clients, D13: 429, and no use is spent by it.
    let full = register_with(&server, &token, &good).await;
    assert!(full.headers().contains_key("retry-after"));
    body_of(429, full).await;
    let listed: Value =
        serde_json::from_str(&server.command(&["initial-access-token", "list", "--json"]).await).unwrap();
    let listed = &listed[0];
    assert_eq!(
        (&listed["uses_left"], &listed["clients"], &listed["policy"]),
        (&json!(7), &json!(2), &json!("partners"))
    );
    assert_eq!(server.delete_registration(&client).await.status(), 204);
    registered(register_with(&server, &token, &good).await).await;
    // A policy that is not declared any more lets nobody in.
    let without = server.twin_with(POLICIES, "[]").await;
    body_of(401, register_with(&without, &token, &good).await).await;
    let events = server.number(
        "SELECT count(*) AS number FROM audit_events WHERE kind = 'initial_access_token_issued' \
         AND details LIKE '%partners%'",
    );
    assert_eq!(events, 1);
}

/// Pending: 201 that says so; then authorize shows a page, and every endpoint for clients answers `unauthorized_client`
/// until an operator approves. GET and DELETE work, PUT is 403.
#[actix_web::test]
async fn a_pending_client_waits_at_every_endpoint() {
    let policy = json!({"approval_required": true,
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"]});
    let server = under(&policy).start().await;
    server.add_user("ada").await;
    let metadata = json!({"redirect_uris": ["https://client.example/cb"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"]});
    let client = server.register(metadata.clone()).await;
    assert_eq!(client.body["client_status"], "pending");
    let page =
        server.http.get(server.authorize_url(&client, &crate::support::Pkce::new(), &[("scope", "openid")]));
    let page = page.send().await.unwrap();
    assert_eq!(page.status(), 403);
    assert!(page.headers().get("location").is_none());
    assert!(page.text().await.unwrap().contains("approv"));
    let forms: [(&str, &[(&str, &str)]); 5] = [
        ("/token", &[("grant_type", "client_credentials")]),
        ("/token", &[("grant_type", "refresh_token"), ("refresh_token", "x")]),
        (
            "/token",
            &[
                ("grant_type", "authorization_code"),
                ("code", "x"),
                ("redirect_uri", "https://client.example/cb"),
                ("code_verifier", "0123456789012345678901234567890123456789012"),
            ],
        ),
        ("/introspect", &[("token", "x")]),
        ("/revoke", &[("token", "x")]),
    ];
    for (path, form) in forms {
        let request = server.http.post(server.url(path)).header("authorization", basic(&client)).form(form);
        let refused = error_of(request.send().await.unwrap()).await;
        assert_eq!(refused, (400, "unauthorized_client".to_owned()), "{path} {form:?}");
    }
    assert_eq!(body_of(200, server.read_registration(&client).await).await["client_status"], "pending");
    let mut update = metadata;
    update["client_id"] = json!(client.client_id);
    let put = server.put_registration(&client, &client.registration_access_token, &update).await;
    assert_eq!(put.status(), 403);
    server.command(&["client", "approve", &client.client_id]).await;
    server.machine_token(&client).await;
    assert!(body_of(200, server.read_registration(&client).await).await.get("client_status").is_none());
    let events = "SELECT count(*) AS number FROM audit_events WHERE kind = 'client_approved'";
    assert_eq!(server.number(events), 1);
    let other = server.register(json!({"redirect_uris": ["https://client.example/cb"]})).await;
    assert_eq!(server.delete_registration(&other).await.status(), 204);
}

/// D11: people who are signed in register, with an access token for the server itself that has the scope for it.
#[actix_web::test]
async fn a_person_registers_with_an_access_token() {
    let resources = r#"[{"identifier": "https://api.test/"}]"#;
    let server =
        Server::with().set(MODE, "authenticated_user").set("GRANTOR_RESOURCES", resources).start().await;
    server.add_user("ada").await;
    let made = server
        .command(&[
            "client",
            "add",
            "--json",
            "--name",
            "Portal",
            "--redirect-uri",
            "https://portal.test/cb",
            "--scope",
            "openid",
            "--scope",
            "grantor:register",
            "--auth-method",
            "client_secret_basic",
        ])
        .await;
    let portal = portal(&made);
    let good = at("https://client.example/cb");

    let response = server.post_registration(&good).await;
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    body_of(401, response).await;
    let without = server.tokens(&portal, "ada", "openid").await;
    let response = register_with(&server, &without.access_token, &good).await;
    let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
    assert_eq!(challenge, "Bearer error=\"insufficient_scope\", scope=\"grantor:register\"");
    assert_eq!(body_of(403, response).await["error"], "insufficient_scope");
    body_of(401, register_with(&server, "no-such-token", &good).await).await;
    // Not by the session cookie.
    let cookie = server.http.post(server.url("/register")).header("cookie", "grantor_session=x").json(&good);
    body_of(401, cookie.send().await.unwrap()).await;

    let with = server.tokens(&portal, "ada", "openid grantor:register").await;
    let client = registered(register_with(&server, &with.access_token, &good).await).await;
    assert!(!client.body["scope"].as_str().unwrap().contains("grantor:"), "{}", client.body);
    let row = server.client_row(&client.client_id).unwrap();
    assert_eq!(row.source.as_str(), "user");
    let owners = "SELECT count(*) AS number FROM clients JOIN users ON users.id = clients.owner_id \
        WHERE users.name = 'ada' AND clients.source = 'user'";
    assert_eq!(server.number(owners), 1);
    let actors = "SELECT count(*) AS number FROM audit_events WHERE kind = 'client_registered' AND actor LIKE 'user:%'";
    assert_eq!(server.number(actors), 1);
    // What a person registered is self-registered: the scope for it is not for its clients.
    let mut greedy = good.clone();
    greedy["scope"] = json!("openid grantor:register");
    let second = registered(register_with(&server, &with.access_token, &greedy).await).await;
    assert_eq!(second.body["scope"], "openid");
    // A token dies with its person.
    server.execute("UPDATE users SET disabled_at = 1");
    body_of(401, register_with(&server, &with.access_token, &good).await).await;
}

fn portal(made: &str) -> Registered {
    let body: Value = serde_json::from_str(made).unwrap();
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    Registered {
        client_id: text("client_id"),
        client_secret: Some(text("client_secret")),
        registration_access_token: String::new(),
        registration_client_uri: String::new(),
        redirect_uri: "https://portal.test/cb".to_owned(),
        body,
    }
}

/// D11: `off` is 404 with every token; `grantor:register` is no scope that anybody is told of or given.
#[actix_web::test]
async fn the_scope_to_register_is_an_operators_to_give() {
    let server = Server::start().await;
    let (_, metadata) =
        json_of(server.http.get(server.url("/.well-known/openid-configuration")).send().await.unwrap()).await;
    assert!(!metadata["scopes_supported"].to_string().contains("grantor:"));
    let asked = json!({"redirect_uris": ["https://a.test/cb"], "scope": "grantor:register"});
    body_of(400, server.post_registration(&asked).await).await;
}

/// D17: two POSTs with the same body make two clients.
#[actix_web::test]
async fn a_repeat_never_returns_an_existing_client() {
    let server = Server::start().await;
    let body = json!({"redirect_uris": ["https://a.test/cb"], "client_name": "Same", "software_id": "same"});
    let (one, other) = (server.register(body.clone()).await, server.register(body).await);
    assert_ne!(one.client_id, other.client_id);
    assert_ne!(one.registration_access_token, other.registration_access_token);
}

/// The dry run says what POST /register then does, member by member, and writes nothing.
#[actix_web::test]
async fn a_dry_run_says_what_a_registration_would_do() {
    let policy = json!({"redirect_hosts": ["a.test"], "scopes": ["openid"]});
    let server = under(&policy).start().await;
    let check = |metadata: Value| {
        let server = &server;
        async move {
            let submitted = metadata.as_object().unwrap().clone();
            let report = grantor::flow::registration_policy::dry_run(server.means(), &submitted, None).await;
            serde_json::to_value(report.unwrap()).unwrap()
        }
    };
    let report =
        check(json!({"redirect_uris": ["https://a.test/cb"], "scope": "openid email", "x": 1})).await;
    assert_eq!(report["accepted"], true);
    let changes = report["changes"].as_array().unwrap();
    let of = |name: &str| changes.iter().find(|change| change["member"] == name).cloned();
    assert_eq!(of("scope").unwrap(), json!({"member": "scope", "asked": "openid email", "kept": "openid"}));
    assert_eq!(of("x").unwrap()["kept"], Value::Null);
    assert_eq!(of("redirect_uris"), None);
    assert_eq!(of("token_endpoint_auth_method").unwrap()["asked"], Value::Null);
    let report =
        check(json!({"redirect_uris": ["https://b.test/cb"], "scope": "email", "client_uri": 7})).await;
    assert_eq!(report["accepted"], false);
    let members: Vec<&str> = report["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refusal| refusal["member"].as_str().unwrap())
        .collect();
    for name in ["redirect_uris", "scope", "client_uri"] {
        assert!(members.contains(&name), "{members:?}");
    }
    // A redirect URI that is none hides no other fault.
    let report =
        check(json!({"redirect_uris": ["http://b.test/cb"], "scope": "email", "client_name": 7, "jwks": 7}))
            .await;
    let refusals = report["refusals"].as_array().unwrap();
    let mut members: Vec<&str> = refusals.iter().map(|refusal| refusal["member"].as_str().unwrap()).collect();
    members.sort_unstable();
    assert_eq!(members, ["client_name", "jwks", "redirect_uris", "scope"], "{report}");
    assert_eq!(server.count_clients(), 0);
    let unknown = serde_json::Map::new();
    assert!(
        grantor::flow::registration_policy::dry_run(server.means(), &unknown, Some("none")).await.is_err()
    );
}
