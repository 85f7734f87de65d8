//! `/admin/clients`: looking through the registry, and what there is to know of one client.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::{Desk, Operator, Shown, either, segment};
use crate::clock::Seconds;
use crate::flow::administer::client_access::Access;
use crate::flow::administer::clients::{self, ClientDetails, ClientView, Filter, State};
use crate::flow::administer::grants;
use crate::flow::{Means, Source};
use crate::protocol::acr::Acr;
use crate::protocol::display::display_name;
use crate::protocol::params::Params;
use crate::web::pages::desk::DeskPart;
use crate::web::pages::desk_blocks::{
    Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable, Facts, Field, moment,
};

pub(super) const PART: DeskPart = DeskPart::Clients;
pub(super) const BASE: &str = "/admin/clients";
/// So many on a page.
pub(super) const PAGE: i64 = 50;
/// So many grants are listed with a client.
const MOST_GRANTS: usize = 50;
const DAY: Seconds = 86_400;

/// The path of a client's pages.
pub(super) fn path_of(client_id: &str) -> String {
    format!("{BASE}/{}", segment(client_id))
}

pub(super) fn name_of(client: &ClientView) -> String {
    let name = client.metadata.client_name.as_deref().map(display_name).unwrap_or_default();
    if name.is_empty() { client.client_id.clone() } else { name }
}

pub(super) fn source_label(desk: &Desk<'_>, source: &str) -> String {
    desk.t(match source {
        "operator" => "desk-source-operator",
        "initial_access_token" => "desk-source-token",
        "user" => "desk-source-user",
        "document" => "desk-source-document",
        _ => "desk-source-dynamic",
    })
}

fn state_label(desk: &Desk<'_>, state: &str) -> String {
    desk.t(match state {
        "pending" => "desk-state-pending",
        "disabled" => "desk-state-disabled",
        _ => "desk-state-active",
    })
}

/// GET /admin/clients.
pub async fn list(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(listed(&desk).await)
}

fn filter(query: &Params, now: Seconds) -> Filter {
    let word = |name: &str| query.get(name).unwrap_or_default();
    let (used_before, used_after) = match word("use") {
        "idle30" => (Some(now - 30 * DAY), None),
        "idle90" => (Some(now - 90 * DAY), None),
        "used30" => (None, Some(now - 30 * DAY)),
        _ => (None, None),
    };
    Filter {
        source: Source::from_name(word("source")),
        state: match word("state") {
            "pending" => Some(State::Pending),
            "active" => Some(State::Active),
            "disabled" => Some(State::Disabled),
            _ => None,
        },
        is_verified: match word("state") {
            "verified" => Some(true),
            "unverified" => Some(false),
            _ => None,
        },
        used_before,
        used_after,
        is_never_used: word("use") == "never",
        text: Some(word("text").trim().chars().take(200).collect()).filter(|text: &String| !text.is_empty()),
        ..Filter::default()
    }
}

fn search(desk: &Desk<'_>, query: &Params) -> DeskForm {
    let word = |name: &str| query.get(name).unwrap_or_default();
    let choice = |values: &[(&str, &str)]| -> Vec<(String, String)> {
        values.iter().map(|(value, key)| ((*value).to_owned(), desk.t(key))).collect()
    };
    let sources = choice(&[
        ("", "desk-any"),
        ("operator", "desk-source-operator"),
        ("dynamic", "desk-source-dynamic"),
        ("initial_access_token", "desk-source-token"),
        ("user", "desk-source-user"),
        ("document", "desk-source-document"),
    ]);
    let states = choice(&[
        ("", "desk-any"),
        ("active", "desk-state-active"),
        ("pending", "desk-state-pending"),
        ("disabled", "desk-state-disabled"),
        ("verified", "desk-state-verified"),
        ("unverified", "desk-state-unverified"),
    ]);
    let uses = choice(&[
        ("", "desk-any"),
        ("used30", "desk-use-used30"),
        ("idle30", "desk-use-idle30"),
        ("idle90", "desk-use-idle90"),
        ("never", "desk-use-never"),
    ]);
    DeskForm {
        id: "filter",
        action: desk.visit.path(BASE),
        fields: vec![
            Field::line("text", desk.t("desk-clients-text"), word("text")),
            Field::choice("source", desk.t("desk-clients-source"), word("source"), sources),
            Field::choice("state", desk.t("desk-clients-state"), word("state"), states),
            Field::choice("use", desk.t("desk-clients-use"), word("use"), uses),
        ],
        submit: desk.t("desk-filter"),
        ..DeskForm::default()
    }
}

