//! What operators know of people beside the standard claims, and the claims that it becomes. OpenID Connect Core §5.1.2.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Administered, conflict, invalid, not_found, record};
use crate::config::Config;
use crate::flow::Means;
use crate::protocol::attribute::{Attribute, AttributeKind};
use crate::protocol::claims;
use crate::protocol::scope::{OWN_PREFIX, Scopes};
use crate::storage::audit_events::{EventKind, Origin};
use crate::storage::{DbConnection, server_state, user_attributes};
use crate::texts::{Message, say};

/// The most attributes.
const MOST: usize = 100;
/// The longest name, in characters.
const MAX_NAME: usize = 64;
/// The longest label and claim, in characters.
const MAX_TEXT: usize = 128;
/// Scopes that say nothing about what is known of a person: the words of their consent do not cover it.
const OF_NOBODY: [&str; 2] = ["openid", "offline_access"];

/// A new attribute.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributeRequest {
    /// Small letters, digits and `_`, as in `cost_centre`. It never changes.
    pub name: String,
    /// `text`, `number`, `boolean` or `texts`. It never changes.
    pub kind: String,
    /// For people; the name if it is not given.
    #[serde(default)]
    pub label: Option<String>,
    /// What clients get it as; the name if it is not given.
    #[serde(default)]
    pub claim: Option<String>,
    /// Each of these scopes opens the claim; empty = no client gets it.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Whether people may change their own.
    #[serde(default)]
    pub editable_by_person: bool,
}

/// An attribute.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttributeView {
    pub name: String,
    pub kind: &'static str,
    pub label: String,
    pub claim: String,
    pub scopes: Vec<String>,
    pub editable_by_person: bool,
}

impl From<&Attribute> for AttributeView {
    fn from(attribute: &Attribute) -> Self {
        Self {
            name: attribute.name.clone(),
            kind: attribute.kind.as_str(),
            label: attribute.label.clone(),
            claim: attribute.claim.clone(),
            scopes: attribute.scopes.iter().map(str::to_owned).collect(),
            editable_by_person: attribute.editable_by_person,
        }
    }
}

/// Every attribute.
#[derive(Serialize, ToSchema)]
pub struct AttributeList {
    pub attributes: Vec<AttributeView>,
}

/// What went with an attribute.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct RemovedAttribute {
    /// So many people had a value.
    pub people: usize,
}

/// Every attribute, oldest first.
pub async fn list(means: &Means) -> Administered<AttributeList> {
    let all = means.database.read(move |conn| Administered::Ok(user_attributes::list(conn)?)).await?;
    Ok(AttributeList { attributes: all.iter().map(AttributeView::from).collect() })
}

/// Adds an attribute.
pub async fn add(means: &Means, request: AttributeRequest, origin: Origin) -> Administered<AttributeView> {
    let (wanted, now) = (checked(request, &means.config)?, means.clock.now());
    means
        .database
        .write(move |conn| {
            // First: whoever adds the same attribute at this moment waits here.
            server_state::bump(conn, server_state::ATTRIBUTES_VERSION)?;
            let known = user_attributes::list(conn)?;
            if known.len() >= MOST {
                return conflict(say("refused-many-attributes").with("most", MOST));
            }
            if known.iter().any(|other| other.name == wanted.name) {
                return conflict(say("refused-attribute-taken").with("name", &wanted.name).about("name"));
            }
            refuse_taken_claim(&known, &wanted)?;
            user_attributes::insert(conn, &wanted, now)?;
            record(conn, EventKind::AttributeAdded, &origin, details(&wanted), now)?;
            Ok(AttributeView::from(&wanted))
        })
        .await
}

/// Replaces what an attribute is, but for its name and its kind.
pub async fn replace(
    means: &Means,
    name: String,
    request: AttributeRequest,
    origin: Origin,
) -> Administered<AttributeView> {
    let (wanted, now) = (checked(request, &means.config)?, means.clock.now());
    means
        .database
        .write(move |conn| {
            server_state::bump(conn, server_state::ATTRIBUTES_VERSION)?;
            let mut others = user_attributes::list(conn)?;
            let known = take(&mut others, &name)?;
            if wanted.name != known.name || wanted.kind != known.kind {
                return invalid(say("refused-attribute-fixed").about("name"));
            }
            refuse_taken_claim(&others, &wanted)?;
            user_attributes::update(conn, &wanted)?;
            record(conn, EventKind::AttributeChanged, &origin, details(&wanted), now)?;
            Ok(AttributeView::from(&wanted))
        })
        .await
}

