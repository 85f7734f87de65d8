//! GET and POST /login/second-factor: a one-time code, a recovery code or a passkey beside what was proven.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::super::body;
use super::super::csrf::{self, Purpose};
use super::super::factors;
use super::super::page::Visit;
use super::super::pages::{SecondFactorPage, TimeLimit};
use super::super::time_limit;
use super::{failed, finish, page_path, refusal, way};
use crate::entropy::Token;
use crate::flow::sign_in::more_time::Page;
use crate::flow::sign_in::under_way::{self, Waiting};
use crate::flow::sign_in::{Acr, SignInRefusal};
use crate::flow::{Failure, Means};
use crate::protocol::params::Params;

const PATH: &str = "/login/second-factor";

/// The sign-in that a page is for.
pub(super) struct Handles {
    pub sign_in: Token,
    pub thread: Option<Token>,
}

impl Handles {
    pub(super) fn of(params: &Params) -> Self {
        Self {
            sign_in: Token::presented(params.get("sign_in").unwrap_or_default()),
            thread: params.get("thread").map(Token::presented),
        }
    }

    /// What every form of the page carries.
    pub(super) fn hidden(&self, visit: &Visit<'_>) -> Vec<(String, String)> {
        let sign_in = self.sign_in.expose();
        let token = csrf::token(visit.means, Purpose::SignIn, &visit.browser, sign_in);
        let mut hidden = vec![("csrf".to_owned(), token), ("sign_in".to_owned(), sign_in.to_owned())];
        hidden.extend(self.thread.as_ref().map(|thread| ("thread".to_owned(), thread.expose().to_owned())));
        hidden
    }

    /// Whether a form was made for this sign-in, in this browser.
    pub(super) fn are_good(&self, visit: &Visit<'_>, params: &Params) -> bool {
        let (means, request, csrf) = (visit.means, visit.request, params.get("csrf"));
        csrf::is_good(means, request, Purpose::SignIn, &visit.browser, self.sign_in.expose(), csrf)
    }

    /// How long the page lasts.
    pub(super) fn time(&self, visit: &Visit<'_>, waiting: &Waiting) -> Option<TimeLimit> {
        let page = Page { sign_in: Some(self.sign_in.clone()), thread: self.thread.clone() };
        time_limit::limit(visit, &page, waiting.return_to(), [Some(waiting.expires_at), None])
    }

    /// Where the sign-in begins anew.
    pub(super) fn restart(&self, visit: &Visit<'_>) -> String {
        let query = |thread: &Token| {
            url::form_urlencoded::Serializer::new(String::new())
                .append_pair("thread", thread.expose())
                .finish()
        };
        match &self.thread {
            Some(thread) => visit.path(&format!("/login?{}", query(thread))),
            None => visit.path("/login"),
        }
    }
}

/// The page.
pub async fn get(means: Data<Means>, request: HttpRequest) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let params = Params::parse(request.query_string().as_bytes()).unwrap_or_default();
    let handles = Handles::of(&params);
    let way = way(&visit, &params);
    match under_way::waiting(&means, &handles.sign_in, &way).await {
        Err(failure) => failed(&visit, failure),
        Ok(waiting) if waiting.must_enrol => {
            visit.go(&page_path("/login/enrol", &handles.sign_in, handles.thread.as_ref()))
        }
        Ok(waiting) => {
            visit.speak(None, waiting.user.locale.as_deref());
            show(&visit, &handles, &waiting, StatusCode::OK, None)
        }
    }
}

/// Checks a code.
pub async fn post(means: Data<Means>, request: HttpRequest, payload: Payload) -> HttpResponse {
    let mut visit = Visit::new(&means, &request);
    let Ok(params) = body::form(&request, payload).await else { return visit.stale_form() };
    let handles = Handles::of(&params);
    if !handles.are_good(&visit, &params) {
        return visit.stale_form();
    }
    let (code, way) = (params.get("code").unwrap_or_default(), way(&visit, &params));
    let checked = under_way::second_factor(&means, handles.sign_in.clone(), code, way.clone()).await;
    let refusal = match checked {
        Ok(next) => return finish(&visit, &next),
        Err(Failure::Refused(refusal)) if refusal != SignInRefusal::Gone => refusal,
        Err(failure) => return failed(&visit, failure),
    };
    match under_way::waiting(&means, &handles.sign_in, &way).await {
        Err(failure) => failed(&visit, failure),
        Ok(waiting) => {
            visit.speak(None, waiting.user.locale.as_deref());
            let error = refusal::sentence(visit.texts, refusal, "sign-in-second-wrong");
            let mut response = show(&visit, &handles, &waiting, refusal::status(refusal), Some(error));
            refusal::mark(&mut response, refusal);
            response
        }
    }
}

fn show(
    visit: &Visit<'_>,
    handles: &Handles,
    waiting: &Waiting,
    status: StatusCode,
    error: Option<String>,
) -> HttpResponse {
    let (texts, standing) = (visit.texts, waiting.standing);
    // A code adds nothing where a passkey is asked for, and there is one.
    let is_code_enough = waiting.required < Acr::PhishingResistant || !standing.has_passkey;
    let hint = match (standing.has_totp, standing.has_recovery_code) {
        (true, true) => "sign-in-second-hint-both",
        (true, false) => "sign-in-second-hint-app",
        _ => "sign-in-second-hint-recovery",
    };
    let title = texts.t("sign-in-second-title");
    let page = SecondFactorPage {
        chrome: visit.chrome(),
        title: error.as_ref().map_or(title.clone(), |_| texts.with("title-error", "title", &title)),
        action: visit.path(PATH),
        hidden: handles.hidden(visit),
        user_name: waiting.user.name.clone(),
        code_hint: (waiting.takes_code() && is_code_enough).then(|| texts.t(hint)),
        passkey: standing
            .has_passkey
            .then(|| factors::sign_in::form(visit, handles.thread.as_ref(), waiting.return_to()))
            .flatten(),
        error,
        restart_href: handles.restart(visit),
        time: handles.time(visit, waiting),
    };
    visit.show(status, &page, None)
}
