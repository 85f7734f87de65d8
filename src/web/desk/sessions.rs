//! `/admin/sessions`: who is signed in, and what people allow.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::people::path_of;
use super::{Desk, Operator, Shown, either, segment};
use crate::flow::Means;
use crate::flow::administer::standing::{self, AllowedClient, StandingSession};
use crate::flow::administer::{grants, people};
use crate::web::pages::desk::DeskPart;
use crate::web::pages::desk_blocks::{Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable};

const PART: DeskPart = DeskPart::Sessions;
const BASE: &str = "/admin/sessions";
const END_ALL: &str = "/admin/sessions/end-all";
/// So many rows of each stand on a page.
const PAGE: i64 = 50;

/// GET /admin/sessions.
pub async fn list(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(listed(&desk).await)
}

async fn listed(desk: &Desk<'_>) -> Shown {
    let query = desk.query();
    let token = |name: &str| query.get(name).filter(|token| !token.is_empty());
    let means = desk.visit.means;
    let sessions = standing::sessions(means, None, PAGE, token("sessions"))
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    let grants = standing::grants(means, None, PAGE, token("grants"))
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    let next = |name: &str, token: Option<String>| {
        let path = token.map(|token| format!("{BASE}?{name}={}", segment(&token)));
        path.map(|path| DeskLink::to(desk.visit.path(&path), desk.t("desk-next-page")))
    };
    let session_heads = ["desk-person", "people-since", "desk-last-used", "people-address", "people-browser"];
    let session_table = DeskTable {
        id: "sessions",
        heading: desk.t("people-sessions"),
        heads: session_heads.map(|key| desk.t(key)).to_vec(),
        rows: sessions.sessions.into_iter().map(|session| session_row(desk, session)).collect(),
        empty: desk.t("people-nobody-signed-in"),
        next: next("sessions", sessions.next_page_token),
    };
    let grant_heads =
        ["desk-person", "people-client", "desk-scopes", "people-since", "desk-last-used", "desk-action"];
    let grant_table = DeskTable {
        id: "grants",
        heading: desk.t("people-grants"),
        heads: grant_heads.map(|key| desk.t(key)).to_vec(),
        rows: grants.grants.into_iter().map(|grant| grant_row(desk, grant)).collect(),
        empty: desk.t("people-nobody-allows"),
        next: next("grants", grants.next_page_token),
    };
    let end_all = DeskLink::dangerous(desk.visit.path(END_ALL), desk.t("people-end-all"));
    let blocks = vec![Block::Table(session_table), Block::Links(vec![end_all]), Block::Table(grant_table)];
    Ok(desk.page(desk.frame(PART), blocks))
}

fn session_row(desk: &Desk<'_>, session: StandingSession) -> DeskRow {
    DeskRow::from(vec![
        Cell::link(session.name, desk.visit.path(&path_of(&session.subject))),
        Cell::time(Some(session.authenticated_at)),
        Cell::time(Some(session.last_used_at)),
        Cell::text(session.address.unwrap_or_default()),
        Cell::text(session.user_agent.unwrap_or_default()),
    ])
}

fn grant_row(desk: &Desk<'_>, grant: AllowedClient) -> DeskRow {
    let path = format!("{BASE}/grants/{}/revoke", grant.id);
    let client = grant.client_name.unwrap_or_else(|| grant.client_id.clone());
    DeskRow {
        cells: vec![
            Cell::link(grant.name.clone(), desk.visit.path(&path_of(&grant.subject))),
            Cell::link(
                client.clone(),
                desk.visit.path(&format!("/admin/clients/{}", segment(&grant.client_id))),
            ),
            Cell::code(grant.scopes.join(" ")),
            Cell::time(Some(grant.created_at)),
            Cell::time(grant.last_used_at),
        ],
        button: Some(desk.button_to(&path, "desk-revoke", format!("{} – {client}", grant.name))),
    }
}

/// POST /admin/sessions/grants/{id}/revoke.
pub async fn revoke(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    id: Path<i64>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(revoked(&desk, id.into_inner(), payload).await)
}

async fn revoked(desk: &Desk<'_>, id: i64, payload: Payload) -> Shown {
    desk.form(payload).await?;
    grants::revoke(desk.visit.means, id, desk.origin()).await.map_err(|failure| desk.fail(PART, failure))?;
    Ok(desk.done(BASE))
}

/// GET /admin/sessions/end-all.
pub async fn ask(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let form = DeskForm {
        heading: Some(desk.t("people-end-all")),
        ..desk.ask("people-end-all", desk.t("people-end-all-lead"), true, BASE)
    };
    desk.form_page(PART, PART.title(desk.visit.texts), form, None)
}

/// POST /admin/sessions/end-all: the operator is signed out, too.
pub async fn end_all(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(all_ended(&desk, payload).await)
}

async fn all_ended(desk: &Desk<'_>, payload: Payload) -> Shown {
    desk.form(payload).await?;
    people::sign_everybody_out(desk.visit.means, desk.origin())
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    Ok(desk.done(BASE))
}