/// Removes an attribute, and with it what was known by it of everybody.
pub async fn remove(means: &Means, name: String, origin: Origin) -> Administered<RemovedAttribute> {
    let now = means.clock.now();
    means
        .database
        .write(move |conn| {
            server_state::bump(conn, server_state::ATTRIBUTES_VERSION)?;
            let known = take(&mut user_attributes::list(conn)?, &name)?;
            let people = user_attributes::delete(conn, &known.name)?;
            let details = json!({ "attribute": known.name, "people": people });
            record(conn, EventKind::AttributeRemoved, &origin, details, now)?;
            Ok(RemovedAttribute { people })
        })
        .await
}

fn take(all: &mut Vec<Attribute>, name: &str) -> Administered<Attribute> {
    if let Some(index) = all.iter().position(|attribute| attribute.name == name) {
        return Ok(all.swap_remove(index));
    }
    let shown: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    not_found(say("refused-no-attribute").with("name", shown))
}

fn refuse_taken_claim(others: &[Attribute], wanted: &Attribute) -> Administered<()> {
    match others.iter().find(|other| other.claim == wanted.claim) {
        Some(other) => conflict(
            say("refused-claim-of-attribute")
                .with("claim", &wanted.claim)
                .with("attribute", &other.name)
                .about("claim"),
        ),
        None => Ok(()),
    }
}

fn details(attribute: &Attribute) -> Value {
    json!({
        "attribute": attribute.name, "claim": attribute.claim, "scopes": attribute.scopes,
        "editable_by_person": attribute.editable_by_person,
    })
}

fn checked(request: AttributeRequest, config: &Config) -> Administered<Attribute> {
    let AttributeRequest { name, kind, label, claim, scopes, editable_by_person } = request;
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= MAX_NAME
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !is_name {
        return invalid(say("refused-attribute-name").with("most", MAX_NAME).about("name"));
    }
    let Some(kind) = AttributeKind::from_name(&kind) else {
        let known = AttributeKind::ALL.map(AttributeKind::as_str).join(", ");
        return invalid(say("refused-attribute-kind").with("known", known).about("kind"));
    };
    let given = |text: Option<String>| text.filter(|text| !text.is_empty()).unwrap_or_else(|| name.clone());
    let (label, claim) = (given(label), given(claim));
    if label.trim().is_empty() || label.chars().count() > MAX_TEXT || label.chars().any(char::is_control) {
        return invalid(say("refused-label").with("most", MAX_TEXT).about("label"));
    }
    refuse_claim(&claim, config)?;
    let is_open = |scope: &String| {
        config.scopes.iter().any(|known| known.name == *scope)
            && !scope.starts_with(OWN_PREFIX)
            && !OF_NOBODY.contains(&scope.as_str())
    };
    if let Some(scope) = scopes.iter().find(|scope| !is_open(scope)) {
        let shown: String = scope.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
        return invalid(say("refused-scope-of-nobody").with("scope", shown).about("scopes"));
    }
    let scopes: Scopes = scopes.into_iter().collect();
    Ok(Attribute { name, label, kind, claim, scopes, editable_by_person })
}

/// A claim that means something already must not be anything else. RFC 7519 §4.1, OpenID Connect Core §5.1.
fn refuse_claim(claim: &str, config: &Config) -> Administered<()> {
    if claim.len() > MAX_TEXT || !claim.bytes().all(|byte| byte.is_ascii_graphic()) {
        return invalid(say("refused-claim-letters").with("most", MAX_TEXT).about("claim"));
    }
    if claims::is_taken(claim) {
        return invalid(say("refused-claim-taken").with("claim", claim).about("claim"));
    }
    match config.scopes.iter().find(|scope| scope.claims.iter().any(|known| known == claim)) {
        Some(scope) => {
            let message = say("refused-claim-of-scope").with("claim", claim).with("scope", &scope.name);
            conflict(message.about("claim"))
        }
        None => Ok(()),
    }
}

/// What the values of an attribute are.
#[must_use]
pub fn of_kind(kind: AttributeKind, name: &str) -> Message {
    let message = match kind {
        AttributeKind::Text => say("refused-value-text"),
        AttributeKind::Number => say("refused-value-number"),
        AttributeKind::Boolean => say("refused-value-boolean"),
        AttributeKind::Texts => say("refused-value-texts"),
    };
    message.with("name", name).about("attributes")
}

/// What is known of a person with these values put in; null removes one.
pub(super) fn merged(
    conn: &mut DbConnection,
    known: Map<String, Value>,
    given: &Map<String, Value>,
) -> Administered<Map<String, Value>> {
    let attributes = user_attributes::list(conn)?;
    for (name, value) in given {
        let Some(attribute) = attributes.iter().find(|attribute| attribute.name == *name) else {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
            return invalid(say("refused-no-attribute").with("name", shown).about("attributes"));
        };
        if !value.is_null() && !attribute.kind.is_of(value) {
            return invalid(of_kind(attribute.kind, name));
        }
    }
    let mut merged = known;
    merged.extend(given.clone());
    merged.retain(|_, value| !value.is_null());
    Ok(merged)
}
