//! A person's browser, as far as signing in and consenting once needs one: cookies, redirects and forms.

use std::collections::BTreeMap;

use scraper::{ElementRef, Html, Selector};
use url::Url;

use crate::Outcome;
use crate::http::{Client, Request};
use crate::protocol::{REDIRECT_URI, authorize_path};
use crate::site::{Site, Worker, form, sha256_base64};

/// As many people sign in: `USER-0` and so on, all with the same password.
const PEOPLE: usize = 8;

/// More pages than any sign-in has: a circle of redirects ends here.
const MOST_STEPS: usize = 20;

/// A form of a page, filled in with what a person would enter.
#[derive(Debug, PartialEq, Eq)]
struct Filled {
    action: Option<String>,
    fields: Vec<(String, String)>,
}

enum Step {
    Get(String),
    Post(String, String),
}

/// Signs the user in and consents, on the server's own pages; the session's cookies, as a Cookie header.
pub fn sign_in(site: &Site, port: u16, scope: &str) -> Outcome<String> {
    let client_id = &site.interactive()?.client_id;
    let mut http = Client::new(port);
    let mut cookies = BTreeMap::new();
    let mut step = Step::Get(authorize_path(client_id, scope, "state", "nonce", &sha256_base64("sign in")));
    for _ in 0..MOST_STEPS {
        let header = cookie_header(&cookies);
        let headers =
            [("Cookie", header.as_str()), ("Origin", site.issuer.as_str()), ("Accept", "text/html")];
        let (path, response) = match &step {
            Step::Get(path) => (path, http.send(&Request::get(path, &headers))?),
            Step::Post(path, body) => (path, http.send(&Request::form(path, &headers, body))?),
        };
        response.headers("set-cookie").for_each(|cookie| keep_cookie(&mut cookies, cookie));
        if let Some(location) = response.header("location") {
            if location.starts_with(REDIRECT_URI) {
                return if location.contains("code=") {
                    Ok(cookie_header(&cookies))
                } else {
                    Err(location.to_owned())
                };
            }
            step = Step::Get(resolve(site, path, location)?);
            continue;
        }
        let page = String::from_utf8_lossy(&response.body);
        if response.status != 200 {
            return Err(format!("signing in: {path} answers {}: {}", response.status, response.excerpt()));
        }
        let filled = fill(&page, &site.user, &site.password)
            .ok_or_else(|| format!("signing in: {path} has no form to fill in: {}", response.excerpt()))?;
        let action = resolve(site, path, filled.action.as_deref().unwrap_or(path))?;
        let fields: Vec<_> =
            filled.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        step = Step::Post(action, form(&fields));
    }
    Err(format!("signing in did not end after {MOST_STEPS} pages"))
}

/// One person of a crowd signs in, from an address and in a browser of their own; every other one has a name that nobody has, which
/// costs the server the same work.
pub fn try_in(worker: &mut Worker, site: &Site) -> Outcome<()> {
    let number = worker.next();
    let known = number.is_multiple_of(2);
    let user = if known {
        format!("{}-{}", site.user, worker.number % PEOPLE)
    } else {
        worker.unique("nobody").to_lowercase()
    };
    let address = format!("10.{}.{}.{}", worker.number % 256, number / 256 % 256, number % 256);
    let headers = [("X-Forwarded-For", address.as_str()), ("Accept", "text/html")];
    let response = worker.http.send(&Request::get("/login", &headers))?;
    let mut cookies = BTreeMap::new();
    response.headers("set-cookie").for_each(|cookie| keep_cookie(&mut cookies, cookie));
    let page = String::from_utf8_lossy(&response.body);
    let filled = fill(&page, &user, &site.password).ok_or("the sign-in page has no form")?;
    let action = resolve(site, "/login", filled.action.as_deref().unwrap_or("/login"))?;
    // In one step, as password managers do it.
    let proof = [("name", user.as_str()), ("password", site.password.as_str())];
    let others = filled.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<_> =
        others.filter(|(name, _)| !["name", "password"].contains(name)).chain(proof).collect();
    let (body, header) = (form(&fields), cookie_header(&cookies));
    let headers = [
        ("X-Forwarded-For", address.as_str()),
        ("Cookie", header.as_str()),
        ("Origin", site.issuer.as_str()),
        ("Accept", "text/html"),
    ];
    let response = worker.http.send(&Request::form(&action, &headers, &body))?;
    let expected = if known { 303 } else { 422 };
    if response.status == expected {
        return Ok(());
    }
    Err(format!("signing in: status {} instead of {expected}: {}", response.status, response.excerpt()))
}

