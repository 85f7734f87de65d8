//! Names become addresses here, once for each request; only addresses that were looked at are connected to.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::address::is_public;
use crate::config::IpNetwork;

/// So many names are looked up at once: a lookup that hangs keeps a thread long after its request has given up.
const LOOKUPS: usize = 32;

/// Where names are looked up: at the system, or in a table that a test wrote.
#[derive(Clone)]
pub struct Resolver(Source);

#[derive(Clone)]
enum Source {
    System(Arc<Semaphore>),
    Fixed(Arc<Fixed>),
}

struct Fixed {
    answers: Mutex<HashMap<String, VecDeque<Vec<IpAddr>>>>,
    lookups: AtomicUsize,
}

impl Resolver {
    /// The resolver of this machine.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System(Arc::new(Semaphore::new(LOOKUPS))))
    }

    /// A table. Each name has its answers in turn, of which the last one stays; other names do not exist.
    #[must_use]
    pub fn fixed<N: Into<String>>(names: impl IntoIterator<Item = (N, Vec<Vec<IpAddr>>)>) -> Self {
        let answers = names.into_iter().map(|(name, answers)| (name.into(), answers.into())).collect();
        Self(Source::Fixed(Arc::new(Fixed { answers: Mutex::new(answers), lookups: AtomicUsize::new(0) })))
    }

    /// How often a table was asked; 0 for the system.
    #[must_use]
    pub fn lookups(&self) -> usize {
        match &self.0 {
            Source::System(_) => 0,
            Source::Fixed(fixed) => fixed.lookups.load(Ordering::SeqCst),
        }
    }

    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        match &self.0 {
            Source::Fixed(fixed) => fixed.answer(name),
            Source::System(lookups) => {
                let gone = |_| io::Error::other("no more lookups");
                let permit = Arc::clone(lookups).acquire_owned().await.map_err(gone)?;
                let name = name.to_owned();
                // On its own, so that the permit is held until the system answers, whoever still waits for it.
                let lookup = tokio::spawn(async move {
                    let found = tokio::net::lookup_host((name, 0)).await;
                    drop(permit);
                    found.map(|addresses| addresses.map(|address| address.ip()).collect())
                });
                lookup.await.map_err(io::Error::other)?
            }
        }
    }
}

impl Fixed {
    fn answer(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.lookups.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let in_turn = answers.get_mut(name);
        let answer = in_turn
            .and_then(|turns| if turns.len() > 1 { turns.pop_front() } else { turns.front().cloned() });
        answer.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no such name"))
    }
}

/// Which addresses may be connected to.
#[derive(Clone)]
pub(super) enum Reach {
    /// Public ones, and what the settings add.
    Public { loopback: bool, networks: Arc<[IpNetwork]> },
    /// Any: an operator wrote the address into the settings.
    Anywhere,
}

impl Reach {
    pub(super) fn allows(&self, address: IpAddr) -> bool {
        match self {
            Self::Anywhere => true,
            Self::Public { loopback, networks } => {
                is_public(address)
                    || (*loopback && address.to_canonical().is_loopback())
                    || networks.iter().any(|network| network.contains(address))
            }
        }
    }
}

/// The host has an address that may not be connected to.
#[derive(Debug, thiserror::Error)]
#[error("the host has an address that is not public: {0}")]
pub(super) struct Forbidden(pub(super) IpAddr);

/// Resolves a name and gives out its addresses only if every one of them may be connected to.
pub(super) struct Vetting {
    pub(super) resolver: Resolver,
    pub(super) reach: Reach,
}

impl Resolve for Vetting {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, reach) = (self.resolver.clone(), self.reach.clone());
        Box::pin(async move {
            let addresses = resolver.look_up(name.as_str()).await?;
            // One forbidden address among public ones is an attempt, not an accident.
            if let Some(forbidden) = addresses.iter().find(|address| !reach.allows(**address)) {
                return Err(Forbidden(*forbidden).into());
            }
            if addresses.is_empty() {
                return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address").into());
            }
            // Port 0: the connector takes the port of the URL.
            let vetted = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(vetted) as Addrs)
        })
    }
}
