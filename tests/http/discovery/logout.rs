//! Clients are told of a sign-out in the ways that the document promises.

use serde_json::{Value, json};

use super::Walk;
use crate::support::{ClientKey, verified};

impl Walk {
    /// OpenID Connect Back-Channel Logout 1.0 §2: a token with the session's `sid` is posted.
    pub async fn back_channel(&self, value: &Value) {
        assert_eq!(*value, json!(true));
        let uri = self.suite.publish("/back-channel", "text/plain", b"");
        let changes = json!({"backchannel_logout_uri": uri, "backchannel_logout_session_required": true});
        let party = self.party(ClientKey::es256(), changes).await;
        let mut browser = self.suite.browser();
        let issued = self.issue_in(&mut browser, &party, &[]).await;
        let before = self.suite.requests_for("/back-channel").len();
        let page = browser.open(&self.suite.server.url("/logout")).await;
        browser.submit(&page.form("/logout")).await;
        let token = self.suite.logout_token("/back-channel", before).await;
        let claims = verified(&token, &self.suite.server.jwks().await).unwrap();
        assert_eq!(claims["sid"], self.suite.id_token(&party, &issued).await["sid"]);
    }

    /// OpenID Connect Front-Channel Logout 1.0 §2: the page that ends the session loads the client's address.
    pub async fn front_channel(&self, value: &Value) {
        assert_eq!(*value, json!(true));
        let uri = "https://client.example/front-channel";
        let changes = json!({"frontchannel_logout_uri": uri, "frontchannel_logout_session_required": true});
        let party = self.party(ClientKey::es256(), changes).await;
        let mut browser = self.signed_in(&party).await;
        let page = browser.open(&self.suite.server.url("/logout")).await;
        let done = browser.submit(&page.form("/logout")).await;
        assert!(done.html.contains("<iframe") && done.html.contains(uri), "{}", done.html);
    }
}
