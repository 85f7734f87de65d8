//! The requests of Grantor's clients, each with every check that its answer must pass.

use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;

use crate::Outcome;
use crate::http::{Request, Response};
use crate::site::{
    Code, Credentials, IssuedToken, RegisteredClient, Site, Worker, form, jwt_part, sha256_base64,
};

/// Where codes are sent. Nothing is fetched from there: the code is read from the Location header.
pub const REDIRECT_URI: &str = "https://client.example/callback";

/// What a token answer held besides the access token.
pub struct Issued {
    pub token: IssuedToken,
    pub refresh_token: Option<String>,
    /// The claims of the ID token.
    pub id_token: Option<Value>,
}

fn expect(response: &Response, status: u16) -> Outcome<()> {
    if response.status == status {
        return Ok(());
    }
    let retry =
        response.header("retry-after").map(|value| format!(", Retry-After {value}")).unwrap_or_default();
    Err(format!("status {} instead of {status}{retry}: {}", response.status, response.excerpt()))
}

fn text<'a>(json: &'a Value, member: &str) -> Outcome<&'a str> {
    json.get(member)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| format!("the answer has no {member}: {json}"))
}

fn same(what: &str, is: &str, should: &str) -> Outcome<()> {
    if is == should { Ok(()) } else { Err(format!("{what} is {is} and should be {should}")) }
}

/// GET of a public document; `check` sees it as JSON.
pub fn document(
    worker: &mut Worker,
    path: &str,
    check: fn(&Site, &Value) -> Outcome<()>,
    site: &Site,
) -> Outcome<()> {
    let response = worker.http.send(&Request::get(path, &[]))?;
    expect(response, 200)?;
    check(site, &response.json()?)
}

/// RFC 6749 §4.4. `algorithm` is what the header of the token must name; `None` is an opaque token.
pub fn client_credentials(worker: &mut Worker, site: &Site, algorithm: Option<&str>) -> Outcome<()> {
    service_token(worker, site)?;
    let token = worker.ledger.tokens.last();
    let header = token.and_then(|token| jwt_part(&token.access_token, 0));
    let named = header.as_ref().and_then(|header| header.get("alg")).and_then(Value::as_str);
    if named == algorithm {
        return Ok(());
    }
    Err(format!("the access token's algorithm is {named:?} and should be {algorithm:?}"))
}

/// The same, of whatever format; the token goes into the ledger.
pub fn service_token(worker: &mut Worker, site: &Site) -> Outcome<()> {
    let client = worker.service(site)?;
    let issued = token_request(worker, &client, &[("grant_type", "client_credentials")])?;
    worker.ledger.tokens.push(issued.token);
    Ok(())
}

/// RFC 6749 §5.1: the answer of every grant.
fn token_request(worker: &mut Worker, client: &Arc<Credentials>, body: &[(&str, &str)]) -> Outcome<Issued> {
    let headers = [("Authorization", client.authorization.as_str())];
    let response = worker.http.send(&Request::form("/token", &headers, &form(body)))?;
    expect(response, 200)?;
    let answer = response.json()?;
    if !text(&answer, "token_type")?.eq_ignore_ascii_case("bearer") {
        return Err(format!("token_type is not Bearer: {answer}"));
    }
    let id_token = answer.get("id_token").and_then(Value::as_str).and_then(|token| jwt_part(token, 1));
    let expires_in = answer.get("expires_in").and_then(Value::as_u64).filter(|seconds| *seconds > 0);
    let token = IssuedToken {
        access_token: text(&answer, "access_token")?.to_owned(),
        expires_in: expires_in.ok_or_else(|| format!("the answer has no expires_in: {answer}"))?,
        client: Arc::clone(client),
        subject: id_token.as_ref().and_then(|claims| text(claims, "sub").ok()).map(str::to_owned),
    };
    let refresh_token = answer.get("refresh_token").and_then(Value::as_str).map(str::to_owned);
    Ok(Issued { token, refresh_token, id_token })
}

