//! GET and POST /account/profile.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::{Said, enter, form, frame, in_words, posted};
use crate::flow::account::{self, EDITABLE, Profile};
use crate::flow::{Actor, BrowserSession, Failure, Means};
use crate::texts::{self, Texts};
use crate::web::cookies;
use crate::web::login::add_cookie;
use crate::web::page::Visit;
use crate::web::pages::account::AccountPart;
use crate::web::pages::account_parts::{LocaleChoice, ProfileField, ProfilePage};
use crate::web::peer::origin;

const PART: AccountPart = AccountPart::Profile;

/// The names and the language.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    match enter(&mut visit, PART).await {
        Err(elsewhere) => elsewhere,
        Ok(session) => {
            let said = Said::of(&visit, &[("saved", "account-saved")]);
            let claim =
                |name: &str| session.user.claims.get(name).and_then(Value::as_str).unwrap_or_default();
            let profile = Profile {
                claims: EDITABLE.map(|name| claim(name).to_owned()),
                locale: session.user.locale.clone(),
            };
            show(&visit, &session, StatusCode::OK, profile, said)
        }
    }
}

/// Replaces them.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let (session, params) = match posted(&mut visit, payload, PART.path(), PART).await {
        Ok(posted) => posted,
        Err(elsewhere) => return elsewhere,
    };
    let profile = Profile {
        claims: EDITABLE.map(|name| params.get(name).unwrap_or_default().to_owned()),
        locale: params.get("locale").map(str::to_owned),
    };
    let from = origin(&request, &means, Actor::Anonymous);
    match account::change_profile(&means, &session, profile.clone(), from).await {
        Ok(()) => {
            let mut response = visit.go(&format!("{}?done=saved", PART.path()));
            // Otherwise what was chosen in this browser before would still come first.
            let chosen = profile.locale.as_deref().filter(|tag| !tag.is_empty());
            let cookie = match chosen {
                Some(tag) => cookies::locale(&means.config, tag),
                None => cookies::no_locale(&means.config),
            };
            add_cookie(&mut response, &cookie);
            response
        }
        Err(Failure::Broken(error)) => visit.broken(&error),
        Err(Failure::Refused(refusal)) => {
            let (status, error) = in_words(&visit, &refusal);
            show(&visit, &session, status, profile, Said { done: None, error: Some(error) })
        }
    }
}

fn show(
    visit: &Visit<'_>,
    session: &BrowserSession,
    status: StatusCode,
    profile: Profile,
    said: Said,
) -> HttpResponse {
    let chosen = profile.locale.unwrap_or_default();
    let locales: Vec<LocaleChoice> =
        texts::choices().map(|(tag, name)| LocaleChoice { tag, name, is_chosen: tag == chosen }).collect();
    let fields = EDITABLE.into_iter().zip(profile.claims).map(|(name, value)| ProfileField {
        name,
        label: label(visit.texts, name),
        autocomplete: autocomplete(name),
        value,
    });
    let page = ProfilePage {
        chrome: visit.chrome(),
        frame: frame(visit, session, PART, said),
        form: form(visit, PART.path()),
        fields: fields.collect(),
        is_browser_chosen: !locales.iter().any(|choice| choice.is_chosen),
        locales,
        further_href: visit
            .means
            .published()
            .attributes
            .iter()
            .any(|attribute| attribute.editable_by_person)
            .then(|| visit.path(super::attributes::PATH)),
    };
    visit.show(status, &page, None)
}

fn label(texts: Texts, claim: &str) -> String {
    match claim {
        "name" => texts.t("account-profile-name"),
        "given_name" => texts.t("account-profile-given-name"),
        "family_name" => texts.t("account-profile-family-name"),
        _ => texts.t("account-profile-nickname"),
    }
}

/// WCAG 1.3.5.
fn autocomplete(claim: &str) -> &'static str {
    match claim {
        "name" => "name",
        "given_name" => "given-name",
        "family_name" => "family-name",
        _ => "nickname",
    }
}
