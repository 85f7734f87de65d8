//! Sign-in at another OpenID provider: a second Grantor, or one that says what a test tells it to. OpenID Connect Core §3.1, RFC 9207.

mod administration;
mod answers;
mod notices;
mod provider;
mod tokens;

use grantor::flow::administer::people::{self, Who};
use grantor::flow::administer::upstream::{self, ProviderChange, ProviderRequest};
use grantor::flow::upstream::Rules;
use grantor::flow::{Actor, Origin};
use scraper::{Html, Selector};
use serde_json::json;

use crate::support::{Browser, Page, Server, ServerBuilder, registered};

fn operator() -> Origin {
    Origin::local(Actor::CommandLine("operator".to_owned()))
}

/// From a page with the button of this provider to the address that the browser is sent on to.
async fn onward(browser: &mut Browser, page: &Page, name: &str) -> String {
    let onward = browser.submit(&page.form(&format!("/upstream/{name}"))).await;
    assert_eq!(onward.status, 200, "{}", onward.text());
    let document = Html::parse_document(&onward.html);
    let link = document.select(&Selector::parse("a#onward").unwrap()).next().unwrap();
    let href = link.value().attr("href").unwrap().to_owned();
    let refresh = onward.headers.get("refresh").unwrap().to_str().unwrap();
    assert_eq!(refresh, format!("0; url={href}"));
    href
}

/// Two servers: people of the first sign in to the second, as these rules say.
struct Pair {
    there: Server,
    here: Server,
}

impl Pair {
    async fn with(rules: Rules) -> Self {
        Self::of(rules, Server::with()).await
    }

    /// The second one has other settings.
    async fn of(rules: Rules, here: ServerBuilder) -> Self {
        let (there, here) = (Server::start().await, here.start().await);
        there.add_user("ada").await;
        there.execute("UPDATE users SET email_verified = TRUE");
        let metadata = json!({
            "client_name": "Here",
            "redirect_uris": [format!("{}/upstream/there/callback", here.issuer)],
            "token_endpoint_auth_method": "client_secret_basic",
            "scope": "openid profile email",
        });
        let client = registered(there.post_registration(&metadata).await).await;
        let details = ProviderChange {
            label: "There".to_owned(),
            client_id: client.client_id.clone(),
            client_secret: client.client_secret.clone(),
            scopes: ["openid", "profile", "email"].map(str::to_owned).to_vec(),
            rules,
        };
        let request = ProviderRequest { name: "there".to_owned(), issuer: there.issuer.clone(), details };
        upstream::add(here.means(), request, operator()).await.map_err(|_| "not added").unwrap();
        Self { there, here }
    }

    /// From a page with the button to where the provider sends the browser back.
    async fn away(&self, browser: &mut Browser, page: &Page) -> String {
        let href = onward(browser, page, "there").await;
        Browser::new(&self.there).allow(&href, "ada").await
    }

    async fn sign_in(&self, browser: &mut Browser) -> Page {
        let page = browser.open(&self.here.url("/login")).await;
        let back = self.away(browser, &page).await;
        browser.open(&back).await
    }
}

fn creating() -> Rules {
    Rules { create_accounts: true, ..Rules::default() }
}

/// Line 7: an account is made by a verified address, and is the same at the next sign-in. Security statement P16: one factor.
#[actix_web::test]
async fn an_account_is_made_once_by_a_verified_address() {
    let pair = Pair::with(creating()).await;
    for _ in 0..2 {
        let mut browser = Browser::new(&pair.here);
        pair.sign_in(&mut browser).await;
        let account = browser.open(&pair.here.url("/account")).await;
        assert_eq!(account.status, 200);
        assert!(account.text().contains("ada@example.com"), "{}", account.text());
    }
    assert_eq!(pair.here.number("SELECT count(*) AS number FROM users WHERE origin = 'upstream'"), 1);
    assert_eq!(pair.here.number("SELECT count(*) AS number FROM browser_sessions WHERE acr = '1'"), 2);
}

