//! `/admin/resources`: the resource servers that clients may name, and the scopes that there are. RFC 8707, RFC 9728.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::{Desk, Operator, Shown, clients, either, segment};
use crate::flow::Means;
use crate::flow::administer::Refusal;
use crate::flow::administer::resources::{self, ResourceRequest, ResourceView};
use crate::protocol::params::Params;
use crate::protocol::resource::AccessTokenFormat;
use crate::texts::say;
use crate::web::pages::desk::{DeskFrame, DeskPart};
use crate::web::pages::desk_blocks::{Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable, Facts, Field};

const PART: DeskPart = DeskPart::Resources;
const BASE: &str = "/admin/resources";
const NEW: &str = "/admin/new-resource";

fn path_of(id: &str) -> String {
    format!("{BASE}/{}", segment(id))
}

/// GET /admin/resources.
pub async fn list(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(listed(&desk).await)
}

fn source(desk: &Desk<'_>, resource: &ResourceView) -> String {
    desk.t(if resource.source == "configuration" { "desk-setting-settings" } else { "desk-setting-database" })
}

async fn listed(desk: &Desk<'_>) -> Shown {
    let found = resources::list(desk.visit.means).await.map_err(|failure| desk.fail(PART, failure))?;
    let row = |resource: &ResourceView| {
        let name = resource.name.clone().unwrap_or_else(|| resource.identifier.clone());
        DeskRow::from(vec![
            Cell::link(name, desk.visit.path(&path_of(&resource.id))),
            Cell::code(resource.identifier.clone()),
            Cell::code(resource.scopes.join(" ")),
            Cell::text(source(desk, resource)),
        ])
    };
    let table = DeskTable {
        id: "resources",
        heading: desk.t("desk-resources-list"),
        heads: desk.heads(["desk-name", "desk-resource-identifier", "desk-scopes", "desk-setting-source"]),
        rows: found.resources.iter().map(row).collect(),
        empty: desk.t("desk-resources-none"),
        next: None,
    };
    let links = vec![DeskLink::main(desk.visit.path(NEW), desk.t("desk-resource-new"))];
    let blocks = vec![Block::Links(links), Block::Table(table), Block::Table(scopes(desk))];
    Ok(desk.page(desk.frame(PART), blocks))
}

fn scopes(desk: &Desk<'_>) -> DeskTable {
    let language = desk.visit.texts.tag();
    let rows = desk.visit.config().scopes.iter().map(|scope| {
        let said = |tag: &str| {
            scope.description.iter().find(|(known, _)| known.as_str() == tag).map(|(_, text)| text.clone())
        };
        DeskRow::from(vec![
            Cell::code(scope.name.clone()),
            Cell::text(said(language).or_else(|| said("en")).unwrap_or_default()),
            Cell::code(scope.claims.join(" ")),
            Cell::text(desk.t(if scope.operator_only { "desk-yes" } else { "desk-no" })),
        ])
    });
    DeskTable {
        id: "scopes",
        heading: desk.t("desk-scopes-list"),
        heads: desk.heads([
            "desk-scope",
            "desk-scope-description",
            "desk-scope-claims",
            "desk-scope-operator-only",
        ]),
        rows: rows.collect(),
        empty: String::new(),
        next: None,
    }
}

async fn found(desk: &Desk<'_>, id: String) -> Result<ResourceView, HttpResponse> {
    resources::show(desk.visit.means, id).await.map_err(|failure| desk.fail(PART, failure))
}

/// GET /admin/resources/{id}.
pub async fn show(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    id: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(shown(&desk, id.into_inner()).await)
}

fn format_name(format: Option<AccessTokenFormat>) -> &'static str {
    match format {
        None => "",
        Some(AccessTokenFormat::Jwt) => "jwt",
        Some(AccessTokenFormat::Opaque) => "opaque",
    }
}

