//! How much may go out at once and in a minute: nobody makes this server knock at a host without end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Account, Purpose};
use crate::clock::Seconds;

/// Requests under way at once to one host.
const AT_ONCE_PER_HOST: usize = 2;
/// The same to a provider by which people sign in, which an operator chose: nobody waits there behind the codes of strangers.
const AT_ONCE_PER_PROVIDER: usize = 16;
/// The window of the budget of a host.
const WINDOW: Seconds = 60;
/// More hosts than this are not remembered: those that were asked least go first.
const MAX_HOSTS: usize = 10_000;

pub(super) struct Limits {
    documents: Arc<Semaphore>,
    sector_identifiers: Arc<Semaphore>,
    jwks: Arc<Semaphore>,
    logos: Arc<Semaphore>,
    logouts: Arc<Semaphore>,
    request_objects: Arc<Semaphore>,
    upstreams: Arc<Semaphore>,
    webhook: Arc<Semaphore>,
    hosts: Mutex<HashMap<String, Host>>,
}

struct Host {
    at_once: Arc<Semaphore>,
    sign_ins_at_once: Arc<Semaphore>,
    window_began: Seconds,
    used: HashMap<Account, u32>,
}

/// The right to one request, until it is dropped.
pub(super) struct Permit {
    _host: OwnedSemaphorePermit,
    _purpose: OwnedSemaphorePermit,
}

impl Default for Limits {
    fn default() -> Self {
        // 68 requests at once. Each purpose has its own places: anybody can name hosts without end that hang, and with those fill
        // the places of one purpose, but not those of the audit log.
        let places = |count| Arc::new(Semaphore::new(count));
        Self {
            documents: places(8),
            sector_identifiers: places(2),
            jwks: places(4),
            logos: places(4),
            logouts: places(8),
            request_objects: places(8),
            upstreams: places(32),
            webhook: places(2),
            hosts: Mutex::default(),
        }
    }
}

impl Limits {
    /// Spends one of the host's budget, and waits for a place; `None` if the budget is spent.
    pub(super) async fn enter(&self, host: &str, purpose: Purpose, now: Seconds) -> Option<Permit> {
        let at_once = self.spend(host, purpose, now)?;
        // The host's place first: whoever waits for a slow host holds none of the places of the others.
        let host = at_once.acquire_owned().await.ok()?;
        let purpose = Arc::clone(self.places(purpose)).acquire_owned().await.ok()?;
        Some(Permit { _host: host, _purpose: purpose })
    }

    fn places(&self, purpose: Purpose) -> &Arc<Semaphore> {
        match purpose {
            Purpose::ClientDocument | Purpose::FirstClientDocument => &self.documents,
            Purpose::SectorIdentifier => &self.sector_identifiers,
            Purpose::Jwks => &self.jwks,
            Purpose::Logo => &self.logos,
            Purpose::Logout => &self.logouts,
            Purpose::RequestObject => &self.request_objects,
            Purpose::Upstream => &self.upstreams,
            Purpose::Webhook => &self.webhook,
        }
    }

    fn spend(&self, name: &str, purpose: Purpose, now: Seconds) -> Option<Arc<Semaphore>> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut hosts, now);
        let host = hosts.entry(name.to_owned()).or_insert_with(|| Host {
            at_once: Arc::new(Semaphore::new(AT_ONCE_PER_HOST)),
            sign_ins_at_once: Arc::new(Semaphore::new(AT_ONCE_PER_PROVIDER)),
            window_began: now,
            used: HashMap::new(),
        });
        if !host.is_counting(now) {
            (host.window_began, host.used) = (now, HashMap::new());
        }
        let used = host.used.entry(purpose.account()).or_default();
        if *used >= purpose.budget() {
            return None;
        }
        *used += 1;
        Some(Arc::clone(if purpose == Purpose::Upstream { &host.sign_ins_at_once } else { &host.at_once }))
    }
}

impl Host {
    /// A window that begins in the future is from before the clock was set back.
    fn is_counting(&self, now: Seconds) -> bool {
        (0..WINDOW).contains(&(now - self.window_began))
    }

    fn is_busy(&self) -> bool {
        Arc::strong_count(&self.at_once) > 1 || Arc::strong_count(&self.sign_ins_at_once) > 1
    }
}