/// RFC 9700 §4.7: an answer counts once, and in the browser that began it.
#[actix_web::test]
async fn an_answer_counts_once_in_the_browser_that_began() {
    let pair = Pair::with(creating()).await;
    let mut browser = Browser::new(&pair.here);
    let page = browser.open(&pair.here.url("/login")).await;
    let back = pair.away(&mut browser, &page).await;
    let mut other = Browser::new(&pair.here);
    other.open(&pair.here.url("/login")).await;
    assert_eq!(other.open(&back).await.status, 400);
    let wrong = back.replace("iss=http", "iss=https");
    assert_eq!(browser.open(&wrong).await.status, 502, "RFC 9207: the answer names another issuer");
    assert_eq!(browser.open(&back).await.status, 400, "the request was taken");
    assert_eq!(pair.here.number("SELECT count(*) AS number FROM users"), 0);
}

/// Without rules nobody gets an account; an address that nobody verified never does.
#[actix_web::test]
async fn nobody_gets_in_without_a_rule_or_a_verified_address() {
    let strict = Pair::with(Rules::default()).await;
    let page = strict.sign_in(&mut Browser::new(&strict.here)).await;
    assert_eq!(page.status, 403);
    let open = Pair::with(creating()).await;
    open.there.execute("UPDATE users SET email_verified = FALSE");
    let page = open.sign_in(&mut Browser::new(&open.here)).await;
    assert_eq!(page.status, 403);
    let elsewhere = Rules { email_domains: vec!["example.org".to_owned()], ..creating() };
    let limited = Pair::with(elsewhere).await;
    assert_eq!(limited.sign_in(&mut Browser::new(&limited.here)).await.status, 403);
    for pair in [strict, open, limited] {
        assert_eq!(pair.here.number("SELECT count(*) AS number FROM users"), 0);
    }
}

/// P09: who is disabled here is not signed in by another provider either.
#[actix_web::test]
async fn whoever_is_disabled_is_not_signed_in_from_elsewhere() {
    let pair = Pair::with(creating()).await;
    let mut browser = Browser::new(&pair.here);
    pair.sign_in(&mut browser).await;
    people::disable(pair.here.means(), Who::Name("ada".to_owned()), operator())
        .await
        .map_err(|_| ())
        .unwrap();
    assert_eq!(pair.sign_in(&mut Browser::new(&pair.here)).await.status, 403);
}

/// P12: whoever has nothing else to sign in with keeps the link; a link to a provider that is switched off is nothing.
#[actix_web::test]
async fn the_only_way_in_stays() {
    let pair = Pair::with(creating()).await;
    let mut browser = Browser::new(&pair.here);
    pair.sign_in(&mut browser).await;
    let page = browser.open(&pair.here.url("/account/providers")).await;
    pair.here.execute(
        "INSERT INTO upstream_providers (name, label, issuer, client_id, scopes, rules, created_at, disabled_at) \
         SELECT 'other', label, 'https://other.example', client_id, scopes, rules, created_at, 1 FROM upstream_providers",
    );
    pair.here.execute(
        "INSERT INTO upstream_links (provider_id, subject, user_id, shown_name, created_at) \
         SELECT upstream_providers.id, 'x', users.id, 'x', 1 FROM upstream_providers, users WHERE upstream_providers.name = 'other'",
    );
    let unlink = page.form("/account/providers/unlink");
    let refused = browser.submit(&unlink).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("your only way to sign in"), "{}", refused.text());
    pair.here.execute("UPDATE upstream_providers SET disabled_at = NULL");
    assert_eq!(browser.submit(&unlink).await.status, 200);
}

/// P21: an address that was not verified here as well is nobody's proof; an account is linked by its own person.
#[actix_web::test]
async fn an_account_is_linked_by_who_is_signed_in() {
    let pair = Pair::with(Rules { link_by_email: true, ..creating() }).await;
    pair.here.add_user("bob").await;
    let mut browser = Browser::new(&pair.here);
    let page = browser.open(&pair.here.url("/login")).await;
    browser.sign_in(&page, "bob").await;
    let page = browser.open(&pair.here.url("/account/providers")).await;
    let back = pair.away(&mut browser, &page).await;
    let linked = browser.open(&back).await;
    assert!(linked.has_form("/account/providers/unlink"), "{}", linked.text());
    let mut other = Browser::new(&pair.here);
    pair.sign_in(&mut other).await;
    assert!(other.open(&pair.here.url("/account")).await.text().contains("bob"));
    let unlinked = browser.submit(&linked.form("/account/providers/unlink")).await;
    assert!(!unlinked.has_form("/account/providers/unlink"), "{}", unlinked.text());
    assert_eq!(pair.here.number("SELECT count(*) AS number FROM upstream_links"), 0);
}
