//! What a person sees and changes of what the operator knows of them.

use serde_json::{Map, Value, json};

use super::{Means, Origin};
use crate::protocol::attribute::AttributeKind;
use crate::storage::audit_events::{self, Event, EventKind};
use crate::storage::{DbConnection, Failure, StorageError, user_attributes, users};

/// Why nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnRefusal {
    /// The person is gone or switched off.
    Gone,
    /// There is no such attribute that people may change.
    NotTheirs(String),
    /// The value is not of the attribute's kind.
    WrongKind(String),
}

/// An attribute as its person sees it.
#[derive(Clone, Debug)]
pub struct OwnAttribute {
    pub name: String,
    pub label: String,
    pub kind: AttributeKind,
    /// As somebody would type it; empty = nothing is known.
    pub shown: String,
    pub is_editable: bool,
}

/// What is known of a person by attributes: what they may change, and the rest as far as something is known.
pub fn of(conn: &mut DbConnection, user_id: i64) -> Result<Vec<OwnAttribute>, StorageError> {
    let Some(user) = users::find(conn, user_id)? else { return Ok(Vec::new()) };
    let attributes = user_attributes::list(conn)?.into_iter();
    Ok(attributes
        .map(|attribute| OwnAttribute {
            shown: user
                .attributes
                .get(&attribute.name)
                .map(|it| attribute.kind.shown(it))
                .unwrap_or_default(),
            name: attribute.name,
            label: attribute.label,
            kind: attribute.kind,
            is_editable: attribute.editable_by_person,
        })
        .filter(|attribute| attribute.is_editable || !attribute.shown.is_empty())
        .collect())
}

/// As [`of`], by itself.
pub async fn list(means: &Means, user_id: i64) -> Result<Vec<OwnAttribute>, StorageError> {
    let found = means.database.read(move |conn| Ok::<_, Failure<OwnRefusal>>(of(conn, user_id)?)).await;
    match found {
        Ok(found) => Ok(found),
        Err(Failure::Broken(error)) => Err(error),
        Err(Failure::Refused(_)) => Ok(Vec::new()),
    }
}

/// Changes what a person typed, by the names of attributes; an empty text removes one. All of it, or nothing.
pub async fn change(
    means: &Means,
    user_id: i64,
    typed: Vec<(String, String)>,
    origin: Origin,
) -> Result<(), Failure<OwnRefusal>> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let refused = |refusal| Err(Failure::Refused(refusal));
            if !users::lock(conn, user_id)? {
                return refused(OwnRefusal::Gone);
            }
            let Some(user) = users::find(conn, user_id)? else { return refused(OwnRefusal::Gone) };
            let attributes = user_attributes::list(conn)?;
            let mut values: Map<String, Value> = user.attributes.clone();
            for (name, text) in &typed {
                let Some(attribute) =
                    attributes.iter().find(|known| known.name == *name && known.editable_by_person)
                else {
                    return refused(OwnRefusal::NotTheirs(name.clone()));
                };
                if text.trim().is_empty() {
                    values.remove(name);
                } else if let Some(value) = attribute.kind.typed(text.trim()) {
                    values.insert(name.clone(), value);
                } else {
                    return refused(OwnRefusal::WrongKind(name.clone()));
                }
            }
            if values == user.attributes {
                return Ok(());
            }
            user_attributes::set(conn, user_id, &values, now)?;
            let names: Vec<&String> = typed.iter().map(|(name, _)| name).collect();
            let details = json!({ "sub": user.subject, "name": user.name, "changed_attributes": names });
            let event = Event { kind: EventKind::UserChanged, origin: &origin, client_id: None, details };
            Ok(audit_events::record(conn, &event, now)?)
        })
        .await
}
