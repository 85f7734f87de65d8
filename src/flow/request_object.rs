//! Makes an authorization request plain: what its request object holds, and whom its `id_token_hint` means, is found out once,
//! before anything is stored or shown. OpenID Connect Core §6, RFC 9101.

use super::authorize::{self, Authorized};
use super::{Means, client_keys, id_token_hint};
use crate::fetch::Purpose;
use crate::protocol::authorization::refusal::{AuthorizationErrorCode as Code, AuthorizationRefusal};
use crate::protocol::authorization::request_object::{
    self, HINTED_SUBJECT, ObjectFault, RESOLVED, SIGNED, check_claims, check_header,
};
use crate::protocol::jwt;
use crate::protocol::params::Params;
use crate::storage::Failure;
use crate::storage::clients::Client;

/// Longer addresses are no `request_uri`. OpenID Connect Core §6.2.
const LONGEST_URI: usize = 512;

/// The request without `request`, `request_uri` and `id_token_hint`, and with what they say in their place.
/// OpenID Connect Core §6.
pub async fn resolve(means: &Means, params: Params) -> Authorized<Params> {
    let params = params.without(&[SIGNED, HINTED_SUBJECT]);
    if RESOLVED.iter().all(|name| params.get(name).is_none()) {
        return Ok(params);
    }
    // Without a client there is nobody who could have signed anything: whoever reads on says so.
    let Some(client_id) = params.get("client_id").map(str::to_owned) else { return Ok(params) };
    let client = authorize::active_client(means, client_id).await?;
    let reading = Reading { means, client: &client };
    let params = match (params.get("request"), params.get("request_uri")) {
        (Some(_), Some(_)) => {
            return Err(reading.refuse(
                &params,
                Code::InvalidRequest,
                "request and request_uri must not both be sent",
            ));
        }
        (None, None) => params,
        (Some(object), None) => reading.unpack(&params, object).await?,
        (None, Some(uri)) => {
            let object = reading.fetch(&params, uri).await?;
            reading.unpack(&params, &object).await?
        }
    };
    reading.name_person(params)
}

struct Reading<'a> {
    means: &'a Means,
    client: &'a Client,
}

impl Reading<'_> {
    /// The client is told at the address in the query: what the object says about it is not believed yet.
    fn refuse(&self, params: &Params, code: Code, text: impl Into<String>) -> Failure<AuthorizationRefusal> {
        authorize::refuse_request(self.means, self.client, params, code, text.into())
    }

    /// What needs no key comes first: nobody makes us fetch anything by a text that cannot be good.
    async fn unpack(&self, params: &Params, object: &str) -> Authorized<Params> {
        let Client { client_id, metadata, .. } = self.client;
        let (issuer, now) = (self.means.config.issuer.as_str(), self.means.clock.now());
        let invalid = |fault: ObjectFault| self.refuse(params, Code::InvalidRequestObject, fault.to_string());
        let acceptable = || -> Result<(), ObjectFault> {
            check_header(&jwt::header(object)?, metadata)?;
            check_claims(&jwt::unverified_claims(object)?, client_id, issuer, now)
        };
        acceptable().map_err(invalid)?;
        let verified = client_keys::verify(self.means, self.client, object).await;
        let (_, claims) = verified.map_err(|failure| match failure {
            Failure::Refused(fault) => invalid(fault.into()),
            Failure::Broken(error) => Failure::Broken(error),
        })?;
        request_object::merge(params, &claims, metadata.require_signed_request_object).map_err(invalid)
    }

    /// Only from an address that the client registered, and each time anew: its signature says whether it is still good.
    async fn fetch(&self, params: &Params, uri: &str) -> Authorized<String> {
        if !self.means.config.authorization.request_uri {
            let text = "request_uri is not offered; send the request object by value in request";
            return Err(self.refuse(params, Code::RequestUriNotSupported, text));
        }
        let registered = &self.client.metadata.request_uris;
        if uri.len() > LONGEST_URI || !request_object::is_registered(registered, uri) {
            let text = "request_uri is not one that the client registered";
            return Err(self.refuse(params, Code::InvalidRequestUri, text));
        }
        let invalid = |text: String| self.refuse(params, Code::InvalidRequestUri, text);
        let address = uri.split('#').next().unwrap_or_default();
        let fetched = self.means.fetcher.get(address, Purpose::RequestObject).await;
        let fetched = fetched.map_err(|error| invalid(format!("request_uri was asked for, and {error}")))?;
        let text =
            String::from_utf8(fetched.body).map_err(|_| invalid("request_uri holds no JWT".to_owned()))?;
        Ok(text.trim().to_owned())
    }

    /// In place of an ID token, which is nothing to be stored: the person it is about. OpenID Connect Core §3.1.2.1.
    fn name_person(&self, params: Params) -> Authorized<Params> {
        let Some(token) = params.get("id_token_hint") else { return Ok(params) };
        let hint = id_token_hint::read(self.means, token).filter(|hint| hint.aud == self.client.client_id);
        let Some(hint) = hint else {
            let text = "id_token_hint is not an ID token that this server issued to this client";
            return Err(self.refuse(&params, Code::InvalidRequest, text));
        };
        Ok(params.without(&["id_token_hint"]).with(HINTED_SUBJECT, hint.sub))
    }
}
