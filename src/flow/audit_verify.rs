//! Walks the chain of the audit log from its beginning and names the first place where it is broken.
//!
//! A page at a time, so that neither memory nor a transaction grows with the log, and a server may go on sealing.

use std::fmt;

use super::Means;
use crate::clock::Seconds;
use crate::storage::audit_chain::{self, Link};
use crate::storage::audit_events::StoredEvent;
use crate::storage::{DbConnection, Failure, StorageError};
use crate::texts::{Message, say};

/// Events that are read at once.
const PAGE: i64 = 500;

/// What is wrong with the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The event at this place, or the hash beside it, is not what was sealed.
    Changed(i64),
    /// There is nothing at these places, first and last.
    Missing(i64, i64),
    /// The events at these places were sealed, and are gone from the end.
    MissingAtEnd(i64, i64),
    /// Nobody sealed the event at this place, which is behind the last one.
    Unknown(i64),
    /// A sealed event stands where retention left nothing.
    BeforeBeginning,
    /// The server notes another hash for the last event, at this place.
    OtherHead(i64),
    /// At this place stands another hash than the one that was kept outside.
    NotAsKept(i64),
    /// The chain ends before the place that was kept outside.
    EndsBefore(i64),
    /// Retention has removed the place that was kept outside: nothing can be said about it.
    NoLongerKept(i64),
}

impl Fault {
    /// The same as a sentence for whoever is at the desk.
    #[must_use]
    pub fn said(self) -> Message {
        match self {
            Self::Changed(at) => say("desk-audit-fault-changed").with("at", at),
            Self::Missing(from, to) => say("desk-audit-fault-missing").with("from", from).with("to", to),
            Self::MissingAtEnd(from, to) => {
                say("desk-audit-fault-missing-at-end").with("from", from).with("to", to)
            }
            Self::Unknown(at) => say("desk-audit-fault-unknown").with("at", at),
            Self::BeforeBeginning => say("desk-audit-fault-before"),
            Self::OtherHead(at) => say("desk-audit-fault-other-head").with("at", at),
            Self::NotAsKept(at) => say("desk-audit-fault-not-as-kept").with("at", at),
            Self::EndsBefore(at) => say("desk-audit-fault-ends-before").with("at", at),
            Self::NoLongerKept(at) => say("desk-audit-fault-no-longer-kept").with("at", at),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(at) => write!(f, "event {at} is not what was sealed, or the one before it is not"),
            Self::Missing(from, to) if from == to => write!(f, "event {from} is missing"),
            Self::Missing(from, to) => write!(f, "events {from} to {to} are missing"),
            Self::MissingAtEnd(from, to) => write!(f, "the last events, {from} to {to}, are missing"),
            Self::Unknown(at) => write!(f, "event {at} is behind the last one that was sealed"),
            Self::BeforeBeginning => f.write_str("an event stands before the beginning of the log"),
            Self::OtherHead(at) => write!(f, "event {at} is the last one, but another hash is noted for it"),
            Self::NotAsKept(at) => write!(f, "event {at} has another hash than the one given"),
            Self::EndsBefore(at) => write!(f, "the log ends before event {at}, which was given"),
            Self::NoLongerKept(at) => write!(f, "event {at}, which was given, is older than what is kept"),
        }
    }
}

/// What a walk through the whole chain found.
#[derive(Clone, Debug)]
pub struct Verified {
    /// How many sealed events are as they were.
    pub events: u64,
    /// The last of them: worth keeping outside.
    pub head: Link,
    /// The last one that retention removed.
    pub checkpoint: Link,
    /// Events that no server has sealed yet, and when the oldest of them was written.
    pub unsealed: i64,
    pub oldest_unsealed: Option<Seconds>,
    /// The first thing that is wrong.
    pub fault: Option<Fault>,
}

/// Verifies the chain, and that the link that somebody kept outside is a part of it.
pub async fn verify(means: &Means, kept: Option<Link>) -> Result<Verified, StorageError> {
    let mut walk = Walk::new(kept);
    loop {
        let step = means.database.read(move |conn| Ok(walk.step(conn)?)).await.map_err(broken)?;
        match step {
            Step::Walk(next) => walk = next,
            Step::End(verified) => return Ok(verified),
        }
    }
}

/// [`verify`] for the command line.
pub fn verify_blocking(means: &Means, kept: Option<Link>) -> Result<Verified, StorageError> {
    let mut walk = Walk::new(kept);
    loop {
        let step = means.database.read_blocking(move |conn| Ok(walk.step(conn)?)).map_err(broken)?;
        match step {
            Step::Walk(next) => walk = next,
            Step::End(verified) => return Ok(verified),
        }
    }
}

