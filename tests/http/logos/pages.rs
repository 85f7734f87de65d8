//! Where the picture stands, and how it is served.

use grantor::flow::administer::clients;
use grantor::flow::{Actor, Origin};
use image::ImageFormat;
use serde_json::json;

use super::{Site, answer, logo_on, picture};
use crate::support::{Browser, Pkce, Registered};

/// D08: the picture stands on the sign-in and consent pages, from this server, beside the host where the answer goes; the
/// client's own address is on neither.
#[actix_web::test]
async fn the_picture_is_on_both_pages_beside_the_host() {
    let site = Site::start().await;
    let client = site.register(&json!({})).await;
    let logo = site.once_shown(&client).await;
    assert!(logo.starts_with("/pictures/"), "{logo}");
    let mut browser = Browser::new(&site.server);
    let url = site.server.authorize_url(&client, &Pkce::new(), &[]);
    let sign_in = browser.open(&url).await;
    let wrong = browser.submit(&sign_in.form("/login").with("name", "ada").with("password", "wrong")).await;
    assert_eq!(wrong.status, 422);
    let consent = browser.sign_in(&sign_in, "ada").await;
    assert!(consent.text().contains("wants access"), "{}", consent.text());
    for page in [&sign_in, &wrong, &consent] {
        assert_eq!(logo_on(page).as_ref(), Some(&logo));
        assert!(page.text().contains("client.example"), "{}", page.text());
        assert!(!page.html.contains("/logo\""), "{}", page.html);
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("img-src 'self';"), "{policy}");
    }
    assert!(!consent.html.contains("avatar app"), "the picture stands for the initial");
}

/// D08: a picture is a PNG and nothing else, for pages of this server, and may be kept for ever.
#[actix_web::test]
async fn a_picture_is_served_as_nothing_but_a_picture() {
    let site = Site::start().await;
    let client = site.register(&json!({})).await;
    let logo = site.once_shown(&client).await;
    let answer = site.get(&logo).await;
    assert_eq!(answer.status(), 200);
    for (name, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.headers()[name], value);
    }
    assert!(!answer.headers().contains_key("access-control-allow-origin"));
    let head = site.server.http.head(site.server.url(&logo)).send().await.unwrap();
    assert_eq!(
        (head.status().as_u16(), head.headers()["content-type"].to_str().unwrap()),
        (200, "image/png")
    );
    for unknown in ["/pictures/unknown", "/pictures/%00", "/pictures/..%2fx"] {
        let answer = site.get(unknown).await;
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["cache-control"]),
            (404, &"no-store".parse().unwrap())
        );
    }
}

/// RFC 7591 §2.2: of pictures in several languages the person's is shown.
#[actix_web::test]
async fn the_picture_is_in_the_persons_language() {
    let site = Site::start().await;
    site.publish("/ja", answer("image/png", &picture(ImageFormat::Png, [30, 30, 200])));
    let client = site.register(&json!({"logo_uri#ja": site.uri("/ja")})).await;
    let plain = site.once_shown(&client).await;
    let url = site.server.authorize_url(&client, &Pkce::new(), &[("ui_locales", "ja")]);
    Browser::new(&site.server).open(&url).await;
    site.settled().await;
    let japanese = logo_on(&Browser::new(&site.server).open(&url).await).unwrap();
    assert_eq!(site.colour(&plain).await, [200, 30, 30]);
    assert_eq!(site.colour(&japanese).await, [30, 30, 200]);
}

/// D06, D08: an app whose name only looks like another's does not get that one's picture beside it.
#[actix_web::test]
async fn a_look_alike_has_no_picture() {
    let site = Site::start().await;
    let honest = site.register(&json!({})).await;
    site.once_shown(&honest).await;
    let faked = site.register(&json!({"client_name": "Сlаude"})).await;
    site.settled().await;
    let mut browser = Browser::new(&site.server);
    let url = site.server.authorize_url(&faked, &Pkce::new(), &[]);
    let sign_in = browser.open(&url).await;
    let consent = browser.sign_in(&sign_in, "ada").await;
    assert!(consent.text().contains("This is not Claude"), "{}", consent.text());
    assert_eq!((logo_on(&sign_in), logo_on(&consent)), (None, None));
}

/// D08: a client that an operator made, and one with a document, have their pictures as well.
#[actix_web::test]
async fn every_kind_of_client_has_its_picture() {
    let site = Site::start().await;
    let origin = || Origin { actor: Actor::Server, address: None, request_id: None };
    let metadata = site.metadata(&json!({})).as_object().unwrap().clone();
    let made = clients::create(site.server.means(), metadata, origin()).await.unwrap();
    let made = serde_json::to_value(&made.client).unwrap();
    let operators = client_of(made["client_id"].as_str().unwrap());
    let logo = site.once_shown(&operators).await;
    assert_eq!(site.colour(&logo).await, [200, 30, 30]);

    site.publish("/new", answer("image/png", &picture(ImageFormat::Png, [30, 200, 30])));
    let metadata = site.metadata(&json!({"logo_uri": site.uri("/new")})).as_object().unwrap().clone();
    let replaced = clients::replace(site.server.means(), operators.client_id.clone(), metadata, origin());
    assert!(replaced.await.is_ok());
    let logo = site.once_shown(&operators).await;
    assert_eq!(site.colour(&logo).await, [30, 200, 30]);

    let mut document = site.metadata(&json!({"client_id": site.uri("/client.json")}));
    document["logo_uri"] = json!(site.uri("/logo"));
    site.publish("/client.json", answer("application/json", document.to_string().as_bytes()));
    let logo = site.once_shown(&client_of(&site.uri("/client.json"))).await;
    assert_eq!(site.colour(&logo).await, [200, 30, 30]);
}

fn client_of(client_id: &str) -> Registered {
    Registered {
        client_id: client_id.to_owned(),
        client_secret: None,
        registration_access_token: String::new(),
        registration_client_uri: String::new(),
        redirect_uri: "https://client.example/cb".to_owned(),
        body: json!({"token_endpoint_auth_method": "none"}),
    }
}
