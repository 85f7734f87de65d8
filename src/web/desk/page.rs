//! The desk as one request finds it: who is there, what stands around a page, and how forms are made, read and answered.

use std::future::{Ready, ready};

use actix_web::dev::Payload as RawPayload;
use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, HttpResponse};

use crate::flow::administer::{Administered, Refusal};
use crate::flow::{Actor, BrowserSession, Failure, Means, Origin};
use crate::protocol::json::JsonFault;
use crate::protocol::params::Params;
use crate::texts::say;
use crate::web::csrf::{self, Purpose};
use crate::web::page::Visit;
use crate::web::pages::desk::{DeskEntry, DeskFrame, DeskPart, DeskRefusedPage};
use crate::web::pages::desk_blocks::{Block, DeskForm, DeskLink, DeskPage, RowButton};
use crate::web::{body, peer, routes};

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

/// The administrator who is at the desk. Only behind [`super::gate::admit`].
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
    fn csrf(&self, path: &str) -> String {
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

    /// What came of what a form asked for; a refusal is shown beside the form. What broke is a page of its own.
    pub async fn settled<T>(
        &self,
        asked: impl Future<Output = Administered<T>>,
    ) -> Result<Result<T, Refusal>, HttpResponse> {
        match asked.await {
            Ok(done) => Ok(Ok(done)),
            Err(Failure::Refused(refusal)) => Ok(Err(refusal)),
            Err(Failure::Broken(error)) => Err(self.visit.broken(&error)),
        }
    }

    /// A form that asks before something is done here, which the button names. `back`: the path for whoever does not want it.
    #[must_use]
    pub fn ask(&self, label: &str, lead: String, is_dangerous: bool, back: &str) -> DeskForm {
        DeskForm {
            id: "ask",
            lead: Some(lead),
            submit: self.t(label),
            is_dangerous,
            cancel: Some(DeskLink::to(self.visit.path(back), self.t("desk-cancel"))),
            ..self.form_to(&self.path())
        }
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
