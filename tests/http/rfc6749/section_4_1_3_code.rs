//! The exchange of a code: bound, short-lived, spent once.

use futures_util::future::join_all;

use crate::support::{Pkce, Registered, Server, error_of, json_of, tokens};

/// A signed-in person's code.
async fn code(server: &Server, client: &Registered, pkce: &Pkce) -> String {
    server.code_for(client, "ada", pkce, &[("scope", "profile")]).await
}

async fn server() -> Server {
    let server = Server::start().await;
    server.add_user("ada").await;
    server
}

const INVALID_GRANT: (u16, &str) = (400, "invalid_grant");

fn refusal(found: &(u16, String)) -> (u16, &str) {
    (found.0, found.1.as_str())
}

/// A18, CVE row 10: of 32 exchanges at once, split over two servers, one gets tokens; and because the others were valid
/// replays, that one's tokens are dead.
#[actix_web::test]
async fn of_32_exchanges_at_once_one_wins_and_the_grant_dies() {
    let server = server().await;
    let twin = server.twin().await;
    let client = server.register_public().await;
    let pkce = Pkce::new();
    let code = code(&server, &client, &pkce).await;
    let attempts = (0..32).map(|n| if n % 2 == 0 { &server } else { &twin });
    let answers = join_all(attempts.map(|server| server.exchange(&client, &code, &pkce))).await;
    let mut winners = Vec::new();
    for answer in answers {
        let (status, body) = json_of(answer).await;
        match status {
            200 => winners.push(body),
            _ => assert_eq!((status, body["error"].as_str()), (400, Some("invalid_grant"))),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(server.number("SELECT count(*) AS number FROM access_tokens"), 1);
    let refused =
        error_of(server.refresh(&client, winners[0]["refresh_token"].as_str().unwrap()).await).await;
    assert_eq!(refusal(&refused), INVALID_GRANT);
}

/// A17: a code lives 60 seconds and not one more.
#[actix_web::test]
async fn a_code_lives_a_minute() {
    let server = server().await;
    let (client, pkce) = (server.register_public().await, Pkce::new());
    let first = code(&server, &client, &pkce).await;
    server.advance(59);
    tokens(server.exchange(&client, &first, &pkce).await).await;
    let second = code(&server, &client, &pkce).await;
    server.advance(60);
    assert_eq!(refusal(&error_of(server.exchange(&client, &second, &pkce).await).await), INVALID_GRANT);
}

/// A19: a second exchange with every right proof revokes what came from the code.
#[actix_web::test]
async fn a_valid_replay_revokes_the_grant() {
    let server = server().await;
    let (client, pkce) = (server.register_confidential().await, Pkce::new());
    let code = server.code_for(&client, "ada", &pkce, &[("scope", "openid offline_access")]).await;
    let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
    let refreshed = tokens(server.refresh(&client, issued.refresh()).await).await;
    server.advance(3_600);
    assert_eq!(refusal(&error_of(server.exchange(&client, &code, &pkce).await).await), INVALID_GRANT);
    assert_eq!(refusal(&error_of(server.refresh(&client, refreshed.refresh()).await).await), INVALID_GRANT);
    assert_eq!(server.introspect(&client, refreshed.refresh()).await["active"], false);
    assert_eq!(server.userinfo(&refreshed.access_token).await.status(), 401);
}

/// A19, OpenID Connect Core §3.1.3.1: a replay is refused and revokes whenever it comes: at once, after half a minute, when the
/// code would have expired, and days later, sweeps or not, as long as there is something to steal.
#[actix_web::test]
async fn a_replay_revokes_whenever_it_comes() {
    let server = server().await;
    let client = server.register_confidential().await;
    for later in [0, 30, 31, 60, 61, 3_600, 29 * 86_400] {
        let pkce = Pkce::new();
        let code = server.code_for(&client, "ada", &pkce, &[("scope", "openid offline_access")]).await;
        let issued = tokens(server.exchange(&client, &code, &pkce).await).await;
        server.advance(later);
        grantor::flow::sweep::sweep(server.means()).await.unwrap();
        let fresh = tokens(server.refresh(&client, issued.refresh()).await).await;
        assert_eq!(server.userinfo(&fresh.access_token).await.status(), 200);
        let refused = error_of(server.exchange(&client, &code, &pkce).await).await;
        assert_eq!(refusal(&refused), INVALID_GRANT, "after {later} s");
        assert_eq!(server.userinfo(&fresh.access_token).await.status(), 401, "after {later} s");
        let refused = error_of(server.refresh(&client, fresh.refresh()).await).await;
        assert_eq!(refusal(&refused), INVALID_GRANT, "after {later} s");
    }
}

/// A19, A20, A21, CVE rows 64, 72 and 90: whatever is wrong with an exchange (the verifier, the client, its secret, the
/// redirect URI, a mere prefix), it neither spends the code nor, after the code was spent, revokes anything.
#[actix_web::test]
async fn a_faulty_exchange_spends_and_revokes_nothing() {
    let server = server().await;
    let client = server.register_confidential().await;
    let (other, public) = (server.register_confidential().await, server.register_public().await);
    let pkce = Pkce::new();
    let code = code(&server, &client, &pkce).await;
    let mut impostor = client.clone();
    impostor.client_secret = Some("wrong".to_owned());
    let mut issued = None;
    for spent in [false, true] {
        for caller in [&other, &public] {
            let refused = error_of(server.exchange(caller, &code, &pkce).await).await;
            assert_eq!(refusal(&refused), INVALID_GRANT, "A21, spent: {spent}");
        }
        let refused = error_of(server.exchange(&client, &code, &Pkce::new()).await).await;
        assert_eq!(refusal(&refused), INVALID_GRANT, "spent: {spent}");
        let refused = error_of(server.exchange(&impostor, &code, &pkce).await).await;
        assert_eq!(refusal(&refused), (401, "invalid_client"), "spent: {spent}");
        let mut elsewhere = client.clone();
        elsewhere.redirect_uri = "https://client.example/other".to_owned();
        let refused = error_of(server.exchange(&elsewhere, &code, &pkce).await).await;
        assert_eq!(refusal(&refused), INVALID_GRANT, "spent: {spent}");
        for altered in [&code[..20], &code[..code.len() - 1], &format!("{code}A"), &code.to_uppercase()] {
            let refused = error_of(server.exchange(&client, altered, &pkce).await).await;
            assert_eq!(refusal(&refused), INVALID_GRANT, "spent: {spent}");
        }
        let without = [("grant_type", "authorization_code"), ("code", code.as_str())];
        let refused = error_of(server.token(&client, &without).await).await;
        assert_eq!(refusal(&refused), INVALID_GRANT, "no verifier, spent: {spent}");
        if !spent {
            issued = Some(tokens(server.exchange(&client, &code, &pkce).await).await);
        }
    }
    let issued = issued.unwrap();
    assert_eq!(server.introspect(&client, &issued.access_token).await["active"], true);
    tokens(server.refresh(&client, issued.refresh()).await).await;
}

/// A22: a redirect URI at the token endpoint must be that of the request, byte by byte; without one it is taken as said.
#[actix_web::test]
async fn the_redirect_uri_may_be_left_out_but_not_changed() {
    let server = server().await;
    let (client, pkce) = (server.register_public().await, Pkce::new());
    let code = code(&server, &client, &pkce).await;
    let with = |redirect_uri: &'static str| {
        [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("code_verifier", pkce.verifier.as_str()),
            ("redirect_uri", redirect_uri),
        ]
    };
    for wrong in ["https://client.example/cb/", "https://client.example:443/cb", "HTTPS://client.example/cb"]
    {
        let refused = error_of(server.token(&client, &with(wrong)).await).await;
        assert_eq!(refusal(&refused), INVALID_GRANT, "{wrong}");
    }
    tokens(server.token(&client, &with("")).await).await;
}

/// A13, CVE rows 41: a verifier for a code that was issued without a challenge is a downgrade; a missing one for a code
/// that was issued with a challenge is, too.
#[actix_web::test]
async fn pkce_is_not_dropped_on_either_side() {
    let server = Server::with().set("GRANTOR_PKCE__CONFIDENTIAL", "recommended").start().await;
    server.add_user("ada").await;
    let (client, pkce) = (server.register_confidential().await, Pkce::new());
    let bare = [("scope", "profile"), ("code_challenge", ""), ("code_challenge_method", "")];
    let code = server.code_for(&client, "ada", &pkce, &bare).await;
    assert_eq!(refusal(&error_of(server.exchange(&client, &code, &pkce).await).await), INVALID_GRANT);
    let plain = [("grant_type", "authorization_code"), ("code", code.as_str())];
    tokens(server.token(&client, &plain).await).await;
    let code = server.code_for(&client, "ada", &pkce, &[("scope", "profile")]).await;
    let plain = [("grant_type", "authorization_code"), ("code", code.as_str())];
    assert_eq!(refusal(&error_of(server.token(&client, &plain).await).await), INVALID_GRANT);
}

/// T16, CVE rows 12 and 73: between the consent and the exchange the person is disabled, or signs out of what was to end
/// with the session: no tokens.
#[actix_web::test]
async fn a_code_dies_with_its_person_and_its_session() {
    let server = server().await;
    let (client, pkce) = (server.register_public().await, Pkce::new());
    let first = code(&server, &client, &pkce).await;
    assert_eq!(server.execute("UPDATE users SET disabled_at = 1 WHERE name = 'ada'"), 1);
    assert_eq!(refusal(&error_of(server.exchange(&client, &first, &pkce).await).await), INVALID_GRANT);
    server.execute("UPDATE users SET disabled_at = NULL WHERE name = 'ada'");
    let mut browser = crate::support::Browser::new(&server);
    let url = server.authorize_url(&client, &pkce, &[("scope", "openid")]);
    let location = browser.allow(&url, "ada").await;
    let code = crate::support::query_of(&location, "code").unwrap();
    let page = browser.open(&server.url("/logout")).await;
    browser.submit(&page.form("/logout")).await;
    assert_eq!(refusal(&error_of(server.exchange(&client, &code, &pkce).await).await), INVALID_GRANT);
}
