//! From submitted members to accepted metadata, or to a refusal that names the member at fault. RFC 7591 §2 and §3.
//!
//! Every path that makes or changes a client comes through [`accept`]: registration, update, command line and import. What it
//! returns, submitted again under the same policy, is returned unchanged: create and update cannot differ.
//!
//! Lists are cut to what is supported and refused only if nothing is left; repetitions in them are removed. Members of no known
//! name are ignored.

use serde_json::{Map, Value};

use super::choices::{
    ID_TOKEN_ALGORITHM, MAX_VALUES, Pair, REQUEST_OBJECT_ALGORITHM, SUBJECT_TYPE, USERINFO_ALGORITHM,
    check_offers, choice, choice_of,
};
use super::languages::tagged;
use super::logout::{backchannel_logout_uri, frontchannel_logout_uri};
use super::members::{Members, check_web_uri};
use super::metadata::{ApplicationType, AuthMethod, ClientMetadata, GrantType, SubjectType};
use super::policy::Limits;
use super::proving::proving;
use super::refusal::{RegistrationErrorCode, RegistrationRefusal};
use super::sector_identifier;
use super::software_statement::{Statement, StatementTrust};
use super::unbuilt::refuse_unbuilt;
use crate::keys::Algorithm;
use crate::protocol::pkce::S256;
use crate::protocol::redirect_uri::{check_registered, is_loopback, is_private_use};
use crate::protocol::resource::AccessTokenFormat;
use crate::protocol::scope::Scopes;

const MAX_REDIRECT_URIS: usize = 10;
const MAX_SCOPE: usize = 1024;
/// OpenID Connect Core §6.2.
const MAX_REQUEST_URI: usize = 512;

/// The one response type that Grantor has. RFC 6749 §3.1.1; RFC 9700 §2.1.2 advises against the others.
const CODE: &str = "code";

type Read<T> = Result<T, RegistrationRefusal>;

/// What the one who registers may have. RFC 7591 §3.2.1: the server may reject or replace what was asked for.
#[derive(Clone, Copy, Debug)]
pub struct RegistrationPolicy<'a> {
    /// Others are dropped from `grant_types`.
    pub grant_types: &'a [GrantType],
    /// Others are dropped from `scope`; a client that names none gets all of these.
    pub scopes: &'a Scopes,
    /// Every one of these holds for what results.
    pub limits: &'a [Limits],
    /// Schemes without a dot that redirection URIs may have. RFC 8252 §7.1.
    pub private_use_schemes: &'a [String],
    pub door: Door,
    pub statements: StatementTrust<'a>,
}

/// Through which door the metadata came: all pass the same rules, and these few more or fewer. RFC 7591 §3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// The client itself: registration, update.
    Client,
    /// An operator, who may also set what is no client's business.
    Operator,
    /// A client id metadata document, which can hold nothing that two sides would have to keep secret.
    Document,
}

/// Metadata that passed. RFC 7591 §3.2.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub metadata: ClientMetadata,
    /// The issuer of the software statement that vouches for the client. RFC 7591 §2.3.
    pub verified_by: Option<String>,
}

/// Validates a complete set of client metadata, and fills in the defaults. RFC 7591 §2 and §3.2.1.
pub fn accept(
    submitted: &Map<String, Value>,
    policy: &RegistrationPolicy<'_>,
) -> Result<Accepted, RegistrationRefusal> {
    let Some(statement) = Statement::read(Members(submitted), &policy.statements)? else {
        return Ok(Accepted { metadata: metadata(Members(submitted), policy)?, verified_by: None });
    };
    let mut metadata = metadata(Members(&statement.merged_into(submitted)), policy)?;
    let verified_by = statement.keep_in(&mut metadata);
    Ok(Accepted { metadata, verified_by })
}

