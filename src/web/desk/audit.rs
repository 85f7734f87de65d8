//! `/admin/audit`: what happened, as a list to filter, as a file to keep, and whether it is still what was written.

use std::collections::VecDeque;

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use super::{Desk, Operator, Shown, either, segment};
use crate::clock::Seconds;
use crate::flow::administer::insight::{self, EventFilter, EventView};
use crate::flow::{EventKind, Means, audit};
use crate::protocol::params::Params;
use crate::web::pages::desk::DeskPart;
use crate::web::pages::desk_blocks::{
    Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable, Facts, Field, moment,
};

const PART: DeskPart = DeskPart::Audit;
/// So many events on a page.
const PAGE: i64 = 50;
/// The longest details that a row shows.
const MOST_DETAILS: usize = 600;

/// GET /admin/audit.
pub async fn list(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(listed(&desk).await)
}

/// A day, `2026-11-21`, as its first second.
fn day(text: Option<&str>) -> Option<Seconds> {
    let day = chrono::NaiveDate::parse_from_str(text?.trim(), "%Y-%m-%d").ok()?;
    Some(day.and_hms_opt(0, 0, 0)?.and_utc().timestamp())
}

fn filter(query: &Params) -> EventFilter {
    let text = |name: &str| query.get(name).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    EventFilter {
        client_id: text("client_id"),
        kind: text("kind").filter(|kind| EventKind::from_name(kind).is_some()),
        actor: text("actor"),
        since: day(query.get("since")),
        until: day(query.get("until")),
        before_id: query.get("before_id").and_then(|id| id.parse().ok()),
    }
}

async fn listed(desk: &Desk<'_>) -> Shown {
    let query = desk.query();
    let found = insight::events(desk.visit.means, filter(&query), PAGE)
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    let table = DeskTable {
        id: "events",
        heading: desk.t("desk-audit-list"),
        heads: desk.heads([
            "desk-audit-when",
            "desk-audit-what",
            "desk-audit-who",
            "desk-audit-client",
            "desk-audit-where",
            "desk-audit-details",
        ]),
        rows: found.events.iter().map(row).collect(),
        empty: desk.t("desk-audit-none"),
        next: found.next_before_id.map(|id| next_page(desk, &query, id)),
    };
    let to = |path: &str| desk.visit.path(path);
    let links = vec![
        DeskLink::to(to("/admin/audit/verify"), desk.t("desk-audit-verify")),
        DeskLink::to(to("/admin/audit/export?format=csv"), desk.t("desk-audit-csv")),
        DeskLink::to(to("/admin/audit/export?format=ndjson"), desk.t("desk-audit-ndjson")),
    ];
    let blocks = vec![Block::Links(links), Block::Search(search(desk, &query)), Block::Table(table)];
    Ok(desk.page(desk.frame(PART), blocks))
}

fn row(event: &EventView) -> DeskRow {
    let details = match &event.details {
        serde_json::Value::Null => String::new(),
        details => details.to_string(),
    };
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
    DeskRow::from(vec![
        Cell::time(Some(event.at)),
        Cell::code(event.kind.clone()),
        Cell::code(event.actor.clone()),
        Cell::code(or_dash(&event.client_id)),
        Cell::text(or_dash(&event.address)),
        Cell::long_code(details.chars().take(MOST_DETAILS).collect::<String>()),
    ])
}

fn search(desk: &Desk<'_>, query: &Params) -> DeskForm {
    let word = |name: &str| query.get(name).unwrap_or_default();
    let mut kinds = vec![(String::new(), desk.t("desk-any"))];
    kinds.extend(EventKind::ALL.iter().map(|kind| (kind.as_str().to_owned(), kind.as_str().to_owned())));
    DeskForm {
        id: "filter",
        action: desk.visit.path("/admin/audit"),
        fields: vec![
            Field::choice("kind", desk.t("desk-audit-what"), word("kind"), kinds),
            Field::line("actor", desk.t("desk-audit-who"), word("actor")),
            Field::line("client_id", desk.t("desk-client-id"), word("client_id")),
            Field::line("since", desk.t("desk-audit-since"), word("since")),
            Field::line("until", desk.t("desk-audit-until"), word("until")),
        ],
        submit: desk.t("desk-filter"),
        ..DeskForm::default()
    }
}

