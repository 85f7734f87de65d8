//! The time, handed in. Whole seconds since 1970-01-01T00:00:00Z everywhere; durations are seconds, too.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A point in time or a duration, in seconds.
pub type Seconds = i64;

/// Tells the time: the system's, or one that a test moves.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The clock of this machine.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at `now` until it is advanced. Clones move together.
    #[must_use]
    pub fn manual(now: Seconds) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(now))))
    }

    /// Seconds since the epoch.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for the time")]
    pub fn now(&self) -> Seconds {
        match &self.0 {
            Source::System => chrono::Utc::now().timestamp(),
            Source::Manual(now) => now.load(Ordering::SeqCst),
        }
    }

    /// Moves a manual clock; the system's clock stays as it is.
    pub fn advance(&self, by: Seconds) {
        if let Source::Manual(now) = &self.0 {
            now.fetch_add(by, Ordering::SeqCst);
        }
    }
}