fn metadata(submitted: Members<'_>, policy: &RegistrationPolicy<'_>) -> Read<ClientMetadata> {
    refuse_unbuilt(submitted)?;
    check_offers(submitted)?;
    if policy.door == Door::Document {
        refuse_shared_secrets(submitted)?;
    }
    check_code_challenge_method(submitted)?;
    let proving = proving(submitted, policy.door)?;
    let grants = grant_types(submitted, policy, proving.method)?;
    let response_types = response_types(submitted, &grants)?;
    let redirect_uris = redirect_uris(submitted, policy, &grants.kept)?;
    let (mcp_version, mcp_capabilities) = mcp_members(submitted)?;
    let mut metadata = ClientMetadata {
        token_endpoint_auth_method: proving.method,
        token_endpoint_auth_signing_alg: proving.algorithm,
        response_types,
        client_name: submitted.text("client_name")?,
        client_uri: submitted.web_uri("client_uri")?,
        logo_uri: submitted.web_uri("logo_uri")?,
        scope: scope(submitted, policy)?,
        contacts: submitted.texts("contacts", MAX_VALUES)?,
        tos_uri: submitted.web_uri("tos_uri")?,
        policy_uri: submitted.web_uri("policy_uri")?,
        jwks_uri: proving.jwks_uri,
        jwks: proving.jwks,
        software_id: submitted.text("software_id")?,
        software_version: submitted.text("software_version")?,
        software_statement: None,
        application_type: application_type(submitted, &redirect_uris)?,
        subject_type: None,
        sector_identifier_uri: sector_identifier_uri(submitted, policy)?,
        id_token_signed_response_alg: choice_of(submitted, ID_TOKEN_ALGORITHM, &ALGORITHMS)?,
        userinfo_signed_response_alg: wanted_algorithm(submitted, USERINFO_ALGORITHM)?,
        request_object_signing_alg: wanted_algorithm(submitted, REQUEST_OBJECT_ALGORITHM)?,
        require_signed_request_object: submitted.flag("require_signed_request_object")?,
        request_uris: request_uris(submitted)?,
        default_max_age: submitted.seconds("default_max_age")?,
        require_auth_time: submitted.flag("require_auth_time")?,
        default_acr_values: submitted.texts("default_acr_values", MAX_VALUES)?,
        post_logout_redirect_uris: post_logout_redirect_uris(submitted, policy)?,
        backchannel_logout_uri: backchannel_logout_uri(submitted)?,
        backchannel_logout_session_required: submitted.flag("backchannel_logout_session_required")?,
        frontchannel_logout_uri: frontchannel_logout_uri(submitted, &redirect_uris)?,
        frontchannel_logout_session_required: submitted.flag("frontchannel_logout_session_required")?,
        initiate_login_uri: https_uri(submitted, "initiate_login_uri")?,
        access_token_format: access_token_format(submitted, policy)?,
        mcp_version,
        mcp_capabilities,
        tagged: tagged(submitted)?,
        redirect_uris,
        grant_types: grants.kept,
    };
    metadata.subject_type = subject_type(submitted, &metadata)?;
    policy.limits.iter().try_for_each(|limits| limits.check(&metadata))?;
    Ok(metadata)
}

/// What an update must and must not hold beside the metadata; returns the `client_secret` that was sent, for the caller to
/// compare. RFC 7592 §2.2.
pub fn check_update(
    submitted: &Map<String, Value>,
    client_id: &str,
) -> Result<Option<String>, RegistrationRefusal> {
    let submitted = Members(submitted);
    match submitted.string("client_id")? {
        Some(sent) if sent == client_id => {}
        Some(_) => return Err(RegistrationRefusal::metadata("client_id", "is not the id of this client")),
        None => return Err(RegistrationRefusal::metadata("client_id", "is missing")),
    }
    for name in [
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    ] {
        if submitted.get(name).is_some() {
            return Err(RegistrationRefusal::metadata(name, "is set by the server and must not be sent"));
        }
    }
    Ok(submitted.string("client_secret")?.map(str::to_owned))
}

const ALGORITHMS: [(&str, Algorithm); 4] = [
    ("RS256", Algorithm::RS256),
    ("ES256", Algorithm::ES256),
    ("PS256", Algorithm::PS256),
    ("EdDSA", Algorithm::EdDSA),
];

const SUBJECT_TYPES: [(&str, SubjectType); 2] =
    [("public", SubjectType::Public), ("pairwise", SubjectType::Pairwise)];

/// What a client can do is no wish here: claims in plain JSON are what every client can read, and without a word every algorithm for
/// request objects is good. OpenID Connect Dynamic Client Registration 1.0 §2.
fn wanted_algorithm(submitted: Members<'_>, pair: Pair) -> Read<Option<Algorithm>> {
    let chosen = choice_of(submitted, pair, &ALGORITHMS);
    match submitted.string(pair.single)? {
        Some(_) => chosen,
        None => submitted.strings(pair.several, MAX_VALUES).map(|_| None),
    }
}

/// A client of no sector that could do with `public` gets that. OpenID Connect Core 1.0 §8.1.
fn subject_type(submitted: Members<'_>, metadata: &ClientMetadata) -> Read<Option<SubjectType>> {
    let chosen = choice_of(submitted, SUBJECT_TYPE, &SUBJECT_TYPES)?;
    if chosen != Some(SubjectType::Pairwise) || sector_identifier::has_sector(metadata) {
        return Ok(chosen);
    }
    let offered = submitted.strings(SUBJECT_TYPE.several, MAX_VALUES)?;
    if offered.iter().any(|name| name == "public") {
        return Ok(Some(SubjectType::Public));
    }
    let fault =
        "pairwise needs a sector_identifier_uri, or redirect_uris that are https and all have the same host";
    Err(RegistrationRefusal::metadata(SUBJECT_TYPE.single, fault))
}

