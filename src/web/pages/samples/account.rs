//! The pages of one's own account, and the way to another provider.

use super::super::account::{AccountEntry, AccountFrame, AccountPart};
use super::super::account_parts::*;
use super::super::upstream::DeparturePage;
use super::*;

pub(super) fn frame(words: &Words, part: AccountPart) -> AccountFrame {
    let texts = Texts::default();
    let entry = |of: &AccountPart| AccountEntry {
        href: format!("/auth{}", of.path()),
        label: of.title(texts),
        is_current: *of == part,
    };
    AccountFrame {
        title: part.title(texts),
        user_name: words.user.clone(),
        entries: AccountPart::ALL.iter().map(entry).collect(),
        sign_out_csrf: words.token.clone(),
        error: None,
        done: None,
    }
}

fn form(words: &Words, path: &str) -> AccountForm {
    AccountForm { action: format!("/auth{path}"), csrf: words.token.clone() }
}

fn overview(words: &Words) -> OverviewPage {
    let line = |part: AccountPart| OverviewLine {
        href: format!("/auth{}", part.path()),
        label: part.title(Texts::default()),
        says: words.scope.clone(),
    };
    OverviewPage {
        chrome: chrome(),
        frame: frame(words, AccountPart::Overview),
        name: words.user.clone(),
        email: Some(format!("{}@mail.example", words.user)),
        is_email_verified: false,
        last_sign_in: "Signed in 21 November 2026, 12:00".to_owned(),
        lines: vec![line(AccountPart::Password), line(AccountPart::Sessions)],
        desk_href: Some("/auth/admin".to_owned()),
    }
}

fn profile(words: &Words, error: Option<String>) -> ProfilePage {
    let field = |name, autocomplete| ProfileField {
        name,
        label: words.scope.clone(),
        autocomplete,
        value: words.user.clone(),
    };
    ProfilePage {
        chrome: chrome(),
        frame: AccountFrame { error, ..frame(words, AccountPart::Profile) },
        form: form(words, "/account/profile"),
        fields: vec![field("name", "name"), field("nickname", "nickname")],
        locales: vec![LocaleChoice { tag: "de", name: "Deutsch", is_chosen: true }],
        is_browser_chosen: false,
        further_href: None,
    }
}

fn password(words: &Words, error: Option<String>, is_set: bool) -> PasswordPage {
    PasswordPage {
        chrome: chrome(),
        frame: AccountFrame { error, ..frame(words, AccountPart::Password) },
        form: form(words, "/account/password"),
        user_name: words.user.clone(),
        is_set,
        state: Some("Last changed 21 November 2026".to_owned()),
        hint: "At least 15 characters.".to_owned(),
        least: 15,
        confirm_href: None,
    }
}

fn sessions(words: &Words) -> SessionsPage {
    let session = |is_current| SessionItem {
        sid: words.token.clone(),
        device: words.host.clone(),
        is_current,
        address: Some("203.0.113.7".to_owned()),
        signed_in: "Signed in 21 November 2026, 12:00".to_owned(),
        last_used: "Last used 21 November 2026, 12:30".to_owned(),
        apps: vec![words.client.clone()],
    };
    SessionsPage {
        chrome: chrome(),
        frame: frame(words, AccountPart::Sessions),
        end: form(words, "/account/sessions/end"),
        end_others: form(words, "/account/sessions/end-others"),
        sessions: vec![session(true), session(false)],
        has_others: true,
    }
}

fn applications(words: &Words) -> ApplicationsPage {
    let app = ApplicationItem {
        client_id: words.token.clone(),
        name: spoken(&words.client, "de"),
        registered_itself: true,
        is_disabled: true,
        hosts: vec![words.host.clone()],
        scopes: vec![("calendar:read".to_owned(), spoken(&words.scope, "de"))],
        resources: vec![words.uri.clone()],
        since: "Since 21 November 2026".to_owned(),
        last_used: Some("Last used 21 November 2026, 12:30".to_owned()),
    };
    ApplicationsPage {
        chrome: chrome(),
        frame: frame(words, AccountPart::Applications),
        form: form(words, "/account/applications/revoke"),
        applications: vec![app],
    }
}

fn activity(words: &Words) -> ActivityPage {
    let item = ActivityItem {
        when: "21 November 2026, 12:00".to_owned(),
        what: words.scope.clone(),
        by: Some(words.token.clone()),
        client: Some(words.client.clone()),
        address: Some("203.0.113.7".to_owned()),
    };
    ActivityPage {
        chrome: chrome(),
        frame: frame(words, AccountPart::Activity),
        items: vec![item],
        older_href: Some("/auth/account/activity?before=7".to_owned()),
    }
}

fn providers(words: &Words, error: Option<String>) -> ProvidersPage {
    let link = LinkItem {
        provider: words.token.clone(),
        subject: words.token.clone(),
        label: words.client.clone(),
        shown_name: words.user.clone(),
        since: "Since 21 November 2026".to_owned(),
        last_used: None,
    };
    let provider = ProviderItem {
        label: words.client.clone(),
        form: form(words, &format!("/upstream/{}", words.token)),
    };
    ProvidersPage {
        chrome: chrome(),
        frame: AccountFrame { error, ..frame(words, AccountPart::Providers) },
        unlink: form(words, "/account/providers/unlink"),
        links: vec![link],
        providers: vec![provider],
    }
}

pub(super) fn pages(words: &Words) -> Vec<(&'static str, askama::Result<String>)> {
    let problem = || Some(words.problem.clone());
    let departure = DeparturePage { chrome: chrome(), href: words.uri.clone(), label: words.client.clone() };
    let stale = PasswordPage { confirm_href: Some("/auth/login".to_owned()), ..password(words, None, true) };
    let nothing = ApplicationsPage { applications: Vec::new(), ..applications(words) };
    vec![
        ("account", overview(words).render()),
        ("account-profile", profile(words, None).render()),
        ("account-profile-wrong", profile(words, problem()).render()),
        ("account-password", password(words, None, true).render()),
        ("account-password-first", password(words, None, false).render()),
        ("account-password-wrong", password(words, problem(), true).render()),
        ("account-password-stale", stale.render()),
        ("account-sessions", sessions(words).render()),
        ("account-applications", applications(words).render()),
        ("account-applications-none", nothing.render()),
        ("account-activity", activity(words).render()),
        ("account-providers", providers(words, None).render()),
        ("account-providers-wrong", providers(words, problem()).render()),
        ("upstream-departure", departure.render()),
    ]
}
