//! A browser without script: cookies, redirects within the server, and forms that are filled in and submitted.

use std::collections::BTreeMap;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, SET_COOKIE};
use reqwest::{Method, Response};
use scraper::{Html, Selector};

use super::{PASSWORD, Server};

/// One browser: its cookies stay with it.
#[derive(Clone)]
pub struct Browser {
    http: reqwest::Client,
    pub origin: String,
    pub cookies: BTreeMap<String, String>,
    /// The address that a proxy says it has, where the server trusts one.
    pub from: Option<String>,
}

/// Where a navigation ended.
pub struct Page {
    pub status: u16,
    pub url: String,
    pub headers: HeaderMap,
    pub html: String,
    /// Set if it ended in a redirect that leaves the server.
    pub location: Option<String>,
}

/// A form of a page, with the values of its fields.
#[derive(Clone, Debug)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// Sets a field, or adds it.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Page {
    /// Every form, in the order of the page.
    pub fn forms(&self) -> Vec<Form> {
        let document = Html::parse_document(&self.html);
        let (form, input) = (Selector::parse("form").unwrap(), Selector::parse("input").unwrap());
        document
            .select(&form)
            .map(|form| Form {
                action: form.value().attr("action").unwrap_or_default().to_owned(),
                fields: form
                    .select(&input)
                    .filter_map(|field| {
                        let is_box = matches!(field.value().attr("type"), Some("checkbox" | "radio"));
                        if is_box && field.value().attr("checked").is_none() {
                            return None;
                        }
                        let name = field.value().attr("name")?;
                        Some((name.to_owned(), field.value().attr("value").unwrap_or_default().to_owned()))
                    })
                    .collect(),
            })
            .collect()
    }

    /// Whether the page has a form with this action.
    pub fn has_form(&self, action: &str) -> bool {
        self.forms().iter().any(|form| form.action.ends_with(action))
    }

    /// The first form whose action ends so.
    pub fn form(&self, action: &str) -> Form {
        let found = self.forms().into_iter().find(|form| form.action.ends_with(action));
        found.unwrap_or_else(|| {
            panic!("no form {action} at {} ({}, {:?}): {}", self.url, self.status, self.location, self.text())
        })
    }

    /// The text of each item of its lists, white space folded.
    pub fn items(&self) -> Vec<String> {
        let document = Html::parse_document(&self.html);
        let item = Selector::parse("ul.items > li").unwrap();
        let text = |item: scraper::ElementRef<'_>| item.text().collect::<Vec<_>>().join(" ");
        document
            .select(&item)
            .map(|item| text(item).split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    /// The text of the page, white space folded.
    pub fn text(&self) -> String {
        let document = Html::parse_document(&self.html);
        folded(&document.root_element().text().collect::<Vec<_>>().join(" "))
    }

    /// Whether the page says this, whatever the white space in it.
    pub fn says(&self, sentence: &str) -> bool {
        self.text().contains(&folded(sentence))
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Browser {
    pub fn new(server: &Server) -> Self {
        let origin = url::Url::parse(&server.address).unwrap().origin().ascii_serialization();
        Self { http: server.http.clone(), origin, cookies: BTreeMap::new(), from: None }
    }

    /// Opens an address and follows redirects while they stay on the server.
    pub async fn open(&mut self, url: &str) -> Page {
        self.navigate(Method::GET, url, None).await
    }

    /// Submits a form as a page of the server would.
    pub async fn submit(&mut self, form: &Form) -> Page {
        let url = self.absolute(&form.action);
        self.navigate(Method::POST, &url, Some(form.fields.clone())).await
    }

    /// One request, no redirects.
    pub async fn send(&mut self, method: Method, url: &str, form: Option<Vec<(String, String)>>) -> Response {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = self.http.request(method, url);
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(from) = &self.from {
            request = request.header("x-forwarded-for", from);
        }
        if let Some(form) = form {
            request = request.form(&form);
        }
        let response = request.send().await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        response
    }

    fn keep(&mut self, cookie: &str) {
        let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
        if value.is_empty() {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    pub fn absolute(&self, target: &str) -> String {
        if target.starts_with('/') { format!("{}{target}", self.origin) } else { target.to_owned() }
    }

    async fn navigate(&mut self, method: Method, url: &str, form: Option<Vec<(String, String)>>) -> Page {
        let mut response = self.send(method, url, form).await;
        let mut url = url.to_owned();
        for _ in 0..10 {
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            let Some(location) = headers.get(LOCATION).map(|value| value.to_str().unwrap().to_owned()) else {
                return Page { status, url, headers, html: response.text().await.unwrap(), location: None };
            };
            assert_eq!(status, 303, "A09: every redirect is a 303");
            let target = self.absolute(&location);
            if !target.starts_with(&self.origin) {
                return Page { status, url, headers, html: String::new(), location: Some(target) };
            }
            response = self.send(Method::GET, &target, None).await;
            url = target;
        }
        panic!("redirects without an end at {url}");
    }

    /// Fills in the sign-in page that `page` is.
    pub async fn sign_in(&mut self, page: &Page, user: &str) -> Page {
        let form = page.form("/login").with("name", user).with("password", PASSWORD);
        self.submit(&form).await
    }

    /// Opens an authorization request and signs in if asked; the page after that, which may be a redirect to the client.
    pub async fn authorize(&mut self, url: &str, user: &str) -> Page {
        let page = self.open(url).await;
        if page.has_form("/login") { self.sign_in(&page, user).await } else { page }
    }

    /// The whole way: signs in if asked, allows if asked; where the client is sent.
    pub async fn allow(&mut self, url: &str, user: &str) -> String {
        let mut page = self.authorize(url, user).await;
        if page.location.is_none() {
            page = self.submit(&page.form("/consent").with("decision", "allow")).await;
        }
        page.location.clone().unwrap_or_else(|| panic!("no redirect from {}: {}", page.url, page.text()))
    }
}
