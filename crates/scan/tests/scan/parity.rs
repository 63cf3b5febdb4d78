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

/// What of a column must be the same, but for the last digits of sums.
fn assert_same(one: &ColumnProfile, other: &ColumnProfile, place: &str) {
    let told = |c: &ColumnProfile| {
        let counts =
            (c.null_count, c.distinct_count, c.empty_count, c.blank_count, c.zero_count, c.negative_count);
        (counts, (c.null_percent, c.uniqueness_percent), c.method, c.lengths, c.latest_value_at)
    };
    assert_eq!(told(one), told(other), "{place}");
    assert_eq!((&one.min, &one.max, &one.quantiles), (&other.min, &other.max, &other.quantiles), "{place}");
    assert_eq!((&one.shapes, &one.top_values), (&other.shapes, &other.top_values), "{place}");
    assert_eq!(one.semantics, other.semantics, "{place}");
    assert!(nearly(one.mean, other.mean), "{place}: {:?} and {:?}", one.mean, other.mean);
    assert!(nearly(one.standard_deviation, other.standard_deviation), "{place}");
}

fn assert_all_same(one: &BTreeMap<String, (u64, Columns)>, other: &BTreeMap<String, (u64, Columns)>) {
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (table, (rows, columns)) in one {
        let (other_rows, others) = &other[table];
        assert_eq!(rows, other_rows, "{table}");
        assert_eq!(columns.keys().collect::<Vec<_>>(), others.keys().collect::<Vec<_>>(), "{table}");
        for (name, column) in columns {
            assert_same(column, &others[name], &format!("{table}.{name}"));
        }
    }
}

#[tokio::test]
async fn chinook_is_the_same_in_postgres_mariadb_and_sqlite() {
    let (_, tables) = POSTGRES.split_once("\\c chinook;").unwrap();
    let template = Server::shared().template("chinook", tables, |database| drop(database.psql(tables)));
    let database = Server::shared().copy_of(&template, "chinook");
    let postgres = by_name(profile(&database.url(), ProfileRequest::default()).await);
    assert_eq!(postgres.len(), 11);

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("chinook.db");
    let text = SQLITE.trim_start_matches('\u{feff}');
    // The one difference between the scripts: `Edinburgh` with a blank behind it.
    let same = "UPDATE Customer SET City = trim(City); UPDATE Invoice SET BillingCity = trim(BillingCity)";
    let script = format!("PRAGMA synchronous = OFF; BEGIN; {text}; {same}; COMMIT");
    rusqlite::Connection::open(&path).unwrap().execute_batch(&script).unwrap();
    let sqlite = by_name(profile(&format!("sqlite:{}", path.display()), ProfileRequest::default()).await);
    assert_all_same(&postgres, &sqlite);

    let (database, account) = mariadb::chinook();
    database.sql(same);
    let mariadb = by_name(profile(&database.url_as(&account), ProfileRequest::default()).await);
    assert_all_same(&postgres, &mariadb);

    let email = &postgres["customer"].1["email"];
    let judged = email.semantics.as_ref().unwrap();
    assert_eq!(judged.evidence, ["name:email", "pattern:email"]);
}
