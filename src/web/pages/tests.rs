//! What holds for every page, with honest and with hostile data. Statements: `docs` of accessibility and U05–U07.

use std::collections::BTreeMap;
use std::path::PathBuf;

use askama::Template as _;
use scraper::{Html, Selector};

use super::*;
use crate::protocol::display;
use crate::web::assets::{self, ASSETS};

/// Breaks out of an element, of an attribute in either kind of quote, and of a script.
const HOSTILE: &str =
    r#"</title></script><script>alert(1)</script>"'><img src=x onerror=alert(1)>{{7*7}}&amp;"#;

/// The words on the pages: what a page says when all goes well, or what an attacker would have it say.
struct Words {
    client: String,
    host: String,
    user: String,
    text: String,
    uri: String,
}

impl Words {
    fn honest() -> Self {
        Self {
            client: "Weather Desk".to_owned(),
            host: "weather.example".to_owned(),
            user: "ada".to_owned(),
            text: "Read your calendar".to_owned(),
            uri: "https://weather.example/terms".to_owned(),
        }
    }

    fn hostile() -> Self {
        Self {
            client: HOSTILE.to_owned(),
            host: HOSTILE.to_owned(),
            user: HOSTILE.to_owned(),
            text: HOSTILE.to_owned(),
            uri: format!("https://weather.example/{HOSTILE}"),
        }
    }

    /// Long words without a place to break, right-to-left script and emoji.
    fn awkward() -> Self {
        Self {
            client: display::display_name(&format!("مدير التقويم 🦀🗓️ {}", "Unbreakable".repeat(8))),
            host: format!(
                "{}.{}.example:8443",
                "a-very-long-label-of-a-host".repeat(2),
                "another-long-label".repeat(3)
            ),
            user: format!("שרה.{}", "w".repeat(60)),
            text: format!(
                "Read and change everything that {} keeps, for as long as it does",
                "Donaudampfschiff".repeat(4)
            ),
            uri: format!("https://weather.example/{}", "path/".repeat(30)),
        }
    }
}

fn chrome() -> Chrome {
    Chrome::new("/auth/")
}

fn sign_in(words: &Words) -> SignInPage {
    SignInPage {
        chrome: chrome(),
        action: format!("/auth/login?{}", words.text),
        thread: Some(words.text.clone()),
        csrf: words.text.clone(),
        client_name: Some(words.client.clone()),
        redirect_target: Some(words.host.clone()),
        name: words.user.clone(),
        error: None,
        reauthenticate: false,
    }
}

fn consent(words: &Words) -> ConsentPage {
    ConsentPage {
        chrome: chrome(),
        action: format!("/auth/consent?{}", words.text),
        switch_action: format!("/auth/switch?{}", words.text),
        thread: words.text.clone(),
        csrf: words.text.clone(),
        client_name: words.client.clone(),
        client_initial: display::initial(&words.client),
        client_uri_host: Some(words.host.clone()),
        is_self_registered: true,
        registered_since: "21 November 2026".to_owned(),
        redirect_host: words.host.clone(),
        is_loopback: false,
        app_scheme: None,
        scopes: vec![
            ScopeLine { name: "openid".to_owned(), description: "Know who you are".to_owned() },
            ScopeLine { name: "calendar:read".to_owned(), description: words.text.clone() },
        ],
        resources: vec![ResourceLine { name: Some(words.client.clone()), identifier: words.uri.clone() }],
        keeps_access: true,
        user_name: words.user.clone(),
        user_email: Some(format!("{}@mail.example", words.user)),
        user_initial: display::initial(&words.user),
        flagged_hosts: vec![words.host.clone(), "other.example".to_owned()],
        policy_uri: Some(words.uri.clone()),
        tos_uri: Some(words.uri.clone()),
    }
}

