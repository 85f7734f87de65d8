//! A running server: its listeners, its background jobs, and how it stops.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use tracing_actix_web::TracingLogger;

use super::tls::{self, Certificate};
use super::{Opened, StartError, audit, logos};
use crate::config::{Config, Logos, RegistrationMode};
use crate::flow::{Means, back_channel_logout, client_sweep, last_used, send_emails, settings, sweep};
use crate::keys::MasterKey;
use crate::web::desk::gate::Door;
use crate::web::health::Leaving;
use crate::web::middleware::{RequestSpan, guard};
use crate::web::routes;

/// A client that has not sent its request head by then is let go.
const HEAD_DEADLINE: Duration = Duration::from_secs(5);
/// An idle connection is kept for so long.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How often keys, resources and certificates are looked at: a change is seen within a second.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);
/// How often expired rows are swept.
const SWEEP_INTERVAL: Duration = Duration::from_mins(1);
/// How often the last uses of clients are written.
const LAST_USED_INTERVAL: Duration = Duration::from_secs(10);
/// How often a server looks whether it is its turn to sweep clients, once it has run for as long as between two sweeps.
/// With the life of the lease: thirty seconds at most until another server goes on.
const CLIENT_SWEEP_INTERVAL: Duration = Duration::from_secs(10);
/// How often sign-outs are looked for that clients have to be told of. Looking costs a read of an index that is empty then.
const LOGOUT_INTERVAL: Duration = Duration::from_millis(500);
/// How often e-mails are looked for that wait. Looking costs a read of an index that is empty then.
const EMAIL_INTERVAL: Duration = Duration::from_secs(1);
/// After a failure of the database it rests for so long.
const LOGOUT_REST: Duration = Duration::from_secs(10);
/// How long a server that is told to stop is "not ready" before it closes its listeners, so that whoever sends requests
/// to it can see it.
const LEAVING_FOR: Duration = Duration::from_millis(500);

/// A started server. Dropping it does not stop it.
pub struct Running {
    pub means: Data<Means>,
    pub addresses: Vec<SocketAddr>,
    handle: ServerHandle,
    leaving: Data<Leaving>,
    jobs: Vec<actix_web::rt::task::JoinHandle<()>>,
    server: actix_web::rt::task::JoinHandle<std::io::Result<()>>,
}

/// Binds what the settings name. An address that this machine does not have is left out while another one is bound.
pub fn bind(config: &Config) -> Result<Vec<TcpListener>, StartError> {
    let mut listeners = Vec::new();
    let mut faults = Vec::new();
    for address in &config.listen {
        match TcpListener::bind(address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_missing_family(&error) => {
                faults.push(format!("cannot listen on {address}: {error}"));
            }
            Err(error) => return Err(StartError::Listen(format!("cannot listen on {address}: {error}"))),
        }
    }
    if listeners.is_empty() {
        return Err(StartError::Listen(faults.join("; ")));
    }
    for fault in faults {
        tracing::warn!("{fault}");
    }
    Ok(listeners)
}

/// A machine without IPv6, or without IPv4.
fn is_missing_family(error: &std::io::Error) -> bool {
    const EAFNOSUPPORT: i32 = 97;
    error.kind() == std::io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(EAFNOSUPPORT)
}

/// Starts serving on these listeners. Must run inside an actix or Tokio runtime.
pub fn start(opened: Opened, listeners: Vec<TcpListener>) -> Result<Running, StartError> {
    let Opened { means, master, .. } = opened;
    let config = means.config.clone();
    let (means, leaving) = (Data::new(means), Data::new(Leaving::default()));
    let (listeners, door) = with_desk(&config, listeners)?;
    let addresses = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
    let certificate = config.tls.as_ref().map(Certificate::load).transpose()?.map(Arc::new);

    let (shared_means, shared_leaving, shared_door) =
        (Data::clone(&means), Data::clone(&leaving), Data::new(door));
    let issuer_path = config.issuer.path().to_owned();
    let registration = config.registration.mode != RegistrationMode::Off;
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(Data::clone(&shared_means))
            .app_data(Data::clone(&shared_leaving))
            .app_data(Data::clone(&shared_door))
            .wrap(from_fn(guard))
            .wrap(TracingLogger::<RequestSpan>::new())
            .configure(routes::configure(&issuer_path, registration))
    })
    .workers(workers(&config))
    .client_request_timeout(HEAD_DEADLINE)
    .keep_alive(KEEP_ALIVE)
    .shutdown_timeout(u64::try_from(config.shutdown_timeout).unwrap_or(10))
    .disable_signals();
    for listener in listeners {
        server = match &certificate {
            None => server.listen(listener),
            Some(certificate) => server.listen_rustls_0_23(listener, tls::server_config(certificate)?),
        }
        .map_err(|error| StartError::Listen(format!("cannot listen: {error}")))?;
    }
    let server = server.run();
    let handle = server.handle();
    let mut jobs = vec![
        actix_web::rt::spawn(look_for_changes(Data::clone(&means), master, certificate)),
        actix_web::rt::spawn(sweep_now_and_then(Data::clone(&means))),
        actix_web::rt::spawn(write_last_uses(Data::clone(&means))),
        actix_web::rt::spawn(sweep_clients(Data::clone(&means))),
        actix_web::rt::spawn(tell_of_sign_outs(Data::clone(&means))),
    ];
    if means.mailer.can_send() {
        jobs.push(actix_web::rt::spawn(send_waiting_emails(Data::clone(&means))));
    }
    jobs.extend(audit::start(&means));
    if config.logos == Logos::Fetch {
        jobs.push(actix_web::rt::spawn(logos::fetch(Data::clone(&means))));
    }
    if let Some(address) = config.metrics.listen {
        jobs.push(actix_web::rt::spawn(super::metrics::serve(address)?));
    }
    Ok(Running { means, addresses, handle, leaving, jobs, server: actix_web::rt::spawn(server) })
}

