//! The operator's desk: pages for administrators, at `/admin`. Every route stands in the table of [`super::routes`] with
//! [`Rule::Desk`](super::routes::Rule) or `FreshDesk`, and [`gate`] asks for it: no handler does.
//!
//! A page takes an [`Operator`], makes a [`Desk`] of it, fills a struct of [`super::pages::desk`] that extends
//! `layout_desk.html`, and shows it. A form posts to its own path with [`Desk::csrf`] of that path; [`Desk::form`] reads it.

mod access;
mod attributes;
mod audit;
mod client_actions;
mod client_form;
mod clients;
mod emails;
pub mod gate;
mod groups;
mod invitations;
mod keys;
mod overview;
mod people;
mod person_actions;
mod person_form;
mod provider_actions;
mod provider_form;
mod providers;
mod registration;
mod removed_clients;
mod resources;
mod sessions;
mod settings;

use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::{Payload as RawPayload, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::web::{Data, Payload, ServiceConfig};
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, HttpResponse, Scope, web};

use super::csrf::{self, Purpose};
use super::page::Visit;
use super::pages::desk::{DeskEntry, DeskFrame, DeskPart, DeskRefusedPage};
use super::pages::desk_blocks::{Block, DeskForm, DeskPage, RowButton};
use super::{body, peer, routes};
use crate::flow::administer::Refusal;
use crate::flow::{Actor, BrowserSession, Failure, Means, Origin};
use crate::protocol::json::JsonFault;
use crate::protocol::params::Params;
use crate::texts::say;

/// What every path of the desk begins with.
pub const BASE: &str = "/admin";

/// The handlers, behind the check of who is here.
pub fn scope(
    base: &str,
) -> Scope<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    web::scope(base)
        .configure(of_server)
        .configure(of_clients)
        .configure(of_registration)
        .configure(of_resources)
        .configure(of_people)
        .configure(of_groups)
        .configure(of_providers)
        .default_service(web::to(nothing))
        .wrap(from_fn(gate::admit))
}

/// An address of the desk at which there is no page.
async fn nothing(means: Data<Means>, request: HttpRequest, operator: Operator) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    let mut frame = desk.frame(DeskPart::Overview);
    for entry in &mut frame.entries {
        entry.is_current = false;
    }
    frame.title = desk.t("error-nothing-heading");
    let mut answer = desk.page(frame, vec![Block::Text(desk.t("error-nothing-happened"))]);
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer
}

fn of_server(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("").route(web::get().to(overview::get)))
        .service(at("/settings").route(web::get().to(settings::get)))
        .service(at("/keys").route(web::get().to(keys::list)))
        .service(at("/keys/rotate").route(web::get().to(keys::ask)).route(web::post().to(keys::rotate)))
        .service(at("/emails").route(web::get().to(emails::list)))
        .service(at("/emails/test").route(web::post().to(emails::test)))
        .service(at("/emails/{id}/retry").route(web::post().to(emails::retry)))
        .service(at("/audit").route(web::get().to(audit::list)))
        .service(at("/audit/verify").route(web::get().to(audit::verify)))
        .service(at("/audit/export").route(web::get().to(audit::export)));
}

fn of_clients(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/clients").route(web::get().to(clients::list)))
        .service(
            at("/new-client")
                .route(web::get().to(client_form::new))
                .route(web::post().to(client_form::create)),
        )
        .service(at("/removed-clients").route(web::get().to(removed_clients::list)))
        .service(
            at("/removed-clients/{client_id}/restore")
                .route(web::get().to(removed_clients::ask_restore))
                .route(web::post().to(removed_clients::restore)),
        )
        .service(at("/clients/{client_id}").route(web::get().to(clients::show)))
        .service(
            at("/clients/{client_id}/edit")
                .route(web::get().to(client_form::edit))
                .route(web::post().to(client_form::put)),
        )
        .service(at("/clients/{client_id}/grants/{id}/revoke").route(web::post().to(clients::revoke_grant)));
    for action in ["approve", "enable", "disable", "delete", "secret", "registration-access-token"] {
        config.service(
            at(&format!("/clients/{{client_id}}/{action}"))
                .route(web::get().to(client_actions::ask))
                .route(web::post().to(client_actions::act)),
        );
    }
}

