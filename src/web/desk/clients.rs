//! `/admin/clients`: looking through the registry, and looking after one client.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::{Desk, Operator, Shown, either, segment};
use crate::clock::Seconds;
use crate::flow::administer::clients::{self, ClientDetails, ClientView, Filter, State};
use crate::flow::administer::{grants, insight, lifecycle};
use crate::flow::{Failure, Means, Source};
use crate::protocol::display::display_name;
use crate::protocol::params::Params;
use crate::web::pages::desk::DeskPart;
use crate::web::pages::desk_blocks::{
    Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable, Facts, Field, moment,
};

const PART: DeskPart = DeskPart::Clients;
/// So many on a page.
const PAGE: i64 = 50;
/// So many grants are listed with a client.
const MOST_GRANTS: usize = 50;
const DAY: Seconds = 86_400;

/// The path of a client's pages.
fn path_of(client_id: &str) -> String {
    format!("/admin/clients/{}", segment(client_id))
}

fn name_of(client: &ClientView) -> String {
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
        action: desk.visit.path("/admin/clients"),
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
    DeskLink::to(desk.visit.path(&format!("/admin/clients?{}", address.finish())), desk.t("desk-next-page"))
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

async fn details(desk: &Desk<'_>, client_id: &str) -> Result<ClientDetails, HttpResponse> {
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
fn belongings(desk: &Desk<'_>, counted: &Value) -> Vec<(String, Cell)> {
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

/// What can be done to a client after a question.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Action {
    Approve,
    Enable,
    Disable,
    Delete,
    Secret,
    RegistrationAccessToken,
}

impl Action {
    fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "approve" => Self::Approve,
            "enable" => Self::Enable,
            "disable" => Self::Disable,
            "delete" => Self::Delete,
            "secret" => Self::Secret,
            "registration-access-token" => Self::RegistrationAccessToken,
            _ => return None,
        })
    }

    fn label(self) -> &'static str {
        match self {
            Self::Approve => "desk-client-approve",
            Self::Enable => "desk-client-enable",
            Self::Disable => "desk-client-disable",
            Self::Delete => "desk-delete",
            Self::Secret => "desk-client-secret",
            Self::RegistrationAccessToken => "desk-client-token",
        }
    }

    fn lead(self) -> &'static str {
        match self {
            Self::Approve => "desk-client-approve-lead",
            Self::Enable => "desk-client-enable-lead",
            Self::Disable => "desk-client-disable-lead",
            Self::Delete => "desk-client-delete-lead",
            Self::Secret => "desk-client-secret-lead",
            Self::RegistrationAccessToken => "desk-client-token-lead",
        }
    }
}

fn action_of(request: &HttpRequest) -> Option<Action> {
    Action::from_name(request.path().rsplit('/').next().unwrap_or_default())
}

/// GET of each action: what it does.
pub async fn ask(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    client_id: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    match action_of(&request) {
        Some(action) => either(asked(&desk, action, client_id.into_inner()).await),
        None => desk.visit.nothing_here(),
    }
}

async fn asked(desk: &Desk<'_>, action: Action, client_id: String) -> Shown {
    let found = details(desk, &client_id).await?;
    let name = name_of(&found.client);
    let mut frame = desk.frame(PART);
    frame.title = format!("{} · {name}", desk.t(action.label()));
    let mut blocks = Vec::new();
    if action == Action::Delete {
        let removal = clients::preview_removal(desk.visit.means, client_id.clone())
            .await
            .map_err(|failure| desk.fail(PART, failure))?;
        let heading = Some(desk.t("desk-client-delete-takes"));
        blocks.push(Block::Facts(Facts { heading, rows: belongings(desk, &json!(removal.belongings)) }));
        if let Some(until) = removal.restorable_until {
            blocks.push(Block::Text(desk.visit.texts.with(
                "desk-client-restorable",
                "until",
                &moment(until),
            )));
        }
    }
    let path = path_of(&client_id);
    let own = desk.path();
    let fields = if action == Action::Disable {
        vec![Field::line("reason", desk.t("desk-reason"), "").hint(desk.t("desk-reason-hint"))]
    } else {
        Vec::new()
    };
    blocks.push(Block::Form(DeskForm {
        id: "action",
        lead: Some(desk.t(action.lead())),
        fields,
        submit: desk.t(action.label()),
        is_dangerous: matches!(action, Action::Disable | Action::Delete),
        cancel: Some(DeskLink::to(desk.visit.path(&path), desk.t("desk-cancel"))),
        ..desk.form_to(&own)
    }));
    Ok(desk.page(frame, blocks))
}