async fn shown(desk: &Desk<'_>, id: String) -> Shown {
    let resource = found(desk, id).await?;
    let path = path_of(&resource.id);
    let or_dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    let rows = vec![
        (desk.t("desk-resource-identifier"), Cell::code(resource.identifier.clone())),
        (desk.t("desk-resource-aliases"), Cell::code(or_dash(resource.aliases.join("\n")))),
        (desk.t("desk-scopes"), Cell::code(or_dash(resource.scopes.join(" ")))),
        (
            desk.t("desk-resource-format"),
            Cell::code(or_dash(format_name(resource.access_token_format).to_owned())),
        ),
        (
            desk.t("desk-resource-lifetime"),
            Cell::text(or_dash(resource.access_token_lifetime.map(|it| it.to_string()).unwrap_or_default())),
        ),
        (desk.t("desk-resource-clients"), Cell::code(or_dash(resource.introspection_clients.join("\n")))),
        (desk.t("desk-setting-source"), Cell::text(source(desk, &resource))),
        (
            desk.t("desk-resource-metadata-url"),
            Cell::code(or_dash(resource.protected_resource_metadata_url.clone().unwrap_or_default())),
        ),
        (
            "WWW-Authenticate".to_owned(),
            Cell::code(or_dash(resource.www_authenticate.clone().unwrap_or_default())),
        ),
    ];
    let mut blocks = vec![Block::Facts(Facts { heading: None, rows })];
    if resource.source == "database" {
        blocks.push(Block::Links(vec![
            DeskLink::to(desk.visit.path(&format!("{path}/edit")), desk.t("desk-edit")),
            DeskLink::dangerous(desk.visit.path(&format!("{path}/delete")), desk.t("desk-delete")),
        ]));
    } else {
        blocks.push(Block::Text(desk.t("desk-resource-in-settings")));
    }
    blocks.push(clients::code(desk, "desk-resource-metadata", &json!(resource.protected_resource_metadata)));
    let mut frame = desk.frame(PART);
    frame.title = resource.name.clone().unwrap_or_else(|| resource.identifier.clone());
    Ok(desk.page(frame, blocks))
}

/// GET /admin/new-resource.
pub async fn new(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    form_page(&desk, (NEW, BASE), "desk-resource-new", &Params::default(), None)
}

/// `at`: where the form posts to, and where "Cancel" leads.
fn form_page(
    desk: &Desk<'_>,
    at: (&str, &str),
    title: &str,
    typed: &Params,
    error: Option<Refusal>,
) -> HttpResponse {
    let word = |name: &str| typed.get(name).unwrap_or_default();
    let formats = [("", "desk-as-settings"), ("jwt", "desk-format-jwt"), ("opaque", "desk-format-opaque")];
    let formats = formats.map(|(value, key)| (value.to_owned(), desk.t(key))).to_vec();
    let form = DeskForm {
        id: "resource",
        fields: vec![
            Field::line("identifier", desk.t("desk-resource-identifier"), word("identifier"))
                .hint(desk.t("desk-resource-identifier-hint")),
            Field::line("name", desk.t("desk-name"), word("name")),
            Field::line("scopes", desk.t("desk-scopes"), word("scopes")).hint(desk.t("desk-scopes-hint")),
            Field::area("aliases", desk.t("desk-resource-aliases"), word("aliases"))
                .hint(desk.t("desk-resource-aliases-hint")),
            Field::choice(
                "access_token_format",
                desk.t("desk-resource-format"),
                word("access_token_format"),
                formats,
            ),
            Field::number(
                "access_token_lifetime",
                desk.t("desk-resource-lifetime"),
                word("access_token_lifetime"),
            )
            .hint(desk.t("desk-resource-lifetime-hint")),
        ],
        submit: desk.t("desk-save"),
        cancel: Some(DeskLink::to(desk.visit.path(at.1), desk.t("desk-cancel"))),
        ..desk.form_to(at.0)
    };
    desk.form_page(PART, desk.t(title), form, error)
}

