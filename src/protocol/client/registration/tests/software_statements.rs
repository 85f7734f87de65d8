//! Software statements. RFC 7591 §2.3 and §3.1.1; D10, T22, T23.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm as Alg, EncodingKey};
use serde_json::{Value, json};

use super::*;
use crate::keys::foreign::ForeignKeys;

const ISSUER: &str = "https://directory.test";

/// An issuer with one key.
struct Signer {
    key: EncodingKey,
    alg: Alg,
    jwk: Value,
}

impl Signer {
    fn ec() -> Self {
        let pair = rcgen::KeyPair::generate().unwrap();
        Self::new(EncodingKey::from_ec_der(&pair.serialize_der()), Alg::ES256)
    }

    fn new(key: EncodingKey, alg: Alg) -> Self {
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&key, alg).unwrap()).unwrap();
        jwk["kid"] = json!("1");
        jwk.as_object_mut().unwrap().remove("alg");
        Self { key, alg, jwk }
    }

    fn issuer(&self) -> StatementIssuer {
        let jwks = json!({"keys": [self.jwk]});
        StatementIssuer {
            issuer: ISSUER.to_owned(),
            keys: ForeignKeys::read(&jwks).unwrap(),
            jwks: jwks.to_string(),
            audience: None,
        }
    }

    fn rules(&self) -> Rules {
        Rules { issuers: vec![self.issuer()], ..Rules::open() }
    }

    /// A statement with this header and these claims beside the issuer.
    fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let mut all = json!({"iss": ISSUER});
        all.as_object_mut().unwrap().extend(members(claims));
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(&all));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.alg).unwrap();
        format!("{message}.{signature}")
    }

    fn sign(&self, claims: &Value) -> String {
        self.sign_with(&json!({"alg": format!("{:?}", self.alg), "kid": "1"}), claims)
    }
}

fn with_statement(statement: &str, more: &Value) -> Value {
    let mut submitted = json!({"redirect_uris": ["https://a.test/cb"], "software_statement": statement});
    submitted.as_object_mut().unwrap().extend(members(more));
    submitted
}

fn refusal(rules: &Rules, statement: &str) -> (&'static str, String) {
    let refusal = rules.accept(&with_statement(statement, &json!({}))).unwrap_err();
    assert!(refusal.description.starts_with("software_statement"), "{refusal}");
    (refusal.code.as_str(), refusal.description)
}

const INVALID: &str = "invalid_software_statement";

/// D10, RFC 7591 §3.1.1: claims win over plain members and pass the same rules; §3.2.1: the statement is returned as it was sent.
#[test]
fn claims_win_over_plain_members() {
    let signer = Signer::ec();
    let statement = signer.sign(&json!({
        "client_name": "Signed", "software_id": "s-1", "grant_types": ["authorization_code"], "scope": "read",
        "redirect_uris": ["https://signed.test/cb"], "client_uri": "", "tos_uri": null, "sub": "x", "jti": "y",
    }));
    let plain = json!({"client_name": "Plain", "scope": "write", "client_uri": "https://a.test/", "tos_uri": "https://a.test/tos",
        "redirect_uris": ["https://evil.test/cb"], "grant_types": ["authorization_code", "refresh_token"]});
    let accepted = signer.rules().judge(&with_statement(&statement, &plain)).unwrap();
    let kept = accepted.metadata;
    assert_eq!(kept.client_name.as_deref(), Some("Signed"));
    assert_eq!(kept.software_id.as_deref(), Some("s-1"));
    assert_eq!(kept.redirect_uris, ["https://signed.test/cb"]);
    assert_eq!((kept.scope.to_string().as_str(), kept.grant_types.len()), ("read", 1));
    assert_eq!(kept.client_uri.as_deref(), Some("https://a.test/"), "a claim that says nothing wins nothing");
    assert_eq!(kept.software_statement.as_deref(), Some(statement.as_str()));
    assert_eq!(accepted.verified_by.as_deref(), Some(ISSUER));
}

