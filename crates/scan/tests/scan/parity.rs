//! The same data gives the same figures, whatever database it is in.

use std::collections::BTreeMap;

use types::profile::ColumnProfile;

use super::*;

const POSTGRES: &str = include_str!("../fixtures/chinook/postgresql.sql");
const SQLITE: &str = include_str!("../fixtures/chinook/sqlite.sql");

/// `public.album` and `main.Album` are the same table, `album_id` and `AlbumId` the same column.
fn plain(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap();
    last.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

type Columns = BTreeMap<String, ColumnProfile>;

fn by_name(profiles: Vec<TableProfile>) -> BTreeMap<String, (u64, Columns)> {
    let columns = |table: TableProfile| {
        let columns = table.columns.into_iter().map(|column| (plain(&column.column), column)).collect();
        (plain(&table.table), (table.row_count, columns))
    };
    profiles.into_iter().map(columns).collect()
}

/// Sums of fractions depend on the order of the rows, in the last digits.
fn nearly(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() <= 1e-9 * one.abs().max(1.0),
        (one, other) => one == other,
    }
}

#[tokio::test]
async fn chinook_is_the_same_in_postgresql_and_sqlite() {
    let (_, tables) = POSTGRES.split_once("\\c chinook;").unwrap();
    let template = Server::shared().template("chinook", tables, |database| drop(database.psql(tables)));
    let database = Server::shared().copy_of(&template, "chinook");
    let postgres = by_name(profile(&database.url(), ProfileRequest::default()).await);

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("chinook.db");
    let text = SQLITE.trim_start_matches('\u{feff}');
    // The one difference between the two scripts: `Edinburgh` with a blank behind it.
    let same = "UPDATE Customer SET City = trim(City); UPDATE Invoice SET BillingCity = trim(BillingCity)";
    let script = format!("PRAGMA synchronous = OFF; BEGIN; {text}; {same}; COMMIT");
    rusqlite::Connection::open(&path).unwrap().execute_batch(&script).unwrap();
    let sqlite = by_name(profile(&format!("sqlite:{}", path.display()), ProfileRequest::default()).await);

    assert_eq!(postgres.keys().collect::<Vec<_>>(), sqlite.keys().collect::<Vec<_>>());
    assert_eq!(postgres.len(), 11);
    for (table, (rows, columns)) in &postgres {
        let (other_rows, others) = &sqlite[table];
        assert_eq!(rows, other_rows, "{table}");
        assert_eq!(columns.keys().collect::<Vec<_>>(), others.keys().collect::<Vec<_>>(), "{table}");
        for (name, one) in columns {
            let other = &others[name];
            let place = format!("{table}.{name}");
            assert_eq!(
                (one.null_count, one.distinct_count),
                (other.null_count, other.distinct_count),
                "{place}"
            );
            assert_eq!(
                (one.null_percent, one.uniqueness_percent),
                (other.null_percent, other.uniqueness_percent),
                "{place}"
            );
            assert_eq!((one.method, &one.min, &one.max), (other.method, &other.min, &other.max), "{place}");
            assert_eq!(one.latest_value_at, other.latest_value_at, "{place}");
            assert!(nearly(one.mean, other.mean), "{place}: {:?} and {:?}", one.mean, other.mean);
            assert!(nearly(one.standard_deviation, other.standard_deviation), "{place}");
            assert_eq!(one.quantiles, other.quantiles, "{place}");
            assert_eq!(
                (one.lengths, one.empty_count, one.blank_count),
                (other.lengths, other.empty_count, other.blank_count),
                "{place}"
            );
            assert_eq!(
                (one.zero_count, one.negative_count),
                (other.zero_count, other.negative_count),
                "{place}"
            );
            assert_eq!((&one.shapes, &one.top_values), (&other.shapes, &other.top_values), "{place}");
            assert_eq!(one.semantics, other.semantics, "{place}");
        }
    }
    let email = &postgres["customer"].1["email"];
    let judged = email.semantics.as_ref().unwrap();
    assert_eq!(judged.evidence, ["name:email", "pattern:email"]);
}
