//! The accounts elsewhere that a person has linked.

use serde_json::json;

use super::{Done, UpstreamRefusal, refuse};
use crate::clock::Seconds;
use crate::flow::log_out::Never;
use crate::flow::{Actor, BrowserSession, Failure, Means, Origin};
use crate::mail::{self, EmailKind, Factor};
use crate::storage::audit_events::{self, Event, EventKind};
use crate::storage::ways_in::{self, GivenUp};
use crate::storage::{upstream_links, upstream_providers};

/// An account elsewhere.
#[derive(Clone, Debug)]
pub struct Linked {
    /// The name of the provider in paths.
    pub provider: String,
    pub label: String,
    /// What the provider knows the person by.
    pub subject: String,
    pub shown_name: String,
    pub since: Seconds,
    pub last_used_at: Option<Seconds>,
}

/// What a person has linked, and could link.
pub struct Links {
    pub linked: Vec<Linked>,
    /// Name and label of each provider that is not switched off.
    pub providers: Vec<(String, String)>,
}

/// The accounts elsewhere of a person.
pub async fn of_person(means: &Means, user_id: i64) -> Result<Links, Failure<Never>> {
    means
        .database
        .read(move |conn| {
            let linked = upstream_links::of_user(conn, user_id)?.into_iter().map(|link| Linked {
                provider: link.provider,
                label: link.label,
                subject: link.subject,
                shown_name: link.shown_name,
                since: link.created_at,
                last_used_at: link.last_used_at,
            });
            let linked = linked.collect();
            let all = upstream_providers::list(conn)?.into_iter();
            let enabled = all.filter(|provider| provider.disabled_at.is_none());
            Ok(Links { linked, providers: enabled.map(|it| (it.name, it.label)).collect() })
        })
        .await
}

/// Takes a link away, unless nothing else would let the person in, and tells the person. Security statement P19.
pub async fn unlink(
    means: &Means,
    session: &BrowserSession,
    provider: String,
    subject: String,
    origin: Origin,
) -> Done<()> {
    let (now, mailer) = (means.clock.now(), means.mailer.clone());
    let user = session.user.clone();
    let origin = Origin { actor: Actor::User(user.subject.clone()), ..origin };
    means
        .database
        .write(move |conn| {
            let Some(found) = upstream_providers::find_by_name(conn, &provider)? else {
                return refuse(UpstreamRefusal::NoProvider);
            };
            let link = GivenUp::Link { provider_id: found.id, subject: &subject };
            if !ways_in::are_left(conn, user.id, link)? {
                return refuse(UpstreamRefusal::OnlyWayIn);
            }
            let links = upstream_links::of_user(conn, user.id)?;
            let account =
                links.into_iter().find(|link| link.provider_id == found.id && link.subject == subject);
            if !upstream_links::delete(conn, user.id, found.id, &subject)? {
                return refuse(UpstreamRefusal::Stale);
            }
            let details = json!({ "sub": user.subject, "name": user.name, "provider": found.name });
            let kind = EventKind::UpstreamUnlinked;
            audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?;
            let account = account.map_or_else(|| subject.clone(), |link| link.shown_name);
            let what = Factor::Upstream { account, provider: found.label };
            mail::notify(conn, &mailer, user.id, EmailKind::FactorRemoved { what }, now)?;
            Ok(())
        })
        .await
}
