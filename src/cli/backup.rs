//! `grantor backup`: a copy of the SQLite database, while servers run.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::Settings;
use super::error::CliError;
use super::output::Output;
use crate::config::DatabaseUrl;
use crate::keys::MasterKey;
use crate::storage::DatabaseKind;

#[derive(Args)]
pub(super) struct Arguments {
    /// The new file; it must not exist yet.
    file: PathBuf,
    /// Write the master key to FILE.key as well. Whoever has both has everything.
    #[arg(long)]
    with_key: bool,
}

pub(super) fn run(arguments: &Arguments, settings: &Settings) -> Result<Output, CliError> {
    let config = settings.load()?;
    if let DatabaseUrl::Sqlite(file) = &config.database.url
        && !file.exists()
    {
        // Opening it would make an empty one: a mistyped name must not look like a backup.
        return Err(CliError::new(format!("There is no database at {}", file.display())));
    }
    let opened = settings.open()?;
    let database = &opened.means.database;
    if database.kind() == DatabaseKind::Postgres {
        return Err(CliError::new(
            "Grantor does not back up PostgreSQL itself: use pg_dump or the backups of your provider, and keep the master key beside them",
        ));
    }
    let file = &arguments.file;
    let key_file = key_file(file);
    if arguments.with_key && key_file.exists() {
        return Err(CliError::new(format!("{} exists already", key_file.display())));
    }
    database.backup_to(file)?;
    let copied = format!("The database is copied to {}.\n", file.display());
    if !arguments.with_key {
        return Ok(Output::from(copied).note(
            "The master key is not in the copy, and without it the copy is of no use. Keep it in another place, or use --with-key.",
        ));
    }
    write_key(&opened.master, &key_file).map_err(|error| {
        CliError::new(format!("The key could not be written to {}: {error}", key_file.display()))
    })?;
    Ok(Output::from(format!("{copied}The master key is written to {}.\n", key_file.display())))
}

fn key_file(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

fn write_key(master: &MasterKey, path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", master.to_base64())?;
    file.sync_all()
}
