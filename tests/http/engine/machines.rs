//! P4 to P6, P11, P13, P17, P21, P22: what the state machines ask and answer.

use std::borrow::Cow;

use oxide_auth::code_grant::accesstoken::{self, AccessToken, Authorization};
use oxide_auth::code_grant::error::AccessTokenErrorType;
use oxide_auth::code_grant::refresh::{self, Refresh};
use oxide_auth::code_grant::resource::{self, Resource};
use oxide_auth::primitives::grant::{Extensions, Grant};

fn grant(client_id: &str) -> Box<Grant> {
    Box::new(Grant {
        owner_id: String::new(),
        client_id: client_id.to_owned(),
        scope: "read".parse().unwrap(),
        redirect_uri: "https://a.example/cb".parse().unwrap(),
        until: chrono::DateTime::<chrono::Utc>::MAX_UTC,
        extensions: Extensions::new(),
    })
}

/// A request of a client to the token endpoint.
#[derive(Default)]
struct Exchange {
    user: Option<&'static str>,
    client_id: Option<&'static str>,
    redirect_uri: Option<&'static str>,
}

impl accesstoken::Request for Exchange {
    fn valid(&self) -> bool {
        true
    }
    fn code(&self) -> Option<Cow<'_, str>> {
        Some("code".into())
    }
    fn authorization(&self) -> Authorization<'_> {
        self.user.map_or(Authorization::None, |user| Authorization::Username(user.into()))
    }
    fn client_id(&self) -> Option<Cow<'_, str>> {
        self.client_id.map(Into::into)
    }
    fn redirect_uri(&self) -> Option<Cow<'_, str>> {
        self.redirect_uri.map(Into::into)
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some("authorization_code".into())
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// Runs an exchange of a stored code to its error; `None` = it got as far as issuing.
fn exchange(request: &Exchange, stored: Option<Box<Grant>>) -> Option<AccessTokenErrorType> {
    let mut stored = Some(stored);
    let mut machine = AccessToken::new(request);
    let mut input = accesstoken::Input::None;
    loop {
        input = match machine.advance(input) {
            accesstoken::Output::Authenticate { .. } => accesstoken::Input::Authenticated,
            accesstoken::Output::Recover { .. } => accesstoken::Input::Recovered(stored.take().unwrap()),
            accesstoken::Output::Extend { .. } => {
                accesstoken::Input::Extended { access_extensions: Extensions::new() }
            }
            accesstoken::Output::Issue { .. } | accesstoken::Output::Ok(_) => return None,
            accesstoken::Output::Err(mut error) => return Some(error.description().unwrap().kind()),
        };
    }
}

const GOOD: Exchange =
    Exchange { user: Some("a"), client_id: None, redirect_uri: Some("https://a.example/cb") };

/// P4: an unknown code is an `invalid_request` to it; RFC 6749 §5.2 says `invalid_grant`.
#[test]
fn an_unknown_code_is_an_invalid_request() {
    assert_eq!(exchange(&GOOD, None), Some(AccessTokenErrorType::InvalidRequest));
    assert_eq!(exchange(&GOOD, Some(grant("a"))), None);
    assert_eq!(exchange(&GOOD, Some(grant("b"))), Some(AccessTokenErrorType::InvalidGrant));
}

/// P5: `client_id` in the body beside Basic, which is common, is an `invalid_request` to it.
#[test]
fn a_client_id_beside_basic_is_refused() {
    let request = Exchange { client_id: Some("a"), ..GOOD };
    assert_eq!(exchange(&request, Some(grant("a"))), Some(AccessTokenErrorType::InvalidRequest));
}

/// P6: it insists on a redirect URI, which OAuth 2.1 §10.2 lets the client leave out.
#[test]
fn the_redirect_uri_is_always_required() {
    let request = Exchange { redirect_uri: None, ..GOOD };
    assert_eq!(exchange(&request, Some(grant("a"))), Some(AccessTokenErrorType::InvalidRequest));
}

/// P17: it compares redirect URIs as parsed URLs, where RFC 9700 §4.1.3 says strings.
#[test]
fn redirect_uris_are_compared_as_parsed_urls() {
    let request = Exchange { redirect_uri: Some("https://A.example:443/x/../cb"), ..GOOD };
    assert_eq!(exchange(&request, Some(grant("a"))), None);
}

