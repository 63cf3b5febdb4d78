use testkit::mariadb::{Account, Database, Server};

use super::*;
use crate::fingerprint::fingerprint;

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
    async fn scan(&self) -> Snapshot {
        let text = serde_json::to_string(&scan(&self.0.url_as(self.1)).await).unwrap();
        serde_json::from_str(&text.replace(self.0.name(), "shop")).unwrap()
    }

    async fn canonical(&self) -> Snapshot {
        canonicalize(self.scan().await)
    }
}

/// What the statements name that is one of a kind in a database.
const NAMES: [&str; 22] = [
    "buyer",
    "clear",
    "client",
    "counter",
    "customer",
    "fleeting",
    "great",
    "invoice",
    "large",
    "log",
    "orders",
    "orders_check",
    "orders_customer",
    "orders_stamp",
    "purchase",
    "room",
    "room_customer",
    "small",
    "ticket",
    "tidy",
    "totals",
    "vat",
];

/// Statements for one of many copies of what is changed, each with names of its own.
fn in_copy(copy: usize, sql: &str) -> String {
    let mark = mark(copy);
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let renamed = sql.split_inclusive(|letter| !is_of_name(letter)).map(|word| {
        let name = word.trim_end_matches(|letter| !is_of_name(letter));
        if NAMES.contains(&name) { word.replacen(name, &format!("{name}{mark}"), 1) } else { word.to_owned() }
    });
    renamed.chain(["\n".to_owned()]).collect()
}

/// A copy is whatever is called so, and the database.
fn is_of(object: &Object, mark: &str) -> bool {
    object.parts.get(1).is_none_or(|name| name.contains(mark))
}

/// Every change is made in a copy of its own of all that there is. They lie in one database, since making one takes a
/// third of a second; another database holds the same copies, none of them changed.
#[tokio::test]
async fn each_single_change_of_mariadb_is_told_exactly() {
    let cases = cases(CHANGES);
    assert!(cases.len() >= 80, "{}", cases.len());
    // Nothing is changed in the first.
    let copies = (0..=cases.len()).map(|copy| in_copy(copy, BASE)).collect::<String>();
    let only = |copy: usize, snapshot: &Snapshot| only(copy, snapshot, is_of);
    let account = account();
    let shop = Shop::new(&account, &copies);
    let (all, elsewhere) = (shop.scan().await, Shop::new(&account, &copies).scan().await);
    assert_same(&only(0, &all), &only(0, &elsewhere));
    let url = shop.0.url_as(&account);
    let (mut faults, mut last) = (Vec::new(), all.header.fingerprint.clone());
    for (copy, case) in (1..).zip(&cases) {
        shop.execute(&in_copy(copy, case.sql));
        let now = fingerprint(&url).await;
        faults.push(case.unmoved(&last, &now));
        last = now;
    }
    let after = shop.scan().await;
    let is_of_one = |object: &&Object| (0..=cases.len()).any(|copy| is_of(object, &mark(copy)));
    let strange: Vec<_> = after.objects.iter().filter(|object| !is_of_one(object)).collect();
    assert!(strange.is_empty(), "not in NAMES: {strange:?}");
    assert_same(&only(0, &all), &only(0, &after));
    let told = |(copy, case): (usize, &Case)| {
        case.faults(&only(copy, &all), &only(copy, &elsewhere), &only(copy, &after))
    };
    faults.extend((1..).zip(&cases).map(told));
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
        faults.push(case.unmoved(&before.header.fingerprint, &after.header.fingerprint));
        faults.push(case.faults(&before, &before, &after));
        before = after;
    }
    assert_none(&faults);
    assert_same(&before, &elsewhere.canonical().await);
}
