//! Authorization requests: each listed value of each parameter does what it is for, and no other is served.

use serde_json::{Value, json};

use super::Walk;
use crate::conformance::suite::error_at;
use crate::support::{Browser, ClientKey, Party, Pkce, Registered, query_of};

impl Walk {
    pub async fn challenge_methods(&self, listed: &[&str]) {
        assert_eq!(listed, ["S256"], "RFC 9700 §2.1.1");
        let party = self.suite.client().await;
        self.issue(&party, &[]).await;
        for other in ["plain", "S512"] {
            let page = self.open(&party, &[("code_challenge_method", other)]).await;
            assert_eq!(error_at(&page), "invalid_request", "{other}");
        }
    }

    pub async fn response_types(&self, listed: &[&str]) {
        let party = self.suite.client().await;
        for value in ["code", "token", "id_token", "id_token token", "code id_token", "code token", "none"] {
            let page = self.open(&party, &[("response_type", value)]).await;
            assert_eq!(page.has_form("/login"), listed.contains(&value), "{value}");
            if !listed.contains(&value) {
                assert_eq!(error_at(&page), "unsupported_response_type", "{value}");
            }
        }
    }

    pub async fn prompts(&self, listed: &[&str]) {
        for value in listed {
            let party = self.suite.client().await;
            let mut browser = self.suite.browser();
            let url = self.url(&party, &Pkce::new(), &[("prompt", value)]);
            if *value == "none" {
                assert_eq!(error_at(&browser.open(&url).await), "login_required");
            }
            self.issue_in(&mut browser, &party, &[]).await;
            let page = browser.open(&url).await;
            match *value {
                "none" => assert!(query_of(page.location.as_deref().unwrap(), "code").is_some()),
                "login" => assert!(page.form("/login").value("password").is_some()),
                "consent" => assert!(page.has_form("/consent"), "{}", page.text()),
                "select_account" => {
                    assert!(page.location.is_none() && page.has_form("/login"), "{}", page.text());
                }
                new => panic!("prompt={new} is new: let this test use it before it is promised"),
            }
        }
        let party = self.suite.client().await;
        let page = self.open(&party, &[("prompt", "none login")]).await;
        assert_eq!(error_at(&page), "invalid_request");
    }

    /// Each value is taken and harms nothing.
    pub async fn tolerated(&self, parameter: &str, listed: &[&str]) {
        let party = self.suite.client().await;
        for value in listed {
            self.issue(&party, &[(parameter, value)]).await;
        }
    }

    /// The page is in the language that was asked for.
    pub async fn locales(&self, listed: &[&str]) {
        let party = self.suite.client().await;
        for locale in listed {
            let page = self.open(&party, &[("ui_locales", locale)]).await;
            assert!(page.html.contains(&format!("<html lang=\"{locale}\"")), "{locale}");
        }
    }

    pub async fn issuer_in_answers(&self, value: &Value) {
        assert_eq!(*value, json!(true));
        let party = self.suite.client().await;
        let mut browser = self.suite.browser();
        let granted = browser.allow(&self.url(&party, &Pkce::new(), &[]), "ada").await;
        let refused = self.open(&party, &[("prompt", "none")]).await.location.unwrap();
        for answer in [granted, refused] {
            assert_eq!(query_of(&answer, "iss").as_ref(), Some(&self.suite.server.issuer), "{answer}");
        }
    }

    /// OpenID Connect Core §5.5: a claim that no scope opens.
    pub async fn claims_parameter(&self, value: &Value) {
        let party = self.suite.client().await;
        let asked =
            json!({"userinfo": {"nickname": null}, "id_token": {"email": {"essential": true}}}).to_string();
        let issued = self.issue(&party, &[("claims", &asked)]).await;
        let (person, claims) =
            (self.suite.userinfo(&issued).await, self.suite.id_token(&party, &issued).await);
        assert_eq!(json!(person["nickname"] == "A"), *value);
        assert_eq!(json!(claims["email"] == "ada@example.com"), *value);
        assert_eq!((person.get("email"), claims.get("nickname")), (None, None));
    }

