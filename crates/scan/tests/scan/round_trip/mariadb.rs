use testkit::mariadb::{Account, Database};

use super::*;
use crate::mariadb;

const BASE: &str = include_str!("../../fixtures/changes/mariadb/base.sql");
const CHANGES: &str = include_str!("../../fixtures/changes/mariadb/changes.sql");
const SAME: &str = include_str!("../../fixtures/changes/mariadb/same.sql");
const HISTORY: &str = include_str!("../../fixtures/changes/mariadb/history.sql");

/// A database, and an account that also sees what only those see who may make it.
struct Shop(Database, Account);

impl Shop {
    fn new(sql: &str) -> Self {
        let (database, account) = mariadb::empty();
        mariadb::grant(&database, "TRIGGER, EVENT", &account);
        database.sql(&format!("GRANT SELECT ON mysql.proc TO '{}'@'%'; {sql}", account.name));
        Self(database, account)
    }

    fn execute(&self, sql: &str) {
        self.0.sql(sql);
    }

    /// As if the database was called `shop`, for each has another name here.
    async fn canonical(&self) -> Snapshot {
        let text = serde_json::to_string(&scan(&self.0.url_as(&self.1)).await).unwrap();
        canonicalize(serde_json::from_str(&text.replace(self.0.name(), "shop")).unwrap())
    }
}

#[tokio::test]
async fn each_single_change_of_mariadb_is_told_exactly() {
    let elsewhere = Shop::new(BASE).canonical().await;
    let cases = cases(CHANGES);
    assert!(cases.len() >= 80, "{}", cases.len());
    let mut faults = Vec::new();
    for case in cases {
        let shop = Shop::new(BASE);
        let before = shop.canonical().await;
        shop.execute(case.sql);
        faults.push(case.faults(&before, &elsewhere, &shop.canonical().await));
    }
    assert_none(&faults);
}

#[tokio::test]
async fn what_means_the_same_in_mariadb_is_no_change() {
    let (one, other) = (Shop::new(""), Shop::new(""));
    for (sql, otherwise) in same(SAME) {
        one.execute(sql);
        other.execute(otherwise);
    }
    assert_same(&one.canonical().await, &other.canonical().await);
}

#[tokio::test]
async fn each_step_of_a_history_of_mariadb_is_told_exactly() {
    let (shop, elsewhere) = (Shop::new(""), Shop::new(""));
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
