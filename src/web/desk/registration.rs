//! `/admin/registration`: who may register, with which tokens, who was refused and why, and what nobody uses.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::{Desk, Operator, Shown, clients, either, unreadable};
use crate::config::RegistrationMode;
use crate::flow::Means;
use crate::flow::administer::Refusal;
use crate::flow::administer::lifecycle;
use crate::flow::administer::overview::{self, Refused};
use crate::flow::administer::registration::{
    self, DryRunRequest, InitialAccessTokenRequest, InitialAccessTokenView,
};
use crate::protocol::json;
use crate::protocol::params::Params;
use crate::texts::{Message, say};
use crate::web::pages::desk::{DeskFrame, DeskPart};
use crate::web::pages::desk_blocks::{
    Block, Cell, DeskForm, DeskLink, DeskRow, DeskTable, Facts, Field, moment,
};

const PART: DeskPart = DeskPart::Registration;
const BASE: &str = "/admin/registration";
const NEW: &str = "/admin/registration/tokens/new";
const SWEEP: &str = "/admin/registration/sweep";
const CHECK: &str = "/admin/registration/check";
const HOUR: i64 = 3600;

/// GET /admin/registration.
pub async fn get(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(shown(&desk).await)
}

async fn shown(desk: &Desk<'_>) -> Shown {
    let means = desk.visit.means;
    let failed = |failure| desk.fail(PART, failure);
    let tokens = registration::tokens(means).await.map_err(failed)?;
    let refused = overview::refused_registrations(means).await.map_err(failed)?;
    let to = |path: &str, key: &str| DeskLink::to(desk.visit.path(path), desk.t(key));
    let links = vec![
        DeskLink::main(desk.visit.path(NEW), desk.t("desk-token-new")),
        to(CHECK, "desk-check"),
        to(SWEEP, "desk-sweep"),
    ];
    let blocks = vec![
        Block::Facts(mode(desk)),
        Block::Links(links),
        Block::Table(tokens_table(desk, &tokens.initial_access_tokens)),
        Block::Table(refused_table(desk, &refused)),
        Block::Table(policies_table(desk)),
    ];
    Ok(desk.page(desk.frame(PART), blocks))
}

fn mode(desk: &Desk<'_>) -> Facts {
    let settings = &desk.visit.config().registration;
    let mode = match settings.mode {
        RegistrationMode::Open => "desk-mode-open",
        RegistrationMode::InitialAccessToken => "desk-mode-token",
        RegistrationMode::AuthenticatedUser => "desk-mode-user",
        RegistrationMode::Off => "desk-mode-off",
    };
    let setting = |key: &str| {
        let found = desk.visit.config().shown.iter().find(|it| it.setting.key == key);
        Cell::code(found.and_then(|it| it.value.clone()).unwrap_or_else(|| "–".to_owned()))
    };
    let mut rows = vec![(desk.t("desk-mode"), Cell::text(desk.t(mode)))];
    for key in [
        "registration.mode",
        "registration.max_clients",
        "registration.budget.per_minute",
        "registration.never_used_lifetime",
        "registration.idle_lifetime",
        "registration.undo",
        "client_documents.enabled",
    ] {
        rows.push((key.to_owned(), setting(key)));
    }
    Facts { heading: None, rows }
}

