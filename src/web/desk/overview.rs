//! GET /admin: what is going on.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::{Desk, Operator};
use crate::flow::Means;
use crate::flow::administer::insight;
use crate::web::pages::desk::DeskPart;
use crate::web::pages::desk_blocks::{Block, DeskNumber};

/// Numbers and charts.
pub async fn get(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let statistics = match insight::statistics(&means).await {
        Ok(statistics) => statistics,
        Err(failure) => return desk.fail(DeskPart::Overview, failure),
    };
    let clients = statistics.states.iter().map(|state| state.clients).sum::<i64>();
    let numbers =
        vec![DeskNumber { label: desk.t("desk-number-clients"), value: clients.to_string(), href: None }];
    desk.page(desk.frame(DeskPart::Overview), vec![Block::Numbers(numbers)])
}