/// RFC 7591 §3.1.1: what a claim says cannot be said otherwise in another language, as a choice of several, or by other keys.
#[test]
fn a_claim_is_not_evaded_under_another_name() {
    let signer = Signer::ec();
    let statement = signer.sign(&json!({
        "client_name": "Signed", "token_endpoint_auth_methods_supported": ["none"], "jwks": {"keys": []}, "logo_uri#de": "https://a.test/de.png"
    }));
    let plain = json!({"client_name#ja": "Bank", "client_name#de": "Bank", "token_endpoint_auth_method": "client_secret_basic",
        "jwks_uri": "https://evil.test/jwks", "logo_uri": "https://evil.test/x.png", "logo_uri#ja": "https://evil.test/x.png",
        "tos_uri#ja": "https://a.test/ja"});
    let written = members(&json!(signer.rules().accept(&with_statement(&statement, &plain)).unwrap()));
    assert_eq!(written["token_endpoint_auth_method"], "none");
    assert_eq!(written["jwks"], json!({"keys": []}));
    assert_eq!(written["logo_uri#de"], "https://a.test/de.png");
    assert_eq!(written["tos_uri#ja"], "https://a.test/ja", "the statement does not speak of it");
    for gone in ["client_name#ja", "client_name#de", "jwks_uri", "logo_uri", "logo_uri#ja"] {
        assert!(!written.contains_key(gone), "{gone}");
    }
}

/// A statement can be copied by anybody: it vouches for a client only if it says who it is and where its codes go.
#[test]
fn only_a_statement_that_names_client_and_redirects_verifies() {
    let signer = Signer::ec();
    let verified = |claims: Value, more: Value| {
        let rules = Rules { grant_types: GrantType::ALL.to_vec(), ..signer.rules() };
        rules.judge(&with_statement(&signer.sign(&claims), &more)).unwrap().verified_by
    };
    let uris = json!(["https://a.test/cb"]);
    assert!(verified(json!({"client_name": "x", "redirect_uris": uris}), json!({})).is_some());
    assert_eq!(verified(json!({"client_name": "x"}), json!({})), None);
    assert_eq!(verified(json!({"redirect_uris": uris}), json!({"client_name": "x"})), None);
    assert_eq!(verified(json!({"client_name": "", "redirect_uris": uris}), json!({})), None);
    let machine = json!({"redirect_uris": null, "grant_types": ["client_credentials"]});
    assert!(verified(json!({"client_name": "x"}), machine).is_some());
}

/// RFC 7591 §3.1.1 and D16: the resulting state passes every rule, and a statement sets nothing that is the server's.
#[test]
fn claims_pass_every_rule() {
    let signer = Signer::ec();
    for (claims, code, member) in [
        (json!({"redirect_uris": ["javascript:x"]}), "invalid_redirect_uri", "redirect_uris"),
        (json!({"redirect_uris": []}), "invalid_redirect_uri", "redirect_uris"),
        (json!({"client_uri": "data:x"}), "invalid_client_metadata", "client_uri"),
        (json!({"grant_types": ["client_credentials"]}), "invalid_client_metadata", "grant_types"),
        (json!({"client_name": 1}), "invalid_client_metadata", "client_name"),
        (json!({"dpop_bound_access_tokens": true}), "invalid_client_metadata", "dpop_bound_access_tokens"),
    ] {
        let refusal = signer.rules().accept(&with_statement(&signer.sign(&claims), &json!({}))).unwrap_err();
        assert_eq!(refusal.code.as_str(), code, "{claims}");
        assert!(refusal.description.starts_with(member), "{refusal}");
    }
    let greedy = signer.sign(&json!({"client_id": "mine", "client_secret": "x", "access_token_format": "jwt", "software_statement": "y"}));
    let plain = signer.sign(&json!({}));
    let kept = |statement: &str| {
        let mut kept = signer.rules().accept(&with_statement(statement, &json!({}))).unwrap();
        assert_eq!(kept.software_statement.take().as_deref(), Some(statement));
        kept
    };
    assert_eq!(kept(&greedy), kept(&plain));
}

