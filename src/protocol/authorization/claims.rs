//! What a client may have of the claims that it asks for one by one. OpenID Connect Core §5.5.

use serde_json::Value;

use super::request::Rules;
use crate::protocol::acr::{self, Acr, AskedAcr};
use crate::protocol::claims_request::{ClaimsRequest, RequestedClaim};
use crate::protocol::scope::Scopes;

/// Claims about the sign-in and not about the person: they need no scope.
const OF_THE_SIGN_IN: [&str; 4] = ["sub", "acr", "amr", "auth_time"];

/// The claims that may be had, and the scopes that a person has to allow for them: a claim is had as its scope is, so that nothing
/// is got by a claim that its scope would not give. Without `openid` there is nothing to ask for. OpenID Connect Core §5.5.
pub(super) fn usable(asked: ClaimsRequest, granted: &Scopes, rules: &Rules<'_>) -> (ClaimsRequest, Scopes) {
    if !granted.contains("openid") {
        return (ClaimsRequest::default(), granted.clone());
    }
    let opened_by = |claim: &str| {
        let opens = rules.scopes.iter().filter(|scope| scope.claims.iter().any(|it| it == claim));
        let mut names =
            opens.map(|scope| scope.name.as_str()).filter(|name| rules.usable_scopes.contains(name));
        let first = names.clone().next();
        names.find(|name| granted.contains(name)).or(first)
    };
    let claims = asked.only(|name| OF_THE_SIGN_IN.contains(&name) || opened_by(name).is_some());
    let needed: Scopes = claims
        .claims()
        .filter(|claim| !OF_THE_SIGN_IN.contains(&claim.name.as_str()))
        .filter_map(|claim| opened_by(&claim.name))
        .collect();
    let shown = granted.union(&needed);
    (claims, shown)
}

/// The values of `sub` that are asked for, in every place that asks for some: somebody else must not answer, and nobody if no
/// `sub` can be all of that; `None` = anybody. OpenID Connect Core §5.5.1.
pub(super) fn subjects(claims: &ClaimsRequest) -> Option<Vec<String>> {
    let asked = claims.claims().filter(|claim| claim.name == "sub" && !claim.values.is_empty());
    let texts = |values: &[Value]| -> Vec<String> {
        values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    asked.map(|claim| texts(&claim.values)).reduce(|mut both, one| {
        both.retain(|subject| one.contains(subject));
        both
    })
}

/// An essential `acr` that is not to be had here is a failed sign-in; any other is a wish. OpenID Connect Core §5.5.1.1.
pub(super) fn demands_another_acr(asked: &ClaimsRequest) -> bool {
    acr_claim(asked).is_some_and(|claim| claim.essential) && essential_acr(asked).is_empty()
}

/// Those of ours that an essential `acr` accepts; empty if it demands none. OpenID Connect Core §5.5.1.1.
pub(super) fn essential_acr(asked: &ClaimsRequest) -> Vec<Acr> {
    acr_claim(asked)
        .filter(|claim| claim.essential)
        .map(|claim| acr::accepted(|value| claim.accepts(value)))
        .unwrap_or_default()
}

/// What the client is told of a sign-in of this level, by what it demanded. OpenID Connect Core §5.5.1.1.
#[must_use]
pub fn told_acr(asked: &ClaimsRequest, reached: Acr) -> Acr {
    AskedAcr { wished: None, essential: essential_acr(asked) }.told(reached)
}

/// The least of the values that are wished for without being demanded. OpenID Connect Core §5.5.1.1.
pub(super) fn wished_acr(asked: &ClaimsRequest) -> Option<Acr> {
    let claim = acr_claim(asked).filter(|claim| !claim.essential)?;
    AskedAcr::wish(claim.values.iter().filter_map(Value::as_str))
}

fn acr_claim(asked: &ClaimsRequest) -> Option<&RequestedClaim> {
    asked.id_token.iter().find(|claim| claim.name == "acr")
}
