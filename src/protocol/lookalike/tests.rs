use super::*;

fn found(name: &str, hosts: &[&str]) -> Option<Lookalike> {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    of_name(name, &hosts, &products())
}

fn likeness(name: &str) -> Option<(String, Likeness)> {
    found(name, &["app.example"]).map(|lookalike| (lookalike.of, lookalike.likeness))
}

/// D06: the letters of other scripts, digits, capitals, spaces and marks that make a name look like a known one.
#[test]
fn a_disguised_name_is_found() {
    for (name, of) in [
        ("Сlaude", "Claude"),               // Cyrillic Es
        ("Clаude Code", "Claude"),          // Cyrillic a
        ("CIaude", "Claude"),               // capital I
        ("C1aude", "Claude"),               // digit one
        ("C|aude", "Claude"),               // a bar
        ("C l a u d e", "Claude"),          // apart
        ("CIaude-Desktop (mcp)", "Claude"), // a word among others
        ("Ｃｌａｕｄｅ", "Claude"),         // wide letters
        ("𝐂𝐥𝐚𝐮𝐝𝐞", "Claude"),               // mathematical letters
        ("Claudé", "Claude"),               // an accent
        ("C\u{200b}laude\u{202e}", "Claude"),
        ("0penAI", "OpenAI"),
        ("0PENAI", "OpenAI"),
        ("ОpenАI", "OpenAI"), // Cyrillic O and A
        ("Rnicrosoft", "Microsoft"),
        ("Μicrosoft Соpilot", "Copilot"), // Greek Mu; Cyrillic Es and o
        ("GitΗub", "GitHub"),             // Greek Eta
        ("Nоtion用", "Notion"),
    ] {
        let (found, likeness) = likeness(name).unwrap_or_else(|| panic!("{name} is not found"));
        assert_eq!(found, of, "{name}");
        let spaced = name.replace([' ', '\u{200b}', '\u{202e}'], "") == of;
        assert!(likeness == Likeness::Disguised || spaced, "{name}");
    }
}

/// D06: the name itself, in whatever case, is told apart from a disguise.
#[test]
fn the_very_name_is_told_apart() {
    for (name, of) in [
        ("Claude", "Claude"),
        ("claude code (files)", "Claude"),
        ("My-ChatGPT", "ChatGPT"),
        ("GITHUB", "GitHub"),
    ] {
        assert_eq!(likeness(name), Some((of.to_owned(), Likeness::SameName)), "{name}");
    }
    // The disguise is the worse of two.
    assert_eq!(likeness("GitHub for СIaude").map(|found| found.1), Some(Likeness::Disguised));
}

/// D06: other names are let be, and so is a product at its own host.
#[test]
fn an_honest_name_is_not_flagged() {
    for name in [
        "Notebook",
        "Weather Desk",
        "Claudette",
        "Pineapple",
        "Googol",
        "Precursor",
        "日本語クライアント",
        "متصفح",
        "Büro & Söhne",
        "Погода",
        "",
        "🦀",
    ] {
        assert_eq!(likeness(name), None, "{name}");
    }
    assert_eq!(found("Claude", &["claude.ai"]), None);
    assert_eq!(found("Claude", &["mcp.claude.com"]), None);
    for host in ["notclaude.ai", "claude.ai.evil.example", "claude.example"] {
        assert!(found("Claude", &[host]).is_some(), "{host}");
    }
}

/// D06: the names of this very server count like those of products; too short ones do not.
#[test]
fn names_of_this_server_are_known_too() {
    let known =
        |name: &str| Known { name: name.to_owned(), hosts: vec!["bank.example".to_owned()], as_word: true };
    let of = |name: &str, to: &str| of_name(name, &["app.example".to_owned()], &[known(to)]);
    assert_eq!(of("Bank of Ada", "Bank of Ada").map(|it| it.likeness), Some(Likeness::SameName));
    assert_eq!(of("Ваnk оf Аdа", "Bank of Ada").map(|it| it.likeness), Some(Likeness::Disguised));
    assert_eq!(
        of("日本語クライアント", "日本語クライアント").map(|it| it.likeness),
        Some(Likeness::SameName)
    );
    assert_eq!(
        of("auth.bank.example login", "auth.bank.example").map(|it| it.likeness),
        Some(Likeness::SameName)
    );
    assert_eq!(of("It", "It"), None);
    let resource = Known { as_word: false, ..known("Notes") };
    assert_eq!(of_name("Claude Code (notes)", &[], [&resource]), None);
    assert!(of_name("N\u{043e}tes", &[], [&resource]).is_some());
    assert_eq!(of_name("Bank of Ada", &["www.bank.example".to_owned()], &[known("Bank of Ada")]), None);
}

/// D06, MCP: a host that looks like another one is said to.
#[test]
fn a_host_that_looks_like_another_is_found() {
    let known = ["claude.ai".to_owned(), "as.example".to_owned()];
    let looks = |host: &str| Some(HostConcern::LooksLike(host.to_owned()));
    for (host, expected) in [
        ("claude.ai", None),
        ("mcp.claude.ai", None),
        ("app.example", None),
        ("xn--bcher-kva.example", None),
        ("xn--wgv71a119e.example", None),
        ("127.0.0.1", None),
        ("c1aude.ai", looks("claude.ai")),
        ("login.c1aude.ai", looks("claude.ai")),
        ("claude.ai.evil.example", looks("claude.ai")),
        ("xn--clude-5ve.ai", looks("claude.ai")),
        ("xn--80ak6aa92e.com", looks("apple.com")),
        ("xn--pypal-4ve.example", looks("paypal.example")),
        ("xn--a-0ub.example", Some(HostConcern::MixedScripts)),
    ] {
        assert_eq!(of_host(host, &known), expected, "{host} {:?}", unicode_host(host));
    }
}

/// D06: what stands behind A-labels is shown only if it differs and hides nothing.
#[test]
fn a_host_is_shown_in_letters_beside_its_labels() {
    assert_eq!(unicode_host("xn--bcher-kva.example").as_deref(), Some("bücher.example"));
    for host in ["app.example", "[::1]", "xn--a.example", "xn--.example"] {
        assert_eq!(unicode_host(host), None, "{host}");
    }
}
