//! `/admin/groups`: groups of people.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::people::path_of as path_of_person;
use super::{Desk, Operator, Shown, either, segment};
use crate::flow::Means;
use crate::flow::administer::Refusal;
use crate::flow::administer::groups::{self, GroupChange, GroupRequest, GroupView, MemberView};
use crate::flow::administer::people::Who;
use crate::protocol::params::Params;
use crate::web::pages::desk::{DeskFrame, DeskPart};
use crate::web::pages::desk_blocks::{Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable, Field};

const PART: DeskPart = DeskPart::Groups;
const BASE: &str = "/admin/groups";
/// So many members stand on a page.
const PAGE: i64 = 100;

fn path_of(name: &str) -> String {
    format!("{BASE}/{}", segment(name))
}

/// GET /admin/groups.
pub async fn list(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(listed(&desk, &Params::default(), None).await)
}

async fn listed(desk: &Desk<'_>, typed: &Params, error: Option<Refusal>) -> Shown {
    let found = groups::list(desk.visit.means).await.map_err(|failure| desk.fail(PART, failure))?;
    let row = |group: &GroupView| {
        let factor = desk.t(if group.requires_second_factor { "desk-yes" } else { "desk-no" });
        DeskRow::from(vec![
            Cell::link(group.name.clone(), desk.visit.path(&path_of(&group.name))),
            Cell::text(group.description.clone()),
            Cell::number(group.members),
            Cell::number(group.clients.len()),
            Cell::text(factor),
        ])
    };
    let table = DeskTable {
        id: "groups",
        heading: desk.t("people-groups-list"),
        heads: desk.heads([
            "desk-name",
            "people-description",
            "people-members",
            "desk-clients-title",
            "people-second-factor",
        ]),
        rows: found.groups.iter().map(row).collect(),
        empty: desk.t("people-groups-none"),
        next: None,
    };
    let value = |name: &str| typed.get(name).unwrap_or_default();
    let form = DeskForm {
        id: "group",
        heading: Some(desk.t("people-group-new")),
        lead: Some(desk.t("people-group-lead")),
        fields: vec![
            Field::line("name", desk.t("desk-name"), value("name")).hint(desk.t("people-group-name-hint")),
            Field::line("description", desk.t("people-description"), value("description")),
            Field::check(
                "requires_second_factor",
                desk.t("people-second-factor"),
                value("requires_second_factor") == "yes",
            ),
        ],
        submit: desk.t("people-group-new"),
        ..desk.form_to(BASE)
    };
    Ok(desk.page_with(desk.frame(PART), vec![Block::Table(table), Block::Form(form)], error))
}

/// POST /admin/groups.
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
    let GroupChange { description, requires_second_factor } = change_of(&typed);
    let name = typed.get("name").unwrap_or_default().trim().to_owned();
    let wanted = GroupRequest { name, description, requires_second_factor };
    match desk.settled(groups::add(desk.visit.means, wanted, desk.origin())).await? {
        Ok(group) => Ok(desk.done(&path_of(&group.name))),
        Err(refusal) => listed(desk, &typed, Some(refusal)).await,
    }
}

fn change_of(typed: &Params) -> GroupChange {
    GroupChange {
        description: typed.get("description").unwrap_or_default().to_owned(),
        requires_second_factor: typed.get("requires_second_factor") == Some("yes"),
    }
}

/// GET /admin/groups/{name}.
pub async fn show(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    name: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(shown(&desk, name.into_inner(), &Params::default(), None).await)
}

