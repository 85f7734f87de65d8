//! Of `scripts/bench-sweep`: makes a million clients that nobody uses, and serves while they are swept.
//!
//! The settings come from `GRANTOR_…` variables, as the server's do. Only for SQLite.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use grantor::app;
use grantor::clock::Clock;
use grantor::config::{Config, DatabaseUrl};
use grantor::entropy::Entropy;
use grantor::flow::client_sweep::{self, Pace, Swept};
use grantor::flow::{Actor, Means, Origin};
use grantor::storage::{Failure, StorageError, leases};

// As Grantor itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A result, or a sentence about what went wrong.
type Outcome<T> = Result<T, String>;

#[derive(Parser)]
#[command(about = "Makes abandoned clients, and serves while they are swept")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Add copies of the client that registered last, a month old and never used.
    Seed {
        #[arg(default_value_t = 1_000_000)]
        clients: u32,
    },
    /// Serve; sweep while a file is there, and write a line of figures for each time that it was.
    Serve {
        #[arg(long)]
        while_there: PathBuf,
        #[arg(long)]
        figures: PathBuf,
    },
}

fn main() -> Outcome<()> {
    #[expect(clippy::disallowed_methods, reason = "the settings of the run are in the environment")]
    let config = Config::load(None, std::env::vars()).map_err(|problems| problems.to_string())?;
    match Arguments::parse().command {
        Command::Seed { clients } => seed(&config, clients),
        Command::Serve { while_there, figures } => {
            actix_web::rt::System::new().block_on(serve(config, while_there, figures))
        }
    }
}

/// One statement for the clients and one for their registration access tokens.
fn seed(config: &Config, clients: u32) -> Outcome<()> {
    let DatabaseUrl::Sqlite(file) = &config.database.url else {
        return Err("only an SQLite database is seeded".to_owned());
    };
    let month_ago = Clock::system().now() - 30 * 86_400;
    let mut conn = SqliteConnection::establish(&file.to_string_lossy()).map_err(|error| error.to_string())?;
    conn.batch_execute(&format!(
        "BEGIN;
         INSERT INTO clients (client_id, source, metadata, policy, secret_expires_at, created_at, updated_at, product, redirect_hosts)
         WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {clients})
         SELECT 'c-abandoned-' || number, source, metadata, policy, 0, {month_ago}, {month_ago}, product, redirect_hosts
         FROM numbers, (SELECT * FROM clients WHERE source = 'dynamic' ORDER BY id DESC LIMIT 1);
         INSERT INTO registration_access_tokens (digest, client_key, issued_at)
         SELECT randomblob(32), id, created_at FROM clients WHERE client_id LIKE 'c-abandoned-%';
         COMMIT; PRAGMA wal_checkpoint(TRUNCATE);"
    ))
    .map_err(|error| error.to_string())
}

async fn serve(config: Config, while_there: PathBuf, figures: PathBuf) -> Outcome<()> {
    let listeners = app::server::bind(&config).map_err(|error| error.to_string())?;
    let opened = app::open(config, Clock::system(), Entropy).map_err(|error| error.to_string())?;
    hold_the_lease(&opened.means).map_err(|error| error.to_string())?;
    let running = app::server::start(opened, listeners).map_err(|error| error.to_string())?;
    let means = running.means.clone();
    actix_web::rt::spawn(async move {
        if let Err(error) = sweep_while_there(&means, &while_there, &figures).await {
            eprintln!("abandoned: {error}");
        }
    });
    running.until_signal().await.map_err(|error| error.to_string())
}

/// So that the server's own job does not sweep: when it does is said here.
fn hold_the_lease(means: &Means) -> Result<(), StorageError> {
    let now = means.clock.now();
    let taken = means.database.write_blocking(move |conn| {
        leases::take(conn, "client_sweep", "bench", now, now + 86_400)
            .map_err(Failure::<StorageError>::Broken)
    });
    match taken {
        Ok(_) => Ok(()),
        Err(Failure::Broken(error) | Failure::Refused(error)) => Err(error),
    }
}

async fn sweep_while_there(means: &Means, file: &Path, figures: &Path) -> Outcome<()> {
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        if !file.exists() {
            continue;
        }
        let (begun, origin) = (Instant::now(), Origin::local(Actor::Server));
        let swept =
            client_sweep::sweep_while(means, &origin, Pace::BACKGROUND, async |_| Ok(file.exists())).await;
        write(figures, &swept.map_err(|error| error.to_string())?, begun.elapsed())?;
    }
}

fn write(figures: &Path, swept: &Swept, took: Duration) -> Outcome<()> {
    let line = serde_json::json!({
        "clients": swept.clients(),
        "transactions": swept.transactions,
        "seconds": took.as_secs_f64(),
        "longest_ms": swept.longest.as_secs_f64() * 1_000.0,
        "longest_wait_ms": swept.longest_wait.as_secs_f64() * 1_000.0,
    });
    let file = std::fs::File::options().create(true).append(true).open(figures);
    file.and_then(|mut file| writeln!(file, "{line}")).map_err(|error| error.to_string())
}
