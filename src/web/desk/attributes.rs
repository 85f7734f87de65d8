//! `/admin/attributes`: what the operator knows of people beside the standard claims.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{Desk, Operator, Shown, either, segment};
use crate::flow::Means;
use crate::flow::administer::Refusal;
use crate::flow::administer::attributes::{self, AttributeRequest, AttributeView};
use crate::protocol::attribute::AttributeKind;
use crate::protocol::params::Params;
use crate::web::pages::desk::{DeskFrame, DeskPart};
use crate::web::pages::desk_blocks::{Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable, Field};

const PART: DeskPart = DeskPart::Attributes;
const BASE: &str = "/admin/attributes";

fn path_of(name: &str) -> String {
    format!("{BASE}/{}", segment(name))
}

fn kind_name(desk: &Desk<'_>, kind: &str) -> String {
    desk.t(match AttributeKind::from_name(kind) {
        Some(AttributeKind::Number) => "people-kind-number",
        Some(AttributeKind::Boolean) => "people-kind-boolean",
        Some(AttributeKind::Texts) => "people-kind-texts",
        Some(AttributeKind::Text) | None => "people-kind-text",
    })
}

async fn all(desk: &Desk<'_>) -> Result<Vec<AttributeView>, HttpResponse> {
    let found = attributes::list(desk.visit.means).await;
    Ok(found.map_err(|failure| desk.fail(PART, failure))?.attributes)
}

/// GET /admin/attributes.
pub async fn list(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(listed(&desk, &Params::default(), None).await)
}

async fn listed(desk: &Desk<'_>, typed: &Params, error: Option<Refusal>) -> Shown {
    let found = all(desk).await?;
    let row = |it: &AttributeView| {
        DeskRow::from(vec![
            Cell::link(it.label.clone(), desk.visit.path(&path_of(&it.name))),
            Cell::code(it.name.clone()),
            Cell::text(kind_name(desk, it.kind)),
            Cell::code(it.claim.clone()),
            Cell::code(it.scopes.join(" ")),
            Cell::text(desk.t(if it.editable_by_person { "desk-yes" } else { "desk-no" })),
        ])
    };
    let heads =
        ["people-label", "desk-name", "people-kind", "people-claim", "desk-scopes", "people-editable"];
    let table = DeskTable {
        id: "attributes",
        heading: desk.t("people-attributes-list"),
        heads: heads.map(|key| desk.t(key)).to_vec(),
        rows: found.iter().map(row).collect(),
        empty: desk.t("people-attributes-none"),
        next: None,
    };
    let value = |name: &str| typed.get(name).unwrap_or_default();
    let kinds =
        AttributeKind::ALL.map(|kind| (kind.as_str().to_owned(), kind_name(desk, kind.as_str()))).to_vec();
    let mut fields = vec![
        Field::line("name", desk.t("desk-name"), value("name")).hint(desk.t("people-attribute-name-hint")),
        Field::choice("kind", desk.t("people-kind"), value("kind"), kinds),
    ];
    fields.extend(shared_fields(
        desk,
        (value("label"), value("claim"), value("scopes")),
        value("editable") == "yes",
    ));
    let form = DeskForm {
        id: "attribute",
        heading: Some(desk.t("people-attribute-new")),
        lead: Some(desk.t("people-attribute-lead")),
        fields,
        submit: desk.t("people-attribute-new"),
        ..desk.form_to(BASE)
    };
    Ok(desk.page_with(desk.frame(PART), vec![Block::Table(table), Block::Form(form)], error))
}

fn shared_fields(
    desk: &Desk<'_>,
    (label, claim, scopes): (&str, &str, &str),
    is_editable: bool,
) -> Vec<Field> {
    vec![
        Field::line("label", desk.t("people-label"), label),
        Field::line("claim", desk.t("people-claim"), claim).hint(desk.t("people-claim-hint")),
        Field::line("scopes", desk.t("desk-scopes"), scopes).hint(desk.t("people-attribute-scopes-hint")),
        Field::check("editable", desk.t("people-editable"), is_editable),
    ]
}

