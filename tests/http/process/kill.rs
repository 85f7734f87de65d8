//! Killed under load: what was acknowledged is there, and nothing is half.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use super::{Process, set};
use crate::support::{Registered, Server, Tokens, basic, json_of, on_postgres, tokens};

const TASKS: usize = 6;

/// What clients were told before the server died.
#[derive(Default)]
struct Acknowledged {
    registrations: Vec<Value>,
    deleted: Vec<Value>,
    issued: Vec<String>,
    revoked: Vec<String>,
}

/// A client with a family of refresh tokens, of which the newest that arrived is kept.
struct Family {
    client: Registered,
    refresh_token: String,
}

/// The answer, once all of it has arrived; `None` for a 503, which acknowledges nothing.
async fn answer(request: RequestBuilder) -> reqwest::Result<Option<Value>> {
    let answer = request.send().await?;
    let status = answer.status();
    let body = answer.text().await?;
    assert!(status.is_success() || status == 503, "{status}: {body}");
    Ok(status.is_success().then(|| serde_json::from_str(&body).unwrap_or_default()))
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}"))
}

fn with_its_token(request: RequestBuilder, registration: &Value) -> RequestBuilder {
    request.bearer_auth(text(registration, "registration_access_token"))
}

/// Works until the server does not answer any more, which is the error.
async fn work(
    server: &Server,
    machine: &Registered,
    family: &mut Family,
    known: &mut Acknowledged,
) -> reqwest::Result<()> {
    for round in 0_usize.. {
        let metadata = json!({"redirect_uris": ["https://client.example/cb"]});
        if let Some(made) = answer(server.http.post(server.url("/register")).json(&metadata)).await? {
            if round.is_multiple_of(4) {
                let request = server.http.delete(text(&made, "registration_client_uri"));
                if answer(with_its_token(request, &made)).await?.is_some() {
                    known.deleted.push(made);
                }
            } else {
                known.registrations.push(made);
            }
        }
        let request = server.token_request(machine, &[("grant_type", "client_credentials")]);
        if let Some(issued) = answer(request).await? {
            let token = text(&issued, "access_token").to_owned();
            if round.is_multiple_of(4) {
                let request = server.http.post(server.url("/revoke")).header("authorization", basic(machine));
                if answer(request.form(&[("token", token.as_str())])).await?.is_some() {
                    known.revoked.push(token);
                }
            } else {
                known.issued.push(token);
            }
        }
        let parameters = [("grant_type", "refresh_token"), ("refresh_token", &family.refresh_token)];
        if let Some(next) = answer(server.token_request(&family.client, &parameters)).await? {
            text(&next, "refresh_token").clone_into(&mut family.refresh_token);
        }
    }
    Ok(())
}

async fn check(server: &Server, machine: &Registered, known: &Acknowledged) {
    for made in &known.registrations {
        let request = server.http.get(text(made, "registration_client_uri"));
        let (status, body) = json_of(with_its_token(request, made).send().await.unwrap()).await;
        assert_eq!((status, &body["client_id"]), (200, &made["client_id"]), "an acknowledged client is lost");
    }
    for gone in &known.deleted {
        let request = server.http.get(text(gone, "registration_client_uri"));
        assert_eq!(
            with_its_token(request, gone).send().await.unwrap().status(),
            401,
            "a deleted client is back"
        );
    }
    for token in &known.issued {
        assert_eq!(server.introspect(machine, token).await["active"], true, "an acknowledged token is lost");
    }
    for token in &known.revoked {
        assert_eq!(
            server.introspect(machine, token).await,
            json!({"active": false}),
            "a revoked token is back"
        );
    }
}

/// R01, R02: four times SIGKILL under load. No acknowledged client, token, deletion or revocation is lost, an honest
/// repeat of a refresh heals, no client is half, and the file is whole.
#[actix_web::test]
async fn what_was_acknowledged_survives_sigkill() {
    // So that a slow restart is not taken for a theft.
    let mut process = Process::start(set(&[("GRANTOR_REFRESH__GRACE", "300")])).await;
    process.add_user("ada").await;
    let machine = process.register_machine().await;
    let mut families = Vec::new();
    for _ in 0..TASKS {
        let client = process.server.register_public().await;
        let Tokens { refresh_token, .. } = process.server.tokens(&client, "ada", "offline_access").await;
        families.push(Family { client, refresh_token: refresh_token.unwrap() });
    }
    let mut total = 0;
    for round in 0..4 {
        let mut known: Vec<Acknowledged> = (0..TASKS).map(|_| Acknowledged::default()).collect();
        let workers = families.iter_mut().zip(&mut known);
        let workers = workers.map(|(family, known)| work(&process.server, &machine, family, known));
        let workers = join_all(workers);
        let id = process.id();
        let killer = async move {
            tokio::time::sleep(Duration::from_millis(400 + 130 * round)).await;
            let mut kill = tokio::process::Command::new("kill");
            assert!(kill.args(["-KILL", &id.to_string()]).status().await.unwrap().success());
        };
        let (ended, ()) = futures_util::future::join(workers, killer).await;
        assert!(ended.iter().all(Result::is_err), "everybody worked until the end");
        process.kill();
        process.launch().await;
        for known in &known {
            total += known.registrations.len() + known.issued.len();
            check(&process.server, &machine, known).await;
        }
        for family in &mut families {
            let next = process.server.refresh(&family.client, &family.refresh_token).await;
            tokens(next).await.refresh().clone_into(&mut family.refresh_token);
        }
    }
    assert!(total > 0, "there was no load");
    process.terminate();
    assert_eq!(process.exit_code().await, Some(0), "{}", process.log());
    let database = &process.server.database;
    let half = "SELECT count(*) AS n FROM clients c WHERE NOT EXISTS \
                (SELECT 1 FROM registration_access_tokens r WHERE r.client_key = c.id)";
    assert_eq!(database.count(half), 0, "a client without a registration access token");
    if !on_postgres() {
        assert_eq!(
            database.count("SELECT count(*) AS n FROM pragma_integrity_check WHERE integrity_check <> 'ok'"),
            0
        );
        assert_eq!(database.count("SELECT count(*) AS n FROM pragma_foreign_key_check"), 0);
    }
}
