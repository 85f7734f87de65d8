//! The admin API.

mod access;
mod clients;
mod description;
mod emails;
mod links;
mod registration;
mod resources;

use grantor::flow::administer::api_keys::{self, Rights};
use grantor::flow::set_up::{self, NewPerson};
use grantor::flow::{Actor, Origin};
use grantor::protocol::client::metadata::GrantType;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Registered, Server, json_of};

fn operator() -> Origin {
    Origin::local(Actor::CommandLine("test".to_owned()))
}

impl Server {
    /// An API key, made as `grantor api-key add` does.
    pub fn api_key(&self, rights: Rights, lifetime: Option<i64>) -> String {
        self.issue_api_key(rights, lifetime).1
    }

    /// An API key with its id.
    fn issue_api_key(&self, rights: Rights, lifetime: Option<i64>) -> (i64, String) {
        let issued = api_keys::issue(self.means(), "test".to_owned(), rights, lifetime, operator()).unwrap();
        (issued.id, issued.key.expose().to_owned())
    }

    /// One call of the admin API.
    pub async fn admin(&self, key: &str, method: Method, path: &str, body: Option<&Value>) -> Response {
        let mut request = self.http.request(method, self.url(&format!("/admin/api{path}")));
        if !key.is_empty() {
            request = request.bearer_auth(key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        request.send().await.unwrap()
    }

    /// Status and body of a call; null where there is none.
    pub async fn administer(&self, key: &str, method: Method, path: &str, body: Value) -> (u16, Value) {
        let body = Some(&body).filter(|body| !body.is_null());
        let answer = self.admin(key, method, path, body).await;
        if answer.status() == 204 {
            return (204, Value::Null);
        }
        json_of(answer).await
    }

    /// An administrator with [`PASSWORD`].
    pub fn add_administrator(&self, name: &str) {
        let person = NewPerson {
            name: name.to_owned(),
            email: None,
            email_verified: false,
            claims: serde_json::Map::new(),
            password: PASSWORD.to_owned(),
            is_administrator: true,
        };
        set_up::add_person(self.means(), person, operator()).unwrap();
    }

    /// A client that an operator made with this scope, for people or for itself.
    async fn operators_client(&self, key: &str, grant_types: &[GrantType], scope: &str) -> Registered {
        let metadata = json!({
            "client_name": "An operator's client",
            "redirect_uris": ["https://client.example/cb"],
            "grant_types": grant_types.iter().map(|grant_type| grant_type.as_str()).collect::<Vec<_>>(),
            "scope": scope,
        });
        let (status, body) =
            self.administer(key, Method::POST, "/clients", json!({ "metadata": metadata })).await;
        assert_eq!(status, 201, "{body}");
        Registered {
            client_id: body["client_id"].as_str().unwrap().to_owned(),
            client_secret: body["client_secret"].as_str().map(str::to_owned),
            registration_access_token: String::new(),
            registration_client_uri: String::new(),
            redirect_uri: "https://client.example/cb".to_owned(),
            body: body["metadata"].clone(),
        }
    }
}
