//! Logos of clients. RFC 7591 §5, security statement D08.

mod fetching;
mod pages;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::{Arc, Mutex};

use grantor::fetch::Resolver;
use image::{ImageFormat, Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::support::{Authority, Browser, Page, Pkce, Registered, Server, ServerBuilder, Stub};

/// The host of the pictures; for the server it leads to this machine.
const HOST: &str = "client.example";

/// A web site with pictures by their path, and a server that fetches them.
struct Site {
    server: Server,
    stub: Stub,
    answers: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    /// Its file is read at the first request.
    _authority: Authority,
}

/// A picture in one colour.
fn picture(format: ImageFormat, colour: [u8; 3]) -> Vec<u8> {
    let [red, green, blue] = colour;
    let picture = RgbaImage::from_pixel(300, 150, Rgba([red, green, blue, 255]));
    let mut bytes = Cursor::new(Vec::new());
    match format {
        ImageFormat::Jpeg => image::DynamicImage::ImageRgba8(picture).to_rgb8().write_to(&mut bytes, format),
        _ => picture.write_to(&mut bytes, format),
    }
    .unwrap();
    bytes.into_inner()
}

fn answer(content_type: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn status(line: &str) -> Vec<u8> {
    format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

impl Site {
    async fn start() -> Self {
        Self::with(Server::with().set("GRANTOR_LOGOS", "fetch")).await
    }

    async fn with(server: ServerBuilder) -> Self {
        let authority = Authority::new();
        let answers: Arc<Mutex<BTreeMap<String, Vec<u8>>>> = Arc::default();
        let published = Arc::clone(&answers);
        let stub = Stub::start(&authority, [127, 0, 0, 1], &[HOST], move |request, out| {
            let path = request.split(' ').nth(1).unwrap_or_default();
            if path == "/slow" {
                std::thread::sleep(std::time::Duration::from_secs(3));
            }
            let found = published.lock().unwrap().get(path).cloned();
            out.write_all(&found.unwrap_or_else(|| status("404 Not Found")))
        });
        let server = server
            .set("GRANTOR_OUTBOUND__PORTS", &stub.port.to_string())
            .set("GRANTOR_OUTBOUND__CA_FILE", authority.file().to_str().unwrap())
            .resolver(Resolver::fixed([(HOST, vec![vec!["127.0.0.1".parse().unwrap()]])]))
            .start()
            .await;
        server.add_user("ada").await;
        let site = Self { server, stub, answers, _authority: authority };
        site.publish("/logo", answer("image/png", &picture(ImageFormat::Png, [200, 30, 30])));
        site
    }

    /// Serves this at the path from now on.
    fn publish(&self, path: &str, answer: Vec<u8>) {
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    fn uri(&self, path: &str) -> String {
        format!("https://{HOST}:{}{path}", self.stub.port)
    }

    fn metadata(&self, members: &Value) -> Value {
        let mut metadata = json!({
            "client_name": "Notebook", "redirect_uris": [format!("https://{HOST}/cb")],
            "token_endpoint_auth_method": "none", "logo_uri": self.uri("/logo"),
        });
        for (name, value) in members.as_object().unwrap() {
            metadata[name] = value.clone();
        }
        metadata
    }

    async fn register(&self, members: &Value) -> Registered {
        self.server.register(self.metadata(members)).await
    }

    /// The address of the picture on the sign-in page, if one stands there.
    async fn shown(&self, client: &Registered) -> Option<String> {
        let url = self.server.authorize_url(client, &Pkce::new(), &[]);
        logo_on(&Browser::new(&self.server).open(&url).await)
    }

    /// The same, once it stands there.
    async fn once_shown(&self, client: &Registered) -> String {
        for _ in 0..200 {
            if let Some(logo) = self.shown(client).await {
                return logo;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("no picture came");
    }

    /// Waits until nothing is left to be fetched.
    async fn settled(&self) {
        let waiting =
            format!("SELECT COUNT(*) AS number FROM client_pictures WHERE fetch_after < {}", i64::MAX);
        self.server.until(|| self.server.number(&waiting) == 0).await;
    }

    async fn get(&self, path: &str) -> reqwest::Response {
        self.server.http.get(self.server.url(path)).send().await.unwrap()
    }

    /// The colour of the first point of a picture of ours.
    async fn colour(&self, path: &str) -> [u8; 3] {
        let bytes = self.get(path).await.bytes().await.unwrap();
        let picture = image::load_from_memory_with_format(&bytes, ImageFormat::Png).unwrap().to_rgba8();
        assert_eq!(picture.dimensions(), (128, 64));
        let [red, green, blue, _] = picture.get_pixel(0, 0).0;
        [red, green, blue]
    }
}

/// Where the picture of the client stands on this page.
fn logo_on(page: &Page) -> Option<String> {
    let document = scraper::Html::parse_document(&page.html);
    let selector = scraper::Selector::parse("img.logo[alt=''][width='56'][height='56']").unwrap();
    let images = document.select(&scraper::Selector::parse("img").unwrap()).count();
    let found = document.select(&selector).next()?;
    assert_eq!(images, 1);
    Some(found.value().attr("src").unwrap().to_owned())
}
