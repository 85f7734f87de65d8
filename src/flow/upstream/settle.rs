//! Who the account elsewhere is here: whom it is linked to, or to whom the rules of the operator link it, or a new person.

use serde_json::{Map, Value, json};

use super::rules::Rules;
use super::{Done, UpstreamRefusal, refuse};
use crate::clock::Seconds;
use crate::flow::log_in::canonical_name;
use crate::flow::set_up::{MAX_NAME, new_subject};
use crate::flow::{Actor, Means, Origin};
use crate::mail::{self, EmailKind, Factor, Mailer};
use crate::protocol::display::is_unseen;
use crate::protocol::upstream::Identity;
use crate::storage::audit_events::{self, Event, EventKind};
use crate::storage::upstream_providers::UpstreamProvider;
use crate::storage::users::{self, NewUser, Taken, User};
use crate::storage::{DbConnection, Failure, StorageError, groups, upstream_links, upstream_providers};
use crate::texts::tags;

/// Who arrives.
pub(super) struct Arrival {
    pub provider_id: i64,
    pub identity: Identity,
    /// Who links it.
    pub links_to: Option<i64>,
    pub origin: Origin,
}

/// What a new person would be.
struct Newcomer {
    subject: String,
    /// Put behind a name that is taken.
    suffix: String,
}

/// The row id of the person.
pub(super) async fn settle(means: &Means, arrival: Arrival) -> Done<i64> {
    let now = means.clock.now();
    let suffix: String = means
        .entropy
        .identifier()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(6)
        .collect::<String>()
        .to_lowercase();
    let newcomer = Newcomer { subject: new_subject(means), suffix };
    let mailer = means.mailer.clone();
    means
        .database
        .write(move |conn| {
            let Some(provider) = upstream_providers::hold(conn, arrival.provider_id)? else {
                return refuse(UpstreamRefusal::NoProvider);
            };
            let known = upstream_links::person(conn, provider.id, &arrival.identity.subject)?;
            let user_id = match (known, arrival.links_to) {
                (Some(known), Some(wanted)) if known != wanted => {
                    return refuse(UpstreamRefusal::LinkedElsewhere);
                }
                (Some(known), _) => known,
                (None, Some(wanted)) => add_way_in(conn, &mailer, &provider, &arrival, wanted, now)?,
                (None, None) => admit(conn, &mailer, &provider, &arrival, &newcomer, now)?,
            };
            upstream_links::touch(conn, provider.id, &arrival.identity.subject, now)?;
            Ok(user_id)
        })
        .await
}

/// Links the account to somebody who was here before, and tells them. Security statement P19.
fn add_way_in(
    conn: &mut DbConnection,
    mailer: &Mailer,
    provider: &UpstreamProvider,
    arrival: &Arrival,
    user_id: i64,
    now: Seconds,
) -> Done<i64> {
    let user_id = link(conn, provider, arrival, user_id, now)?;
    let (account, provider) = (arrival.identity.shown_name(), provider.label.clone());
    let what = Factor::Upstream { account, provider };
    mail::notify(conn, mailer, user_id, EmailKind::FactorAdded { what }, now)?;
    Ok(user_id)
}

fn link(
    conn: &mut DbConnection,
    provider: &UpstreamProvider,
    arrival: &Arrival,
    user_id: i64,
    now: Seconds,
) -> Done<i64> {
    let Some(user) = users::find(conn, user_id)?.filter(|user| user.disabled_at.is_none()) else {
        return refuse(UpstreamRefusal::NoAccount);
    };
    let identity = &arrival.identity;
    let account = (provider.id, identity.subject.as_str());
    if !upstream_links::insert(conn, account, user_id, &identity.shown_name(), now)? {
        return refuse(UpstreamRefusal::LinkedElsewhere);
    }
    let origin = of(&user.subject, &arrival.origin);
    let details = json!({ "sub": user.subject, "name": user.name, "provider": provider.name });
    let kind = EventKind::UpstreamLinked;
    audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?;
    Ok(user_id)
}