async fn shown(desk: &Desk<'_>, name: String, typed: &Params, error: Option<Refusal>) -> Shown {
    let means = desk.visit.means;
    let group = groups::show(means, name.clone()).await.map_err(|failure| desk.fail(PART, failure))?;
    let query = desk.query();
    let token = query.get("page").filter(|token| !token.is_empty());
    let page = groups::members(means, name.clone(), PAGE, token)
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    let (path, joining) = (path_of(&name), format!("{}/members", path_of(&name)));
    let leave = format!("{path}/remove-member");
    let row = |member: &MemberView| {
        let leave = format!("{leave}/{}", segment(&member.subject));
        DeskRow {
            cells: vec![
                Cell::link(member.name.clone(), desk.visit.path(&path_of_person(&member.subject))),
                Cell::time(Some(member.added_at)),
            ],
            button: Some(desk.button_to(&leave, "people-member-remove", member.name.clone())),
        }
    };
    let next = page.next_page_token.map(|token| {
        DeskLink::to(desk.visit.path(&format!("{path}?page={}", segment(&token))), desk.t("desk-next-page"))
    });
    let table = DeskTable {
        id: "members",
        heading: desk.t("people-members"),
        heads: desk.heads(["desk-name", "people-since", "desk-action"]),
        rows: page.members.iter().map(row).collect(),
        empty: desk.t("people-members-none"),
        next,
    };
    let join = DeskForm {
        id: "member",
        heading: Some(desk.t("people-member-add")),
        fields: vec![Field::line("person", desk.t("people-name"), typed.get("person").unwrap_or_default())],
        submit: desk.t("people-member-add"),
        ..desk.form_to(&joining)
    };
    let frame = DeskFrame { title: name, ..desk.frame(PART) };
    let mut blocks =
        vec![Block::Table(table), Block::Form(join), Block::Form(change_form(desk, &group, &path))];
    if !group.clients.is_empty() {
        let links = group.clients.iter().map(|client_id| {
            let path = format!("/admin/clients/{}/access", segment(client_id));
            DeskLink::to(desk.visit.path(&path), client_id.clone())
        });
        blocks.push(Block::Text(desk.t("people-group-clients")));
        blocks.push(Block::Links(links.collect()));
    }
    let delete = DeskLink::dangerous(desk.visit.path(&format!("{path}/delete")), desk.t("desk-delete"));
    blocks.push(Block::Links(vec![delete]));
    Ok(desk.page_with(frame, blocks, error))
}

fn change_form(desk: &Desk<'_>, group: &GroupView, path: &str) -> DeskForm {
    DeskForm {
        id: "group",
        heading: Some(desk.t("desk-edit")),
        fields: vec![
            Field::line("description", desk.t("people-description"), &group.description),
            Field::check(
                "requires_second_factor",
                desk.t("people-second-factor"),
                group.requires_second_factor,
            ),
        ],
        submit: desk.t("desk-save"),
        ..desk.form_to(path)
    }
}

/// POST /admin/groups/{name}.
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
    let asked = groups::change(desk.visit.means, name.clone(), change_of(&typed), desk.origin());
    match desk.settled(asked).await? {
        Ok(_) => Ok(desk.done(&path_of(&name))),
        Err(refusal) => shown(desk, name, &typed, Some(refusal)).await,
    }
}

/// POST /admin/groups/{name}/members.
pub async fn add_member(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    name: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(joined(&desk, name.into_inner(), payload).await)
}

async fn joined(desk: &Desk<'_>, name: String, payload: Payload) -> Shown {
    let typed = desk.form(payload).await?;
    let who = Who::Name(typed.get("person").unwrap_or_default().to_owned());
    match desk.settled(groups::add_member(desk.visit.means, name.clone(), who, desk.origin())).await? {
        Ok(()) => Ok(desk.done(&path_of(&name))),
        Err(refusal) => shown(desk, name, &typed, Some(refusal)).await,
    }
}

/// POST /admin/groups/{name}/remove-member/{subject}.
pub async fn remove_member(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    path: Path<(String, String)>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let (name, subject) = path.into_inner();
    either(left(&desk, name, subject, payload).await)
}

async fn left(desk: &Desk<'_>, name: String, subject: String, payload: Payload) -> Shown {
    desk.form(payload).await?;
    groups::remove_member(desk.visit.means, name.clone(), Who::Subject(subject), desk.origin())
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    Ok(desk.done(&path_of(&name)))
}

/// GET /admin/groups/{name}/delete.
pub async fn ask_delete(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    name: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(asked(&desk, name.into_inner()).await)
}

async fn asked(desk: &Desk<'_>, name: String) -> Shown {
    let group =
        groups::show(desk.visit.means, name.clone()).await.map_err(|failure| desk.fail(PART, failure))?;
    let lead = desk.visit.texts.count("people-group-delete-lead", group.members);
    let form = DeskForm {
        heading: Some(desk.t("desk-delete")),
        ..desk.ask("desk-delete", lead, true, &path_of(&name))
    };
    Ok(desk.form_page(PART, name, form, None))
}

/// POST /admin/groups/{name}/delete.
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
    groups::remove(desk.visit.means, name, desk.origin())
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    Ok(desk.done(BASE))
}
