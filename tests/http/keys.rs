//! Rotation of signing keys as a client sees it that caches the key set for as long as it was told.

use std::sync::Arc;

use grantor::flow::rotate_keys::{self, NewKey};
use grantor::flow::sweep;
use grantor::keys::{Algorithm, MasterKey};
use serde_json::Value;

use crate::support::{Server, parts, verified};

/// What `grantor key rotate` does, and the wait until this server has seen it.
pub async fn rotate(server: &Server) {
    let means = server.means();
    let master = MasterKey::from_base64("KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio=").unwrap();
    let algorithms = [Algorithm::ES256, Algorithm::RS256];
    let keys = algorithms.map(|algorithm| NewKey::generate(algorithm, &master, means.entropy).unwrap());
    let kids = [keys[0].kid().to_owned(), keys[1].kid().to_owned()];
    let (keys, now) = (Arc::new(keys), server.clock.now());
    let (max_age, longest) = (means.config.keys.jwks_max_age, means.longest_token_life());
    means
        .database
        .write_blocking(move |conn| rotate_keys::rotate::<()>(conn, &*keys, now, max_age, longest))
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
