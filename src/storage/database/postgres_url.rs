//! What Grantor adds to a PostgreSQL connection URI: TLS that verifies, and limits to waiting.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use url::Url;

use crate::storage::error::StorageError;

/// Where Linux distributions and BSDs keep the certificates they trust.
const SYSTEM_BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// libpq's settings that bound every wait, unless the URI has its own.
const LIMITS: [(&str, &str); 7] = [
    ("connect_timeout", "3"),
    ("tcp_user_timeout", "3000"),
    ("keepalives", "1"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "2"),
    ("application_name", "grantor"),
];

/// Ends a statement on the server, so that nobody waits for it longer.
const STATEMENT_TIMEOUT: &str = "-c statement_timeout=2000";

/// The first certificate bundle of this system.
pub(super) fn system_bundle() -> Option<PathBuf> {
    SYSTEM_BUNDLES.iter().map(PathBuf::from).find(|path| path.is_file())
}

/// The URI that libpq gets. `bundle` is asked only when the host is another machine and no CA file is set.
pub(super) fn complete(
    uri: &str,
    ca_file: Option<&Path>,
    bundle: impl FnOnce() -> Option<PathBuf>,
) -> Result<String, StorageError> {
    // The parser's error may quote the URI, which holds a password.
    let mut url = Url::parse(uri).map_err(|_| unreadable())?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(unreadable());
    }
    let mut given: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let has = |given: &[(String, String)], name: &str| given.iter().any(|(key, _)| key == name);
    let local = is_local(&url, &given);
    if !local && !has(&given, "sslmode") {
        given.push(("sslmode".to_owned(), "verify-full".to_owned()));
    }
    let verifies = given.iter().any(|(key, value)| key == "sslmode" && value.starts_with("verify"));
    if !has(&given, "sslrootcert") {
        if let Some(file) = ca_file {
            given.push(("sslrootcert".to_owned(), file.display().to_string()));
        } else if verifies {
            let file = bundle().ok_or_else(no_bundle)?;
            given.push(("sslrootcert".to_owned(), file.display().to_string()));
        }
    }
    for (name, value) in LIMITS {
        if !has(&given, name) {
            given.push((name.to_owned(), value.to_owned()));
        }
    }
    match given.iter_mut().find(|(name, _)| name == "options") {
        Some((_, options)) if options.contains("statement_timeout") => {}
        Some((_, options)) => *options = format!("{STATEMENT_TIMEOUT} {options}"),
        None => given.push(("options".to_owned(), STATEMENT_TIMEOUT.to_owned())),
    }
    let query: Vec<String> =
        given.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    url.set_query(Some(&query.join("&")));
    Ok(url.into())
}

/// libpq decodes percent signs but, unlike a form, reads `+` as a plus.
fn encode(text: &str) -> String {
    let byte = |byte: u8| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/:,".contains(&byte);
        if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(byte).collect()
}

/// Whether every host is this machine: a Unix socket, `localhost` or a loopback address.
fn is_local(url: &Url, given: &[(String, String)]) -> bool {
    let hosts = given
        .iter()
        .filter(|(name, _)| name == "host" || name == "hostaddr")
        .map(|(_, value)| value.as_str())
        .chain(url.host_str());
    hosts.flat_map(|hosts| hosts.split(',')).all(is_local_host)
}

fn is_local_host(host: &str) -> bool {
    let socket =
        host.is_empty() || host.starts_with('/') || host.starts_with("%2F") || host.starts_with("%2f");
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    socket || host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn unreadable() -> StorageError {
    StorageError::Unavailable(
        "database.url is not a URL of the form postgres://user:password@host/name.".to_owned(),
    )
}

fn no_bundle() -> StorageError {
    StorageError::Unavailable(
        "PostgreSQL's certificate cannot be verified: this system has no certificate bundle. Name one in database.ca_file."
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(uri: &str) -> String {
        complete(uri, None, || Some(PathBuf::from("/bundle.pem"))).unwrap()
    }

    #[test]
    fn another_machine_must_show_a_certificate() {
        for uri in ["postgres://u@db.example/g", "postgres:///g?host=db.example", "postgres://u@10.0.0.5/g"] {
            let url = completed(uri);
            assert!(url.contains("sslmode=verify-full"), "{url}");
            assert!(url.contains("sslrootcert=/bundle.pem"), "{url}");
        }
    }

    #[test]
    fn one_host_of_several_that_is_another_machine_is_enough() {
        assert!(completed("postgres:///g?host=localhost,db.example").contains("sslmode=verify-full"));
        assert!(completed("postgres://u@localhost/g?hostaddr=192.0.2.1").contains("sslmode=verify-full"));
    }

    #[test]
    fn this_machine_needs_no_certificate() {
        for uri in [
            "postgres://u@localhost/g",
            "postgres://u@127.0.0.1:5433/g",
            "postgres://u@[::1]/g",
            "postgres:///g",
            "postgres:///g?host=/run/postgresql",
            "postgres://u@%2Frun%2Fpostgresql/g",
        ] {
            assert!(!completed(uri).contains("sslmode"), "{uri}");
        }
    }

    #[test]
    fn a_name_that_begins_like_this_machine_is_another() {
        for uri in ["postgres://u@localhost.example/g", "postgres://u@127.0.0.1.example/g"] {
            assert!(completed(uri).contains("sslmode=verify-full"), "{uri}");
        }
    }

    #[test]
    fn an_explicit_sslmode_is_respected() {
        let url = completed("postgres://u@db.example/g?sslmode=require");
        assert_eq!(url.matches("sslmode").count(), 1);
        assert!(url.contains("sslmode=require"), "{url}");
        assert!(!url.contains("sslrootcert"), "{url}");
    }

    #[test]
    fn the_ca_file_goes_before_the_systems_bundle() {
        let url = complete("postgres://u@db.example/g", Some(Path::new("/my ca.pem")), || None).unwrap();
        assert!(url.contains("sslrootcert=/my%20ca.pem"), "{url}");
    }

    #[test]
    fn without_any_bundle_the_setting_is_named() {
        let error = complete("postgres://u:hunter2@db.example/g", None, || None).unwrap_err().to_string();
        assert!(error.contains("database.ca_file"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    /// R08: no statement and no connection attempt without a limit.
    #[test]
    fn every_wait_has_a_limit_and_own_settings_stay() {
        let url = completed("postgres://u@localhost/g?connect_timeout=9&options=-c%20search_path%3Dx");
        assert!(url.contains("connect_timeout=9"), "{url}");
        assert!(!url.contains("connect_timeout=3"), "{url}");
        assert!(url.contains("options=-c%20statement_timeout%3D2000%20-c%20search_path%3Dx"), "{url}");
        assert!(url.contains("tcp_user_timeout=3000"), "{url}");
        assert!(url.contains("application_name=grantor"), "{url}");
    }

    #[test]
    fn an_unreadable_url_is_not_repeated() {
        for uri in ["postgres://u:hunter2@[db/g", "mysql://u:hunter2@db/g", "u:hunter2"] {
            let error = complete(uri, None, || None).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