fn of_registration(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/registration").route(web::get().to(registration::get)))
        .service(
            at("/registration/tokens/new")
                .route(web::get().to(registration::new_token))
                .route(web::post().to(registration::issue_token)),
        )
        .service(at("/registration/tokens/{id}/revoke").route(web::post().to(registration::revoke_token)))
        .service(
            at("/registration/sweep")
                .route(web::get().to(registration::preview_sweep))
                .route(web::post().to(registration::sweep)),
        )
        .service(
            at("/registration/check")
                .route(web::get().to(registration::check_page))
                .route(web::post().to(registration::check)),
        );
}

fn of_resources(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/resources").route(web::get().to(resources::list)))
        .service(
            at("/new-resource").route(web::get().to(resources::new)).route(web::post().to(resources::add)),
        )
        .service(at("/resources/{id}").route(web::get().to(resources::show)))
        .service(
            at("/resources/{id}/edit")
                .route(web::get().to(resources::edit))
                .route(web::post().to(resources::put)),
        )
        .service(
            at("/resources/{id}/delete")
                .route(web::get().to(resources::ask_delete))
                .route(web::post().to(resources::remove)),
        );
}

fn of_people(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/people").route(web::get().to(people::list)))
        .service(
            at("/new-person")
                .route(web::get().to(person_form::new))
                .route(web::post().to(person_form::create)),
        )
        .service(at("/people/{subject}").route(web::get().to(people::show)))
        .service(
            at("/people/{subject}/edit")
                .route(web::get().to(person_form::edit))
                .route(web::post().to(person_form::put)),
        )
        .service(
            at("/people/{subject}/sessions/{sid}/end").route(web::post().to(person_actions::end_session)),
        )
        .service(
            at("/people/{subject}/grants/{id}/revoke").route(web::post().to(person_actions::revoke_grant)),
        )
        .service(at("/invitations").route(web::get().to(invitations::list)))
        .service(
            at("/new-invitation")
                .route(web::get().to(invitations::new))
                .route(web::post().to(invitations::invite)),
        )
        .service(at("/invitations/{id}/revoke").route(web::post().to(invitations::revoke)))
        .service(at("/sessions").route(web::get().to(sessions::list)))
        .service(
            at("/sessions/end-all")
                .route(web::get().to(sessions::ask))
                .route(web::post().to(sessions::end_all)),
        )
        .service(at("/sessions/grants/{id}/revoke").route(web::post().to(sessions::revoke)));
    let actions = [
        "disable",
        "enable",
        "delete",
        "sign-out",
        "reset-factors",
        "revoke-grants",
        "reset-link",
        "unblock",
    ];
    for action in actions {
        config.service(
            at(&format!("/people/{{subject}}/{action}"))
                .route(web::get().to(person_actions::ask))
                .route(web::post().to(person_actions::act)),
        );
    }
}

fn of_groups(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/groups").route(web::get().to(groups::list)).route(web::post().to(groups::add)))
        .service(at("/groups/{name}").route(web::get().to(groups::show)).route(web::post().to(groups::put)))
        .service(at("/groups/{name}/members").route(web::post().to(groups::add_member)))
        .service(at("/groups/{name}/remove-member/{subject}").route(web::post().to(groups::remove_member)))
        .service(
            at("/groups/{name}/delete")
                .route(web::get().to(groups::ask_delete))
                .route(web::post().to(groups::remove)),
        )
        .service(
            at("/clients/{client_id}/access")
                .route(web::get().to(access::get))
                .route(web::post().to(access::put)),
        )
        .service(
            at("/attributes").route(web::get().to(attributes::list)).route(web::post().to(attributes::add)),
        )
        .service(
            at("/attributes/{name}")
                .route(web::get().to(attributes::edit))
                .route(web::post().to(attributes::put)),
        )
        .service(at("/attributes/{name}/delete").route(web::post().to(attributes::remove)));
}

