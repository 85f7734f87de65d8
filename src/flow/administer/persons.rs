//! People: who there is, what is known of them, and what they may.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::people::{self, Who};
use super::{
    Administered, attributes, clients, conflict, groups as administer_groups, hashed, invalid, record,
};
use crate::clock::Seconds;
use crate::config::Config;
use crate::flow::Means;
use crate::flow::factors::{self, Factors};
use crate::flow::set_up;
use crate::flow::sign_in::guesses;
use crate::password::{self, Owner};
use crate::protocol::claims::{self, ClaimFault};
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::groups::Group;
use crate::storage::users::{self, NewUser, Taken, User};
use crate::storage::{DbConnection, StorageError, browser_sessions, groups, user_attributes, user_list};
use crate::texts::{Message, say};

/// The most groups that one request names.
const MAX_GROUPS: usize = 100;

/// Which people are wanted; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of the name, the address or the `sub`.
    pub text: Option<String>,
    pub is_disabled: Option<bool>,
    pub is_administrator: Option<bool>,
    /// The name of a group that they are in.
    pub group: Option<String>,
}

/// What is known of a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonView {
    /// The `sub`: never reused. Clients with pairwise subjects know the person by another one.
    pub subject: String,
    /// What they sign in with.
    pub name: String,
    pub email: Option<String>,
    pub email_verified: bool,
    /// Claims beside name and e-mail. OpenID Connect Core §5.1.
    #[schema(value_type = Object)]
    pub claims: Map<String, Value>,
    /// By the names of the operator's attributes.
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
    pub groups: Vec<String>,
    pub is_administrator: bool,
    /// A password alone does not sign them in, whatever their groups ask for.
    pub requires_second_factor: bool,
    /// The language of pages and e-mails; null = what the browser says.
    pub locale: Option<String>,
    /// How the account came to be: `operator`, `sign-up`, `invitation` or `upstream`.
    pub origin: String,
    pub created_at: Seconds,
    pub updated_at: Seconds,
    pub signed_in_at: Option<Seconds>,
    pub disabled_at: Option<Seconds>,
}

impl PersonView {
    fn of(conn: &mut DbConnection, user: User) -> Result<Self, StorageError> {
        Ok(Self {
            groups: groups::names_of(conn, user.id)?,
            subject: user.subject,
            name: user.name,
            email: user.email,
            email_verified: user.email_verified,
            claims: user.claims,
            attributes: user.attributes,
            is_administrator: user.is_administrator,
            requires_second_factor: user.requires_second_factor,
            locale: user.locale,
            origin: user.origin,
            created_at: user.created_at,
            updated_at: user.updated_at,
            signed_in_at: user.signed_in_at,
            disabled_at: user.disabled_at,
        })
    }
}

/// A person, and what they can prove who they are with.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonDetails {
    #[serde(flatten)]
    pub person: PersonView,
    pub has_password: bool,
    /// Because of what they are, or of a group that they are in.
    pub must_have_second_factor: bool,
    pub factors: Factors,
    /// Failed sign-ins in a row, from browsers that the person has not used before. From the fifth on the next has to wait.
    pub failed_sign_ins: i64,
}

/// A part of the people, newest first.
#[derive(Serialize, ToSchema)]
pub struct PersonPage {
    pub people: Vec<PersonView>,
    /// Asks for the page after this one; null = there is none.
    pub next_page_token: Option<String>,
}

/// A person to make.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonRequest {
    /// What they sign in with.
    pub name: String,
    #[serde(default)]
    pub email: Option<String>,
    /// Whether the address is known to be theirs.
    #[serde(default)]
    pub email_verified: bool,
    /// null = they cannot sign in with a password until they have one, by a link that an operator gives them.
    #[serde(default)]
    pub password: Option<String>,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub claims: Map<String, Value>,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
    #[serde(default)]
    pub groups: Vec<String>,
    #[serde(default)]
    pub is_administrator: bool,
    #[serde(default)]
    pub requires_second_factor: bool,
}