    fn object(&self, party: &Party, pkce: &Pkce) -> String {
        let claims = json!({
            "response_type": "code", "redirect_uri": party.client.redirect_uri, "scope": "openid", "state": "in the object",
            "code_challenge": pkce.challenge, "code_challenge_method": "S256",
        });
        party.request_object(&self.suite.server.issuer, self.suite.server.clock.now(), &claims)
    }

    /// A request object is obeyed before the query.
    pub async fn goes_by_object(&self, party: &Party) {
        let object = self.object(party, &Pkce::new());
        let url = self.suite.url(party, &[("request", &object), ("state", "")]);
        let callback = self.suite.browser().allow(&url, "ada").await;
        assert_eq!(query_of(&callback, "state").as_deref(), Some("in the object"), "{callback}");
        assert!(query_of(&callback, "code").is_some(), "{callback}");
    }

    pub async fn request_parameter(&self, value: &Value) {
        let party = self.suite.client().await;
        if *value == json!(true) {
            return self.goes_by_object(&party).await;
        }
        let object = self.object(&party, &Pkce::new());
        assert_eq!(error_at(&self.open(&party, &[("request", &object)]).await), "request_not_supported");
    }

    pub async fn request_uri_parameter(&self, value: &Value) {
        let uri = self.suite.site("/by-reference.jwt");
        let changes = json!({"request_uris": [uri]});
        if *value == json!(true) {
            let party = self.party(ClientKey::rs256(), changes).await;
            let object = self.object(&party, &Pkce::new());
            self.suite.publish("/by-reference.jwt", "application/oauth-authz-req+jwt", object.as_bytes());
            let url = self.suite.url(&party, &[("request_uri", &uri), ("state", "")]);
            let callback = self.suite.browser().allow(&url, "ada").await;
            assert_eq!(query_of(&callback, "state").as_deref(), Some("in the object"), "{callback}");
            return;
        }
        let party = self.suite.client().await;
        let page = self.open(&party, &[("request_uri", &uri)]).await;
        assert_eq!(error_at(&page), "request_uri_not_supported");
        assert_eq!(self.suite.requests_for("/by-reference.jwt").len(), 0);
    }

    /// Where only registered addresses are fetched, no other is.
    pub async fn request_uri_registration(&self, value: &Value) {
        assert_eq!(*value, json!(true));
        let party = self.suite.client().await;
        let uri = self.suite.publish("/unregistered.jwt", "application/oauth-authz-req+jwt", b"");
        let page = self.open(&party, &[("request_uri", &uri)]).await;
        assert!(["invalid_request_uri", "request_uri_not_supported"].contains(&error_at(&page).as_str()));
        assert_eq!(self.suite.requests_for("/unregistered.jwt").len(), 0);
    }

    /// A client that nobody registered is known by its document.
    pub async fn client_documents(&self, value: &Value) {
        assert_eq!(*value, json!(true));
        let id = self.suite.site("/client.json");
        let document = json!({
            "client_id": id, "client_name": "A documented client", "redirect_uris": ["https://client.example/documented"],
            "token_endpoint_auth_method": "none",
        });
        self.suite.publish("/client.json", "application/json", document.to_string().as_bytes());
        let client = Registered {
            client_id: id,
            client_secret: None,
            registration_access_token: String::new(),
            registration_client_uri: String::new(),
            redirect_uri: "https://client.example/documented".to_owned(),
            body: document,
        };
        self.issue(&Party { client, key: ClientKey::es256() }, &[]).await;
    }

    /// Signed in, with this client allowed, in a browser of its own.
    pub async fn signed_in(&self, party: &Party) -> Browser {
        let mut browser = self.suite.browser();
        self.issue_in(&mut browser, party, &[]).await;
        browser
    }
}
