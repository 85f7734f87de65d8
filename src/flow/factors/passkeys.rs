//! Passkeys are added and sign in: WebAuthn Level 3 §7.1 and §7.2, checked by the library `webauthn-rs`.
//!
//! The relying party is the issuer's host. Every passkey verifies its user, so that it counts for two factors by itself, and is
//! discoverable, so that nobody need say who they are. Security statement P15.

use aws_lc_rs::hmac;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey as Credential, PasskeyRegistration,
    PublicKeyCredential, RegisterPublicKeyCredential, Uuid, Webauthn, WebauthnBuilder,
};

use super::ceremony::{self, Bound, Purpose};
use super::{Change, Changed, FactorRefusal, MAX_PASSKEYS, internal, lock};
use crate::config::Config;
use crate::entropy::Token;
use crate::flow::{Failure, Means};
use crate::mail::{EmailKind, Factor};
use crate::protocol::display::display_name;
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::passkeys::{self, NewPasskey, Passkey};
use crate::storage::users::{self, User};
use crate::storage::{StorageError, recovery_codes};

/// Longer names of passkeys are cut.
const MAX_NAME: usize = 60;

/// A challenge: what the browser sends back with its answer, and what it is to be told. WebAuthn Level 3 §5.4 and §5.5.
pub struct Challenge {
    pub ceremony: Token,
    /// For `navigator.credentials`, with binary members in base64url.
    pub options: Value,
}

/// Whether this server can have passkeys: its issuer has a host name, not an address. WebAuthn Level 3 §5.1.2.
#[must_use]
pub fn is_available(config: &Config) -> bool {
    webauthn(config).is_some()
}

fn webauthn(config: &Config) -> Option<Webauthn> {
    let origin = Url::parse(config.issuer.origin()).ok()?;
    WebauthnBuilder::new(origin.domain()?, &origin).ok()?.build().ok()
}

fn available(config: &Config) -> Changed<Webauthn> {
    webauthn(config).ok_or(Failure::Refused(FactorRefusal::Unavailable))
}

/// What a person's authenticators know them by: nothing that says who they are. WebAuthn Level 3 §14.6.1.
fn user_handle(means: &Means, subject: &str) -> Uuid {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &means.derived.user_handles), subject.as_bytes());
    let bits = tag.as_ref().iter().take(16).fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    Uuid::from_u128(bits)
}

/// A challenge to add a passkey, for this person in this browser. WebAuthn Level 3 §7.1.
pub async fn begin_registration(means: &Means, user: &User, browser: &Token) -> Changed<Challenge> {
    let webauthn = available(&means.config)?;
    let user_id = user.id;
    let known =
        means.database.read(move |conn| Ok::<_, Failure<FactorRefusal>>(passkeys::of_user(conn, user_id)?));
    let known = known.await?;
    if known.len() >= MAX_PASSKEYS {
        return Err(Failure::Refused(FactorRefusal::TooMany));
    }
    let exclude: Vec<CredentialID> =
        known.iter().map(|one| Ok(stored(one)?.cred_id().clone())).collect::<Result<_, StorageError>>()?;
    let shown = user.claims.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let (options, state) = webauthn
        .start_passkey_registration(
            user_handle(means, &user.subject),
            &user.name,
            shown.unwrap_or(&user.name),
            Some(exclude),
        )
        .map_err(internal)?;
    let mut options = serde_json::to_value(options).map_err(internal)?;
    // The library leaves it to the device; only one that is discoverable signs in without a name.
    if let Some(Value::Object(wanted)) = options.pointer_mut("/publicKey/authenticatorSelection") {
        wanted.insert("residentKey".to_owned(), json!("required"));
        wanted.insert("requireResidentKey".to_owned(), json!(true));
    }
    let ceremony = ceremony::store(means, bound(browser, user), &state).await?;
    Ok(Challenge { ceremony, options })
}

/// Adds the passkey by which this challenge was answered. Says whether the person has recovery codes. WebAuthn Level 3 §7.1.
pub async fn register(
    means: &Means,
    user: &User,
    browser: &Token,
    answer: &Answer,
    name: &str,
    origin: Origin,
) -> Changed<bool> {
    let webauthn = available(&means.config)?;
    let state: PasskeyRegistration = ceremony::take(means, bound(browser, user), &answer.ceremony).await?;
    let response: RegisterPublicKeyCredential = answer.parse()?;
    let credential = webauthn
        .finish_passkey_registration(&response, &state)
        .map_err(|_| Failure::Refused(FactorRefusal::NotVerified))?;
    let (name, text) = (clean_name(name), serde_json::to_string(&credential).map_err(internal)?);
    let is_backed_up = is_backed_up(&credential)?;
    let (now, user, mailer) = (means.clock.now(), user.clone(), means.mailer.clone());
    means
        .database
        .write(move |conn| {
            lock(conn, &user)?;
            if passkeys::of_user(conn, user.id)?.len() >= MAX_PASSKEYS {
                return Err(Failure::Refused(FactorRefusal::TooMany));
            }
            let new = NewPasskey {
                user_id: user.id,
                credential_id: credential.cred_id(),
                name: &name,
                credential: &text,
                is_backed_up,
            };
            if !passkeys::insert(conn, &new, now)? {
                return Err(Failure::Refused(FactorRefusal::Known));
            }
            let details =
                json!({ "sub": user.subject, "name": user.name, "factor": "passkey", "passkey": name });
            let change = Change { mailer: &mailer, user: &user, origin: &origin, now };
            let email = EmailKind::FactorAdded { what: Factor::Passkey(name.clone()) };
            change.tell(conn, EventKind::FactorAdded, details, email)?;
            Ok(recovery_codes::left(conn, user.id)?.is_some())
        })
        .await
}

