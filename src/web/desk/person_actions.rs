//! What is done to a person at the desk by one button, after a page that says what it means.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::people::{BASE, found, path_of};
use super::{Desk, Operator, Shown, either};
use crate::flow::Means;
use crate::flow::administer::accounts::{self, IssuedLink};
use crate::flow::administer::people::{self, Who};
use crate::flow::administer::{Administered, factors, grants, persons, standing};
use crate::web::pages::desk::{DeskFrame, DeskPart};
use crate::web::pages::desk_blocks::{Block, DeskForm, DeskLink, Field};

const PART: DeskPart = DeskPart::People;

/// What can be done, by the last part of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Disable,
    Enable,
    Delete,
    SignOut,
    ResetFactors,
    RevokeGrants,
    ResetLink,
    Unblock,
}

impl Action {
    fn of(desk: &Desk<'_>) -> Option<Self> {
        let path = desk.path();
        Some(match path.rsplit('/').next()? {
            "disable" => Self::Disable,
            "enable" => Self::Enable,
            "delete" => Self::Delete,
            "sign-out" => Self::SignOut,
            "reset-factors" => Self::ResetFactors,
            "revoke-grants" => Self::RevokeGrants,
            "reset-link" => Self::ResetLink,
            "unblock" => Self::Unblock,
            _ => return None,
        })
    }

    /// What the button says, and what it means.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Disable => ("desk-client-disable", "people-disable-lead"),
            Self::Enable => ("desk-client-enable", "people-enable-lead"),
            Self::Delete => ("desk-delete", "people-delete-lead"),
            Self::SignOut => ("people-sign-out", "people-sign-out-lead"),
            Self::ResetFactors => ("people-reset-factors", "people-reset-factors-lead"),
            Self::RevokeGrants => ("people-revoke-grants", "people-revoke-grants-lead"),
            Self::ResetLink => ("people-reset-link", "people-reset-link-lead"),
            Self::Unblock => ("people-unblock", "people-unblock-lead"),
        }
    }

    fn is_dangerous(self) -> bool {
        !matches!(self, Self::Enable | Self::ResetLink | Self::Unblock)
    }
}

/// GET /admin/people/{subject}/disable and its neighbours.
pub async fn ask(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    subject: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(asked(&desk, subject.into_inner()).await)
}

async fn asked(desk: &Desk<'_>, subject: String) -> Shown {
    let person = found(desk, subject).await?.person;
    let Some(action) = Action::of(desk) else { return Err(desk.visit.nothing_here()) };
    let (label, lead) = action.words();
    let fields = if action == Action::ResetLink {
        vec![Field::check("show", desk.t("people-reset-link-show"), false)]
    } else {
        Vec::new()
    };
    let form = DeskForm {
        heading: Some(desk.t(label)),
        fields,
        ..desk.ask(label, desk.t(lead), action.is_dangerous(), &path_of(&person.subject))
    };
    Ok(desk.form_page(PART, person.name, form, None))
}

/// POST /admin/people/{subject}/disable and its neighbours.
pub async fn act(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    subject: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(acted(&desk, subject.into_inner(), payload).await)
}

async fn acted(desk: &Desk<'_>, subject: String, payload: Payload) -> Shown {
    let typed = desk.form(payload).await?;
    let Some(action) = Action::of(desk) else { return Err(desk.visit.nothing_here()) };
    if action == Action::ResetLink {
        return linked(desk, subject, typed.get("show") == Some("yes")).await;
    }
    let back = if action == Action::Delete { BASE.to_owned() } else { path_of(&subject) };
    run(desk, action, Who::Subject(subject)).await.map_err(|failure| desk.fail(PART, failure))?;
    Ok(desk.done(&back))
}

async fn run(desk: &Desk<'_>, action: Action, who: Who) -> Administered<()> {
    let (means, origin) = (desk.visit.means, desk.origin());
    match action {
        Action::Disable => people::disable(means, who, origin).await.map(drop),
        Action::Enable => people::enable(means, who, origin).await,
        Action::Delete => persons::remove(means, who, origin).await.map(drop),
        Action::SignOut => people::sign_out(means, who, None, origin).await.map(drop),
        Action::ResetFactors => factors::reset(means, who, origin).await.map(drop),
        Action::RevokeGrants => standing::withdraw_all(means, who, origin).await.map(drop),
        Action::ResetLink => Ok(()),
        Action::Unblock => people::unblock(means, who, origin).await,
    }
}

async fn linked(desk: &Desk<'_>, subject: String, show: bool) -> Shown {
    let path = path_of(&subject);
    let issued = accounts::reset_link(desk.visit.means, Who::Subject(subject), show, desk.origin())
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    Ok(link_page(desk, "people-reset-link", issued, &path))
}

/// A link that was made, this once; or where it was sent.
pub(super) fn link_page(desk: &Desk<'_>, label: &str, issued: IssuedLink, back: &str) -> HttpResponse {
    let mut blocks = Vec::new();
    match (issued.link, issued.mailed_to) {
        (Some(link), _) => blocks.push(Block::Secret(desk.t(label), link)),
        (None, to) => blocks.push(Block::Notice(
            "good",
            desk.visit.texts.with("people-reset-link-mailed", "address", &to.unwrap_or_default()),
        )),
    }
    blocks.push(Block::Links(vec![DeskLink::to(desk.visit.path(back), desk.t("desk-back"))]));
    desk.page(DeskFrame { title: desk.t(label), ..desk.frame(PART) }, blocks)
}

/// POST /admin/people/{subject}/sessions/{sid}/end.
pub async fn end_session(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    path: Path<(String, String)>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let (subject, sid) = path.into_inner();
    either(session_ended(&desk, subject, sid, payload).await)
}

async fn session_ended(desk: &Desk<'_>, subject: String, sid: String, payload: Payload) -> Shown {
    desk.form(payload).await?;
    let back = path_of(&subject);
    people::sign_out(desk.visit.means, Who::Subject(subject), Some(sid), desk.origin())
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    Ok(desk.done(&back))
}

/// POST /admin/people/{subject}/grants/{id}/revoke.
pub async fn revoke_grant(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    path: Path<(String, i64)>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let (subject, id) = path.into_inner();
    either(grant_revoked(&desk, &subject, id, payload).await)
}

async fn grant_revoked(desk: &Desk<'_>, subject: &str, id: i64, payload: Payload) -> Shown {
    desk.form(payload).await?;
    grants::revoke(desk.visit.means, id, desk.origin()).await.map_err(|failure| desk.fail(PART, failure))?;
    Ok(desk.done(&path_of(subject)))
}
