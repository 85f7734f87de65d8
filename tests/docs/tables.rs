//! The tables that repeat the code.

use std::collections::BTreeSet;

use grantor::protocol::client::languages::LANGUAGE_MEMBERS;
use grantor::protocol::client::metadata::GrantType;
use grantor::protocol::client::registration::{Door, RegistrationPolicy, accept};
use grantor::protocol::client::software_statement::StatementTrust;
use grantor::protocol::scope::Scopes;
use grantor::web::routes::ROUTES;
use serde_json::{Map, Value, json};

use crate::documents::{code_spans, plain, read, root};

#[test]
fn the_table_of_endpoints_is_the_table_of_routes() {
    let rows = read("docs/endpoints.md").table("| path | methods | who may call | standard |");
    let documented: Vec<(String, String)> =
        rows.iter().map(|row| (plain(&row[0]).to_owned(), row[1].clone())).collect();
    let served: Vec<(String, String)> =
        ROUTES.iter().map(|route| (route.pattern.to_owned(), route.methods.join(", "))).collect();
    assert_eq!(documented, served);
}

/// The file that the table names for a standard says so itself.
#[test]
fn every_file_in_the_table_of_standards_names_its_standard() {
    let rows = read("docs/architecture.md").table("| standard | what | where |");
    assert!(rows.len() > 15, "{} rows", rows.len());
    let mut silent = Vec::new();
    for row in rows {
        let files: Vec<&str> = code_spans(&row[2]).collect();
        assert!(!files.is_empty(), "{row:?}");
        for file in files {
            let text =
                std::fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            if !text.contains(&row[0]) {
                silent.push(format!("{file} does not name {}", row[0]));
            }
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

/// Each member is registered as the table writes it, by a client of open registration that is good otherwise.
#[test]
fn every_member_of_a_registration_does_what_the_table_says() {
    let document = read("docs/registration.md");
    let rows = document.table("| member | sent, for example | answered | what Grantor does with it |");
    let (grant_types, scopes) = (
        [GrantType::AuthorizationCode, GrantType::RefreshToken],
        Scopes::parse("openid profile email").unwrap(),
    );
    let private_use_schemes = ["cursor".to_owned()];
    let policy = RegistrationPolicy {
        limits: &[],
        grant_types: &grant_types,
        scopes: &scopes,
        private_use_schemes: &private_use_schemes,
        door: Door::Client,
        statements: StatementTrust { issuers: &[], server: "https://as.example", now: 0, earlier: None },
    };
    for row in &rows {
        let (member, sent, answered) = (plain(&row[0]), plain(&row[1]), row[2].as_str());
        let sent: Value =
            serde_json::from_str(sent).unwrap_or_else(|error| panic!("{member}: {error}: {sent}"));
        let mut submitted =
            Map::from_iter([("redirect_uris".to_owned(), json!(["https://client.example/cb"]))]);
        submitted.insert(member.to_owned(), sent.clone());
        let accepted =
            accept(&submitted, &policy).map(|metadata| serde_json::to_value(metadata.metadata).unwrap());
        let outcome = match &accepted {
            Err(refusal) => format!("`{}`", refusal.code.as_str()),
            Ok(metadata) => match metadata.get(member) {
                None => "left out".to_owned(),
                Some(kept) if *kept == sent => "as sent".to_owned(),
                Some(kept) => format!("`{kept}`"),
            },
        };
        assert_eq!(outcome, answered, "{member}: {sent}");
    }
    let named: BTreeSet<&str> = rows.iter().map(|row| plain(&row[0])).collect();
    let missing: Vec<String> =
        members().into_iter().filter(|member| !named.contains(member.as_str())).collect();
    assert!(missing.is_empty(), "docs/registration.md says nothing about {missing:?}");
}

#[test]
fn the_table_of_metrics_names_each_one() {
    let rows = read("docs/operations.md").table("| metric | labels | counts |");
    let documented: BTreeSet<String> = rows.iter().map(|row| plain(&row[0]).to_owned()).collect();
    let source = std::fs::read_to_string(root().join("src/telemetry/metrics.rs")).unwrap();
    let names = source.lines().filter(|line| line.starts_with("pub const ") && line.contains(": &str = \""));
    let counted: BTreeSet<String> =
        names.filter_map(|line| line.split('"').nth(1)).map(str::to_owned).collect();
    assert_eq!(documented, counted);
}

/// The README and `Cargo.toml` ask for the same compiler.
#[test]
fn the_readme_names_the_rust_version_of_the_manifest() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let version =
        manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap().trim_matches('"');
    assert!(read("README.md").text.contains(&format!("needs Rust {version} or newer")), "{version}");
}

/// Every member that the code knows: the fields of the metadata, and the names of what is refused.
fn members() -> Vec<String> {
    let source = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let metadata = source("src/protocol/client/metadata.rs");
    let fields = metadata.split("pub struct ClientMetadata {").nth(1).unwrap().split("\n}").next().unwrap();
    let fields = fields.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split(':').next());
    // Not a member but all that have a language tag.
    let fields = fields.filter(|field| *field != "tagged");
    let lists = source("src/protocol/client/unbuilt.rs") + &source("src/protocol/client/choices.rs");
    let listed = lists.lines().filter_map(|line| line.strip_prefix("    \"")?.strip_suffix("\","));
    let pairs = lists.lines().filter_map(|line| line.split("several: \"").nth(1)?.split('"').next());
    let tagged = LANGUAGE_MEMBERS.map(|member| format!("{member}#ja"));
    let mut members: Vec<String> = fields.chain(listed).chain(pairs).map(str::to_owned).collect();
    members.extend(tagged);
    assert!(members.len() > 80, "{members:?}");
    members
}
