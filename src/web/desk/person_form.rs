//! `/admin/new-person` and `/admin/people/{subject}/edit`: the forms that make and change a person.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Map, Value};

use super::people::{BASE, NEW, PART, as_lines, found, path_of};
use super::{Desk, Operator, Shown, either, words};
use crate::flow::Means;
use crate::flow::administer::Refusal;
use crate::flow::administer::attributes::of_kind;
use crate::flow::administer::people::Who;
use crate::flow::administer::persons::{self, PersonPatch, PersonRequest, PersonView};
use crate::protocol::claims;
use crate::protocol::params::Params;
use crate::texts::{Message, say};
use crate::web::pages::desk_blocks::{DeskForm, DeskLink, Field};

/// GET /admin/new-person.
pub async fn new(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    new_page(&desk, &Params::default(), None)
}

fn new_page(desk: &Desk<'_>, typed: &Params, error: Option<Refusal>) -> HttpResponse {
    let value = |name: &str| typed.get(name).unwrap_or_default();
    let form = DeskForm {
        id: "person",
        lead: Some(desk.t("people-new-lead")),
        fields: vec![
            Field::line("name", desk.t("people-name"), value("name")),
            Field::line("email", desk.t("people-email"), value("email")),
            Field::check("email_verified", desk.t("people-email-known"), value("email_verified") == "yes"),
            Field::line("groups", desk.t("people-groups"), value("groups"))
                .hint(desk.t("people-groups-hint")),
            Field::check(
                "is_administrator",
                desk.t("people-administers"),
                value("is_administrator") == "yes",
            ),
            Field::check(
                "requires_second_factor",
                desk.t("people-second-factor"),
                value("requires_second_factor") == "yes",
            ),
        ],
        submit: desk.t("people-new"),
        cancel: Some(DeskLink::to(desk.visit.path(BASE), desk.t("desk-cancel"))),
        ..desk.form_to(NEW)
    };
    desk.form_page(PART, desk.t("people-new"), form, error)
}

/// POST /admin/new-person.
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
    let is_ticked = |name: &str| typed.get(name) == Some("yes");
    let wanted = PersonRequest {
        name: typed.get("name").unwrap_or_default().to_owned(),
        email: typed.get("email").map(str::to_owned),
        email_verified: is_ticked("email_verified"),
        groups: words(typed.get("groups")),
        is_administrator: is_ticked("is_administrator"),
        requires_second_factor: is_ticked("requires_second_factor"),
        ..PersonRequest::default()
    };
    match desk.settled(persons::create(desk.visit.means, wanted, desk.origin())).await? {
        Ok(person) => Ok(desk.done(&path_of(&person.subject))),
        Err(refusal) => Err(new_page(desk, &typed, Some(refusal))),
    }
}

/// GET /admin/people/{subject}/edit.
pub async fn edit(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    subject: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(found(&desk, subject.into_inner()).await.map(|details| {
        let person = &details.person;
        let yes = |it: bool| if it { "yes" } else { "" };
        let known = [
            ("email", person.email.clone().unwrap_or_default()),
            ("email_verified", yes(person.email_verified).to_owned()),
            ("groups", person.groups.join(" ")),
            ("claims", as_lines(&person.claims)),
            ("attributes", as_lines(&person.attributes)),
            ("is_administrator", yes(person.is_administrator).to_owned()),
            ("requires_second_factor", yes(person.requires_second_factor).to_owned()),
        ];
        edit_page(
            &desk,
            person,
            &|name| {
                known.iter().find(|(it, _)| *it == name).map(|(_, value)| value.clone()).unwrap_or_default()
            },
            None,
        )
    }))
}

