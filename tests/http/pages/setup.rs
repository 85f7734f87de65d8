//! The link where the first administrator is made. P11.

use futures_util::future::join_all;
use grantor::flow::set_up::{self, QuickStart};
use grantor::texts::Texts;

use super::is_signed_in;
use crate::support::{Browser, Form, PASSWORD, Page, Server};

fn quick_start(server: &Server) -> Option<QuickStart> {
    set_up::quick_start(server.means(), server.clock.now()).unwrap()
}

fn link(server: &Server) -> String {
    server.url(&format!("/setup?token={}", quick_start(server).unwrap().setup_link.expose()))
}

fn filled(page: &Page, name: &str) -> Form {
    page.form("/setup").with("name", name).with("password", PASSWORD)
}

fn execute(server: &Server, statement: &'static str) -> usize {
    use diesel::RunQueryDsl as _;
    let run = move |conn: &mut grantor::storage::DbConnection| {
        let rows =
            diesel::sql_query(statement).execute(conn).map_err(grantor::storage::StorageError::from)?;
        Ok::<_, grantor::storage::Failure<()>>(rows)
    };
    server.means().database.write_blocking(run).unwrap()
}

/// P11: the link works once, and with the first administrator it is over for good: for the link, a new start, and even
/// when every administrator is deleted (row 40).
#[actix_web::test]
async fn setup_makes_one_administrator_and_never_reopens() {
    let mut server = Server::start().await;
    let url = link(&server);
    let mut browser = Browser::new(&server);
    let page = browser.open(&url).await;
    let done = browser.submit(&filled(&page, "root")).await;
    assert_eq!((done.status, done.location.as_deref()), (200, None), "{}", done.text());
    let sign_in = browser.open(&server.url("/login")).await;
    browser.sign_in(&sign_in, "root").await;
    assert!(is_signed_in(&server, &mut browser).await);
    assert_eq!(browser.open(&url).await.status, 410);
    let mut again = Browser::new(&server);
    assert_eq!(again.open(&url).await.status, 410);
    assert!(quick_start(&server).is_none());
    server.restart().await;
    assert!(quick_start(&server).is_none());
    assert_eq!(execute(&server, "DELETE FROM users"), 1);
    assert!(quick_start(&server).is_none());
    assert_eq!(again.open(&url).await.status, 410);
    server.restart().await;
    assert!(quick_start(&server).is_none());
}

/// P11: a link works for ten minutes, a new start replaces it, and a made-up one is none.
#[actix_web::test]
async fn a_setup_link_expires_and_is_replaced() {
    let server = Server::start().await;
    let mut browser = Browser::new(&server);
    let first = link(&server);
    let page = browser.open(&first).await;
    assert_eq!(page.status, 200);
    server.advance(599);
    assert_eq!(browser.open(&first).await.status, 200);
    server.advance(1);
    assert_eq!(browser.open(&first).await.status, 410);
    assert_eq!(browser.submit(&filled(&page, "root")).await.status, 410);
    let (second, third) = (link(&server), link(&server));
    assert_eq!(browser.open(&second).await.status, 410);
    assert_eq!(browser.open(&third).await.status, 200);
    for made_up in
        ["/setup", "/setup?token=", "/setup?token=x", &format!("{}A", &third[server.address.len()..])]
    {
        assert_eq!(browser.open(&server.url(made_up)).await.status, 410, "{made_up}");
    }
}

/// P11, row 76: of 50 parallel uses one makes an administrator.
#[actix_web::test]
async fn of_parallel_uses_of_the_link_one_makes_an_administrator() {
    let server = Server::start().await;
    let url = link(&server);
    let mut browser = Browser::new(&server);
    let page = browser.open(&url).await;
    let answers = join_all((0..50).map(|n| {
        let (mut twin, form) = (browser.clone(), filled(&page, &format!("root{n}")));
        async move { twin.submit(&form).await.status }
    }))
    .await;
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| matches!(status, 200 | 410 | 503)), "{answers:?}");
    assert_eq!(execute(&server, "UPDATE users SET is_administrator = TRUE"), 1);
    assert!(quick_start(&server).is_none());
}

/// U04: a setup form is bound to its browser and its link; a bad name or password spends nothing.
#[actix_web::test]
async fn a_setup_form_is_bound_and_mistakes_cost_nothing() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&link(&server)).await;
    assert_eq!(Browser::new(&server).submit(&filled(&page, "root")).await.status, 403);
    assert_eq!(browser.submit(&filled(&page, "root").with("csrf", "")).await.status, 403);
    assert_eq!(browser.submit(&filled(&page, "root").with("token", "x")).await.status, 403);
    for (name, password) in
        [("", PASSWORD), ("a b", PASSWORD), ("root", "short"), ("root", ""), ("ada", PASSWORD)]
    {
        let form = filled(&page, name).with("password", password);
        let refused = browser.submit(&form).await;
        assert_eq!(refused.status, 422, "{name}: {}", refused.text());
        assert!(!refused.html.contains(PASSWORD), "{name}");
    }
    assert_eq!(browser.submit(&filled(&page, "root")).await.status, 200);
}

/// Issue 5, line 8: what the setup page refuses is said in the language of the page.
#[actix_web::test]
async fn setup_refuses_in_every_language() {
    let server = Server::start().await;
    server.add_user("ada").await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&link(&server)).await;
    for tag in ["en", "de", "fr", "es", "ja"] {
        browser.cookies.insert("grantor_locale".to_owned(), tag.to_owned());
        let texts = Texts::of(&[tag]);
        for (form, said) in [
            (filled(&page, ""), texts.t("accounts-no-name")),
            (filled(&page, "a b"), texts.t("refused-name-odd")),
            (filled(&page, &"n".repeat(129)), texts.t("accounts-name-too-long")),
            (filled(&page, "ada"), texts.with("refused-name-taken", "name", "ada")),
            (filled(&page, "root").with("email", "nobody"), texts.t("accounts-not-an-address")),
            (
                filled(&page, "root").with("password", "short"),
                texts.with("password-too-short", "least", "15"),
            ),
        ] {
            let refused = browser.submit(&form).await;
            assert_eq!(refused.status, 422, "{tag}: {}", refused.text());
            assert!(refused.says(&said), "{tag}: {said}: {}", refused.text());
        }
    }
}
