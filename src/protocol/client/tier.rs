//! Who vouches for a client. RFC 7591 §5: what a client says of itself is its own word.

/// How sure a person can be who made a client, surest first. RFC 7591 §2.3 and §5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tier {
    /// An operator of this server made it.
    Operator,
    /// A trusted issuer signed its software statement. RFC 7591 §2.3.
    VerifiedByIssuer(String),
    /// This host publishes its client id metadata document: whoever made it has that web site.
    DomainVerified(String),
    /// Nobody: it registered itself.
    SelfRegistered,
}

/// What is known of where a client came from.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    pub made_by_operator: bool,
    /// The issuer of its software statement, if this server still trusts it.
    pub trusted_issuer: Option<&'a str>,
    /// Its `client_id`, if that is the address of its client id metadata document.
    pub document: Option<&'a str>,
}

impl Tier {
    /// The best that can be said of it. RFC 7591 §5.
    #[must_use]
    pub fn of(provenance: Provenance<'_>) -> Self {
        if provenance.made_by_operator {
            return Self::Operator;
        }
        if let Some(issuer) = provenance.trusted_issuer {
            return Self::VerifiedByIssuer(issuer.to_owned());
        }
        match provenance.document.and_then(super::links::host) {
            Some(host) => Self::DomainVerified(host),
            None => Self::SelfRegistered,
        }
    }

    /// Whether somebody who was asked says that the name is right; a domain proves itself only. RFC 7591 §5.
    #[must_use]
    pub fn is_vouched_for(&self) -> bool {
        matches!(self, Self::Operator | Self::VerifiedByIssuer(_))
    }

    /// As it is named to administrators. RFC 7591 §5.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::VerifiedByIssuer(_) => "verified_by_issuer",
            Self::DomainVerified(_) => "domain_verified",
            Self::SelfRegistered => "self_registered",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D06: the best that is known decides; an address that is none proves nothing.
    #[test]
    fn a_tier_is_the_best_that_is_known() {
        let nothing = Provenance { made_by_operator: false, trusted_issuer: None, document: None };
        let document = Some("https://App.example/client.json");
        let of = Tier::of;
        assert_eq!(of(nothing), Tier::SelfRegistered);
        assert_eq!(of(Provenance { document: Some("c-123"), ..nothing }), Tier::SelfRegistered);
        assert_eq!(of(Provenance { document, ..nothing }), Tier::DomainVerified("app.example".to_owned()));
        let issuer = Provenance { trusted_issuer: Some("https://i.example"), document, ..nothing };
        assert_eq!(of(issuer), Tier::VerifiedByIssuer("https://i.example".to_owned()));
        assert_eq!(of(Provenance { made_by_operator: true, ..issuer }), Tier::Operator);
        assert!(of(issuer).is_vouched_for() && !of(Provenance { document, ..nothing }).is_vouched_for());
    }
}
