use testkit::mariadb::{Account, Database, Server};

use super::*;

const BASE: &str = include_str!("../../fixtures/changes/mariadb/base.sql");
const CHANGES: &str = include_str!("../../fixtures/changes/mariadb/changes.sql");
const SAME: &str = include_str!("../../fixtures/changes/mariadb/same.sql");
const HISTORY: &str = include_str!("../../fixtures/changes/mariadb/history.sql");

/// A database, and an account that also sees what only those see who may make it.
struct Shop<'a>(Database, &'a Account);

fn account() -> Account {
    Server::shared().create_account("reader")
}

impl<'a> Shop<'a> {
    fn new(account: &'a Account, sql: &str) -> Self {
        let (database, name) = (Server::shared().create_database("scan"), &account.name);
        database.sql(&format!(
            "GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `{}`.* TO '{name}'@'%'; \
             GRANT SELECT ON mysql.proc TO '{name}'@'%'; {sql}",
            database.name()
        ));
        Self(database, account)
    }

    fn execute(&self, sql: &str) {
        self.0.sql(sql);
    }

    /// As if the database was called `shop`, for each has another name here.
    async fn canonical(&self) -> Snapshot {
        let text = serde_json::to_string(&scan(&self.0.url_as(self.1)).await).unwrap();
        canonicalize(serde_json::from_str(&text.replace(self.0.name(), "shop")).unwrap())
    }
}

/// MariaDB gives no ids, so that what one database held before is what another one holds: it is read once.
#[tokio::test]
async fn each_single_change_of_mariadb_is_told_exactly() {
    let account = account();
    let before = Shop::new(&account, BASE).canonical().await;
    assert_same(&before, &Shop::new(&account, BASE).canonical().await);
    let cases = cases(CHANGES);
    assert!(cases.len() >= 80, "{}", cases.len());
    let mut faults = Vec::new();
    for case in cases {
        let shop = Shop::new(&account, BASE);
        shop.execute(case.sql);
        faults.push(case.faults(&before, &before, &shop.canonical().await));
    }
    assert_none(&faults);
}

#[tokio::test]
async fn what_means_the_same_in_mariadb_is_no_change() {
    let account = account();
    let (one, other) = (Shop::new(&account, ""), Shop::new(&account, ""));
    for (sql, otherwise) in same(SAME) {
        one.execute(sql);
        other.execute(otherwise);
    }
    assert_same(&one.canonical().await, &other.canonical().await);
}

#[tokio::test]
async fn each_step_of_a_history_of_mariadb_is_told_exactly() {
    let account = account();
    let (shop, elsewhere) = (Shop::new(&account, ""), Shop::new(&account, ""));
    let (mut before, mut faults) = (shop.canonical().await, Vec::new());
    for case in cases(HISTORY) {
        shop.execute(case.sql);
        elsewhere.execute(case.sql);
        let after = shop.canonical().await;
        faults.push(case.faults(&before, &before, &after));
        before = after;
    }
    assert_none(&faults);
    assert_same(&before, &elsewhere.canonical().await);
}
