//! GET /admin: what is going on.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::{Desk, Operator, Shown, clients, either};
use crate::flow::Means;
use crate::flow::administer::overview::{self, DAYS, Number, Overview};
use crate::web::pages::desk::DeskPart;
use crate::web::pages::desk_blocks::{Block, Chart, ChartDay, DeskNumber};
use crate::web::routes::ROUTES;

const PART: DeskPart = DeskPart::Overview;
const DOORS: [&str; 5] = ["operator", "dynamic", "initial_access_token", "user", "document"];

/// Numbers and charts.
pub async fn get(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(shown(&desk).await)
}

async fn shown(desk: &Desk<'_>) -> Shown {
    let found = overview::overview(desk.visit.means).await.map_err(|failure| desk.fail(PART, failure))?;
    let mut blocks = Vec::new();
    if found.pending_clients > 0 {
        let text = desk.visit.texts.count("desk-overview-pending", found.pending_clients);
        blocks.push(Block::Notice("warn", text));
    }
    blocks.push(Block::Numbers(numbers(desk, &found)));
    let doors = DOORS.map(|door| (door, clients::source_label(desk, door)));
    blocks.push(chart(
        desk,
        ("chart-registrations", "desk-chart-registrations"),
        &doors,
        &found.registrations,
        &found,
    ));
    let sign_ins: Vec<Number> = found.sign_ins.iter().chain(&found.counts).cloned().collect();
    let series =
        [("signed_in", desk.t("desk-series-signed-in")), ("sign_ins_failed", desk.t("desk-series-failed"))];
    blocks.push(chart(desk, ("chart-sign-ins", "desk-chart-sign-ins"), &series, &sign_ins, &found));
    let tokens = [("tokens", desk.t("desk-series-tokens"))];
    blocks.push(chart(desk, ("chart-tokens", "desk-chart-tokens"), &tokens, &found.counts, &found));
    let refused = [("refused", desk.t("desk-series-refused"))];
    blocks.push(chart(desk, ("chart-refused", "desk-chart-refused"), &refused, &found.counts, &found));
    Ok(desk.page(desk.frame(PART), blocks))
}

fn numbers(desk: &Desk<'_>, found: &Overview) -> Vec<DeskNumber> {
    let number = |key: &str, value: i64, path: &str| DeskNumber {
        label: desk.t(key),
        value: value.to_string(),
        href: ROUTES
            .iter()
            .any(|route| path.split('?').next() == Some(route.pattern))
            .then(|| desk.visit.path(path)),
    };
    vec![
        number("desk-number-people", found.people, "/admin/people"),
        number("desk-number-sessions", found.sessions, "/admin/sessions"),
        number("desk-number-clients", found.clients, "/admin/clients"),
        number("desk-number-pending", found.pending_clients, "/admin/clients?state=pending"),
        number("desk-number-grants", found.grants, "/admin/sessions"),
    ]
}

fn chart(
    desk: &Desk<'_>,
    (id, heading): (&'static str, &str),
    series: &[(&str, String)],
    numbers: &[Number],
    found: &Overview,
) -> Block {
    let of = |day: i64, name: &str| {
        numbers.iter().filter(|it| it.day == day && it.name == name).map(|it| it.number).sum()
    };
    let days = (found.first_day..found.first_day + DAYS).map(|day| ChartDay {
        day: chrono::DateTime::from_timestamp(day * 86_400, 0)
            .map(|time| time.format("%Y-%m-%d").to_string())
            .unwrap_or_default(),
        numbers: series.iter().map(|(name, _)| of(day, name)).collect(),
    });
    let mut chart = Chart {
        id,
        heading: desk.t(heading),
        summary: String::new(),
        series: series.iter().map(|(_, label)| label.clone()).collect(),
        days: days.collect(),
        bars: Vec::new(),
        most: 0,
        day_head: desk.t("desk-day"),
        table_label: desk.t("desk-chart-table"),
    }
    .drawn();
    let (total, most) = (chart.total().to_string(), chart.most.to_string());
    chart.summary = desk.visit.texts.with_all("desk-chart-summary", &[("total", &total), ("most", &most)]);
    Block::Chart(chart)
}
