//! The master key: what it seals, and what is derived from it. It is never in the database.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::KeyError;
use crate::config::MasterKeySource;
use crate::entropy::Entropy;

/// 32 bytes from which every other symmetric key is derived. It never prints itself.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(***)")
    }
}

impl MasterKey {
    /// The key of this setting: base64 of 32 bytes, surrounding white space aside.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| KeyError::MasterKeyMalformed)?;
        bytes.try_into().map(Self).map_err(|_| KeyError::MasterKeyMalformed)
    }

    /// The key as the setting `master_key` takes it: for a backup that includes the key, nothing else.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// The key of `source`; `None` if its file does not exist.
    pub fn read(source: &MasterKeySource) -> Result<Option<Self>, KeyError> {
        match source {
            MasterKeySource::Given(secret) => Self::from_base64(secret.expose()).map(Some),
            MasterKeySource::BesideDatabase(path) => match fs::read_to_string(path) {
                Ok(text) => Self::from_base64(&text)
                    .map(Some)
                    .map_err(|_| KeyError::MasterKeyFileMalformed(path.clone())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    Err(KeyError::MasterKeyFileMalformed(path.clone()))
                }
                Err(error) => Err(KeyError::MasterKeyFile { path: path.clone(), error }),
            },
        }
    }

    /// The key of `source`; a file that does not exist is made, readable by its owner only.
    pub fn load(source: &MasterKeySource, entropy: &Entropy) -> Result<Self, KeyError> {
        if let Some(key) = Self::read(source)? {
            return Ok(key);
        }
        if let MasterKeySource::BesideDatabase(path) = source {
            let fresh = Self(entropy.bytes());
            match fresh.write_new(path, *entropy) {
                // Another server on this database was faster: its key is the one.
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(KeyError::MasterKeyFile { path: path.clone(), error });
                }
                _ => {}
            }
        }
        Self::read(source)?.ok_or(KeyError::MasterKeyMalformed)
    }

    /// Writes the whole file under another name first and links it then: nobody ever reads half a key, and nobody's key is replaced.
    fn write_new(&self, path: &Path, entropy: Entropy) -> io::Result<()> {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{}.new", entropy.identifier()));
        let temporary = Path::new(&name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(temporary).and_then(|mut file| {
            writeln!(file, "{}", self.to_base64())?;
            file.sync_all()
        });
        let linked = written.and_then(|()| fs::hard_link(temporary, path));
        // The key itself is in place or not by now; a leftover is an unused random value.
        let _ = fs::remove_file(temporary);
        linked
    }

    /// A key for one purpose, independent of those for other labels: HMAC-SHA-256 as the PRF of NIST SP 800-108.
    #[must_use]
    pub fn derive(&self, label: &str) -> [u8; 32] {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &self.0), label.as_bytes());
        let mut key = [0; 32];
        key.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        key
    }

    /// A key that seals for one purpose: it opens nothing that this key or one for another label sealed.
    #[must_use]
    pub fn for_purpose(&self, label: &str) -> Self {
        Self(self.derive(label))
    }

    /// What the database remembers of this key, to recognise another one. It says nothing about the key.
    #[must_use]
    pub fn check_value(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive("grantor master key check"))
    }

    /// Encrypts with AES-256-GCM: a random nonce, then ciphertext and tag. It opens for the same `context` only.
    pub fn seal(&self, entropy: Entropy, plain: &[u8], context: &str) -> Result<Vec<u8>, KeyError> {
        let nonce: [u8; NONCE_LEN] = entropy.bytes();
        let mut cipher = plain.to_vec();
        self.sealing_key()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(context.as_bytes()),
                &mut cipher,
            )
            .map_err(|_| KeyError::Crypto("seal a key"))?;
        Ok([nonce.as_slice(), &cipher].concat())
    }

    /// Decrypts what [`MasterKey::seal`] made for the same `context`.
    pub fn open(&self, sealed: &[u8], context: &str) -> Result<Vec<u8>, KeyError> {
        let refused = || KeyError::Sealed(context.to_owned());
        let (nonce, cipher) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(refused)?;
        let mut buffer = cipher.to_vec();
        let plain = self
            .sealing_key()?
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context.as_bytes()), &mut buffer)
            .map_err(|_| refused())?;
        Ok(plain.to_vec())
    }

    fn sealing_key(&self) -> Result<LessSafeKey, KeyError> {
        UnboundKey::new(&AES_256_GCM, &self.derive("grantor seal"))
            .map(LessSafeKey::new)
            .map_err(|_| KeyError::Crypto("make a sealing key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> MasterKey {
        MasterKey([byte; 32])
    }

    /// R31: a value that is not 32 bytes is refused in a sentence that names the setting and not the value.
    #[test]
    fn a_malformed_key_is_refused_by_the_name_of_the_setting() {
        for text in ["", "short", "c2hvcnQ=", &STANDARD.encode([1; 33]), "!".repeat(44).as_str()] {
            let refusal = MasterKey::from_base64(text).unwrap_err().to_string();
            assert!(refusal.contains("master_key"), "{refusal}");
            assert!(text.len() < 5 || !refusal.contains(text));
        }
        let text = key(7).to_base64();
        assert_eq!(MasterKey::from_base64(&format!("{text}\n")).unwrap().0, [7; 32]);
        assert_eq!(format!("{:?}", key(7)), "MasterKey(***)");
    }

    /// R31: the file is made once, for its owner only, and read from then on.
    #[test]
    fn the_file_is_made_once_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let source = MasterKeySource::BesideDatabase(path.clone());
        assert!(MasterKey::read(&source).unwrap().is_none());
        let made = MasterKey::load(&source, &Entropy).unwrap();
        assert_eq!(MasterKey::load(&source, &Entropy).unwrap().0, made.0);
        assert_eq!(MasterKey::read(&source).unwrap().unwrap().0, made.0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "a temporary file stayed");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(key(1).write_new(&path, Entropy).is_err(), "an existing key was replaced");
    }

    /// R31: servers that start at once agree on one key.
    #[test]
    fn racing_servers_load_the_same_key() {
        let folder = tempfile::tempdir().unwrap();
        let source = MasterKeySource::BesideDatabase(folder.path().join("master.key"));
        let keys: Vec<_> = std::thread::scope(|scope| {
            let starts: Vec<_> =
                (0..16).map(|_| scope.spawn(|| MasterKey::load(&source, &Entropy).unwrap().0)).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| key == &keys[0]));
    }

    /// R31: a damaged file is refused by name and left as it is.
    #[test]
    fn a_damaged_file_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        for content in [&b""[..], b"AAAA", &[0xff; 32]] {
            fs::write(&path, content).unwrap();
            let source = MasterKeySource::BesideDatabase(path.clone());
            let refusal = MasterKey::load(&source, &Entropy).unwrap_err().to_string();
            assert!(refusal.contains("master_key") && refusal.contains("master.key"), "{refusal}");
            assert_eq!(fs::read(&path).unwrap(), content);
        }
    }

    /// T26: what is sealed opens with the same key and context only, whole and unchanged.
    #[test]
    fn only_the_same_key_and_context_open_what_was_sealed() {
        let sealed = key(1).seal(Entropy, b"private", "kid").unwrap();
        assert_eq!(key(1).open(&sealed, "kid").unwrap(), b"private");
        assert!(!sealed.windows(7).any(|part| part == b"private"));
        assert_ne!(sealed, key(1).seal(Entropy, b"private", "kid").unwrap(), "a nonce came twice");
        assert!(key(2).open(&sealed, "kid").is_err());
        assert!(key(1).open(&sealed, "other").is_err());
        for at in 0..sealed.len() {
            let mut tampered = sealed.clone();
            tampered[at] ^= 1;
            assert!(key(1).open(&tampered, "kid").is_err(), "byte {at}");
            assert!(key(1).open(&sealed[..at], "kid").is_err(), "cut at {at}");
        }
    }

    #[test]
    fn derived_keys_differ_by_label_and_by_master_key() {
        assert_eq!(key(1).derive("a"), key(1).derive("a"));
        assert_ne!(key(1).derive("a"), key(1).derive("b"));
        assert_ne!(key(1).derive("a"), key(2).derive("a"));
        assert_ne!(key(1).check_value(), key(2).check_value());
    }
}
