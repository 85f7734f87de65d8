//! `/admin/people`: who there is, and everything that is known of a person but their secrets.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use super::invitations::BASE as INVITATIONS;
use super::{Desk, Operator, Shown, either, segment};
use crate::flow::Means;
use crate::flow::administer::people::{self, Who};
use crate::flow::administer::persons::{self, Filter, PersonDetails, PersonView};
use crate::flow::administer::{groups, standing};
use crate::web::pages::desk::DeskPart;
use crate::web::pages::desk_blocks::{Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable, Facts, Field};

pub(super) const PART: DeskPart = DeskPart::People;
pub(super) const BASE: &str = "/admin/people";
pub(super) const NEW: &str = "/admin/new-person";
/// So many people stand on a page.
const PAGE: i64 = 50;
/// So many grants of a person are shown.
const MOST_GRANTS: i64 = 100;

/// The page of a person, below the issuer's path.
pub(super) fn path_of(subject: &str) -> String {
    format!("{BASE}/{}", segment(subject))
}

/// GET /admin/people.
pub async fn list(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(listed(&desk).await)
}

async fn listed(desk: &Desk<'_>) -> Shown {
    let query = desk.query();
    let value = |name: &str| query.get(name).unwrap_or_default().trim().to_owned();
    let (text, state, group) = (value("text"), value("state"), value("group"));
    let given = |text: &str| Some(text.to_owned()).filter(|it| !it.is_empty());
    let filter = Filter {
        text: given(&text),
        group: given(&group),
        is_disabled: match state.as_str() {
            "disabled" => Some(true),
            "active" => Some(false),
            _ => None,
        },
        is_administrator: (state == "administrator").then_some(true),
    };
    let token = query.get("page").filter(|token| !token.is_empty());
    let means = desk.visit.means;
    let page = persons::list(means, filter, PAGE, token).await.map_err(|failure| desk.fail(PART, failure))?;
    let all_groups = groups::list(means).await.map_err(|failure| desk.fail(PART, failure))?.groups;
    let next = page.next_page_token.map(|token| {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("text", &text), ("state", &state), ("group", &group), ("page", &token)])
            .finish();
        DeskLink::to(desk.visit.path(&format!("{BASE}?{query}")), desk.t("desk-next-page"))
    });
    let mut names = vec![(String::new(), desk.t("desk-any"))];
    names.extend(all_groups.into_iter().map(|group| (group.name.clone(), group.name)));
    let states = [
        ("", "desk-any"),
        ("active", "desk-state-active"),
        ("disabled", "desk-state-disabled"),
        ("administrator", "people-administrators"),
    ];
    let search = DeskForm {
        id: "filter",
        action: desk.visit.path(BASE),
        fields: vec![
            Field::line("text", desk.t("people-text"), &text),
            Field::choice(
                "state",
                desk.t("desk-clients-state"),
                &state,
                states.map(|(value, key)| (value.to_owned(), desk.t(key))).to_vec(),
            ),
            Field::choice("group", desk.t("people-group"), &group, names),
        ],
        submit: desk.t("desk-filter"),
        ..DeskForm::default()
    };
    let table = DeskTable {
        id: "people",
        heading: desk.t("people-list"),
        heads: desk.heads([
            "desk-name",
            "people-email",
            "people-groups",
            "people-signed-in",
            "desk-clients-state",
        ]),
        rows: page.people.iter().map(|person| row(desk, person)).collect(),
        empty: desk.t("people-none"),
        next,
    };
    let links = vec![
        DeskLink::main(desk.visit.path(NEW), desk.t("people-new")),
        DeskLink::to(desk.visit.path(INVITATIONS), desk.t("people-invitations")),
    ];
    Ok(desk.page(desk.frame(PART), vec![Block::Links(links), Block::Search(search), Block::Table(table)]))
}

fn row(desk: &Desk<'_>, person: &PersonView) -> DeskRow {
    DeskRow::from(vec![
        Cell::link(person.name.clone(), desk.visit.path(&path_of(&person.subject))),
        Cell::text(person.email.clone().unwrap_or_default()),
        Cell::text(person.groups.join(", ")),
        Cell::time(person.signed_in_at),
        state(desk, person),
    ])
}

fn state(desk: &Desk<'_>, person: &PersonView) -> Cell {
    if person.disabled_at.is_some() {
        Cell::tag(desk.t("desk-state-disabled"), true)
    } else if person.is_administrator {
        Cell::tag(desk.t("people-administrator"), false)
    } else {
        Cell::tag(desk.t("desk-state-active"), false)
    }
}

/// GET /admin/people/{subject}.
pub async fn show(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    subject: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(shown(&desk, subject.into_inner()).await)
}

pub(super) async fn found(desk: &Desk<'_>, subject: String) -> Result<PersonDetails, HttpResponse> {
    persons::show(desk.visit.means, Who::Subject(subject)).await.map_err(|failure| desk.fail(PART, failure))
}