fn wanted(typed: &Params, name: String, kind: String) -> AttributeRequest {
    let words = typed.get("scopes").unwrap_or_default().split_whitespace();
    AttributeRequest {
        name,
        kind,
        label: typed.get("label").map(|text| text.trim().to_owned()),
        claim: typed.get("claim").map(|text| text.trim().to_owned()),
        scopes: words.map(str::to_owned).collect(),
        editable_by_person: typed.get("editable") == Some("yes"),
    }
}

/// POST /admin/attributes.
pub async fn add(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(added(&desk, payload).await)
}

async fn added(desk: &Desk<'_>, payload: Payload) -> Shown {
    let typed = desk.form(payload).await?;
    let given = |name: &str| typed.get(name).unwrap_or_default().trim().to_owned();
    let request = wanted(&typed, given("name"), given("kind"));
    match desk.settled(attributes::add(desk.visit.means, request, desk.origin())).await? {
        Ok(_) => Ok(desk.done(BASE)),
        Err(refusal) => listed(desk, &typed, Some(refusal)).await,
    }
}

/// GET /admin/attributes/{name}.
pub async fn edit(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    name: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(edited(&desk, &name).await)
}

async fn found(desk: &Desk<'_>, name: &str) -> Result<AttributeView, HttpResponse> {
    all(desk).await?.into_iter().find(|it| it.name == name).ok_or_else(|| desk.visit.nothing_here())
}

async fn edited(desk: &Desk<'_>, name: &str) -> Shown {
    let attribute = found(desk, name).await?;
    let scopes = attribute.scopes.join(" ");
    let known = (attribute.label.as_str(), attribute.claim.as_str(), scopes.as_str());
    Ok(edit_page(desk, name, shared_fields(desk, known, attribute.editable_by_person), None))
}

fn edit_page(desk: &Desk<'_>, name: &str, fields: Vec<Field>, error: Option<Refusal>) -> HttpResponse {
    let path = path_of(name);
    let form = DeskForm {
        id: "attribute",
        fields,
        submit: desk.t("desk-save"),
        cancel: Some(DeskLink::to(desk.visit.path(BASE), desk.t("desk-cancel"))),
        ..desk.form_to(&path)
    };
    let removal = format!("{path}/delete");
    let delete = DeskForm {
        id: "delete",
        heading: Some(desk.t("desk-delete")),
        lead: Some(desk.t("people-attribute-delete-lead")),
        submit: desk.t("desk-delete"),
        is_dangerous: true,
        ..desk.form_to(&removal)
    };
    let frame = DeskFrame { title: name.to_owned(), ..desk.frame(PART) };
    desk.page_with(frame, vec![Block::Form(form), Block::Form(delete)], error)
}

/// POST /admin/attributes/{name}.
pub async fn put(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    name: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(changed(&desk, name.into_inner(), payload).await)
}

async fn changed(desk: &Desk<'_>, name: String, payload: Payload) -> Shown {
    let typed = desk.form(payload).await?;
    let known = found(desk, &name).await?;
    let request = wanted(&typed, name.clone(), known.kind.to_owned());
    match desk.settled(attributes::replace(desk.visit.means, name.clone(), request, desk.origin())).await? {
        Ok(_) => Ok(desk.done(BASE)),
        Err(refusal) => {
            let value = |name: &str| typed.get(name).unwrap_or_default();
            let given = (value("label"), value("claim"), value("scopes"));
            let fields = shared_fields(desk, given, value("editable") == "yes");
            Err(edit_page(desk, &name, fields, Some(refusal)))
        }
    }
}

/// POST /admin/attributes/{name}/delete.
pub async fn remove(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    name: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(removed(&desk, name.into_inner(), payload).await)
}

async fn removed(desk: &Desk<'_>, name: String, payload: Payload) -> Shown {
    desk.form(payload).await?;
    attributes::remove(desk.visit.means, name, desk.origin())
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    Ok(desk.done(BASE))
}
