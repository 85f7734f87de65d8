//! GET /account/activity: what a person did and what others did to them, as the audit log has it.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::{Said, broken, client_names, enter, frame};
use crate::flow::{EventKind, Means, account, audit};
use crate::protocol::params::Params;
use crate::texts::Texts;
use crate::web::page::Visit;
use crate::web::pages::account::AccountPart;
use crate::web::pages::account_parts::{ActivityItem, ActivityPage};

const PART: AccountPart = AccountPart::Activity;
/// Events of one page.
const PAGE: usize = 50;

/// The newest first; `before` is the id of the last one of the page before.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let session = match enter(&mut visit, PART).await {
        Ok(session) => session,
        Err(elsewhere) => return elsewhere,
    };
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    let before = params.get("before").and_then(|id| id.parse().ok());
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut events = match account::activity(&means, &session, before, limit).await {
        Ok(events) => events,
        Err(failure) => return broken(&visit, failure),
    };
    let is_more = events.len() > PAGE;
    events.truncate(PAGE);
    let last = events.last().map(|event| event.id).filter(|_| is_more);
    let clients = events.iter().filter_map(|event| event.client_id.clone()).collect();
    let names = match client_names(&visit, clients).await {
        Ok(names) => names,
        Err(failure) => return broken(&visit, failure),
    };
    let texts = visit.texts;
    let page = ActivityPage {
        chrome: visit.chrome(),
        frame: frame(&visit, &session, PART, Said::default()),
        items: events
            .into_iter()
            .map(|event| {
                let is_own = !audit::is_of_operator(&event.actor);
                ActivityItem {
                    when: texts.moment(event.at),
                    what: in_words(texts, &event.kind, is_own),
                    by: (!is_own).then(|| texts.t("account-activity-by-operator")),
                    client: event.client_id.map(|id| names.get(&id).cloned().unwrap_or(id)),
                    // Where operators work from is nobody else's business.
                    address: event.address.filter(|_| is_own),
                }
            })
            .collect(),
        older_href: last.map(|id| visit.path(&format!("{}?before={id}", PART.path()))),
    };
    visit.show(StatusCode::OK, &page, None)
}

fn in_words(texts: Texts, kind: &str, is_own: bool) -> String {
    match EventKind::from_name(kind) {
        Some(EventKind::SignedIn) => texts.t("account-activity-signed-in"),
        Some(EventKind::SignedOut) if is_own => texts.t("account-activity-signed-out"),
        Some(EventKind::SignedOut) => texts.t("account-activity-sessions-ended"),
        Some(EventKind::ConsentGranted) => texts.t("account-activity-consent-granted"),
        Some(EventKind::ConsentRevoked) => texts.t("account-activity-consent-revoked"),
        Some(EventKind::PasswordChanged) => texts.t("account-activity-password-changed"),
        Some(EventKind::UserChanged) if is_own => texts.t("account-activity-user-changed"),
        Some(EventKind::UserChanged) => texts.t("account-activity-account-changed"),
        Some(EventKind::UserAdded) => texts.t("account-activity-user-added"),
        Some(EventKind::FactorAdded) => texts.t("account-activity-factor-added"),
        Some(EventKind::EmailChanged) => texts.t("account-activity-email-changed"),
        Some(EventKind::AccountLinkIssued) if is_own => texts.t("account-activity-account-link-issued"),
        Some(EventKind::AccountLinkIssued) => texts.t("account-activity-reset-link-made"),
        Some(EventKind::SignInBlocked) => texts.t("account-activity-sign-in-blocked"),
        Some(EventKind::SignInUnblocked) => texts.t("account-activity-sign-in-unblocked"),
        Some(EventKind::RecoveryCodesMade) => texts.t("account-activity-recovery-codes-made"),
        Some(EventKind::RecoveryCodeUsed) => texts.t("account-activity-recovery-code-used"),
        Some(EventKind::FactorRemoved) => texts.t("account-activity-factor-removed"),
        Some(EventKind::UpstreamLinked) => texts.t("account-activity-upstream-linked"),
        Some(EventKind::UpstreamUnlinked) => texts.t("account-activity-upstream-unlinked"),
        Some(EventKind::ClientRegistered) => texts.t("account-activity-client-registered"),
        Some(EventKind::UserDisabled) => texts.t("account-activity-user-disabled"),
        Some(EventKind::UserEnabled) => texts.t("account-activity-user-enabled"),
        Some(EventKind::GroupMemberAdded) => texts.t("account-activity-group-member-added"),
        Some(EventKind::GroupMemberRemoved) => texts.t("account-activity-group-member-removed"),
        _ => texts.with("account-activity-other", "kind", kind),
    }
}
