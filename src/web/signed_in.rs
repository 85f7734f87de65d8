//! Pages for whoever is signed in: who it is, and whether they proved it lately.

use actix_web::HttpResponse;

use super::csrf::{self, Purpose};
use super::page::Visit;
use super::pages::account::{AccountEntry, AccountFrame, AccountPart};
use crate::clock::Seconds;
use crate::flow::{BrowserSession, Failure, factors, log_out};

/// How long ago the last sign-in may be for what must not be done at an unattended browser. ASVS 7.5.1.
pub const FRESH: Seconds = 300;

/// The person behind this browser; otherwise the way to the sign-in page, which leads back to `return_to`, a path below the
/// issuer's with what [`is_return_path`] allows.
pub async fn person(visit: &Visit<'_>, return_to: &str) -> Result<BrowserSession, HttpResponse> {
    match log_out::who(visit.means, visit.browser.session.clone()).await {
        Ok(Some(session)) => Ok(session),
        Ok(None) => Err(visit.go(&sign_in_path(return_to, false))),
        Err(Failure::Broken(error)) => Err(visit.broken(&error)),
        Err(Failure::Refused(never)) => match never {},
    }
}

/// Whether the person signed in within [`FRESH`], and by a second factor if they had one. ASVS 7.5.1.
pub async fn is_fresh(visit: &Visit<'_>, session: &BrowserSession) -> Result<bool, HttpResponse> {
    if visit.means.clock.now() - session.authenticated_at > FRESH {
        return Ok(false);
    }
    factors::may_change(visit.means, session).await.map_err(|error| visit.broken(&error))
}

/// As [`person`], who [`is_fresh`]; otherwise they sign in again first.
pub async fn fresh_person(visit: &Visit<'_>, return_to: &str) -> Result<BrowserSession, HttpResponse> {
    let session = person(visit, return_to).await?;
    if is_fresh(visit, &session).await? { Ok(session) } else { Err(visit.go(&sign_in_path(return_to, true))) }
}

/// What a page of the account has around it. The title is finished; call [`Visit::speak`] with the person's language before.
#[must_use]
pub fn account_frame(visit: &Visit<'_>, session: &BrowserSession, part: AccountPart) -> AccountFrame {
    let entry = |of: &AccountPart| AccountEntry {
        href: visit.path(of.path()),
        label: of.title(visit.texts),
        is_current: *of == part,
    };
    AccountFrame {
        title: part.title(visit.texts),
        user_name: session.user.name.clone(),
        entries: AccountPart::ALL.iter().map(entry).collect(),
        sign_out_csrf: csrf::token(visit.means, Purpose::SignOut, &visit.browser, ""),
        error: None,
        done: None,
    }
}

/// The sign-in page that leads to `return_to`. `again`: also for whoever is signed in.
#[must_use]
pub fn sign_in_path(return_to: &str, again: bool) -> String {
    let query: String =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("return", return_to).finish();
    format!("/login?{query}{}", if again { "&again=1" } else { "" })
}

/// Whether a sign-in may lead there: to a page of the account or the desk, never to another site or a change.
#[must_use]
pub fn is_return_path(path: &str) -> bool {
    let is_below = |base: &str| {
        path.strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~?=&%".contains(&byte);
    path.len() <= 512
        && (is_below("/account") || is_below("/admin"))
        && path.bytes().all(is_plain)
        && !path.contains("//")
        && !path.contains("..")
}

#[cfg(test)]
mod tests {
    use super::is_return_path;

    /// No sign-in leads to another site.
    #[test]
    fn a_sign_in_leads_only_to_pages_of_ours() {
        for good in ["/account", "/account/factors", "/admin/clients?state=active&page=2", "/account?x=%20"] {
            assert!(is_return_path(good), "{good}");
        }
        for bad in [
            "",
            "/",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/accounts",
            "/account/../token",
            "/account\r\nSet-Cookie: a=b",
            "/account//evil.example",
            "account",
            "/logout",
            "/admin@evil.example",
        ] {
            assert!(!is_return_path(bad), "{bad}");
        }
    }
}
