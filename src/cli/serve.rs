//! `grantor serve`: what `grantor` alone does, too.

use std::io::Write as _;

use actix_web::rt::System;

use super::Settings;
use super::error::CliError;
use super::output::Output;
use crate::app::{self, server, welcome};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::telemetry;

/// Listens first: a taken port is found before anything is changed. Serves until SIGTERM or SIGINT.
pub(super) fn run(settings: &Settings) -> Result<Output, CliError> {
    let config = settings.load()?;
    telemetry::init(&config.log);
    let listeners = server::bind(&config)?;
    let opened = app::open(config, Clock::system(), Entropy)?;
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
