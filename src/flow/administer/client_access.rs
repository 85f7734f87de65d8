//! For whom a client is, and how sure a sign-in to it must be.

use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{Administered, clients as administer, groups as administer_groups, invalid};
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

fn of(conn: &mut DbConnection, client: &Client) -> Result<Access, StorageError> {
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
    if access.least_acr.as_deref().is_some_and(|wanted| Acr::from_name(wanted).is_none()) {
        let known = acr::ALL.map(Acr::as_str).join(", ");
        return invalid(say("refused-acr").with("known", known).about("least_acr"));
    }
    if access.groups.as_ref().is_some_and(|groups| groups.len() > MAX_GROUPS) {
        return invalid(say("refused-many-groups").with("most", MAX_GROUPS).about("groups"));
    }
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            let client = administer::locked(conn, &client_id)?;
            let ids = match &access.groups {
                None => None,
                Some(names) => {
                    let found = names.iter().map(|name| Ok(administer_groups::find(conn, name)?.id));
                    Some(found.collect::<Administered<Vec<i64>>>()?)
                }
            };
            groups::limit_client(conn, client.key, ids.as_deref())?;
            clients::set_least_acr(conn, client.key, access.least_acr.as_deref())?;
            let grants = groups::revoke_unusable_grants(conn, now)?;
            let details = json!({ "groups": access.groups, "least_acr": access.least_acr, "grants": grants });
            let (kind, id) = (EventKind::ClientAccessChanged, Some(client_id.as_str()));
            audit_events::record(conn, &Event { kind, origin: &origin, client_id: id, details }, now)?;
            let client = administer::find(conn, &client_id)?;
            Ok(of(conn, &client)?)
        })
        .await
}