fn next_page(desk: &Desk<'_>, query: &Params, before_id: i64) -> DeskLink {
    let mut address = format!("/admin/audit?before_id={before_id}");
    for name in ["kind", "actor", "client_id", "since", "until"] {
        if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
            address = format!("{address}&{name}={}", segment(value));
        }
    }
    DeskLink::to(desk.visit.path(&address), desk.t("desk-older"))
}

/// GET /admin/audit/verify.
pub async fn verify(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(verified(&desk).await)
}

async fn verified(desk: &Desk<'_>) -> Shown {
    let query = desk.query();
    let head = query.get("head").map(str::trim).filter(|head| !head.is_empty());
    let mut frame = desk.frame(PART);
    frame.title = desk.t("desk-audit-verify");
    let form = DeskForm {
        id: "verify",
        action: desk.visit.path("/admin/audit/verify"),
        fields: vec![
            Field::line("head", desk.t("desk-audit-head"), head.unwrap_or_default())
                .hint(desk.t("desk-audit-head-hint")),
        ],
        submit: desk.t("desk-audit-verify"),
        ..DeskForm::default()
    };
    let found = match insight::verify(desk.visit.means, head).await {
        Ok(found) => found,
        Err(crate::flow::Failure::Refused(refusal)) => {
            return Ok(desk.page_with(frame, vec![Block::Search(form)], Some(refusal)));
        }
        Err(failure) => return Err(desk.fail(PART, failure)),
    };
    let verdict = match &found.said {
        None => Block::Notice("good", desk.t("desk-audit-intact")),
        Some(fault) => {
            let fault = fault.in_words(desk.visit.texts);
            Block::Notice("danger", format!("{} {fault}", desk.t("desk-audit-broken")))
        }
    };
    let facts = Facts {
        heading: None,
        rows: vec![
            (desk.t("desk-audit-events"), Cell::text(found.events.to_string())),
            (desk.t("desk-audit-unsealed"), Cell::text(found.unsealed.to_string())),
            (desk.t("desk-audit-head"), Cell::code(found.head)),
            (desk.t("desk-audit-when"), Cell::text(moment(desk.visit.means.clock.now()))),
        ],
    };
    Ok(desk.page(frame, vec![verdict, Block::Facts(facts), Block::Search(form)]))
}

/// GET /admin/audit/export: every sealed event, oldest first, as a file.
pub async fn export(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let (as_csv, kind, name) = match desk.query().get("format") {
        Some("csv") => (true, "text/csv; charset=utf-8", "audit.csv"),
        _ => (false, "application/x-ndjson", "audit.ndjson"),
    };
    let head = if as_csv { VecDeque::from([audit::CSV_HEAD.to_owned()]) } else { VecDeque::new() };
    let pages =
        stream::try_unfold((Data::clone(&means), 0, head), move |(means, after, mut head)| async move {
            if let Some(head) = head.pop_front() {
                return Ok(Some((Bytes::from(head), (means, after, VecDeque::new()))));
            }
            let events = audit::export_page(&means, after, audit::LONGEST_PAGE)
                .await
                .map_err(actix_web::error::ErrorInternalServerError)?;
            let Some(last) = events.last().and_then(|event| event.sequence) else { return Ok(None) };
            let text: String = if as_csv {
                events.iter().map(audit::as_csv).collect()
            } else {
                events.iter().map(|event| audit::as_json(event).to_string() + "\n").collect()
            };
            Ok::<_, actix_web::Error>(Some((Bytes::from(text), (means, last, head))))
        });
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, kind))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(Box::pin(pages))
}