/// What is to change about a person; what is not there stays. RFC 7396.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonPatch {
    /// null removes it. A new address is unverified unless `email_verified` says otherwise.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub email: Option<Option<String>>,
    #[serde(default)]
    pub email_verified: Option<bool>,
    /// Replaces those of the same name; null removes one.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub claims: Map<String, Value>,
    /// Replaces those of the same name; null removes one.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
    /// All the groups that they are in from now on.
    #[serde(default)]
    pub groups: Option<Vec<String>>,
    #[serde(default)]
    pub is_administrator: Option<bool>,
    #[serde(default)]
    pub requires_second_factor: Option<bool>,
}

/// A member that is there, null or not.
#[expect(clippy::option_option, reason = "a member that is null removes, and one that is not there does not")]
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// The people that the filter lets through, newest first.
pub async fn list(
    means: &Means,
    filter: Filter,
    size: i64,
    page_token: Option<&str>,
) -> Administered<PersonPage> {
    let before_id = page_token.map(clients::read_page_token).transpose()?;
    means
        .database
        .read(move |conn| {
            let group =
                filter.group.as_deref().map(|name| administer_groups::find(conn, name)).transpose()?;
            let wanted = user_list::Filter {
                text: filter.text.clone(),
                is_disabled: filter.is_disabled,
                is_administrator: filter.is_administrator,
                group_id: group.map(|group| group.id),
                before_id,
            };
            let mut found = user_list::page(conn, &wanted, size + 1)?;
            let size = usize::try_from(size).unwrap_or_default();
            let has_more = found.len() > size;
            found.truncate(size);
            let last = found.last().map(|user| user.id);
            let people = found.into_iter().map(|user| PersonView::of(conn, user));
            Ok(PersonPage {
                people: people.collect::<Result<_, StorageError>>()?,
                next_page_token: last.filter(|_| has_more).map(clients::page_token_of),
            })
        })
        .await
}

/// Everything that is known of a person but their secrets.
pub async fn show(means: &Means, who: Who) -> Administered<PersonDetails> {
    means
        .database
        .read(move |conn| {
            let user = people::find(conn, &who)?;
            Ok(PersonDetails {
                has_password: users::has_password(conn, user.id)?,
                must_have_second_factor: groups::requires_second_factor(conn, user.id)?,
                factors: factors::of(conn, user.id)?,
                failed_sign_ins: guesses::failures_of(conn, user.id)?,
                person: PersonView::of(conn, user)?,
            })
        })
        .await
}

/// Makes a person.
pub async fn create(means: &Means, request: PersonRequest, origin: Origin) -> Administered<PersonView> {
    let request = checked(means, request)?;
    let hash = match &request.password {
        None => None,
        Some(password) => Some(hashed(means, password).await?),
    };
    let (now, subject) = (means.clock.now(), set_up::new_subject(means));
    means
        .database
        .write(move |conn| {
            let user = NewUser {
                subject: &subject,
                name: &request.name,
                email: request.email.as_deref(),
                email_verified: request.email_verified,
                password_hash: hash.as_deref(),
                is_administrator: request.is_administrator,
                claims: &request.claims,
            };
            // What is refused is refused before anything is written: that would be kept.
            let values = attributes::merged(conn, Map::new(), &request.attributes)?;
            let joined = find_groups(conn, &request.groups)?;
            let id = match users::insert(conn, &user, now)? {
                Ok(id) => id,
                Err(Taken::Name) => {
                    return conflict(say("refused-name-taken").with("name", &request.name).about("name"));
                }
                Err(Taken::Address) => return conflict(say("refused-address-taken").about("email")),
            };
            if request.requires_second_factor {
                users::set_requires_second_factor(conn, id, true)?;
            }
            user_attributes::set(conn, id, &values, now)?;
            for group in &joined {
                groups::add_member(conn, group.id, id, now)?;
            }
            let details = json!({
                "sub": subject, "name": request.name, "email": request.email,
                "is_administrator": request.is_administrator, "groups": request.groups,
            });
            record(conn, EventKind::UserAdded, &origin, details, now)?;
            let user = people::find(conn, &Who::Subject(subject.clone()))?;
            Ok(PersonView::of(conn, user)?)
        })
        .await
}