fn of_providers(config: &mut ServiceConfig) {
    let at = routes::resource;
    config
        .service(at("/providers").route(web::get().to(providers::list)))
        .service(
            at("/new-provider")
                .route(web::get().to(provider_form::new))
                .route(web::post().to(provider_form::add)),
        )
        .service(at("/providers/{name}").route(web::get().to(providers::show)))
        .service(
            at("/providers/{name}/edit")
                .route(web::get().to(provider_form::edit))
                .route(web::post().to(provider_form::put)),
        );
    for action in ["enable", "disable", "delete"] {
        config.service(
            at(&format!("/providers/{{name}}/{action}"))
                .route(web::get().to(provider_actions::ask))
                .route(web::post().to(provider_actions::act)),
        );
    }
}

/// What a handler comes to: a page, or the answer instead of it.
pub type Shown = Result<HttpResponse, HttpResponse>;

/// The answer, whichever it is.
#[must_use]
pub fn either(shown: Shown) -> HttpResponse {
    shown.unwrap_or_else(|answer| answer)
}

/// Why JSON that somebody typed cannot be used.
#[must_use]
pub fn unreadable(fault: &JsonFault) -> Refusal {
    Refusal::Invalid(match fault {
        JsonFault::Malformed(fault) => say("refused-json").with("fault", fault).about("metadata"),
        JsonFault::NotAnObject => say("refused-no-object").about("metadata"),
    })
}

/// The words of a field, separated by spaces, line ends or commas.
#[must_use]
pub fn words(typed: Option<&str>) -> Vec<String> {
    let parts = typed.unwrap_or_default().split(|c: char| c.is_whitespace() || c == ',');
    parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A name as one segment of a path, or as a value of a query.
#[must_use]
pub fn segment(name: &str) -> String {
    url::form_urlencoded::byte_serialize(name.as_bytes()).collect()
}

/// The administrator who is at the desk. Only behind [`gate::admit`].
#[derive(Clone)]
pub struct Operator(pub BrowserSession);

impl FromRequest for Operator {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut RawPayload) -> Self::Future {
        let operator = request.extensions().get::<Self>().cloned();
        ready(operator.ok_or_else(|| actix_web::error::ErrorInternalServerError("nobody is at the desk")))
    }
}

/// What every page of the desk works with.
pub struct Desk<'a> {
    pub visit: Visit<'a>,
    pub operator: &'a BrowserSession,
}

impl<'a> Desk<'a> {
    /// The desk as this person sees it, in their language.
    #[must_use]
    pub fn new(means: &'a Means, request: &'a HttpRequest, operator: &'a Operator) -> Self {
        let mut visit = Visit::new(means, request);
        visit.speak(None, operator.0.user.locale.as_deref());
        Self { visit, operator: &operator.0 }
    }

    /// What stands around a page.
    #[must_use]
    pub fn frame(&self, part: DeskPart) -> DeskFrame {
        let visit = &self.visit;
        let entry = |of: &DeskPart| DeskEntry {
            href: visit.path(of.path()),
            label: of.title(visit.texts),
            is_current: *of == part,
        };
        let is_there = |part: &&DeskPart| routes::ROUTES.iter().any(|route| route.pattern == part.path());
        DeskFrame {
            title: part.title(visit.texts),
            user_name: self.operator.user.name.clone(),
            entries: DeskPart::ALL.iter().filter(is_there).map(entry).collect(),
            account_href: visit.path("/account"),
            sign_out_csrf: csrf::token(visit.means, Purpose::SignOut, &visit.browser, ""),
            error: None,
            done: self.query().get("done").map(|_| self.t("desk-done")),
        }
    }

    /// The path of this request, below the issuer's.
    #[must_use]
    pub fn path(&self) -> String {
        let path = self.visit.request.path();
        path.strip_prefix(self.visit.config().issuer.path()).unwrap_or(path).to_owned()
    }

    /// On to a page that says that it is done.
    #[must_use]
    pub fn done(&self, path: &str) -> HttpResponse {
        self.visit.go(&format!("{path}?done=1"))
    }

    /// The token of a form that posts to this path, below the issuer's.
    #[must_use]
    pub fn csrf(&self, path: &str) -> String {
        csrf::token(self.visit.means, Purpose::Desk, &self.visit.browser, path)
    }