/// Every page in every state that changes its markup.
fn all(words: &Words) -> Vec<(&'static str, String)> {
    let link = Link { href: words.uri.clone(), host: words.host.clone() };
    let error = "The name or the password is not right.".to_owned();
    let pair = || vec![("state".to_owned(), words.text.clone()), (words.text.clone(), "code".to_owned())];
    let setup = |error| SetupPage {
        chrome: chrome(),
        action: format!("/auth/setup?{}", words.text),
        token: words.text.clone(),
        csrf: words.text.clone(),
        name: words.user.clone(),
        email: format!("{}@mail.example", words.user),
        error,
    };
    let home = |signed_in_as| HomePage {
        chrome: chrome(),
        issuer: words.uri.clone(),
        signed_in_as,
        sign_in_href: words.uri.clone(),
        sign_out_href: words.uri.clone(),
        metadata_href: words.uri.clone(),
    };
    let trusted = ConsentPage {
        is_self_registered: false,
        client_uri_host: None,
        resources: Vec::new(),
        flagged_hosts: Vec::new(),
        keeps_access: false,
        user_email: None,
        ..consent(words)
    };
    let pages = [
        ("sign-in", sign_in(words).render()),
        (
            "sign-in-plain",
            SignInPage {
                client_name: None,
                redirect_target: None,
                thread: None,
                name: String::new(),
                ..sign_in(words)
            }
            .render(),
        ),
        (
            "sign-in-wrong",
            SignInPage { error: Some(format!("{error} {}", words.text)), ..sign_in(words) }.render(),
        ),
        ("sign-in-again", SignInPage { reauthenticate: true, ..sign_in(words) }.render()),
        ("consent", consent(words).render()),
        ("consent-trusted", trusted.render()),
        (
            "consent-loopback",
            ConsentPage {
                is_loopback: true,
                redirect_host: "127.0.0.1:33418".to_owned(),
                flagged_hosts: Vec::new(),
                ..consent(words)
            }
            .render(),
        ),
        (
            "consent-app",
            ConsentPage { app_scheme: Some(words.text.clone()), scopes: Vec::new(), ..consent(words) }
                .render(),
        ),
        (
            "sign-out",
            SignOutPage {
                chrome: chrome(),
                action: words.text.clone(),
                csrf: words.text.clone(),
                user_name: Some(words.user.clone()),
                client_name: Some(words.client.clone()),
                hidden: pair(),
            }
            .render(),
        ),
        ("signed-out", SignedOutPage { chrome: chrome(), back: Some(link.clone()) }.render()),
        (
            "error",
            ErrorPage {
                chrome: chrome(),
                status: 400,
                heading: words.text.clone(),
                what_happened: words.text.clone(),
                what_to_do: words.text.clone(),
                request_id: words.text.clone(),
                back: Some(link),
            }
            .render(),
        ),
        ("setup", setup(None).render()),
        ("setup-wrong", setup(Some(words.text.clone())).render()),
        (
            "setup-done",
            SetupDonePage { chrome: chrome(), name: words.user.clone(), sign_in_href: words.uri.clone() }
                .render(),
        ),
        (
            "form-post",
            FormPostPage {
                chrome: chrome(),
                action: words.uri.clone(),
                fields: pair(),
                host: words.host.clone(),
            }
            .render(),
        ),
        ("home", home(None).render()),
        ("home-signed-in", home(Some(words.user.clone())).render()),
    ];
    pages.into_iter().map(|(name, page)| (name, page.expect(name))).collect()
}

fn select<'a>(page: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
    let selector = Selector::parse(selector).expect("a selector");
    page.select(&selector).collect()
}

fn attribute(page: &Html, selector: &str, name: &str) -> Vec<String> {
    select(page, selector)
        .iter()
        .map(|element| element.value().attr(name).unwrap_or_default().to_owned())
        .collect()
}

/// A27, D06: what others wrote stays text, in elements, in attributes and in the title.
#[test]
fn hostile_text_is_escaped_on_every_page() {
    for (name, text) in all(&Words::hostile()) {
        let page = Html::parse_document(&text);
        assert!(select(&page, "img").is_empty(), "{name}: an element came out of a value");
        for script in select(&page, "script") {
            assert!(script.inner_html().is_empty(), "{name}: a script came out of a value");
        }
        for element in select(&page, "*") {
            let handler = element.value().attrs().find(|(key, _)| key.starts_with("on"));
            assert_eq!(handler, None, "{name}: a handler came out of a value");
        }
        assert!(!text.contains("49&amp;"), "{name}: a template came out of a value");
    }
}

/// A27: hidden fields come back to the client byte for byte.
#[test]
fn form_post_carries_the_fields_unchanged() {
    let pages: BTreeMap<_, _> = all(&Words::hostile()).into_iter().collect();
    let page = Html::parse_document(pages.get("form-post").expect("the page"));
    assert_eq!(attribute(&page, "form input", "value"), [HOSTILE, "code"]);
    assert_eq!(attribute(&page, "form input", "name"), ["state", HOSTILE]);
    assert_eq!(attribute(&page, "form", "action"), [format!("https://weather.example/{HOSTILE}")]);
}

/// U06, U07: nothing inline, nothing from elsewhere; every file a page asks for is in the table of assets.
#[test]
fn pages_need_no_more_than_the_policy_allows() {
    for (name, text) in all(&Words::honest()) {
        let page = Html::parse_document(&text);
        assert!(
            select(&page, "style, [style], iframe, object, embed, base, img, meta[http-equiv]").is_empty(),
            "{name}"
        );
        let files = [attribute(&page, "script", "src"), attribute(&page, "link", "href")].concat();
        assert!(files.len() >= 2, "{name}");
        for file in files {
            let path = file.strip_prefix("/auth").and_then(|path| path.strip_suffix(assets::version()));
            let path =
                path.and_then(|path| path.strip_suffix("?v=")).expect("a path of ours with the version");
            assert!(assets::find(path).is_some(), "{name}: {path} is not served");
        }
    }
}