async fn shown(desk: &Desk<'_>, subject: String) -> Shown {
    let details = found(desk, subject.clone()).await?;
    let path = path_of(&subject);
    let to =
        |action: &str, key: &str| DeskLink::to(desk.visit.path(&format!("{path}/{action}")), desk.t(key));
    let switch = if details.person.disabled_at.is_some() {
        to("enable", "desk-client-enable")
    } else {
        to("disable", "desk-client-disable")
    };
    let mut links = vec![
        to("edit", "desk-edit"),
        to("reset-link", "people-reset-link"),
        to("reset-factors", "people-reset-factors"),
        to("sign-out", "people-sign-out"),
        to("revoke-grants", "people-revoke-grants"),
        switch,
        DeskLink::dangerous(desk.visit.path(&format!("{path}/delete")), desk.t("desk-delete")),
    ];
    if details.failed_sign_ins > 0 {
        links.insert(1, to("unblock", "people-unblock"));
    }
    let mut frame = desk.frame(PART);
    frame.title.clone_from(&details.person.name);
    let blocks = vec![
        Block::Links(links),
        Block::Facts(facts(desk, &details)),
        Block::Table(sessions(desk, &subject).await?),
        Block::Table(grants(desk, &subject).await?),
    ];
    Ok(desk.page(frame, blocks))
}

fn facts(desk: &Desk<'_>, details: &PersonDetails) -> Facts {
    let PersonDetails { person, has_password, must_have_second_factor, factors, failed_sign_ins } = details;
    let yes = |it: bool| desk.t(if it { "desk-yes" } else { "desk-no" });
    let or_dash = |text: String| if text.is_empty() { "–".to_owned() } else { text };
    let email = person.email.clone().map(|email| {
        let verified = desk.t(if person.email_verified { "people-verified" } else { "people-unverified" });
        format!("{email} ({verified})")
    });
    let rows = vec![
        (desk.t("desk-clients-state"), state(desk, person)),
        ("sub".to_owned(), Cell::code(person.subject.clone())),
        (desk.t("people-email"), Cell::text(or_dash(email.unwrap_or_default()))),
        (desk.t("people-groups"), Cell::text(or_dash(person.groups.join(", ")))),
        (desk.t("people-claims"), Cell::code(or_dash(as_lines(&person.claims)))),
        (desk.t("desk-attributes-title"), Cell::code(or_dash(as_lines(&person.attributes)))),
        (desk.t("people-password"), Cell::text(yes(*has_password))),
        (desk.t("people-passkeys"), Cell::number(factors.passkeys.len())),
        (desk.t("people-codes"), Cell::text(yes(factors.one_time_codes.is_some()))),
        (desk.t("people-recovery-codes"), Cell::number(factors.recovery_codes_left())),
        (desk.t("people-second-factor"), Cell::text(yes(*must_have_second_factor))),
        (desk.t("people-origin"), Cell::code(person.origin.clone())),
        (desk.t("people-made"), Cell::time(Some(person.created_at))),
        (desk.t("people-signed-in"), Cell::time(person.signed_in_at)),
        (desk.t("people-failed-sign-ins"), Cell::number(failed_sign_ins)),
    ];
    Facts { heading: None, rows }
}

async fn sessions(desk: &Desk<'_>, subject: &str) -> Result<DeskTable, HttpResponse> {
    let who = Who::Subject(subject.to_owned());
    let found = people::sessions(desk.visit.means, who).await.map_err(|failure| desk.fail(PART, failure))?;
    let row = |session: people::Session| {
        let path = format!("{}/sessions/{}/end", path_of(subject), segment(&session.sid));
        DeskRow {
            cells: vec![
                Cell::time(Some(session.authenticated_at)),
                Cell::time(Some(session.last_used_at)),
                Cell::text(session.address.unwrap_or_default()),
                Cell::text(session.user_agent.unwrap_or_default()),
            ],
            button: Some(desk.button_to(&path, "people-end", session.sid)),
        }
    };
    Ok(DeskTable {
        id: "sessions",
        heading: desk.t("people-sessions"),
        heads: desk.heads([
            "people-since",
            "desk-last-used",
            "people-address",
            "people-browser",
            "desk-action",
        ]),
        rows: found.sessions.into_iter().map(row).collect(),
        empty: desk.t("people-sessions-none"),
        next: None,
    })
}

async fn grants(desk: &Desk<'_>, subject: &str) -> Result<DeskTable, HttpResponse> {
    let who = Some(Who::Subject(subject.to_owned()));
    let found = standing::grants(desk.visit.means, who, MOST_GRANTS, None)
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    let row = |grant: standing::AllowedClient| {
        let path = format!("{}/grants/{}/revoke", path_of(subject), grant.id);
        let name = grant.client_name.unwrap_or_else(|| grant.client_id.clone());
        DeskRow {
            cells: vec![
                Cell::link(
                    name.clone(),
                    desk.visit.path(&format!("/admin/clients/{}", segment(&grant.client_id))),
                ),
                Cell::code(grant.scopes.join(" ")),
                Cell::time(Some(grant.created_at)),
                Cell::time(grant.last_used_at),
            ],
            button: Some(desk.button_to(&path, "desk-revoke", name)),
        }
    };
    Ok(DeskTable {
        id: "grants",
        heading: desk.t("people-grants"),
        heads: desk.heads(["people-client", "desk-scopes", "people-since", "desk-last-used", "desk-action"]),
        rows: found.grants.into_iter().map(row).collect(),
        empty: desk.t("people-grants-none"),
        next: None,
    })
}

/// `name=value`, each on a line.
pub(super) fn as_lines(known: &Map<String, Value>) -> String {
    let lines = known.iter().map(|(name, value)| match value {
        Value::String(text) => format!("{name}={text}"),
        Value::Array(texts) if texts.iter().all(Value::is_string) => {
            let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
            format!("{name}={}", texts.join(", "))
        }
        other => format!("{name}={other}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}