/// D10: an issuer that is not configured is unapproved; what cannot be believed is invalid.
#[test]
fn an_unknown_issuer_is_unapproved_and_anything_else_invalid() {
    let (signer, other) = (Signer::ec(), Signer::ec());
    let rules = signer.rules();
    let good = signer.sign(&json!({}));
    assert_eq!(refusal(&Rules::open(), &good).0, "unapproved_software_statement");
    let foreign = signer.sign(&json!({"iss": "https://directory.test/"}));
    assert_eq!(refusal(&rules, &foreign).0, "unapproved_software_statement");
    let (message, signature) = good.rsplit_once('.').unwrap();
    for bad in [
        "x".to_owned(),
        "a.b.c".to_owned(),
        format!("{message}."),
        format!("{message}.AAAA"),
        format!("{message}A.{signature}"),
        other.sign(&json!({})),
        signer.sign(&json!({"iss": null})),
        signer.sign(&json!({"iss": ["https://directory.test"]})),
        signer.sign_with(&json!({"alg": "ES256", "kid": "2"}), &json!({})),
        signer.sign_with(&json!({"alg": "ES256", "typ": "at+jwt"}), &json!({})),
    ] {
        assert_eq!(refusal(&rules, &bad).0, INVALID, "{bad}");
    }
    for kept in [json!({"alg": "ES256"}), json!({"alg": "ES256", "typ": "JWT", "kid": "1"})] {
        assert!(rules.accept(&with_statement(&signer.sign_with(&kept, &json!({})), &json!({}))).is_ok());
    }
    let wrong_type = rules.accept(&with_statement("", &json!({"software_statement": 1}))).unwrap_err();
    assert_eq!(wrong_type.code.as_str(), "invalid_client_metadata");
}

/// T22: the key decides the algorithm: not `none`, not HS256 with the public key as the secret, and no header brings a key.
#[test]
fn the_key_decides_the_algorithm() {
    let signer = Signer::ec();
    let rules = signer.rules();
    for alg in ["none", "None", "HS256", "RS256", "PS256", "ES384", "EdDSA", "es256", ""] {
        let header = json!({"alg": alg, "kid": "1"});
        assert_eq!(refusal(&rules, &signer.sign_with(&header, &json!({}))).0, INVALID, "{alg}");
    }
    let hmac = Signer {
        key: EncodingKey::from_secret(signer.jwk.to_string().as_bytes()),
        alg: Alg::HS256,
        jwk: Value::Null,
    };
    assert_eq!(refusal(&rules, &hmac.sign(&json!({}))).0, INVALID);
    for member in ["jku", "x5u", "jwk", "x5c", "crit", "b64", "zip"] {
        let header = json!({"alg": "ES256", "kid": "1", member: "https://evil.test/jwks"});
        let (code, words) = refusal(&rules, &signer.sign_with(&header, &json!({})));
        assert!(code == INVALID && words.contains(member), "{member}: {words}");
    }
}

/// RFC 7518 §3.1, RFC 8037 §3.1: what issuers sign with.
#[test]
fn every_algorithm_of_the_list_is_verified() {
    let rsa = aws_lc_rs::rsa::KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let rsa = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&rsa).unwrap();
    // RFC 5208: the 26 bytes before the key of RFC 8017 say that it is one.
    let rsa = EncodingKey::from_rsa_der(&rsa.as_ref()[26..]);
    let ed = aws_lc_rs::signature::Ed25519KeyPair::generate().unwrap();
    let x = URL_SAFE_NO_PAD.encode(aws_lc_rs::signature::KeyPair::public_key(&ed));
    let ed = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&ed).unwrap();
    for signer in [
        Signer::ec(),
        Signer::new(rsa.clone(), Alg::RS256),
        Signer::new(rsa, Alg::PS256),
        Signer {
            key: EncodingKey::from_ed_der(ed.as_ref()),
            alg: Alg::EdDSA,
            jwk: json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": "1", "use": "sig"}),
        },
    ] {
        let statement = with_statement(&signer.sign(&json!({})), &json!({}));
        assert!(signer.rules().accept(&statement).is_ok(), "{:?}", signer.alg);
    }
}

