//! `/admin/invitations`: who was invited to make an account, and links for others.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::people::{BASE as PEOPLE, PART};
use super::person_actions::link_page;
use super::{Desk, Operator, Shown, either, segment, words};
use crate::clock::Seconds;
use crate::config::SignUp;
use crate::flow::Means;
use crate::flow::administer::Refusal;
use crate::flow::administer::accounts::{self, Invitation, NewInvitation};
use crate::protocol::params::Params;
use crate::texts;
use crate::web::pages::desk::DeskFrame;
use crate::web::pages::desk_blocks::{Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable, Field};

pub(super) const BASE: &str = "/admin/invitations";
const NEW: &str = "/admin/new-invitation";
const DAY: Seconds = 86_400;

/// GET /admin/invitations.
pub async fn list(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(listed(&desk).await)
}

async fn listed(desk: &Desk<'_>) -> Shown {
    let found = accounts::invitations(desk.visit.means).await.map_err(|failure| desk.fail(PART, failure))?;
    let table = DeskTable {
        id: "invitations",
        heading: desk.t("people-invitations-list"),
        heads: desk.heads(["people-email", "people-groups", "desk-expires", "desk-action"]),
        rows: found.into_iter().map(|it| row(desk, it)).collect(),
        empty: desk.t("people-invitations-none"),
        next: None,
    };
    let mut links = vec![DeskLink::to(desk.visit.path(PEOPLE), desk.t("desk-back"))];
    let mut blocks = Vec::new();
    if desk.visit.config().accounts.sign_up == SignUp::Off {
        blocks.push(Block::Notice("warn", desk.t("people-invitations-off")));
    } else {
        links.insert(0, DeskLink::main(desk.visit.path(NEW), desk.t("people-invitation-new")));
    }
    blocks.extend([Block::Links(links), Block::Table(table)]);
    Ok(desk.page(DeskFrame { title: desk.t("people-invitations"), ..desk.frame(PART) }, blocks))
}

fn row(desk: &Desk<'_>, invitation: Invitation) -> DeskRow {
    let path = format!("{BASE}/{}/revoke", segment(&invitation.id));
    let how = if invitation.mailed { "people-invitation-mailed" } else { "people-invitation-shown" };
    let whom = invitation.email.unwrap_or_else(|| "–".to_owned());
    DeskRow {
        cells: vec![
            Cell::text(whom.clone()).note(desk.t(how)),
            Cell::text(invitation.groups.join(" ")),
            Cell::time(Some(invitation.expires_at)),
        ],
        button: Some(desk.button_to(&path, "people-invitation-revoke", whom)),
    }
}

/// GET /admin/new-invitation.
pub async fn new(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    new_page(&desk, &Params::default(), None)
}

fn new_page(desk: &Desk<'_>, typed: &Params, error: Option<Refusal>) -> HttpResponse {
    let texts = desk.visit.texts;
    let value = |name: &str| typed.get(name).unwrap_or_default();
    let usual = texts.length(desk.visit.config().accounts.invitation_lifetime);
    let languages = texts::choices().map(|(tag, name)| (tag.to_owned(), name.to_owned())).collect();
    let locale = typed.get("locale").unwrap_or_else(|| texts.tag());
    let mut fields = vec![
        Field::line("email", desk.t("people-email"), value("email"))
            .hint(desk.t("people-invitation-email-hint")),
        Field::line("groups", desk.t("people-groups"), value("groups")).hint(desk.t("people-groups-hint")),
        Field::number("lifetime", desk.t("people-invitation-days"), value("lifetime")).hint(texts.with(
            "people-invitation-days-hint",
            "usual",
            &usual,
        )),
    ];
    if desk.visit.means.mailer.can_send() {
        fields.push(Field::choice("locale", desk.t("people-invitation-language"), locale, languages));
        fields.push(Field::check("show", desk.t("people-reset-link-show"), value("show") == "yes"));
    }
    let form = DeskForm {
        id: "invitation",
        lead: Some(desk.t("people-invitation-lead")),
        fields,
        submit: desk.t("people-invitation-new"),
        cancel: Some(DeskLink::to(desk.visit.path(BASE), desk.t("desk-cancel"))),
        ..desk.form_to(NEW)
    };
    desk.form_page(PART, desk.t("people-invitation-new"), form, error)
}

/// POST /admin/new-invitation.
pub async fn invite(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(invited(&desk, payload).await)
}

async fn invited(desk: &Desk<'_>, payload: Payload) -> Shown {
    let typed = desk.form(payload).await?;
    let given = |name: &str| typed.get(name).map(str::trim).filter(|text| !text.is_empty());
    let wanted = NewInvitation {
        email: given("email").map(str::to_owned),
        groups: words(typed.get("groups")),
        locale: given("locale").map(str::to_owned),
        // What is no number is no length that is allowed, and refused as such.
        lifetime: given("lifetime").map(|days| days.parse::<Seconds>().unwrap_or(0).saturating_mul(DAY)),
        show: typed.get("show") == Some("yes"),
    };
    match desk.settled(accounts::invite(desk.visit.means, wanted, desk.origin())).await? {
        Ok(issued) => Ok(link_page(desk, "people-invitation-link", issued, BASE)),
        Err(refusal) => Err(new_page(desk, &typed, Some(refusal))),
    }
}

/// POST /admin/invitations/{id}/revoke.
pub async fn revoke(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(revoked(&desk, id.into_inner(), payload).await)
}

async fn revoked(desk: &Desk<'_>, id: String, payload: Payload) -> Shown {
    desk.form(payload).await?;
    accounts::revoke_invitation(desk.visit.means, id, desk.origin())
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    Ok(desk.done(BASE))
}
