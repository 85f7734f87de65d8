//! What is done to a client at the desk by one button, after a page that says what it means.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;

use super::clients::{BASE, PART, belongings, details, name_of, path_of};
use super::{Desk, Operator, Shown, either};
use crate::flow::Means;
use crate::flow::administer::{clients, lifecycle};
use crate::protocol::params::Params;
use crate::web::pages::desk_blocks::{Block, DeskForm, DeskLink, Facts, Field, moment};

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
    let fields = if action == Action::Disable {
        vec![Field::line("reason", desk.t("desk-reason"), "").hint(desk.t("desk-reason-hint"))]
    } else {
        Vec::new()
    };
    let is_dangerous = matches!(action, Action::Disable | Action::Delete);
    let ask = desk.ask(action.label(), desk.t(action.lead()), is_dangerous, &path_of(&client_id));
    blocks.push(Block::Form(DeskForm { fields, ..ask }));
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
            return Ok(desk.done(BASE));
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
