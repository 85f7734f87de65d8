//! `/admin/providers`: OpenID providers by which people sign in, and who is linked to them.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::people::path_of as path_of_person;
use super::{Desk, Operator, Shown, either, segment};
use crate::flow::Means;
use crate::flow::administer::upstream::{self, LinkedUser, ProviderPeople, ProviderView};
use crate::web::pages::desk::{DeskFrame, DeskPart};
use crate::web::pages::desk_blocks::{Block, Cell, DeskLink, DeskRow, DeskTable, Facts};

pub(super) const PART: DeskPart = DeskPart::Providers;
pub(super) const BASE: &str = "/admin/providers";
pub(super) const NEW: &str = "/admin/new-provider";
/// So many people of a provider are shown.
const MOST_PEOPLE: i64 = 100;

/// The page of a provider, below the issuer's path.
pub(super) fn path_of(name: &str) -> String {
    format!("{BASE}/{}", segment(name))
}

/// The provider with its people.
pub(super) async fn found(desk: &Desk<'_>, name: String) -> Result<ProviderPeople, HttpResponse> {
    let found = upstream::people(desk.visit.means, name, MOST_PEOPLE).await;
    found.map_err(|failure| desk.fail(PART, failure))
}

/// GET /admin/providers.
pub async fn list(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(listed(&desk).await)
}

async fn listed(desk: &Desk<'_>) -> Shown {
    let found = upstream::list(desk.visit.means).await.map_err(|failure| desk.fail(PART, failure))?;
    let row = |provider: &ProviderView| {
        DeskRow::from(vec![
            Cell::link(provider.label.clone(), desk.visit.path(&path_of(&provider.name))),
            Cell::code(provider.issuer.clone()),
            state(desk, provider),
            Cell::number(provider.people),
            Cell::time(Some(provider.created_at)),
        ])
    };
    let table = DeskTable {
        id: "providers",
        heading: desk.t("desk-providers-list"),
        heads: desk.heads([
            "desk-provider-label",
            "desk-provider-issuer",
            "desk-clients-state",
            "desk-provider-people",
            "desk-provider-added",
        ]),
        rows: found.providers.iter().map(row).collect(),
        empty: desk.t("desk-providers-none"),
        next: None,
    };
    let blocks = vec![
        Block::Text(desk.t("desk-providers-lead")),
        Block::Links(vec![DeskLink::main(desk.visit.path(NEW), desk.t("desk-provider-new"))]),
        Block::Table(table),
    ];
    Ok(desk.page(desk.frame(PART), blocks))
}

fn state(desk: &Desk<'_>, provider: &ProviderView) -> Cell {
    match provider.disabled_at {
        Some(_) => Cell::tag(desk.t("desk-state-disabled"), true),
        None => Cell::tag(desk.t("desk-state-active"), false),
    }
}

/// GET /admin/providers/{name}.
pub async fn show(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    name: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(shown(&desk, name.into_inner()).await)
}

async fn shown(desk: &Desk<'_>, name: String) -> Shown {
    let ProviderPeople { provider, linked, .. } = found(desk, name).await?;
    let path = path_of(&provider.name);
    let to =
        |action: &str, key: &str| DeskLink::to(desk.visit.path(&format!("{path}/{action}")), desk.t(key));
    let switch = match provider.disabled_at {
        Some(_) => to("enable", "desk-client-enable"),
        None => to("disable", "desk-client-disable"),
    };
    let links = vec![
        to("edit", "desk-edit"),
        switch,
        DeskLink::dangerous(desk.visit.path(&format!("{path}/delete")), desk.t("desk-delete")),
    ];
    let blocks = vec![
        Block::Links(links),
        Block::Facts(facts(desk, &provider)),
        Block::Facts(rules(desk, &provider)),
        Block::Table(people(desk, &linked)),
    ];
    Ok(desk.page(DeskFrame { title: provider.label, ..desk.frame(PART) }, blocks))
}

fn facts(desk: &Desk<'_>, provider: &ProviderView) -> Facts {
    let secret = desk.t(if provider.has_client_secret { "desk-yes" } else { "desk-no" });
    let rows = vec![
        (desk.t("desk-clients-state"), state(desk, provider)),
        (desk.t("desk-provider-name"), Cell::code(provider.name.clone())),
        (desk.t("desk-provider-issuer"), Cell::code(provider.issuer.clone())),
        (desk.t("desk-provider-redirect-uri"), Cell::code(provider.redirect_uri.clone())),
        (desk.t("desk-client-id"), Cell::code(provider.client_id.clone())),
        (desk.t("desk-provider-has-secret"), Cell::text(secret)),
        (desk.t("desk-scopes"), Cell::code(provider.scopes.join(" "))),
        (desk.t("desk-provider-added"), Cell::time(Some(provider.created_at))),
    ];
    Facts { heading: None, rows }
}

fn rules(desk: &Desk<'_>, provider: &ProviderView) -> Facts {
    let rules = &provider.rules;
    let yes = |it: bool| Cell::text(desk.t(if it { "desk-yes" } else { "desk-no" }));
    let or = |words: &[String], none: String| if words.is_empty() { none } else { words.join(" ") };
    let rows = vec![
        (desk.t("desk-provider-create-accounts"), yes(rules.create_accounts)),
        (desk.t("desk-provider-link-by-email"), yes(rules.link_by_email)),
        (desk.t("desk-provider-domains"), Cell::text(or(&rules.email_domains, desk.t("desk-any")))),
        (desk.t("desk-provider-groups"), Cell::text(or(&rules.groups, "–".to_owned()))),
    ];
    Facts { heading: Some(desk.t("desk-provider-rules")), rows }
}

fn people(desk: &Desk<'_>, linked: &[LinkedUser]) -> DeskTable {
    let row = |it: &LinkedUser| {
        DeskRow::from(vec![
            Cell::link(it.name.clone(), desk.visit.path(&path_of_person(&it.subject))),
            Cell::text(it.shown_name.clone()),
            Cell::time(Some(it.created_at)),
            Cell::time(it.last_used_at),
        ])
    };
    DeskTable {
        id: "people",
        heading: desk.t("desk-provider-people"),
        heads: desk.heads(["desk-person", "desk-provider-known-as", "desk-since", "desk-last-used"]),
        rows: linked.iter().map(row).collect(),
        empty: desk.t("desk-provider-people-none"),
        next: None,
    }
}
