//! People.

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::account_links::{self, Purpose};
use super::schema::users;
use super::{DbConnection, StorageError, sign_ins};
use crate::clock::Seconds;

/// A person who can sign in.
#[derive(Clone, Debug)]
pub struct User {
    pub id: i64,
    /// The `sub` of this person: never reused, never a client's id.
    pub subject: String,
    pub name: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub is_administrator: bool,
    /// Standard claims of OpenID Connect Core §5.1 beside name and e-mail, as the operator filled them in.
    pub claims: Map<String, Value>,
    /// The language of their pages and e-mails; `None` = what the browser says.
    pub locale: Option<String>,
    pub created_at: Seconds,
    pub updated_at: Seconds,
    pub disabled_at: Option<Seconds>,
    /// `None` = never since the account was made.
    pub password_changed_at: Option<Seconds>,
    /// A password alone does not sign this person in.
    pub requires_second_factor: bool,
    pub signed_in_at: Option<Seconds>,
    /// How the account came to be: `operator`, `sign-up`, `invitation` or `upstream`.
    pub origin: String,
    /// Beside the standard claims, by the names that the operator gave them.
    pub attributes: Map<String, Value>,
}

/// A person about to be inserted.
pub struct NewUser<'a> {
    pub subject: &'a str,
    pub name: &'a str,
    pub email: Option<&'a str>,
    pub email_verified: bool,
    /// `None`: nobody can sign in with a password.
    pub password_hash: Option<&'a str>,
    pub is_administrator: bool,
    pub claims: &'a Map<String, Value>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = users)]
pub(super) struct Row {
    id: i64,
    subject: String,
    name: String,
    email: Option<String>,
    email_verified: bool,
    is_administrator: bool,
    claims: String,
    locale: Option<String>,
    created_at: i64,
    updated_at: i64,
    disabled_at: Option<i64>,
    password_changed_at: Option<i64>,
    requires_second_factor: bool,
    signed_in_at: Option<i64>,
    origin: String,
    attributes: String,
}

impl TryFrom<Row> for User {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            id: row.id,
            subject: row.subject,
            name: row.name,
            email: row.email,
            email_verified: row.email_verified,
            is_administrator: row.is_administrator,
            claims: serde_json::from_str(&row.claims).map_err(|_| StorageError::Corrupt("users.claims"))?,
            locale: row.locale,
            created_at: row.created_at,
            updated_at: row.updated_at,
            disabled_at: row.disabled_at,
            password_changed_at: row.password_changed_at,
            requires_second_factor: row.requires_second_factor,
            signed_in_at: row.signed_in_at,
            origin: row.origin,
            attributes: serde_json::from_str(&row.attributes)
                .map_err(|_| StorageError::Corrupt("users.attributes"))?,
        })
    }
}

/// The person with this sign-in name or verified address (compared as stored: both are lower case), and the stored password
/// hash. Nobody's name is the address of somebody else: [`is_name_free`].
pub fn find_by_identifier(
    conn: &mut DbConnection,
    identifier: &str,
) -> Result<Option<(User, Option<String>)>, StorageError> {
    // PostgreSQL holds no such text, and refuses to look for it.
    if identifier.contains('\0') {
        return Ok(None);
    }
    let found: Option<(Row, Option<String>)> = users::table
        .filter(users::name.eq(identifier).or(users::sign_in_email.eq(identifier)))
        .select((Row::as_select(), users::password_hash))
        .first(conn)
        .optional()?;
    found.map(|(row, hash)| Ok((User::try_from(row)?, hash))).transpose()
}

/// The person with this sign-in name (compared as stored: names are lower case) and the stored password hash.
pub fn find_by_name(
    conn: &mut DbConnection,
    name: &str,
) -> Result<Option<(User, Option<String>)>, StorageError> {
    let found: Option<(Row, Option<String>)> = users::table
        .filter(users::name.eq(name))
        .select((Row::as_select(), users::password_hash))
        .first(conn)
        .optional()?;
    found.map(|(row, hash)| Ok((User::try_from(row)?, hash))).transpose()
}

