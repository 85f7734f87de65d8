//! `grantor client rotate-secret` and `grantor client registration-access-token`: new credentials for an existing client.

use clap::Args;
use serde_json::json;

use super::Settings;
use super::arguments::overlap;
use super::error::{CliError, Write};
use super::output::{self, Output, facts, time};
use crate::clock::Seconds;
use crate::flow::recover_client::{NoSuchClient, OperatorRecovery};
use crate::flow::rotate_secret::{RotateRefusal, SecretRotation};
use crate::protocol::server_metadata::paths;

#[derive(Args)]
pub(super) struct Arguments {
    client_id: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub(super) struct SecretArguments {
    client_id: String,
    /// How long the old secret works on; 0 = not at all. Without it, as `registration.secret_overlap` says.
    #[arg(long, value_name = "DURATION", value_parser = overlap)]
    overlap: Option<Seconds>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Replaces the secret; of tokens that were issued already, none is touched.
pub(super) fn secret(arguments: &SecretArguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let client_id = arguments.client_id.clone();
    let rotation =
        SecretRotation::new(&means, &client_id, arguments.overlap, settings.command_line_origin())?;
    let rotated = means.database.write_blocking(move |conn| -> Write<_> {
        rotation.run(conn).map_err(|failure| {
            failure.map_refusal(|refusal| match refusal {
                RotateRefusal::Unknown => CliError::no_client(&client_id),
                RotateRefusal::Public => CliError::new(format!(
                    "The client {client_id} has no secret: its token_endpoint_auth_method needs none."
                )),
            })
        })
    })?;
    if arguments.json {
        return output::json(&json!({
            "client_id": arguments.client_id,
            "client_secret": rotated.client_secret.expose(),
            "client_secret_expires_at": rotated.client_secret_expires_at,
            "previous_client_secret_expires_at": rotated.previous_expires_at,
        }));
    }
    let end = match rotated.client_secret_expires_at {
        0 => "never".to_owned(),
        end => time(end),
    };
    let text = facts(&[
        ("client_id", arguments.client_id.clone()),
        ("client_secret", rotated.client_secret.expose().to_owned()),
        ("expires", end),
    ]);
    let before = rotated
        .previous_expires_at
        .map_or_else(|| "is dead".to_owned(), |end| format!("works until {}", time(end)));
    Ok(Output::from(text)
        .note(format!("Keep the client_secret: it is not shown again, and the one before {before}.")))
}

/// Ends every registration access token and issues one. RFC 7592 §3.
pub(super) fn token(arguments: &Arguments, settings: &Settings) -> Result<Output, CliError> {
    let means = settings.open()?.means;
    let client_id = arguments.client_id.clone();
    let recovery = OperatorRecovery::new(&means, &client_id, settings.command_line_origin());
    let recovered = means.database.write_blocking(move |conn| -> Write<_> {
        recovery
            .run(conn)
            .map_err(|failure| failure.map_refusal(|NoSuchClient| CliError::no_client(&client_id)))
    })?;
    let token = recovered.registration_access_token.expose();
    let uri = means.config.issuer.endpoint(&format!("{}/{}", paths::REGISTER, arguments.client_id));
    if arguments.json {
        return output::json(&json!({
            "client_id": arguments.client_id,
            "registration_access_token": token,
            "registration_client_uri": uri,
        }));
    }
    let text = facts(&[("registration_access_token", token.to_owned()), ("registration_client_uri", uri)]);
    Ok(Output::from(text).note("Keep the token: it is not shown again, and those before it are dead."))
}