const FORMATS: [(&str, AccessTokenFormat); 2] =
    [("jwt", AccessTokenFormat::Jwt), ("opaque", AccessTokenFormat::Opaque)];

const APPLICATION_TYPES: [(&str, ApplicationType); 2] =
    [("web", ApplicationType::Web), ("native", ApplicationType::Native)];

/// A document is public: there is no way to give its client a secret. draft-ietf-oauth-client-id-metadata-document-02 §4.1.
fn refuse_shared_secrets(submitted: Members<'_>) -> Read<()> {
    for name in ["client_secret", "client_secret_expires_at"] {
        if submitted.get(name).is_some() {
            return Err(RegistrationRefusal::metadata(
                name,
                "must not stand in a client id metadata document",
            ));
        }
    }
    Ok(())
}

struct Grants {
    kept: Vec<GrantType>,
    /// Whether `authorization_code` was asked for, kept or not.
    code_asked_for: bool,
}

fn grant_types(submitted: Members<'_>, policy: &RegistrationPolicy<'_>, method: AuthMethod) -> Read<Grants> {
    let mut asked = submitted.strings("grant_types", MAX_VALUES)?;
    if asked.is_empty() {
        asked.push(GrantType::AuthorizationCode.as_str().to_owned());
    }
    let mut kept: Vec<GrantType> = asked.iter().filter_map(|name| GrantType::from_name(name)).collect();
    let code_asked_for = kept.contains(&GrantType::AuthorizationCode);
    kept.retain(|grant_type| policy.grant_types.contains(grant_type));
    // RFC 6749 §4.4: client credentials are for confidential clients only.
    let without_a_secret = method == AuthMethod::None && kept.contains(&GrantType::ClientCredentials);
    if without_a_secret {
        kept.retain(|grant_type| *grant_type != GrantType::ClientCredentials);
    }
    // RFC 6749 §4.4.3: nothing but a code leads to a refresh token.
    if !kept.contains(&GrantType::AuthorizationCode) {
        kept.retain(|grant_type| *grant_type != GrantType::RefreshToken);
    }
    if !kept.is_empty() {
        return Ok(Grants { kept, code_asked_for });
    }
    if without_a_secret {
        let fault = "asks for client_credentials, which needs a token_endpoint_auth_method other than none";
        return Err(RegistrationRefusal::metadata("grant_types", fault));
    }
    let fault = "holds nothing that this client may use alone";
    Err(RegistrationRefusal::value("grant_types", &asked.join(" "), fault))
}

/// `code` if and only if there is the grant `authorization_code`. RFC 7591 §2.1.
fn response_types(submitted: Members<'_>, grants: &Grants) -> Read<Vec<String>> {
    let asked = submitted.strings("response_types", MAX_VALUES)?;
    let asks_for_code = asked.iter().any(|response_type| response_type == CODE);
    if !asked.is_empty() && !asks_for_code {
        let fault = "is not supported: use code";
        return Err(RegistrationRefusal::value("response_types", &asked.join(" "), fault));
    }
    if asks_for_code && !grants.code_asked_for {
        let fault = "holds code, but grant_types does not hold authorization_code";
        return Err(RegistrationRefusal::metadata("response_types", fault));
    }
    let has_code_grant = grants.kept.contains(&GrantType::AuthorizationCode);
    Ok(if has_code_grant { vec![CODE.to_owned()] } else { Vec::new() })
}

fn redirect_uris(
    submitted: Members<'_>,
    policy: &RegistrationPolicy<'_>,
    grant_types: &[GrantType],
) -> Read<Vec<String>> {
    let code = RegistrationErrorCode::InvalidRedirectUri;
    let uris = checked_uris(submitted, "redirect_uris", policy).map_err(|refusal| refusal.with_code(code))?;
    if uris.is_empty() && grant_types.contains(&GrantType::AuthorizationCode) {
        let refusal = RegistrationRefusal::metadata(
            "redirect_uris",
            "is missing: the grant type authorization_code needs one",
        );
        return Err(refusal.with_code(code));
    }
    Ok(uris)
}

/// OpenID Connect RP-Initiated Logout 1.0 §3.1; under the rules of `redirect_uris`, because the browser goes there, too.
fn post_logout_redirect_uris(submitted: Members<'_>, policy: &RegistrationPolicy<'_>) -> Read<Vec<String>> {
    checked_uris(submitted, "post_logout_redirect_uris", policy)
}

fn checked_uris(submitted: Members<'_>, name: &str, policy: &RegistrationPolicy<'_>) -> Read<Vec<String>> {
    let uris = submitted.strings(name, MAX_REDIRECT_URIS)?;
    for uri in &uris {
        check_registered(uri, policy.private_use_schemes)
            .map_err(|fault| RegistrationRefusal::value(name, uri, fault))?;
    }
    Ok(uris)
}