/// The person with this row id.
pub fn find(conn: &mut DbConnection, id: i64) -> Result<Option<User>, StorageError> {
    users::table.find(id).select(Row::as_select()).first(conn).optional()?.map(User::try_from).transpose()
}

/// The person with this `sub`.
pub fn find_by_subject(conn: &mut DbConnection, subject: &str) -> Result<Option<User>, StorageError> {
    // PostgreSQL holds no such text, and refuses to look for it.
    if subject.contains('\0') {
        return Ok(None);
    }
    users::table
        .filter(users::subject.eq(subject))
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(User::try_from)
        .transpose()
}

/// Holds a person against a change until the transaction is over; `false` if they were switched off, or have another
/// password than that of this hash.
pub fn hold(conn: &mut DbConnection, id: i64, password_hash: Option<&str>) -> Result<bool, StorageError> {
    let live = users::table.find(id).filter(users::disabled_at.is_null());
    let live = live.select((users::id, users::password_hash));
    let found: Option<(i64, Option<String>)> = match conn {
        DbConnection::Sqlite(conn) => live.first(conn).optional()?,
        // Not a shared lock: two sign-ins of one person that both note it would wait for each other.
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(conn) => live.for_no_key_update().first(conn).optional()?,
    };
    Ok(found.is_some_and(|(_, stored)| password_hash.is_none() || stored.as_deref() == password_hash))
}

