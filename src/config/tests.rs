//! Loading as a whole: defaults, precedence, and every kind of problem.

use std::io::Write as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn environment(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn load(pairs: &[(&str, &str)]) -> Result<Config, Problems> {
    Config::load(None, environment(pairs))
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn load_file(text: &str) -> Result<Config, Problems> {
    Config::load(Some(file(text).path()), [])
}

/// Variables, and the key and a part of the one line that they lead to.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);

/// The lines of the problems.
fn lines(result: Result<Config, Problems>) -> Vec<String> {
    result.unwrap_err().to_string().lines().map(str::to_owned).collect()
}

/// Exactly one problem, whose line begins and continues as said.
fn assert_problem(result: Result<Config, Problems>, key: &str, part: &str) {
    let lines = lines(result);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    let line = lines.first().unwrap();
    assert!(line.starts_with(key) && line.contains(part), "{line:?} is not {key:?} with {part:?}");
}

#[test]
fn nothing_needs_to_be_set() {
    let config = load(&[("PATH", "/bin"), ("GRANTOR_TEST_DATABASE", "x")]).unwrap();
    assert_eq!(config.issuer.as_str(), "http://localhost:8080");
    assert_eq!(config.listen, ["127.0.0.1:8080".parse().unwrap(), "[::1]:8080".parse().unwrap()]);
    assert!(
        matches!(&config.database.url, DatabaseUrl::Sqlite(path) if path == Path::new("data/grantor.db"))
    );
    assert!(matches!(
        &config.master_key,
        Some(MasterKeySource::BesideDatabase(path)) if path == Path::new("data/master.key")
    ));
    assert_eq!(config.registration.mode, RegistrationMode::Open);
    assert_eq!(config.registration.private_use_schemes, ["cursor", "vscode", "vscode-insiders", "grokbot"]);
    assert_eq!((config.tokens.code_lifetime, config.tokens.access_token_lifetime), (60, 900));
    assert_eq!((config.refresh.idle_lifetime, config.refresh.absolute_lifetime), (30 * 86_400, 180 * 86_400));
    assert_eq!((config.session.idle_lifetime, config.session.absolute_lifetime), (3600, 86_400));
    assert_eq!((config.refresh.grace, config.session.thread_lifetime), (10, 600));
    assert_eq!((config.workers, config.database.pool_size, config.shutdown_timeout), (0, 10, 10));
    assert_eq!(config.registration_access_token.grace, 3600);
    assert!(config.redirect.localhost_any_port && config.tls.is_none() && config.metrics.listen.is_none());
    assert_eq!(config.scopes.len(), 9);
    assert!(
        config.default_scope.is_empty() && config.resources.is_empty() && config.trusted_proxies.is_empty()
    );
}

#[test]
fn the_port_of_an_http_issuer_is_listened_on() {
    let config = load(&[("GRANTOR_ISSUER", "http://127.0.0.1:9123/auth")]).unwrap();
    assert_eq!(config.listen, ["127.0.0.1:9123".parse().unwrap(), "[::1]:9123".parse().unwrap()]);
    let config =
        load(&[("GRANTOR_ISSUER", "https://auth.example.com"), ("GRANTOR_TRUSTED_PROXIES", "10.0.0.0/8")])
            .unwrap();
    assert_eq!(config.listen, ["127.0.0.1:8080".parse().unwrap(), "[::1]:8080".parse().unwrap()]);
}

#[test]
fn the_environment_wins_over_the_file_key_by_key() {
    let file = file("issuer = 'http://localhost:1'\nworkers = 3\n[registration]\nmode = 'off'\n");
    let environment = environment(&[
        ("GRANTOR_REGISTRATION__MODE", "initial_access_token"),
        ("GRANTOR_LISTEN", "127.0.0.1:0,[::1]:0"),
    ]);
    let config = Config::load(Some(file.path()), environment).unwrap();
    assert_eq!(config.issuer.as_str(), "http://localhost:1");
    assert_eq!(config.workers, 3);
    assert_eq!(config.registration.mode, RegistrationMode::InitialAccessToken);
    assert_eq!(config.listen.len(), 2);
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let key = file(&format!("{KEY}\n"));
    let url = file(" postgres://u:hunter2@localhost/db \n");
    let config = load(&[
        ("GRANTOR_MASTER_KEY_FILE", key.path().to_str().unwrap()),
        ("GRANTOR_DATABASE_URL_FILE", url.path().to_str().unwrap()),
    ])
    .unwrap();
    assert!(matches!(&config.master_key, Some(MasterKeySource::Given(secret)) if secret.expose() == KEY));
    assert!(
        matches!(&config.database.url, DatabaseUrl::Postgres(url) if url.expose() == "postgres://u:hunter2@localhost/db")
    );
    assert!(!format!("{config:?}").contains("hunter2") && !format!("{config:?}").contains(KEY));
    assert_problem(
        load(&[("GRANTOR_MASTER_KEY_FILE", "/nowhere/at/all")]),
        "GRANTOR_MASTER_KEY_FILE",
        "read",
    );
    assert_problem(load(&[("GRANTOR_ISSUER_FILE", "x")]), "GRANTOR_ISSUER_FILE", "no such setting");
}

#[test]
fn both_spellings_of_the_database_url_work_but_not_at_once() {
    for name in ["GRANTOR_DATABASE_URL", "GRANTOR_DATABASE__URL"] {
        let config = load(&[(name, "sqlite:///var/lib/grantor/g.db")]).unwrap();
        assert!(matches!(
            &config.master_key,
            Some(MasterKeySource::BesideDatabase(path)) if path == Path::new("/var/lib/grantor/master.key")
        ));
    }
    let both = [("GRANTOR_DATABASE_URL", "sqlite://a.db"), ("GRANTOR_DATABASE__URL", "sqlite://b.db")];
    assert_problem(
        load(&both),
        "database.url",
        "GRANTOR_DATABASE_URL and GRANTOR_DATABASE__URL are both set",
    );
}

#[test]
fn everything_that_is_wrong_is_reported_at_once() {
    let text = "isuer = 'http://localhost'\nlisten = ['nowhere']\n[tokens]\ncode_lifetime = '11m'\n\
                access_token_lifetime = '25h'\n[refresh]\nidle_lifetime = '2d'\nabsolute_lifetime = '1d'\n\
                [[scopes]]\nname = 'openid'\nclaim = []\n";
    let file = file(text);
    let environment = environment(&[("GRANTOR_REGISTRATION_MODE", "open"), ("GRANTOR_WORKERS", "-1")]);
    let lines = lines(Config::load(Some(file.path()), environment));
    let expected = [
        "isuer: there is no such setting; did you mean issuer?",
        "GRANTOR_REGISTRATION_MODE: there is no such setting; did you mean GRANTOR_REGISTRATION__MODE?",
        "listen: \"nowhere\" is no IP address with port; write it like 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080",
        "workers (from GRANTOR_WORKERS): it is no number in range; write a number from 0 to 1024",
        "tokens.code_lifetime: 11m is too long; write at most 10m",
        "tokens.access_token_lifetime: 25h is too long; write at most 1d",
        "scopes #1 name: openid is built in; choose another name",
        "scopes #1 description: it is missing; write description = \"See your notes\", the words of the consent page",
        "scopes #1 claim: there is no such member; did you mean claims?",
        "refresh.idle_lifetime: it is longer than refresh.absolute_lifetime; write at most that time",
    ];
    for line in expected {
        assert!(lines.iter().any(|found| found == line), "{line:?} is not among {lines:#?}");
    }
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
}

#[test]
fn a_refused_value_is_not_reported_a_second_time_as_a_contradiction() {
    let both = [
        ("GRANTOR_ISSUER", "https://auth.example.com/"),
        ("GRANTOR_TLS__CERT_FILE", "c"),
        ("GRANTOR_TLS__KEY_FILE", "k"),
    ];
    assert_problem(load(&both), "issuer (from GRANTOR_ISSUER)", "slash");
}

#[test]
fn no_secret_is_ever_repeated() {
    let text = "master_key = 'not-base64-hunter2!'\n[database]\nurl = 'mysql://root:hunter2@host/db'\n";
    let shown = lines(load_file(text)).join("\n");
    assert!(!shown.contains("hunter2"), "{shown}");
    let shown = lines(load_file("master_key = \"hunter2\nissuer = 'x'\n")).join("\n");
    assert!(shown.contains("line 1") && !shown.contains("hunter2"), "{shown}");
    let shown = lines(load(&[("GRANTOR_DATABASE_URL", "postgres://u:hunter2@[host/db")])).join("\n");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_master_key_is_base64_of_32_bytes_in_either_alphabet() {
    let bytes = [0xfb_u8; 32];
    for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
        assert!(load(&[("GRANTOR_MASTER_KEY", &engine.encode(bytes))]).is_ok());
    }
    assert_problem(load(&[("GRANTOR_MASTER_KEY", "AAAA")]), "master_key", "base64 of 3 bytes");
}

#[test]
fn a_database_url_names_a_file_or_postgresql() {
    for memory in ["sqlite::memory:", ":memory:", "sqlite://:memory:", "sqlite://file?mode=memory"] {
        assert_problem(load(&[("GRANTOR_DATABASE_URL", memory)]), "database.url", "readers and the writer");
    }
    for bad in [
        "",
        "sqlite://",
        "sqlite:data/g.db",
        "sqlite://data/",
        "sqlite://a.db?x=1",
        "data/g.db",
        "mysql://h/d",
    ] {
        assert_eq!(lines(load(&[("GRANTOR_DATABASE_URL", bad)])).len(), 1, "{bad}");
    }
}

#[cfg(feature = "postgres")]
#[test]
fn postgresql_requires_a_master_key() {
    let url = ("GRANTOR_DATABASE_URL", "postgresql://u:p@db.example.com/grantor");
    assert_problem(load(&[url]), "master_key", "PostgreSQL requires one");
    assert!(load(&[url, ("GRANTOR_MASTER_KEY", KEY)]).is_ok());
    let ca = ("GRANTOR_DATABASE__CA_FILE", "ca.pem");
    let off = ("GRANTOR_DATABASE_URL", "postgres://db.example.com/grantor?sslmode=disable");
    assert_problem(load(&[off, ca, ("GRANTOR_MASTER_KEY", KEY)]), "database.ca_file", "sslmode");
}

#[cfg(not(feature = "postgres"))]
#[test]
fn a_build_without_postgresql_says_so() {
    let url = ("GRANTOR_DATABASE_URL", "postgres://u:p@db.example.com/grantor");
    assert_problem(load(&[url]), "database.url", "this build holds no PostgreSQL");
}

#[test]
fn contradictions_are_reported() {
    let cases: [Case<'_>; 9] = [
        (&[("GRANTOR_TLS__CERT_FILE", "c.pem")], "tls.key_file", "missing"),
        (&[("GRANTOR_TLS__KEY_FILE", "k.pem")], "tls.cert_file", "missing"),
        (&[("GRANTOR_TLS__CERT_FILE", "c"), ("GRANTOR_TLS__KEY_FILE", "k")], "issuer", "speak https"),
        (&[("GRANTOR_ISSUER", "https://a.example.com")], "trusted_proxies", "nothing here ends TLS"),
        (&[("GRANTOR_DATABASE__CA_FILE", "ca.pem")], "database.ca_file", "SQLite is a file"),
        (&[("GRANTOR_SESSION__IDLE_LIFETIME", "25h")], "session.idle_lifetime", "session.absolute_lifetime"),
        (&[("GRANTOR_DEFAULT_SCOPE", "openid notes.read")], "default_scope", "no scope \"notes.read\""),
        (&[("GRANTOR_METRICS__LISTEN", "127.0.0.1:8080")], "metrics.listen", "already serves"),
        (&[("GRANTOR_LISTEN", "")], "listen", "it is empty"),
    ];
    for (pairs, key, part) in cases {
        assert_problem(load(pairs), key, part);
    }
}

/// X14: what runs without settings, or on plain http, is reached from this machine only.
#[test]
fn x14_plain_http_is_for_this_machine_only() {
    for pairs in [
        &[][..],
        &[("GRANTOR_ISSUER", "http://localhost:9123")],
        &[("GRANTOR_ISSUER", "http://127.0.0.1:9123")],
        &[("GRANTOR_ISSUER", "https://auth.example.com"), ("GRANTOR_TRUSTED_PROXIES", "127.0.0.1")],
    ] {
        let config = load(pairs).unwrap();
        assert!(
            !config.listen.is_empty() && config.listen.iter().all(|at| at.ip().is_loopback()),
            "{pairs:?}"
        );
        assert!(config.metrics.listen.is_none(), "{pairs:?}");
    }
    for issuer in [
        "http://auth.example.com",
        "http://192.168.1.5:8080",
        "http://0.0.0.0:8080",
        "http://localhost.example.com",
    ] {
        assert_problem(load(&[("GRANTOR_ISSUER", issuer)]), "issuer", "its host is not loopback");
    }
}

#[test]
fn issuer_must_be_https_unless_loopback() {
    assert_problem(
        load(&[("GRANTOR_ISSUER", "http://auth.example.com")]),
        "issuer",
        "use https://auth.example.com",
    );
}

/// CVE row 86: every address in the metadata begins with the issuer, so no character that a shell, a browser or another parser
/// takes for something else gets into it.
#[test]
fn an_issuer_is_a_plain_address() {
    for odd in [
        "https://auth.example.com/$(id)",
        "https://auth.example.com/`id`",
        "https://auth.example.com/a;b",
        "https://auth.example.com/a|b",
        "https://auth.example.com/a&b",
        "https://auth.example.com/a'b",
        "https://auth.example.com/a%20b",
        "https://auth.example.com/a b",
        "https://auth.example.com/<b>",
        "https://auth.example.com\\@evil.example",
        "https://auth.example.com/a\nb",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://auth.example.com/é",
        "https://user@auth.example.com",
        "https://auth.example.com?a",
    ] {
        assert!(Issuer::parse(odd).is_err(), "{odd:?}");
    }
    for plain in ["https://auth.example.com", "https://auth.example.com:8443/a/b-c", "http://[::1]:8080"] {
        assert_eq!(Issuer::parse(plain).unwrap().as_str(), plain);
    }
}

#[test]
fn bad_values_name_what_would_be_right() {
    let cases = [
        ("GRANTOR_LOG__FORMAT", "jsno", "did you mean json?"),
        ("GRANTOR_LOG__FILTER", "grantor=loud", "write a level"),
        ("GRANTOR_LOG__FILTER", "", "write a level"),
        ("GRANTOR_TRUSTED_PROXIES", "10.0.0.1/8", "write 10.0.0.0/8"),
        ("GRANTOR_REDIRECT__LOCALHOST_ANY_PORT", "yes", "write true or false"),
        ("GRANTOR_REGISTRATION__PRIVATE_USE_SCHEMES", "javascript", "leave it out"),
        ("GRANTOR_REGISTRATION__PRIVATE_USE_SCHEMES", "vscode:", "without a colon"),
        ("GRANTOR_REGISTRATION__PRIVATE_USE_SCHEMES", "vscode,vscode", "stands twice"),
        ("GRANTOR_LISTEN", "localhost:8080", "write it like 127.0.0.1:8080"),
        ("GRANTOR_DEFAULT_SCOPE", "a\"b", "printable ASCII"),
        ("GRANTOR_SCOPES", "{", "write a list of tables"),
        ("GRANTOR_DATABASE__POOL_SIZE", "0", "write a number from 1 to 1000"),
    ];
    for (variable, value, part) in cases {
        assert_problem(load(&[(variable, value)]), "", part);
    }
}

#[test]
fn values_of_the_wrong_type_are_refused() {
    for text in
        ["issuer = 1", "[issuer]\na = 1", "workers = 'many'", "listen = [1]", "scopes = 'x'", "scopes = [1]"]
    {
        assert_eq!(lines(load_file(text)).len(), 1, "{text}");
    }
    assert_problem(load_file("tokens = 5"), "tokens", "below [tokens]");
    assert_problem(
        load_file("[token]\ncode_lifetime = 5"),
        "token.code_lifetime",
        "did you mean tokens.code_lifetime?",
    );
    assert_problem(load_file("[frobnicate]"), "frobnicate", "no such setting");
    assert_problem(
        Config::load(Some(Path::new("/nowhere/grantor.toml")), []),
        "/nowhere/grantor.toml",
        "read",
    );
}

#[test]
fn a_duration_is_seconds_or_a_number_with_a_unit() {
    for (text, seconds) in [("90", 90), ("90s", 90), ("5m", 300), ("1h", 3600), ("1d", 86_400)] {
        let config = load(&[("GRANTOR_TOKENS__ACCESS_TOKEN_LIFETIME", text)]).unwrap();
        assert_eq!(config.tokens.access_token_lifetime, seconds, "{text}");
    }
    assert_eq!(load_file("[tokens]\naccess_token_lifetime = 120").unwrap().tokens.access_token_lifetime, 120);
    for bad in
        ["", "s", "-1s", "+1s", "1.5h", "1w", "1 h", "9223372036854775807d", "99999999999999999999", "0"]
    {
        assert_eq!(lines(load(&[("GRANTOR_TOKENS__ACCESS_TOKEN_LIFETIME", bad)])).len(), 1, "{bad}");
    }
}

/// A17.
#[test]
fn a17_no_code_lives_longer_than_ten_minutes() {
    assert!(load(&[("GRANTOR_TOKENS__CODE_LIFETIME", "10m")]).is_ok());
    assert_problem(load(&[("GRANTOR_TOKENS__CODE_LIFETIME", "601")]), "tokens.code_lifetime", "at most 10m");
}

/// T07.
#[test]
fn t07_no_access_token_lives_longer_than_a_day() {
    assert!(load(&[("GRANTOR_TOKENS__ACCESS_TOKEN_LIFETIME", "24h")]).is_ok());
    assert_problem(
        load(&[("GRANTOR_TOKENS__ACCESS_TOKEN_LIFETIME", "86401")]),
        "tokens.access",
        "at most 1d",
    );
    let resource = r#"[{"identifier": "https://api.example.com", "access_token_lifetime": "2d"}]"#;
    assert_problem(
        load(&[("GRANTOR_RESOURCES", resource)]),
        "resources (from GRANTOR_RESOURCES) #1",
        "at most 1d",
    );
}

#[test]
fn scopes_and_resources_come_from_file_or_variable() {
    let text = "default_scope = ['notes.read']\n[[scopes]]\nname = 'notes.read'\n\
                description = { en = 'See your notes', de = 'Deine Notizen sehen' }\nclaims = ['team']\n\
                [[scopes]]\nname = 'admin'\ndescription = 'Everything'\noperator_only = true\n\
                [[resources]]\nidentifier = 'https://api.example.com/notes'\nname = 'Notes'\n\
                scopes = ['notes.read']\naccess_token_format = 'opaque'\naccess_token_lifetime = '5m'\n\
                introspection_clients = ['notes-api']\n";
    let from_file = load_file(text).unwrap();
    let json = r#"[{"name": "notes.read", "description": {"en": "See your notes", "de": "Deine Notizen sehen"}, "claims": ["team"]},
                   {"name": "admin", "description": "Everything", "operator_only": true}]"#;
    let toml = "[{ identifier = 'https://api.example.com/notes', name = 'Notes', scopes = ['notes.read'], \
                access_token_format = 'opaque', access_token_lifetime = '5m', introspection_clients = ['notes-api'] }]";
    let from_variables = load(&[
        ("GRANTOR_SCOPES", json),
        ("GRANTOR_RESOURCES", toml),
        ("GRANTOR_DEFAULT_SCOPE", "notes.read"),
    ])
    .unwrap();
    assert_eq!(from_file.scopes, from_variables.scopes);
    assert_eq!(from_file.resources, from_variables.resources);
    assert_eq!(from_file.default_scope, from_variables.default_scope);
    assert_eq!(from_file.scopes.len(), 11);
    let resource = from_file.resources.first().unwrap();
    assert_eq!(resource.access_token_format, Some(AccessTokenFormat::Opaque));
    assert_eq!(resource.access_token_lifetime, Some(300));
}

#[test]
fn bad_scopes_and_resources_are_refused() {
    let scope =
        |members: &str| lines(load_file(&format!("[[scopes]]\nname = 'a'\ndescription = 'A'\n{members}\n")));
    assert!(scope("claims = ['sub']").join("\n").contains("sub says something about the token"));
    assert!(scope("[[scopes]]\nname = 'a'\ndescription = 'B'").join("\n").contains("a stands twice"));
    assert!(scope("operator_only = 'no'").join("\n").contains("write true or false"));
    let name = |name: &str| lines(load_file(&format!("[[scopes]]\nname = '{name}'\ndescription = 'A'")));
    assert!(name("grantor:register").join("\n").contains("Grantor's own"));
    assert!(name("a b").join("\n").contains("is no scope"));
    let described = |text: &str| lines(load_file(&format!("[[scopes]]\nname = 'a'\ndescription = {text}")));
    assert!(described("{ de = 'x' }").join("\n").contains("add en"));
    assert!(described("''").join("\n").contains("one line"));
    let resource = |members: &str| lines(load_file(&format!("[[resources]]\n{members}\n")));
    assert!(resource("name = 'x'").join("\n").contains("identifier: it is missing"));
    assert!(resource("identifier = 'https://a.example/#x'").join("\n").contains("fragment"));
    assert!(resource("identifier = 'https://A.example/Q'").join("\n").contains("write https://a.example/Q"));
    assert!(resource("identifier = 'notes'").join("\n").contains("no absolute URI"));
    assert!(resource("identifier = 'https://a.example'\nscopes = ['nope']").join("\n").contains("\"nope\""));
    let twice = "identifier = 'https://a.example'\n[[resources]]\nidentifier = 'https://a.example'";
    assert!(resource(twice).join("\n").contains("stands twice"));
    let itself = "[[resources]]\nidentifier = 'https://auth.example.com/'";
    let refused = lines(load_file(&format!("issuer = 'https://auth.example.com'\n{itself}\n")));
    assert!(refused.join("\n").contains("this server itself"), "{refused:?}");
}

/// WCAG 1.4.3, experience.md 2.6: colours that many could not read are refused, in either theme, with what would be right.
#[test]
fn colours_that_cannot_be_read_are_refused() {
    for theme in ["LIGHT", "DARK"] {
        let key = format!("GRANTOR_BRANDING__{theme}__ACCENT");
        let weak = if theme == "LIGHT" { "#7fd0ff" } else { "#203040" };
        let lines = lines(load(&[(&key, weak)]));
        let name = format!("branding.{}.accent: with it, accent ({weak}) on card", theme.to_lowercase());
        assert!(lines.iter().any(|line| line.starts_with(&name)), "{lines:#?}");
        assert!(lines.iter().all(|line| line.contains("choose colours with at least")), "{lines:#?}");
    }
    let good = load(&[("GRANTOR_BRANDING__LIGHT__ACCENT", "#1b4f9c")]).unwrap();
    assert!(good.branding.style_sheet().unwrap().contains("--accent: #1b4f9c;"));
    assert!(load(&[]).unwrap().branding.style_sheet().is_none());
    for (key, bad) in [
        ("GRANTOR_BRANDING__LIGHT__ACCENT", "blue"),
        ("GRANTOR_BRANDING__HELP", "javascript:alert(1)"),
        ("GRANTOR_BRANDING__NAME", "a\nb"),
        ("GRANTOR_BRANDING__TEMPLATES", "no-such-folder"),
        ("GRANTOR_BRANDING__LOGO_FILE", "no-such-file"),
    ] {
        assert_eq!(lines(load(&[(key, bad)])).len(), 1, "{key}");
    }
}

/// Every language of the pages can be that of the operator.
#[test]
fn every_language_can_be_chosen() {
    for tag in crate::texts::tags() {
        assert_eq!(load(&[("GRANTOR_BRANDING__LOCALE", tag)]).unwrap().branding.locale.tag(), tag);
    }
}
