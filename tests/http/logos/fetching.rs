//! What is fetched, when, and what becomes of it.

use std::time::{Duration, Instant};

use image::ImageFormat;
use serde_json::json;

use super::{Site, answer, picture, status};
use crate::support::Server;

const DAY: i64 = 86_400;

/// D08: without the setting nothing is fetched, nothing is shown and nothing is served.
#[actix_web::test]
async fn logos_are_off_by_default() {
    let site = Site::with(Server::with()).await;
    let client = site.register(&json!({})).await;
    assert_eq!(site.shown(&client).await, None);
    assert_eq!(site.server.number("SELECT COUNT(*) AS number FROM client_pictures"), 0);
    site.server.execute(&format!(
        "INSERT INTO client_pictures (client_key, uri, name, asked_at, fetch_after) SELECT id, '{}', 'x', 0, 0 FROM clients",
        site.uri("/logo")
    ));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(site.shown(&client).await, None);
    assert_eq!(site.get("/pictures/x").await.status(), 404);
    assert_eq!(site.stub.connections(), 0);
}

/// D08: PNG, JPEG, GIF and WebP become a PNG of at most 128 points.
#[actix_web::test]
async fn every_kind_of_raster_picture_is_taken() {
    let site = Site::start().await;
    for (format, name) in [
        (ImageFormat::Png, "png"),
        (ImageFormat::Jpeg, "jpeg"),
        (ImageFormat::Gif, "gif"),
        (ImageFormat::WebP, "webp"),
    ] {
        let path = format!("/{name}");
        site.publish(&path, answer(&format!("image/{name}"), &picture(format, [30, 30, 200])));
        let client = site.register(&json!({"logo_uri": site.uri(&path)})).await;
        let [red, green, blue] = site.colour(&site.once_shown(&client).await).await;
        assert!(red < 60 && green < 60 && blue > 170, "{name}: {red} {green} {blue}");
    }
    for request in site.stub.requests() {
        let request = request.to_lowercase();
        assert!(request.contains("accept: image/png, image/webp, image/jpeg, image/gif\r\n"), "{request}");
        assert!(!request.contains("cookie") && !request.contains("referer"), "{request}");
    }
}

