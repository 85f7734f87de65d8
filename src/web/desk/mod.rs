//! The operator's desk: pages for administrators, at `/admin`. Every route stands in the table of [`super::routes`] with
//! [`Rule::Desk`](super::routes::Rule) or `FreshDesk`, and [`gate`] asks for it: no handler does.
//!
//! A page takes an [`Operator`], makes a [`Desk`] of it, fills a struct of [`super::pages::desk`] that extends
//! `layout_desk.html`, and shows it. A form posts to its own path with [`Desk::csrf`] of that path; [`Desk::form`] reads it.

pub mod gate;
mod overview;

use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::{Payload as RawPayload, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::web::{Payload, ServiceConfig};
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, HttpResponse, Scope, web};
use askama::Template;

use super::csrf::{self, Purpose};
use super::page::Visit;
use super::pages::desk::{DeskEntry, DeskFrame, DeskPart, DeskRefusedPage};
use super::pages::desk_blocks::{Block, DeskPage};
use super::{body, peer, routes};
use crate::flow::administer::Refusal;
use crate::flow::{Actor, BrowserSession, Failure, Means, Origin};
use crate::protocol::params::Params;

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
    web::scope(base).configure(of_overview).wrap(from_fn(gate::admit))
}

fn of_overview(config: &mut ServiceConfig) {
    config.service(routes::resource("").route(web::get().to(overview::get)));
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
        Self { visit: Visit::new(means, request), operator: &operator.0 }
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
            done: None,
        }
    }

    /// The token of a form that posts to this path, below the issuer's.
    #[must_use]
    pub fn csrf(&self, path: &str) -> String {
        csrf::token(self.visit.means, Purpose::Desk, &self.visit.browser, path)
    }

    /// The form that was posted to this very path. Security statement U04.
    pub async fn form(&self, payload: Payload) -> Result<Params, HttpResponse> {
        let visit = &self.visit;
        let Ok(params) = body::form(visit.request, payload).await else { return Err(visit.stale_form()) };
        let path = visit.request.path();
        let path = path.strip_prefix(visit.config().issuer.path()).unwrap_or(path);
        let token = params.get("csrf");
        if csrf::is_good(visit.means, visit.request, Purpose::Desk, &visit.browser, path, token) {
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
        let status = if frame.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        self.visit.show(status, &DeskPage { chrome: self.visit.chrome(), frame, blocks }, None)
    }

    /// A text of the desk, in the language of the page.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.visit.texts.t(key)
    }

    /// A page of the desk.
    #[must_use]
    pub fn show(&self, page: &impl Template) -> HttpResponse {
        self.visit.show(StatusCode::OK, page, None)
    }

    /// A page of the desk again, because what was typed cannot be done.
    #[must_use]
    pub fn show_refused(&self, page: &impl Template) -> HttpResponse {
        self.visit.show(StatusCode::UNPROCESSABLE_ENTITY, page, None)
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
                let frame = DeskFrame { error: Some(refusal.to_string()), ..self.frame(part) };
                let back_href = self.visit.path(part.path());
                let page = DeskRefusedPage { chrome: self.visit.chrome(), frame, back_href };
                self.visit.show(status, &page, None)
            }
        }
    }
}
