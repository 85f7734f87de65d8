//! R36: a database error in any statement. Every endpoint fails closed, says nothing of the database, and keeps nothing
//! half: the same request works once the database does.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{Browser, Form, Pkce, Registered, Server, Tokens, basic, on_postgres, query_of};

const TABLES: [&str; 11] = [
    "clients",
    "registration_access_tokens",
    "initial_access_tokens",
    "users",
    "browser_sessions",
    "authorization_threads",
    "consents",
    "grants",
    "authorization_codes",
    "refresh_tokens",
    "access_tokens",
];

/// What makes statements on a table fail.
const FAULTS: [&str; 4] = ["any statement", "INSERT", "UPDATE", "DELETE"];

/// Makes such statements fail until `mend`.
fn break_table(server: &Server, table: &str, fault: &str) {
    let statements = match fault {
        "any statement" => format!("ALTER TABLE {table} RENAME TO set_aside"),
        event if on_postgres() => format!(
            "CREATE FUNCTION fault() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'injected fault'; END $$ LANGUAGE plpgsql; \
             CREATE TRIGGER fault BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION fault()"
        ),
        event => format!(
            "CREATE TRIGGER fault BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, 'injected fault'); END"
        ),
    };
    server.database.execute(&statements);
}

fn mend(server: &Server, table: &str, fault: &str) {
    let statements = match fault {
        "any statement" => format!("ALTER TABLE set_aside RENAME TO {table}"),
        _ if on_postgres() => "DROP FUNCTION fault() CASCADE".to_owned(),
        _ => "DROP TRIGGER fault".to_owned(),
    };
    server.database.execute(&statements);
}

/// One request, ready to be sent, and sent again.
enum Request {
    Register,
    RegisterWithToken(String),
    Read(Registered),
    Update(Registered),
    Delete(Registered),
    Exchange(Registered, String, Pkce),
    Refresh(Registered, String),
    ClientCredentials(Registered),
    RevokeAccess(Registered, Tokens),
    RevokeRefresh(Registered, Tokens),
    Introspect(Registered, Tokens),
    Userinfo(Tokens),
    Authorize(Browser, String),
    SignIn(Browser, Form),
    Consent(Browser, Form),
}

impl Request {
    /// One of each.
    async fn all(server: &Server, signed_in: &Browser) -> Vec<Self> {
        let machine = server.register_machine().await;
        let mut ready = vec![
            Self::Register,
            Self::RegisterWithToken(server.initial_access_token(None, None, Some(1))),
            Self::Read(server.register_confidential().await),
            Self::Update(server.register_confidential().await),
            Self::Delete(server.register_confidential().await),
            Self::ClientCredentials(machine),
        ];
        let client = server.register_confidential().await;
        let pkce = Pkce::new();
        let code = code_of(server, signed_in, &client, &pkce).await;
        ready.push(Self::Exchange(client, code, pkce));
        for make in [
            (|client, tokens: Tokens| Self::Refresh(client, tokens.refresh().to_owned())) as fn(_, _) -> _,
            Self::RevokeAccess,
            Self::RevokeRefresh,
            Self::Introspect,
            |_, tokens| Self::Userinfo(tokens),
        ] {
            let client = server.register_confidential().await;
            let pkce = Pkce::new();
            let code = code_of(server, signed_in, &client, &pkce).await;
            let tokens = crate::support::tokens(server.exchange(&client, &code, &pkce).await).await;
            ready.push(make(client, tokens));
        }
        let client = server.register_public().await;
        let url = server.authorize_url(&client, &Pkce::new(), &[("scope", "openid")]);
        ready.push(Self::Authorize(copy(server, signed_in), url.clone()));
        let mut browser = copy(server, signed_in);
        let page = browser.open(&url).await;
        ready.push(Self::Consent(browser, page.form("/consent").with("decision", "allow")));
        let mut stranger = Browser::new(server);
        let page = stranger.open(&url).await;
        let form = page.form("/login").with("name", "ada").with("password", crate::support::PASSWORD);
        ready.push(Self::SignIn(stranger, form));
        ready
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::RegisterWithToken(_) => "register with a token",
            Self::Read(_) => "read a registration",
            Self::Update(_) => "update a registration",
            Self::Delete(_) => "delete a registration",
            Self::Exchange(..) => "exchange a code",
            Self::Refresh(..) => "refresh",
            Self::ClientCredentials(_) => "client_credentials",
            Self::RevokeAccess(..) => "revoke an access token",
            Self::RevokeRefresh(..) => "revoke a refresh token",
            Self::Introspect(..) => "introspect",
            Self::Userinfo(_) => "userinfo",
            Self::Authorize(..) => "authorize",
            Self::SignIn(..) => "sign in",
            Self::Consent(..) => "consent",
        }
    }

    async fn send(&mut self, server: &Server) -> Response {
        let redirect = json!({"redirect_uris": ["https://client.example/cb"]});
        match self {
            Self::Register => server.post_registration(&redirect).await,
            Self::RegisterWithToken(token) => {
                let request = server.http.post(server.url("/register")).bearer_auth(token);
                request.json(&redirect).send().await.unwrap()
            }
            Self::Read(client) => server.read_registration(client).await,
            Self::Update(client) => {
                let mut metadata = redirect;
                metadata["client_id"] = Value::from(client.client_id.as_str());
                server.put_registration(client, &client.registration_access_token, &metadata).await
            }
            Self::Delete(client) => server.delete_registration(client).await,
            Self::Exchange(client, code, pkce) => server.exchange(client, code, pkce).await,
            Self::Refresh(client, token) => server.refresh(client, token).await,
            Self::ClientCredentials(client) => {
                server.token(client, &[("grant_type", "client_credentials")]).await
            }
            Self::RevokeAccess(client, tokens) => server.revoke(client, &tokens.access_token).await,
            Self::RevokeRefresh(client, tokens) => server.revoke(client, tokens.refresh()).await,
            Self::Introspect(client, tokens) => {
                let request = server.http.post(server.url("/introspect"));
                let request = request.header("authorization", basic(client));
                request.form(&[("token", &tokens.access_token)]).send().await.unwrap()
            }
            Self::Userinfo(tokens) => server.userinfo(&tokens.access_token).await,
            Self::Authorize(browser, url) => browser.send(Method::GET, url, None).await,
            Self::SignIn(browser, form) | Self::Consent(browser, form) => {
                let url = server.url(&form.action);
                browser.send(Method::POST, &url, Some(form.fields.clone())).await
            }
        }
    }

    /// What an answer of success must have brought about.
    async fn check_effect(&self, server: &Server) {
        match self {
            Self::RevokeAccess(client, tokens) | Self::RevokeRefresh(client, tokens) => {
                let about = server.introspect(client, &tokens.access_token).await;
                assert_eq!(about, json!({"active": false}), "{}: 200 but alive", self.name());
            }
            Self::Delete(client) => assert_eq!(server.read_registration(client).await.status(), 401),
            _ => {}
        }
    }
}

