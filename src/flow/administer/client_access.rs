//! For whom a client is, and how sure a sign-in to it must be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Administered, clients as administer, groups as administer_groups, invalid};
use crate::clock::Seconds;
use crate::flow::Means;
use crate::protocol::acr::{self, Acr};
use crate::storage::audit_events::{self, Event, EventKind, Origin};
use crate::storage::clients::{self, Client};
use crate::storage::{DbConnection, StorageError, groups};
use crate::texts::say;

/// The most groups of one client.
const MAX_GROUPS: usize = 100;

/// For whom a client is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// Only members of one of these groups may use it; null = everybody, an empty list = nobody.
    #[serde(default)]
    pub groups: Option<Vec<String>>,
    /// The least `acr` with which anybody signs in to it; null = any.
    #[serde(default)]
    pub least_acr: Option<String>,
}

/// The same, its groups found.
pub(super) struct Resolved {
    pub access: Access,
    ids: Option<Vec<i64>>,
}

impl Access {
    /// Whether everybody may use the client, however they signed in.
    pub(super) fn is_open(&self) -> bool {
        self.groups.is_none() && self.least_acr.is_none()
    }

    /// Refuses what no client can have.
    pub(super) fn check(&self) -> Administered<()> {
        if self.least_acr.as_deref().is_some_and(|wanted| Acr::from_name(wanted).is_none()) {
            let known = acr::ALL.map(Acr::as_str).join(", ");
            return invalid(say("refused-acr").with("known", known).about("least_acr"));
        }
        if self.groups.as_ref().is_some_and(|groups| groups.len() > MAX_GROUPS) {
            return invalid(say("refused-many-groups").with("most", MAX_GROUPS).about("groups"));
        }
        Ok(())
    }

    /// With the groups of these names, which must be there; each once, in order.
    pub(super) fn resolved(&self, conn: &mut DbConnection) -> Administered<Resolved> {
        let Some(names) = &self.groups else { return Ok(Resolved { access: self.clone(), ids: None }) };
        let found: Administered<BTreeMap<String, i64>> = names
            .iter()
            .map(|name| administer_groups::find(conn, name).map(|group| (group.name, group.id)))
            .collect();
        let (groups, ids) = found?.into_iter().unzip();
        let access = Self { groups: Some(groups), least_acr: self.least_acr.clone() };
        Ok(Resolved { access, ids: Some(ids) })
    }
}

/// For whom the client is now.
pub(super) fn of(conn: &mut DbConnection, client: &Client) -> Result<Access, StorageError> {
    let groups = client.is_for_groups.then(|| groups::of_client(conn, client.key)).transpose()?;
    Ok(Access { groups, least_acr: client.least_acr.map(|acr| acr.as_str().to_owned()) })
}

/// For whom the client is.
pub async fn show(means: &Means, client_id: String) -> Administered<Access> {
    means
        .database
        .read(move |conn| {
            let client = administer::find(conn, &client_id)?;
            Ok(of(conn, &client)?)
        })
        .await
}

/// Says for whom the client is. The grants of people who may not use it any more are dead at once.
pub async fn change(
    means: &Means,
    client_id: String,
    access: Access,
    origin: Origin,
) -> Administered<Access> {
    access.check()?;
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let client = administer::locked(conn, &client_id)?;
            let wanted = access.resolved(conn)?;
            put(conn, (client.key, &client_id), &wanted, &origin, now)?;
            let client = administer::find(conn, &client_id)?;
            Ok(of(conn, &client)?)
        })
        .await
}

/// Puts it in place and writes it down. The client's row must be locked, or new.
pub(super) fn put(
    conn: &mut DbConnection,
    (key, client_id): (i64, &str),
    wanted: &Resolved,
    origin: &Origin,
    now: Seconds,
) -> Result<(), StorageError> {
    let access = &wanted.access;
    groups::limit_client(conn, key, wanted.ids.as_deref())?;
    clients::set_least_acr(conn, key, access.least_acr.as_deref())?;
    let grants = groups::revoke_unusable_grants(conn, now)?;
    let details = json!({ "groups": access.groups, "least_acr": access.least_acr, "grants": grants });
    let (kind, client_id) = (EventKind::ClientAccessChanged, Some(client_id));
    audit_events::record(conn, &Event { kind, origin, client_id, details }, now)
}