/// Changes what is known of a person, and what they may: all of it, or nothing.
pub async fn change(means: &Means, who: Who, patch: PersonPatch, origin: Origin) -> Administered<PersonView> {
    check_claims(&patch.claims, &means.config)?;
    let email = match &patch.email {
        None => None,
        Some(given) => Some(checked_email(given.clone())?),
    };
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let user = people::find(conn, &who)?;
            users::lock_any(conn, user.id)?;
            let user = people::find(conn, &Who::Subject(user.subject))?;
            // What is refused is refused before anything is written: that would be kept.
            let facts = facts(conn, &user, &patch)?;
            put_address(conn, &user, email.as_ref(), patch.email_verified, now)?;
            put_facts(conn, &user, &patch, &facts, now)?;
            let grants = match &facts.groups {
                Some(wanted) => put_groups(conn, &user, wanted, now)?,
                None => 0,
            };
            let details = json!({
                "sub": user.subject, "name": user.name, "email": email.as_ref().or(Some(&user.email)),
                "changed_claims": patch.claims.keys().collect::<Vec<_>>(),
                "changed_attributes": patch.attributes.keys().collect::<Vec<_>>(),
                "groups": patch.groups, "is_administrator": patch.is_administrator,
                "requires_second_factor": patch.requires_second_factor, "grants": grants,
            });
            record(conn, EventKind::UserChanged, &origin, details, now)?;
            let user = people::find(conn, &Who::Subject(user.subject))?;
            Ok(PersonView::of(conn, user)?)
        })
        .await
}

fn put_address(
    conn: &mut DbConnection,
    user: &User,
    email: Option<&Option<String>>,
    verified: Option<bool>,
    now: Seconds,
) -> Administered<()> {
    let wanted = email.unwrap_or(&user.email);
    let verified = verified.unwrap_or(user.email_verified && *wanted == user.email);
    if *wanted == user.email && verified == user.email_verified {
        return Ok(());
    }
    if verified && wanted.is_none() {
        return invalid(say("refused-nothing-to-verify").about("email_verified"));
    }
    if !users::set_address(conn, user.id, wanted.as_deref(), verified, now)? {
        return conflict(say("refused-address-taken").about("email"));
    }
    Ok(())
}

/// What a change leads to.
struct Facts {
    claims: Map<String, Value>,
    attributes: Map<String, Value>,
    groups: Option<Vec<Group>>,
}

fn facts(conn: &mut DbConnection, user: &User, patch: &PersonPatch) -> Administered<Facts> {
    let mut claims = user.claims.clone();
    claims.extend(patch.claims.clone());
    claims.retain(|_, value| !value.is_null());
    if patch.is_administrator == Some(false) {
        refuse_the_last_administrator(conn, user)?;
    }
    Ok(Facts {
        claims,
        attributes: attributes::merged(conn, user.attributes.clone(), &patch.attributes)?,
        groups: patch.groups.as_deref().map(|wanted| find_groups(conn, wanted)).transpose()?,
    })
}

fn find_groups(conn: &mut DbConnection, names: &[String]) -> Administered<Vec<Group>> {
    if names.len() > MAX_GROUPS {
        return invalid(say("refused-many-groups").with("most", MAX_GROUPS).about("groups"));
    }
    names.iter().map(|name| administer_groups::find(conn, name)).collect()
}

fn put_facts(
    conn: &mut DbConnection,
    user: &User,
    patch: &PersonPatch,
    facts: &Facts,
    now: Seconds,
) -> Result<(), StorageError> {
    if !patch.claims.is_empty() {
        users::set_claims(conn, user.id, &facts.claims, now)?;
    }
    if !patch.attributes.is_empty() {
        user_attributes::set(conn, user.id, &facts.attributes, now)?;
    }
    if let Some(required) = patch.requires_second_factor {
        users::set_requires_second_factor(conn, user.id, required)?;
    }
    if let Some(administrator) = patch.is_administrator {
        users::set_administrator(conn, user.id, administrator)?;
    }
    Ok(())
}

