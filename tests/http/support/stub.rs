//! An https server that says what a test tells it to, and counts who comes.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Where a listener of a test stands that the settings allow, while 127.0.0.1 stays forbidden.
pub const ALLOWED: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// A listener that nobody may connect to; and how many did.
pub struct Counter {
    pub port: u16,
    connections: Arc<AtomicUsize>,
}

impl Counter {
    /// On every address of this machine.
    pub fn everywhere() -> Self {
        let both = TcpListener::bind("[::]:0");
        Self::on(both.or_else(|_| TcpListener::bind("0.0.0.0:0")).unwrap())
    }

    /// On 127.0.0.1 only, at this port.
    pub fn at(port: u16) -> Self {
        Self::on(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap())
    }

    fn on(listener: TcpListener) -> Self {
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                drop(connection);
            }
        });
        Self { port, connections }
    }

    pub fn connections(&self) -> usize {
        // What was sent a moment ago has been taken by now.
        std::thread::sleep(Duration::from_millis(20));
        self.connections.load(Ordering::SeqCst)
    }
}

/// A certificate authority of one test, in a file.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    /// For `outbound.ca_file`.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The files of a certificate for this name and of its key.
    pub fn pair_for(&self, name: &str) -> (PathBuf, PathBuf) {
        let (leaf, key) = self.leaf(&[name]);
        let [certificate, private] =
            ["pem", "key"].map(|end| self.folder.path().join(format!("{name}.{end}")));
        std::fs::write(&certificate, leaf.pem()).unwrap();
        std::fs::write(&private, key.serialize_pem()).unwrap();
        (certificate, private)
    }

    fn leaf(&self, names: &[&str]) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &self.issuer).unwrap();
        (leaf, key)
    }

    /// How a server speaks TLS that has a certificate for these names.
    pub fn server_config(&self, names: &[&str]) -> Arc<rustls::ServerConfig> {
        let (leaf, key) = self.leaf(names);
        let chain = vec![CertificateDer::from(leaf.der().to_vec())];
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = rustls::ServerConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        Arc::new(builder.with_single_cert(chain, key).unwrap())
    }
}

type Answer = dyn Fn(&str, &mut dyn Write) -> std::io::Result<()> + Send + Sync;

/// A running https server.
pub struct Stub {
    pub port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// Answers each request (as text) with what `answer` writes, and closes. Its certificate is for `names`.
    pub fn start(
        authority: &Authority,
        address: impl Into<IpAddr>,
        names: &[&str],
        answer: impl Fn(&str, &mut dyn Write) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(SocketAddr::new(address.into(), 0)).unwrap();
        let stub = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let config = authority.server_config(names);
        let answer: Arc<Answer> = Arc::new(answer);
        let (connections, requests) = (Arc::clone(&stub.connections), Arc::clone(&stub.requests));
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                connections.fetch_add(1, Ordering::SeqCst);
                let Ok(connection) = connection else { continue };
                let (config, answer, requests) =
                    (Arc::clone(&config), Arc::clone(&answer), Arc::clone(&requests));
                std::thread::spawn(move || {
                    let session = rustls::ServerConnection::new(config).unwrap();
                    let mut stream = rustls::StreamOwned::new(session, connection);
                    let Some(request) = request(&mut stream) else { return };
                    requests.lock().unwrap().push(request.clone());
                    // Whoever asked may have had enough, or never have trusted this certificate.
                    let _ = answer(&request, &mut stream);
                    stream.conn.send_close_notify();
                    let _ = stream.flush();
                });
            }
        });
        stub
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The requests so far: heads, and bodies of a known length.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

/// A request up to its empty line, and its body if it says how long that is.
fn request(stream: &mut impl std::io::Read) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        request.push(byte[0]);
    }
    let mut request = String::from_utf8(request).ok()?;
    let length = request
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    request.push_str(&String::from_utf8(body).ok()?);
    Some(request)
}

/// An answer of status 200 with JSON, and these header lines beside (each with its line end).
pub fn json_answer(headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
    )
}