/// Notes a sign-in.
pub fn note_sign_in(conn: &mut DbConnection, id: i64, now: Seconds) -> Result<(), StorageError> {
    diesel::update(users::table.find(id)).set(users::signed_in_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Stores another hash of the same password. `false` if it was changed meanwhile.
pub fn rehash(conn: &mut DbConnection, id: i64, old: &str, new: &str) -> Result<bool, StorageError> {
    let same = users::table.find(id).filter(users::password_hash.eq(old));
    Ok(diesel::update(same).set(users::password_hash.eq(new)).execute(conn)? == 1)
}

/// Holds a person against other changes of what is theirs until the transaction is over; `false` if they were removed or switched
/// off.
pub fn lock(conn: &mut DbConnection, id: i64) -> Result<bool, StorageError> {
    let live = users::table.find(id).filter(users::disabled_at.is_null()).select(users::id);
    let found = match conn {
        DbConnection::Sqlite(conn) => live.first::<i64>(conn).optional()?,
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(conn) => live.for_no_key_update().first::<i64>(conn).optional()?,
    };
    Ok(found.is_some())
}

/// Everybody, oldest first.
pub fn list(conn: &mut DbConnection) -> Result<Vec<User>, StorageError> {
    users::table
        .order(users::id)
        .select(Row::as_select())
        .load(conn)?
        .into_iter()
        .map(User::try_from)
        .collect()
}

/// What another person signs in by already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Name,
    Address,
}

/// Adds a person; or says what is taken, and then nothing was written.
pub fn insert(
    conn: &mut DbConnection,
    user: &NewUser<'_>,
    now: Seconds,
) -> Result<Result<i64, Taken>, StorageError> {
    #[derive(QueryableByName)]
    struct Inserted {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        id: i64,
    }
    use diesel::sql_types::{BigInt, Bool, Nullable, Text};
    let claims =
        serde_json::to_string(user.claims).map_err(|_| StorageError::Corrupt("users.claims: no JSON"))?;
    let verified = user.email.filter(|_| user.email_verified);
    if !is_name_free(conn, user.name)? {
        return Ok(Err(Taken::Name));
    }
    if let Some(email) = verified
        && !is_address_free(conn, email, None)?
    {
        return Ok(Err(Taken::Address));
    }
    let inserted: Inserted = diesel::sql_query(
        "INSERT INTO users (subject, name, email, email_verified, sign_in_email, password_hash, is_administrator, \
         claims, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
    )
    .bind::<Text, _>(user.subject)
    .bind::<Text, _>(user.name)
    .bind::<Nullable<Text>, _>(user.email)
    .bind::<Bool, _>(user.email_verified)
    .bind::<Nullable<Text>, _>(verified.map(str::to_lowercase))
    .bind::<Nullable<Text>, _>(user.password_hash)
    .bind::<Bool, _>(user.is_administrator)
    .bind::<Text, _>(&claims)
    .bind::<BigInt, _>(now)
    .bind::<BigInt, _>(now)
    .get_result(conn)?;
    Ok(Ok(inserted.id))
}

/// Ours among the advisory locks of a database.
#[cfg(feature = "postgres")]
const IDENTIFIERS: i64 = 4_731_002_618;

/// Until the transaction ends nobody else comes to a name or a verified address, so that what is free stays free. The rows of
/// people that the transaction needs are locked before. SQLite has one writer anyway.
fn hold_identifiers(conn: &mut DbConnection) -> Result<(), StorageError> {
    match conn {
        DbConnection::Sqlite(_) => {}
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(postgres) => {
            diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
                .bind::<diesel::sql_types::BigInt, _>(IDENTIFIERS)
                .execute(postgres)?;
        }
    }
    Ok(())
}

/// Whether nobody signs in by this, as their name or their address: it would be guesswork whom it means. It stays so until the
/// transaction ends.
pub fn is_name_free(conn: &mut DbConnection, name: &str) -> Result<bool, StorageError> {
    hold_identifiers(conn)?;
    let owner = users::table.filter(users::name.eq(name).or(users::sign_in_email.eq(name))).select(users::id);
    Ok(owner.first::<i64>(conn).optional()?.is_none())
}

/// Whether nobody but this person signs in by the address, as their address or their name. It stays so until the transaction ends.
pub fn is_address_free(conn: &mut DbConnection, email: &str, but: Option<i64>) -> Result<bool, StorageError> {
    hold_identifiers(conn)?;
    let folded = email.to_lowercase();
    let owners: Vec<i64> = users::table
        .filter(users::name.eq(&folded).or(users::sign_in_email.eq(&folded)))
        .select(users::id)
        .load(conn)?;
    Ok(owners.into_iter().all(|owner| Some(owner) == but))
}

/// Gives a person another address. `false` if it is verified and another person signs in by it: then nothing was written.
pub fn set_address(
    conn: &mut DbConnection,
    id: i64,
    email: Option<&str>,
    verified: bool,
    now: Seconds,
) -> Result<bool, StorageError> {
    let sign_in_email = email.filter(|_| verified);
    if let Some(email) = sign_in_email
        && !is_address_free(conn, email, Some(id))?
    {
        return Ok(false);
    }
    diesel::update(users::table.find(id))
        .set((
            users::email.eq(email),
            users::email_verified.eq(verified),
            users::sign_in_email.eq(sign_in_email.map(str::to_lowercase)),
            users::updated_at.eq(now),
        ))
        .execute(conn)?;
    // What was mailed to the address before leads nowhere.
    for purpose in [Purpose::Email, Purpose::Reset] {
        account_links::remove_of_user(conn, id, purpose)?;
    }
    Ok(true)
}

/// Who signs in by this address.
pub fn find_by_address(conn: &mut DbConnection, email: &str) -> Result<Option<User>, StorageError> {
    if email.contains('\0') {
        return Ok(None);
    }
    users::table
        .filter(users::sign_in_email.eq(email.to_lowercase()))
        .select(Row::as_select())
        .first(conn)
        .optional()?
        .map(User::try_from)
        .transpose()
}

/// Says how an account came to be, and in which language its person made it.
pub fn describe_new(
    conn: &mut DbConnection,
    id: i64,
    origin: &str,
    locale: Option<&str>,
) -> Result<(), StorageError> {
    diesel::update(users::table.find(id))
        .set((users::origin.eq(origin), users::locale.eq(locale)))
        .execute(conn)?;
    Ok(())
}

/// Holds every administrator against a change until the transaction is over; how many of them can sign in, beside this one.
pub fn other_administrators(conn: &mut DbConnection, id: i64) -> Result<usize, StorageError> {
    let able = users::table
        .filter(users::is_administrator.eq(true))
        .filter(users::disabled_at.is_null())
        .order(users::id)
        .select(users::id);
    let found: Vec<i64> = match conn {
        DbConnection::Sqlite(conn) => able.load(conn)?,
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(conn) => able.for_update().load(conn)?,
    };
    Ok(found.iter().filter(|other| **other != id).count())
}

/// Removes a person. Their sessions, grants and consents go by foreign key.
pub fn delete(conn: &mut DbConnection, id: i64) -> Result<(), StorageError> {
    diesel::delete(users::table.find(id)).execute(conn)?;
    Ok(())
}

/// Holds a person against other changes until the transaction is over, also one who was switched off; `false` if they are gone.
pub fn lock_any(conn: &mut DbConnection, id: i64) -> Result<bool, StorageError> {
    let row = users::table.find(id).select(users::id);
    let found = match conn {
        DbConnection::Sqlite(conn) => row.first::<i64>(conn).optional()?,
        #[cfg(feature = "postgres")]
        DbConnection::Postgres(conn) => row.for_no_key_update().first::<i64>(conn).optional()?,
    };
    Ok(found.is_some())
}

/// Whether a person has a password.
pub fn has_password(conn: &mut DbConnection, id: i64) -> Result<bool, StorageError> {
    let hash: Option<Option<String>> =
        users::table.find(id).select(users::password_hash).first(conn).optional()?;
    Ok(hash.flatten().is_some())
}

/// Replaces the claims of a person beside name and e-mail.
pub fn set_claims(
    conn: &mut DbConnection,
    id: i64,
    claims: &Map<String, Value>,
    now: Seconds,
) -> Result<(), StorageError> {
    let claims = serde_json::to_string(claims).map_err(|_| StorageError::Corrupt("users.claims: no JSON"))?;
    diesel::update(users::table.find(id))
        .set((users::claims.eq(claims), users::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Says whether a password alone signs a person in.
pub fn set_requires_second_factor(
    conn: &mut DbConnection,
    id: i64,
    required: bool,
) -> Result<(), StorageError> {
    diesel::update(users::table.find(id)).set(users::requires_second_factor.eq(required)).execute(conn)?;
    Ok(())
}

/// Says whether a person administers this server.
pub fn set_administrator(conn: &mut DbConnection, id: i64, administrator: bool) -> Result<(), StorageError> {
    diesel::update(users::table.find(id)).set(users::is_administrator.eq(administrator)).execute(conn)?;
    Ok(())
}

/// Switches a person off, or on again with `None`. `false` if they were so already.
pub fn set_disabled(
    conn: &mut DbConnection,
    id: i64,
    disabled_at: Option<Seconds>,
) -> Result<bool, StorageError> {
    let row = users::table.find(id);
    let set = users::disabled_at.eq(disabled_at);
    let changed = if disabled_at.is_some() {
        diesel::update(row.filter(users::disabled_at.is_null())).set(set).execute(conn)?
    } else {
        diesel::update(row.filter(users::disabled_at.is_not_null())).set(set).execute(conn)?
    };
    Ok(changed == 1)
}

/// Gives a person another password.
pub fn set_password(
    conn: &mut DbConnection,
    id: i64,
    password_hash: &str,
    now: Seconds,
) -> Result<(), StorageError> {
    diesel::update(users::table.find(id))
        .set((users::password_hash.eq(password_hash), users::password_changed_at.eq(Some(now))))
        .execute(conn)?;
    // What was proven with the one before leads nowhere, and nobody has to replace it any more.
    sign_ins::end_all_of_user(conn, id)?;
    account_links::remove_of_user(conn, id, Purpose::Reset)
}

/// How a person is written to.
#[derive(Clone, Debug, Queryable)]
pub struct Reached {
    pub email: String,
    pub name: String,
    pub locale: Option<String>,
}

/// The verified address of a person; `None` if there is none: an address that nobody showed to be theirs is written to only
/// to verify it.
pub fn reached(conn: &mut DbConnection, id: i64) -> Result<Option<Reached>, StorageError> {
    Ok(users::table
        .find(id)
        .filter(users::email_verified.eq(true))
        .filter(users::email.is_not_null())
        .select((users::email.assume_not_null(), users::name, users::locale))
        .first(conn)
        .optional()?)
}
