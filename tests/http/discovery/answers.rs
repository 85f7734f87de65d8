//! What comes of a request: scopes, claims, subjects, and the ways in which an answer comes.

use serde_json::json;

use super::Walk;
use crate::conformance::suite::error_at;
use crate::support::ClientKey;

impl Walk {
    /// Each scope may be asked for by everybody and is granted.
    pub async fn scopes(&self, listed: &[&str]) {
        let party = self.refreshing().await;
        let issued = self.issue(&party, &[("scope", &listed.join(" "))]).await;
        let mut granted: Vec<&str> = issued.body["scope"].as_str().unwrap().split(' ').collect();
        let mut expected = listed.to_vec();
        granted.sort_unstable();
        expected.sort_unstable();
        assert_eq!(granted, expected);
    }

    /// Each claim can be had, and no other comes with any scope.
    pub async fn claims(&self, listed: &[&str]) {
        let party = self.suite.client().await;
        let wanted: serde_json::Map<_, _> =
            listed.iter().map(|name| ((*name).to_owned(), json!(null))).collect();
        let asked = json!({"id_token": wanted, "userinfo": wanted}).to_string();
        let issued = self.issue(&party, &[("claims", &asked)]).await;
        let (person, claims) =
            (self.suite.userinfo(&issued).await, self.suite.id_token(&party, &issued).await);
        for name in listed {
            assert!(person.get(name).is_some() || claims.get(name).is_some(), "{name}: {person} {claims}");
        }
        let scopes = self.document["scopes_supported"].as_array().unwrap();
        let all: Vec<&str> = scopes.iter().map(|scope| scope.as_str().unwrap()).collect();
        let issued = self.issue(&party, &[("scope", &all.join(" "))]).await;
        for name in self.suite.userinfo(&issued).await.as_object().unwrap().keys() {
            assert!(listed.contains(&name.as_str()), "{name} is not listed");
        }
    }

    /// OpenID Connect Core §8: public subjects are the same for all clients, pairwise ones differ between sectors.
    pub async fn subject_types(&self, listed: &[&str]) {
        for subject_type in ["public", "pairwise", "other"] {
            let can_register =
                self.may_register(&ClientKey::es256(), json!({"subject_type": subject_type})).await;
            assert_eq!(can_register, listed.contains(&subject_type), "{subject_type}");
            if !can_register {
                continue;
            }
            let mut subjects = Vec::new();
            for host in ["one.example", "two.example"] {
                let redirect_uris = json!([format!("https://{host}/cb")]);
                let changes = json!({"subject_type": subject_type, "redirect_uris": redirect_uris});
                let party = self.party(ClientKey::es256(), changes).await;
                let issued = self.issue(&party, &[]).await;
                subjects.push(self.suite.id_token(&party, &issued).await["sub"].clone());
            }
            assert_eq!(subjects[0] == subjects[1], subject_type == "public", "{subjects:?}");
        }
    }

    /// Each class of authentication can be had: an essential `acr` with this value is satisfied by a sign-in. Those of more than one
    /// factor have tests of their own (`sign_in::levels`, `factors::passkeys`): here they are only known not to be refused.
    pub async fn acr_values(&self, listed: &[&str]) {
        let party = self.suite.client().await;
        for acr in listed {
            let asked = json!({"id_token": {"acr": {"essential": true, "values": [acr]}}}).to_string();
            assert!(self.open(&party, &[("claims", asked.as_str())]).await.has_form("/login"), "{acr}");
        }
        for acr in listed.iter().filter(|acr| **acr == "1") {
            let asked = json!({"id_token": {"acr": {"essential": true, "values": [acr]}}}).to_string();
            for extra in [("acr_values", *acr), ("claims", asked.as_str())] {
                let issued = self.issue(&party, &[extra]).await;
                assert_eq!(self.suite.id_token(&party, &issued).await["acr"], json!(acr));
            }
        }
    }

    pub async fn response_modes(&self, listed: &[&str]) {
        let party = self.suite.client().await;
        for mode in ["query", "form_post", "fragment", "web_message", "jwt", "query.jwt", "form_post.jwt"] {
            let extra = [("response_mode", mode), ("prompt", "none")];
            let page = self.open(&party, &extra).await;
            match mode {
                _ if !listed.contains(&mode) => {
                    assert!(page.location.is_none() || error_at(&page) == "invalid_request", "{mode}");
                }
                "query" => assert_eq!(error_at(&page), "login_required"),
                "form_post" => assert_eq!(page.forms()[0].value("error"), Some("login_required")),
                new => panic!("response_mode={new} is new: let this test use it before it is promised"),
            }
        }
    }
}