/// U06: a client's own links are links only if they lead to the web.
#[test]
fn a_script_address_never_becomes_a_link() {
    let words = Words { uri: "javascript:alert(1)".to_owned(), ..Words::honest() };
    let page = Html::parse_document(&consent(&words).render().expect("the page"));
    assert_eq!(attribute(&page, "main a", "href"), Vec::<String>::new());
    let page = Html::parse_document(&consent(&Words::honest()).render().expect("the page"));
    assert_eq!(attribute(&page, "main a", "href").len(), 2);
}

/// WCAG 1.3.1, 2.4.1, 2.4.2, 3.1.1, 3.3.1, 4.1.3: what a screen reader needs is on every page.
#[test]
fn pages_say_what_they_are_to_a_screen_reader() {
    for (name, text) in all(&Words::honest()) {
        let page = Html::parse_document(&text);
        assert_eq!(attribute(&page, "html", "lang"), ["en"], "{name}");
        assert_eq!(select(&page, "h1").len(), 1, "{name}");
        assert_eq!(attribute(&page, "body > a:first-child", "href"), ["#main"], "{name}");
        assert_eq!(select(&page, "main#main").len(), 1, "{name}");
        let title = select(&page, "title").iter().map(|title| title.inner_html()).collect::<String>();
        assert_eq!(
            title.starts_with("Error: "),
            !select(&page, "[role=alert]").is_empty(),
            "{name}: {title}"
        );
        let ids = attribute(&page, "[id]", "id");
        for id in &ids {
            assert_eq!(ids.iter().filter(|other| *other == id).count(), 1, "{name}: {id} twice");
        }
        for input in attribute(&page, "input:not([type=hidden])", "id") {
            assert_eq!(
                select(&page, &format!("label[for={input}]")).len(),
                1,
                "{name}: {input} has no label"
            );
        }
        for described in attribute(&page, "[aria-describedby]", "aria-describedby") {
            assert!(
                described.split(' ').all(|id| ids.iter().any(|other| other == id)),
                "{name}: {described}"
            );
        }
    }
}

/// WCAG 1.3.5: password managers know every field.
#[test]
fn fields_name_what_they_are_for() {
    let pages: BTreeMap<_, _> = all(&Words::honest()).into_iter().collect();
    for (name, tokens) in [
        ("sign-in", vec!["username", "current-password"]),
        ("setup", vec!["username", "email", "new-password"]),
    ] {
        let page = Html::parse_document(pages.get(name).expect("the page"));
        assert_eq!(attribute(&page, "input:not([type=hidden])", "autocomplete"), tokens);
        assert_eq!(select(&page, "form button[type=submit]").len(), 1);
    }
}

/// U02, MCP: the consent page says who, where to, what, where and as whom, and refusing is as easy as allowing.
#[test]
fn consent_says_all_a_person_must_know() {
    let page = Html::parse_document(&consent(&Words::honest()).render().expect("the page"));
    let text = select(&page, "main").iter().flat_map(scraper::ElementRef::text).collect::<String>();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "Weather Desk wants access",
        "registered itself, nobody has verified it",
        "You will be sent to weather.example",
        "Read your calendar",
        "https://weather.example/terms",
        "Keep this access while you are away",
        "Signed in as ada ada@mail.example",
        "lead elsewhere, to weather.example, other.example.",
    ] {
        assert!(text.contains(part), "{part} is missing from: {text}");
    }
    assert_eq!(attribute(&page, "form:first-of-type button[name=decision]", "value"), ["allow", "deny"]);
    assert_eq!(attribute(&page, "button[form]", "form"), attribute(&page, "form[id]", "id"));
    let honest = ConsentPage { is_loopback: true, ..consent(&Words::honest()) };
    let page = honest.render().expect("the page");
    assert!(page.contains("an app on this computer"));
    let trusted = ConsentPage { is_self_registered: false, ..consent(&Words::honest()) };
    assert!(!trusted.render().expect("the page").contains("registered itself"));
}

/// U04, openid.md §3: each form that changes something is a POST with its token, and no secret stands in a title.
#[test]
fn forms_post_their_token() {
    let words = Words { text: "s3cret-token".to_owned(), ..Words::honest() };
    for (name, text) in all(&words) {
        let page = Html::parse_document(&text);
        for form in select(&page, "form") {
            assert_eq!(form.value().attr("method"), Some("post"), "{name}");
        }
        let forms = select(&page, "form:not(#form-post)").len();
        assert_eq!(attribute(&page, "form input[name=csrf]", "value"), vec!["s3cret-token"; forms], "{name}");
        if name != "error" {
            let title = select(&page, "title").iter().map(|title| title.inner_html()).collect::<String>();
            assert!(!title.contains("s3cret"), "{name}: {title}");
        }
    }
}

