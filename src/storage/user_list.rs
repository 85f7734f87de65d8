//! People as an operator looks through them: by filters, a page at a time, newest first.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::schema::{group_members, users};
use super::users::{Row, User};
use super::{DbConnection, StorageError};

/// Which people are wanted; what is `None` does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of the name, the address or the `sub`, in any letter case.
    pub text: Option<String>,
    pub is_disabled: Option<bool>,
    pub is_administrator: Option<bool>,
    /// The row id of a group that they are in.
    pub group_id: Option<i64>,
    /// Only those that came before the person of this row id.
    pub before_id: Option<i64>,
}

/// The people that the filter lets through, newest first, at most `limit`.
pub fn page(conn: &mut DbConnection, filter: &Filter, limit: i64) -> Result<Vec<User>, StorageError> {
    let mut query = users::table.select(Row::as_select()).order(users::id.desc()).limit(limit).into_boxed();
    match filter.is_disabled {
        None => {}
        Some(true) => query = query.filter(users::disabled_at.is_not_null()),
        Some(false) => query = query.filter(users::disabled_at.is_null()),
    }
    if let Some(wanted) = filter.is_administrator {
        query = query.filter(users::is_administrator.eq(wanted));
    }
    if let Some(group) = filter.group_id {
        let members = group_members::table.filter(group_members::group_id.eq(group));
        query = query.filter(users::id.eq_any(members.select(group_members::user_id)));
    }
    if let Some(id) = filter.before_id {
        query = query.filter(users::id.lt(id));
    }
    if let Some(text) = &filter.text {
        // PostgreSQL holds no such text, and refuses to look for it.
        if text.contains('\0') {
            return Ok(Vec::new());
        }
        let pattern = format!("%{}%", literal(&text.trim().to_lowercase()));
        let like = "lower(name || ' ' || coalesce(email, '') || ' ' || subject) LIKE ";
        query = query.filter(sql::<Bool>(like).bind::<Text, _>(pattern).sql(" ESCAPE '\\'"));
    }
    query.load(conn)?.into_iter().map(User::try_from).collect()
}

/// The text as a part of a pattern that stands for itself.
fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