fn resolve(site: &Site, base: &str, reference: &str) -> Outcome<String> {
    let base = Url::parse(&site.issuer).and_then(|issuer| issuer.join(base));
    let url = base.and_then(|base| base.join(reference)).map_err(|error| format!("{reference}: {error}"))?;
    site.path(url.as_str()).map(str::to_owned)
}

/// RFC 6265 §5.2 without domains and paths: there is one server. An empty value or `Max-Age=0` removes.
fn keep_cookie(cookies: &mut BTreeMap<String, String>, header: &str) {
    let mut parts = header.split(';').map(str::trim);
    let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
        return;
    };
    if value.is_empty() || parts.any(|attribute| attribute.eq_ignore_ascii_case("Max-Age=0")) {
        cookies.remove(name);
    } else {
        cookies.insert(name.to_owned(), value.to_owned());
    }
}

fn cookie_header(cookies: &BTreeMap<String, String>) -> String {
    let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("; ")
}

/// The form that leads on: the one that asks for a password, else the one with an "allow" button, else the first.
fn fill(page: &str, user: &str, password: &str) -> Option<Filled> {
    let page = Html::parse_document(page);
    let forms = Selector::parse("form").ok()?;
    let password_input = Selector::parse("input[type=password]").ok()?;
    let allow = Selector::parse("[value=allow]").ok()?;
    let all = || page.select(&forms);
    let form = all()
        .find(|form| form.select(&password_input).next().is_some())
        .or_else(|| all().find(|form| form.select(&allow).next().is_some()))
        .or_else(|| all().next())?;
    Some(Filled { action: form.attr("action").map(str::to_owned), fields: fields(form, user, password)? })
}

fn fields(form: ElementRef<'_>, user: &str, password: &str) -> Option<Vec<(String, String)>> {
    let controls = Selector::parse("input[name]").ok()?;
    let mut fields = Vec::new();
    for input in form.select(&controls) {
        let value = match input.attr("type").unwrap_or("text") {
            "password" => Some(password),
            "text" | "email" => Some(user),
            "checkbox" | "radio" => input.attr("checked").and(input.attr("value").or(Some("on"))),
            "submit" | "button" | "image" => None,
            _ => Some(input.attr("value").unwrap_or_default()),
        };
        fields.extend(input.attr("name").zip(value).map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    let buttons = Selector::parse("button[name], input[type=submit][name]").ok()?;
    let pressed = form
        .select(&buttons)
        .find(|button| button.attr("value") == Some("allow"))
        .or_else(|| form.select(&buttons).next());
    if let Some((name, value)) = pressed.and_then(|button| button.attr("name").zip(button.attr("value"))) {
        fields.push((name.to_owned(), value.to_owned()));
    }
    Some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn hidden_inputs_are_kept_and_the_password_form_is_the_one_filled_in() {
        let page = r#"<form action="/search"><input name=q></form>
            <form method=post action="/login?a=1&amp;b=2"><input type=hidden name=csrf value="x&amp;y">
            <input name=name autocomplete=username><input type=password name=password><button>Sign in</button></form>"#;
        let filled = fill(page, "bench", "secret").unwrap();
        assert_eq!(filled.action.as_deref(), Some("/login?a=1&b=2"));
        assert_eq!(filled.fields, pairs(&[("csrf", "x&y"), ("name", "bench"), ("password", "secret")]));
    }

    #[test]
    fn consent_is_given_by_the_allow_button_and_unchecked_boxes_stay_unchecked() {
        let page = r#"<form method=post><input type=hidden name=thread value=t>
            <input type=checkbox name=scope value=email checked><input type=checkbox name=remember>
            <button name=decision value=deny>No</button><button name=decision value=allow>Yes</button></form>"#;
        let filled = fill(page, "", "").unwrap();
        assert_eq!(filled.action, None);
        assert_eq!(filled.fields, pairs(&[("thread", "t"), ("scope", "email"), ("decision", "allow")]));
        assert_eq!(fill("<p>nothing</p>", "", ""), None);
    }

    #[test]
    fn a_cookie_is_replaced_and_removed() {
        let mut cookies = BTreeMap::new();
        for header in ["a=1; Path=/; HttpOnly", "b=2", "a=3; Secure", "b=; Max-Age=0"] {
            keep_cookie(&mut cookies, header);
        }
        assert_eq!(cookie_header(&cookies), "a=3");
    }
}