/// POST of each action.
pub async fn act(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    client_id: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let params = match desk.form(payload).await {
        Ok(params) => params,
        Err(stale) => return stale,
    };
    match action_of(&request) {
        Some(action) => either(done(&desk, action, client_id.into_inner(), &params).await),
        None => desk.visit.nothing_here(),
    }
}

async fn done(desk: &Desk<'_>, action: Action, client_id: String, params: &Params) -> Shown {
    let (means, origin) = (desk.visit.means, desk.origin());
    let failed = |failure| desk.fail(PART, failure);
    let path = path_of(&client_id);
    match action {
        Action::Approve => lifecycle::approve(means, client_id, origin).await.map(drop).map_err(failed)?,
        Action::Enable => clients::enable(means, client_id, origin).await.map(drop).map_err(failed)?,
        Action::Disable => {
            let reason = params.get("reason").filter(|text| !text.trim().is_empty()).map(str::to_owned);
            clients::disable(means, client_id, reason, origin).await.map(drop).map_err(failed)?;
        }
        Action::Delete => {
            clients::remove(means, client_id, origin).await.map_err(failed)?;
            return Ok(desk.done("/admin/clients"));
        }
        Action::Secret => {
            let made = lifecycle::rotate_secret(means, client_id, None, origin).await.map_err(failed)?;
            let mut blocks = vec![Block::Secret("client_secret".to_owned(), made.client_secret)];
            if let Some(until) = made.previous_expires_at {
                let text = desk.visit.texts.with("desk-client-secret-overlap", "until", &moment(until));
                blocks.push(Block::Text(text));
            }
            return Ok(secrets(desk, &path, "desk-client-secret", blocks));
        }
        Action::RegistrationAccessToken => {
            let made = lifecycle::recover(means, client_id, origin).await.map_err(failed)?;
            let blocks = vec![
                Block::Secret("registration_access_token".to_owned(), made.registration_access_token),
                Block::Text(made.registration_client_uri),
            ];
            return Ok(secrets(desk, &path, "desk-client-token", blocks));
        }
    }
    Ok(desk.done(&path))
}

/// The page that shows secrets this once.
pub(super) fn secrets(desk: &Desk<'_>, back: &str, title: &str, mut blocks: Vec<Block>) -> HttpResponse {
    let mut frame = desk.frame(PART);
    frame.title = desk.t(title);
    blocks.push(Block::Links(vec![DeskLink::main(desk.visit.path(back), desk.t("desk-go-on"))]));
    desk.page(frame, blocks)
}

/// GET `/admin/clients/{client_id}/edit`.
pub async fn edit(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    client_id: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let client_id = client_id.into_inner();
    match details(&desk, &client_id).await {
        Ok(found) => edit_page(&desk, &client_id, &format!("{:#}", json!(found.client.metadata)), None),
        Err(answer) => answer,
    }
}

fn edit_page(desk: &Desk<'_>, client_id: &str, metadata: &str, error: Option<String>) -> HttpResponse {
    let mut frame = desk.frame(PART);
    frame.title = format!("{} · {client_id}", desk.t("desk-edit"));
    let own = format!("{}/edit", path_of(client_id));
    let field = Field::area("metadata", desk.t("desk-client-metadata"), metadata);
    let form = DeskForm {
        id: "edit",
        lead: Some(desk.t("desk-client-edit-lead")),
        fields: vec![Field { is_wrong: error.is_some(), ..field }],
        submit: desk.t("desk-save"),
        cancel: Some(DeskLink::to(desk.visit.path(&path_of(client_id)), desk.t("desk-cancel"))),
        ..desk.form_to(&own)
    };
    frame.error = error;
    desk.page(frame, vec![Block::Form(form)])
}

/// POST `/admin/clients/{client_id}/edit`.
pub async fn put(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    client_id: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let params = match desk.form(payload).await {
        Ok(params) => params,
        Err(stale) => return stale,
    };
    let (client_id, text) = (client_id.into_inner(), params.get("metadata").unwrap_or_default());
    let metadata = match crate::protocol::json::parse_object(text.as_bytes()) {
        Ok(metadata) => metadata,
        Err(fault) => return edit_page(&desk, &client_id, text, Some(fault.to_string())),
    };
    match clients::replace(&means, client_id.clone(), metadata, desk.origin()).await {
        Ok(put) => match put.client_secret {
            Some(secret) => {
                let blocks = vec![Block::Secret("client_secret".to_owned(), secret)];
                secrets(&desk, &path_of(&client_id), "desk-client-secret", blocks)
            }
            None => desk.done(&path_of(&client_id)),
        },
        Err(Failure::Refused(refusal)) => edit_page(&desk, &client_id, text, Some(refusal.to_string())),
        Err(failure) => desk.fail(PART, failure),
    }
}

