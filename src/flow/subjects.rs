//! What a client knows a person by. OpenID Connect Core §8.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::DerivedKeys;
use crate::clock::Seconds;
use crate::protocol::client::metadata::ClientMetadata;
use crate::protocol::client::sector_identifier;
use crate::storage::{DbConnection, StorageError, grants};

/// The `sub` of this person for this client, in whatever the client is told of them: public, or one that only the clients of
/// its sector see. It is computed and not stored, so that every server says the same and no list of it can be lost.
/// OpenID Connect Core §8.1.
#[must_use]
pub fn of(derived: &DerivedKeys, client: &ClientMetadata, subject: &str) -> String {
    in_sector(derived, sector_identifier::pairwise_sector(client).as_deref(), subject)
}

/// The `sub` of this person in a sector, for what outlives the client; without one it is the public one.
/// OpenID Connect Core §8.1.
#[must_use]
pub fn in_sector(derived: &DerivedKeys, sector: Option<&str>, subject: &str) -> String {
    sector.map_or_else(|| subject.to_owned(), |sector| pairwise(derived, sector, subject))
}

/// The `sid` of a browser session for this client: by one that every client saw, clients of different sectors could tell that
/// two subjects are the same person. OpenID Connect Core §8.1, Front-Channel Logout 1.0 §3.
#[must_use]
pub fn session_of(derived: &DerivedKeys, client: &ClientMetadata, sid: &str) -> String {
    session_in_sector(derived, sector_identifier::pairwise_sector(client).as_deref(), sid)
}

/// The `sid` of a browser session in a sector, for what outlives the client; without one it is the session's own.
#[must_use]
pub fn session_in_sector(derived: &DerivedKeys, sector: Option<&str>, sid: &str) -> String {
    // No subject holds the character.
    sector.map_or_else(|| sid.to_owned(), |sector| pairwise(derived, sector, &format!("sid\0{sid}")))
}

/// Ends what a client was granted, if it knows people by other names now: no refresh says another `sub` than the sign-in did.
/// The client's row must be locked. OpenID Connect Core §12.2.
pub fn end_grants_if_others(
    conn: &mut DbConnection,
    client_key: i64,
    before: &ClientMetadata,
    after: &ClientMetadata,
    now: Seconds,
) -> Result<(), StorageError> {
    if sector_identifier::pairwise_sector(before) != sector_identifier::pairwise_sector(after) {
        grants::revoke_all_of_client(conn, client_key, now)?;
    }
    Ok(())
}

/// No sector holds the character between the two.
fn pairwise(derived: &DerivedKeys, sector: &str, subject: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &derived.pairwise_subjects);
    let mut tag = hmac::Context::with_key(&key);
    tag.update(sector.as_bytes());
    tag.update(&[0]);
    tag.update(subject.as_bytes());
    URL_SAFE_NO_PAD.encode(tag.sign().as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterKey;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    fn derived(byte: u8) -> DerivedKeys {
        DerivedKeys::from_master(&MasterKey::from_base64(&STANDARD.encode([byte; 32])).unwrap())
    }

    fn client(subject_type: &str, redirect_uri: &str) -> ClientMetadata {
        serde_json::from_value(json!({
            "redirect_uris": [redirect_uri], "token_endpoint_auth_method": "none", "grant_types": [],
            "application_type": "web", "subject_type": subject_type,
        }))
        .unwrap()
    }

    /// OpenID Connect Core §8.1: the same person is the same to a sector, and nobody can tell across sectors.
    #[test]
    fn a_sector_sees_one_subject_and_another_sector_another() {
        let of = |byte, kind, uri, subject| of(&derived(byte), &client(kind, uri), subject);
        let a = of(1, "pairwise", "https://a.example/cb", "u-1");
        assert_eq!(a.len(), 43);
        assert_eq!(a, of(1, "pairwise", "https://a.example:8443/other?x=1", "u-1"));
        for other in [
            of(1, "pairwise", "https://b.example/cb", "u-1"),
            of(1, "pairwise", "https://a.example/cb", "u-2"),
            of(2, "pairwise", "https://a.example/cb", "u-1"),
        ] {
            assert_ne!(a, other);
        }
        assert_eq!(of(1, "public", "https://a.example/cb", "u-1"), "u-1");
    }
}
