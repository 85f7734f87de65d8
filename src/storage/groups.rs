//! Groups of people: who is in them, which clients are for their members alone, and what they ask of a sign-in.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use super::clients::Client;
use super::schema::{client_groups, clients, group_members, groups_of_people};
use super::{DbConnection, StorageError};
use crate::clock::Seconds;

/// A group.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = groups_of_people)]
pub struct Group {
    pub id: i64,
    /// As the `groups` claim has it.
    pub name: String,
    pub description: String,
    /// A password alone does not sign a member in.
    pub requires_second_factor: bool,
    pub created_at: Seconds,
}

/// Somebody in a group.
#[derive(QueryableByName)]
pub struct Member {
    #[diesel(sql_type = BigInt)]
    pub user_id: i64,
    #[diesel(sql_type = Text)]
    pub subject: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = BigInt)]
    pub added_at: i64,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    holds: bool,
}

/// Whether a password alone does not sign this person in: for what they are, or for a group that they are in.
pub fn requires_second_factor(conn: &mut DbConnection, user_id: i64) -> Result<bool, StorageError> {
    let answer: Answer = diesel::sql_query(
        "SELECT EXISTS (SELECT 1 FROM users u WHERE u.id = $1 AND u.requires_second_factor) \
         OR EXISTS (SELECT 1 FROM group_members m JOIN groups_of_people g ON g.id = m.group_id \
         WHERE m.user_id = $2 AND g.requires_second_factor) AS holds",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<BigInt, _>(user_id)
    .get_result(conn)?;
    Ok(answer.holds)
}

/// Whether this person may use the client: everybody may, unless it is for members of groups.
pub fn may_use(conn: &mut DbConnection, client: &Client, user_id: i64) -> Result<bool, StorageError> {
    if !client.is_for_groups {
        return Ok(true);
    }
    let answer: Answer = diesel::sql_query(
        "SELECT EXISTS (SELECT 1 FROM client_groups c JOIN group_members m ON m.group_id = c.group_id \
         WHERE c.client_key = $1 AND m.user_id = $2) AS holds",
    )
    .bind::<BigInt, _>(client.key)
    .bind::<BigInt, _>(user_id)
    .get_result(conn)?;
    Ok(answer.holds)
}

/// What the groups of a person come to.
#[derive(Clone, Debug, Default)]
pub struct Membership {
    /// By name.
    pub names: Vec<String>,
    /// One of them asks for a second factor.
    pub requires_second_factor: bool,
}

/// The groups that a person is in.
pub fn of_person(conn: &mut DbConnection, user_id: i64) -> Result<Membership, StorageError> {
    let rows: Vec<(String, bool)> = group_members::table
        .inner_join(groups_of_people::table)
        .filter(group_members::user_id.eq(user_id))
        .select((groups_of_people::name, groups_of_people::requires_second_factor))
        .load(conn)?;
    let requires_second_factor = rows.iter().any(|(_, requires)| *requires);
    let mut names: Vec<String> = rows.into_iter().map(|(name, _)| name).collect();
    // Databases sort by their own rules.
    names.sort_unstable();
    Ok(Membership { names, requires_second_factor })
}

/// The names of the groups that a person is in.
pub fn names_of(conn: &mut DbConnection, user_id: i64) -> Result<Vec<String>, StorageError> {
    Ok(of_person(conn, user_id)?.names)
}

/// Every group, by name.
pub fn list(conn: &mut DbConnection) -> Result<Vec<Group>, StorageError> {
    let mut groups: Vec<Group> = groups_of_people::table.select(Group::as_select()).load(conn)?;
    groups.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    Ok(groups)
}

/// The group of this name.
pub fn find(conn: &mut DbConnection, name: &str) -> Result<Option<Group>, StorageError> {
    // PostgreSQL holds no such text, and refuses to look for it.
    if name.contains('\0') {
        return Ok(None);
    }
    Ok(groups_of_people::table
        .filter(groups_of_people::name.eq(name))
        .select(Group::as_select())
        .first(conn)
        .optional()?)
}

/// Adds a group; `false` if the name is taken.
pub fn insert(
    conn: &mut DbConnection,
    name: &str,
    description: &str,
    requires_second_factor: bool,
    now: Seconds,
) -> Result<bool, StorageError> {
    let added = diesel::sql_query(
        "INSERT INTO groups_of_people (name, description, requires_second_factor, created_at) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING",
    )
    .bind::<Text, _>(name)
    .bind::<Text, _>(description)
    .bind::<Bool, _>(requires_second_factor)
    .bind::<BigInt, _>(now)
    .execute(conn)?;
    Ok(added == 1)
}

/// Replaces what a group is; its name, which clients know it by, stays.
pub fn update(
    conn: &mut DbConnection,
    id: i64,
    description: &str,
    requires_second_factor: bool,
) -> Result<(), StorageError> {
    diesel::update(groups_of_people::table.find(id))
        .set((
            groups_of_people::description.eq(description),
            groups_of_people::requires_second_factor.eq(requires_second_factor),
        ))
        .execute(conn)?;
    Ok(())
}

/// Removes a group. Clients that are for its members alone stay so, for those of their other groups.
pub fn delete(conn: &mut DbConnection, id: i64) -> Result<bool, StorageError> {
    Ok(diesel::delete(groups_of_people::table.find(id)).execute(conn)? == 1)
}

/// How many are in a group.
pub fn size(conn: &mut DbConnection, id: i64) -> Result<i64, StorageError> {
    Ok(group_members::table.filter(group_members::group_id.eq(id)).count().get_result(conn)?)
}

/// Those in a group, oldest account first, who come after the person of this row id.
pub fn members(
    conn: &mut DbConnection,
    id: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<Member>, StorageError> {
    Ok(diesel::sql_query(
        "SELECT m.user_id, u.subject, u.name, m.added_at FROM group_members m JOIN users u ON u.id = m.user_id \
         WHERE m.group_id = $1 AND m.user_id > $2 ORDER BY m.user_id LIMIT $3",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(after)
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}

/// Puts a person into a group; `false` if they are in it, or one of the two is gone.
pub fn add_member(
    conn: &mut DbConnection,
    id: i64,
    user_id: i64,
    now: Seconds,
) -> Result<bool, StorageError> {
    let added = diesel::sql_query(
        "INSERT INTO group_members (group_id, user_id, added_at) \
         SELECT g.id, u.id, $1 FROM groups_of_people g, users u WHERE g.id = $2 AND u.id = $3 \
         ON CONFLICT (group_id, user_id) DO NOTHING",
    )
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(user_id)
    .execute(conn)?;
    Ok(added == 1)
}

/// Takes a person out of a group; `false` if they are not in it.
pub fn remove_member(conn: &mut DbConnection, id: i64, user_id: i64) -> Result<bool, StorageError> {
    Ok(diesel::delete(group_members::table.find((id, user_id))).execute(conn)? == 1)
}

/// The names of the groups whose members may use the client.
pub fn of_client(conn: &mut DbConnection, client_key: i64) -> Result<Vec<String>, StorageError> {
    let mut names: Vec<String> = client_groups::table
        .inner_join(groups_of_people::table)
        .filter(client_groups::client_key.eq(client_key))
        .select(groups_of_people::name)
        .load(conn)?;
    names.sort_unstable();
    Ok(names)
}

/// The row ids of the groups whose members may use the client.
pub fn ids_of_client(conn: &mut DbConnection, client_key: i64) -> Result<Vec<i64>, StorageError> {
    Ok(client_groups::table
        .filter(client_groups::client_key.eq(client_key))
        .order(client_groups::group_id)
        .select(client_groups::group_id)
        .load(conn)?)
}

/// The ids of the clients that are for members of this group.
pub fn clients_of(conn: &mut DbConnection, id: i64) -> Result<Vec<String>, StorageError> {
    Ok(client_groups::table
        .inner_join(clients::table)
        .filter(client_groups::group_id.eq(id))
        .order(clients::id)
        .select(clients::client_id)
        .load(conn)?)
}

/// Says whose members may use the client: of these groups, or, with `None`, everybody.
pub fn limit_client(
    conn: &mut DbConnection,
    client_key: i64,
    groups: Option<&[i64]>,
) -> Result<(), StorageError> {
    diesel::delete(client_groups::table.filter(client_groups::client_key.eq(client_key))).execute(conn)?;
    for group in groups.unwrap_or_default() {
        diesel::sql_query(
            "INSERT INTO client_groups (client_key, group_id) SELECT $1, g.id FROM groups_of_people g \
             WHERE g.id = $2 ON CONFLICT (client_key, group_id) DO NOTHING",
        )
        .bind::<BigInt, _>(client_key)
        .bind::<BigInt, _>(*group)
        .execute(conn)?;
    }
    diesel::update(clients::table.find(client_key))
        .set(clients::is_for_groups.eq(groups.is_some()))
        .execute(conn)?;
    Ok(())
}

/// Revokes every grant of a person at a client that they may not use any more; how many they were.
pub fn revoke_unusable_grants(conn: &mut DbConnection, now: Seconds) -> Result<usize, StorageError> {
    Ok(diesel::sql_query(
        "UPDATE grants SET revoked_at = $1 WHERE revoked_at IS NULL \
         AND client_key IN (SELECT id FROM clients WHERE is_for_groups) \
         AND NOT EXISTS (SELECT 1 FROM client_groups c JOIN group_members m ON m.group_id = c.group_id \
         WHERE c.client_key = grants.client_key AND m.user_id = grants.user_id)",
    )
    .bind::<BigInt, _>(now)
    .execute(conn)?)
}
