//! The authorization endpoint. RFC 6749 §3.1 and §4.1, OAuth 2.1, OpenID Connect Core §3.1.2.

mod absent_clients;
mod claims;
mod codes;
mod consent;
mod consent_again;
mod consent_truth;
mod error_page;
mod errors;
mod hints;
mod parameters;
mod pkce;
mod post;
mod prompt;
mod redirect_uri;
mod request_object;
mod request_uri;
mod response;

use crate::support::{Browser, Page, Pkce, Registered, Server, query_of};

/// The page or redirect that a browser without cookies gets for a request with these parameters.
async fn answer(server: &Server, client: &Registered, extra: &[(&str, &str)]) -> Page {
    Browser::new(server).open(&server.authorize_url(client, &Pkce::new(), extra)).await
}

/// A04: where nothing may be sent anywhere there is a page, and no redirect.
#[track_caller]
fn assert_page(page: &Page, status: u16, what: &str) {
    assert_eq!((page.status, page.location.as_deref()), (status, None), "{what}: {}", page.text());
    assert!(page.headers.get("location").is_none(), "{what}");
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8", "{what}");
    assert!(!page.has_form("/login"), "{what}");
}

/// A04, A25: the client is told at its redirect URI, with its state and our issuer. Gives code and description.
#[track_caller]
fn error_to(page: &Page, redirect_uri: &str, state: &str, server: &Server) -> (String, String) {
    let location = page.location.as_deref().unwrap_or_else(|| panic!("{} {}", page.status, page.text()));
    assert!(location.starts_with(redirect_uri), "{location}");
    assert_eq!(page.status, 303);
    assert_eq!(query_of(location, "state").as_deref(), Some(state), "{location}");
    assert_eq!(query_of(location, "iss").as_ref(), Some(&server.issuer), "{location}");
    assert_eq!(query_of(location, "code"), None, "{location}");
    (query_of(location, "error").unwrap(), query_of(location, "error_description").unwrap())
}

/// The error that the client is told, for a request with the default state.
async fn refusal(server: &Server, client: &Registered, extra: &[(&str, &str)]) -> (String, String) {
    let page = answer(server, client, extra).await;
    error_to(&page, &client.redirect_uri, "a-state", server)
}

/// Only the code of [`refusal`].
async fn refused_as(server: &Server, client: &Registered, extra: &[(&str, &str)]) -> String {
    refusal(server, client, extra).await.0
}
