//! Requests to the operator's own server, as clients and browsers send them, for its examination: redirects are looked at and
//! not followed. Nobody else chooses the address, so there is nothing to guard.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use reqwest::header::{COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::{Certificate, Client, Method, RequestBuilder, redirect};
use serde_json::Value;

/// Where a page of another origin would say that it is.
const OTHER_ORIGIN: &str = "http://localhost:6274";

/// One client with its browser.
pub struct OwnServer {
    client: Client,
    cookies: BTreeMap<String, String>,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// A header of text, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Where a redirect leads.
    #[must_use]
    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// What an error answer says, or else how it begins.
    #[must_use]
    pub fn complaint(&self) -> String {
        let json = self.json();
        match (json["error"].as_str(), json["error_description"].as_str()) {
            (Some(error), Some(description)) => format!("{} {error}: {description}", self.status),
            (Some(error), None) => format!("{} {error}", self.status),
            _ => format!("{} {}", self.status, self.body.chars().take(200).collect::<String>()),
        }
    }

    /// The hidden fields of the form of a page that goes to this action. The values of ours need no unescaping.
    #[must_use]
    pub fn hidden_fields(&self, action: &str) -> Vec<(String, String)> {
        let behind = self.body.split_once(&format!("action=\"{action}\"")).map_or("", |(_, rest)| rest);
        let form = behind.split_once("</form>").map_or("", |(form, _)| form);
        let fields = form.split("<input type=\"hidden\" name=\"").skip(1);
        fields
            .filter_map(|field| {
                let (name, rest) = field.split_once("\" value=\"")?;
                rest.split_once('"').map(|(value, _)| (name.to_owned(), value.to_owned()))
            })
            .collect()
    }
}

type Sent = Result<Answer, String>;

impl OwnServer {
    /// A browser with these cookies. `ca_file` holds authorities beside the system's; every request ends by the deadline.
    #[expect(
        clippy::disallowed_methods,
        reason = "the other place that builds an HTTP client: to ourselves only"
    )]
    pub fn new(
        ca_file: Option<&Path>,
        deadline: Duration,
        cookies: BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let mut builder =
            Client::builder().redirect(redirect::Policy::none()).no_proxy().http1_only().timeout(deadline);
        if let Some(file) = ca_file {
            let unusable = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
            let pem = std::fs::read(file).map_err(|error| unusable(&error))?;
            let authorities = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(&error))?;
            builder = builder.tls_certs_merge(authorities);
        }
        Ok(Self { client: builder.build().map_err(|error| error.to_string())?, cookies })
    }

    /// As a client's program sends it.
    pub async fn get(&self, url: &str, bearer: Option<&str>) -> Sent {
        send(authorized(self.client.get(url), bearer)).await
    }

    /// As a client's program deletes.
    pub async fn delete(&self, url: &str, bearer: &str) -> Sent {
        send(authorized(self.client.delete(url), Some(bearer))).await
    }

    /// As a client's program sends JSON.
    pub async fn post_json(&self, url: &str, bearer: Option<&str>, body: &Value) -> Sent {
        let request = self.client.post(url).header("content-type", "application/json").body(body.to_string());
        send(authorized(request, bearer)).await
    }

    /// As a client's program sends a form, with its name and secret in the header. RFC 6749 §2.3.1.
    pub async fn post_form(&self, url: &str, basic: Option<(&str, &str)>, form: &[(&str, &str)]) -> Sent {
        let request = self.client.post(url);
        let request = match basic {
            Some((name, secret)) => request.basic_auth(encoded(name), Some(encoded(secret))),
            None => request,
        };
        send(with_form(request, form)).await
    }

    /// What a browser asks before a page of another origin may send JSON there. Fetch §3.2.
    pub async fn preflight(&self, url: &str, method: &str) -> Sent {
        let request = self
            .client
            .request(Method::OPTIONS, url)
            .header(ORIGIN, OTHER_ORIGIN)
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "authorization, content-type");
        send(request).await
    }

    /// As a browser opens it.
    pub async fn open(&mut self, url: &str) -> Sent {
        let request = self.client.get(url);
        self.browse(request).await
    }

    /// As a browser submits a form of the server.
    pub async fn submit(&mut self, url: &str, form: &[(&str, &str)]) -> Sent {
        let request = with_form(self.client.post(url), form);
        self.browse(request).await
    }

    async fn browse(&mut self, request: RequestBuilder) -> Sent {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = send(request.header(COOKIE, cookies.join("; "))).await?;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let pair = cookie.to_str().ok().and_then(|text| text.split(';').next()?.split_once('='));
            if let Some((name, value)) = pair {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(answer)
    }
}

fn authorized(request: RequestBuilder, bearer: Option<&str>) -> RequestBuilder {
    match bearer {
        Some(token) => request.bearer_auth(token),
        None => request,
    }
}

fn with_form(request: RequestBuilder, form: &[(&str, &str)]) -> RequestBuilder {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

/// RFC 6749 §2.3.1.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

async fn send(request: RequestBuilder) -> Sent {
    let failed = |error: reqwest::Error| match std::error::Error::source(&error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    };
    let response = request.send().await.map_err(failed)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(Answer { status, headers, body: response.text().await.map_err(failed)? })
}