/// RFC 7662: the token is active and this client's. `Ok(false)` is `{"active":false}`.
pub fn introspect(worker: &mut Worker, token: &IssuedToken) -> Outcome<bool> {
    let headers = [("Authorization", token.client.authorization.as_str())];
    let body = form(&[("token", &token.access_token)]);
    let response = worker.http.send(&Request::form("/introspect", &headers, &body))?;
    expect(response, 200)?;
    let answer = response.json()?;
    match answer.get("active").and_then(Value::as_bool) {
        Some(true) => {}
        Some(false) => return Ok(false),
        None => return Err(format!("the answer has no active: {answer}")),
    }
    same("client_id", text(&answer, "client_id")?, &token.client.client_id)?;
    if let Some(subject) = &token.subject {
        same("sub", text(&answer, "sub")?, subject)?;
    }
    let time = |name: &str| answer.get(name).and_then(Value::as_u64);
    if let (Some(issued), Some(expires)) = (time("iat"), time("exp"))
        && expires.saturating_sub(issued) != token.expires_in
    {
        return Err(format!("the lifetime is not the {} s of the token answer: {answer}", token.expires_in));
    }
    if let Some(payload) = jwt_part(&token.access_token, 1)
        && let (Some(is), Some(should)) = (answer.get("jti"), payload.get("jti"))
        && is != should
    {
        return Err(format!("jti is {is} and should be {should}"));
    }
    Ok(true)
}

/// `OpenID` Connect Core §5.3.
pub fn userinfo(worker: &mut Worker, token: &IssuedToken) -> Outcome<()> {
    let authorization = format!("Bearer {}", token.access_token);
    let response = worker.http.send(&Request::get("/userinfo", &[("Authorization", &authorization)]))?;
    expect(response, 200)?;
    same("sub", text(&response.json()?, "sub")?, token.subject.as_deref().unwrap_or("known"))
}

/// RFC 6749 §4.1.1 with a signed-in browser whose consent is remembered: the answer is a redirect with a code.
pub fn authorize(worker: &mut Worker, site: &Site, scope: &str) -> Outcome<Code> {
    let (state, nonce, verifier) =
        (worker.unique("state"), worker.unique("nonce"), worker.unique("verifier"));
    let path = authorize_path(&site.interactive()?.client_id, scope, &state, &nonce, &verifier);
    let response = worker.http.send(&Request::get(&path, &[("Cookie", &site.cookie)]))?;
    if !matches!(response.status, 302 | 303) {
        expect(response, 303)?;
    }
    let location = response.header("location").ok_or("the redirect has no Location")?;
    if !location.starts_with(REDIRECT_URI) {
        return Err(format!("authorize leads to {location}: the session or the consent is gone"));
    }
    let url = Url::parse(location).map_err(|error| format!("{location}: {error}"))?;
    let parameter = |name: &str| {
        let found = url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        found.ok_or_else(|| format!("{location} has no {name}"))
    };
    same("state", &parameter("state")?, &state)?;
    same("iss", &parameter("iss")?, &site.issuer)?;
    Ok(Code { value: parameter("code")?, verifier, nonce })
}

pub fn authorize_path(client_id: &str, scope: &str, state: &str, nonce: &str, verifier: &str) -> String {
    let query = form(&[
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", REDIRECT_URI),
        ("scope", scope),
        ("state", state),
        ("nonce", nonce),
        ("code_challenge", &sha256_base64(verifier)),
        ("code_challenge_method", "S256"),
    ]);
    format!("/authorize?{query}")
}

/// RFC 6749 §4.1.3. With `openid` an ID token with this request's nonce must come along.
pub fn exchange(worker: &mut Worker, site: &Site, code: &Code, openid: bool) -> Outcome<Issued> {
    let client = site.interactive()?;
    let body = [
        ("grant_type", "authorization_code"),
        ("code", code.value.as_str()),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", &code.verifier),
    ];
    let issued = token_request(worker, &client, &body)?;
    if openid {
        let claims = issued.id_token.as_ref().ok_or("the answer has no id_token")?;
        same("the nonce of the ID token", text(claims, "nonce")?, &code.nonce)?;
    }
    Ok(issued)
}

