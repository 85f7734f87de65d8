//! `grantor client secret` and `grantor client token`: new credentials for an existing client.

use clap::Args;
use serde_json::json;

use super::Settings;
use super::client::locked;
use super::error::{CliError, Write};
use super::output::{self, Output, facts, time};
use crate::flow::register_client::{client_secret_expiry, registration_token_expiry};
use crate::protocol::server_metadata::paths;
use crate::storage::clients::{self, ChangedClient, StoredSecret};
use crate::storage::registration_access_tokens;

#[derive(Args)]
pub(super) struct Arguments {
    client_id: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Replaces the secret; of tokens that were issued already, none is touched.
pub(super) fn secret(arguments: &Arguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let (secret, now) = (means.entropy.token(), means.clock.now());
    let expires_at = client_secret_expiry(&means, now);
    let (client_id, stored) =
        (arguments.client_id.clone(), StoredSecret { digest: secret.digest(), expires_at });
    means.database.write_blocking(move |conn| -> Write<()> {
        let client = locked(conn, &client_id)?;
        if !client.metadata.needs_secret() {
            return CliError::refused(format!(
                "The client {client_id} has no secret: it is public (token_endpoint_auth_method none)."
            ));
        }
        let changed = ChangedClient {
            metadata: &client.metadata,
            secret: Some(&stored),
            verified_by: client.verified_by.as_deref(),
        };
        Ok(clients::update(conn, client.key, &changed, now)?)
    })?;
    if arguments.json {
        return output::json(&json!({
            "client_id": arguments.client_id,
            "client_secret": secret.expose(),
            "client_secret_expires_at": expires_at,
        }));
    }
    let end = if expires_at == 0 { "never".to_owned() } else { time(expires_at) };
    let text = facts(&[
        ("client_id", arguments.client_id.clone()),
        ("client_secret", secret.expose().to_owned()),
        ("expires", end),
    ]);
    Ok(Output::from(text).note("Keep the client_secret: it is not shown again, and the one before is dead."))
}

/// Ends every registration access token and issues one. RFC 7592 §3.
pub(super) fn token(arguments: &Arguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let (token, now) = (means.entropy.token(), means.clock.now());
    let expires_at = registration_token_expiry(&means, now);
    let (client_id, digest) = (arguments.client_id.clone(), token.digest());
    means.database.write_blocking(move |conn| -> Write<()> {
        let key = locked(conn, &client_id)?.key;
        registration_access_tokens::end_all(conn, key, now)?;
        Ok(registration_access_tokens::insert(conn, key, &digest, now, expires_at)?)
    })?;
    let uri = means.config.issuer.endpoint(&format!("{}/{}", paths::REGISTER, arguments.client_id));
    if arguments.json {
        return output::json(&json!({
            "client_id": arguments.client_id,
            "registration_access_token": token.expose(),
            "registration_client_uri": uri,
        }));
    }
    let text =
        facts(&[("registration_access_token", token.expose().to_owned()), ("registration_client_uri", uri)]);
    Ok(Output::from(text).note("Keep the token: it is not shown again, and those before it are dead."))
}
