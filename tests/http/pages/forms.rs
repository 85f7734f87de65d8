//! Every form is bound to its browser, its session and its one request. U04.

use super::{is_signed_in, signed_in};
use crate::support::{Browser, Form, PASSWORD, Page, Pkce, Registered, Server};

struct Scene {
    server: Server,
    client: Registered,
    browser: Browser,
}

async fn scene() -> Scene {
    let server = Server::start().await;
    server.add_user("ada").await;
    let client = server.register_public().await;
    let browser = Browser::new(&server);
    Scene { server, client, browser }
}

impl Scene {
    async fn open(&mut self) -> Page {
        self.browser.open(&self.server.authorize_url(&self.client, &Pkce::new(), &[])).await
    }
}

fn filled(page: &Page) -> Form {
    page.form("/login").with("name", "ada").with("password", PASSWORD)
}

fn allow(page: &Page) -> Form {
    page.form("/consent").with("decision", "allow")
}

#[track_caller]
fn assert_refused(page: &Page, what: &str) {
    assert!(matches!(page.status, 400 | 403), "{what}: {} {}", page.status, page.text());
    assert_eq!(page.location, None, "{what}");
}

/// U04: a sign-in form is good in its own browser only, for its own request only.
#[actix_web::test]
async fn a_sign_in_form_is_good_in_its_browser_only() {
    let mut scene = scene().await;
    let page = scene.open().await;
    let mut other = Browser::new(&scene.server);
    other.open(&scene.server.url("/login")).await;
    assert_refused(&other.submit(&filled(&page)).await, "another browser");
    assert_refused(&Browser::new(&scene.server).submit(&filled(&page)).await, "no cookie");
    assert!(!is_signed_in(&scene.server, &mut other).await);
    let second = scene.open().await;
    let mixed = filled(&page).with("thread", second.form("/login").value("thread").unwrap());
    assert_refused(&scene.browser.submit(&mixed).await, "another request");
    assert_refused(&scene.browser.submit(&filled(&page).with("thread", "")).await, "no request");
    assert!(scene.browser.submit(&filled(&page)).await.has_form("/consent"));
}

/// U04, rows 39 and 65: nobody finishes the approval of somebody else's browser, with or without the person's session.
#[actix_web::test]
async fn a_consent_form_is_good_in_its_browser_only() {
    let mut scene = scene().await;
    let sign_in = scene.open().await;
    let consent = scene.browser.sign_in(&sign_in, "ada").await;
    let mut other = signed_in(&scene.server, "ada").await;
    assert_refused(&other.submit(&allow(&consent)).await, "another browser of the same person");
    assert_refused(&other.open(&consent.url).await, "its page in another browser");
    let mut stolen = other.clone();
    let session = scene.browser.cookies["grantor_session"].clone();
    stolen.cookies.insert("grantor_session".to_owned(), session);
    assert_refused(&stolen.submit(&allow(&consent)).await, "the session in another browser");
    let second = scene.open().await;
    let mixed = allow(&consent).with("thread", second.form("/consent").value("thread").unwrap());
    assert_refused(&scene.browser.submit(&mixed).await, "another request");
    assert!(scene.browser.submit(&allow(&consent)).await.location.is_some());
}

/// U04: a token that is missing, made up, cut, or made for another form is none.
#[actix_web::test]
async fn a_form_needs_its_own_csrf_token() {
    let mut scene = scene().await;
    let sign_in = scene.open().await;
    let sign_in_token = sign_in.form("/login").value("csrf").unwrap().to_owned();
    let consent = scene.browser.sign_in(&sign_in, "ada").await;
    let logout = scene.browser.open(&scene.server.url("/logout")).await.form("/logout");
    let good = allow(&consent).value("csrf").unwrap().to_owned();
    let other = logout.value("csrf").unwrap();
    for csrf in
        ["", "x", "AAAA", &good[1..], &format!("{good}A"), &good.to_lowercase(), &sign_in_token, other]
    {
        assert_refused(&scene.browser.submit(&allow(&consent).with("csrf", csrf)).await, csrf);
        assert_refused(&scene.browser.submit(&consent.form("/switch").with("csrf", csrf)).await, csrf);
    }
    assert!(is_signed_in(&scene.server, &mut scene.browser).await);
    assert!(scene.browser.submit(&allow(&consent)).await.location.is_some());
}

