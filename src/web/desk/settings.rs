//! GET /admin/settings: the settings that hold, and where each comes from. They are changed where they stand.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::{Desk, Operator};
use crate::config::{Origin, ShownSetting};
use crate::flow::Means;
use crate::web::pages::desk::DeskPart;
use crate::web::pages::desk_blocks::{Block, Cell, DeskRow, DeskTable};

/// Every setting.
pub async fn get(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let row = |it: &ShownSetting| {
        let source = match &it.origin {
            Origin::Default => desk.t("desk-setting-default"),
            Origin::File => desk.t("desk-setting-file"),
            Origin::Environment(variable) => variable.clone(),
        };
        DeskRow::from(vec![
            Cell::code(it.setting.key),
            Cell::code(it.value.clone().unwrap_or_else(|| "–".to_owned())),
            Cell::tag(source, it.origin != Origin::Default),
        ])
    };
    let table = DeskTable {
        id: "settings",
        heading: desk.t("desk-settings-list"),
        heads: desk.heads(["desk-setting-key", "desk-setting-value", "desk-setting-source"]),
        rows: means.config.shown.iter().map(row).collect(),
        empty: String::new(),
        next: None,
    };
    desk.page(
        desk.frame(DeskPart::Settings),
        vec![Block::Text(desk.t("desk-settings-lead")), Block::Table(table)],
    )
}
