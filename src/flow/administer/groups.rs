//! Groups: who is in them, and what they ask of their members.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::people::{self, Who};
use super::{Administered, clients, conflict, invalid, not_found, record};
use crate::clock::Seconds;
use crate::flow::Means;
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::groups::{self, Group};
use crate::storage::{DbConnection, StorageError};
use crate::texts::say;

/// The longest name, in characters.
const MAX_NAME: usize = 64;
/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 256;

/// A new group.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupRequest {
    /// As the `groups` claim has it: no space. It never changes, because clients know the group by it.
    pub name: String,
    /// One line, for other operators.
    #[serde(default)]
    pub description: String,
    /// A password alone does not sign a member in.
    #[serde(default)]
    pub requires_second_factor: bool,
}

/// What a group is beside its name.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupChange {
    /// One line, for other operators.
    #[serde(default)]
    pub description: String,
    /// A password alone does not sign a member in.
    #[serde(default)]
    pub requires_second_factor: bool,
}

/// A group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GroupView {
    pub name: String,
    pub description: String,
    pub requires_second_factor: bool,
    pub created_at: Seconds,
    /// How many are in it.
    pub members: i64,
    /// The clients that are for its members.
    pub clients: Vec<String>,
}

/// Every group.
#[derive(Serialize, ToSchema)]
pub struct GroupList {
    /// By name.
    pub groups: Vec<GroupView>,
}

/// Somebody in a group.
#[derive(Serialize, ToSchema)]
pub struct MemberView {
    pub subject: String,
    pub name: String,
    pub added_at: Seconds,
}

/// A part of the members, oldest account first.
#[derive(Serialize, ToSchema)]
pub struct MemberPage {
    pub members: Vec<MemberView>,
    /// Asks for the page after this one; null = there is none.
    pub next_page_token: Option<String>,
}

/// What came of a change of who is where.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Withdrawn {
    /// Grants at clients that their people may not use any more: they are dead.
    pub grants: usize,
}

fn view(conn: &mut DbConnection, group: Group) -> Result<GroupView, StorageError> {
    Ok(GroupView {
        members: groups::size(conn, group.id)?,
        clients: groups::clients_of(conn, group.id)?,
        name: group.name,
        description: group.description,
        requires_second_factor: group.requires_second_factor,
        created_at: group.created_at,
    })
}

/// The group of this name.
pub(super) fn find(conn: &mut DbConnection, name: &str) -> Administered<Group> {
    let shown = || name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect::<String>();
    groups::find(conn, name)?.map_or_else(|| not_found(say("refused-no-group").with("name", shown())), Ok)
}

/// Every group, with how many are in it.
pub async fn list(means: &Means) -> Administered<GroupList> {
    means
        .database
        .read(move |conn| {
            let all = groups::list(conn)?;
            let groups =
                all.into_iter().map(|group| view(conn, group)).collect::<Result<_, StorageError>>()?;
            Ok(GroupList { groups })
        })
        .await
}

/// The group of this name.
pub async fn show(means: &Means, name: String) -> Administered<GroupView> {
    means
        .database
        .read(move |conn| {
            let group = find(conn, &name)?;
            Ok(view(conn, group)?)
        })
        .await
}

/// Makes a group.
pub async fn add(means: &Means, request: GroupRequest, origin: Origin) -> Administered<GroupView> {
    let GroupRequest { name, description, requires_second_factor } = request;
    let change = checked(&GroupChange { description, requires_second_factor })?;
    // It stands in addresses, too.
    let is_good = |c: char| c.is_ascii_alphanumeric() || "-_.:@+".contains(c);
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !begins || name.chars().count() > MAX_NAME || !name.chars().all(is_good) {
        return invalid(say("refused-group-name").with("most", MAX_NAME).about("name"));
    }
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            if !groups::insert(conn, &name, &change.description, change.requires_second_factor, now)? {
                return conflict(say("refused-group-taken").with("name", &name).about("name"));
            }
            record(conn, EventKind::GroupAdded, &origin, details(&name, &change), now)?;
            let group = find(conn, &name)?;
            Ok(view(conn, group)?)
        })
        .await
}