async fn listed(desk: &Desk<'_>) -> Shown {
    let (query, means) = (desk.query(), desk.visit.means);
    let page = clients::list(means, filter(&query, means.clock.now()), PAGE, query.get("page_token"))
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    let row = |client: &ClientView| {
        DeskRow::from(vec![
            Cell::link(name_of(client), desk.visit.path(&path_of(&client.client_id))),
            Cell::code(client.client_id.clone()),
            Cell::text(source_label(desk, client.source)),
            Cell::tag(state_label(desk, client.state), client.state != "active"),
            Cell::time(client.last_used_at),
            Cell::time(Some(client.created_at)),
        ])
    };
    let table = DeskTable {
        id: "clients",
        heading: desk.t("desk-clients-list"),
        heads: desk.heads([
            "desk-name",
            "desk-client-id",
            "desk-clients-source",
            "desk-clients-state",
            "desk-last-used",
            "desk-registered",
        ]),
        rows: page.clients.iter().map(row).collect(),
        empty: desk.t("desk-clients-none"),
        next: page.next_page_token.map(|token| next_page(desk, &query, &token)),
    };
    let links = vec![
        DeskLink::main(desk.visit.path("/admin/new-client"), desk.t("desk-client-new")),
        DeskLink::to(desk.visit.path("/admin/removed-clients"), desk.t("desk-removed")),
    ];
    let blocks = vec![Block::Links(links), Block::Search(search(desk, &query)), Block::Table(table)];
    Ok(desk.page(desk.frame(PART), blocks))
}

fn next_page(desk: &Desk<'_>, query: &Params, token: &str) -> DeskLink {
    let mut address = url::form_urlencoded::Serializer::new(String::new());
    for name in ["text", "source", "state", "use"] {
        if let Some(value) = query.get(name) {
            address.append_pair(name, value);
        }
    }
    address.append_pair("page_token", token);
    DeskLink::to(desk.visit.path(&format!("{BASE}?{}", address.finish())), desk.t("desk-next-page"))
}

/// GET `/admin/clients/{client_id}`.
pub async fn show(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    client_id: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(shown(&desk, client_id.into_inner()).await)
}

pub(super) async fn details(desk: &Desk<'_>, client_id: &str) -> Result<ClientDetails, HttpResponse> {
    clients::show(desk.visit.means, client_id.to_owned()).await.map_err(|failure| desk.fail(PART, failure))
}

async fn shown(desk: &Desk<'_>, client_id: String) -> Shown {
    let found = details(desk, &client_id).await?;
    let client = &found.client;
    let grants = grants::list(desk.visit.means, client_id.clone())
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    let mut frame = desk.frame(PART);
    frame.title = name_of(client);
    let mut blocks = Vec::new();
    if client.state == "pending" {
        blocks.push(Block::Notice("warn", desk.t("desk-client-waits")));
    }
    blocks.push(Block::Facts(facts(desk, client)));
    blocks.push(Block::Facts(for_whom(desk, &found.access)));
    blocks.push(actions(desk, client));
    blocks.push(Block::Facts(Facts {
        heading: Some(desk.t("desk-belongings")),
        rows: belongings(desk, &json!(found.belongings)),
    }));
    blocks.push(Block::Table(grants_table(desk, &client_id, &grants.grants)));
    blocks.push(code(desk, "desk-client-metadata", &json!(client.metadata)));
    blocks.push(code(desk, "desk-client-policy", &json!(client.policy)));
    let back = desk.visit.path(&format!("/admin/audit?client_id={}", segment(&client_id)));
    blocks.push(Block::Links(vec![DeskLink::to(back, desk.t("desk-client-events"))]));
    Ok(desk.page(frame, blocks))
}

pub(super) fn code(desk: &Desk<'_>, key: &str, value: &Value) -> Block {
    Block::Code(desk.t(key), format!("{value:#}"))
}

fn facts(desk: &Desk<'_>, client: &ClientView) -> Facts {
    let mut rows = vec![
        (desk.t("desk-client-id"), Cell::code(client.client_id.clone())),
        (desk.t("desk-clients-state"), Cell::tag(state_label(desk, client.state), client.state != "active")),
        (desk.t("desk-clients-source"), Cell::text(source_label(desk, client.source))),
        (desk.t("desk-registered"), Cell::time(Some(client.created_at))),
        (desk.t("desk-last-used"), Cell::time(client.last_used_at)),
        (desk.t("desk-redirect-uris"), Cell::code(client.metadata.redirect_uris.join("\n"))),
    ];
    let mut optional = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            rows.push((desk.t(key), Cell::text(value)));
        }
    };
    optional("desk-client-disabled-at", client.disabled_at.map(moment));
    optional("desk-reason", client.disabled_reason.clone());
    optional("desk-client-verified-by", client.verified_by.clone());
    optional("desk-client-registered-from", client.registered_from.clone());
    optional("desk-client-software", client.user_agent.clone());
    optional(
        "desk-secret-until",
        match client.client_secret_expires_at {
            None => None,
            Some(0) => Some(desk.t("desk-never")),
            Some(seconds) => Some(moment(seconds)),
        },
    );
    Facts { heading: None, rows }
}

