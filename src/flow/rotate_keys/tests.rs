use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::protocol::jwt::TYP_JWT;
use crate::storage::server_state::tests::{database, file_database, in_transaction};

const NOW: Seconds = 1_700_000_000;
const MAX_AGE: Seconds = 300;
const LIFE: Seconds = 900;

fn master(byte: u8) -> MasterKey {
    use base64::Engine as _;
    MasterKey::from_base64(&base64::engine::general_purpose::STANDARD.encode([byte; 32])).unwrap()
}

fn rotate_one(conn: &mut DbConnection, algorithm: Algorithm, now: Seconds) {
    let key = NewKey::generate(algorithm, &master(1), Entropy).unwrap();
    rotate::<()>(conn, &[key], now, MAX_AGE, LIFE).unwrap();
}

/// T26: a cached JWKS is stale for its max-age at most; only then does the new key sign, and the old one ends in that second.
#[test]
fn a_new_key_waits_for_the_caches_and_the_old_one_signs_until_then() {
    let first = plan(&[], NOW, MAX_AGE, LIFE);
    assert_eq!(first.times.signs_from, NOW, "nobody has cached a JWKS before the first key");
    let second = plan(&[first.times], NOW + 1000, MAX_AGE, LIFE);
    assert_eq!(second.times.published_at, NOW + 1000);
    assert_eq!(second.times.signs_from, NOW + 1000 + MAX_AGE + READ_MARGIN);
    assert_eq!(second.predecessors_retire_at, second.times.signs_from);
    assert!(second.predecessors_removed_after >= second.predecessors_retire_at - 1 + LIFE);
}

/// T26: a server whose clock is behind cannot let a new key begin before the one that waits.
#[test]
fn a_clock_that_is_behind_does_not_reorder_keys() {
    let ahead = plan(&[plan(&[], NOW, MAX_AGE, LIFE).times], NOW + 50, MAX_AGE, LIFE);
    let behind = plan(&[ahead.times], NOW - 50, MAX_AGE, LIFE);
    assert_eq!(behind.times.signs_from, ahead.times.signs_from);
}

/// T26, R18: whatever the rotations, at every second exactly one key signs, it has been published for the max-age, and it stays published until its last token is dead.
#[test]
fn rotations_in_a_row_leave_no_moment_without_a_key() {
    let every_schedule = [vec![10; 60], vec![0, 0, 0], vec![1, 301, 302, 303, 1], vec![2000, 0, 5]];
    for gaps in every_schedule {
        let mut keys: Vec<KeyTimes> = vec![plan(&[], NOW, MAX_AGE, LIFE).times];
        let mut now = NOW;
        for gap in gaps {
            now += gap;
            let rotation = plan(&keys, now, MAX_AGE, LIFE);
            for key in keys.iter_mut().filter(|key| key.retired_at.is_none()) {
                key.retired_at = Some(rotation.predecessors_retire_at);
                key.removed_after = Some(rotation.predecessors_removed_after);
            }
            keys.push(rotation.times);
        }
        for second in NOW..now + 1000 {
            let signing: Vec<_> = keys.iter().filter(|key| key.signs_at(second)).collect();
            assert_eq!(signing.len(), 1, "at {second}");
            let key = signing[0];
            assert!(key.published_at == NOW || key.published_at + MAX_AGE < second);
            assert!(key.removed_after.is_none_or(|removed| removed >= second + LIFE));
        }
    }
}

/// T26: the first start makes one key for each algorithm, which signs at once; a second start makes none.
#[test]
fn the_first_start_makes_one_key_for_each_algorithm() {
    let mut conn = database();
    assert!(ensure_keys(&mut conn, &master(1), &Entropy, NOW).unwrap());
    assert!(!ensure_keys(&mut conn, &master(1), &Entropy, NOW).unwrap());
    assert_eq!(signing_keys::all(&mut conn).unwrap().len(), Algorithm::ALL.len());
    assert_eq!(server_state::version(&mut conn, server_state::KEYS_VERSION).unwrap(), 1);
    let keys = load(&mut conn, &master(1)).unwrap();
    for algorithm in Algorithm::ALL {
        assert!(keys.sign(algorithm, TYP_JWT, &json!({}), NOW).is_ok(), "{algorithm}");
    }
}

/// T26: servers that start at once on one database make exactly one key for each algorithm.
#[test]
fn servers_that_start_at_once_make_one_set_of_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grantor.db");
    drop(file_database(&path, true));
    let made = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    let mut conn = file_database(&path, false);
                    in_transaction(&mut conn, |conn| ensure_keys(conn, &master(1), &Entropy, NOW)).unwrap()
                })
            })
            .collect();
        starts.into_iter().map(|start| start.join().unwrap()).filter(|made| *made).count()
    });
    assert_eq!(made, 1);
    assert_eq!(signing_keys::all(&mut file_database(&path, false)).unwrap().len(), Algorithm::ALL.len());
}