/// GET /admin/new-client.
pub async fn new(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    new_page(&desk, &Params::default(), None)
}

fn new_page(desk: &Desk<'_>, typed: &Params, error: Option<String>) -> HttpResponse {
    let word = |name: &str| typed.get(name).unwrap_or_default();
    let kinds = [
        ("web", "desk-client-kind-web"),
        ("public", "desk-client-kind-public"),
        ("machine", "desk-client-kind-machine"),
    ];
    let kinds = kinds.map(|(value, key)| (value.to_owned(), desk.t(key))).to_vec();
    let form = DeskForm {
        id: "new",
        fields: vec![
            Field::line("client_name", desk.t("desk-name"), word("client_name")),
            Field::choice("kind", desk.t("desk-client-kind"), word("kind"), kinds),
            Field::area("redirect_uris", desk.t("desk-redirect-uris"), word("redirect_uris"))
                .hint(desk.t("desk-redirect-uris-hint")),
            Field::line("scope", desk.t("desk-scopes"), word("scope")).hint(desk.t("desk-scopes-hint")),
        ],
        submit: desk.t("desk-client-new"),
        cancel: Some(DeskLink::to(desk.visit.path("/admin/clients"), desk.t("desk-cancel"))),
        ..desk.form_to("/admin/new-client")
    };
    let mut frame = desk.frame(PART);
    frame.title = desk.t("desk-client-new");
    let form = form.with_error(error.as_deref());
    frame.error = error;
    desk.page(frame, vec![Block::Form(form)])
}

fn metadata_of(typed: &Params) -> Map<String, Value> {
    let word = |name: &str| typed.get(name).unwrap_or_default().trim();
    let redirect_uris: Vec<&str> = word("redirect_uris").split_whitespace().collect();
    let (method, grants): (&str, &[&str]) = match word("kind") {
        "public" => ("none", &["authorization_code", "refresh_token"]),
        "machine" => ("client_secret_basic", &["client_credentials"]),
        _ => ("client_secret_basic", &["authorization_code", "refresh_token"]),
    };
    let mut metadata = Map::new();
    metadata.insert("token_endpoint_auth_method".to_owned(), json!(method));
    metadata.insert("grant_types".to_owned(), json!(grants));
    if !redirect_uris.is_empty() {
        metadata.insert("redirect_uris".to_owned(), json!(redirect_uris));
    }
    for name in ["client_name", "scope"] {
        if !word(name).is_empty() {
            metadata.insert(name.to_owned(), json!(word(name)));
        }
    }
    metadata
}

/// POST /admin/new-client.
pub async fn create(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let typed = match desk.form(payload).await {
        Ok(typed) => typed,
        Err(stale) => return stale,
    };
    match clients::create(&means, metadata_of(&typed), desk.origin()).await {
        Ok(made) => {
            let path = path_of(&made.client.client.client_id);
            match made.client_secret {
                None => desk.done(&path),
                Some(secret) => {
                    let id = Facts {
                        heading: None,
                        rows: vec![(
                            desk.t("desk-client-id"),
                            Cell::code(made.client.client.client_id.clone()),
                        )],
                    };
                    let blocks = vec![Block::Facts(id), Block::Secret("client_secret".to_owned(), secret)];
                    secrets(&desk, &path, "desk-client-new", blocks)
                }
            }
        }
        Err(Failure::Refused(refusal)) => new_page(&desk, &typed, Some(refusal.to_string())),
        Err(failure) => desk.fail(PART, failure),
    }
}

/// GET /admin/removed-clients.
pub async fn removed(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(removed_list(&desk).await)
}

async fn removed_list(desk: &Desk<'_>) -> Shown {
    let found =
        insight::tombstones(desk.visit.means, PAGE).await.map_err(|failure| desk.fail(PART, failure))?;
    let row = |stone: &insight::TombstoneView| {
        let to = desk.visit.path(&format!("/admin/removed-clients/{}/restore", segment(&stone.client_id)));
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
    let mut frame = desk.frame(PART);
    frame.title = format!("{} · {}", desk.t("desk-restore"), client_id.into_inner());
    let own = desk.path();
    let form = DeskForm {
        id: "restore",
        lead: Some(desk.t("desk-restore-lead")),
        submit: desk.t("desk-restore"),
        cancel: Some(DeskLink::to(desk.visit.path("/admin/removed-clients"), desk.t("desk-cancel"))),
        ..desk.form_to(&own)
    };
    desk.page(frame, vec![Block::Form(form)])
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