/// The listeners, with that of the operator's desk if it has one of its own.
fn with_desk(
    config: &Config,
    mut listeners: Vec<TcpListener>,
) -> Result<(Vec<TcpListener>, Door), StartError> {
    let Some(address) = config.desk.listen.filter(|_| config.desk.is_enabled) else {
        return Ok((listeners, Door::default()));
    };
    let fault = |error: std::io::Error| {
        StartError::Listen(format!("cannot listen on {address} (desk.listen): {error}"))
    };
    let listener = TcpListener::bind(address).map_err(fault)?;
    let door = Door(Some(listener.local_addr().map_err(fault)?));
    listeners.push(listener);
    Ok((listeners, door))
}

/// As many as set, or one for each core.
fn workers(config: &Config) -> usize {
    if config.workers > 0 {
        return config.workers;
    }
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

impl Running {
    /// Serves until SIGTERM or SIGINT, then finishes what is in flight.
    pub async fn until_signal(self) -> Result<(), StartError> {
        signal().await.map_err(|error| StartError::Listen(format!("signals cannot be heard: {error}")))?;
        tracing::info!("shutting down");
        self.stop().await
    }

    /// Not ready any more, no new connections, requests in flight finish, queued writes are committed.
    pub async fn stop(self) -> Result<(), StartError> {
        self.leaving.begin();
        tokio::time::sleep(LEAVING_FOR).await;
        self.handle.stop(true).await;
        let ended = self.server.await;
        for job in self.jobs {
            job.abort();
        }
        if let Err(error) = last_used::flush(&self.means).await {
            tracing::warn!(%error, "the last uses of clients could not be written");
        }
        audit::stop(&self.means).await;
        self.means.database.close();
        match ended {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(StartError::Listen(format!("the server ended with an error: {error}"))),
            Err(error) => Err(StartError::Listen(format!("the server ended with a panic: {error}"))),
        }
    }
}

async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// What another server or the command line changed is seen within a second.
async fn look_for_changes(means: Data<Means>, master: Arc<MasterKey>, certificate: Option<Arc<Certificate>>) {
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        match settings::read_again_if_changed(&means, &master).await {
            Ok(false) => {}
            Ok(true) => tracing::info!("signing keys or resources changed and were read again"),
            Err(failure) => tracing::warn!(?failure, "signing keys and resources could not be read again"),
        }
        if let Some(certificate) = &certificate {
            certificate.reload_if_changed();
        }
    }
}

async fn sweep_now_and_then(means: Data<Means>) {
    loop {
        tokio::time::sleep(SWEEP_INTERVAL).await;
        match sweep::sweep(&means).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "swept what was over"),
            Err(error) => tracing::warn!(%error, "the sweep could not finish"),
        }
    }
}

async fn write_last_uses(means: Data<Means>) {
    loop {
        tokio::time::sleep(LAST_USED_INTERVAL).await;
        if let Err(error) = last_used::flush(&means).await {
            tracing::warn!(%error, "the last uses of clients could not be written; they are kept");
        }
    }
}

async fn tell_of_sign_outs(means: Data<Means>) {
    loop {
        tokio::time::sleep(LOGOUT_INTERVAL).await;
        if let Err(error) = back_channel_logout::deliver(&means).await {
            tracing::warn!(%error, "clients could not be told of sign-outs; they are told later");
            tokio::time::sleep(LOGOUT_REST).await;
        }
    }
}

async fn send_waiting_emails(means: Data<Means>) {
    loop {
        tokio::time::sleep(EMAIL_INTERVAL).await;
        if let Err(error) = send_emails::send_due(&means).await {
            tracing::warn!(%error, "e-mails could not be sent; they are sent later");
            tokio::time::sleep(LOGOUT_REST).await;
        }
    }
}

async fn sweep_clients(means: Data<Means>) {
    tokio::time::sleep(SWEEP_INTERVAL).await;
    loop {
        tokio::time::sleep(CLIENT_SWEEP_INTERVAL).await;
        match client_sweep::sweep_if_due(&means).await {
            Ok(Some(swept)) if swept.clients() > 0 => {
                let (never_used, idle) = (swept.never_used, swept.idle);
                tracing::info!(never_used, idle, "removed clients that nobody uses");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the sweep of clients could not finish"),
        }
    }
}
