//! How a person signed in, in the words of tokens. OpenID Connect Core §2, RFC 8176.

use serde_json::Value;

/// How sure a sign-in is, the least first. OpenID Connect Core §2, `acr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Acr {
    /// One factor.
    One,
    /// Two factors.
    Two,
    /// Two factors at once that no other site can ask for: a passkey that verified the person.
    /// OpenID Connect Extended Authentication Profile ACR Values 1.0 §2.
    PhishingResistant,
}

/// Every `acr` that a sign-in here can have. OpenID Connect Discovery 1.0 §3, `acr_values_supported`.
pub const ALL: [Acr; 3] = [Acr::One, Acr::Two, Acr::PhishingResistant];

impl Acr {
    /// The value in tokens. OpenID Connect Core §2.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Two => "2",
            Self::PhishingResistant => "phr",
        }
    }

    /// The level of this value; `None` if it is none of ours. OpenID Connect Core §2.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.into_iter().find(|acr| acr.as_str() == name)
    }
}

/// One thing by which a person proved who they are. RFC 8176 §2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    Password,
    /// A passkey that verified the person.
    Passkey,
    /// A one-time code, RFC 6238.
    Totp,
    RecoveryCode,
    /// Another OpenID provider says so.
    Upstream,
    /// A link by which the password was just set anew: it counts as the password, and never as a second factor.
    ResetLink,
}

impl Method {
    /// Every method. RFC 8176 §2.
    pub const ALL: [Self; 6] =
        [Self::Password, Self::Passkey, Self::Totp, Self::RecoveryCode, Self::Upstream, Self::ResetLink];

    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::Upstream => "upstream",
            Self::ResetLink => "reset_link",
        }
    }

    /// The method that is stored as this.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == name)
    }

    /// Its name in `amr`: those of RFC 8176 §2 where it has one.
    #[must_use]
    pub const fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Passkey => "pop",
            Self::Totp => "otp",
            Self::RecoveryCode => "recovery",
            Self::Upstream => "fed",
            Self::ResetLink => "link",
        }
    }

    const fn is_second(self) -> bool {
        matches!(self, Self::Totp | Self::RecoveryCode)
    }
}

/// How sure these methods together are: two of one kind are one factor. OpenID Connect Core §2.
#[must_use]
pub fn of(methods: &[Method]) -> Acr {
    let has_second = methods.iter().any(|method| method.is_second());
    let has_first = methods.iter().any(|method| !method.is_second());
    if methods.contains(&Method::Passkey) {
        Acr::PhishingResistant
    } else if has_first && has_second {
        Acr::Two
    } else {
        Acr::One
    }
}

/// `amr` of these methods, separated by spaces; `mfa` beside them when they are two factors. RFC 8176 §2.
#[must_use]
pub fn amr(methods: &[Method]) -> String {
    let mut names: Vec<&str> = methods.iter().map(|method| method.amr()).collect();
    if of(methods) >= Acr::Two {
        names.push("mfa");
    }
    names.join(" ")
}

/// What an authorization request says about `acr`. OpenID Connect Core §3.1.2.1, §5.5.1.1.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedAcr {
    /// The least that it wishes for; nobody is refused for want of it.
    pub wished: Option<Acr>,
    /// One of these, or nobody is signed in; empty = it demands nothing.
    pub essential: Vec<Acr>,
}

impl AskedAcr {
    /// The least of the values that are known here, which is good enough for whoever lists several. OpenID Connect Core §3.1.2.1.
    #[must_use]
    pub fn wish<'a>(values: impl Iterator<Item = &'a str>) -> Option<Acr> {
        values.filter_map(Acr::from_name).min()
    }

    /// The least that will do; `None` = anything.
    #[must_use]
    pub fn least(&self) -> Option<Acr> {
        self.essential.iter().min().copied()
    }

    /// What the client is told of a sign-in of this level: of the values that it demands the highest that is true, otherwise the
    /// level itself. OpenID Connect Core §5.5.1.1.
    #[must_use]
    pub fn told(&self, acr: Acr) -> Acr {
        self.essential.iter().copied().filter(|asked| *asked <= acr).max().unwrap_or(acr)
    }
}

/// Which of ours a demand for `acr` accepts. OpenID Connect Core §5.5.1.1.
#[must_use]
pub fn accepted(accepts: impl Fn(&Value) -> bool) -> Vec<Acr> {
    ALL.into_iter().filter(|acr| accepts(&Value::from(acr.as_str()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// P16: a level is what was proven, and two proofs of one kind are one factor.
    #[test]
    fn a_level_is_what_was_proven() {
        for (methods, expected, names) in [
            (&[Method::Password][..], Acr::One, "pwd"),
            (&[Method::Totp], Acr::One, "otp"),
            (&[Method::Totp, Method::RecoveryCode], Acr::One, "otp recovery"),
            (&[Method::Password, Method::Upstream], Acr::One, "pwd fed"),
            (&[Method::Password, Method::ResetLink], Acr::One, "pwd link"),
            (&[Method::Password, Method::Totp], Acr::Two, "pwd otp mfa"),
            (&[Method::Upstream, Method::RecoveryCode], Acr::Two, "fed recovery mfa"),
            (&[Method::Passkey], Acr::PhishingResistant, "pop mfa"),
            (&[Method::Password, Method::Passkey], Acr::PhishingResistant, "pwd pop mfa"),
        ] {
            assert_eq!(of(methods), expected, "{methods:?}");
            assert_eq!(amr(methods), names);
        }
        assert!(Acr::PhishingResistant > Acr::Two && Acr::Two > Acr::One);
    }

    /// OpenID Connect Core §5.5.1.1: what the client hears is one of the values that it demands.
    #[test]
    fn a_client_is_told_a_value_that_it_asked_for() {
        let asked = |essential: &[Acr]| AskedAcr { wished: None, essential: essential.to_vec() };
        assert_eq!(asked(&[]).told(Acr::Two), Acr::Two);
        assert_eq!(asked(&[Acr::One]).told(Acr::PhishingResistant), Acr::One);
        assert_eq!(asked(&[Acr::Two, Acr::One]).told(Acr::Two), Acr::Two);
        assert_eq!(AskedAcr::wish("urn:mace:gold phr 2".split(' ')), Some(Acr::Two));
        assert_eq!(AskedAcr::wish("urn:mace:gold".split(' ')), None);
    }

    #[test]
    fn names_lead_back() {
        assert!(ALL.into_iter().all(|acr| Acr::from_name(acr.as_str()) == Some(acr)));
        assert!(Method::ALL.into_iter().all(|it| Method::from_name(it.as_str()) == Some(it)));
    }
}