/// U04: a form that the browser says another site sent is refused, good token or not.
#[actix_web::test]
async fn a_form_of_another_site_is_refused() {
    let mut scene = scene().await;
    let sign_in = scene.open().await;
    let consent = scene.browser.sign_in(&sign_in, "ada").await;
    let cookies: Vec<String> =
        scene.browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "http://localhost:1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let request =
            scene.server.http.post(scene.server.url("/consent")).header("cookie", cookies.join("; "));
        let response = request.header(name, value).form(&allow(&consent).fields).send().await.unwrap();
        assert_eq!(response.status(), 403, "{name}: {value}");
    }
}

/// Row 49: each step posted empty, twice and out of order leads nowhere, and to no code.
#[actix_web::test]
async fn no_step_can_be_skipped() {
    let mut scene = scene().await;
    for path in ["/login", "/consent", "/switch", "/setup"] {
        let form = Form { action: path.to_owned(), fields: Vec::new() };
        assert_refused(&scene.browser.submit(&form).await, path);
    }
    let sign_in = scene.open().await;
    // The second step before the first.
    let early = scene.browser.open(&sign_in.url.replace("/login", "/consent")).await;
    assert!(early.has_form("/login"), "{}", early.text());
    let mut forged = filled(&sign_in).with("decision", "allow");
    forged.action = "/consent".to_owned();
    assert_refused(&scene.browser.submit(&forged).await, "consent with the token of the sign-in");
    // The first twice.
    let empty = sign_in.form("/login").with("name", "").with("password", "");
    let refused = scene.browser.submit(&empty).await;
    assert_eq!((refused.status, refused.location.as_deref()), (422, None));
    let mut twin = scene.browser.clone();
    let consent = scene.browser.submit(&filled(&sign_in)).await;
    assert!(twin.submit(&filled(&sign_in)).await.has_form("/consent"));
    assert_refused(&scene.browser.submit(&filled(&sign_in)).await, "a second time, signed in");
    // The last without a decision, with two, and twice.
    for decision in ["", "ALLOW", "yes"] {
        assert_refused(
            &scene.browser.submit(&consent.form("/consent").with("decision", decision)).await,
            decision,
        );
    }
    let mut both = allow(&consent);
    both.fields.push(("decision".to_owned(), "deny".to_owned()));
    assert_refused(&scene.browser.submit(&both).await, "both");
    assert!(scene.browser.submit(&allow(&consent)).await.location.is_some());
    assert_refused(&scene.browser.submit(&allow(&consent)).await, "twice");
    assert_refused(&scene.browser.open(&consent.url).await, "its page once more");
}

/// P07 in part: beside the count of each person there is one for a place and one for a name from a place, however long the name is
/// and whichever way it is written.
#[actix_web::test]
async fn guessing_a_password_is_slow() {
    let mut scene = scene().await;
    let page = scene.browser.open(&scene.server.url("/login")).await;
    for guess in 0..5 {
        let name = ["ada", " ADA", "Ada "][guess % 3];
        let form = page.form("/login").with("name", name).with("password", "wrong");
        assert_eq!(scene.browser.submit(&form).await.status, 422, "{guess}");
    }
    assert_eq!(scene.browser.submit(&filled(&page)).await.status, 429);
    let long = "x".repeat(30_000);
    let form = page.form("/login").with("name", &long).with("password", "wrong");
    assert_eq!(scene.browser.submit(&form).await.status, 422);
    scene.server.advance(60);
    assert!(scene.browser.submit(&filled(&page)).await.text().contains("Hello, ada"));
    // Many names from one place.
    let page = scene.browser.open(&scene.server.url("/logout")).await;
    let page = scene.browser.submit(&page.form("/logout")).await;
    assert_eq!(page.status, 200);
    let page = scene.browser.open(&scene.server.url("/login")).await;
    let mut refused = 0;
    for guess in 0..60 {
        let form = page.form("/login").with("name", &format!("n{guess}")).with("password", "wrong");
        refused += u16::from(scene.browser.submit(&form).await.status == 429);
    }
    assert_eq!(refused, 10);
}
