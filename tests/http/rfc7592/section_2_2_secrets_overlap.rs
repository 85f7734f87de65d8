//! registration.md §3: client secrets rotate with an overlap in which both work. RFC 7591 §3.2.1, RFC 7592 §2.2.

use futures_util::future::{join, join_all};
use grantor::clock::Seconds;
use grantor::flow::rotate_secret::{self, RotateRefusal, RotatedSecret};
use grantor::flow::{Actor, Failure, Origin};
use serde_json::{Value, json};

use crate::support::{Registered, Server, body_of, error_of, json_of};

const LIFETIME: &str = "GRANTOR_REGISTRATION__CLIENT_SECRET_LIFETIME";

async fn rotate(server: &Server, client_id: &str, overlap: Option<Seconds>) -> RotatedSecret {
    let origin = Origin::local(Actor::CommandLine("test".to_owned()));
    rotate_secret::rotate(server.means(), client_id, origin, overlap).await.unwrap()
}

/// Whether this secret authenticates the client: a wrong refresh token is then `invalid_grant`.
async fn admits(server: &Server, client: &Registered, secret: &str) -> bool {
    let client = Registered { client_secret: Some(secret.to_owned()), ..client.clone() };
    match error_of(server.refresh(&client, "no-such-token").await).await {
        (400, error) if error == "invalid_grant" => true,
        (401, error) if error == "invalid_client" => false,
        other => panic!("{other:?}"),
    }
}

fn update_of(client: &Registered, secret: Option<&str>) -> Value {
    json!({
        "client_id": client.client_id, "redirect_uris": ["https://client.example/cb"],
        "grant_types": ["authorization_code", "refresh_token"], "client_secret": secret,
    })
}

/// Both work for `registration.secret_overlap`, a day by default, and then the new one alone.
#[actix_web::test]
async fn both_secrets_work_during_the_overlap() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let first = client.client_secret.clone().unwrap();
    let rotated = rotate(&server, &client.client_id, None).await;
    let second = rotated.client_secret.expose();
    assert_eq!(rotated.previous_expires_at, Some(server.clock.now() + 86_400));
    server.advance(86_399);
    assert!(admits(&server, &client, &first).await && admits(&server, &client, second).await);
    server.advance(1);
    assert!(!admits(&server, &client, &first).await && admits(&server, &client, second).await);
}

/// A reset by an operator, overlap 0, ends the old secret at once; so does a second rotation the first of three.
#[actix_web::test]
async fn a_reset_ends_the_old_secret_at_once() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let first = client.client_secret.clone().unwrap();
    let second = rotate(&server, &client.client_id, Some(3600)).await.client_secret;
    let third = rotate(&server, &client.client_id, Some(3600)).await.client_secret;
    assert!(!admits(&server, &client, &first).await);
    assert!(
        admits(&server, &client, second.expose()).await && admits(&server, &client, third.expose()).await
    );
    let reset = rotate(&server, &client.client_id, Some(0)).await;
    assert_eq!(reset.previous_expires_at, None);
    assert!(
        !admits(&server, &client, second.expose()).await && !admits(&server, &client, third.expose()).await
    );
    assert!(admits(&server, &client, reset.client_secret.expose()).await);
}

/// The overlap never prolongs a secret, and never wakes an expired one.
#[actix_web::test]
async fn the_overlap_does_not_prolong_a_secret() {
    let server = Server::with().set(LIFETIME, "1000").start().await;
    let client = server.register_confidential().await;
    let first = client.client_secret.clone().unwrap();
    server.advance(400);
    let rotated = rotate(&server, &client.client_id, None).await;
    assert_eq!(rotated.previous_expires_at, Some(server.clock.now() + 600));
    server.advance(599);
    assert!(admits(&server, &client, &first).await);
    server.advance(1);
    assert!(!admits(&server, &client, &first).await);
    server.advance(1000);
    assert!(!admits(&server, &client, rotated.client_secret.expose()).await);
    assert_eq!(rotate(&server, &client.client_id, None).await.previous_expires_at, None);
    assert!(!admits(&server, &client, rotated.client_secret.expose()).await);
}

/// An update in the last tenth of a secret's life answers with a new one, and the old one works on to its own end.
#[actix_web::test]
async fn a_renewal_by_update_leaves_the_old_secret_to_its_end() {
    let server = Server::with().set(LIFETIME, "1000").start().await;
    let client = server.register_confidential().await;
    let (first, token) = (client.client_secret.clone().unwrap(), &client.registration_access_token);
    server.advance(900);
    let answer = body_of(200, server.put_registration(&client, token, &update_of(&client, None)).await).await;
    let second = answer["client_secret"].as_str().unwrap();
    server.advance(99);
    assert!(admits(&server, &client, &first).await && admits(&server, &client, second).await);
    server.advance(1);
    assert!(!admits(&server, &client, &first).await && admits(&server, &client, second).await);
}

