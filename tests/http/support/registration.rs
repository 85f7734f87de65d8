//! Registration: create and update alike, and what the database holds of a client.

use grantor::flow::{Actor, Origin, recover_client};
use grantor::storage::Failure;
use grantor::storage::clients::{self, Belongings, Client};
use reqwest::Response;
use serde_json::{Value, json};

use super::{Registered, Server, json_of};

/// What the server adds to the metadata in a client information response.
const SET_BY_SERVER: [&str; 6] = [
    "client_id",
    "client_id_issued_at",
    "client_secret",
    "client_secret_expires_at",
    "registration_access_token",
    "registration_client_uri",
];

/// The metadata of a client information response, without what the server adds.
pub fn metadata_of(information: &Value) -> Value {
    let mut metadata = information.clone();
    for name in SET_BY_SERVER {
        metadata.as_object_mut().unwrap().remove(name);
    }
    metadata
}

/// The JSON body of an answer with this status.
pub async fn body_of(status: u16, response: Response) -> Value {
    let (found, body) = json_of(response).await;
    assert_eq!(found, status, "{body}");
    body
}

fn lacks_nothing(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty() && items.iter().all(lacks_nothing),
        Value::Object(members) => members.values().all(lacks_nothing),
        _ => true,
    }
}

impl Server {
    /// Submits the same metadata to POST /register and to PUT of another client: both must do the same with it. The
    /// status of the POST, and the metadata or the refusal.
    pub async fn on_create_and_update(&self, metadata: &Value) -> (u16, Value) {
        let (status, created) = json_of(self.post_registration(metadata).await).await;
        let other = self.register_confidential().await;
        let mut update = metadata.clone();
        update["client_id"] = json!(other.client_id);
        let token = &other.registration_access_token;
        let (update_status, updated) = json_of(self.put_registration(&other, token, &update).await).await;
        assert!(lacks_nothing(&created) && lacks_nothing(&updated), "{created} {updated}");
        if status == 201 {
            assert_eq!(update_status, 200, "accepted by POST, by PUT not: {metadata}: {updated}");
            assert_eq!(metadata_of(&created), metadata_of(&updated), "{metadata}");
            return (status, metadata_of(&created));
        }
        assert_eq!((status, &created), (update_status, &updated), "{metadata}");
        let unchanged = body_of(200, self.read_registration(&other).await).await;
        assert_eq!(metadata_of(&unchanged), metadata_of(&other.body), "a refused PUT changes nothing");
        (status, created)
    }

    /// The metadata as kept; POST and PUT must accept it.
    pub async fn accepted(&self, metadata: Value) -> Value {
        let (status, kept) = self.on_create_and_update(&metadata).await;
        assert_eq!(status, 201, "{metadata}: {kept}");
        kept
    }

    /// `error` and `error_description` of the 400 that POST and PUT must answer.
    pub async fn refused(&self, metadata: Value) -> (String, String) {
        let (status, refusal) = self.on_create_and_update(&metadata).await;
        assert_eq!(status, 400, "{metadata}: {refusal}");
        let text = |name: &str| refusal[name].as_str().unwrap().to_owned();
        (text("error"), text("error_description"))
    }

    /// The row of a client.
    pub fn client_row(&self, client_id: &str) -> Option<Client> {
        let client_id = client_id.to_owned();
        self.means()
            .database
            .read_blocking(move |conn| Ok::<_, Failure<()>>(clients::find(conn, &client_id)?))
            .unwrap()
    }

    /// How many clients there are.
    pub fn count_clients(&self) -> usize {
        let work = |conn: &mut _| Ok::<_, Failure<()>>(clients::list(conn)?.len());
        self.means().database.read_blocking(work).unwrap()
    }

    /// How many rows of each kind hang on the client of this row key.
    pub fn belongings(&self, key: i64) -> Belongings {
        let work = move |conn: &mut _| Ok::<_, Failure<()>>(clients::belongings(conn, key)?);
        self.means().database.read_blocking(work).unwrap()
    }

    /// Switches a client off or on, as an operator would.
    pub fn set_disabled(&self, client: &Registered, disabled: bool) {
        let key = self.client_row(&client.client_id).unwrap().key;
        let disabled_at = disabled.then(|| self.clock.now());
        let work = move |conn: &mut _| Ok::<_, Failure<()>>(clients::set_disabled(conn, key, disabled_at)?);
        self.means().database.write_blocking(work).unwrap();
    }

    /// Ends every registration access token of the client and issues a new one, as an operator would.
    pub async fn replace_registration_access_token(&self, client: &Registered) -> String {
        let origin = Origin::local(Actor::CommandLine("test".to_owned()));
        let recovered = recover_client::by_operator(self.means(), &client.client_id, origin).await.unwrap();
        recovered.registration_access_token.expose().to_owned()
    }

    /// Makes a client wait for approval, or approves it.
    pub fn set_pending(&self, client: &Registered, pending: bool) {
        let since = if pending { self.clock.now().to_string() } else { "NULL".to_owned() };
        let id = &client.client_id;
        let done =
            self.execute(&format!("UPDATE clients SET pending_since = {since} WHERE client_id = '{id}'"));
        assert_eq!(done, 1);
    }
}