/// Whom the rules let in. Security statement P21: nothing but an address that the provider has verified counts, and here
/// as well nothing but an address that was verified.
fn admit(
    conn: &mut DbConnection,
    mailer: &Mailer,
    provider: &UpstreamProvider,
    arrival: &Arrival,
    newcomer: &Newcomer,
    now: Seconds,
) -> Done<i64> {
    let rules = Rules::stored(&provider.rules);
    if !rules.create_accounts && !rules.link_by_email {
        return refuse(UpstreamRefusal::NoAccount);
    }
    let Some(address) = &arrival.identity.verified_email else {
        return refuse(UpstreamRefusal::NoVerifiedAddress);
    };
    if !rules.admit(address) {
        return refuse(UpstreamRefusal::NoAccount);
    }
    let owner = match upstream_links::person_of_address(conn, address)? {
        Some(id) => users::find(conn, id)?,
        None => None,
    };
    match owner {
        // Whoever runs the provider would be administrator here.
        Some(User { id, is_administrator: false, .. }) if rules.link_by_email => {
            add_way_in(conn, mailer, provider, arrival, id, now)
        }
        Some(_) => refuse(UpstreamRefusal::AddressTaken),
        None if rules.create_accounts => {
            let id = create(conn, arrival, &rules, newcomer, address, now)?;
            link(conn, provider, arrival, id, now).map_err(|failure| match failure {
                // Linked by another request this moment: rolled back, so that nobody is made for nothing.
                Failure::Refused(_) => StorageError::Busy("the account was linked this moment").into(),
                broken @ Failure::Broken(_) => broken,
            })
        }
        None => refuse(UpstreamRefusal::NoAccount),
    }
}

fn create(
    conn: &mut DbConnection,
    arrival: &Arrival,
    rules: &Rules,
    newcomer: &Newcomer,
    address: &str,
    now: Seconds,
) -> Done<i64> {
    let identity = &arrival.identity;
    let mut claims = Map::new();
    for (name, value) in [
        ("name", &identity.name),
        ("given_name", &identity.given_name),
        ("family_name", &identity.family_name),
    ] {
        claims.extend(value.clone().map(|value| (name.to_owned(), Value::String(value))));
    }
    let mut made = None;
    for name in names(address, &newcomer.suffix) {
        let new = NewUser {
            subject: &newcomer.subject,
            name: &name,
            email: Some(address),
            email_verified: true,
            password_hash: None,
            is_administrator: false,
            claims: &claims,
        };
        match users::insert(conn, &new, now)? {
            Err(Taken::Name) => {}
            Err(Taken::Address) => break,
            Ok(id) => {
                made = Some((id, name));
                break;
            }
        }
    }
    let Some((id, name)) = made else { return refuse(UpstreamRefusal::AddressTaken) };
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    let locale = identity.locale.as_deref().map(primary);
    let locale = locale.filter(|wanted| tags().any(|tag| tag == wanted));
    users::describe_new(conn, id, "upstream", locale.as_deref())?;
    for group in &rules.groups {
        // One that is gone gives nothing.
        if let Some(group) = groups::find(conn, group)? {
            groups::add_member(conn, group.id, id, now)?;
        }
    }
    let details = json!({
        "sub": newcomer.subject, "name": name, "email": address, "origin": "upstream", "groups": rules.groups,
    });
    let origin = of(&newcomer.subject, &arrival.origin);
    let kind = EventKind::UserAdded;
    audit_events::record(conn, &Event { kind, origin: &origin, client_id: None, details }, now)?;
    Ok(id)
}

/// What a new person could be called, the best first: what stands before the `@`.
fn names(address: &str, suffix: &str) -> [String; 2] {
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local);
    let name: String =
        canonical_name(local).chars().filter(|c| !is_unseen(*c)).take(MAX_NAME - suffix.len() - 1).collect();
    // Nothing may be left of what cannot be seen.
    if name.is_empty() {
        return [suffix.to_owned(), format!("{suffix}-{suffix}")];
    }
    let with_suffix = format!("{name}-{suffix}");
    [name, with_suffix]
}

fn of(subject: &str, origin: &Origin) -> Origin {
    Origin { actor: Actor::User(subject.to_owned()), ..origin.clone() }
}

#[cfg(test)]
mod tests {
    use super::names;

    /// D06: what a new person is called hides nothing, and is never empty.
    #[test]
    fn a_name_holds_nothing_that_cannot_be_seen() {
        assert_eq!(names("Ro\u{200b}ot@example.com", "abc"), ["root", "root-abc"]);
        assert_eq!(names("\u{200b}@example.com", "abc"), ["abc", "abc-abc"]);
    }
}
