//! Reading an answer of a stranger: never more of it than was asked for.

use reqwest::header::{
    AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, DATE, ETAG, EXPIRES, HeaderMap, HeaderName,
};
use reqwest::{Response, StatusCode};

use super::{FetchError, Purpose};
use crate::clock::Seconds;

/// More header than this is no answer of an honest server.
const MAX_HEADERS: usize = 16 * 1024;
/// A longer entity tag is not kept.
const MAX_ETAG: usize = 256;

/// A body that was fetched, of the right media type and not too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    pub body: Vec<u8>,
    /// RFC 9110 §8.8.3.
    pub etag: Option<String>,
    /// How long it is fresh by its headers, RFC 9111 §4.2.1; `None` if they say nothing.
    pub fresh_for: Option<Seconds>,
}

/// The answer to a conditional request, RFC 9110 §13.1.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conditional {
    Changed(Fetched),
    Unchanged { fresh_for: Option<Seconds> },
}

pub(super) async fn read(
    response: Response,
    purpose: Purpose,
    is_conditional: bool,
) -> Result<Conditional, FetchError> {
    let headers = response.headers();
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > MAX_HEADERS {
        return Err(FetchError::TooLong);
    }
    let fresh_for = fresh_for(headers);
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED if is_conditional => return Ok(Conditional::Unchanged { fresh_for }),
        other => return Err(FetchError::Status(other.as_u16())),
    }
    if text(headers, &CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(FetchError::Encoded);
    }
    let (kind, is_of_kind): (_, fn(&str) -> bool) = match purpose {
        Purpose::RequestObject => ("a JWT", is_jwt),
        Purpose::Logo => ("a picture", is_picture),
        _ => ("JSON", is_json),
    };
    if !text(headers, &CONTENT_TYPE).is_some_and(is_of_kind) {
        return Err(FetchError::MediaType(kind));
    }
    let etag = text(headers, &ETAG).filter(|etag| etag.len() <= MAX_ETAG).map(str::to_owned);
    let body = body(response, purpose.longest_body()).await?;
    Ok(Conditional::Changed(Fetched { body, etag, fresh_for }))
}

async fn body(mut response: Response, longest: usize) -> Result<Vec<u8>, FetchError> {
    let fits = |length: u64| usize::try_from(length).is_ok_and(|length| length <= longest);
    if response.content_length().is_some_and(|length| !fits(length)) {
        return Err(FetchError::TooLong);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| FetchError::broken(&error))? {
        if body.len() + chunk.len() > longest {
            return Err(FetchError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// `application/json`, or any `application/….+json`, with or without parameters.
fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let Some(subtype) = essence.strip_prefix("application/") else { return false };
    subtype == "json" || subtype.strip_suffix("+json").is_some_and(|name| !name.is_empty())
}

/// RFC 9101 §10.8 and RFC 7519 §10.3.1.
fn is_jwt(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    // The last is what any JWS has, RFC 7515 §9.2.1: OpenID Connect Core §6.2 names no type.
    ["application/oauth-authz-req+jwt", "application/jwt", "application/jose"]
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known))
}

/// Pictures made of points. An SVG is a document, which may hold scripts.
fn is_picture(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    ["image/png", "image/jpeg", "image/gif", "image/webp"]
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// `Cache-Control` before `Expires`; what has already passed in caches on the way is taken off.
fn fresh_for(headers: &HeaderMap) -> Option<Seconds> {
    let mut lifetime = None;
    let directives = headers.get_all(CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    for directive in directives.flat_map(|value| value.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return Some(0),
            "max-age" => lifetime = Some(value.trim().trim_matches('"').parse::<Seconds>().unwrap_or(0)),
            _ => {}
        }
    }
    let lifetime = lifetime.or_else(|| {
        let expires = text(headers, &EXPIRES)?;
        let Some(date) = text(headers, &DATE).and_then(http_date) else { return Some(0) };
        Some(http_date(expires).map_or(0, |expires| expires.saturating_sub(date)))
    })?;
    let age = text(headers, &AGE).and_then(|age| age.trim().parse::<u32>().ok()).unwrap_or(0);
    Some(lifetime.saturating_sub(Seconds::from(age)).max(0))
}

/// RFC 9110 §5.6.7; an older form counts as past.
fn http_date(text: &str) -> Option<Seconds> {
    chrono::DateTime::parse_from_rfc2822(text).ok().map(|date| date.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh(lines: &[(&'static str, &'static str)]) -> Option<Seconds> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        fresh_for(&headers)
    }

    /// C02: freshness follows RFC 9111.
    #[test]
    fn headers_say_how_long_a_document_is_fresh() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(fresh(&[]), None);
        assert_eq!(fresh(&[("cache-control", "public, Max-Age=300")]), Some(300));
        assert_eq!(fresh(&[("cache-control", "max-age=\"300\"")]), Some(300));
        assert_eq!(fresh(&[("cache-control", "max-age=300"), ("age", "100")]), Some(200));
        assert_eq!(fresh(&[("cache-control", "max-age=300"), ("age", "400")]), Some(0));
        assert_eq!(fresh(&[("cache-control", "max-age=x")]), Some(0));
        assert_eq!(fresh(&[("cache-control", "max-age=300"), ("cache-control", "no-store")]), Some(0));
        assert_eq!(fresh(&[("cache-control", "no-cache")]), Some(0));
        assert_eq!(fresh(&[date, ("expires", "Sun, 06 Nov 1994 09:49:37 GMT")]), Some(3600));
        assert_eq!(fresh(&[date, ("expires", "0")]), Some(0));
        assert_eq!(
            fresh(&[date, ("expires", "Sun, 06 Nov 1994 09:49:37 GMT"), ("cache-control", "max-age=5")]),
            Some(5)
        );
    }

    /// C02: JSON is `application/json` and `application/<something>+json`, nothing else.
    #[test]
    fn only_json_is_json() {
        for text in ["application/json", "Application/JSON; charset=utf-8", "application/oauth+json"] {
            assert!(is_json(text), "{text}");
        }
        for text in [
            "",
            "text/html",
            "text/json",
            "application/+json",
            "application/jsonx",
            "application/json+xml",
            "json",
        ] {
            assert!(!is_json(text), "{text}");
        }
    }

    /// D08: a logo is a raster picture by its type.
    #[test]
    fn only_raster_pictures_are_pictures() {
        for text in ["image/png", "Image/JPEG", "image/gif; a=b", "image/webp"] {
            assert!(is_picture(text), "{text}");
        }
        for text in ["", "image/svg+xml", "image/*", "image/png2", "text/html", "application/octet-stream"] {
            assert!(!is_picture(text), "{text}");
        }
    }
}
