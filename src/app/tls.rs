//! The server's own TLS: 1.2 and later by rustls, with a certificate that is read again when its files change.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::StartError;
use crate::config::Tls;

/// The certificate in use.
#[derive(Debug)]
pub struct Certificate {
    files: Tls,
    current: RwLock<Arc<CertifiedKey>>,
    /// When the files were last changed, as far as we have read them.
    read_at: Mutex<Option<(SystemTime, SystemTime)>>,
}

impl Certificate {
    /// Reads certificate and key; names the setting that is at fault.
    pub fn load(files: &Tls) -> Result<Self, StartError> {
        let read_at = changed_at(files);
        let current = read(files)?;
        Ok(Self {
            files: files.clone(),
            current: RwLock::new(Arc::new(current)),
            read_at: Mutex::new(read_at),
        })
    }

    /// Takes a new certificate, if the files changed and are good; otherwise the one in use stays.
    pub fn reload_if_changed(&self) {
        let now = changed_at(&self.files);
        let mut read_at = self.read_at.lock().unwrap_or_else(PoisonError::into_inner);
        if now.is_none() || now == *read_at {
            return;
        }
        match read(&self.files) {
            Ok(fresh) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
                *read_at = now;
                tracing::info!("the TLS certificate changed and was read again");
            }
            // Certificate and key are two files: between the two writes they do not fit. The next look will see.
            Err(error) => {
                tracing::warn!(%error, "the TLS certificate changed but is not good; the old one stays");
            }
        }
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// TLS 1.2 and 1.3, HTTP/1.1.
pub fn server_config(certificate: &Arc<Certificate>) -> Result<ServerConfig, StartError> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| StartError::Listen(format!("TLS cannot be set up: {error}")))?
        .with_no_client_auth()
        .with_cert_resolver(Arc::clone(certificate) as Arc<dyn ResolvesServerCert>);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn changed_at(files: &Tls) -> Option<(SystemTime, SystemTime)> {
    let of = |file: &Path| file.metadata().and_then(|about| about.modified()).ok();
    Some((of(&files.cert_file)?, of(&files.key_file)?))
}

fn read(files: &Tls) -> Result<CertifiedKey, StartError> {
    let at_fault = |setting: &str, file: &Path, why: &dyn std::fmt::Display| {
        StartError::Refused(format!("{setting}: {} cannot be used: {why}", file.display()))
    };
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&files.cert_file)
        .and_then(Iterator::collect)
        .map_err(|error| at_fault("tls.cert_file", &files.cert_file, &error))?;
    if chain.is_empty() {
        return Err(at_fault("tls.cert_file", &files.cert_file, &"it holds no certificate"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key_file)
        .map_err(|error| at_fault("tls.key_file", &files.key_file, &error))?;
    let key = aws_lc_rs::sign::any_supported_type(&key)
        .map_err(|error| at_fault("tls.key_file", &files.key_file, &error))?;
    let certified = CertifiedKey::new(chain, key);
    certified
        .keys_match()
        .map_err(|_| at_fault("tls.key_file", &files.key_file, &"it is not the key of tls.cert_file"))?;
    Ok(certified)
}
