//! `/admin/keys`: the keys that sign tokens.

use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{Desk, Operator, Shown, either};
use crate::flow::Means;
use crate::flow::administer::keys::{self, KeyView};
use crate::keys::Algorithm;
use crate::web::pages::desk::DeskPart;
use crate::web::pages::desk_blocks::{Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable, Field};

const PART: DeskPart = DeskPart::Keys;
const ROTATE: &str = "/admin/keys/rotate";

/// GET /admin/keys.
pub async fn list(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(listed(&desk).await)
}

async fn listed(desk: &Desk<'_>) -> Shown {
    let found = keys::list(desk.visit.means).await.map_err(|failure| desk.fail(PART, failure))?;
    let row = |key: &KeyView| {
        let state = desk.t(match key.state {
            "signs" => "desk-key-signs",
            "waits" => "desk-key-waits",
            _ => "desk-key-retired",
        });
        DeskRow::from(vec![
            Cell::code(key.kid.clone()),
            Cell::code(key.algorithm),
            Cell::tag(state, false),
            Cell::time(Some(key.signs_from)),
            Cell::time(key.retired_at),
            Cell::time(key.removed_after),
        ])
    };
    let table = DeskTable {
        id: "keys",
        heading: desk.t("desk-keys-list"),
        heads: desk.heads([
            "desk-key-id",
            "desk-key-algorithm",
            "desk-clients-state",
            "desk-key-from",
            "desk-key-until",
            "desk-key-published-until",
        ]),
        rows: found.keys.iter().map(row).collect(),
        empty: desk.t("desk-keys-none"),
        next: None,
    };
    let links = vec![DeskLink::main(desk.visit.path(ROTATE), desk.t("desk-key-rotate"))];
    let blocks = vec![Block::Text(desk.t("desk-keys-lead")), Block::Links(links), Block::Table(table)];
    Ok(desk.page(desk.frame(PART), blocks))
}

/// GET /admin/keys/rotate.
pub async fn ask(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let mut algorithms = vec![(String::new(), desk.t("desk-key-all"))];
    algorithms.extend(Algorithm::ALL.map(|one| (one.to_string(), one.to_string())));
    let form = DeskForm {
        id: "rotate",
        lead: Some(desk.t("desk-key-rotate-lead")),
        fields: vec![Field::choice("algorithm", desk.t("desk-key-algorithm"), "", algorithms)],
        submit: desk.t("desk-key-rotate"),
        cancel: Some(DeskLink::to(desk.visit.path("/admin/keys"), desk.t("desk-cancel"))),
        ..desk.form_to(ROTATE)
    };
    desk.form_page(PART, desk.t("desk-key-rotate"), form, None)
}

/// POST /admin/keys/rotate.
pub async fn rotate(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let params = match desk.form(payload).await {
        Ok(params) => params,
        Err(stale) => return stale,
    };
    let algorithms = match params.get("algorithm").filter(|name| !name.is_empty()).map(Algorithm::parse) {
        None => Algorithm::ALL.to_vec(),
        Some(Some(one)) => vec![one],
        Some(None) => return desk.visit.stale_form(),
    };
    match keys::rotate(&means, algorithms, desk.origin()).await {
        Ok(()) => desk.done("/admin/keys"),
        Err(failure) => desk.fail(PART, failure),
    }
}