/// RFC 6749 §6 with rotation: the answer must hold a new refresh token.
pub fn refresh(worker: &mut Worker, site: &Site, refresh_token: &str) -> Outcome<Issued> {
    let client = site.interactive()?;
    let issued =
        token_request(worker, &client, &[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])?;
    match &issued.refresh_token {
        Some(new) if new != refresh_token => Ok(issued),
        Some(_) => Err("the refresh token was not rotated".to_owned()),
        None => Err("the answer has no refresh_token".to_owned()),
    }
}

fn metadata(client_name: &str, redirect_uri: &str) -> Value {
    json!({
        "client_name": client_name,
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "client_uri": "https://client.example/",
    })
}

/// RFC 7591 §3.
pub fn register(worker: &mut Worker, site: &Site) -> Outcome<RegisteredClient> {
    let number = worker.next();
    let client_name = format!("Bench {} of connection {}", number, worker.number);
    let redirect_uri = format!("{REDIRECT_URI}/{}/{number}", worker.number);
    let body = metadata(&client_name, &redirect_uri).to_string();
    let response = worker.http.send(&Request::json("POST", "/register", &[], body.as_bytes()))?;
    expect(response, 201)?;
    let answer = response.json()?;
    text(&answer, "client_secret")?;
    let client = RegisteredClient {
        client_id: text(&answer, "client_id")?.to_owned(),
        configuration_path: site.path(text(&answer, "registration_client_uri")?)?.to_owned(),
        authorization: bearer(&answer)?,
        client_name,
        redirect_uri,
    };
    holds_own_values(&answer, &client)?;
    Ok(client)
}

fn bearer(answer: &Value) -> Outcome<String> {
    Ok(format!("Bearer {}", text(answer, "registration_access_token")?))
}

fn holds_own_values(answer: &Value, client: &RegisteredClient) -> Outcome<()> {
    same("client_id", text(answer, "client_id")?, &client.client_id)?;
    same("client_name", text(answer, "client_name")?, &client.client_name)?;
    if answer.get("redirect_uris") != Some(&json!([client.redirect_uri])) {
        return Err(format!("redirect_uris are not [{}]: {answer}", client.redirect_uri));
    }
    Ok(())
}

/// RFC 7592 §2.1.
pub fn read_registration(worker: &mut Worker, client: &RegisteredClient) -> Outcome<()> {
    let headers = [("Authorization", client.authorization.as_str())];
    let response = worker.http.send(&Request::get(&client.configuration_path, &headers))?;
    expect(response, 200)?;
    holds_own_values(&response.json()?, client)
}

/// RFC 7592 §2.2: replaces name and redirect URI; what the server then holds is in the returned client.
pub fn update_registration(worker: &mut Worker, client: &RegisteredClient) -> Outcome<RegisteredClient> {
    let number = worker.next();
    let mut updated = client.clone();
    updated.client_name = format!("Bench {number} of connection {}, updated", worker.number);
    updated.redirect_uri = format!("{REDIRECT_URI}/{}/{number}/updated", worker.number);
    let mut body = metadata(&updated.client_name, &updated.redirect_uri);
    if let Some(members) = body.as_object_mut() {
        members.insert("client_id".to_owned(), json!(client.client_id));
    }
    let body = body.to_string();
    let headers = [("Authorization", client.authorization.as_str())];
    let request = Request::json("PUT", &client.configuration_path, &headers, body.as_bytes());
    let response = worker.http.send(&request)?;
    expect(response, 200)?;
    let answer = response.json()?;
    holds_own_values(&answer, &updated)?;
    updated.authorization = bearer(&answer)?;
    Ok(updated)
}

/// RFC 7592 §2.3.
pub fn delete_registration(worker: &mut Worker, client: &RegisteredClient) -> Outcome<()> {
    let headers = [("Authorization", client.authorization.as_str())];
    let path = &client.configuration_path;
    let request = Request { method: "DELETE", path, headers: &headers, content_type: None, body: &[] };
    expect(worker.http.send(&request)?, 204)
}

/// RFC 7592 §2.1: the registration of a deleted client answers 401.
pub fn is_deleted(worker: &mut Worker, client: &RegisteredClient) -> Outcome<()> {
    let headers = [("Authorization", client.authorization.as_str())];
    expect(worker.http.send(&Request::get(&client.configuration_path, &headers))?, 401)
}
