//! A migrated database of its own for each test.

use store::{MasterKeys, Settings, Store};

pub(crate) use testkit::database::TestDatabase;

/// The database at an address, as a server opens it.
pub(crate) async fn store_at(url: String) -> Store {
    let settings = Settings { url, owner_url: None, max_connections: 4, dev: false };
    Store::connect(&settings, MasterKeys { current: [1; 32], previous: None }).await.unwrap()
}

/// Makes two tests of each rule: `on_sqlite::rule` and `on_postgres::rule`.
macro_rules! on_both_databases {
    ($($rule:ident),* $(,)?) => {
        testkit::on_both_databases![crate::app::TestApp::start; $($rule),*];
    };
}
pub(crate) use on_both_databases;
