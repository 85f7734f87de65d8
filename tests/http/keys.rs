//! Rotation of signing keys as a client sees it that caches the key set for as long as it was told.

use std::sync::Arc;

use futures_util::future::{join, join_all};
use grantor::flow::rotate_keys::{self, NewKey};
use grantor::flow::sweep;
use grantor::keys::{Algorithm, MasterKey};
use serde_json::{Value, json};

use crate::support::{Browser, Pkce, Server, parts, query_of, tokens, verified};

/// What `grantor key rotate` does, and the wait until this server has seen it.
pub async fn rotate(server: &Server) {
    rotate_those(server, &[Algorithm::ES256, Algorithm::RS256]).await;
}

/// By the clock of the test, which the command line does not know.
async fn rotate_those(server: &Server, algorithms: &[Algorithm]) {
    let means = server.means();
    let master = MasterKey::from_base64("KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio=").unwrap();
    let keys: Vec<NewKey> =
        algorithms.iter().map(|one| NewKey::generate(*one, &master, means.entropy).unwrap()).collect();
    let kids: Vec<String> = keys.iter().map(|key| key.kid().to_owned()).collect();
    let now = server.clock.now();
    let (max_age, longest) = (means.config.keys.jwks_max_age, means.longest_token_life());
    let keys = Arc::new(keys);
    means
        .database
        .write_blocking(move |conn| rotate_keys::rotate::<()>(conn, &keys, now, max_age, longest))
        .unwrap();
    let seen = || kids.iter().all(|kid| means.published().keys.iter().any(|key| key.kid() == kid));
    server.until(seen).await;
}

fn kids(jwks: &Value) -> Vec<&str> {
    jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect()
}

/// T26, R18: at every moment a client verifies what it gets with the key set that it fetched up to 300 seconds before; a
/// token verifies with the set of any moment until it expires; kids are unique; in the end the old keys are gone.
#[actix_web::test]
async fn a_client_that_caches_the_key_set_sees_no_rotation() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let mut cached = (server.clock.now(), server.jwks().await);
    let first: Vec<String> = kids(&cached.1).into_iter().map(str::to_owned).collect();
    let mut issued: Vec<(i64, String)> = Vec::new();
    let mut signers = std::collections::BTreeSet::new();
    for step in 0..24 {
        if step == 3 || step == 4 || step == 10 {
            rotate(&server).await;
        }
        sweep::sweep(server.means()).await.unwrap();
        let now = server.clock.now();
        if now - cached.0 > 299 {
            cached = (now, server.jwks().await);
        }
        let tokens = server.tokens(&client, "ada", "openid").await;
        for token in [tokens.access_token, tokens.id_token.unwrap()] {
            verified(&token, &cached.1).unwrap_or_else(|error| panic!("step {step}: {error}"));
            signers.insert(parts(&token).0["kid"].as_str().unwrap().to_owned());
            issued.push((now, token));
        }
        let current = server.jwks().await;
        for (_, token) in issued.iter().filter(|(at, _)| at + 900 > now) {
            verified(token, &current).unwrap_or_else(|error| panic!("step {step}: {error}"));
        }
        let mut unique = kids(&current);
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), kids(&current).len());
        server.advance(if step % 2 == 0 { 149 } else { 31 });
    }
    assert!(signers.len() >= 6, "each rotation came to sign: {signers:?}");
    server.advance(2_000);
    sweep::sweep(server.means()).await.unwrap();
    server.until(|| server.means().published().keys.iter().count() == 4).await;
    let left = server.jwks().await;
    let old = kids(&left).into_iter().filter(|kid| first.iter().any(|known| known == kid)).count();
    assert_eq!(old, 2, "only the PS256 and EdDSA keys, which were not rotated, are from the beginning");
}

