//! The shop's history, lived through.

#![expect(clippy::unwrap_used, reason = "a test that panics says where")]

use demo::{DAYS, MIGRATIONS, Shop};
use rusqlite::Connection;
use types::Timestamp;

fn today() -> Timestamp {
    Timestamp::parse("2026-11-21T08:00:00Z").unwrap()
}

fn whole_life() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let mut shop = Shop::found(&path, today()).unwrap();
    for day in 0..DAYS {
        shop.live(day).unwrap();
    }
    assert_eq!(shop.end_of(DAYS - 1), today());
    drop(shop);
    (folder, Connection::open(path).unwrap())
}

fn number(connection: &Connection, sql: &str) -> f64 {
    connection.query_row(sql, [], |row| row.get::<_, f64>(0)).unwrap()
}

#[test]
fn the_shop_lives_through_all_its_days_and_migrations() {
    assert!(DAYS >= 60 && MIGRATIONS.len() >= 12);
    assert!(MIGRATIONS.is_sorted_by_key(|migration| migration.day));
    assert!(MIGRATIONS.iter().all(|migration| migration.day < DAYS));
    let (_folder, shop) = whole_life();
    assert!(number(&shop, "SELECT COUNT(*) * 1.0 FROM orders") > 1_500.0);
}

#[test]
fn what_is_meant_to_be_wrong_is_wrong() {
    let (_folder, shop) = whole_life();
    let lost = "SELECT 100.0 * SUM(provider_reference IS NULL) / COUNT(*) FROM payments WHERE paid_at";
    assert!(number(&shop, &format!("{lost} > '2026-11-18'")) > 60.0, "references are lost at the end");
    assert!(number(&shop, &format!("{lost} < '2026-10-01'")) < 1.0, "and not at the start");
    assert!(
        number(&shop, "SELECT julianday('2026-11-21') - julianday(MAX(fetched_at)) FROM exchange_rates")
            > 6.0
    );
    assert!(number(&shop, "SELECT COUNT(*) - COUNT(DISTINCT email) * 1.0 FROM customers") > 3.0);
}

#[test]
fn the_same_day_makes_the_same_shop() {
    let sum = "SELECT SUM(amount_cents) * 1.0 FROM payments";
    let ((_a, one), (_b, other)) = (whole_life(), whole_life());
    assert_eq!(number(&one, sum), number(&other, sum));
}

#[test]
fn a_shop_that_is_opened_again_knows_its_days() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("shop.db");
    let ends = Shop::found(&path, today()).unwrap().end_of(DAYS - 1);
    assert_eq!(Shop::reopen(&path).unwrap().end_of(DAYS - 1), ends);
}
