//! `grantor serve`: what `grantor` alone does, too.

use std::io::Write as _;

use actix_web::rt::System;

use super::Settings;
use super::error::CliError;
use super::output::Output;
use crate::app::{self, Opened, StartError, server, welcome};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::telemetry;

/// Listens first: a taken port is found before anything is changed. Serves until SIGTERM or SIGINT.
pub(super) fn run(settings: &Settings) -> Result<Output, CliError> {
    let config = settings.load()?;
    telemetry::init(&config.log);
    let listeners = server::bind(&config)?;
    let opened = app::open(config, Clock::system(), Entropy)?;
    load_authorities(&opened)?;
    let welcome = welcome::text(&opened.means)?;
    System::new().block_on(async move {
        let running = server::start(opened, listeners)?;
        // Nobody may be reading: that is no reason not to serve.
        let mut out = std::io::stdout();
        let _ = out.write_all(welcome.as_bytes()).and_then(|()| out.flush());
        running.until_signal().await
    })?;
    Ok(Output::default())
}

/// A machine without certificate authorities can serve; what it cannot do is ask other servers.
fn load_authorities(opened: &Opened) -> Result<(), StartError> {
    let means = &opened.means;
    match means.fetcher.prepare() {
        Ok(()) => Ok(()),
        Err(error) if means.config.outbound.ca_file.is_some() => Err(StartError::Refused(error)),
        Err(error) => {
            tracing::warn!(%error, "no documents and keys of clients can be fetched: this machine has no certificate authorities");
            Ok(())
        }
    }
}
