//! How the pages look and which language they speak: the operator's name, colours and pages, and what people choose. Lines 8 and 9.

use reqwest::Method;

use super::signed_in;
use crate::support::{Browser, Pkce, Server};

fn lang(page: &str) -> &str {
    page.split("<html lang=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default()
}

/// What a browser is told that asks in these languages, with what else it sends.
async fn spoken(server: &Server, path: &str, accept: &str, cookie: &str) -> String {
    let request =
        server.http.get(server.url(path)).header("Accept-Language", accept).header("Cookie", cookie);
    lang(&request.send().await.unwrap().text().await.unwrap()).to_owned()
}

/// OpenID Connect Core §3.1.2.1 `ui_locales`, RFC 9110 §12.5.4: what the client asks for, what was chosen in the browser, what the
/// browser asks for, what the operator says.
#[actix_web::test]
async fn a_page_speaks_the_language_that_is_asked_for() {
    let server = Server::with().set("GRANTOR_BRANDING__LOCALE", "es").start().await;
    let client = server.register_public().await;
    for (accept, cookie, wanted) in [
        ("de-AT, en;q=0.5", "", "de"),
        ("pt, ja;q=0.2", "", "ja"),
        ("tlh", "", "es"),
        ("de", "grantor_locale=fr", "fr"),
        ("de", "grantor_locale=../x", "de"),
        ("", "grantor_locale=tlh", "es"),
    ] {
        for path in ["/", "/login", "/nothing", "/logout"] {
            assert_eq!(spoken(&server, path, accept, cookie).await, wanted, "{path} {accept} {cookie}");
        }
    }
    let mut browser = Browser::new(&server);
    let url = server.authorize_url(&client, &Pkce::new(), &[("ui_locales", "tlh ja-JP de")]);
    let page = browser.open(&url).await;
    assert_eq!(lang(&page.html), "ja");
    let wrong = server.authorize_url(
        &client,
        &Pkce::new(),
        &[("ui_locales", "fr"), ("redirect_uri", "https://evil.example")],
    );
    assert_eq!(lang(&browser.open(&wrong).await.html), "fr");
}

/// U04, U10: a language is chosen by a form of ours and by nothing else, and leads to a page of ours.
#[actix_web::test]
async fn a_language_is_chosen_by_a_form() {
    let server = Server::start().await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/language?to=/login&locale=de")).await;
    assert_eq!(lang(&page.html), "en");
    let chosen = browser.submit(&page.form("/language").with("locale", "de")).await;
    assert_eq!((lang(&chosen.html), chosen.url.as_str()), ("de", server.url("/login").as_str()));
    assert_eq!(lang(&browser.open(&server.url("/")).await.html), "de");

    let page = browser.open(&server.url("/language?to=//evil.example/")).await;
    let elsewhere =
        browser.submit(&page.form("/language").with("locale", "xx").with("to", "//evil.example/")).await;
    assert_eq!((lang(&elsewhere.html), elsewhere.url.as_str()), ("de", server.url("/").as_str()));
    let forged = browser.submit(&page.form("/language").with("locale", "fr").with("csrf", "x")).await;
    assert_eq!(forged.status, 403);
    assert_eq!(lang(&browser.open(&server.url("/")).await.html), "de");
}

/// Line 8: name, links and colours of the operator are on every page, and the colours in a file of their own.
#[actix_web::test]
async fn a_page_carries_the_operators_name_links_and_colours() {
    let server = Server::with()
        .set("GRANTOR_BRANDING__NAME", "Example & Sons")
        .set("GRANTOR_BRANDING__HELP", "mailto:help@example.com")
        .set("GRANTOR_BRANDING__TERMS", "https://example.com/terms?a=1&b=2")
        .set("GRANTOR_BRANDING__LIGHT__ACCENT", "#1b4f9c")
        .start()
        .await;
    let mut browser = Browser::new(&server);
    for path in ["/", "/login", "/nothing", "/logout", "/language"] {
        let page = browser.open(&server.url(path)).await;
        assert!(page.html.contains("Example &#38; Sons</title>"), "{path}: {}", page.html);
        assert!(page.html.contains("href=\"mailto:help@example.com\">Help</a>"), "{path}");
        assert!(
            page.html.contains("href=\"https://example.com/terms?a=1&#38;b=2\">Terms of service</a>"),
            "{path}"
        );
        assert!(!page.html.contains("Privacy policy"), "{path}");
        let sheet = page.html.split("href=\"").find(|it| it.starts_with("/static/brand.css?v=")).unwrap();
        let sheet = sheet.split('"').next().unwrap();
        let answer = server.http.get(server.url(sheet)).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/css; charset=utf-8");
        let text = answer.text().await.unwrap();
        assert!(text.contains("--accent: #1b4f9c;") && text.contains("prefers-color-scheme: dark"), "{text}");
    }
    let plain = Server::start().await;
    let answer = plain.http.get(plain.url("/static/brand.css")).send().await.unwrap();
    assert_eq!(answer.status(), 404, "without colours there is no file");
}

/// U11: the operator's picture is made anew; what is no picture, and SVG, which can hold script, is refused at start.
#[actix_web::test]
async fn a_logo_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (png, svg) = (folder.path().join("logo.png"), folder.path().join("logo.svg"));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbaImage::from_pixel(300, 200, image::Rgba([20, 90, 70, 255]))
        .write_to(&mut bytes, image::ImageFormat::Png)
        .unwrap();
    let mut bytes = bytes.into_inner();
    bytes.extend_from_slice(b"<script>alert(1)</script>");
    std::fs::write(&png, bytes).unwrap();
    std::fs::write(&svg, "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>").unwrap();

    let server = Server::with().set("GRANTOR_BRANDING__LOGO_FILE", png.to_str().unwrap()).start().await;
    let page = Browser::new(&server).open(&server.url("/")).await;
    let src = page.html.split("src=\"").find(|it| it.starts_with("/static/brand.png?v=")).unwrap();
    let answer = server.http.get(server.url(src.split('"').next().unwrap())).send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let served = answer.bytes().await.unwrap();
    assert!(!served.windows(8).any(|part| part == b"<script>"), "what stood behind the picture is served");
    assert_eq!(image::load_from_memory(&served).unwrap().width(), 128);

    let refused = grantor::config::Config::load(
        None,
        [("GRANTOR_BRANDING__LOGO_FILE".to_owned(), svg.to_str().unwrap().to_owned())],
    );
    assert!(refused.unwrap_err().to_string().contains("it is no picture"));
}

