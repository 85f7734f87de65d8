//! `/admin/new-provider` and `/admin/providers/{name}/edit`: the forms that add and change a provider. A client secret is
//! typed and never shown.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::providers::{BASE, NEW, PART, found, path_of};
use super::{Desk, Operator, Shown, either, words};
use crate::flow::Means;
use crate::flow::administer::Refusal;
use crate::flow::administer::upstream::{self, ProviderChange, ProviderRequest, ProviderView};
use crate::flow::upstream::Rules;
use crate::protocol::params::Params;
use crate::web::pages::desk_blocks::{DeskForm, DeskLink, Field};

/// What a provider is asked for, unless the operator says something else.
const USUAL_SCOPES: &str = "openid profile email";

/// GET /admin/new-provider.
pub async fn new(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    new_page(&desk, &Params::default(), None)
}

fn new_page(desk: &Desk<'_>, typed: &Params, error: Option<Refusal>) -> HttpResponse {
    let value = |name: &str| typed.get(name).unwrap_or_default().to_owned();
    let mut fields = vec![
        Field::line("name", desk.t("desk-provider-name"), &value("name"))
            .hint(desk.t("desk-provider-name-hint")),
        Field::line("issuer", desk.t("desk-provider-issuer"), &value("issuer"))
            .hint(desk.t("desk-provider-issuer-hint")),
    ];
    let scopes = |name: &str| match name {
        "scopes" => typed.get(name).unwrap_or(USUAL_SCOPES).to_owned(),
        _ => value(name),
    };
    fields.extend(shared_fields(desk, &scopes, "desk-provider-secret-new-hint"));
    let uri = upstream::redirect_uri(desk.visit.means, "NAME");
    let form = DeskForm {
        id: "provider",
        lead: Some(desk.visit.texts.with("desk-provider-new-lead", "uri", &uri)),
        fields,
        submit: desk.t("desk-provider-new"),
        cancel: Some(DeskLink::to(desk.visit.path(BASE), desk.t("desk-cancel"))),
        ..desk.form_to(NEW)
    };
    desk.form_page(PART, desk.t("desk-provider-new"), form, error)
}

/// What can be changed later as well.
fn shared_fields(desk: &Desk<'_>, value: &dyn Fn(&str) -> String, secret_hint: &str) -> [Field; 8] {
    let is_ticked = |name: &str| value(name) == "yes";
    [
        Field::line("label", desk.t("desk-provider-label"), &value("label"))
            .hint(desk.t("desk-provider-label-hint")),
        Field::line("client_id", desk.t("desk-client-id"), &value("client_id"))
            .hint(desk.t("desk-provider-client-id-hint")),
        Field::secret("client_secret", desk.t("desk-provider-secret")).hint(desk.t(secret_hint)),
        Field::line("scopes", desk.t("desk-scopes"), &value("scopes")).hint(desk.t("desk-scopes-hint")),
        Field::check(
            "create_accounts",
            desk.t("desk-provider-create-accounts"),
            is_ticked("create_accounts"),
        ),
        Field::check("link_by_email", desk.t("desk-provider-link-by-email"), is_ticked("link_by_email"))
            .hint(desk.t("desk-provider-link-by-email-hint")),
        Field::line("email_domains", desk.t("desk-provider-domains"), &value("email_domains"))
            .hint(desk.t("desk-provider-domains-hint")),
        Field::line("groups", desk.t("desk-provider-groups"), &value("groups"))
            .hint(desk.t("people-groups-hint")),
    ]
}

/// What the form says. An empty secret is none.
fn change_of(typed: &Params) -> ProviderChange {
    let value = |name: &str| typed.get(name).unwrap_or_default().trim().to_owned();
    let is_ticked = |name: &str| typed.get(name) == Some("yes");
    ProviderChange {
        label: value("label"),
        client_id: value("client_id"),
        client_secret: Some(value("client_secret")).filter(|secret| !secret.is_empty()),
        scopes: words(typed.get("scopes")),
        rules: Rules {
            create_accounts: is_ticked("create_accounts"),
            link_by_email: is_ticked("link_by_email"),
            email_domains: words(typed.get("email_domains")),
            groups: words(typed.get("groups")),
        },
    }
}

/// POST /admin/new-provider.
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
    let value = |name: &str| typed.get(name).unwrap_or_default().trim().to_owned();
    let wanted = ProviderRequest { name: value("name"), issuer: value("issuer"), details: change_of(&typed) };
    match desk.settled(upstream::add(desk.visit.means, wanted, desk.origin())).await? {
        Ok(provider) => Ok(desk.done(&path_of(&provider.name))),
        Err(refusal) => Err(new_page(desk, &typed, Some(refusal))),
    }
}

/// GET /admin/providers/{name}/edit.
pub async fn edit(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    name: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(found(&desk, name.into_inner()).await.map(|found| {
        let provider = &found.provider;
        edit_page(&desk, provider, &|name| known(provider, name), None)
    }))
}

/// What the field of this name holds before anybody changed it.
fn known(provider: &ProviderView, name: &str) -> String {
    let rules = &provider.rules;
    let yes = |it: bool| if it { "yes".to_owned() } else { String::new() };
    match name {
        "label" => provider.label.clone(),
        "client_id" => provider.client_id.clone(),
        "scopes" => provider.scopes.join(" "),
        "create_accounts" => yes(rules.create_accounts),
        "link_by_email" => yes(rules.link_by_email),
        "email_domains" => rules.email_domains.join(" "),
        "groups" => rules.groups.join(" "),
        _ => String::new(),
    }
}

fn edit_page(
    desk: &Desk<'_>,
    provider: &ProviderView,
    value: &dyn Fn(&str) -> String,
    error: Option<Refusal>,
) -> HttpResponse {
    let path = path_of(&provider.name);
    let secret_hint = if provider.has_client_secret {
        "desk-provider-secret-kept-hint"
    } else {
        "desk-provider-secret-new-hint"
    };
    let form = DeskForm {
        id: "provider",
        fields: shared_fields(desk, value, secret_hint).to_vec(),
        submit: desk.t("desk-save"),
        cancel: Some(DeskLink::to(desk.visit.path(&path), desk.t("desk-cancel"))),
        ..desk.form_to(&format!("{path}/edit"))
    };
    desk.form_page(PART, format!("{} · {}", desk.t("desk-edit"), provider.label), form, error)
}

/// POST /admin/providers/{name}/edit.
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
    let provider = found(desk, name.clone()).await?.provider;
    let asked = upstream::replace(desk.visit.means, name.clone(), change_of(&typed), desk.origin());
    match desk.settled(asked).await? {
        Ok(_) => Ok(desk.done(&path_of(&name))),
        Err(refusal) => {
            let value = |name: &str| typed.get(name).unwrap_or_default().to_owned();
            Err(edit_page(desk, &provider, &value, Some(refusal)))
        }
    }
}