/// D08: what is no raster picture by its type and by its content, or too long, or elsewhere, is not shown.
#[actix_web::test]
async fn what_is_no_picture_is_not_shown() {
    let site = Site::start().await;
    let (png, svg) = (picture(ImageFormat::Png, [1, 2, 3]), br#"<svg xmlns="http://www.w3.org/2000/svg"/>"#);
    let mut long = png.clone();
    long.resize(64 * 1024 + 1, 0);
    let moved = format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", site.uri("/logo"));
    for (what, bad) in [
        ("svg", answer("image/svg+xml", svg)),
        ("an svg that calls itself a png", answer("image/png", svg)),
        ("a png that calls itself a page", answer("text/html", &png)),
        ("half of a png", answer("image/png", png.get(..png.len() / 2).unwrap())),
        ("too long", answer("image/png", &long)),
        ("a redirect", moved.into_bytes()),
        ("nothing", status("404 Not Found")),
        ("an end of the connection", Vec::new()),
    ] {
        site.publish("/bad", bad);
        let before = site.stub.connections();
        let client = site.register(&json!({"logo_uri": site.uri("/bad")})).await;
        site.settled().await;
        assert_eq!(site.stub.connections(), before + 1, "{what}");
        assert_eq!(site.shown(&client).await, None, "{what}");
        assert_eq!(
            site.server.number("SELECT COUNT(*) AS number FROM client_pictures WHERE picture IS NOT NULL"),
            0
        );
    }
    // Whoever sees the page does not make it ask again at once.
    let before = site.stub.connections();
    let client = site.register(&json!({"logo_uri": site.uri("/bad")})).await;
    site.settled().await;
    for _ in 0..3 {
        assert_eq!(site.shown(&client).await, None);
    }
    assert_eq!(site.stub.connections(), before + 1);
    site.publish("/bad", answer("image/png", &png));
    site.server.advance(3600);
    site.once_shown(&client).await;
}

/// D08: registration and pages do not wait for the picture.
#[actix_web::test]
async fn nobody_waits_for_a_picture() {
    let site = Site::start().await;
    let began = Instant::now();
    let client = site.register(&json!({"logo_uri": site.uri("/slow")})).await;
    assert_eq!(site.shown(&client).await, None);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    site.settled().await;
    assert!(began.elapsed() >= Duration::from_secs(3), "the picture was slow");
}

/// D08: a picture that people see is fetched again after a day; the same one keeps its name, another one gets a new one.
#[actix_web::test]
async fn a_picture_is_fetched_again_after_a_day() {
    let site = Site::start().await;
    let client = site.register(&json!({})).await;
    let first = site.once_shown(&client).await;
    assert_eq!(site.colour(&first).await, [200, 30, 30]);
    site.server.advance(DAY - 1);
    assert_eq!(site.shown(&client).await, Some(first.clone()));
    site.settled().await;
    assert_eq!(site.stub.connections(), 1);

    site.server.advance(1);
    assert_eq!(site.shown(&client).await, Some(first.clone()), "it is shown while it is fetched");
    site.settled().await;
    assert_eq!((site.stub.connections(), site.shown(&client).await), (2, Some(first.clone())));

    site.publish("/logo", answer("image/png", &picture(ImageFormat::Png, [30, 200, 30])));
    site.server.advance(DAY);
    site.shown(&client).await;
    site.settled().await;
    let second = site.shown(&client).await.unwrap();
    assert_ne!(first, second);
    assert_eq!(site.colour(&second).await, [30, 200, 30]);
    assert_eq!(site.get(&first).await.status(), 404);
}

/// D08: another `logo_uri` is fetched at once, and the picture behind the old one is gone.
#[actix_web::test]
async fn another_address_is_fetched_at_once() {
    let site = Site::start().await;
    let client = site.register(&json!({})).await;
    let first = site.once_shown(&client).await;
    site.publish("/new", answer("image/png", &picture(ImageFormat::Png, [30, 200, 30])));
    let mut metadata = site.metadata(&json!({"logo_uri": site.uri("/new")}));
    metadata["client_id"] = json!(client.client_id);
    let token = client.registration_access_token.clone();
    let answer = site.server.put_registration(&client, &token, &metadata).await;
    let (status, changed) = crate::support::json_of(answer).await;
    assert_eq!(status, 200, "{changed}");
    let second = site.once_shown(&client).await;
    assert_eq!(site.colour(&second).await, [30, 200, 30]);
    assert_eq!(site.get(&first).await.status(), 404);

    metadata.as_object_mut().unwrap().remove("logo_uri");
    let answer = site
        .server
        .put_registration(&client, changed["registration_access_token"].as_str().unwrap(), &metadata)
        .await;
    assert_eq!(answer.status(), 200);
    assert_eq!(site.shown(&client).await, None);
    assert_eq!(site.get(&second).await.status(), 404);
    assert_eq!(site.server.number("SELECT COUNT(*) AS number FROM client_pictures"), 0);
}

/// D08: the picture goes when its client goes.
#[actix_web::test]
async fn a_picture_goes_with_its_client() {
    let site = Site::start().await;
    let client = site.register(&json!({})).await;
    let logo = site.once_shown(&client).await;
    assert_eq!(site.get(&logo).await.status(), 200);
    assert_eq!(site.server.delete_registration(&client).await.status(), 204);
    assert_eq!(site.get(&logo).await.status(), 404);
    assert_eq!(site.server.number("SELECT COUNT(*) AS number FROM client_pictures"), 0);
}

/// A host that is away for a few days does not take the picture away; one that has it no more does.
#[actix_web::test]
async fn a_host_that_is_away_keeps_its_picture_for_a_week() {
    let site = Site::start().await;
    let client = site.register(&json!({})).await;
    let logo = site.once_shown(&client).await;
    for away in [status("503 Away"), status("429 Slow"), Vec::new()] {
        site.publish("/logo", away);
        site.server.advance(DAY);
        site.shown(&client).await;
        site.settled().await;
        assert_eq!(site.shown(&client).await, Some(logo.clone()));
    }
    site.server.advance(4 * DAY);
    site.shown(&client).await;
    site.settled().await;
    assert_eq!(site.shown(&client).await, None, "seven days are over");

    site.publish("/logo", answer("image/png", &picture(ImageFormat::Png, [9, 9, 9])));
    site.server.advance(DAY);
    site.once_shown(&client).await;
    site.publish("/logo", status("410 Gone"));
    site.server.advance(DAY);
    site.shown(&client).await;
    site.settled().await;
    assert_eq!(site.shown(&client).await, None);
}

/// D08: of several servers on one database one fetches, and all show the picture.
#[actix_web::test]
async fn one_server_of_all_fetches() {
    let site = Site::start().await;
    let (second, third) = (site.server.twin().await, site.server.twin().await);
    for number in 0..6 {
        let path = format!("/{number}");
        site.publish(&path, answer("image/png", &picture(ImageFormat::Png, [number, 0, 0])));
        let client = site.register(&json!({"logo_uri": site.uri(&path)})).await;
        second.means().pictures_wanted.notify_one();
        third.means().pictures_wanted.notify_one();
        let logo = site.once_shown(&client).await;
        for server in [&second, &third] {
            let answer = server.http.get(server.url(&logo)).send().await.unwrap();
            assert_eq!(answer.status(), 200);
        }
    }
    assert_eq!(site.stub.connections(), 6);
}

/// C04: a logo at an address that is not public is not asked for, also not when its host's name leads there.
#[actix_web::test]
async fn an_address_inside_is_not_asked() {
    let server = Server::with().set("GRANTOR_LOGOS", "fetch").issuer("https://grantor.example");
    let server = server.set("GRANTOR_TRUSTED_PROXIES", "127.0.0.1");
    let site = Site::with(server).await;
    let client = site.server.http.post(site.server.url("/register"));
    let client = client.header("x-forwarded-proto", "https").json(&site.metadata(&json!({})));
    assert_eq!(client.send().await.unwrap().status(), 201);
    assert_eq!(site.server.number("SELECT COUNT(*) AS number FROM client_pictures"), 1);
    site.settled().await;
    assert_eq!(site.stub.connections(), 0);
    assert_eq!(
        site.server.number("SELECT COUNT(*) AS number FROM client_pictures WHERE picture IS NOT NULL"),
        0
    );
}
