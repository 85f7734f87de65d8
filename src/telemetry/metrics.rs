//! Numbers for Prometheus. Until [`install_metrics`] is called, counting costs one load and does nothing.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::OnceLock;
use std::time::Duration;

use metrics::{
    Counter, Histogram, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

/// Renders what was counted: `render()` for the listener, and `run_upkeep()` every few seconds, so that durations do
/// not pile up while nobody scrapes.
pub use metrics_exporter_prometheus::PrometheusHandle;

/// Requests answered, by `route`, `method` and `status`.
pub const HTTP_REQUESTS_TOTAL: &str = "http_requests_total";
/// How long answers took, by `route`.
pub const HTTP_REQUEST_DURATION_SECONDS: &str = "http_request_duration_seconds";
/// Tokens issued, by `kind`.
pub const OAUTH_TOKENS_ISSUED_TOTAL: &str = "oauth_tokens_issued_total";
/// Refresh tokens that came a second time and took their grant with them.
pub const OAUTH_REFRESH_REUSE_TOTAL: &str = "oauth_refresh_reuse_total";
/// Authorization codes that came a second time and took their grant with them.
pub const OAUTH_CODE_REPLAY_TOTAL: &str = "oauth_code_replay_total";
/// Requests of dynamic client registration, by `op` and `result`.
pub const DCR_REQUESTS_TOTAL: &str = "dcr_requests_total";
/// Requests refused by a rule, by `route` and `error`.
pub const REFUSALS_TOTAL: &str = "refusals_total";
/// Sign-ins tried, by `result`.
pub const LOGIN_ATTEMPTS_TOTAL: &str = "login_attempts_total";
/// Panics caught.
pub const PANICS_TOTAL: &str = "panics_total";
/// 1, with the `version` that runs.
pub const BUILD_INFO: &str = "build_info";

const BUCKETS: [f64; 12] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5];

/// What was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    AccessToken,
    RefreshToken,
    IdToken,
}

/// Which request of RFC 7591 or RFC 7592.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegistrationOperation {
    Register,
    Read,
    Update,
    Delete,
    /// Of a lost registration access token.
    Recover,
}

/// How it went: as asked, refused by a rule, or failed by our fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Ok,
    Refused,
    Failed,
}

/// Counters by outcome.
struct ByOutcome {
    ok: Counter,
    refused: Counter,
    failed: Counter,
}

impl ByOutcome {
    fn new(counter: impl Fn(&'static str) -> Counter) -> Self {
        Self { ok: counter("ok"), refused: counter("refused"), failed: counter("failed") }
    }

    fn count(&self, outcome: Outcome) {
        match outcome {
            Outcome::Ok => self.ok.increment(1),
            Outcome::Refused => self.refused.increment(1),
            Outcome::Failed => self.failed.increment(1),
        }
    }
}

/// Handles made once: counting is then one atomic addition.
struct Counters {
    prometheus: PrometheusHandle,
    access_tokens: Counter,
    refresh_tokens: Counter,
    id_tokens: Counter,
    refresh_reuse: Counter,
    code_replay: Counter,
    register: ByOutcome,
    read: ByOutcome,
    update: ByOutcome,
    delete: ByOutcome,
    recover: ByOutcome,
    logins: ByOutcome,
    panics: Counter,
}

static COUNTERS: OnceLock<Counters> = OnceLock::new();

/// Route, method and status.
type Answer = (&'static str, &'static str, u16);

thread_local! {
    /// Each part of an `Answer` is one of few, so this stays small.
    static REQUESTS: RefCell<HashMap<Answer, (Counter, Histogram)>> =
        RefCell::new(HashMap::new());
}

/// Starts counting, once per process; later calls give the same handle.
pub fn install_metrics() -> PrometheusHandle {
    COUNTERS.get_or_init(install).prometheus.clone()
}

fn install() -> Counters {
    let durations = Matcher::Full(HTTP_REQUEST_DURATION_SECONDS.to_owned());
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(durations, &BUCKETS)
        .unwrap_or_else(|_| PrometheusBuilder::new())
        .build_recorder();
    let prometheus = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::error!("another recorder of metrics is installed: Grantor's metrics stay empty");
    }
    describe();
    gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let tokens = |kind: &'static str| counter!(OAUTH_TOKENS_ISSUED_TOTAL, "kind" => kind);
    let registrations = |op: &'static str| {
        ByOutcome::new(|result| counter!(DCR_REQUESTS_TOTAL, "op" => op, "result" => result))
    };
    Counters {
        prometheus,
        access_tokens: tokens("access_token"),
        refresh_tokens: tokens("refresh_token"),
        id_tokens: tokens("id_token"),
        refresh_reuse: counter!(OAUTH_REFRESH_REUSE_TOTAL),
        code_replay: counter!(OAUTH_CODE_REPLAY_TOTAL),
        register: registrations("register"),
        read: registrations("read"),
        update: registrations("update"),
        delete: registrations("delete"),
        recover: registrations("recover"),
        logins: ByOutcome::new(|result| counter!(LOGIN_ATTEMPTS_TOTAL, "result" => result)),
        panics: counter!(PANICS_TOTAL),
    }
}