/// Replaces what a group is beside its name.
pub async fn change(
    means: &Means,
    name: String,
    change: GroupChange,
    origin: Origin,
) -> Administered<GroupView> {
    let (change, now) = (checked(&change)?, means.clock.now());
    means
        .database
        .write(move |conn| {
            let group = find(conn, &name)?;
            groups::update(conn, group.id, &change.description, change.requires_second_factor)?;
            record(conn, EventKind::GroupChanged, &origin, details(&name, &change), now)?;
            let group = find(conn, &name)?;
            Ok(view(conn, group)?)
        })
        .await
}

/// Removes a group. Clients that are for its members alone are then for those of their other groups, or for nobody.
pub async fn remove(means: &Means, name: String, origin: Origin) -> Administered<Withdrawn> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let group = find(conn, &name)?;
            let members = groups::size(conn, group.id)?;
            groups::delete(conn, group.id)?;
            let grants = groups::revoke_unusable_grants(conn, now)?;
            let details = json!({ "group": name, "members": members, "grants": grants });
            record(conn, EventKind::GroupRemoved, &origin, details, now)?;
            Ok(Withdrawn { grants })
        })
        .await
}

/// Who is in a group, a page at a time.
pub async fn members(
    means: &Means,
    name: String,
    size: i64,
    page_token: Option<&str>,
) -> Administered<MemberPage> {
    let after = page_token.map(clients::read_page_token).transpose()?.unwrap_or_default();
    let mut found = means
        .database
        .read(move |conn| {
            let group = find(conn, &name)?;
            Ok(groups::members(conn, group.id, after, size + 1)?)
        })
        .await?;
    let wanted = usize::try_from(size).unwrap_or_default();
    let has_more = found.len() > wanted;
    found.truncate(wanted);
    let last = found.last().map(|member| member.user_id);
    Ok(MemberPage {
        next_page_token: last.filter(|_| has_more).map(clients::page_token_of),
        members: found
            .into_iter()
            .map(|member| MemberView {
                subject: member.subject,
                name: member.name,
                added_at: member.added_at,
            })
            .collect(),
    })
}

/// Puts somebody into a group; whoever is in it stays in it.
pub async fn add_member(means: &Means, name: String, who: Who, origin: Origin) -> Administered<()> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let (group, user) = (find(conn, &name)?, people::find(conn, &who)?);
            if groups::add_member(conn, group.id, user.id, now)? {
                let details = json!({ "group": name, "sub": user.subject, "name": user.name });
                record(conn, EventKind::GroupMemberAdded, &origin, details, now)?;
            }
            Ok(())
        })
        .await
}

/// Takes somebody out of a group. Their grants at clients that they may use no more are dead at once.
pub async fn remove_member(means: &Means, name: String, who: Who, origin: Origin) -> Administered<Withdrawn> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let (group, user) = (find(conn, &name)?, people::find(conn, &who)?);
            if !groups::remove_member(conn, group.id, user.id)? {
                return not_found(say("refused-no-member").with("name", &user.name).with("group", &name));
            }
            let grants = groups::revoke_unusable_grants(conn, now)?;
            let details = json!({ "group": name, "sub": user.subject, "name": user.name, "grants": grants });
            record(conn, EventKind::GroupMemberRemoved, &origin, details, now)?;
            Ok(Withdrawn { grants })
        })
        .await
}

fn details(name: &str, change: &GroupChange) -> Value {
    json!({
        "group": name, "description": change.description,
        "requires_second_factor": change.requires_second_factor,
    })
}

fn checked(change: &GroupChange) -> Administered<GroupChange> {
    let description = change.description.trim().to_owned();
    if description.chars().count() > MAX_DESCRIPTION || description.chars().any(char::is_control) {
        return invalid(say("refused-description").with("most", MAX_DESCRIPTION).about("description"));
    }
    Ok(GroupChange { description, requires_second_factor: change.requires_second_factor })
}