/// The key set and for how long its header lets a client keep it.
async fn fetch(server: &Server) -> (i64, Value) {
    let answer = server.http.get(server.url("/jwks.json")).send().await.unwrap();
    let header = answer.headers()["cache-control"].to_str().unwrap().to_owned();
    let max_age = header.split("max-age=").nth(1).unwrap().parse().unwrap();
    (max_age, answer.json().await.unwrap())
}

/// R18, OpenID Connect Core §10.1.1: two servers refresh for twelve clients at once, with every algorithm, while all keys are
/// rotated again and again. Each token verifies with a key set that was kept for as long as its header allowed.
#[actix_web::test]
async fn a_rotation_under_load_fails_nobody() {
    let server = Server::start().await;
    let twin = server.twin().await;
    server.add_user("ada").await;
    let (mut browser, pkce, mut chains) = (Browser::new(&server), Pkce::new(), Vec::new());
    for algorithm in ["RS256", "ES256", "PS256", "EdDSA"].iter().cycle().take(12) {
        let metadata = json!({
            "redirect_uris": ["https://client.example/cb"], "id_token_signed_response_alg": algorithm,
            "grant_types": ["authorization_code", "refresh_token"],
        });
        let client = server.register(metadata).await;
        let url = server.authorize_url(&client, &pkce, &[("scope", "openid offline_access")]);
        let code = query_of(&browser.allow(&url, "ada").await, "code").unwrap();
        let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
        chains.push((client, issued.refresh().to_owned()));
    }
    let (mut fetched_at, mut cached) = (server.clock.now(), fetch(&server).await);
    assert_eq!(cached.0, server.means().config.keys.jwks_max_age, "nobody waits for less than is told");
    let mut signers = std::collections::BTreeSet::new();
    for step in 0..14 {
        let count = |of: &Server| of.means().published().keys.iter().count();
        let before = count(&server);
        let refreshes = chains.iter().enumerate().map(|(at, (client, token))| {
            let at_server = if (at + step) % 2 == 0 { &server } else { &twin };
            at_server.refresh(client, token)
        });
        let rotates = step % 4 == 1;
        let rotation = async {
            if rotates {
                rotate_those(&server, &Algorithm::ALL).await;
            }
        };
        let (answers, ()) = join(join_all(refreshes), rotation).await;
        let now = server.clock.now();
        if now - fetched_at >= cached.0 {
            (fetched_at, cached) = (now, fetch(&server).await);
        }
        for (answer, (_, token)) in answers.into_iter().zip(&mut chains) {
            let issued = tokens(answer).await;
            issued.refresh().clone_into(token);
            for signed in [&issued.access_token, issued.id_token.as_ref().unwrap()] {
                verified(signed, &cached.1).unwrap_or_else(|error| panic!("step {step}: {error}"));
                signers.insert(parts(signed).0["kid"].as_str().unwrap().to_owned());
            }
        }
        if rotates {
            server.until(|| count(&server) == before + 4 && count(&twin) == before + 4).await;
        }
        server.advance(99);
    }
    assert!(signers.len() >= 12, "three keys of each algorithm came to sign: {signers:?}");
}

/// T26: the `ETag` of the key set changes with it, so that a cached one is not taken for the new one.
#[actix_web::test]
async fn a_rotation_changes_the_etag() {
    let server = Server::start().await;
    let etag = async || {
        let answer = server.http.get(server.url("/jwks.json")).send().await.unwrap();
        answer.headers()["etag"].to_str().unwrap().to_owned()
    };
    let before = etag().await;
    rotate(&server).await;
    assert_ne!(etag().await, before);
    let stale =
        server.http.get(server.url("/jwks.json")).header("if-none-match", &before).send().await.unwrap();
    assert_eq!(stale.status(), 200);
}

/// T26: the private halves are nowhere in the set, and not in the database either but sealed.
#[actix_web::test]
async fn no_private_key_is_published() {
    let server = Server::start().await;
    for key in server.jwks().await["keys"].as_array().unwrap() {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert_eq!(key.get(private), None, "{private}");
        }
        assert_eq!(key["use"], "sig");
    }
}
