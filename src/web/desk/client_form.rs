//! `/admin/new-client` and `/admin/clients/{client_id}/edit`: the forms that make and change a client.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value, json};

use super::client_actions::secrets;
use super::clients::{BASE, PART, details, name_of, path_of};
use super::{Desk, Operator, Shown, either, unreadable};
use crate::flow::Means;
use crate::flow::administer::Refusal;
use crate::flow::administer::clients::{self, ClientView};
use crate::protocol::json::parse_object;
use crate::protocol::params::Params;
use crate::web::pages::desk_blocks::{Block, Cell, DeskForm, DeskLink, Facts, Field};

const NEW: &str = "/admin/new-client";

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
        Ok(found) => edit_page(&desk, &found.client, &format!("{:#}", json!(found.client.metadata)), None),
        Err(answer) => answer,
    }
}

fn edit_page(desk: &Desk<'_>, client: &ClientView, metadata: &str, error: Option<Refusal>) -> HttpResponse {
    let back = path_of(&client.client_id);
    let own = format!("{back}/edit");
    let title = format!("{} · {}", desk.t("desk-edit"), name_of(client));
    let field = Field::area("metadata", desk.t("desk-client-metadata"), metadata);
    let form = DeskForm {
        id: "edit",
        lead: Some(desk.t("desk-client-edit-lead")),
        fields: vec![Field { is_wrong: error.is_some(), ..field }],
        submit: desk.t("desk-save"),
        cancel: Some(DeskLink::to(desk.visit.path(&back), desk.t("desk-cancel"))),
        ..desk.form_to(&own)
    };
    desk.form_page(PART, title, form, error)
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
    either(changed(&desk, client_id.into_inner(), &params).await)
}

async fn changed(desk: &Desk<'_>, client_id: String, typed: &Params) -> Shown {
    let client = details(desk, &client_id).await?.client;
    let (path, text) = (path_of(&client_id), typed.get("metadata").unwrap_or_default());
    let metadata = parse_object(text.as_bytes())
        .map_err(|fault| edit_page(desk, &client, text, Some(unreadable(&fault))))?;
    match desk.settled(clients::replace(desk.visit.means, client_id, metadata, desk.origin())).await? {
        Ok(put) => Ok(match put.client_secret {
            Some(secret) => {
                let blocks = vec![Block::Secret("client_secret".to_owned(), secret)];
                secrets(desk, &path, "desk-client-secret", blocks)
            }
            None => desk.done(&path),
        }),
        Err(refusal) => Err(edit_page(desk, &client, text, Some(refusal))),
    }
}

/// GET /admin/new-client.
pub async fn new(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    new_page(&desk, &Params::default(), None)
}

fn new_page(desk: &Desk<'_>, typed: &Params, error: Option<Refusal>) -> HttpResponse {
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
        cancel: Some(DeskLink::to(desk.visit.path(BASE), desk.t("desk-cancel"))),
        ..desk.form_to(NEW)
    };
    desk.form_page(PART, desk.t("desk-client-new"), form, error)
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
    either(created(&desk, payload).await)
}

async fn created(desk: &Desk<'_>, payload: Payload) -> Shown {
    let typed = desk.form(payload).await?;
    let wanted = metadata_of(&typed);
    let made = match desk.settled(clients::create(desk.visit.means, wanted, desk.origin())).await? {
        Ok(made) => made,
        Err(refusal) => return Err(new_page(desk, &typed, Some(refusal))),
    };
    let client_id = made.client.client.client_id;
    let path = path_of(&client_id);
    let Some(secret) = made.client_secret else { return Ok(desk.done(&path)) };
    let rows = vec![(desk.t("desk-client-id"), Cell::code(client_id))];
    let facts = Block::Facts(Facts { heading: None, rows });
    let blocks = vec![facts, Block::Secret("client_secret".to_owned(), secret)];
    Ok(secrets(desk, &path, "desk-client-new", blocks))
}