fn tokens_table(desk: &Desk<'_>, tokens: &[InitialAccessTokenView]) -> DeskTable {
    let now = desk.visit.means.clock.now();
    let row = |token: &InitialAccessTokenView| {
        let is_over = token.expires_at.is_some_and(|at| at <= now) || token.uses_left == Some(0);
        let (state, is_live) = match token.revoked_at {
            Some(_) => ("desk-token-revoked", false),
            None if is_over => ("desk-token-over", false),
            None => ("desk-token-live", true),
        };
        let action = format!("/admin/registration/tokens/{}/revoke", token.id);
        let name = if token.name.is_empty() { format!("#{}", token.id) } else { token.name.clone() };
        DeskRow {
            cells: vec![
                Cell::text(name.clone()),
                Cell::tag(desk.t(state), !is_live),
                Cell::text(token.policy.clone().unwrap_or_else(|| "–".to_owned())),
                Cell::number(token.uses_left.map_or_else(|| "∞".to_owned(), |uses| uses.to_string())),
                Cell::number(token.clients),
                Cell::text(token.expires_at.map_or_else(|| desk.t("desk-never"), moment)),
            ],
            button: is_live.then(|| desk.button_to(&action, "desk-revoke", name)),
        }
    };
    DeskTable {
        id: "tokens",
        heading: desk.t("desk-tokens"),
        heads: desk.heads([
            "desk-name",
            "desk-clients-state",
            "desk-policy",
            "desk-token-uses",
            "desk-token-clients",
            "desk-expires",
            "desk-action",
        ]),
        rows: tokens.iter().rev().map(row).collect(),
        empty: desk.t("desk-tokens-none"),
        next: None,
    }
}

fn refused_table(desk: &Desk<'_>, refused: &[Refused]) -> DeskTable {
    let row = |it: &Refused| {
        DeskRow::from(vec![
            Cell::time(Some(it.last_at)),
            Cell::code(it.reason.clone()),
            Cell::code(it.network.clone()),
            Cell::number(it.count),
        ])
    };
    DeskTable {
        id: "refused",
        heading: desk.t("desk-refused"),
        heads: desk.heads(["desk-refused-last", "desk-reason", "desk-refused-network", "desk-refused-count"]),
        rows: refused.iter().map(row).collect(),
        empty: desk.t("desk-refused-none"),
        next: None,
    }
}

fn policies_table(desk: &Desk<'_>) -> DeskTable {
    let found = registration::policies(desk.visit.means);
    let row = |policy: &registration::PolicyView| {
        let grants: Vec<&str> = policy.grant_types.iter().map(|grant| grant.as_str()).collect();
        DeskRow::from(vec![
            Cell::text(policy.name.clone()),
            Cell::code(policy.scopes.to_string()),
            Cell::code(grants.join(" ")),
            Cell::text(desk.t(if policy.approval_required { "desk-yes" } else { "desk-no" })),
            Cell::code(policy.limits.to_string()),
        ])
    };
    DeskTable {
        id: "policies",
        heading: desk.t("desk-policies"),
        heads: desk.heads([
            "desk-policy",
            "desk-scopes",
            "desk-grant-types",
            "desk-policy-approval",
            "desk-policy-limits",
        ]),
        rows: found.policies.iter().map(row).collect(),
        empty: String::new(),
        next: None,
    }
}

/// GET /admin/registration/tokens/new.
pub async fn new_token(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    token_page(&desk, &Params::default(), None)
}

fn token_page(desk: &Desk<'_>, typed: &Params, error: Option<Refusal>) -> HttpResponse {
    let word = |name: &str, otherwise: &'static str| typed.get(name).unwrap_or(otherwise).to_owned();
    let mut policies = vec![(String::new(), desk.t("desk-token-no-policy"))];
    policies.extend(
        desk.visit.config().registration.policies.iter().map(|it| (it.name.clone(), it.name.clone())),
    );
    let form = DeskForm {
        id: "token",
        fields: vec![
            Field::line("name", desk.t("desk-name"), &word("name", "")),
            Field::number("uses", desk.t("desk-token-uses"), &word("uses", "1"))
                .hint(desk.t("desk-token-uses-hint")),
            Field::number("lifetime", desk.t("desk-token-lifetime"), &word("lifetime", "24"))
                .hint(desk.t("desk-token-lifetime-hint")),
            Field::choice("policy", desk.t("desk-policy"), &word("policy", ""), policies),
            Field::line("scopes", desk.t("desk-scopes"), &word("scopes", ""))
                .hint(desk.t("desk-token-words-hint")),
            Field::line("grant_types", desk.t("desk-grant-types"), &word("grant_types", ""))
                .hint(desk.t("desk-token-words-hint")),
        ],
        submit: desk.t("desk-token-new"),
        cancel: Some(DeskLink::to(desk.visit.path(BASE), desk.t("desk-cancel"))),
        ..desk.form_to(NEW)
    };
    desk.form_page(PART, desk.t("desk-token-new"), form, error)
}