/// Line 8: the example of docs/operators-guide.md takes the place of the built-in page; for a page without a file nothing changes.
#[actix_web::test]
async fn a_template_of_the_operator_takes_the_place_of_a_page() {
    let guide =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/operators-guide.md")).unwrap();
    let example = guide.split("```html\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("error.html"), example).unwrap();
    std::fs::write(folder.path().join("home.html"), "{{ nothing_of_this_name }}").unwrap();
    let server = Server::with()
        .set("GRANTOR_BRANDING__TEMPLATES", folder.path().to_str().unwrap())
        .set("GRANTOR_BRANDING__NAME", "<Example>")
        .start()
        .await;
    let mut browser = Browser::new(&server);
    let page = browser.open(&server.url("/nothing")).await;
    assert!(
        page.html.contains("class=\"own-error\"") && page.html.contains("&lt;Example&gt;"),
        "{}",
        page.html
    );
    assert!(
        page.text().contains("There is no page at this address.") && page.text().contains("What you can do")
    );
    assert!(!page.html.contains("class=\"eyebrow\""), "the built-in page");
    assert!(
        browser.open(&server.url("/")).await.text().contains("Welcome"),
        "a template that fails gives way"
    );
    server.add_user("ada").await;
    assert!(signed_in(&server, "ada").await.open(&server.url("/logout")).await.has_form("/logout"));
}

/// Line 9: no page is heavier than 30 KB with everything that it loads.
#[actix_web::test]
async fn a_page_is_light() {
    let server = Server::start().await;
    let mut browser = Browser::new(&server);
    for path in ["/", "/login", "/nothing", "/language"] {
        let page = browser.open(&server.url(path)).await;
        let files = page
            .html
            .split("=\"")
            .filter(|it| it.starts_with("/static/"))
            .filter_map(|it| it.split('"').next());
        let mut bytes = page.html.len();
        for file in files {
            bytes += browser.send(Method::GET, &server.url(file), None).await.bytes().await.unwrap().len();
        }
        assert!(bytes < 30_000, "{path}: {bytes} bytes");
    }
}
