//! What operators see: log lines on standard error, and numbers for Prometheus.
//! Neither ever holds a secret; no number has a client or a person as a label.

mod logs;
mod metrics;

pub use logs::init;
pub use metrics::{
    BUILD_INFO, DCR_REQUESTS_TOTAL, HTTP_REQUEST_DURATION_SECONDS, HTTP_REQUESTS_TOTAL, LOGIN_ATTEMPTS_TOTAL,
    OAUTH_CODE_REPLAY_TOTAL, OAUTH_REFRESH_REUSE_TOTAL, OAUTH_TOKENS_ISSUED_TOTAL, Outcome, PANICS_TOTAL,
    PrometheusHandle, REFUSALS_TOTAL, RegistrationOperation, TokenKind, count_code_replay, count_login,
    count_panic, count_refresh_reuse, count_refusal, count_registration, count_request, count_token,
    install_metrics,
};
