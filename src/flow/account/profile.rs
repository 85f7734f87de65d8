//! What a person says about themselves. OpenID Connect Core §5.1.

use serde_json::{Map, Value, json};

use super::{AccountRefusal, Done, record, refuse};
use crate::flow::{BrowserSession, Means, Origin};
use crate::storage::audit_events::EventKind;
use crate::storage::{StorageError, person_view, users};
use crate::texts::tags;

/// The claims that everybody may say of themselves: names, and nothing that anybody vouches for. Security statement P21.
pub const EDITABLE: [&str; 4] = ["name", "given_name", "family_name", "nickname"];

/// The longest value, in characters.
const MAX_TEXT: usize = 128;

/// What is to hold from now on.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// In the order of [`EDITABLE`]; an empty one removes the claim.
    pub claims: [String; EDITABLE.len()],
    /// A language of the pages; `None` = what the browser says.
    pub locale: Option<String>,
}

/// Replaces what the person says about themselves; every other claim stays as it is.
pub async fn change_profile(
    means: &Means,
    session: &BrowserSession,
    profile: Profile,
    origin: Origin,
) -> Done<()> {
    let is_line = |text: &String| text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control);
    if !profile.claims.iter().all(is_line) {
        return refuse(AccountRefusal::Text);
    }
    let locale = profile.locale.filter(|wanted| tags().any(|tag| tag == wanted));
    let (now, session, wanted) = (means.clock.now(), session.clone(), profile.claims);
    means
        .database
        .write(move |conn| {
            if !users::lock(conn, session.user.id)? {
                return refuse(AccountRefusal::Gone);
            }
            let Some(user) = users::find(conn, session.user.id)? else { return refuse(AccountRefusal::Gone) };
            let mut claims: Map<String, Value> = user.claims.clone();
            for (name, text) in EDITABLE.iter().zip(&wanted) {
                match text.trim() {
                    "" => claims.remove(*name),
                    text => claims.insert((*name).to_owned(), text.into()),
                };
            }
            let changed: Vec<&str> =
                EDITABLE.into_iter().filter(|name| claims.get(*name) != user.claims.get(*name)).collect();
            if changed.is_empty() && locale == user.locale {
                return Ok(());
            }
            let text =
                serde_json::to_string(&claims).map_err(|_| StorageError::Corrupt("users.claims: no JSON"))?;
            person_view::set_profile(conn, user.id, &text, locale.as_deref(), now)?;
            let details = json!({
                "sub": user.subject, "name": user.name, "changed_claims": changed, "locale": locale,
            });
            Ok(record(conn, &session, &origin, (EventKind::UserChanged, None, details), now)?)
        })
        .await
}