struct RefreshRequest(Option<&'static str>);

impl refresh::Request for RefreshRequest {
    fn valid(&self) -> bool {
        true
    }
    fn refresh_token(&self) -> Option<Cow<'_, str>> {
        Some("token".into())
    }
    fn scope(&self) -> Option<Cow<'_, str>> {
        None
    }
    fn grant_type(&self) -> Option<Cow<'_, str>> {
        Some("refresh_token".into())
    }
    fn authorization(&self) -> Option<(Cow<'_, str>, Cow<'_, [u8]>)> {
        self.0.map(|client| (client.into(), Cow::Borrowed(&b""[..])))
    }
    fn extension(&self, _: &str) -> Option<Cow<'_, str>> {
        None
    }
}

/// Whether the refresh of a token of client `a` gets as far as issuing.
fn refreshes(request: &RefreshRequest) -> bool {
    let mut machine = Refresh::new(request);
    let mut input = refresh::Input::None;
    loop {
        input = match machine.advance(input) {
            refresh::Output::Unauthenticated { .. } => refresh::Input::Authenticated { scope: None },
            refresh::Output::RecoverRefresh { .. } => {
                refresh::Input::Recovered { scope: None, grant: Some(grant("a")) }
            }
            refresh::Output::Refresh { .. } | refresh::Output::Ok(_) => return true,
            refresh::Output::Err(_) => return false,
        };
    }
}

/// P11: without Basic, it does not ask whose refresh token it is; with a name, it compares.
#[test]
fn a_refresh_without_basic_is_bound_to_nobody() {
    assert!(refreshes(&RefreshRequest(None)));
    assert!(refreshes(&RefreshRequest(Some("a"))));
    assert!(!refreshes(&RefreshRequest(Some("b"))));
}

/// P13, P14: its errors explain themselves in `description`; RFC 6749 §5.2 says `error_description`.
#[test]
fn an_error_names_its_description_otherwise() {
    let mut machine = AccessToken::new(&GOOD);
    machine.advance(accesstoken::Input::Authenticated);
    let accesstoken::Output::Err(mut error) = machine.advance(accesstoken::Input::Recovered(None)) else {
        panic!("an unknown code was taken")
    };
    error.description().unwrap().explain("a reason");
    let accesstoken::Error::Invalid(description) = *error else { panic!("another kind of error") };
    let json = description.to_json();
    assert!(json.contains("\"description\"") && !json.contains("error_description"), "{json}");
}

/// P21: asked again without input while it waits for the new token, a refresh forgets where it was.
#[test]
fn a_refresh_that_is_asked_twice_is_lost() {
    let request = RefreshRequest(Some("a"));
    let mut machine = Refresh::new(&request);
    machine.advance(refresh::Input::Authenticated { scope: None });
    let waiting = machine.advance(refresh::Input::Recovered { scope: None, grant: Some(grant("a")) });
    assert!(matches!(waiting, refresh::Output::Refresh { .. }));
    assert!(matches!(machine.advance(refresh::Input::None), refresh::Output::Err(refresh::Error::Primitive)));
}

struct Bearer;

impl resource::Request for Bearer {
    fn valid(&self) -> bool {
        true
    }
    fn token(&self) -> Option<Cow<'_, str>> {
        Some("Bearer unknown".into())
    }
}

/// P22: an unknown bearer token is an `invalid_request` to it; RFC 6750 §3.1 says `invalid_token`.
#[test]
fn an_unknown_bearer_token_is_an_invalid_request() {
    let mut machine = Resource::new();
    let mut input = resource::Input::None;
    let error = loop {
        input = match machine.advance(input) {
            resource::Output::GetRequest => resource::Input::Request { request: &Bearer },
            resource::Output::Recover { .. } => resource::Input::Recovered(None),
            resource::Output::DetermineScopes => resource::Input::Scopes(&[]),
            resource::Output::Ok(_) => panic!("accepted"),
            resource::Output::Err(error) => break error,
        };
    };
    let challenge = error.www_authenticate();
    assert!(challenge.contains("invalid_request"), "{challenge}");
}