/// Who may use the client, and how sure a sign-in to it must be.
fn for_whom(desk: &Desk<'_>, access: &Access) -> Facts {
    let groups = match &access.groups {
        None => desk.t("people-access-everybody"),
        Some(groups) if groups.is_empty() => desk.t("people-access-nobody"),
        Some(groups) => groups.join(", "),
    };
    let least = match access.least_acr.as_deref().and_then(Acr::from_name) {
        None => desk.t("desk-any"),
        Some(Acr::One) => desk.t("people-acr-one"),
        Some(Acr::Two) => desk.t("people-acr-two"),
        Some(Acr::PhishingResistant) => desk.t("people-acr-passkey"),
    };
    Facts {
        heading: Some(desk.t("people-access")),
        rows: vec![(desk.t("people-groups"), Cell::text(groups)), (desk.t("people-acr"), Cell::text(least))],
    }
}

fn actions(desk: &Desk<'_>, client: &ClientView) -> Block {
    let path = path_of(&client.client_id);
    let to = |what: &str| desk.visit.path(&format!("{path}/{what}"));
    let mut links = Vec::new();
    if client.state == "pending" {
        links.push(DeskLink::main(to("approve"), desk.t("desk-client-approve")));
    }
    if client.source != "document" {
        links.push(DeskLink::to(to("edit"), desk.t("desk-edit")));
    }
    if client.client_secret_expires_at.is_some() {
        links.push(DeskLink::to(to("secret"), desk.t("desk-client-secret")));
    }
    if client.source != "document" {
        links.push(DeskLink::to(to("registration-access-token"), desk.t("desk-client-token")));
    }
    if client.state == "disabled" {
        links.push(DeskLink::to(to("enable"), desk.t("desk-client-enable")));
    } else {
        links.push(DeskLink::to(to("disable"), desk.t("desk-client-disable")));
    }
    links.push(DeskLink::to(to("access"), desk.t("people-access")));
    links.push(DeskLink::dangerous(to("delete"), desk.t("desk-delete")));
    Block::Links(links)
}

/// How many rows of each kind hang on a client, without those of which there are none.
pub(super) fn belongings(desk: &Desk<'_>, counted: &Value) -> Vec<(String, Cell)> {
    let words = [
        ("grants", "desk-belongings-grants"),
        ("consents", "desk-belongings-consents"),
        ("access_tokens", "desk-belongings-access-tokens"),
        ("refresh_tokens", "desk-belongings-refresh-tokens"),
        ("authorization_codes", "desk-belongings-codes"),
        ("authorization_requests", "desk-belongings-requests"),
        ("registration_access_tokens", "desk-belongings-registration-tokens"),
        ("resource_introspectors", "desk-belongings-introspectors"),
    ];
    let number = |member: &str| counted.get(member).and_then(Value::as_i64).unwrap_or_default();
    words.iter().map(|(member, key)| (desk.t(key), Cell::text(number(member).to_string()))).collect()
}

fn grants_table(desk: &Desk<'_>, client_id: &str, grants: &[grants::GrantView]) -> DeskTable {
    let row = |grant: &grants::GrantView| {
        let action = format!("{}/grants/{}/revoke", path_of(client_id), grant.id);
        DeskRow {
            cells: vec![
                Cell::text(grant.user.clone()),
                Cell::text(grant.scopes.join(" ")),
                Cell::time(Some(grant.created_at)),
                Cell::time(grant.last_used_at),
            ],
            button: Some(desk.button_to(&action, "desk-revoke", grant.user.clone())),
        }
    };
    DeskTable {
        id: "grants",
        heading: desk.t("desk-grants"),
        heads: desk.heads(["desk-person", "desk-scopes", "desk-since", "desk-last-used", "desk-action"]),
        rows: grants.iter().take(MOST_GRANTS).map(row).collect(),
        empty: desk.t("desk-grants-none"),
        next: None,
    }
}

/// POST `/admin/clients/{client_id}/grants/{id}/revoke`.
pub async fn revoke_grant(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    path: Path<(String, i64)>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    if let Err(stale) = desk.form(payload).await {
        return stale;
    }
    let (client_id, id) = path.into_inner();
    match grants::revoke(&means, id, desk.origin()).await {
        Ok(_) => desk.done(&path_of(&client_id)),
        Err(failure) => desk.fail(PART, failure),
    }
}
