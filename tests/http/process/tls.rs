//! The server's own TLS, and what of it a proxy may stand for.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use reqwest::Certificate;
use reqwest::tls::Version;

use super::{Process, set};

/// A certificate for localhost that nobody else has, and its key, as PEM.
struct Pair {
    certificate: String,
    key: String,
}

impl Pair {
    fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
    }

    fn write_certificate(&self, folder: &Path) {
        std::fs::write(folder.join("cert.pem"), &self.certificate).unwrap();
    }

    fn write_key(&self, folder: &Path) {
        std::fs::write(folder.join("key.pem"), &self.key).unwrap();
    }

    /// A new connection by somebody who trusts this certificate only, with these versions of TLS.
    async fn status(&self, url: &str, oldest: Version, newest: Version) -> Result<u16, reqwest::Error> {
        let trusted = Certificate::from_pem(self.certificate.as_bytes())?;
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([trusted])
            .tls_version_min(oldest)
            .tls_version_max(newest)
            .build()?;
        Ok(http.get(url).send().await?.status().as_u16())
    }

    async fn is_served(&self, url: &str) -> bool {
        self.status(url, Version::TLS_1_2, Version::TLS_1_3).await.is_ok()
    }

    /// Within the patience of a busy machine; the server looks twice a second.
    async fn is_served_soon(&self, url: &str) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if self.is_served(url).await {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    }
}

/// A server that speaks TLS, the address where it does, and where its certificate is.
struct TlsServer {
    process: Process,
    address: String,
    files: PathBuf,
    _folder: tempfile::TempDir,
}

async fn serve(pair: &Pair) -> TlsServer {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().to_owned();
    pair.write_certificate(&files);
    pair.write_key(&files);
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("https://localhost:{port}");
    let mut process = Process::prepare(set(&[
        ("GRANTOR_ISSUER", &address),
        ("GRANTOR_LISTEN", &format!("127.0.0.1:{port}")),
        ("GRANTOR_TLS__CERT_FILE", files.join("cert.pem").to_str().unwrap()),
        ("GRANTOR_TLS__KEY_FILE", files.join("key.pem").to_str().unwrap()),
    ]));
    process.spawn();
    assert!(pair.is_served_soon(&format!("{address}/healthz")).await, "{}", process.log());
    TlsServer { process, address, files, _folder: folder }
}

/// X11: TLS 1.2 and 1.3, and nothing before.
#[actix_web::test]
async fn tls_1_2_and_1_3_and_nothing_older() {
    let pair = Pair::new();
    let server = serve(&pair).await;
    let url = format!("{}/.well-known/openid-configuration", server.address);
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        assert_eq!(pair.status(&url, version, version).await.unwrap(), 200);
    }
    for minor in [0, 1, 2] {
        let answer = hello(&server.address, minor);
        assert_eq!(answer.first(), Some(&21), "an alert to a hello of version 3.{minor}: {answer:?}");
    }
    // The same bytes with the version of TLS 1.2 get a hello, so it is the version that was refused.
    assert_eq!(hello(&server.address, 3).first(), Some(&22));
}

/// What the server answers to a client that knows SSL 3.0, TLS 1.0, 1.1 or 1.2 at most (0 to 3), with suites, curves and
/// signatures that it likes.
fn hello(address: &str, minor: u8) -> Vec<u8> {
    let suites = [0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x0a, 0xc0, 0x14, 0x00, 0x2f];
    let extensions: &[u8] = &[
        0, 10, 0, 6, 0, 4, 0, 29, 0, 23, // supported_groups: x25519, secp256r1
        0, 11, 0, 2, 1, 0, // ec_point_formats: uncompressed
        0, 13, 0, 6, 0, 4, 4, 3, 8, 4, // signature_algorithms: ECDSA with P-256, RSA-PSS
        0, 23, 0, 0, // extended_master_secret
    ];
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let mut body = vec![3, minor];
    body.extend([7_u8; 32]);
    body.push(0);
    body.extend(length(&suites));
    body.extend(suites);
    body.extend([1, 0]);
    body.extend(length(extensions));
    body.extend(extensions);
    let mut handshake = vec![1, 0];
    handshake.extend(length(&body));
    handshake.extend(body);
    let mut record = vec![22, 3, minor.min(1)];
    record.extend(length(&handshake));
    record.extend(handshake);
    let port = url::Url::parse(address).unwrap().port().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(&record).unwrap();
    let mut answer = vec![0; 5];
    let read = stream.read(&mut answer).unwrap();
    answer.truncate(read);
    answer
}

/// A new certificate is served without a restart; while only half of it is there, the old one is; and what is no
/// certificate changes nothing.
#[actix_web::test]
async fn a_new_certificate_is_served_without_a_restart() {
    let (old, new, third) = (Pair::new(), Pair::new(), Pair::new());
    let server = serve(&old).await;
    let url = format!("{}/healthz", server.address);

    new.write_certificate(&server.files);
    let noticed = "the old one stays";
    let begun = Instant::now();
    while !server.process.log().contains(noticed) {
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", server.process.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(old.is_served(&url).await && !new.is_served(&url).await, "half a pair");

    new.write_key(&server.files);
    assert!(new.is_served_soon(&url).await, "{}", server.process.log());
    assert!(!old.is_served(&url).await);

    std::fs::write(server.files.join("cert.pem"), "no certificate").unwrap();
    std::fs::remove_file(server.files.join("key.pem")).unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(new.is_served(&url).await, "a broken pair must not take the good one away");

    third.write_certificate(&server.files);
    third.write_key(&server.files);
    assert!(third.is_served_soon(&url).await, "{}", server.process.log());
}

/// M08, U14: with an https issuer a plain request is refused at every endpoint, unless a trusted proxy says that it came by
/// https. Health checks come from within.
#[actix_web::test]
async fn a_plain_request_is_refused_unless_a_trusted_proxy_vouches() {
    for (trusted, vouched) in [("127.0.0.0/8, ::1", 200), ("10.0.0.0/8", 403)] {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut process = Process::prepare(set(&[
            ("GRANTOR_ISSUER", "https://login.example"),
            ("GRANTOR_LISTEN", &format!("127.0.0.1:{port}")),
            ("GRANTOR_TRUSTED_PROXIES", trusted),
        ]));
        process.server.address = format!("http://127.0.0.1:{port}");
        process.launch().await;
        let server = &process.server;
        let get = |path: &str| server.http.get(server.url(path));
        for path in ["/jwks.json", "/authorize", "/register/x", "/userinfo", "/login", "/nothing", "/"] {
            let answer = get(path).send().await.unwrap();
            assert_eq!(answer.status(), 403, "{path} by plain http");
            let answer = get(path).header("x-forwarded-proto", "http").send().await.unwrap();
            assert_eq!(answer.status(), 403, "{path} by plain http to the proxy");
        }
        let document = "/.well-known/oauth-authorization-server";
        assert_eq!(get(document).send().await.unwrap().status(), 403);
        let by_proxy = get(document).header("x-forwarded-proto", "https").send().await.unwrap();
        assert_eq!(by_proxy.status(), vouched, "trusted: {trusted}");
        assert_eq!(get("/healthz").send().await.unwrap().status(), 200);
    }
}