fn request_of(typed: &Params) -> Result<ResourceRequest, Refusal> {
    let word = |name: &str| typed.get(name).unwrap_or_default().trim().to_owned();
    let words = |name: &str| word(name).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let lifetime = word("access_token_lifetime");
    let lifetime = if lifetime.is_empty() {
        None
    } else {
        let message = say("refused-whole-seconds").about("access_token_lifetime");
        let wrong = |_| Refusal::Invalid(message);
        Some(lifetime.parse().map_err(wrong)?)
    };
    Ok(ResourceRequest {
        identifier: word("identifier"),
        aliases: words("aliases"),
        name: Some(word("name")).filter(|name| !name.is_empty()),
        scopes: words("scopes"),
        access_token_format: match word("access_token_format").as_str() {
            "jwt" => Some(AccessTokenFormat::Jwt),
            "opaque" => Some(AccessTokenFormat::Opaque),
            _ => None,
        },
        access_token_lifetime: lifetime,
    })
}

/// POST /admin/new-resource.
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
    let again = |error| form_page(desk, (NEW, BASE), "desk-resource-new", &typed, Some(error));
    let wanted = request_of(&typed).map_err(again)?;
    let asked = Box::pin(resources::add(desk.visit.means, wanted, desk.origin()));
    let added = desk.settled(asked).await?.map_err(again)?;
    let rows = vec![(desk.t("desk-client-id"), Cell::code(added.client_id))];
    let mut blocks =
        vec![Block::Text(desk.t("desk-resource-secret-lead")), Block::Facts(Facts { heading: None, rows })];
    blocks.extend(added.client_secret.map(|secret| Block::Secret("client_secret".to_owned(), secret)));
    let back = desk.visit.path(&path_of(&added.resource.id));
    blocks.push(Block::Links(vec![DeskLink::main(back, desk.t("desk-go-on"))]));
    let frame = DeskFrame { title: desk.t("desk-resource-new"), ..desk.frame(PART) };
    Ok(desk.page(frame, blocks))
}

/// GET /admin/resources/{id}/edit.
pub async fn edit(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    id: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    match found(&desk, id.into_inner()).await {
        Ok(resource) => {
            let path = path_of(&resource.id);
            let lifetime = resource.access_token_lifetime.map(|it| it.to_string()).unwrap_or_default();
            let (scopes, aliases) = (resource.scopes.join(" "), resource.aliases.join("\n"));
            let pairs = [
                ("identifier", resource.identifier.as_str()),
                ("name", resource.name.as_deref().unwrap_or_default()),
                ("scopes", scopes.as_str()),
                ("aliases", aliases.as_str()),
                ("access_token_format", format_name(resource.access_token_format)),
                ("access_token_lifetime", lifetime.as_str()),
            ];
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            let typed = Params::parse(query.as_bytes()).unwrap_or_default();
            form_page(&desk, (&format!("{path}/edit"), &path), "desk-edit", &typed, None)
        }
        Err(answer) => answer,
    }
}

/// POST /admin/resources/{id}/edit.
pub async fn put(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(changed(&desk, id.into_inner(), payload).await)
}

async fn changed(desk: &Desk<'_>, id: String, payload: Payload) -> Shown {
    let typed = desk.form(payload).await?;
    let path = path_of(&id);
    let again = |error| form_page(desk, (&format!("{path}/edit"), &path), "desk-edit", &typed, Some(error));
    let wanted = request_of(&typed).map_err(again)?;
    let asked = Box::pin(resources::replace(desk.visit.means, id, wanted, desk.origin()));
    desk.settled(asked).await?.map_err(again)?;
    Ok(desk.done(&path))
}

/// GET /admin/resources/{id}/delete.
pub async fn ask_delete(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    id: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    match found(&desk, id.into_inner()).await {
        Ok(resource) => {
            let lead = desk.t("desk-resource-delete-lead");
            let form = desk.ask("desk-delete", lead, true, &path_of(&resource.id));
            let title = format!("{} · {}", desk.t("desk-delete"), resource.identifier);
            desk.form_page(PART, title, form, None)
        }
        Err(answer) => answer,
    }
}

/// POST /admin/resources/{id}/delete.
pub async fn remove(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    if let Err(stale) = desk.form(payload).await {
        return stale;
    }
    match resources::remove(&means, id.into_inner(), desk.origin()).await {
        Ok(_) => desk.done(BASE),
        Err(failure) => desk.fail(PART, failure),
    }
}
