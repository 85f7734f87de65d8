//! What holds for every page, with honest and with hostile words. U02, U04, U06, U07, A27, D06 and WCAG 2.2.

use std::collections::BTreeMap;
use std::path::PathBuf;

use askama::Template as _;
use scraper::{ElementRef, Html, Selector};

use super::samples::{HOSTILE, Words, all, consent};
use crate::web::assets::{self, ASSETS};

fn select<'a>(page: &'a Html, selector: &str) -> Vec<ElementRef<'a>> {
    let selector = Selector::parse(selector).expect("a selector");
    page.select(&selector).collect()
}

fn attribute(page: &Html, selector: &str, name: &str) -> Vec<String> {
    select(page, selector)
        .iter()
        .map(|element| element.value().attr(name).unwrap_or_default().to_owned())
        .collect()
}

/// D08: the one picture that a page may hold is that of a client, from this server.
fn only_own_pictures(name: &str, page: &Html) -> bool {
    let images = attribute(page, "img", "src");
    images.len() == usize::from(name.ends_with("-pictured"))
        && images.iter().all(|src| src.starts_with("/auth/pictures/"))
}

/// A27, D06: what others wrote stays text, in elements, in attributes and in the title.
#[test]
fn hostile_text_is_escaped_on_every_page() {
    for (name, text) in all(&Words::hostile()) {
        let page = Html::parse_document(&text);
        assert!(only_own_pictures(name, &page), "{name}: an element came out of a value");
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
    for name in ["form-post", "error-posting"] {
        let page = Html::parse_document(pages.get(name).expect("the page"));
        assert_eq!(attribute(&page, "form input", "value"), [HOSTILE, "code"]);
        assert_eq!(attribute(&page, "form input", "name"), ["state", HOSTILE]);
        assert_eq!(attribute(&page, "form", "action"), [format!("https://weather.example/{HOSTILE}")]);
    }
}

/// U06, U07: nothing inline, nothing from elsewhere; every file a page asks for is in the table of assets.
#[test]
fn pages_need_no_more_than_the_policy_allows() {
    for (name, text) in all(&Words::honest()) {
        let page = Html::parse_document(&text);
        assert!(select(&page, "style, [style], object, embed, base, meta[http-equiv]").is_empty(), "{name}");
        assert!(only_own_pictures(name, &page), "{name}");
        assert_eq!(select(&page, "iframe").is_empty(), name != "signed-out-frames", "{name}");
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

/// OpenID Connect Front-Channel Logout 1.0 §2: a frame of a client may sign the person out there, and neither take this page
/// away nor open others.
#[test]
fn frames_of_clients_are_sandboxed() {
    let (_, text) = all(&Words::honest()).into_iter().find(|(name, _)| *name == "signed-out-frames").unwrap();
    let page = Html::parse_document(&text);
    assert_eq!(attribute(&page, "iframe", "sandbox"), ["allow-scripts allow-same-origin"]);
    assert_eq!(attribute(&page, "iframe", "referrerpolicy"), ["no-referrer"]);
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
        let title = select(&page, "title").iter().map(ElementRef::inner_html).collect::<String>();
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
        // Passkeys are suggested with names; a box to tick is for nothing that is kept.
        ("sign-in", vec!["username webauthn", "current-password", ""]),
        ("setup", vec!["username", "email", "new-password"]),
        ("ask-reset", vec!["username"]),
        ("ask-sign-up", vec!["email"]),
        ("new-password", vec!["username", "new-password"]),
        ("new-account", vec!["username", "new-password"]),
    ] {
        let page = Html::parse_document(pages.get(name).expect("the page"));
        assert_eq!(attribute(&page, "input:not([type=hidden])", "autocomplete"), tokens);
        assert_eq!(select(&page, "main > form:not(.passkey):not(.time-limit) button[type=submit]").len(), 1);
    }
}

/// U02, MCP: the consent page says who, where to, what, where and as whom, and refusing is as easy as allowing.
#[test]
fn consent_says_all_a_person_must_know() {
    let page = Html::parse_document(&consent(&Words::honest()).render().expect("the page"));
    let text = select(&page, "main").iter().flat_map(ElementRef::text).collect::<String>();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "Weather Desk wants access",
        "registered itself, and nobody has verified who made it",
        "You will be sent to weather.example",
        "Read your calendar",
        "https://weather.example/terms",
        "Keep this access while you are away, for up to 90 days",
        "Any app can call itself Weather Desk.",
        "Signed in as ada ada@mail.example",
        "lead elsewhere, to weather.example, other.example.",
    ] {
        assert!(text.contains(part), "{part} is missing from: {text}");
    }
    assert_eq!(attribute(&page, "form:first-of-type button[name=decision]", "value"), ["allow", "deny"]);
    assert_eq!(attribute(&page, "button[form]", "form"), attribute(&page, "form[id]", "id"));
    let pages: BTreeMap<_, _> = all(&Words::honest()).into_iter().collect();
    for (name, parts) in [
        (
            "consent-trusted",
            vec!["This server trusts weather.example, which has signed", "This access ends after 1 hour"],
        ),
        (
            "consent-loopback",
            vec!["an app on this computer", "127.0.0.1:33418", "when you sign out here, after 30 days"],
        ),
        ("consent-app", vec!["an app on this device", "com.example.weather:"]),
        (
            "consent-document",
            vec![
                "in its own letters",
                "looks like weather.example but",
                "mixes letters",
                "presents itself at weather.example",
            ],
        ),
        ("consent-lookalike", vec!["This is not Weather Desk", "is written so that it looks like that one"]),
        ("consent-lookalike-here", vec!["This is not Weather Desk", "belongs to this server"]),
    ] {
        let text = words_of(pages.get(name).expect("the page"));
        for part in parts {
            assert!(text.contains(part), "{name}: {part} is missing from: {text}");
        }
        assert_eq!(
            text.contains("registered itself"),
            !matches!(name, "consent-trusted" | "consent-document")
        );
    }
}

/// MCP, D06: where the answer goes is said before anything that the client or others say of it.
#[test]
fn the_redirect_host_comes_first() {
    for (name, page) in all(&Words::honest()).into_iter().filter(|(name, _)| name.starts_with("consent")) {
        let text = words_of(&page);
        let place = |part: &str| text.find(part).unwrap_or(usize::MAX);
        let target = place("You will be sent to");
        for later in
            ["This is not", "erified", "It will be able to", "It can use this access at", "Signed in as"]
        {
            assert!(target < place(later), "{name}: {later} comes first");
        }
    }
}

/// WCAG 3.1.2: words in another language say which, in every place where a client's own words stand.
#[test]
fn the_language_of_a_part_is_told() {
    let pages: BTreeMap<_, _> = all(&Words::honest()).into_iter().collect();
    for (name, expected) in [("consent", 2), ("sign-in", 1), ("sign-out", 1)] {
        let page = Html::parse_document(pages.get(name).expect("the page"));
        assert_eq!(attribute(&page, "main [lang]", "lang"), vec!["de"; expected], "{name}");
    }
}

/// The words of a page's content, white space folded.
fn words_of(page: &str) -> String {
    let page = Html::parse_document(page);
    let text = select(&page, "main").iter().flat_map(ElementRef::text).collect::<String>();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// U04, openid.md §3: each form that changes something is a POST with its token, and no secret stands in a title.
#[test]
fn forms_post_their_token() {
    let words = Words { token: "s3cret-token".to_owned(), ..Words::honest() };
    for (name, text) in all(&words) {
        let page = Html::parse_document(&text);
        for form in select(&page, "form") {
            // A filter changes nothing: it asks for the page again.
            let method = if form.value().attr("role") == Some("search") { "get" } else { "post" };
            assert_eq!(form.value().attr("method"), Some(method), "{name}");
        }
        // An answer that goes to a client as a form changes nothing here.
        let forms = if name == "error-posting" {
            0
        } else {
            select(&page, "form[method=post]:not(#form-post)").len()
        };
        assert_eq!(attribute(&page, "form input[name=csrf]", "value"), vec!["s3cret-token"; forms], "{name}");
        let title = select(&page, "title").iter().map(ElementRef::inner_html).collect::<String>();
        assert!(!title.contains("s3cret"), "{name}: {title}");
        for href in attribute(&page, "a", "href") {
            assert!(!href.contains("s3cret"), "{name}: {href}");
        }
    }
}

/// A page with its style sheets, scripts and icon is under 30 KB; one of the desk, with thirty days of numbers, under 40.
#[test]
fn a_page_is_small() {
    for (name, page) in all(&Words::honest()) {
        let wanted = ASSETS.iter().filter(|asset| page.contains(asset.path));
        let files = wanted.map(|asset| asset.bytes.len()).sum::<usize>();
        let most = if page.contains("/static/desk.css") { 40_000 } else { 30_000 };
        assert!(page.len() + files < most, "{name}: {} + {files} bytes", page.len());
    }
}

/// Rule 10 of the architecture: no template turns escaping off, and none carries a script, a style or a handler.
#[test]
fn templates_hold_markup_only() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the templates") {
        let path = entry.expect("a file").path();
        if path.is_dir() {
            continue;
        }
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