fn copy(server: &Server, browser: &Browser) -> Browser {
    let mut copy = Browser::new(server);
    copy.cookies.clone_from(&browser.cookies);
    copy
}

async fn code_of(server: &Server, signed_in: &Browser, client: &Registered, pkce: &Pkce) -> String {
    let url = server.authorize_url(client, pkce, &[("scope", "openid offline_access")]);
    query_of(&copy(server, signed_in).allow(&url, "ada").await, "code").unwrap()
}

/// A 5xx with a request id and nothing of the database.
async fn check_failure(answer: Response, what: &str) {
    let id = answer.headers().get("x-request-id").map(|id| id.to_str().unwrap().to_owned());
    let id = id.unwrap_or_else(|| panic!("{what}: no request id"));
    let is_json = answer.headers()["content-type"] == "application/json";
    assert!(answer.headers().get("location").is_none(), "{what}: a redirect");
    let body = answer.text().await.unwrap();
    if is_json {
        let json: Value = serde_json::from_str(&body).unwrap();
        let members: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["error", "error_description"], "{what}: {body}");
        assert_eq!(json["error"], "server_error", "{what}: {body}");
    } else {
        assert!(body.contains(&id), "{what}: the page does not name the request id: {body}");
    }
    let said = body.to_lowercase();
    for secret in [
        "injected",
        "set_aside",
        "no such",
        "relation",
        "sqlite",
        "postgres",
        "diesel",
        "select ",
        "127.0.0.1",
    ] {
        assert!(!said.contains(secret), "{what}: says {secret:?}: {body}");
    }
}

/// R36, U13, X07: every table, every kind of statement, every endpoint.
#[actix_web::test]
async fn an_error_in_any_statement_fails_closed_and_says_nothing() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut signed_in = Browser::new(&server);
    let client = server.register_public().await;
    let url = server.authorize_url(&client, &Pkce::new(), &[("scope", "openid")]);
    signed_in.authorize(&url, "ada").await;

    let mut failed = std::collections::BTreeMap::new();
    for table in TABLES {
        for fault in FAULTS {
            let mut requests = Request::all(&server, &signed_in).await;
            let mut broken = Vec::new();
            break_table(&server, table, fault);
            for (number, request) in requests.iter_mut().enumerate() {
                let what = format!("{} without {fault} on {table}", request.name());
                let answer = request.send(&server).await;
                let status = answer.status().as_u16();
                *failed.entry(request.name()).or_insert(0) += u32::from(status >= 500);
                if status >= 500 {
                    assert_eq!(status, 500, "{what}");
                    check_failure(answer, &what).await;
                    broken.push(number);
                } else {
                    assert!(status < 400, "{what}: {status} {}", answer.text().await.unwrap());
                }
            }
            mend(&server, table, fault);
            for (number, request) in requests.iter_mut().enumerate() {
                if broken.contains(&number) {
                    let status = request.send(&server).await.status().as_u16();
                    let what = format!("{} after {fault} on {table} failed", request.name());
                    assert!(status < 400, "{what}: {status}: something of the failed request was kept");
                }
                request.check_effect(&server).await;
            }
        }
    }
    // Otherwise the faults were not where the statements are.
    assert!(failed.values().all(|times| *times > 0), "{failed:?}");
}
