//! `/admin/emails`: what waits, was sent or could not be; an attempt at once; and a message to try the mail server. What an e-mail
//! says stands nowhere: it holds links that are as good as a password.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{Desk, Operator, Shown, either};
use crate::flow::Means;
use crate::flow::administer::Refusal;
use crate::flow::administer::emails::{self, QueuedEmail};
use crate::web::pages::desk::DeskPart;
use crate::web::pages::desk_blocks::{Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable, Field};

const PART: DeskPart = DeskPart::Emails;
const BASE: &str = "/admin/emails";
const TEST: &str = "/admin/emails/test";
/// So many e-mails stand on a page.
const PAGE: i64 = 50;
const STATES: [(&str, &str); 4] = [
    ("", "desk-any"),
    ("waiting", "people-email-waiting"),
    ("sent", "people-email-sent"),
    ("failed", "people-email-failed"),
];

/// GET /admin/emails.
pub async fn list(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(listed(&desk, None, "").await)
}

async fn listed(desk: &Desk<'_>, error: Option<Refusal>, recipient: &str) -> Shown {
    let query = desk.query();
    let state = query.get("state").unwrap_or_default();
    let before = query.get("before").and_then(|id| id.parse().ok());
    let found = emails::list(desk.visit.means, emails::state(state), before, PAGE)
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    let is_full = i64::try_from(found.len()).is_ok_and(|count| count == PAGE);
    let next = found.last().filter(|_| is_full).map(|last| {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("state", state), ("before", &last.id.to_string())])
            .finish();
        DeskLink::to(desk.visit.path(&format!("{BASE}?{query}")), desk.t("desk-next-page"))
    });
    let heads = ["people-email-made", "people-email-to", "desk-clients-state", "desk-action"];
    let table = DeskTable {
        id: "emails",
        heading: desk.t("people-email-list"),
        heads: desk.heads(heads),
        rows: found.into_iter().map(|email| row(desk, email)).collect(),
        empty: desk.t("people-email-none"),
        next,
    };
    let can_send = desk.visit.means.mailer.can_send();
    let lead = if can_send {
        Block::Text(desk.t("people-email-lead"))
    } else {
        Block::Notice("warn", desk.t("people-email-no-server"))
    };
    let mut blocks = vec![lead, Block::Search(search(desk, state)), Block::Table(table)];
    if can_send {
        blocks.push(Block::Form(test_form(desk, error.is_some(), recipient)));
    }
    Ok(desk.page_with(desk.frame(PART), blocks, error))
}

fn search(desk: &Desk<'_>, state: &str) -> DeskForm {
    let states = STATES.map(|(value, key)| (value.to_owned(), desk.t(key))).to_vec();
    DeskForm {
        id: "filter",
        action: desk.visit.path(BASE),
        fields: vec![Field::choice("state", desk.t("desk-clients-state"), state, states)],
        submit: desk.t("desk-filter"),
        ..DeskForm::default()
    }
}

fn test_form(desk: &Desk<'_>, is_wrong: bool, recipient: &str) -> DeskForm {
    let own = desk.operator.user.email.clone().unwrap_or_default();
    let recipient = if is_wrong { recipient } else { &own };
    let to = Field::line("to", desk.t("people-email-to"), recipient);
    DeskForm {
        id: "test",
        heading: Some(desk.t("people-email-test")),
        lead: Some(desk.t("people-email-test-lead")),
        fields: vec![Field { is_wrong, ..to }],
        submit: desk.t("people-email-test-send"),
        ..desk.form_to(TEST)
    }
}

/// What an e-mail is about.
fn kind(desk: &Desk<'_>, kind: &str) -> String {
    let key = match kind {
        "sign_up" => "people-email-kind-sign-up",
        "already_member" => "people-email-kind-member",
        "invitation" => "people-email-kind-invitation",
        "verify_email" => "people-email-kind-verify",
        "reset_password" => "people-email-kind-reset",
        "password_changed" => "people-email-kind-password",
        "email_changed" => "people-email-kind-address",
        "factor_added" => "people-email-kind-factor-added",
        "factor_removed" => "people-email-kind-factor-removed",
        "locked_out" => "people-email-kind-locked",
        "new_device" => "people-email-kind-device",
        "account_deleted" => "people-email-kind-deleted",
        "test" => "people-email-kind-test",
        other => return other.to_owned(),
    };
    desk.t(key)
}

fn row(desk: &Desk<'_>, email: QueuedEmail) -> DeskRow {
    let kind = kind(desk, &email.kind);
    let key = STATES.iter().find(|(name, _)| *name == email.state).map_or("desk-any", |(_, key)| key);
    let path = format!("{BASE}/{}/retry", email.id);
    let button = email
        .sent_at
        .is_none()
        .then(|| desk.button_to(&path, "people-email-retry", format!("{} – {kind}", email.recipient)));
    let mut told = Vec::new();
    if email.attempts > 0 {
        told.push(desk.visit.texts.count("people-email-attempts", email.attempts));
    }
    if let Some(error) = &email.last_error {
        told.push(desk.visit.texts.with("people-email-error", "error", error));
    }
    DeskRow {
        cells: vec![
            Cell::time(Some(email.created_at)),
            Cell::code(email.recipient).note(kind),
            Cell::tag(desk.t(key), email.failed_at.is_some()).note(told.join(" ")),
        ],
        button,
    }
}

/// POST /admin/emails/{id}/retry.
pub async fn retry(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    id: Path<i64>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(retried(&desk, id.into_inner(), payload).await)
}

async fn retried(desk: &Desk<'_>, id: i64, payload: Payload) -> Shown {
    desk.form(payload).await?;
    emails::retry(desk.visit.means, id, desk.origin()).await.map_err(|failure| desk.fail(PART, failure))?;
    Ok(desk.done(BASE))
}

/// POST /admin/emails/test.
pub async fn test(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(tested(&desk, payload).await)
}

async fn tested(desk: &Desk<'_>, payload: Payload) -> Shown {
    let form = desk.form(payload).await?;
    let to = form.get("to").unwrap_or_default();
    match desk.settled(emails::test(desk.visit.means, to)).await? {
        Ok(()) => Ok(desk.done(BASE)),
        Err(refusal) => listed(desk, Some(refusal), to).await,
    }
}
