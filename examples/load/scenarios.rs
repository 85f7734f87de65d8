//! What is measured: for each scenario its name, what must be there before, and one step of it.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Outcome;
use crate::browser;
use crate::drive::{Step, Timing, together};
use crate::protocol;
use crate::site::{Site, Worker};

/// With an ID token: its RS256 signature is part of what is measured.
pub const OPENID: &str = "openid profile email";
/// Without: what is measured is the rotation.
const PLAIN: &str = "profile email";

/// Clients that each worker has at least before registrations are read, replaced or deleted.
const FEWEST_CLIENTS: usize = 50;
/// Tokens that each worker has at least before they are introspected.
const FEWEST_TOKENS: usize = 20;
/// Codes live 60 s: none may be older when its turn comes.
const LONGEST_COLLECTION: Duration = Duration::from_secs(25);

/// One row of the table.
pub struct Scenario {
    pub name: &'static str,
    /// Whether each step uses up something that was prepared.
    pub finite: bool,
    pub needs_user: bool,
    pub prepare: fn(&mut [Worker], &Site, Timing) -> Outcome<()>,
    pub step: fn(&mut Worker, &Site) -> Outcome<Step>,
}

const fn scenario(name: &'static str, step: fn(&mut Worker, &Site) -> Outcome<Step>) -> Scenario {
    Scenario { name, finite: false, needs_user: false, prepare: |_, _, _| Ok(()), step }
}

/// All of them, in the order in which one run does them.
pub const SCENARIOS: &[Scenario] = &[
    scenario("hello", |worker, site| done(protocol::document(worker, "/", is_hello, site))),
    scenario("jwks", |worker, site| done(protocol::document(worker, "/jwks.json", is_jwks, site))),
    scenario("discovery", |worker, site| {
        done(protocol::document(worker, "/.well-known/oauth-authorization-server", is_discovery, site))
    }),
    scenario("client_credentials_opaque", |worker, site| {
        done(protocol::client_credentials(worker, site, None))
    }),
    scenario("client_credentials_es256", |worker, site| {
        done(protocol::client_credentials(worker, site, Some("ES256")))
    }),
    scenario("client_credentials_rs256", |worker, site| {
        done(protocol::client_credentials(worker, site, Some("RS256")))
    }),
    Scenario { prepare: have_tokens, ..scenario("introspection", introspect) },
    Scenario { needs_user: true, prepare: have_user_token, ..scenario("userinfo", userinfo) },
    Scenario {
        needs_user: true,
        prepare: |workers, site, _| have_chain(workers, site, PLAIN),
        ..scenario("refresh", |worker, site| refresh(worker, site, PLAIN))
    },
    Scenario {
        needs_user: true,
        prepare: |workers, site, _| have_chain(workers, site, OPENID),
        ..scenario("refresh_openid", |worker, site| refresh(worker, site, OPENID))
    },
    Scenario {
        needs_user: true,
        finite: true,
        prepare: collect_codes,
        ..scenario("code_exchange", exchange)
    },
    Scenario { needs_user: true, ..scenario("code_flow", code_flow) },
    scenario("registration_post", |worker, site| {
        let client = protocol::register(worker, site)?;
        worker.ledger.clients.push(client);
        Ok(Step::Done)
    }),
    Scenario { prepare: have_clients, ..scenario("registration_get", read_registration) },
    Scenario { prepare: have_clients, ..scenario("registration_put", update_registration) },
    Scenario { finite: true, prepare: doom_clients, ..scenario("registration_delete", delete_registration) },
    // While another process does the last one.
    scenario("client_credentials_beside_sign_ins", |worker, site| {
        done(protocol::client_credentials(worker, site, Some("ES256")))
    }),
    scenario("sign_in", |worker, site| done(browser::try_in(worker, site))),
];

fn done(outcome: Outcome<()>) -> Outcome<Step> {
    outcome.map(|()| Step::Done)
}

fn is_hello(_: &Site, json: &Value) -> Outcome<()> {
    let hello = json.get("message").is_some_and(|message| message == "hello");
    if hello { Ok(()) } else { Err(format!("no hello: {json}")) }
}

fn is_jwks(_: &Site, json: &Value) -> Outcome<()> {
    let keys = json.get("keys").and_then(Value::as_array);
    let complete =
        keys.is_some_and(|keys| !keys.is_empty() && keys.iter().all(|key| key.get("kid").is_some()));
    if complete { Ok(()) } else { Err(format!("no key set: {json}")) }
}

fn is_discovery(site: &Site, json: &Value) -> Outcome<()> {
    let own = json.get("issuer").is_some_and(|issuer| issuer == &site.issuer);
    if own { Ok(()) } else { Err(format!("no metadata of {}: {json}", site.issuer)) }
}

fn have_tokens(workers: &mut [Worker], site: &Site, _: Timing) -> Outcome<()> {
    together(workers, |worker| {
        while worker.ledger.tokens.len() < FEWEST_TOKENS {
            protocol::service_token(worker, site)?;
        }
        Ok(())
    })
}