    /// A form that posts to this path, below the issuer's.
    #[must_use]
    pub fn form_to(&self, path: &str) -> DeskForm {
        DeskForm { action: self.visit.path(path), csrf: self.csrf(path), ..DeskForm::default() }
    }

    /// The button of a row that posts to this path, below the issuer's. `of`: which row it is.
    #[must_use]
    pub fn button_to(&self, path: &str, label: &str, of: String) -> RowButton {
        RowButton { action: self.visit.path(path), csrf: self.csrf(path), label: self.t(label), of }
    }

    /// The heads of the columns of a table.
    #[must_use]
    pub fn heads<const N: usize>(&self, keys: [&str; N]) -> Vec<String> {
        keys.map(|key| self.t(key)).to_vec()
    }

    /// The form that was posted to this very path. Security statement U04.
    pub async fn form(&self, payload: Payload) -> Result<Params, HttpResponse> {
        let visit = &self.visit;
        let Ok(params) = body::form(visit.request, payload).await else { return Err(visit.stale_form()) };
        let (path, token) = (self.path(), params.get("csrf"));
        if csrf::is_good(visit.means, visit.request, Purpose::Desk, &visit.browser, &path, token) {
            Ok(params)
        } else {
            Err(visit.stale_form())
        }
    }

    /// The query of the address. What cannot be read counts as not there.
    #[must_use]
    pub fn query(&self) -> Params {
        Params::parse(self.visit.request.query_string().as_bytes()).unwrap_or_default()
    }

    /// Whose change it is, for the audit log.
    #[must_use]
    pub fn origin(&self) -> Origin {
        let actor = Actor::Administrator(self.operator.user.subject.clone());
        peer::origin(self.visit.request, self.visit.means, actor)
    }

    /// A page of these blocks.
    #[must_use]
    pub fn page(&self, frame: DeskFrame, blocks: Vec<Block>) -> HttpResponse {
        self.page_with(frame, blocks, None)
    }

    /// A page of these blocks, with why something was not done. The fields that it is about are marked.
    #[must_use]
    pub fn page_with(
        &self,
        mut frame: DeskFrame,
        mut blocks: Vec<Block>,
        error: Option<Refusal>,
    ) -> HttpResponse {
        let mut status = StatusCode::OK;
        if let Some(refusal) = error {
            status = StatusCode::UNPROCESSABLE_ENTITY;
            for block in &mut blocks {
                if let Block::Form(form) | Block::Search(form) = block {
                    form.mark(|field| refusal.is_about(field));
                }
            }
            frame.error = Some(refusal.in_words(self.visit.texts));
        }
        self.visit.show(status, &DeskPage { chrome: self.visit.chrome(), frame, blocks }, None)
    }

    /// A page that is one form, as it was typed, with why it was not done.
    #[must_use]
    pub fn form_page(
        &self,
        part: DeskPart,
        title: String,
        form: DeskForm,
        error: Option<Refusal>,
    ) -> HttpResponse {
        self.page_with(DeskFrame { title, ..self.frame(part) }, vec![Block::Form(form)], error)
    }

    /// A text of the desk, in the language of the page.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.visit.texts.t(key)
    }

    /// The page for what cannot be done, in this part of the desk.
    #[must_use]
    pub fn fail(&self, part: DeskPart, failure: Failure<Refusal>) -> HttpResponse {
        match failure {
            Failure::Broken(error) => self.visit.broken(&error),
            Failure::Refused(refusal) => {
                let status = match &refusal {
                    Refusal::NotFound(_) => StatusCode::NOT_FOUND,
                    Refusal::Conflict(_) => StatusCode::CONFLICT,
                    Refusal::Invalid(_) | Refusal::Metadata(_) => StatusCode::UNPROCESSABLE_ENTITY,
                };
                let error = Some(refusal.in_words(self.visit.texts));
                let frame = DeskFrame { error, ..self.frame(part) };
                let back_href = self.visit.path(part.path());
                let page = DeskRefusedPage { chrome: self.visit.chrome(), frame, back_href };
                self.visit.show(status, &page, None)
            }
        }
    }
}