/// T26, R18: a token verifies with the published keys from the moment it is signed until it expires, through rotations and sweeps.
#[test]
fn every_token_s_key_stays_published_until_it_expires() {
    let mut conn = database();
    ensure_keys(&mut conn, &master(1), &Entropy, NOW).unwrap();
    let mut tokens: Vec<(Seconds, String)> = Vec::new();
    let mut jwks_at: BTreeMap<Seconds, String> = BTreeMap::new();
    for now in (NOW..NOW + 6000).step_by(50) {
        if (now - NOW) % 700 == 100 || (now - NOW) % 700 == 150 {
            rotate_one(&mut conn, Algorithm::EdDSA, now);
        }
        sweep::<()>(&mut conn, now).unwrap();
        let keys = load(&mut conn, &master(1)).unwrap();
        jwks_at.insert(now, keys.jwks_json());
        let claims = json!({ "iat": now, "exp": now + LIFE });
        tokens.push((now, keys.sign(Algorithm::EdDSA, TYP_JWT, &claims, now).unwrap()));
        for (signed_at, token) in tokens.iter().filter(|(signed_at, _)| signed_at + LIFE > now) {
            assert!(keys.verify(token, TYP_JWT, now).is_ok(), "signed at {signed_at}, now {now}");
            let cached = jwks_at.range(..=(now - MAX_AGE).max(NOW)).next_back().unwrap().1;
            let kid = jsonwebtoken::decode_header(token).unwrap().kid.unwrap();
            assert!(*signed_at != now || cached.contains(&kid), "a cached JWKS lacks the key at {now}");
        }
    }
    assert!(signing_keys::all(&mut conn).unwrap().len() < 12, "nothing was swept");
}

/// T26: a rotation of one algorithm leaves the others, and every server is told.
#[test]
fn a_rotation_touches_its_algorithm_only() {
    let mut conn = database();
    ensure_keys(&mut conn, &master(1), &Entropy, NOW).unwrap();
    rotate_one(&mut conn, Algorithm::ES256, NOW + 5);
    assert_eq!(server_state::version(&mut conn, server_state::KEYS_VERSION).unwrap(), 2);
    let retired: Vec<Algorithm> = signing_keys::all(&mut conn)
        .unwrap()
        .iter()
        .filter(|row| row.times().retired_at.is_some())
        .map(|row| row.algorithm().unwrap())
        .collect();
    assert_eq!(retired, [Algorithm::ES256]);
    let jwks: Value = serde_json::from_str(&load(&mut conn, &master(1)).unwrap().jwks_json()).unwrap();
    assert_eq!(jwks["keys"].as_array().unwrap().len(), Algorithm::ALL.len() + 1);
}

/// T26: what is stored opens with the master key only, and holds no key in clear.
#[test]
fn stored_keys_open_with_their_master_key_only() {
    let mut conn = database();
    ensure_keys(&mut conn, &master(1), &Entropy, NOW).unwrap();
    assert!(matches!(load(&mut conn, &master(2)), Err(Failure::Refused(KeyError::Sealed(_)))));
    for row in signing_keys::all(&mut conn).unwrap() {
        let plain = master(1).open(&row.private_key, &row.kid).unwrap();
        assert!(!row.private_key.windows(16).any(|part| plain.windows(16).any(|secret| secret == part)));
        assert!(!row.public_jwk.contains("\"d\""));
    }
}

/// R31: another master key is refused by the name of the setting, and nothing changes.
#[test]
fn another_master_key_is_refused_and_nothing_is_made() {
    let mut conn = database();
    let folder = tempfile::tempdir().unwrap();
    let source = |name: &str| MasterKeySource::BesideDatabase(folder.path().join(name));
    let first = unlock(&mut conn, &source("a"), &Entropy).unwrap();
    assert_eq!(unlock(&mut conn, &source("a"), &Entropy).unwrap().check_value(), first.check_value());
    // The file is gone: no new one is made in its place.
    let gone = unlock(&mut conn, &source("b"), &Entropy).unwrap_err();
    assert!(matches!(&gone, Failure::Refused(KeyError::MasterKeyGone(_))));
    assert!(!folder.path().join("b").exists());
    // Another key is in its place.
    MasterKey::load(&source("b"), &Entropy).unwrap();
    let Failure::Refused(wrong) = unlock(&mut conn, &source("b"), &Entropy).unwrap_err() else {
        panic!("not refused")
    };
    assert!(matches!(wrong, KeyError::WrongMasterKey));
    assert!(wrong.to_string().starts_with("master_key "), "{wrong}");
    assert!(unlock(&mut conn, &source("a"), &Entropy).is_ok());
}