fn broken(failure: Failure<std::convert::Infallible>) -> StorageError {
    match failure {
        Failure::Broken(error) => error,
        Failure::Refused(never) => match never {},
    }
}

enum Step {
    Walk(Walk),
    End(Verified),
}

/// How far a walk has come.
#[derive(Clone, Copy)]
struct Walk {
    kept: Option<Link>,
    /// `None` before the beginning was looked up.
    began: Option<Link>,
    last: Link,
    events: u64,
}

impl Walk {
    fn new(kept: Option<Link>) -> Self {
        Self { kept, began: None, last: Link::default(), events: 0 }
    }

    fn step(mut self, conn: &mut DbConnection) -> Result<Step, StorageError> {
        let Some(began) = self.began else {
            let checkpoint = audit_chain::checkpoint(conn)?;
            (self.began, self.last) = (Some(checkpoint), checkpoint);
            if let Some(fault) = self.compare_kept(checkpoint) {
                return self.end(conn, Some(fault));
            }
            return Ok(Step::Walk(self));
        };
        let page = audit_chain::after(conn, self.last.sequence, PAGE)?;
        if page.is_empty() {
            return self.at_the_end(conn, began);
        }
        for event in &page {
            if let Err(fault) = self.take(event) {
                return self.unless_removed(conn, began, fault);
            }
        }
        Ok(Step::Walk(self))
    }

    /// The next event, if it is the one that belongs here.
    fn take(&mut self, event: &StoredEvent) -> Result<(), Fault> {
        let expected = self.last.followed_by(event);
        let found = event.sequence.unwrap_or_default();
        if found != expected.sequence {
            return Err(Fault::Missing(expected.sequence, found.saturating_sub(1)));
        }
        if event.link() != Some(expected) {
            return Err(Fault::Changed(found));
        }
        self.last = expected;
        self.events += 1;
        match self.kept {
            Some(kept) if kept.sequence == found && kept != expected => Err(Fault::NotAsKept(found)),
            _ => Ok(()),
        }
    }

    /// Retention may have removed the beginning while we walked: then from there again.
    fn unless_removed(
        self,
        conn: &mut DbConnection,
        began: Link,
        fault: Fault,
    ) -> Result<Step, StorageError> {
        if audit_chain::checkpoint(conn)?.sequence > began.sequence {
            return Ok(Step::Walk(Self::new(self.kept)));
        }
        self.end(conn, Some(fault))
    }

    /// What was sealed is there. The note of the last event is read after the events, and was written with them.
    fn at_the_end(self, conn: &mut DbConnection, began: Link) -> Result<Step, StorageError> {
        let head = audit_chain::head(conn)?;
        let (last, noted) = (self.last.sequence, head.sequence);
        if noted > last && !audit_chain::after(conn, last, 1)?.is_empty() {
            // Sealed this moment.
            return Ok(Step::Walk(self));
        }
        if noted > last {
            return self.unless_removed(conn, began, Fault::MissingAtEnd(last.saturating_add(1), noted));
        }
        if noted < last {
            return self.end(conn, Some(Fault::Unknown(noted.saturating_add(1))));
        }
        if head != self.last {
            return self.end(conn, Some(Fault::OtherHead(last)));
        }
        if audit_chain::is_any_before(conn, &began)? {
            return self.unless_removed(conn, began, Fault::BeforeBeginning);
        }
        let kept = self.kept.map(|kept| kept.sequence).filter(|kept| *kept > last);
        self.end(conn, kept.map(Fault::EndsBefore))
    }

    fn compare_kept(&self, checkpoint: Link) -> Option<Fault> {
        let kept = self.kept?;
        if kept.sequence < checkpoint.sequence {
            return Some(Fault::NoLongerKept(kept.sequence));
        }
        (kept.sequence == checkpoint.sequence && kept != checkpoint)
            .then_some(Fault::NotAsKept(kept.sequence))
    }

    fn end(self, conn: &mut DbConnection, fault: Option<Fault>) -> Result<Step, StorageError> {
        let (unsealed, oldest_unsealed) = audit_chain::unsealed(conn)?;
        Ok(Step::End(Verified {
            events: self.events,
            head: self.last,
            checkpoint: self.began.unwrap_or_default(),
            unsealed,
            oldest_unsealed,
            fault,
        }))
    }
}
