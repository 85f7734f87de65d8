//! The pages of links, of making an account, and of one's own address and data.

use super::super::account::{AccountFrame, AccountPart};
use super::super::accounts::*;
use super::account::frame;
use super::*;

fn ask_link(words: &Words, is_reset: bool, error: Option<String>) -> AskLinkPage {
    AskLinkPage {
        chrome: chrome(),
        action: format!("/auth/{}", if is_reset { "reset" } else { "sign-up" }),
        csrf: words.token.clone(),
        thread: Some(words.token.clone()),
        is_reset,
        who: words.user.clone(),
        error,
        sign_in_href: "/auth/login".to_owned(),
    }
}

fn link_sent(words: &Words, is_reset: bool) -> LinkSentPage {
    LinkSentPage {
        chrome: chrome(),
        is_reset,
        address: (!is_reset).then(|| format!("{}@mail.example", words.user)),
        lifetime: "The link works for 30 minutes.".to_owned(),
        sign_in_href: "/auth/login".to_owned(),
    }
}

fn new_password(words: &Words, error: Option<String>) -> NewPasswordPage {
    NewPasswordPage {
        chrome: chrome(),
        action: "/auth/reset/password".to_owned(),
        csrf: words.token.clone(),
        thread: Some(words.token.clone()),
        user_name: words.user.clone(),
        error,
    }
}

fn new_account(words: &Words, error: Option<String>) -> NewAccountPage {
    NewAccountPage {
        chrome: chrome(),
        action: "/auth/sign-up/account".to_owned(),
        csrf: words.token.clone(),
        thread: Some(words.token.clone()),
        address: Some(format!("{}@mail.example", words.user)),
        is_address_shown: true,
        name: words.user.clone(),
        error,
    }
}

fn email(words: &Words, error: Option<String>) -> EmailPage {
    EmailPage {
        chrome: chrome(),
        frame: AccountFrame { error, ..frame(words, AccountPart::Email) },
        action: "/auth/account/email".to_owned(),
        csrf: words.token.clone(),
        current: Some(format!("{}@mail.example", words.user)),
        is_verified: false,
        can_change: true,
        typed: words.user.clone(),
    }
}

fn confirm(words: &Words, done: Option<String>) -> ConfirmEmailPage {
    let address = done.is_none().then(|| format!("{}@mail.example", words.user));
    ConfirmEmailPage {
        chrome: chrome(),
        frame: AccountFrame { done, ..frame(words, AccountPart::Email) },
        action: "/auth/account/email/confirm".to_owned(),
        csrf: words.token.clone(),
        address,
    }
}

fn data(words: &Words, error: Option<String>, can_delete: bool) -> DataPage {
    DataPage {
        chrome: chrome(),
        frame: AccountFrame { error, ..frame(words, AccountPart::Data) },
        export_href: "/auth/account/data/export".to_owned(),
        delete_action: "/auth/account/data/delete".to_owned(),
        csrf: words.token.clone(),
        can_delete,
    }
}

pub(super) fn pages(words: &Words) -> Vec<(&'static str, askama::Result<String>)> {
    let problem = || Some(words.problem.clone());
    let invited =
        NewAccountPage { address: None, is_address_shown: false, thread: None, ..new_account(words, None) };
    let verified = EmailPage { is_verified: true, typed: String::new(), ..email(words, None) };
    let without_mail = EmailPage { can_change: false, ..email(words, None) };
    let none = EmailPage { current: None, ..email(words, None) };
    vec![
        ("ask-reset", ask_link(words, true, None).render()),
        ("ask-reset-wrong", ask_link(words, true, problem()).render()),
        ("ask-sign-up", ask_link(words, false, None).render()),
        ("ask-sign-up-wrong", ask_link(words, false, problem()).render()),
        ("reset-sent", link_sent(words, true).render()),
        ("sign-up-sent", link_sent(words, false).render()),
        ("new-password", new_password(words, None).render()),
        ("new-password-wrong", new_password(words, problem()).render()),
        ("new-account", new_account(words, None).render()),
        ("new-account-wrong", new_account(words, problem()).render()),
        ("new-account-invited", invited.render()),
        ("account-email", email(words, None).render()),
        ("account-email-wrong", email(words, problem()).render()),
        ("account-email-verified", verified.render()),
        ("account-email-none", none.render()),
        ("account-email-without-mail", without_mail.render()),
        ("account-email-confirm", confirm(words, None).render()),
        ("account-email-confirmed", confirm(words, Some(words.scope.clone())).render()),
        ("account-data", data(words, None, true).render()),
        ("account-data-wrong", data(words, problem(), true).render()),
        ("account-data-kept", data(words, None, false).render()),
        ("account-deleted", DeletedPage { chrome: chrome() }.render()),
    ]
}