/// Where request objects may be fetched from; a fragment marks a version. OpenID Connect Core §6.2.
fn request_uris(submitted: Members<'_>) -> Read<Vec<String>> {
    let uris = submitted.strings("request_uris", MAX_REDIRECT_URIS)?;
    for uri in &uris {
        check_web_uri("request_uris", uri)?;
        if uri.len() > MAX_REQUEST_URI {
            let fault = format_args!("is longer than {MAX_REQUEST_URI} characters");
            return Err(RegistrationRefusal::value("request_uris", uri, fault));
        }
    }
    Ok(uris)
}

/// Native is also read from redirects that only a native application can have. RFC 8252 §7.
fn application_type(submitted: Members<'_>, redirect_uris: &[String]) -> Read<ApplicationType> {
    if let Some(sent) = choice(submitted, "application_type", &APPLICATION_TYPES)? {
        return Ok(sent);
    }
    let native =
        !redirect_uris.is_empty() && redirect_uris.iter().all(|uri| is_loopback(uri) || is_private_use(uri));
    Ok(if native { ApplicationType::Native } else { ApplicationType::Web })
}

fn scope(submitted: Members<'_>, policy: &RegistrationPolicy<'_>) -> Read<Scopes> {
    let Some(sent) = submitted.string("scope")? else { return Ok(policy.scopes.without_own()) };
    // What we answered must be acceptable when it comes back in an update.
    let longest = MAX_SCOPE.max(policy.scopes.to_string().len());
    if sent.len() > longest {
        return Err(RegistrationRefusal::metadata(
            "scope",
            format_args!("is longer than {longest} characters"),
        ));
    }
    let asked = Scopes::parse(sent).map_err(|_| {
        RegistrationRefusal::value("scope", sent, "holds a character that a scope cannot have")
    })?;
    if asked.is_empty() {
        return Ok(policy.scopes.without_own());
    }
    let kept = asked.intersection(policy.scopes);
    if kept.is_empty() {
        return Err(RegistrationRefusal::value("scope", sent, "holds no scope that this client may have"));
    }
    Ok(kept)
}

/// A page that is https in every case. OpenID Connect Core 1.0 §4, OpenID Connect Dynamic Client Registration 1.0 §2.
fn https_uri(submitted: Members<'_>, name: &str) -> Read<Option<String>> {
    let uri = submitted.web_uri(name)?;
    if let Some(insecure) = uri.as_deref().filter(|uri| is_loopback(uri)) {
        return Err(RegistrationRefusal::value(name, insecure, "does not use https"));
    }
    Ok(uri)
}

/// What stands behind it is the caller's to look at. For a document nothing more is fetched, and nothing of it is kept.
fn sector_identifier_uri(submitted: Members<'_>, policy: &RegistrationPolicy<'_>) -> Read<Option<String>> {
    let uri = https_uri(submitted, "sector_identifier_uri")?;
    Ok(uri.filter(|_| policy.door != Door::Document))
}

/// From anybody but an operator it is a member of no known name.
fn access_token_format(
    submitted: Members<'_>,
    policy: &RegistrationPolicy<'_>,
) -> Read<Option<AccessTokenFormat>> {
    if policy.door == Door::Operator { choice(submitted, "access_token_format", &FORMATS) } else { Ok(None) }
}

/// Grantor knows S256 only, and so must the client. RFC 7636 §4.3.
fn check_code_challenge_method(submitted: Members<'_>) -> Read<()> {
    choice(submitted, "code_challenge_method", &[(S256, ())])?;
    let methods = submitted.strings("code_challenge_methods", MAX_VALUES)?;
    if methods.is_empty() || methods.iter().any(|method| method == S256) {
        return Ok(());
    }
    let fault = "is not supported: use S256";
    Err(RegistrationRefusal::value("code_challenge_methods", &methods.join(" "), fault))
}

/// Members that MCP clients send; either brings the other's default with it.
fn mcp_members(submitted: Members<'_>) -> Read<(Option<String>, Vec<String>)> {
    let version = submitted.text("mcp_version")?;
    let capabilities = submitted.texts("mcp_capabilities", MAX_VALUES)?;
    if version.is_none() && capabilities.is_empty() {
        return Ok((None, Vec::new()));
    }
    let capabilities = if capabilities.is_empty() {
        ["resources", "tools", "prompts"].map(str::to_owned).to_vec()
    } else {
        capabilities
    };
    Ok((Some(version.unwrap_or_else(|| "2024-11-05".to_owned())), capabilities))
}

#[cfg(test)]
pub(super) mod tests;
