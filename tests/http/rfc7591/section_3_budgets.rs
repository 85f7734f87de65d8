//! RFC 7591 §3: budgets that survive shared addresses, and the ceiling. ASVS 2.4.1.

use futures_util::future::join_all;
use reqwest::Response;
use serde_json::{Value, json};

use crate::support::{Server, ServerBuilder, body_of, registered};

const ALL: &str = "GRANTOR_REGISTRATION__BUDGET__PER_MINUTE";
const HOST: &str = "GRANTOR_REGISTRATION__BUDGET__PER_REDIRECT_HOST_PER_MINUTE";
const SOFTWARE: &str = "GRANTOR_REGISTRATION__BUDGET__PER_SOFTWARE_PER_MINUTE";
const TOKEN: &str = "GRANTOR_REGISTRATION__BUDGET__PER_INITIAL_ACCESS_TOKEN_PER_MINUTE";
const MAX: &str = "GRANTOR_REGISTRATION__MAX_CLIENTS";

fn with(name: &str, value: &str) -> ServerBuilder {
    Server::with().set(name, value)
}

fn named(host: &str, name: &str) -> Value {
    json!({"redirect_uris": [format!("https://{host}/cb")], "client_name": name})
}

async fn post(server: &Server, metadata: &Value) -> u16 {
    let answer = server.post_registration(metadata).await;
    let status = answer.status().as_u16();
    if status == 429 {
        assert_429(answer).await;
    }
    status
}

async fn assert_429(answer: Response) {
    let wait: i64 = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    body_of(429, answer).await;
}

/// D13: per redirect host. Another host is not touched, and the next minute is a new one.
#[actix_web::test]
async fn a_redirect_host_has_a_budget() {
    let server = with(HOST, "2").start().await;
    assert_eq!(post(&server, &named("a.test", "One")).await, 201);
    assert_eq!(post(&server, &named("a.test:444", "Two")).await, 201);
    assert_eq!(post(&server, &named("a.test", "Three")).await, 429);
    assert_eq!(post(&server, &named("b.test", "Three")).await, 201);
    let mixed = json!({"redirect_uris": ["https://c.test/cb", "https://a.test/cb"]});
    assert_eq!(post(&server, &mixed).await, 429, "one of its hosts is used up");
    assert_eq!(server.count_clients(), 3);
    server.advance(60);
    assert_eq!(post(&server, &named("a.test", "Three")).await, 201);
}

/// D13: per software fingerprint, `software_id` or the name without what differs between installations.
#[actix_web::test]
async fn a_software_has_a_budget() {
    let server = with(SOFTWARE, "2").start().await;
    assert_eq!(post(&server, &named("a.test", "Claude Code (one)")).await, 201);
    assert_eq!(post(&server, &named("b.test", "Claude Code (two)")).await, 201);
    assert_eq!(post(&server, &named("c.test", "Claude Code (three)")).await, 429);
    assert_eq!(post(&server, &named("c.test", "Zed")).await, 201);
    for (number, status) in [(1, 201), (2, 201), (3, 429)] {
        let mut metadata = named("d.test", &format!("Name {number} x{number}"));
        metadata["software_id"] = json!("one-software");
        assert_eq!(post(&server, &metadata).await, status, "{number}");
    }
    let products = "SELECT count(*) AS number FROM clients WHERE product = 'Claude Code' AND redirect_hosts IN (' a.test ', ' b.test ')";
    assert_eq!(server.number(products), 2);
}

/// D13: per initial access token, and no use of it is spent by a 429.
#[actix_web::test]
async fn an_initial_access_token_has_a_budget() {
    let server = with(TOKEN, "1").start().await;
    let (one, other) =
        (server.initial_access_token(None, None, Some(5)), server.initial_access_token(None, None, None));
    let post = |token: String| {
        let request = server.http.post(server.url("/register")).bearer_auth(token);
        let request = request.json(&named("a.test", "A"));
        async { request.send().await.unwrap() }
    };
    registered(post(one.clone()).await).await;
    assert_429(post(one.clone()).await).await;
    registered(post(other).await).await;
    server.register(named("a.test", "A")).await;
    assert_eq!(server.number("SELECT max(uses_left) AS number FROM initial_access_tokens"), 4);
}

