//! `grantor healthcheck`: for containers, which have no other program to ask with.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::error::CliError;
use super::output::Output;
use crate::config::Config;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the first listener. Behind TLS a connection is answer enough: whose name the certificate has is not known here.
pub(super) fn run(config: &Config) -> Result<Output, CliError> {
    let address = config.listen.first().copied().map(reachable);
    let address = address.ok_or_else(|| CliError::settings("listen is empty: there is nothing to ask"))?;
    let failed =
        |error: std::io::Error| CliError::new(format!("The server at {address} does not answer: {error}"));
    let stream = TcpStream::connect_timeout(&address, PATIENCE).map_err(failed)?;
    if config.tls.is_some() {
        return Ok(Output::default());
    }
    let path = format!("{}/healthz", config.issuer.path());
    match status(stream, address, &path).map_err(failed)? {
        Some(200) => Ok(Output::default()),
        Some(other) => Err(CliError::new(format!("The server at {address} answers {other}"))),
        None => Err(CliError::new(format!("What listens at {address} does not speak HTTP"))),
    }
}

/// A server that listens everywhere is asked on this machine.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// The status code of this path.
fn status(mut stream: TcpStream, address: SocketAddr, path: &str) -> std::io::Result<Option<u16>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    // In one piece: what listens there may be no server of ours and close after the first.
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut head = Vec::new();
    // Enough for the status line; a stream that ends earlier is read to its end.
    stream.take(64).read_to_end(&mut head)?;
    let head = String::from_utf8_lossy(&head);
    let code = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    Ok(code.and_then(|code| code.parse().ok()))
}