/// A number that may be left out; what is none is refused in these words.
fn number(typed: &Params, name: &'static str, wrong: Message) -> Result<Option<i64>, Refusal> {
    match typed.get(name).map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| Refusal::Invalid(wrong.about(name))),
    }
}

fn token_request(typed: &Params) -> Result<InitialAccessTokenRequest, Refusal> {
    let word = |name: &str| typed.get(name).map(str::trim).filter(|text| !text.is_empty());
    let listed = |name: &str| word(name).map(|text| text.split_whitespace().map(str::to_owned).collect());
    Ok(InitialAccessTokenRequest {
        name: word("name").unwrap_or_default().to_owned(),
        uses: number(typed, "uses", say("refused-uses"))?,
        lifetime: number(typed, "lifetime", say("refused-whole-hours"))?
            .map(|hours| hours.saturating_mul(HOUR)),
        scopes: listed("scopes"),
        grant_types: listed("grant_types"),
        policy: word("policy").map(str::to_owned),
    })
}

/// POST /admin/registration/tokens/new.
pub async fn issue_token(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(issued(&desk, payload).await)
}

async fn issued(desk: &Desk<'_>, payload: Payload) -> Shown {
    let typed = desk.form(payload).await?;
    let again = |error| token_page(desk, &typed, Some(error));
    let asked =
        registration::issue_token(desk.visit.means, token_request(&typed).map_err(again)?, desk.origin());
    let issued = desk.settled(asked).await?.map_err(again)?;
    let back = vec![DeskLink::main(desk.visit.path(BASE), desk.t("desk-go-on"))];
    let secret = Block::Secret("initial_access_token".to_owned(), issued.initial_access_token);
    let frame = DeskFrame { title: desk.t("desk-token-new"), ..desk.frame(PART) };
    Ok(desk.page(frame, vec![secret, Block::Links(back)]))
}

/// POST /admin/registration/tokens/{id}/revoke.
pub async fn revoke_token(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    id: Path<i64>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    if let Err(stale) = desk.form(payload).await {
        return stale;
    }
    match registration::revoke_token(&means, id.into_inner(), desk.origin()).await {
        Ok(()) => desk.done(BASE),
        Err(failure) => desk.fail(PART, failure),
    }
}

/// GET /admin/registration/sweep: what would go.
pub async fn preview_sweep(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(previewed(&desk).await)
}

async fn previewed(desk: &Desk<'_>) -> Shown {
    let due = lifecycle::preview_sweep(desk.visit.means).await.map_err(|failure| desk.fail(PART, failure))?;
    let mut frame = desk.frame(PART);
    frame.title = desk.t("desk-sweep");
    let row = |it: &crate::flow::client_sweep::Due| {
        DeskRow::from(vec![
            Cell::code(it.client_id.clone()),
            Cell::text(clients::source_label(desk, it.source)),
            Cell::code(it.reason),
            Cell::time(Some(it.registered_at)),
            Cell::time(it.last_used_at),
        ])
    };
    let table = DeskTable {
        id: "due",
        heading: desk.t("desk-sweep-due"),
        heads: desk.heads([
            "desk-client-id",
            "desk-clients-source",
            "desk-reason",
            "desk-registered",
            "desk-last-used",
        ]),
        rows: due.clients.iter().take(200).map(row).collect(),
        empty: desk.t("desk-sweep-none"),
        next: None,
    };
    let mut blocks = vec![Block::Facts(swept(desk, &due)), Block::Table(table)];
    if due.never_used + due.idle > 0 {
        blocks.push(Block::Form(DeskForm {
            id: "sweep",
            lead: Some(desk.t("desk-sweep-lead")),
            submit: desk.t("desk-sweep-do"),
            is_dangerous: true,
            cancel: Some(DeskLink::to(desk.visit.path(BASE), desk.t("desk-cancel"))),
            ..desk.form_to(SWEEP)
        }));
    }
    Ok(desk.page(frame, blocks))
}

