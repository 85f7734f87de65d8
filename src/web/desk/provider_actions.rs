//! What is done to a provider at the desk by one button, after a page that says what it means.

use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::providers::{BASE, PART, found, path_of};
use super::{Desk, Operator, Shown, either};
use crate::flow::Means;
use crate::flow::administer::upstream::{self, ProviderPeople};

/// What can be done, by the last part of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Enable,
    Disable,
    Delete,
}

impl Action {
    fn of(desk: &Desk<'_>) -> Option<Self> {
        Some(match desk.path().rsplit('/').next()? {
            "enable" => Self::Enable,
            "disable" => Self::Disable,
            "delete" => Self::Delete,
            _ => return None,
        })
    }

    fn label(self) -> &'static str {
        match self {
            Self::Enable => "desk-client-enable",
            Self::Disable => "desk-client-disable",
            Self::Delete => "desk-delete",
        }
    }

    /// What it means, for these people.
    fn lead(self, desk: &Desk<'_>, found: &ProviderPeople) -> String {
        let texts = desk.visit.texts;
        let stranded = || texts.count("desk-provider-stranded", found.stranded);
        let mut sentences = vec![match self {
            Self::Enable => texts.t("desk-provider-enable-lead"),
            Self::Disable => texts.t("desk-provider-disable-lead"),
            Self::Delete => texts.count("desk-provider-delete-lead", found.provider.people),
        }];
        if self != Self::Enable && found.stranded > 0 {
            sentences.push(stranded());
        }
        sentences.join(" ")
    }
}

/// GET /admin/providers/{name}/disable and its neighbours.
pub async fn ask(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    name: Path<String>,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(asked(&desk, name.into_inner()).await)
}

async fn asked(desk: &Desk<'_>, name: String) -> Shown {
    let found = found(desk, name).await?;
    let Some(action) = Action::of(desk) else { return Err(desk.visit.nothing_here()) };
    let (label, back) = (action.label(), path_of(&found.provider.name));
    let form = desk.ask(label, action.lead(desk, &found), action != Action::Enable, &back);
    Ok(desk.form_page(PART, format!("{} · {}", desk.t(label), found.provider.label), form, None))
}

/// POST /admin/providers/{name}/disable and its neighbours.
pub async fn act(
    means: Data<Means>,
    operator: Operator,
    request: HttpRequest,
    name: Path<String>,
    payload: Payload,
) -> HttpResponse {
    let desk = Desk::new(&means, &request, &operator);
    either(acted(&desk, name.into_inner(), payload).await)
}

async fn acted(desk: &Desk<'_>, name: String, payload: Payload) -> Shown {
    desk.form(payload).await?;
    let Some(action) = Action::of(desk) else { return Err(desk.visit.nothing_here()) };
    let back = if action == Action::Delete { BASE.to_owned() } else { path_of(&name) };
    let (means, origin) = (desk.visit.means, desk.origin());
    let done = match action {
        Action::Enable => upstream::set_enabled(means, name, true, origin).await,
        Action::Disable => upstream::set_enabled(means, name, false, origin).await,
        Action::Delete => upstream::remove(means, name, origin).await,
    };
    done.map_err(|failure| desk.fail(PART, failure))?;
    Ok(desk.done(&back))
}