/// A page with its style sheet, scripts and icon is under 30 KB.
#[test]
fn a_page_is_small() {
    let files = ASSETS.iter().map(|asset| asset.bytes.len()).sum::<usize>();
    for (name, page) in all(&Words::honest()) {
        assert!(page.len() + files < 30_000, "{name}: {} + {files} bytes", page.len());
    }
}

/// Rule 10 of the architecture: no template turns escaping off, and none carries a script, a style or a handler.
#[test]
fn templates_hold_markup_only() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the templates") {
        let path = entry.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("a template");
        let compact = text.split_whitespace().collect::<String>();
        for banned in [
            "|safe",
            "escape(",
            "|escape",
            "autoescape",
            "{%filter",
            "style=",
            "<style",
            "<script>",
            "javascript:",
            "onclick",
            "onload",
        ] {
            assert!(!compact.contains(banned), "{}: {banned}", path.display());
        }
        seen += 1;
    }
    assert!(seen >= 10);
}

/// The colours of a theme: the first `:root` of the sheet, and the dark one over it.
fn colours(dark: bool) -> BTreeMap<String, [u8; 3]> {
    let sheet =
        std::str::from_utf8(assets::find("/static/grantor.css").expect("the sheet").bytes).expect("text");
    let mut found = BTreeMap::new();
    for block in sheet.split(":root {").skip(1).take(if dark { 2 } else { 1 }) {
        for line in block.split('}').next().expect("a block").lines() {
            let Some((name, value)) = line.trim().trim_end_matches(';').split_once(": #") else { continue };
            let value = u32::from_str_radix(value, 16).expect("a colour of six digits");
            let [_, red, green, blue] = value.to_be_bytes();
            found.insert(name.to_owned(), [red, green, blue]);
        }
    }
    found
}

/// Relative luminance, WCAG 2.2.
fn luminance(colour: [u8; 3]) -> f64 {
    let [red, green, blue] = colour.map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// WCAG 1.4.3 and 1.4.11: text 4.5:1, borders of controls and the focus ring 3:1, in both themes.
#[test]
fn colours_contrast_in_both_themes() {
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 0.01);
    let text = [
        "ink card",
        "ink paper",
        "ink ring",
        "ink wash",
        "muted card",
        "muted wash",
        "accent card",
        "accent-strong card",
        "on-accent accent",
        "on-accent accent-strong",
        "accent-strong tint",
        "danger danger-wash",
        "warn warn-wash",
        "warn wash",
    ];
    let edges = [
        "control card",
        "control wash",
        "focus card",
        "focus paper",
        "focus wash",
        "danger card",
        "accent card",
    ];
    for dark in [false, true] {
        let colours = colours(dark);
        let wanted = text.iter().map(|pair| (pair, 4.5)).chain(edges.iter().map(|pair| (pair, 3.0)));
        for (pair, least) in wanted {
            let (front, back) = pair.split_once(' ').expect("two names");
            let colour = |name: &str| *colours.get(&format!("--{name}")).expect(name);
            let found = contrast(colour(front), colour(back));
            assert!(found >= least, "{pair} (dark: {dark}): {found:.2}");
        }
    }
}

/// Every colour of the sheet is a property that the test above knows: no other rule names one.
#[test]
fn only_the_themes_name_colours() {
    let sheet =
        std::str::from_utf8(assets::find("/static/grantor.css").expect("the sheet").bytes).expect("text");
    let rules = sheet.split("*, *::before").nth(1).expect("the rules behind the themes");
    assert!(!rules.contains('#') && !rules.contains("rgb"), "a colour outside the themes");
    assert!(!sheet.contains("url(") && !sheet.contains("@import"), "a file from elsewhere");
}

/// Writes all pages and static files to the folder `grantor-pages` of the system's temporary folder, to look at:
/// `cargo test --lib pages_to_look_at -- --ignored`.
#[test]
#[ignore = "for people: it only writes files"]
fn pages_to_look_at() {
    let folder = std::env::temp_dir().join("grantor-pages");
    std::fs::create_dir_all(folder.join("static")).expect("a folder");
    for asset in ASSETS {
        std::fs::write(folder.join(asset.path.trim_start_matches('/')), asset.bytes).expect("a file");
    }
    for (kind, words) in
        [("honest", Words::honest()), ("hostile", Words::hostile()), ("awkward", Words::awkward())]
    {
        for (name, page) in all(&words) {
            let page = page.replace("\"/auth/static/", "\"static/");
            std::fs::write(folder.join(format!("{kind}-{name}.html")), page).expect("a file");
        }
    }
}