/// How many grants ended, at clients that the person may not use any more.
fn put_groups(
    conn: &mut DbConnection,
    user: &User,
    wanted: &[Group],
    now: Seconds,
) -> Result<usize, StorageError> {
    for name in groups::names_of(conn, user.id)? {
        if wanted.iter().all(|group| group.name != name)
            && let Some(group) = groups::find(conn, &name)?
        {
            groups::remove_member(conn, group.id, user.id)?;
        }
    }
    for group in wanted {
        groups::add_member(conn, group.id, user.id, now)?;
    }
    groups::revoke_unusable_grants(conn, now)
}

/// What went with a person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RemovedPerson {
    pub subject: String,
    pub name: String,
    /// Sessions that ended.
    pub sessions: usize,
}

/// Removes a person with everything that is theirs. Their `sub` is never given to anybody again; what the audit log says of
/// them stays.
pub async fn remove(means: &Means, who: Who, origin: Origin) -> Administered<RemovedPerson> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let user = people::find(conn, &who)?;
            refuse_the_last_administrator(conn, &user)?;
            // First, so that the clients are told that the person is signed out.
            let sessions = browser_sessions::end_all_of_user(conn, user.id, now)?;
            users::delete(conn, user.id)?;
            let details = json!({ "sub": user.subject, "name": user.name, "sessions": sessions });
            record(conn, EventKind::UserRemoved, &origin, details, now)?;
            Ok(RemovedPerson { subject: user.subject, name: user.name, sessions })
        })
        .await
}

/// Nobody could come to the desk any more.
pub(super) fn refuse_the_last_administrator(conn: &mut DbConnection, user: &User) -> Administered<()> {
    let is_able = user.is_administrator && user.disabled_at.is_none();
    if is_able && users::other_administrators(conn, user.id)? == 0 {
        return conflict(say("refused-last-administrator"));
    }
    Ok(())
}

fn checked(means: &Means, request: PersonRequest) -> Administered<PersonRequest> {
    let name = match set_up::checked_name(&request.name) {
        Ok(name) => name,
        Err(fault) => return invalid(fault.said()),
    };
    let email = checked_email(request.email.clone())?;
    if request.email_verified && email.is_none() {
        return invalid(say("refused-nothing-to-verify").about("email_verified"));
    }
    check_claims(&request.claims, &means.config)?;
    let owner = Owner {
        name: &name,
        email: email.as_deref(),
        issuer: means.config.issuer.as_str(),
        has_second_factor: request.requires_second_factor,
    };
    if let Some(password) = &request.password
        && let Err(fault) = password::check_new(password, &owner)
    {
        return invalid(fault.said());
    }
    Ok(PersonRequest { name, email, ..request })
}

fn checked_email(email: Option<String>) -> Administered<Option<String>> {
    set_up::checked_email(email).or_else(invalid)
}

/// What is wrong with a claim.
#[must_use]
pub fn claim_fault(fault: ClaimFault, claim: &str) -> Message {
    let message = match fault {
        ClaimFault::FilledIn => say("refused-claim-filled-in"),
        ClaimFault::Unknown => say("refused-claim-unknown"),
        ClaimFault::NoObject => say("refused-claim-object"),
        ClaimFault::NoTruth => say("refused-claim-boolean"),
    };
    message.with("claim", claim).about("claims")
}

/// Claims that somebody may write, of the type that each has. OpenID Connect Core §5.1.
fn check_claims(given: &Map<String, Value>, config: &Config) -> Administered<()> {
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        let text = value.as_str().map_or_else(|| Cow::Owned(value.to_string()), Cow::Borrowed);
        match claims::typed(name, &text, &config.scopes) {
            // Of an operator's own claim any value is good.
            Ok(typed) if typed == *value || !claims::is_taken(name) => {}
            Ok(_) => return invalid(say("refused-claim-type").with("claim", name).about("claims")),
            Err(fault) => return invalid(claim_fault(fault, name)),
        }
    }
    Ok(())
}
