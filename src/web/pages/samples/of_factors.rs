//! The pages of passkeys, one-time codes and recovery codes.

use super::super::account::{AccountEntry, AccountFrame, AccountPart};
use super::super::factors::*;
use super::*;

fn frame(words: &Words) -> AccountFrame {
    let texts = Texts::default();
    let entry = |part: &AccountPart| AccountEntry {
        href: format!("/auth{}", part.path()),
        label: part.title(texts),
        is_current: *part == AccountPart::Factors,
    };
    AccountFrame {
        title: AccountPart::Factors.title(texts),
        user_name: words.user.clone(),
        entries: AccountPart::ALL.iter().map(entry).collect(),
        sign_out_csrf: words.token.clone(),
        error: None,
        done: None,
    }
}

fn post(words: &Words, below: &str) -> Post {
    Post { action: format!("/auth/account/factors{below}"), csrf: words.token.clone() }
}

fn everything(words: &Words) -> FactorsPage {
    let passkey = |id, is_backed_up| PasskeyItem {
        id,
        name: words.client.clone(),
        is_backed_up,
        facts: "Added on 21 November 2026, not used yet.".to_owned(),
        rename: Some(post(words, "/passkeys/1/name")),
        remove: Some(post(words, "/passkeys/1/remove")),
    };
    FactorsPage {
        chrome: chrome(),
        frame: frame(words),
        confirm_href: None,
        devices_href: None,
        lacks_factor: false,
        keeps_last: false,
        has_passkeys: true,
        passkeys: vec![passkey(1, true), passkey(2, false)],
        add_passkey: Some(AddPasskey {
            post: post(words, "/passkeys"),
            options: post(words, "/passkeys/options"),
        }),
        one_time_codes: OneTimeCodesItem {
            facts: Some("Set up on 21 November 2026.".to_owned()),
            set_up: Some(post(words, "/one-time-codes")),
            remove: Some(post(words, "/one-time-codes/remove")),
        },
        recovery_codes: RecoveryCodesItem {
            facts: Some("One code is left.".to_owned()),
            are_few: true,
            make: Some(post(words, "/recovery-codes")),
        },
    }
}

fn nothing(words: &Words) -> FactorsPage {
    FactorsPage {
        confirm_href: Some("/auth/login?return=%2Faccount%2Ffactors&again=1".to_owned()),
        lacks_factor: true,
        keeps_last: true,
        has_passkeys: false,
        passkeys: Vec::new(),
        add_passkey: None,
        one_time_codes: OneTimeCodesItem::default(),
        recovery_codes: RecoveryCodesItem::default(),
        ..everything(words)
    }
}

fn app(words: &Words, error: Option<String>) -> AppPage {
    AppPage {
        chrome: chrome(),
        frame: AccountFrame { error, title: "Set up an app".to_owned(), ..frame(words) },
        app: AppSecret {
            qr: Some(QrCode { size: 29, path: "M4 4h7v1h-7z".to_owned() }),
            text: "JBSW Y3DP EHPK 3PXP".to_owned(),
            ceremony: words.token.clone(),
        },
        confirm: post(words, "/one-time-codes/confirm"),
        back_href: "/auth/account/factors".to_owned(),
    }
}

pub(super) fn pages(words: &Words) -> Vec<(&'static str, askama::Result<String>)> {
    let done = AccountFrame { done: Some("The passkey is added.".to_owned()), ..frame(words) };
    let changed = FactorsPage {
        frame: done,
        devices_href: Some("/auth/account/sessions".to_owned()),
        ..everything(words)
    };
    let wrong = AccountFrame { error: Some(words.problem.clone()), ..frame(words) };
    let refused = FactorsPage { frame: wrong, ..everything(words) };
    let codes = CodesPage {
        chrome: chrome(),
        frame: AccountFrame { title: "Your recovery codes".to_owned(), ..frame(words) },
        codes: vec!["0123-4567-89ab-cdef".to_owned(); 10],
        account: words.user.clone(),
        issuer: words.host.clone(),
        back_href: "/auth/account/factors".to_owned(),
    };
    let failed = PasskeyFailedPage {
        chrome: chrome(),
        problem: words.problem.clone(),
        back_href: "/auth/login".to_owned(),
    };
    vec![
        ("factors", everything(words).render()),
        ("factors-none", nothing(words).render()),
        ("factors-changed", changed.render()),
        ("factors-refused", refused.render()),
        ("factors-app", app(words, None).render()),
        ("factors-app-wrong", app(words, Some(words.problem.clone())).render()),
        ("factors-codes", codes.render()),
        ("passkey-failed", failed.render()),
    ]
}
