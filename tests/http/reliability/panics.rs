//! R33: a panic in the middle of a transaction, while others work.

use futures_util::future::join_all;
use grantor::storage::{Failure, StorageError};

use crate::support::{Server, tokens};

/// R33, X07: it costs its own request; the requests beside it and after it are served.
#[actix_web::test]
async fn a_panic_in_a_transaction_costs_nobody_else() {
    let server = Server::start().await;
    let machine = server.register_machine().await;
    let database = &server.means().database;
    let panicking = |number: usize| async move {
        let outcome = if number.is_multiple_of(2) {
            database.write(|_| -> Result<(), Failure<()>> { panic!("planned") }).await
        } else {
            database.read(|_| -> Result<(), Failure<()>> { panic!("planned") }).await
        };
        assert!(matches!(outcome, Err(Failure::Broken(StorageError::Panicked))), "{outcome:?}");
    };
    let working = || async {
        let issued = server.token(&machine, &[("grant_type", "client_credentials")]).await;
        let issued = tokens(issued).await;
        assert_eq!(server.introspect(&machine, &issued.access_token).await["active"], true);
    };
    for _ in 0..4 {
        let panics = join_all((0..6).map(panicking));
        futures_util::future::join(panics, join_all((0..6).map(|_| working()))).await;
    }
    working().await;
    assert_eq!(server.http.get(server.url("/readyz")).send().await.unwrap().status(), 200);
}