fn swept(desk: &Desk<'_>, sweep: &lifecycle::Sweep) -> Facts {
    let rows = vec![
        (desk.t("desk-sweep-never-used"), Cell::text(sweep.never_used.to_string())),
        (desk.t("desk-sweep-idle"), Cell::text(sweep.idle.to_string())),
    ];
    Facts { heading: None, rows }
}

/// POST /admin/registration/sweep.
pub async fn sweep(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    if let Err(stale) = desk.form(payload).await {
        return stale;
    }
    match lifecycle::sweep(&means, &desk.origin()).await {
        Ok(done) => {
            let mut frame = desk.frame(PART);
            frame.title = desk.t("desk-sweep");
            frame.done = Some(desk.t("desk-sweep-done"));
            let back = vec![DeskLink::main(desk.visit.path(BASE), desk.t("desk-go-on"))];
            desk.page(frame, vec![Block::Facts(swept(&desk, &done)), Block::Links(back)])
        }
        Err(failure) => desk.fail(PART, failure),
    }
}

/// GET /admin/registration/check.
pub async fn check_page(means: Data<Means>, operator: Operator, request: HttpRequest) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let example =
        "{\n  \"client_name\": \"Example\",\n  \"redirect_uris\": [\"https://client.example/callback\"]\n}";
    check_form(&desk, example, "", None, Vec::new())
}

fn check_form(
    desk: &Desk<'_>,
    metadata: &str,
    policy: &str,
    error: Option<Refusal>,
    mut blocks: Vec<Block>,
) -> HttpResponse {
    let mut policies = vec![(String::new(), desk.t("desk-token-no-policy"))];
    policies.extend(
        desk.visit.config().registration.policies.iter().map(|it| (it.name.clone(), it.name.clone())),
    );
    let form = DeskForm {
        id: "check",
        lead: Some(desk.t("desk-check-lead")),
        fields: vec![
            Field {
                is_wrong: error.is_some(),
                ..Field::area("metadata", desk.t("desk-client-metadata"), metadata)
            },
            Field::choice("policy", desk.t("desk-policy"), policy, policies),
        ],
        submit: desk.t("desk-check-do"),
        cancel: Some(DeskLink::to(desk.visit.path(BASE), desk.t("desk-back"))),
        ..desk.form_to(CHECK)
    };
    let mut frame = desk.frame(PART);
    frame.title = desk.t("desk-check");
    blocks.push(Block::Form(form));
    desk.page_with(frame, blocks, error)
}

/// POST /admin/registration/check: what a registration would come to. Nothing is written.
pub async fn check(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(checked(&desk, payload).await)
}

async fn checked(desk: &Desk<'_>, payload: Payload) -> Shown {
    let typed = desk.form(payload).await?;
    let (text, policy) = (typed.get("metadata").unwrap_or_default(), typed.get("policy").unwrap_or_default());
    let again = |error| check_form(desk, text, policy, Some(error), Vec::new());
    let metadata = json::parse_object(text.as_bytes()).map_err(|fault| again(unreadable(&fault)))?;
    let named = Some(policy.to_owned()).filter(|name| !name.is_empty());
    let asked = registration::dry_run(desk.visit.means, DryRunRequest { metadata, policy: named });
    let report = desk.settled(asked).await?.map_err(again)?;
    let verdict = match (report.accepted, report.approval_required) {
        (false, _) => Block::Notice("danger", desk.t("desk-check-refused")),
        (true, true) => Block::Notice("plain", desk.t("desk-check-waits")),
        (true, false) => Block::Notice("good", desk.t("desk-check-accepted")),
    };
    let report = serde_json::to_value(&report).unwrap_or_default();
    let blocks = vec![verdict, clients::code(desk, "desk-check-report", &report)];
    Ok(check_form(desk, text, policy, None, blocks))
}
