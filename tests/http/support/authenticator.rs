//! An authenticator in software, for what `static/passkeys.js` and a device do together: WebAuthn Level 3 §6.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use scraper::{Html, Selector};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Browser, Form, Page};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const ATTESTED: u8 = 0x40;

/// One passkey, and what its device says of itself: tests change the fields to make it lie.
pub struct Authenticator {
    pub key: EcdsaKeyPair,
    pub credential_id: Vec<u8>,
    pub user_handle: String,
    /// Counts up with each signature; stays 0 for what is synced.
    pub count: u32,
    pub is_synced: bool,
    pub verifies_user: bool,
    pub is_user_present: bool,
    /// Instead of the page's.
    pub origin: Option<String>,
    /// Instead of the page's.
    pub rp_id: Option<String>,
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Authenticator {
    pub fn new() -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap(),
            credential_id: grantor::entropy::Entropy.bytes::<16>().to_vec(),
            user_handle: String::new(),
            count: 0,
            is_synced: false,
            verifies_user: true,
            is_user_present: true,
            origin: None,
            rp_id: None,
        }
    }

    /// As a password manager has it: at many devices, without a count.
    pub fn synced() -> Self {
        Self { is_synced: true, ..Self::new() }
    }

    /// What `navigator.credentials.create` answers to these options on a page of `origin`.
    pub fn create(&mut self, origin: &str, options: &Value) -> Value {
        let public_key = &options["publicKey"];
        public_key["user"]["id"].as_str().unwrap().clone_into(&mut self.user_handle);
        let mut data = self.data(public_key["rp"]["id"].as_str().unwrap(), ATTESTED);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.credential_id.len()).unwrap().to_be_bytes());
        data.extend(&self.credential_id);
        // COSE_Key, RFC 9053 §7.1.1: kty 2 (EC2), alg -7 (ES256), crv 1 (P-256), x, y.
        let point = self.key.public_key().as_ref();
        data.extend([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 0x20]);
        data.extend(&point[33..]);
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut attestation = vec![0xa3, 0x63];
        attestation.extend(b"fmt\x64none\x67attStmt\xa0\x68authData\x59");
        attestation.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        attestation.extend(&data);
        let client_data = self.client_data("webauthn.create", origin, public_key);
        self.answer(&json!({
            "clientDataJSON": encode(&client_data),
            "attestationObject": encode(attestation),
            "transports": ["internal"],
        }))
    }

    /// What `navigator.credentials.get` answers to these options on a page of `origin`.
    pub fn get(&mut self, origin: &str, options: &Value) -> Value {
        let public_key = &options["publicKey"];
        if !self.is_synced {
            self.count += 1;
        }
        let data = self.data(public_key["rpId"].as_str().unwrap(), 0);
        let client_data = self.client_data("webauthn.get", origin, public_key);
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        self.answer(&json!({
            "clientDataJSON": encode(&client_data),
            "authenticatorData": encode(data),
            "signature": encode(signature),
            "userHandle": self.user_handle,
        }))
    }

    fn answer(&self, response: &Value) -> Value {
        let id = encode(&self.credential_id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "extensions": {} })
    }

    fn data(&self, rp_id: &str, more: u8) -> Vec<u8> {
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        let flags = more
            | flag(self.is_user_present, USER_PRESENT)
            | flag(self.verifies_user, USER_VERIFIED)
            | flag(self.is_synced, BACKUP_ELIGIBLE | BACKED_UP);
        let rp_id = self.rp_id.as_deref().unwrap_or(rp_id);
        [Sha256::digest(rp_id).as_slice(), &[flags], &self.count.to_be_bytes()].concat()
    }

    fn client_data(&self, kind: &str, origin: &str, public_key: &Value) -> Vec<u8> {
        let origin = self.origin.as_deref().unwrap_or(origin);
        let members = json!({
            "type": kind, "challenge": public_key["challenge"], "origin": origin, "crossOrigin": false,
        });
        members.to_string().into_bytes()
    }
}

impl Page {
    /// An attribute of the form by which a passkey is added (`add`) or signs in (`sign-in`).
    fn passkey_attribute(&self, kind: &str, name: &str) -> Option<String> {
        let selector = Selector::parse(&format!("form[data-passkey='{kind}']")).unwrap();
        let document = Html::parse_document(&self.html);
        let form = document.select(&selector).next();
        let form = form.unwrap_or_else(|| panic!("no passkeys at {}: {}", self.url, self.text()));
        form.value().attr(name).map(str::to_owned)
    }

    /// That form.
    pub fn passkey_form(&self, kind: &str) -> Form {
        self.form(&self.passkey_attribute(kind, "action").unwrap())
    }
}

impl Browser {
    /// A challenge as the script asks for it.
    pub async fn passkey_options(&mut self, page: &Page, kind: &str) -> Value {
        let mut form = page.passkey_form(kind);
        if let Some(csrf) = page.passkey_attribute(kind, "data-options-csrf") {
            form = form.with("csrf", &csrf);
        }
        let url = self.absolute(&page.passkey_attribute(kind, "data-options").unwrap());
        let response = self.send(Method::POST, &url, Some(form.fields)).await;
        assert_eq!(response.status(), 200, "no challenge at {url}");
        response.json().await.unwrap()
    }

    /// The form as the script sends it.
    pub fn passkey_answer(page: &Page, kind: &str, options: &Value, credential: &Value) -> Form {
        page.passkey_form(kind)
            .with("ceremony", options["ceremony"].as_str().unwrap())
            .with("credential", &credential.to_string())
    }

    /// Adds a passkey at the page of factors that `page` is.
    pub async fn add_passkey(&mut self, page: &Page, name: &str, device: &mut Authenticator) -> Page {
        let options = self.passkey_options(page, "add").await;
        let credential = device.create(&self.origin, &options);
        self.submit(&Self::passkey_answer(page, "add", &options, &credential).with("name", name)).await
    }

    /// Signs in with a passkey at the page that `page` is.
    pub async fn passkey_sign_in(&mut self, page: &Page, device: &mut Authenticator) -> Page {
        let options = self.passkey_options(page, "sign-in").await;
        let credential = device.get(&self.origin, &options);
        self.submit(&Self::passkey_answer(page, "sign-in", &options, &credential)).await
    }
}