/// D13: globally; and who fails, for whatever reason, uses up nothing of what others have.
#[actix_web::test]
async fn nobody_uses_up_the_budget_of_others_by_failing() {
    let server = with(ALL, "3").set(HOST, "1").start().await;
    assert_eq!(post(&server, &named("a.test", "A")).await, 201);
    for _ in 0..5 {
        assert_eq!(post(&server, &named("a.test", "A")).await, 429);
        assert_eq!(post(&server, &json!({"redirect_uris": ["http://a.test/"]})).await, 400);
    }
    assert_eq!(post(&server, &named("b.test", "A")).await, 201);
    assert_eq!(post(&server, &named("c.test", "A")).await, 201);
    assert_eq!(post(&server, &named("d.test", "A")).await, 429);
    assert_eq!(server.count_clients(), 3);
    let used = "SELECT sum(used) AS number FROM budgets WHERE kind = 'registration'";
    assert_eq!(server.number(&used.replace("sum(used)", "CAST(sum(used) AS BIGINT)")), 3);
}

/// D13, R20: 40 registrations at once, by two servers on one database: the budget is kept to the number.
#[actix_web::test]
async fn budgets_hold_across_two_servers() {
    let one = with(ALL, "12").start().await;
    let other = one.twin().await;
    let body = named("a.test", "A");
    let answers = join_all((0..40).map(|number| {
        let server: &Server = if number % 2 == 0 { &one } else { &other };
        server.post_registration(&body)
    }))
    .await;
    let made = answers.iter().filter(|answer| answer.status() == 201).count();
    let late = answers.iter().filter(|answer| answer.status() == 429).count();
    assert_eq!((made, late), (12, 28));
    assert_eq!(one.count_clients(), 12);
}

/// D12, R20: 50 uses at once of a one-use token on two servers make one client.
#[actix_web::test]
async fn a_one_use_token_makes_one_client_on_two_servers() {
    let one = Server::start().await;
    let other = one.twin().await;
    let token = one.initial_access_token(None, None, Some(1));
    let answers = join_all((0..50).map(|number| {
        let server: &Server = if number % 2 == 0 { &one } else { &other };
        server.http.post(server.url("/register")).bearer_auth(&token).json(&named("a.test", "A")).send()
    }))
    .await;
    let mut statuses: Vec<u16> =
        answers.into_iter().map(|answer| answer.unwrap().status().as_u16()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![201], vec![401; 49]].concat());
    assert_eq!(one.count_clients(), 1);
    let used = "SELECT used AS number FROM budgets WHERE kind = 'registration'";
    assert_eq!(one.number(used), 1, "those that were refused paid nothing");
}

/// R20, M02: bad tokens count on both servers together, for both kinds; and after the 429 nothing more is written.
#[actix_web::test]
async fn bad_tokens_count_across_two_servers() {
    let one = with("GRANTOR_REGISTRATION__FAILURES_PER_MINUTE", "4").start().await;
    let other = one.twin().await;
    let client = one.register_confidential().await;
    for (method, path) in
        [("POST", "/register".to_owned()), ("GET", format!("/register/{}", client.client_id))]
    {
        let mut statuses = Vec::new();
        for number in 0..8 {
            let server: &Server = if number % 2 == 0 { &one } else { &other };
            let method = method.parse().unwrap();
            let request = server.http.request(method, server.url(&path)).bearer_auth("guess");
            statuses.push(request.json(&named("a.test", "A")).send().await.unwrap().status().as_u16());
        }
        assert_eq!(statuses, [401, 401, 401, 401, 429, 429, 429, 429], "{method}");
    }
    let written = "SELECT CAST(sum(used) AS BIGINT) AS number FROM budgets WHERE kind LIKE 'bad_%'";
    assert_eq!(one.number(written), 8);
}

/// Windows that are over are swept.
#[actix_web::test]
async fn old_windows_are_swept() {
    let server = Server::start().await;
    server.register(named("a.test", "A")).await;
    assert!(server.number("SELECT count(*) AS number FROM budgets") > 0);
    server.advance(3700);
    grantor::flow::sweep::sweep(server.means()).await.unwrap();
    assert_eq!(server.number("SELECT count(*) AS number FROM budgets"), 0);
}

