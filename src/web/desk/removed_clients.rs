//! `/admin/removed-clients`: what was removed, and what of it can come back.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::client_actions::secrets;
use super::clients::{PAGE, PART, path_of, source_label};
use super::{Desk, Operator, Shown, either, segment};
use crate::flow::Means;
use crate::flow::administer::{insight, lifecycle};
use crate::protocol::display::display_name;
use crate::web::pages::desk_blocks::{Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable, moment};

const BASE: &str = "/admin/removed-clients";

/// GET /admin/removed-clients.
pub async fn list(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(listed(&desk).await)
}

async fn listed(desk: &Desk<'_>) -> Shown {
    let found =
        insight::tombstones(desk.visit.means, PAGE).await.map_err(|failure| desk.fail(PART, failure))?;
    let row = |stone: &insight::TombstoneView| {
        let to = desk.visit.path(&format!("{BASE}/{}/restore", segment(&stone.client_id)));
        let name = stone.name.as_deref().map(display_name).filter(|name| !name.is_empty());
        DeskRow::from(vec![
            Cell::text(name.unwrap_or_else(|| "–".to_owned())),
            Cell::code(stone.client_id.clone()),
            Cell::text(source_label(desk, stone.source)),
            Cell::code(stone.reason),
            Cell::time(Some(stone.removed_at)),
            match stone.restorable_until {
                Some(until) => {
                    Cell::link(desk.visit.texts.with("desk-restore-until", "until", &moment(until)), to)
                }
                None => Cell::text("–"),
            },
        ])
    };
    let table = DeskTable {
        id: "removed",
        heading: desk.t("desk-removed"),
        heads: desk.heads([
            "desk-name",
            "desk-client-id",
            "desk-clients-source",
            "desk-reason",
            "desk-removed-at",
            "desk-action",
        ]),
        rows: found.tombstones.iter().map(row).collect(),
        empty: desk.t("desk-removed-none"),
        next: None,
    };
    let mut frame = desk.frame(PART);
    frame.title = desk.t("desk-removed");
    Ok(desk.page(frame, vec![Block::Table(table)]))
}

/// GET `/admin/removed-clients/{client_id}/restore`.
pub async fn ask_restore(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    client_id: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let title = format!("{} · {}", desk.t("desk-restore"), client_id.into_inner());
    let own = desk.path();
    let form = DeskForm {
        id: "restore",
        lead: Some(desk.t("desk-restore-lead")),
        submit: desk.t("desk-restore"),
        cancel: Some(DeskLink::to(desk.visit.path(BASE), desk.t("desk-cancel"))),
        ..desk.form_to(&own)
    };
    desk.form_page(PART, title, form, None)
}

/// POST `/admin/removed-clients/{client_id}/restore`.
pub async fn restore(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    client_id: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    if let Err(stale) = desk.form(payload).await {
        return stale;
    }
    let client_id = client_id.into_inner();
    match lifecycle::restore(&means, client_id.clone(), desk.origin()).await {
        Ok(restored) => {
            let secret = |name: &str, secret: Option<String>| {
                secret.map(|secret| Block::Secret(name.to_owned(), secret))
            };
            let blocks = [
                secret("client_secret", restored.client_secret),
                secret("registration_access_token", restored.registration_access_token),
            ];
            let blocks = blocks.into_iter().flatten().collect();
            secrets(&desk, &path_of(&client_id), "desk-restore", blocks)
        }
        Err(failure) => desk.fail(PART, failure),
    }
}