fn make_room(hosts: &mut HashMap<String, Host>, now: Seconds) {
    if hosts.len() < MAX_HOSTS {
        return;
    }
    hosts.retain(|_, host| host.is_busy() || host.is_counting(now));
    for few in [1, 4, u32::MAX] {
        if hosts.len() >= MAX_HOSTS {
            hosts.retain(|_, host| host.is_busy() || host.used.values().sum::<u32>() > few);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host's budget is spent within a minute and is there again after it; that of another host is its own.
    #[actix_web::test]
    async fn a_host_has_a_budget_for_each_minute() {
        let limits = Limits::default();
        for _ in 0..30 {
            assert!(limits.enter("a.test", Purpose::ClientDocument, 100).await.is_some());
        }
        assert!(limits.enter("a.test", Purpose::ClientDocument, 159).await.is_none());
        assert!(limits.enter("b.test", Purpose::ClientDocument, 159).await.is_some());
        assert!(limits.enter("a.test", Purpose::ClientDocument, 160).await.is_some());
    }

    /// What a client is told of, and what is read for it, comes from budgets of their own; made-up addresses leave some to known ones.
    #[actix_web::test]
    async fn each_account_has_a_budget_of_its_own() {
        let limits = Limits::default();
        for (purpose, budget) in [
            (Purpose::Logout, 120),
            (Purpose::RequestObject, 600),
            (Purpose::Jwks, 30),
            (Purpose::Logo, 30),
            (Purpose::Upstream, 12_000),
            (Purpose::FirstClientDocument, 20),
            (Purpose::ClientDocument, 10),
        ] {
            for number in 0..budget {
                assert!(limits.enter("a.test", purpose, 0).await.is_some(), "{purpose:?} {number}");
            }
            assert!(limits.enter("a.test", purpose, 0).await.is_none(), "{purpose:?}");
        }
        assert!(limits.enter("a.test", Purpose::SectorIdentifier, 0).await.is_none());
    }

    /// R29: two requests to one host at once, and the third does not take a place from other hosts.
    #[actix_web::test]
    async fn a_slow_host_has_two_places() {
        let limits = Limits::default();
        let first = limits.enter("slow.test", Purpose::Jwks, 0).await;
        let _second = limits.enter("slow.test", Purpose::Jwks, 0).await;
        let wait = std::time::Duration::from_millis(20);
        assert!(tokio::time::timeout(wait, limits.enter("slow.test", Purpose::Jwks, 0)).await.is_err());
        assert!(tokio::time::timeout(wait, limits.enter("other.test", Purpose::Jwks, 0)).await.is_ok());
        assert!(tokio::time::timeout(wait, limits.enter("slow.test", Purpose::Upstream, 0)).await.is_ok());
        drop(first);
        assert!(tokio::time::timeout(wait, limits.enter("slow.test", Purpose::Jwks, 0)).await.is_ok());
    }

    /// R29: whoever has hosts without end that hang takes the places of one purpose, and none of the audit webhook's.
    #[actix_web::test]
    async fn hanging_hosts_of_one_purpose_leave_the_others_their_places() {
        let limits = Limits::default();
        let wait = std::time::Duration::from_millis(20);
        let mut held = Vec::new();
        for purpose in [
            Purpose::ClientDocument,
            Purpose::SectorIdentifier,
            Purpose::Jwks,
            Purpose::Logo,
            Purpose::Logout,
            Purpose::RequestObject,
        ] {
            for number in 0..20 {
                let host = format!("{number}.{}.test", purpose.as_str());
                held.extend(tokio::time::timeout(wait, limits.enter(&host, purpose, 0)).await);
            }
        }
        assert_eq!(held.len(), 34, "so many at once");
        assert!(tokio::time::timeout(wait, limits.enter("siem.test", Purpose::Webhook, 0)).await.is_ok());
    }

    #[actix_web::test]
    async fn many_hosts_do_not_fill_the_memory() {
        let limits = Limits::default();
        for count in 0..=MAX_HOSTS {
            assert!(limits.enter(&format!("{count}.test"), Purpose::Jwks, 0).await.is_some());
        }
        assert!(limits.hosts.lock().unwrap().len() <= MAX_HOSTS);
    }
}