fn edit_page(
    desk: &Desk<'_>,
    person: &PersonView,
    value: &dyn Fn(&str) -> String,
    error: Option<Refusal>,
) -> HttpResponse {
    let path = format!("{}/edit", path_of(&person.subject));
    let is_ticked = |name: &str| value(name) == "yes";
    let lines = desk.t("people-lines-hint");
    let form = DeskForm {
        id: "person",
        fields: vec![
            Field::line("email", desk.t("people-email"), &value("email")),
            Field::check("email_verified", desk.t("people-email-known"), is_ticked("email_verified")),
            Field::line("groups", desk.t("people-groups"), &value("groups"))
                .hint(desk.t("people-groups-hint")),
            Field::area("claims", desk.t("people-claims"), &value("claims")).hint(lines.clone()),
            Field::area("attributes", desk.t("desk-attributes-title"), &value("attributes")).hint(lines),
            Field::check("is_administrator", desk.t("people-administers"), is_ticked("is_administrator")),
            Field::check(
                "requires_second_factor",
                desk.t("people-second-factor"),
                is_ticked("requires_second_factor"),
            ),
        ],
        submit: desk.t("desk-save"),
        cancel: Some(DeskLink::to(desk.visit.path(&path_of(&person.subject)), desk.t("desk-cancel"))),
        ..desk.form_to(&path)
    };
    desk.form_page(PART, person.name.clone(), form, error)
}

/// POST /admin/people/{subject}/edit.
pub async fn put(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    subject: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(changed(&desk, subject.into_inner(), payload).await)
}

async fn changed(desk: &Desk<'_>, subject: String, payload: Payload) -> Shown {
    let typed = desk.form(payload).await?;
    let person = found(desk, subject.clone()).await?.person;
    let again = |refusal: Refusal| {
        edit_page(desk, &person, &|name| typed.get(name).unwrap_or_default().to_owned(), Some(refusal))
    };
    let patch = patch(desk, &person, &typed).map_err(&again)?;
    let asked = persons::change(desk.visit.means, Who::Subject(subject.clone()), patch, desk.origin());
    match desk.settled(asked).await? {
        Ok(_) => Ok(desk.done(&path_of(&subject))),
        Err(refusal) => Err(again(refusal)),
    }
}

/// Everything that the form holds; a line that is gone removes what it was about.
fn patch(desk: &Desk<'_>, person: &PersonView, typed: &Params) -> Result<PersonPatch, Refusal> {
    let is_ticked = |name: &str| Some(typed.get(name) == Some("yes"));
    let published = desk.visit.means.published();
    let scopes = &desk.visit.config().scopes;
    let claims = lines(typed, ("claims", &person.claims), |name, text| {
        claims::typed(name, text, scopes).map_err(|fault| persons::claim_fault(fault, name))
    })?;
    let attributes = lines(typed, ("attributes", &person.attributes), |name, text| {
        let attribute = published.attributes.iter().find(|attribute| attribute.name == name);
        let attribute =
            attribute.ok_or_else(|| say("refused-no-attribute").with("name", name).about("attributes"))?;
        attribute.kind.typed(text).ok_or_else(|| of_kind(attribute.kind, name))
    })?;
    let email = typed.get("email").map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(PersonPatch {
        email: Some(email),
        email_verified: is_ticked("email_verified"),
        claims,
        attributes,
        groups: Some(words(typed.get("groups"))),
        is_administrator: is_ticked("is_administrator"),
        requires_second_factor: is_ticked("requires_second_factor"),
    })
}

/// What stands on the lines, and null for what stood there before; a line that was not touched keeps its value.
fn lines(
    typed: &Params,
    (field, known): (&'static str, &Map<String, Value>),
    read: impl Fn(&str, &str) -> Result<Value, Message>,
) -> Result<Map<String, Value>, Refusal> {
    let before = as_lines(known);
    let mut found: Map<String, Value> = known.keys().map(|name| (name.clone(), Value::Null)).collect();
    for line in typed.get(field).unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, text) = line
            .split_once('=')
            .ok_or_else(|| Refusal::Invalid(say("refused-line-form").with("line", line).about(field)))?;
        let (name, text) = (name.trim(), text.trim());
        let is_untouched = before.lines().any(|old| old == line);
        let value = match known.get(name).filter(|_| is_untouched) {
            Some(value) => value.clone(),
            None => read(name, text).map_err(Refusal::Invalid)?,
        };
        found.insert(name.to_owned(), value);
    }
    Ok(found)
}