/// D13: registrations beyond a budget leave no rows, whatever hosts they name.
#[actix_web::test]
async fn refused_registrations_leave_no_rows() {
    let server = with(ALL, "1").start().await;
    assert_eq!(post(&server, &named("a.test", "A")).await, 201);
    let rows = || server.number("SELECT count(*) AS number FROM budgets");
    let before = rows();
    for number in 0..5 {
        assert_eq!(post(&server, &named(&format!("{number}.test"), &format!("App {number}x"))).await, 429);
    }
    assert_eq!(post(&server, &named("a.test", "A")).await, 429);
    assert_eq!(rows(), before);
}

/// D13: at the ceiling the oldest clients go that nobody used and that are older than 15 minutes; if there is none, 429.
#[actix_web::test]
async fn at_the_ceiling_the_oldest_never_used_client_goes() {
    let server = with(MAX, "3").start().await;
    server.add_user("ada").await;
    let first = server.register(named("a.test", "First")).await;
    server.advance(1);
    let used = server.register_confidential().await;
    server.tokens(&used, "ada", "openid").await;
    server.advance(1);
    let third = server.register(named("c.test", "Third")).await;
    assert_eq!(post(&server, &named("d.test", "Fourth")).await, 429, "none is 15 minutes old");
    assert_eq!(server.count_clients(), 3);
    server.advance(15 * 60 - 2);
    let fourth = server.register(named("d.test", "Fourth")).await;
    assert!(server.client_row(&first.client_id).is_none(), "the oldest goes");
    assert!(server.client_row(&used.client_id).is_some() && server.client_row(&third.client_id).is_some());
    assert_eq!(
        post(&server, &named("e.test", "Fifth")).await,
        429,
        "the third is not old enough, the used one stays"
    );
    server.advance(2);
    server.register(named("e.test", "Fifth")).await;
    assert!(server.client_row(&third.client_id).is_none() && server.client_row(&fourth.client_id).is_some());
    server.advance(15 * 60);
    assert!(server.client_row(&used.client_id).is_some());
    assert_eq!(server.count_clients(), 3);
    let events = "SELECT count(*) AS number FROM audit_events WHERE kind = 'client_removed' AND details LIKE '%evicted%'";
    assert_eq!(server.number(events), 2);
    assert_eq!(server.number("SELECT count(*) AS number FROM tombstones WHERE reason = 'evicted'"), 2);
}

/// D13: clients of operators and of initial access tokens are never evicted, and the ceiling is not theirs.
#[actix_web::test]
async fn invited_clients_are_never_evicted() {
    let server = with(MAX, "1").start().await;
    let token = server.initial_access_token(None, None, None);
    let invite = || server.http.post(server.url("/register")).bearer_auth(&token).json(&named("a.test", "A"));
    let invited = registered(invite().send().await.unwrap()).await;
    server.command(&["client", "add", "--name", "Ours", "--redirect-uri", "https://ours.test/cb"]).await;
    let mine = server.register(named("b.test", "Mine")).await;
    registered(invite().send().await.unwrap()).await;
    server.advance(3600);
    server.register(named("c.test", "Next")).await;
    assert!(server.client_row(&invited.client_id).is_some() && server.client_row(&mine.client_id).is_none());
    assert_eq!(server.count_clients(), 4);
}

/// D13: a client with an authorization request that waits is used, however little.
#[actix_web::test]
async fn a_client_with_a_waiting_request_is_not_evicted() {
    let server = with(MAX, "1").set("GRANTOR_SESSION__THREAD_LIFETIME", "3h").start().await;
    let client = server.register_confidential().await;
    let url = server.authorize_url(&client, &crate::support::Pkce::new(), &[("scope", "openid")]);
    assert!(server.http.get(url).send().await.unwrap().status().is_redirection());
    server.advance(3600);
    assert_eq!(post(&server, &named("b.test", "B")).await, 429);
    assert!(server.client_row(&client.client_id).is_some());
}

/// D13, R20: 30 registrations at once on two servers never pass the ceiling.
#[actix_web::test]
async fn the_ceiling_holds_across_two_servers() {
    let one = with(MAX, "7").start().await;
    let other = one.twin().await;
    one.register(named("a.test", "A")).await;
    other.register(named("a.test", "A")).await;
    let body = named("a.test", "A");
    let answers = join_all((0..30).map(|number| {
        let server: &Server = if number % 2 == 0 { &one } else { &other };
        server.post_registration(&body)
    }))
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.status() == 201).count(), 5);
    assert_eq!(one.count_clients(), 7);
}
