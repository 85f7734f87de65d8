//! `grantor restore`: a backup in the place of the SQLite database, if it is whole and the master key opens it.

use std::path::PathBuf;

use clap::Args;

use super::Settings;
use super::error::CliError;
use super::output::Output;
use crate::config::{DatabaseUrl, MasterKeySource};
use crate::entropy::Entropy;
use crate::flow::rotate_keys;
use crate::keys::{KeyError, MasterKey};
use crate::storage::backups::Candidate;

#[derive(Args)]
pub(super) struct Arguments {
    /// What `grantor backup` made.
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments, settings: &Settings) -> Result<Output, CliError> {
    let config = settings.load()?;
    let DatabaseUrl::Sqlite(database) = &config.database.url else {
        return Err(CliError::new(
            "Grantor does not restore PostgreSQL itself: use pg_restore or the backups of your provider",
        ));
    };
    let source = config.master_key.as_ref().ok_or(crate::app::StartError::NoMasterKey)?;
    let mut candidate = Candidate::check(&arguments.file, database, &Entropy.identifier())?;
    check_key(&mut candidate, source)?;
    let kept = candidate.put_in_place()?;
    let restored = format!("{} is restored from {}.\n", database.display(), arguments.file.display());
    Ok(Output::from(match kept {
        None => restored,
        Some(kept) => format!("{restored}The database before it is kept as {}.\n", kept.display()),
    }))
}

/// The key is read and never made: a new one would open nothing.
fn check_key(candidate: &mut Candidate, source: &MasterKeySource) -> Result<(), CliError> {
    let master = match (MasterKey::read(source)?, source) {
        (Some(master), _) => master,
        (None, MasterKeySource::BesideDatabase(path)) => {
            return Err(KeyError::MasterKeyGone(path.clone()).into());
        }
        (None, MasterKeySource::Given(_)) => return Err(KeyError::MasterKeyMalformed.into()),
    };
    if candidate.master_key_check()? != master.check_value() {
        return Err(KeyError::WrongMasterKey.into());
    }
    rotate_keys::load(candidate.connection()?, &master)?;
    Ok(())
}