fn introspect(worker: &mut Worker, _: &Site) -> Outcome<Step> {
    let at = worker.next().checked_rem(worker.ledger.tokens.len());
    let token = at.and_then(|at| worker.ledger.tokens.get(at)).cloned().ok_or("no token to introspect")?;
    if protocol::introspect(worker, &token)? {
        Ok(Step::Done)
    } else {
        Err("a live token is not active".to_owned())
    }
}

fn have_user_token(workers: &mut [Worker], site: &Site, _: Timing) -> Outcome<()> {
    together(workers, |worker| {
        let code = protocol::authorize(worker, site, OPENID)?;
        let issued = protocol::exchange(worker, site, &code, true)?;
        worker.ledger.user_token = Some(issued.token.clone());
        worker.ledger.tokens.push(issued.token);
        Ok(())
    })
}

fn userinfo(worker: &mut Worker, _: &Site) -> Outcome<Step> {
    let token = worker.ledger.user_token.clone().ok_or("no token for userinfo")?;
    done(protocol::userinfo(worker, &token))
}

fn have_chain(workers: &mut [Worker], site: &Site, scope: &'static str) -> Outcome<()> {
    together(workers, |worker| {
        let code = protocol::authorize(worker, site, scope)?;
        let issued = protocol::exchange(worker, site, &code, scope == OPENID)?;
        worker.ledger.tokens.push(issued.token);
        let first = issued.refresh_token.ok_or("the code exchange gave no refresh_token")?;
        worker.ledger.chains.insert(scope, first);
        Ok(())
    })
}

fn refresh(worker: &mut Worker, site: &Site, scope: &'static str) -> Outcome<Step> {
    let newest = worker.ledger.chains.get(scope).cloned().ok_or("no refresh token")?;
    let issued = protocol::refresh(worker, site, &newest)?;
    worker.ledger.tokens.push(issued.token);
    worker.ledger.chains.extend(issued.refresh_token.map(|new| (scope, new)));
    Ok(Step::Done)
}

fn collect_codes(workers: &mut [Worker], site: &Site, timing: Timing) -> Outcome<()> {
    let end = Instant::now() + (timing.measured * 2).min(LONGEST_COLLECTION);
    together(workers, |worker| {
        while Instant::now() < end {
            let code = protocol::authorize(worker, site, OPENID)?;
            worker.ledger.codes.push(code);
        }
        Ok(())
    })
}

fn exchange(worker: &mut Worker, site: &Site) -> Outcome<Step> {
    let Some(code) = worker.ledger.codes.pop() else {
        return Ok(Step::Exhausted);
    };
    let issued = protocol::exchange(worker, site, &code, true)?;
    worker.ledger.tokens.push(issued.token);
    Ok(Step::Done)
}

fn code_flow(worker: &mut Worker, site: &Site) -> Outcome<Step> {
    let code = protocol::authorize(worker, site, OPENID)?;
    let issued = protocol::exchange(worker, site, &code, true)?;
    worker.ledger.tokens.push(issued.token);
    Ok(Step::Done)
}

fn have_clients(workers: &mut [Worker], site: &Site, _: Timing) -> Outcome<()> {
    together(workers, |worker| {
        while worker.ledger.clients.len() < FEWEST_CLIENTS {
            let client = protocol::register(worker, site)?;
            worker.ledger.clients.push(client);
        }
        Ok(())
    })
}

fn read_registration(worker: &mut Worker, _: &Site) -> Outcome<Step> {
    let at = worker.next().checked_rem(worker.ledger.clients.len());
    let client = at.and_then(|at| worker.ledger.clients.get(at)).cloned().ok_or("no client to read")?;
    done(protocol::read_registration(worker, &client))
}

fn update_registration(worker: &mut Worker, _: &Site) -> Outcome<Step> {
    let at = worker.next().checked_rem(worker.ledger.clients.len()).ok_or("no client to update")?;
    let client = worker.ledger.clients.get(at).cloned().ok_or("no client to update")?;
    let updated = protocol::update_registration(worker, &client)?;
    worker.ledger.clients.get_mut(at).map(|kept| *kept = updated).ok_or("no client to update")?;
    Ok(Step::Done)
}

/// Half of the clients go, so that the check afterwards sees that the others stayed.
fn doom_clients(workers: &mut [Worker], site: &Site, timing: Timing) -> Outcome<()> {
    if workers.iter().any(|worker| worker.ledger.clients.len() <= FEWEST_CLIENTS) {
        let end = Instant::now() + timing.measured * 2;
        together(workers, |worker| {
            while Instant::now() < end {
                let client = protocol::register(worker, site)?;
                worker.ledger.clients.push(client);
            }
            Ok(())
        })?;
    }
    for worker in workers {
        let half = worker.ledger.clients.len() / 2;
        worker.ledger.doomed = worker.ledger.clients.split_off(half);
    }
    Ok(())
}

fn delete_registration(worker: &mut Worker, _: &Site) -> Outcome<Step> {
    let Some(client) = worker.ledger.doomed.pop() else {
        return Ok(Step::Exhausted);
    };
    protocol::delete_registration(worker, &client)?;
    worker.ledger.deleted.push(client);
    Ok(Step::Done)
}