/// T23: times are numbers and hold; a time of another type is never "absent".
#[test]
fn times_hold_and_are_numbers() {
    let signer = Signer::ec();
    let rules = signer.rules();
    for claims in [json!({"exp": NOW + 1}), json!({"nbf": NOW, "iat": NOW - 9}), json!({"exp": NOW - 59})] {
        assert!(rules.accept(&with_statement(&signer.sign(&claims), &json!({}))).is_ok(), "{claims}");
    }
    let mut bad = vec![json!({"exp": NOW - 60}), json!({"nbf": NOW + 61}), json!({"iat": NOW + 61})];
    for name in ["exp", "nbf", "iat"] {
        bad.extend([json!("1"), json!(null), json!([NOW]), json!(true)].map(|value| json!({ name: value })));
    }
    for claims in bad {
        assert_eq!(refusal(&rules, &signer.sign(&claims)).0, INVALID, "{claims}");
    }
}

/// RFC 7519 §4.1.3: who is not in `aud` refuses; an operator may ask for one.
#[test]
fn an_audience_names_this_server() {
    let signer = Signer::ec();
    let asking = Rules {
        issuers: vec![StatementIssuer { audience: Some("urn:as".to_owned()), ..signer.issuer() }],
        ..Rules::open()
    };
    for (rules, aud, good) in [
        (&signer.rules(), None, true),
        (&signer.rules(), Some(json!("https://as.test")), true),
        (&signer.rules(), Some(json!(["https://b.test", "https://as.test"])), true),
        (&signer.rules(), Some(json!("https://as.test/")), false),
        (&signer.rules(), Some(json!([])), false),
        (&signer.rules(), Some(json!(1)), false),
        (&asking, None, false),
        (&asking, Some(json!("https://as.test")), false),
        (&asking, Some(json!(["urn:as"])), true),
    ] {
        let claims = aud.map_or(json!({}), |aud| json!({ "aud": aud }));
        let accepted = rules.accept(&with_statement(&signer.sign(&claims), &json!({})));
        assert_eq!(accepted.is_ok(), good, "{claims}");
    }
}

/// RFC 7592 §2.2: the registered statement may be sent again after its end, another one may not; and without it, its claims go.
#[test]
fn the_registered_statement_is_good_beyond_its_end() {
    let signer = Signer::ec();
    let ended = signer
        .sign(&json!({"client_name": "Signed", "exp": NOW - 3600, "redirect_uris": ["https://a.test/cb"]}));
    assert_eq!(refusal(&signer.rules(), &ended).0, INVALID);
    let has = |statement: &str| Rules { earlier_statement: Some(statement.to_owned()), ..signer.rules() };
    let kept = has(&ended).judge(&with_statement(&ended, &json!({}))).unwrap();
    assert_eq!(kept.verified_by.as_deref(), Some(ISSUER));
    assert_eq!(
        has(&ended).judge(&json!(kept.metadata)).unwrap(),
        kept,
        "what was returned is accepted unchanged"
    );
    assert_eq!(refusal(&has(&signer.sign(&json!({}))), &ended).0, INVALID);
    let untrusted = Rules { issuers: Vec::new(), ..has(&ended) };
    assert_eq!(refusal(&untrusted, &ended).0, "unapproved_software_statement");
    let without = has(&ended).judge(&json!({"redirect_uris": ["https://a.test/cb"]})).unwrap();
    assert_eq!((without.verified_by, without.metadata.client_name), (None, None));
    let wrong_type = signer.sign(&json!({"exp": "never"}));
    assert_eq!(refusal(&has(&wrong_type), &wrong_type).0, INVALID);
}

/// Two readers must not find two meanings in one statement.
#[test]
fn a_repeated_claim_is_refused() {
    let signer = Signer::ec();
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let claims = format!(r#"{{"iss":"{ISSUER}","client_name":"a","client_name":"b"}}"#);
    let message = format!("{}.{}", part(r#"{"alg":"ES256"}"#), part(&claims));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &signer.key, signer.alg).unwrap();
    assert_eq!(refusal(&signer.rules(), &format!("{message}.{signature}")).0, INVALID);
}
