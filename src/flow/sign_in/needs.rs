//! Whether what a person has proven will do. Security statements P12 and P16.

use crate::protocol::acr::{self, Acr, Method};
use crate::storage::sign_ins::Standing;

/// What a sign-in is for asks of it. OpenID Connect Core §3.1.2.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Demands {
    /// Without this nobody is signed in.
    pub least: Option<Acr>,
    /// Without this no administrator is.
    pub least_of_administrators: Option<Acr>,
    /// This is asked of whoever has the means.
    pub wished: Option<Acr>,
}

/// What comes after a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Enough,
    /// By another factor that the person has.
    AskMore,
    /// They have none that would do.
    Enrol,
}

/// The least that this person is signed in with. Whoever has set up one-time codes is asked for one each time.
pub(super) fn required(standing: Standing, demands: Demands) -> Acr {
    let of_person = if standing.must_have_two || standing.has_totp { Acr::Two } else { Acr::One };
    let of_office = demands.least_of_administrators.filter(|_| standing.is_administrator);
    demands.least.max(of_office).map_or(of_person, |least| least.max(of_person))
}

pub(super) fn verdict(standing: Standing, methods: &[Method], demands: Demands) -> Verdict {
    let (reached, required) = (acr::of(methods), required(standing, demands));
    let can_reach = |acr: Acr| match acr {
        Acr::One => true,
        Acr::Two => standing.has_totp || standing.has_recovery_code || standing.has_passkey,
        Acr::PhishingResistant => standing.has_passkey,
    };
    if reached >= required {
        let wish = demands.wished.filter(|wished| *wished > reached && can_reach(*wished));
        return if wish.is_some() { Verdict::AskMore } else { Verdict::Enough };
    }
    // Whoever has a second factor shows it before they set up another one.
    if can_reach(required) || (reached < Acr::Two && can_reach(Acr::Two)) {
        Verdict::AskMore
    } else {
        Verdict::Enrol
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOBODY: Standing = Standing {
        has_totp: false,
        has_passkey: false,
        has_recovery_code: false,
        must_have_two: false,
        is_administrator: false,
    };
    const PASSWORD: &[Method] = &[Method::Password];
    const TWO: &[Method] = &[Method::Password, Method::Totp];

    fn demands(least: Option<Acr>, wished: Option<Acr>) -> Demands {
        Demands { least, wished, ..Demands::default() }
    }

    /// P12: a second factor is asked of whoever has one-time codes, and of whoever must have two.
    #[test]
    fn a_second_factor_is_asked_for() {
        let none = Demands::default();
        let with_totp = Standing { has_totp: true, ..NOBODY };
        let strict = Standing { must_have_two: true, ..NOBODY };
        assert_eq!(verdict(NOBODY, PASSWORD, none), Verdict::Enough);
        assert_eq!(verdict(with_totp, PASSWORD, none), Verdict::AskMore);
        assert_eq!(verdict(with_totp, TWO, none), Verdict::Enough);
        assert_eq!(verdict(strict, PASSWORD, none), Verdict::Enrol);
        assert_eq!(verdict(Standing { has_passkey: true, ..strict }, PASSWORD, none), Verdict::AskMore);
        assert_eq!(verdict(strict, &[Method::Passkey], none), Verdict::Enough);
        assert_eq!(verdict(with_totp, &[Method::Upstream], none), Verdict::AskMore, "upstream is one factor");
        assert_eq!(verdict(with_totp, &[Method::ResetLink], none), Verdict::AskMore, "P18");
    }

    /// U15: what is asked of administrators is asked of nobody else.
    #[test]
    fn an_administrator_needs_two() {
        let of_administrators = Demands { least_of_administrators: Some(Acr::Two), ..Demands::default() };
        let root = Standing { is_administrator: true, ..NOBODY };
        assert_eq!(verdict(NOBODY, PASSWORD, of_administrators), Verdict::Enough);
        assert_eq!(verdict(root, PASSWORD, Demands::default()), Verdict::Enough);
        assert_eq!(verdict(root, PASSWORD, of_administrators), Verdict::Enrol);
        assert_eq!(verdict(root, TWO, of_administrators), Verdict::Enough);
    }

    /// P16: a demand for a passkey is met by a passkey; whoever has another factor shows it before a passkey is set up.
    #[test]
    fn a_passkey_is_a_passkey() {
        let phr = demands(Some(Acr::PhishingResistant), None);
        let with_totp = Standing { has_totp: true, ..NOBODY };
        assert_eq!(verdict(NOBODY, PASSWORD, phr), Verdict::Enrol);
        assert_eq!(verdict(with_totp, PASSWORD, phr), Verdict::AskMore);
        assert_eq!(verdict(with_totp, TWO, phr), Verdict::Enrol);
        assert_eq!(verdict(Standing { has_passkey: true, ..with_totp }, TWO, phr), Verdict::AskMore);
    }

    /// OpenID Connect Core §3.1.2.1: a wish is asked of whoever can, and keeps nobody out.
    #[test]
    fn a_wish_keeps_nobody_out() {
        let wish = demands(None, Some(Acr::Two));
        assert_eq!(verdict(NOBODY, PASSWORD, wish), Verdict::Enough);
        assert_eq!(verdict(Standing { has_passkey: true, ..NOBODY }, PASSWORD, wish), Verdict::AskMore);
    }
}
