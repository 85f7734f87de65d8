//! Clients that are known by their metadata document. draft-ietf-oauth-client-id-metadata-document-02.

mod caching;
mod changes;
mod floods;
mod flow;
mod identifiers;
mod limits;
mod registry;
mod rules;

use std::sync::{Arc, Mutex};

use grantor::fetch::Resolver;
use serde_json::{Value, json};

use crate::support::{Authority, Browser, Page, Pkce, Registered, Server, ServerBuilder, Stub, json_answer};

/// The host of the documents; for the server it leads to this machine.
const HOST: &str = "client.example";

/// A web site with a document, and a server that can reach it.
struct Site {
    server: Server,
    stub: Stub,
    answer: Arc<Mutex<String>>,
    /// Its file is read at the first request.
    _authority: Authority,
}

/// A client that was never registered, as the support functions know one.
fn client_of(client_id: &str) -> Registered {
    Registered {
        client_id: client_id.to_owned(),
        client_secret: None,
        registration_access_token: String::new(),
        registration_client_uri: String::new(),
        redirect_uri: format!("https://{HOST}/callback"),
        body: json!({"token_endpoint_auth_method": "none"}),
    }
}

impl Site {
    async fn start() -> Self {
        Self::with(Server::with()).await
    }

    /// A server with other settings.
    async fn with(server: ServerBuilder) -> Self {
        let authority = Authority::new();
        let answer = Arc::new(Mutex::new(String::new()));
        let published = Arc::clone(&answer);
        let stub = Stub::start(&authority, [127, 0, 0, 1], &[HOST], move |_, out| {
            let text = published.lock().unwrap().clone();
            out.write_all(text.as_bytes())
        });
        let server = server
            .set("GRANTOR_OUTBOUND__PORTS", &stub.port.to_string())
            .set("GRANTOR_OUTBOUND__CA_FILE", authority.file().to_str().unwrap())
            .resolver(Resolver::fixed([(HOST, vec![vec!["127.0.0.1".parse().unwrap()]])]))
            .start()
            .await;
        server.add_user("ada").await;
        let site = Self { server, stub, answer, _authority: authority };
        site.publish("", &site.document(&json!({})));
        site
    }

    fn client_id(&self) -> String {
        format!("https://{HOST}:{}/client.json", self.stub.port)
    }

    /// A good document, with these members changed; null removes one.
    fn document(&self, changes: &Value) -> Value {
        let mut document = json!({
            "client_id": self.client_id(),
            "client_name": "A documented client",
            "redirect_uris": [format!("https://{HOST}/callback")],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        });
        for (name, value) in changes.as_object().unwrap() {
            document[name] = value.clone();
        }
        document.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        document
    }

    /// Serves this document from now on, with these header lines beside.
    fn publish(&self, headers: &str, document: &Value) {
        self.answer_with(json_answer(headers, &document.to_string()));
    }

    /// Serves this from now on.
    fn answer_with(&self, answer: String) {
        *self.answer.lock().unwrap() = answer;
    }

    /// The client as the support functions know one.
    fn client(&self) -> Registered {
        client_of(&self.client_id())
    }

    /// Opens an authorization request of this client in a new browser.
    async fn open(&self, client_id: &str) -> Page {
        let url = self.server.authorize_url(&client_of(client_id), &Pkce::new(), &[]);
        Browser::new(&self.server).open(&url).await
    }

    /// The page for a document that cannot be used, which names the fault and leads nowhere.
    async fn refused(&self, client_id: &str, fault: &str) -> Page {
        let page = self.open(client_id).await;
        assert_eq!((page.status, &page.location), (400, &None), "{}", page.text());
        assert!(page.text().contains(fault), "{fault:?} is not said: {}", page.text());
        assert!(self.server.client_row(client_id).is_none(), "{client_id} was kept");
        page
    }

    /// Asks once, and forgets the answer: whether the request was taken.
    async fn is_taken(&self) -> bool {
        self.open(&self.client_id()).await.status == 200
    }
}
