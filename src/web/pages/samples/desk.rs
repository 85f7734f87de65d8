//! The pages of the operator's desk: before it, and one with every kind of block.

use super::super::desk::*;
use super::super::desk_blocks::*;
use super::*;

fn frame(words: &Words, error: Option<String>) -> DeskFrame {
    let texts = Texts::default();
    let entry = |part: &DeskPart| DeskEntry {
        href: format!("/auth{}", part.path()),
        label: part.title(texts),
        is_current: *part == DeskPart::Clients,
    };
    DeskFrame {
        title: words.client.clone(),
        user_name: words.user.clone(),
        entries: DeskPart::ALL.iter().map(entry).collect(),
        account_href: "/auth/account".to_owned(),
        sign_out_csrf: words.token.clone(),
        done: error.is_none().then(|| words.scope.clone()),
        error,
    }
}

fn chart(words: &Words) -> Chart {
    let day = |day: i64| ChartDay { day: format!("2026-11-{day:02}"), numbers: vec![day, 30 - day] };
    Chart {
        id: "chart",
        heading: words.client.clone(),
        summary: words.scope.clone(),
        series: vec![words.client.clone(), words.host.clone()],
        days: (1..8).map(day).collect(),
        bars: Vec::new(),
        most: 0,
        day_head: "Day".to_owned(),
        table_label: "As a table".to_owned(),
    }
    .drawn()
}

fn table(words: &Words) -> DeskTable {
    let cells = vec![
        Cell::link(words.client.clone(), "/auth/admin/clients/c-1".to_owned()),
        Cell::code(words.uri.clone()),
        Cell::tag(words.scheme.clone(), true).note(words.problem.clone()),
        Cell::number(7),
        Cell::time(Some(1_800_000_000)),
    ];
    let button = RowButton {
        action: "/auth/admin/x".to_owned(),
        csrf: words.token.clone(),
        label: "Revoke".to_owned(),
        of: words.user.clone(),
    };
    DeskTable {
        id: "rows",
        heading: words.host.clone(),
        heads: ["Name", "Address", "State", "Number", "When", "Action"].map(str::to_owned).to_vec(),
        rows: vec![DeskRow { cells, button: Some(button) }],
        empty: String::new(),
        next: Some(DeskLink::to("/auth/admin/clients?page_token=x".to_owned(), "Next page".to_owned())),
    }
}

fn form(words: &Words, id: &'static str, csrf: &str) -> DeskForm {
    let choices = vec![(words.scheme.clone(), words.scope.clone()), (String::new(), "Any".to_owned())];
    DeskForm {
        id,
        heading: Some(words.client.clone()),
        lead: Some(words.scope.clone()),
        action: "/auth/admin/x".to_owned(),
        csrf: csrf.to_owned(),
        fields: vec![
            Field::line("name", "Name".to_owned(), &words.client).hint(words.scope.clone()),
            Field::number("uses", "Uses".to_owned(), "1"),
            Field::secret("client_secret", "Secret".to_owned()),
            Field::area("metadata", "Metadata".to_owned(), &words.problem),
            Field::check("once", "Once".to_owned(), true).hint(words.scope.clone()),
            Field::choice("door", "Door".to_owned(), &words.scheme, choices),
        ],
        submit: "Save".to_owned(),
        is_dangerous: true,
        cancel: Some(DeskLink::to("/auth/admin".to_owned(), "Cancel".to_owned())),
    }
}

fn blocks(words: &Words, error: Option<&str>) -> Vec<Block> {
    let mut filled = form(words, "form", &words.token);
    filled.mark(|field| error.is_some_and(|error| error.contains(field)));
    let number = DeskNumber { label: words.client.clone(), value: "12".to_owned(), href: None };
    vec![
        Block::Text(words.scope.clone()),
        Block::Notice("warn", words.problem.clone()),
        Block::Numbers(vec![number]),
        Block::Chart(chart(words)),
        Block::Search(form(words, "filter", "")),
        Block::Table(table(words)),
        Block::Facts(Facts {
            heading: Some(words.host.clone()),
            rows: vec![(words.client.clone(), Cell::code(words.uri.clone()))],
        }),
        Block::Code(words.client.clone(), words.problem.clone()),
        Block::Links(vec![DeskLink::dangerous("/auth/admin/x/delete".to_owned(), words.client.clone())]),
        Block::Form(filled),
    ]
}

pub(super) fn pages(words: &Words) -> Vec<(&'static str, askama::Result<String>)> {
    let door = |reason| DeskDoorPage {
        chrome: chrome(),
        reason,
        user_name: words.user.clone(),
        href: "/auth/admin".to_owned(),
        other_href: Some("/auth/".to_owned()),
    };
    let back = || "/admin".to_owned();
    let page = |error: Option<&str>| DeskPage {
        chrome: chrome(),
        frame: frame(words, error.map(str::to_owned)),
        blocks: blocks(words, error),
    };
    let secret = DeskPage {
        chrome: chrome(),
        frame: frame(words, None),
        blocks: vec![Block::Secret("client_secret".to_owned(), words.token.clone())],
    };
    let refused = DeskRefusedPage {
        chrome: chrome(),
        frame: frame(words, Some(words.problem.clone())),
        back_href: "/auth/admin/clients".to_owned(),
    };
    vec![
        ("desk-no-administrator", door(DoorReason::NoAdministrator).render()),
        ("desk-second-factor", door(DoorReason::SecondFactor { back: back() }).render()),
        ("desk-from-elsewhere", door(DoorReason::FromElsewhere { back: back() }).render()),
        ("desk", page(None).render()),
        ("desk-wrong", page(Some("name must be one line.")).render()),
        ("desk-secret", secret.render()),
        ("desk-refused", refused.render()),
    ]
}
