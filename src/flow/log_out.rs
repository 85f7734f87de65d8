//! A person signs out of this browser.

use super::Means;
use crate::entropy::Token;
use crate::storage::browser_sessions::BrowserSession;
use crate::storage::clients::{self, Client};
use crate::storage::{Failure, browser_sessions};

/// Nobody refuses a sign-out.
pub type Never = std::convert::Infallible;

/// Who is signed in in this browser.
pub async fn who(means: &Means, session: Option<Token>) -> Result<Option<BrowserSession>, Failure<Never>> {
    let Some(session) = session else { return Ok(None) };
    let now = means.clock.now();
    let idle_since = now - means.config.session.idle_lifetime;
    means
        .database
        .read(move |conn| Ok(browser_sessions::find_live(conn, &session.digest(), now, idle_since)?))
        .await
}

/// Whose session this browser still could end, idle or not.
pub async fn whose(means: &Means, session: Option<Token>) -> Result<Option<BrowserSession>, Failure<Never>> {
    let Some(session) = session else { return Ok(None) };
    let now = means.clock.now();
    means.database.read(move |conn| Ok(browser_sessions::find_unended(conn, &session.digest(), now)?)).await
}

/// Ends the session, and with it every grant that was to end with it.
pub async fn log_out(means: &Means, session: Option<Token>) -> Result<(), Failure<Never>> {
    let now = means.clock.now();
    if let Some(session) = whose(means, session).await? {
        means
            .database
            .write(move |conn| {
                browser_sessions::end(conn, session.id, now)?;
                Ok(())
            })
            .await?;
    }
    Ok(())
}

/// The client that asks for the sign-out, if the URI to come back to is exactly one that it registered.
/// OpenID Connect RP-Initiated Logout 1.0 §2, §3.
pub async fn returning_client(
    means: &Means,
    client_id: String,
    post_logout_redirect_uri: &str,
) -> Result<Option<Client>, Failure<Never>> {
    let client =
        means.database.read(move |conn| Ok::<_, Failure<Never>>(clients::find(conn, &client_id)?)).await?;
    Ok(client.filter(|client| {
        !client.is_disabled()
            && client.metadata.post_logout_redirect_uris.iter().any(|uri| uri == post_logout_redirect_uri)
    }))
}