fn describe() {
    describe_counter!(HTTP_REQUESTS_TOTAL, "Requests answered");
    describe_histogram!(HTTP_REQUEST_DURATION_SECONDS, "Seconds until the answer");
    describe_counter!(OAUTH_TOKENS_ISSUED_TOTAL, "Tokens issued");
    describe_counter!(OAUTH_REFRESH_REUSE_TOTAL, "Refresh tokens used twice; their grants were revoked");
    describe_counter!(OAUTH_CODE_REPLAY_TOTAL, "Authorization codes used twice; their grants were revoked");
    describe_counter!(DCR_REQUESTS_TOTAL, "Requests of dynamic client registration");
    describe_counter!(REFUSALS_TOTAL, "Requests refused by a rule");
    describe_counter!(LOGIN_ATTEMPTS_TOTAL, "Sign-ins tried");
    describe_counter!(PANICS_TOTAL, "Panics caught");
    describe_gauge!(BUILD_INFO, "1, with the version that runs");
}

/// Counts one answered request. `route` is the pattern, never the path: a path may hold a `client_id`.
pub fn count_request(route: &'static str, method: &str, status: u16, took: Duration) {
    if COUNTERS.get().is_none() {
        return;
    }
    let method = known_method(method);
    REQUESTS.with_borrow_mut(|requests| {
        let (counter, histogram) = requests.entry((route, method, status)).or_insert_with(|| {
            let status = status.to_string();
            (
                counter!(HTTP_REQUESTS_TOTAL, "route" => route, "method" => method, "status" => status),
                histogram!(HTTP_REQUEST_DURATION_SECONDS, "route" => route),
            )
        });
        counter.increment(1);
        histogram.record(took);
    });
}

/// A client may invent methods; labels may not grow with them.
fn known_method(method: &str) -> &'static str {
    ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("other")
}

/// Counts one issued token.
pub fn count_token(kind: TokenKind) {
    if let Some(counters) = COUNTERS.get() {
        match kind {
            TokenKind::AccessToken => counters.access_tokens.increment(1),
            TokenKind::RefreshToken => counters.refresh_tokens.increment(1),
            TokenKind::IdToken => counters.id_tokens.increment(1),
        }
    }
}

/// Counts a refresh token that was used again, so that its grant was revoked.
pub fn count_refresh_reuse() {
    if let Some(counters) = COUNTERS.get() {
        counters.refresh_reuse.increment(1);
    }
}

/// Counts an authorization code that was used again, so that its grant was revoked.
pub fn count_code_replay() {
    if let Some(counters) = COUNTERS.get() {
        counters.code_replay.increment(1);
    }
}

/// Counts one request at the registration or configuration endpoint.
pub fn count_registration(operation: RegistrationOperation, outcome: Outcome) {
    if let Some(counters) = COUNTERS.get() {
        match operation {
            RegistrationOperation::Register => counters.register.count(outcome),
            RegistrationOperation::Read => counters.read.count(outcome),
            RegistrationOperation::Update => counters.update.count(outcome),
            RegistrationOperation::Delete => counters.delete.count(outcome),
            RegistrationOperation::Recover => counters.recover.count(outcome),
        }
    }
}

/// Counts a request that a rule refused. Both labels are words of ours, never a client's.
pub fn count_refusal(route: &'static str, error: &'static str) {
    if COUNTERS.get().is_some() {
        counter!(REFUSALS_TOTAL, "route" => route, "error" => error).increment(1);
    }
}

/// Counts one attempt to sign in.
pub fn count_login(outcome: Outcome) {
    if let Some(counters) = COUNTERS.get() {
        counters.logins.count(outcome);
    }
}

/// Counts a panic that was caught.
pub fn count_panic() {
    if let Some(counters) = COUNTERS.get() {
        counters.panics.increment(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_rendered_by_every_handle() {
        let first = install_metrics();
        let second = install_metrics();
        count_token(TokenKind::RefreshToken);
        count_registration(RegistrationOperation::Update, Outcome::Refused);
        count_login(Outcome::Failed);
        count_request("/tested/{id}", "GET", 401, Duration::from_millis(3));
        count_request("/tested", "INVENTED", 405, Duration::from_millis(3));
        for text in [first.render(), second.render()] {
            for line in [
                "http_requests_total{route=\"/tested/{id}\",method=\"GET\",status=\"401\"} 1",
                "http_requests_total{route=\"/tested\",method=\"other\",status=\"405\"} 1",
                "http_request_duration_seconds_bucket{route=\"/tested\",le=\"0.005\"} 1",
                "http_request_duration_seconds_bucket{route=\"/tested\",le=\"0.0025\"} 0",
            ] {
                assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
            }
            for counted in [
                "oauth_tokens_issued_total{kind=\"refresh_token\"}",
                "dcr_requests_total{op=\"update\",result=\"refused\"}",
                "login_attempts_total{result=\"failed\"}",
            ] {
                // Other tests of this process may count, too.
                let value = text.lines().find_map(|line| line.strip_prefix(counted)).unwrap_or(" 0");
                assert_ne!(value, " 0", "{counted} in\n{text}");
            }
            assert!(text.contains("build_info{version=\""), "{text}");
        }
    }
}
