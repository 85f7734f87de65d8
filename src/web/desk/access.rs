//! `/admin/clients/{client_id}/access`: for whom a client is.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::clients::{PART, details, name_of, path_of};
use super::{Desk, Operator, Shown, either, words};
use crate::flow::Means;
use crate::flow::administer::Refusal;
use crate::flow::administer::client_access::{self, Access};
use crate::flow::administer::clients::ClientView;
use crate::protocol::acr::{self, Acr};
use crate::web::pages::desk_blocks::{DeskForm, DeskLink, Field};

/// GET `/admin/clients/{client_id}/access`.
pub async fn get(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    client_id: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(shown(&desk, client_id.into_inner()).await)
}

async fn shown(desk: &Desk<'_>, client_id: String) -> Shown {
    let access = client_access::show(desk.visit.means, client_id.clone())
        .await
        .map_err(|failure| desk.fail(PART, failure))?;
    let client = details(desk, &client_id).await?.client;
    Ok(page(desk, &client, &access, None))
}

fn page(desk: &Desk<'_>, client: &ClientView, access: &Access, error: Option<Refusal>) -> HttpResponse {
    let back = path_of(&client.client_id);
    let path = format!("{back}/access");
    let levels =
        [("", "desk-any"), (Acr::One.as_str(), "people-acr-one"), (Acr::Two.as_str(), "people-acr-two")]
            .into_iter()
            .chain([(Acr::PhishingResistant.as_str(), "people-acr-passkey")])
            .map(|(value, key)| (value.to_owned(), desk.t(key)));
    let form = DeskForm {
        id: "access",
        lead: Some(desk.t("people-access-lead")),
        fields: vec![
            Field::check("limited", desk.t("people-access-limited"), access.groups.is_some()),
            Field::line(
                "groups",
                desk.t("people-groups"),
                &access.groups.clone().unwrap_or_default().join(" "),
            )
            .hint(desk.t("people-groups-hint")),
            Field::choice(
                "least_acr",
                desk.t("people-acr"),
                access.least_acr.as_deref().unwrap_or_default(),
                levels.collect(),
            ),
        ],
        submit: desk.t("desk-save"),
        cancel: Some(DeskLink::to(desk.visit.path(&back), desk.t("desk-cancel"))),
        ..desk.form_to(&path)
    };
    desk.form_page(PART, format!("{} · {}", desk.t("people-access"), name_of(client)), form, error)
}

/// POST `/admin/clients/{client_id}/access`.
pub async fn put(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    client_id: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(changed(&desk, client_id.into_inner(), payload).await)
}

async fn changed(desk: &Desk<'_>, client_id: String, payload: Payload) -> Shown {
    let typed = desk.form(payload).await?;
    let names = words(typed.get("groups"));
    let wanted = Access {
        // Groups without the tick: rather for too few than for too many.
        groups: (typed.get("limited") == Some("yes") || !names.is_empty()).then_some(names),
        least_acr: typed
            .get("least_acr")
            .filter(|level| acr::ALL.iter().any(|known| known.as_str() == *level))
            .map(str::to_owned),
    };
    let asked = client_access::change(desk.visit.means, client_id.clone(), wanted.clone(), desk.origin());
    match desk.settled(asked).await? {
        Ok(_) => Ok(desk.done(&format!("{}/access", path_of(&client_id)))),
        Err(refusal) => {
            let client = details(desk, &client_id).await?.client;
            Err(page(desk, &client, &wanted, Some(refusal)))
        }
    }
}