/// Gives a passkey of this person another name. Security statement P15.
pub async fn rename(means: &Means, user: &User, id: i64, name: &str) -> Changed<()> {
    let (user_id, name) = (user.id, clean_name(name));
    means
        .database
        .write(move |conn| {
            if passkeys::rename(conn, user_id, id, &name)? {
                Ok(())
            } else {
                Err(Failure::Refused(FactorRefusal::NotThere))
            }
        })
        .await
}

/// A challenge to sign in with whatever passkey there is, in this browser. WebAuthn Level 3 §7.2.
pub async fn begin_sign_in(means: &Means, browser: &Token) -> Changed<Challenge> {
    let webauthn = available(&means.config)?;
    let (options, state) = webauthn.start_discoverable_authentication().map_err(internal)?;
    let ceremony = ceremony::store(means, somebody(browser), &state).await?;
    Ok(Challenge { ceremony, options: serde_json::to_value(options).map_err(internal)? })
}

/// Whose passkey answered this challenge. Its counters are noted: of two answers with the same count one is refused.
/// WebAuthn Level 3 §7.2.
pub async fn verify(means: &Means, browser: &Token, answer: &Answer) -> Changed<User> {
    let refused = || Failure::Refused(FactorRefusal::NotVerified);
    let webauthn = available(&means.config)?;
    let state: DiscoverableAuthentication =
        ceremony::take(means, somebody(browser), &answer.ceremony).await?;
    let response: PublicKeyCredential = answer.parse()?;
    let credential_id = response.get_credential_id().to_vec();
    let found = means.database.read(move |conn| {
        let passkey = passkeys::find_by_credential(conn, &credential_id)?;
        let user = passkey.as_ref().map(|passkey| users::find(conn, passkey.user_id)).transpose()?.flatten();
        Ok::<_, Failure<FactorRefusal>>(passkey.zip(user))
    });
    let (passkey, user) = found.await?.ok_or_else(refused)?;
    let (handle, _) = webauthn.identify_discoverable_authentication(&response).map_err(|_| refused())?;
    if handle != user_handle(means, &user.subject) {
        return Err(refused());
    }
    let mut credential = stored(&passkey)?;
    let result = webauthn
        .finish_discoverable_authentication_v2(&response, state, DiscoverableKey::from(&credential))
        .map_err(|_| refused())?;
    credential.update_credential(&result);
    let (after, now) = (serde_json::to_string(&credential).map_err(internal)?, means.clock.now());
    let is_backed_up = result.backup_state();
    let noted = means.database.write(move |conn| {
        Ok::<_, Failure<FactorRefusal>>(passkeys::note_use(conn, &passkey, &after, is_backed_up, now)?)
    });
    if noted.await? { Ok(user) } else { Err(refused()) }
}

/// What a browser sends back: the challenge that it answers, and the answer as JSON. WebAuthn Level 3 §5.1.
pub struct Answer {
    pub ceremony: Token,
    pub credential: String,
}

impl Answer {
    fn parse<T: DeserializeOwned>(&self) -> Changed<T> {
        serde_json::from_str(&self.credential).map_err(|_| Failure::Refused(FactorRefusal::NotVerified))
    }
}

fn bound(browser: &Token, user: &User) -> Bound {
    Bound { browser: browser.digest(), user_id: Some(user.id), purpose: Purpose::Registration }
}

fn somebody(browser: &Token) -> Bound {
    Bound { browser: browser.digest(), user_id: None, purpose: Purpose::SignIn }
}

fn stored(passkey: &Passkey) -> Result<Credential, StorageError> {
    serde_json::from_str(&passkey.credential).map_err(|_| StorageError::Corrupt("passkeys.credential"))
}

/// The library keeps it, and tells nobody but by its JSON.
fn is_backed_up(credential: &Credential) -> Result<bool, StorageError> {
    let members = serde_json::to_value(credential).map_err(internal)?;
    Ok(members.pointer("/cred/backup_state").and_then(Value::as_bool).unwrap_or_default())
}

/// The name without what cannot be seen, and not too long.
fn clean_name(name: &str) -> String {
    let name: String = display_name(name).chars().take(MAX_NAME).collect();
    let name = name.trim();
    if name.is_empty() { "Passkey".to_owned() } else { name.to_owned() }
}
