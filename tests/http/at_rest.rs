//! What a thief of the database or the log finds.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grantor::flow::set_up;
use serde_json::json;

use crate::audit::seal_all;
use crate::audit::webhook::{Receiver, SECRET};
use crate::support::{Browser, PASSWORD, Pkce, Server, error_of, query_of, tokens};

static RECORDING: AtomicBool = AtomicBool::new(false);
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Keeps every event of this process while a test asks for it.
struct Recorder;

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if RECORDING.load(Ordering::Relaxed) {
            LOG.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn record() {
    let filter =
        "warn,grantor=trace,tracing_actix_web=trace,actix_web=trace,actix_http=debug,actix_server=debug";
    let subscriber =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| Recorder);
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    RECORDING.store(true, Ordering::Relaxed);
}

/// Every secret that one long life shows to somebody, each with its name.
#[derive(Default)]
struct Secrets(Vec<(&'static str, String)>);

impl Secrets {
    fn keep(&mut self, name: &'static str, secret: &str) -> String {
        assert!(secret.len() >= 20, "{name} is too short to be looked for");
        self.0.push((name, secret.to_owned()));
        secret.to_owned()
    }

    fn found_in(&self, haystack: &[u8]) -> Vec<&'static str> {
        let text = String::from_utf8_lossy(haystack);
        let lower = text.to_lowercase();
        let holds = |secret: &str| {
            let hex = secret.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
            text.contains(secret) || lower.contains(&hex) || text.contains(&STANDARD.encode(secret))
        };
        self.0.iter().filter(|(_, secret)| holds(secret)).map(|(name, _)| *name).collect()
    }
}

/// A whole life: set-up, sign-in, registrations, codes, tokens of both formats, refusals.
async fn live(server: &Server) -> Secrets {
    let mut secrets = Secrets::default();
    secrets.keep("password", PASSWORD);
    secrets.keep("master key", "KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio=");
    let quick_start = set_up::quick_start(server.means(), server.clock.now()).unwrap().unwrap();
    let token = secrets.keep("setup link", quick_start.setup_link.expose());
    secrets.keep("quick-start token", quick_start.initial_access_token.unwrap().expose());
    let mut admin = Browser::new(server);
    let page = admin.open(&server.url(&format!("/setup?token={token}"))).await;
    let form = page.form("/setup").with("name", "root-person").with("password", PASSWORD);
    admin.submit(&form.with("email", "root@example.com")).await;
    server.add_user("ada").await;

    let initial = server.initial_access_token(Some(&["client_credentials"]), None, None);
    secrets.keep("initial access token", &initial);
    let request = server.http.post(server.url("/register")).bearer_auth(&initial);
    let machine = request.json(&json!({"grant_types": ["client_credentials"]})).send().await.unwrap();
    let machine = crate::support::registered(machine).await;
    secrets.keep("machine token", &server.machine_token(&machine).await.access_token);

    let (client, public) = (server.register_confidential().await, server.register_public().await);
    for client in [&machine, &client, &public] {
        secrets.keep("registration access token", &client.registration_access_token);
        if let Some(secret) = &client.client_secret {
            secrets.keep("client secret", secret);
        }
    }
    for client in [&client, &public] {
        let (mut browser, pkce) = (Browser::new(server), Pkce::new());
        secrets.keep("code verifier", &pkce.verifier);
        let url =
            server.authorize_url(client, &pkce, &[("scope", "openid offline_access"), ("nonce", "a-nonce")]);
        let page = browser.open(&url).await;
        secrets.keep("thread", page.form("/login").value("thread").unwrap());
        secrets.keep("csrf token", page.form("/login").value("csrf").unwrap());
        let page = browser.sign_in(&page, "ada").await;
        for cookie in browser.cookies.values().filter(|value| value.len() >= 20) {
            secrets.keep("cookie", cookie);
        }
        let page = browser.submit(&page.form("/consent").with("decision", "allow")).await;
        let code = query_of(&page.location.unwrap(), "code").unwrap();
        secrets.keep("code", &code);
        error_of(server.exchange(client, &code, &Pkce::new()).await).await;
        let issued = tokens(server.exchange(client, &code, &pkce).await).await;
        let next = tokens(server.refresh(client, issued.refresh()).await).await;
        for issued in [&issued, &next] {
            secrets.keep("access token", &issued.access_token);
            secrets.keep("refresh token", issued.refresh());
            secrets.keep("id token", issued.id_token.as_deref().unwrap());
            server.userinfo(&issued.access_token).await;
        }
        server.read_registration(client).await;
        server.revoke(client, next.refresh()).await;
        error_of(server.refresh(client, next.refresh()).await).await;
        error_of(server.exchange(client, &code, &pkce).await).await;
        error_of(server.userinfo(&next.access_token).await).await;
    }
    let query = format!("{}?access_token={}", server.url("/userinfo"), secrets.0.last().unwrap().1);
    server.http.get(query).send().await.unwrap();
    let update = json!({"client_id": client.client_id, "redirect_uris": [client.redirect_uri]});
    let updated = server.put_registration(&client, &client.registration_access_token, &update).await;
    let updated: serde_json::Value = updated.json().await.unwrap();
    secrets.keep("second registration access token", updated["registration_access_token"].as_str().unwrap());
    secrets
}

/// The audit log on its way out: listed, exported in both formats, counted and sent.
async fn check_what_leaves(server: &Server, secrets: &Secrets, receiver: &Receiver) {
    seal_all(server).await;
    server.until(|| !receiver.bodies().is_empty()).await;
    let mut texts = receiver.bodies();
    for arguments in [
        &["audit", "list", "--limit", "1000"][..],
        &["audit", "list", "--limit", "1000", "--json"],
        &["audit", "export"],
        &["audit", "export", "--format", "csv"],
        &["audit", "counts"],
        &["audit", "verify"],
    ] {
        let text = server.command(arguments).await;
        assert!(text.len() > 100 || arguments == ["audit", "counts"], "{arguments:?}: {text}");
        texts.push(text);
    }
    for text in texts {
        assert_eq!(secrets.found_in(text.as_bytes()), Vec::<&str>::new(), "{text}");
    }
}

/// T02, X05, CVE rows 82 and 83: after a whole life no column of any table, no byte of the database's files and no line of
/// the log, at its most talkative, holds a password, code, token, secret or session in clear, in hex or in base64.
#[actix_web::test]
async fn no_secret_is_stored_or_logged_in_clear() {
    record();
    for format in ["jwt", "opaque"] {
        let receiver = Receiver::start();
        let settings = Server::with().set("GRANTOR_TOKENS__ACCESS_TOKEN_FORMAT", format);
        let settings = settings.set("GRANTOR_AUDIT__WEBHOOK__URL", &receiver.url);
        let mut server = settings.set("GRANTOR_AUDIT__WEBHOOK__SECRET", SECRET).start().await;
        let mut secrets = live(&server).await;
        secrets.keep("webhook secret", SECRET);
        check_what_leaves(&server, &secrets, &receiver).await;
        let rows = server.dump();
        for table in [
            "users: ",
            "clients: ",
            "access_tokens: ",
            "refresh_tokens: ",
            "authorization_codes: ",
            "signing_keys: ",
            "audit_events: ",
        ] {
            assert!(rows.iter().any(|row| row.starts_with(table)), "the dump has rows of {table}");
        }
        assert!(rows.iter().any(|row| row.contains("root-person")), "the set-up made somebody");
        for row in &rows {
            assert_eq!(secrets.found_in(row.as_bytes()), Vec::<&str>::new(), "{row}");
        }
        server.stop().await;
        for entry in std::fs::read_dir(server.database.folder.path()).unwrap() {
            let path = entry.unwrap().path();
            let found = secrets.found_in(&std::fs::read(&path).unwrap());
            assert_eq!(found, Vec::<&str>::new(), "{}", path.display());
        }
        let log = LOG.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let text = String::from_utf8_lossy(&log);
        assert!(text.contains("/token") && text.contains("/consent"), "the log was recorded");
        assert_eq!(secrets.found_in(&log), Vec::<&str>::new());
    }
    RECORDING.store(false, Ordering::Relaxed);
}

/// The search above can fail.
#[test]
fn a_planted_secret_is_found() {
    let mut secrets = Secrets::default();
    secrets.keep("planted", "0123456789abcdefghij");
    for hidden in
        ["x0123456789abcdefghijx", "303132333435363738396162636465666768696A", "MDEyMzQ1Njc4OWFiY2RlZmdoaWo="]
    {
        assert_eq!(secrets.found_in(hidden.as_bytes()), ["planted"]);
    }
}
