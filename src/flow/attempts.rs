//! Counts failed attempts from one place, so that guessing is slow. OAuth 2.1 §2.4.1.
//!
//! Only failures count: an honest client never meets the limit. The secrets are of 256 random bits, so the counts need
//! not be exact across servers; what people prove is counted by person in the database: [`super::sign_in::guesses`].

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::clock::Seconds;

/// What is guessed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guess {
    ClientSecret,
    RegistrationAccessToken,
    /// Proofs by which a lost registration access token could be had again.
    Recovery,
    /// Uses of a registration access token that was replaced, by client: written down once a minute.
    DeadRegistrationAccessToken,
    InitialAccessToken,
    Password,
    /// Not a guess, but as telling: e-mails that were asked for.
    Email,
    /// A token or a key for the admin API.
    Administrator,
    /// Not a guess, but as telling: authorization requests that repeat a `code_challenge`, which is made for one.
    RepeatedChallenge,
    /// Nor this: authorization requests that were stored for a person.
    StoredRequest,
    /// Nor this: sign-ins that were begun at another provider.
    UpstreamRequest,
    /// Codes for which another provider gave nothing.
    UpstreamCode,
    /// Nor this: client id metadata documents that were fetched.
    Document,
    /// Nor this: challenges for somebody who signs in with a passkey.
    PasskeyChallenge,
    /// Nor this: updates of a client by itself.
    Update,
}

/// The length of a window.
const WINDOW: Seconds = 60;
/// More places than this are not remembered at once: the oldest windows go first.
const MAX_PLACES: usize = 50_000;

/// Failures by place, in windows of a minute.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<(Guess, String), Window>>);

#[derive(Clone, Copy, Debug)]
struct Window {
    began: Seconds,
    failures: u32,
}

impl Window {
    /// A window that begins in the future is from before the clock was set back: nobody waits for that.
    fn holds(&self, now: Seconds) -> bool {
        (0..WINDOW).contains(&(now - self.began))
    }
}

impl Attempts {
    /// Whether nobody has failed lately: then there is nothing to look up.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Seconds to wait if `place` has failed `limit` times in this minute; `None` if it may try.
    #[must_use]
    pub fn wait(&self, guess: Guess, place: &str, limit: u32, now: Seconds) -> Option<Seconds> {
        let windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = windows.get(&(guess, place.to_owned()))?;
        (window.failures >= limit && window.holds(now)).then(|| window.began + WINDOW - now)
    }

    /// Lets nobody from `place` try again in the window that began then: it is known elsewhere that it failed too often.
    pub fn exhaust(&self, guess: Guess, place: &str, began: Seconds) {
        self.failed(guess, place, began);
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        windows.insert((guess, place.to_owned()), Window { began, failures: u32::MAX });
    }

    /// Notes a failure.
    pub fn failed(&self, guess: Guess, place: &str, now: Seconds) {
        let mut windows = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MAX_PLACES {
            windows.retain(|_, window| window.holds(now));
        }
        // A flood of places that failed once or twice must not make those forgotten that guess.
        for few in [2, 8, u32::MAX] {
            if windows.len() >= MAX_PLACES {
                windows.retain(|_, window| window.failures > few);
            }
        }
        let window = windows
            .entry((guess, place.to_owned()))
            .and_modify(|window| {
                if !window.holds(now) {
                    *window = Window { began: now, failures: 0 };
                }
            })
            .or_insert(Window { began: now, failures: 0 });
        window.failures = window.failures.saturating_add(1);
    }
}

/// The place of a caller: one IPv4 address, or the /64 of an IPv6 one, which is one household.
#[must_use]
pub fn place(address: Option<IpAddr>) -> String {
    match address.map(|address| address.to_canonical()) {
        None => "unknown".to_owned(),
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let network = u128::from(address) & !u128::from(u64::MAX);
            format!("{}/64", std::net::Ipv6Addr::from(network))
        }
    }
}

/// The /48 of an IPv6 caller: whoever has one has many of the places of [`place`].
#[must_use]
pub fn site(address: Option<IpAddr>) -> Option<String> {
    match address?.to_canonical() {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 80 << 80;
            Some(format!("{}/48", std::net::Ipv6Addr::from(network)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T29, M02: failures count by place, and only for a minute.
    #[test]
    fn a_place_waits_out_its_minute() {
        let attempts = Attempts::default();
        for second in 0..3 {
            assert_eq!(attempts.wait(Guess::ClientSecret, "a", 3, 100 + second), None);
            attempts.failed(Guess::ClientSecret, "a", 100 + second);
        }
        assert_eq!(attempts.wait(Guess::ClientSecret, "a", 3, 103), Some(57));
        assert_eq!(attempts.wait(Guess::ClientSecret, "b", 3, 103), None);
        assert_eq!(attempts.wait(Guess::Password, "a", 3, 103), None);
        assert_eq!(attempts.wait(Guess::ClientSecret, "a", 3, 160), None);
    }

    /// R12: after the clock was set back, nobody waits until it has caught up.
    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let attempts = Attempts::default();
        attempts.failed(Guess::Password, "a", 90_000);
        assert_eq!(attempts.wait(Guess::Password, "a", 1, 90_000), Some(60));
        assert_eq!(attempts.wait(Guess::Password, "a", 1, 3_600), None);
        attempts.failed(Guess::Password, "a", 3_600);
        assert_eq!(attempts.wait(Guess::Password, "a", 2, 3_600), None, "a window of its own");
        assert_eq!(attempts.wait(Guess::Password, "a", 1, 3_601), Some(59));
    }

    /// The whole /64 of an IPv6 household is one place.
    #[test]
    fn an_ipv6_network_is_one_place() {
        let of = |text: &str| place(text.parse().ok());
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.7"), of("192.0.2.7"));
        let site_of = |text: &str| site(text.parse().ok());
        assert_eq!(site_of("2001:db8:1:2::1"), site_of("2001:db8:1:3::1"));
        assert_ne!(site_of("2001:db8:1:2::1"), site_of("2001:db8:2:2::1"));
        assert_eq!(site_of("192.0.2.7"), None);
    }

    /// R26: the map stays bounded under a flood of places.
    #[test]
    fn a_flood_of_places_does_not_fill_the_memory() {
        let attempts = Attempts::default();
        for n in 0..(MAX_PLACES + 10) {
            attempts.failed(Guess::Password, &n.to_string(), 0);
        }
        assert!(attempts.0.lock().unwrap().len() <= MAX_PLACES);
    }
}