/// A client whose secret has expired reads its registration, which tells the true end, and an update gives it another.
#[actix_web::test]
async fn a_client_with_an_expired_secret_reads_and_renews() {
    let server = Server::with().set(LIFETIME, "1000").start().await;
    let client = server.register_confidential().await;
    let first = client.client_secret.clone().unwrap();
    server.advance(5000);
    let read = body_of(200, server.read_registration(&client).await).await;
    assert_eq!(read["client_secret_expires_at"], server.clock.now() - 4000);
    let token = &client.registration_access_token;
    let answer = body_of(200, server.put_registration(&client, token, &update_of(&client, None)).await).await;
    assert!(admits(&server, &client, answer["client_secret"].as_str().unwrap()).await);
    assert!(!admits(&server, &client, &first).await, "what has expired stays so");
}

/// M04: either living secret may be sent with an update; a dead one may not; an update that keeps them keeps both.
#[actix_web::test]
async fn an_update_may_send_either_living_secret() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let first = client.client_secret.clone().unwrap();
    let rotated = rotate(&server, &client.client_id, Some(3600)).await;
    let mut token = client.registration_access_token.clone();
    for secret in [first.as_str(), rotated.client_secret.expose()] {
        let update = update_of(&client, Some(secret));
        let answer = body_of(200, server.put_registration(&client, &token, &update).await).await;
        assert!(answer.get("client_secret").is_none());
        answer["registration_access_token"].as_str().unwrap().clone_into(&mut token);
        assert!(admits(&server, &client, &first).await, "the overlap goes on");
    }
    server.advance(3600);
    let update = update_of(&client, Some(&first));
    assert_eq!(server.put_registration(&client, &token, &update).await.status(), 400);
}

/// A change to `none` deletes both secrets, and a change back brings neither of them back.
#[actix_web::test]
async fn none_deletes_both_secrets() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let first = client.client_secret.clone().unwrap();
    let second = rotate(&server, &client.client_id, Some(3600)).await.client_secret;
    let mut update = update_of(&client, None);
    update["token_endpoint_auth_method"] = json!("none");
    let token = &client.registration_access_token;
    let answer = body_of(200, server.put_registration(&client, token, &update).await).await;
    let row = server.client_row(&client.client_id).unwrap();
    assert!(row.secret.is_none() && row.previous_secret.is_none());
    let token = answer["registration_access_token"].as_str().unwrap();
    body_of(200, server.put_registration(&client, token, &update_of(&client, None)).await).await;
    assert!(!admits(&server, &client, &first).await && !admits(&server, &client, second.expose()).await);
}

/// Whoever has no secret has none to rotate.
#[actix_web::test]
async fn a_public_or_unknown_client_is_refused() {
    let server = Server::start().await;
    let public = server.register_public().await;
    for (client_id, expected) in
        [(public.client_id.as_str(), RotateRefusal::Public), ("c-unknown", RotateRefusal::Unknown)]
    {
        let origin = Origin::local(Actor::Server);
        let Err(Failure::Refused(refusal)) =
            rotate_secret::rotate(server.means(), client_id, origin, None).await
        else {
            panic!("{client_id}")
        };
        assert_eq!(refusal, expected);
    }
}

/// fault: an admin edit that blanks the registration token. Neither a rotation nor a switch off and on touches it.
#[actix_web::test]
async fn no_admin_edit_loses_the_registration_token() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    rotate(&server, &client.client_id, None).await;
    server.set_disabled(&client, true);
    server.set_disabled(&client, false);
    server.set_pending(&client, true);
    server.set_pending(&client, false);
    let read = body_of(200, server.read_registration(&client).await).await;
    assert_eq!(read["registration_access_token"], client.registration_access_token);
}

/// M05: rotations by an operator race updates: no fault, and the last secret that was handed out by an operator works.
#[actix_web::test]
async fn rotations_race_updates() {
    let server = Server::start().await;
    let client = server.register_confidential().await;
    let rotations = join_all((0..8).map(|_| rotate(&server, &client.client_id, Some(3600))));
    let (token, update) = (&client.registration_access_token, update_of(&client, None));
    let updates = join_all(
        (0..8).map(|_| async { json_of(server.put_registration(&client, token, &update).await).await }),
    );
    let (rotated, updated) = join(rotations, updates).await;
    assert!(updated.iter().all(|(status, body)| *status == 200 && body.get("client_secret").is_none()));
    let mut living = 0;
    for secret in &rotated {
        living += usize::from(admits(&server, &client, secret.client_secret.expose()).await);
    }
    assert_eq!(living, 2, "the current one and the one before");
}
