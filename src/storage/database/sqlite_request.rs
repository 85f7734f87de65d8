//! One write on its way through the queue of the SQLite writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::guarded;
use crate::storage::connection::DbConnection;
use crate::storage::error::{Failure, StorageError};

/// Decides once whether a request runs or its caller has stopped waiting: never both.
#[derive(Clone, Default)]
pub(super) struct Claim(Arc<AtomicBool>);

impl Claim {
    fn take(&self) -> bool {
        !self.0.swap(true, Ordering::AcqRel)
    }
}

/// The caller's half. A caller that goes away takes back what has not begun.
pub(super) struct Waiting(Claim);

impl Waiting {
    pub(super) fn on(claim: Claim) -> Self {
        Self(claim)
    }

    /// Whether the request had not begun, and now never will.
    pub(super) fn give_up(&self) -> bool {
        self.0.take()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.take();
    }
}

/// A request whose types the queue need not know.
pub(super) trait Job: Send {
    fn claim(&self) -> bool;
    fn run(&mut self, conn: &mut DbConnection) -> Verdict;
    /// `failed`: the group was lost, for this reason.
    fn answer(self: Box<Self>, failed: Option<&str>);
}

/// What becomes of what a closure wrote.
pub(super) enum Verdict {
    Keep,
    Undo { unavailable: Option<String> },
}

pub(super) struct Request<T, R, F, A> {
    work: F,
    answer: A,
    claim: Claim,
    result: Option<Result<T, Failure<R>>>,
}

impl<T, R, F, A> Request<T, R, F, A> {
    pub(super) fn new(work: F, answer: A, claim: Claim) -> Self {
        Self { work, answer, claim, result: None }
    }
}

impl<T, R, F, A> Job for Request<T, R, F, A>
where
    F: Fn(&mut DbConnection) -> Result<T, Failure<R>> + Send,
    T: Send,
    R: Send,
    A: FnOnce(Result<T, Failure<R>>) + Send,
{
    fn claim(&self) -> bool {
        self.claim.take()
    }

    fn run(&mut self, conn: &mut DbConnection) -> Verdict {
        match self.result.insert(guarded(|| (self.work)(conn))) {
            Ok(_) | Err(Failure::Refused(_)) => Verdict::Keep,
            Err(Failure::Broken(StorageError::Unavailable(why))) => {
                Verdict::Undo { unavailable: Some(why.clone()) }
            }
            Err(Failure::Broken(_)) => Verdict::Undo { unavailable: None },
        }
    }

    fn answer(self: Box<Self>, failed: Option<&str>) {
        let this = *self;
        match (failed, this.result) {
            (None, Some(result)) => (this.answer)(result),
            (why, _) => {
                let why = why.unwrap_or("the write was not made").to_owned();
                (this.answer)(Err(StorageError::Unavailable(why).into()));
            }
        }
    }
}
