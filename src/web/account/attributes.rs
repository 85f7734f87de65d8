//! GET and POST /account/attributes: what the operator knows of a person beside the standard profile, and what of it they change.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{Said, form, frame, posted};
use crate::flow::own_attributes::{self, OwnAttribute, OwnRefusal};
use crate::flow::{Actor, BrowserSession, Failure, Means};
use crate::protocol::attribute::AttributeKind;
use crate::protocol::params::Params;
use crate::web::page::Visit;
use crate::web::pages::account::AccountPart;
use crate::web::pages::own_attributes::{OwnAttributesPage, OwnFact, OwnField, OwnInput};
use crate::web::peer::origin;
use crate::web::signed_in::person;

const PART: AccountPart = AccountPart::Profile;
/// Where the page is, below the issuer's path.
pub const PATH: &str = "/account/attributes";

/// What is known.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    match person(&visit, PATH).await {
        Err(elsewhere) => elsewhere,
        Ok(session) => {
            visit.speak(None, session.user.locale.as_deref());
            let said = Said::of(&visit, &[("saved", "account-saved")]);
            show(&visit, &session, StatusCode::OK, None, said).await
        }
    }
}

/// Changes it.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let (session, params) = match posted(&mut visit, payload, PATH, PART).await {
        Ok(posted) => posted,
        Err(elsewhere) => return elsewhere,
    };
    let names = means.published();
    let typed: Vec<(String, String)> = names
        .attributes
        .iter()
        .filter(|attribute| attribute.editable_by_person)
        .filter_map(|attribute| Some((attribute.name.clone(), params.get(&attribute.name)?.to_owned())))
        .collect();
    let actor = Actor::User(session.user.subject.clone());
    match own_attributes::change(&means, session.user.id, typed, origin(&request, &means, actor)).await {
        Ok(()) => visit.go(&format!("{PATH}?done=saved")),
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => {
            let error = match refusal {
                OwnRefusal::Gone => visit.texts.t("account-refused-gone"),
                OwnRefusal::NotTheirs(name) | OwnRefusal::WrongKind(name) => {
                    let label = names.attributes.iter().find(|attribute| attribute.name == name);
                    let label = label.map_or(name.as_str(), |attribute| attribute.label.as_str());
                    visit.texts.with("people-own-wrong", "name", label)
                }
            };
            let said = Said { done: None, error: Some(error) };
            show(&visit, &session, StatusCode::UNPROCESSABLE_ENTITY, Some(&params), said).await
        }
    }
}

async fn show(
    visit: &Visit<'_>,
    session: &BrowserSession,
    status: StatusCode,
    typed: Option<&Params>,
    said: Said,
) -> HttpResponse {
    let known = match own_attributes::list(visit.means, session.user.id).await {
        Ok(known) => known,
        Err(error) => return visit.broken(&error),
    };
    let (editable, fixed): (Vec<_>, Vec<_>) = known.into_iter().partition(|attribute| attribute.is_editable);
    let mut frame = frame(visit, session, PART, said);
    frame.title = visit.texts.t("people-own-title");
    let page = OwnAttributesPage {
        chrome: visit.chrome(),
        frame,
        form: form(visit, PATH),
        fields: editable.into_iter().map(|attribute| field(visit, attribute, typed)).collect(),
        facts: fixed
            .into_iter()
            .map(|attribute| OwnFact { label: attribute.label, value: attribute.shown })
            .collect(),
    };
    visit.show(status, &page, None)
}

fn field(visit: &Visit<'_>, attribute: OwnAttribute, typed: Option<&Params>) -> OwnField {
    let value = typed.and_then(|typed| typed.get(&attribute.name)).unwrap_or(&attribute.shown).to_owned();
    OwnField {
        hint: (attribute.kind == AttributeKind::Texts).then(|| visit.texts.t("people-own-texts-hint")),
        input: match attribute.kind {
            AttributeKind::Number => OwnInput::Number,
            AttributeKind::Boolean => OwnInput::Choice,
            AttributeKind::Text | AttributeKind::Texts => OwnInput::Line,
        },
        name: attribute.name,
        label: attribute.label,
        value,
    }
}
