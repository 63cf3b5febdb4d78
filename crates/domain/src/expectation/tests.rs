use types::expectation::ExpectationState as State;
use types::incident::IncidentSeverity;
use types::snapshot::{Column, Table, View};

use super::*;

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn range(minimum: Option<&str>, maximum: Option<&str>) -> ExpectationRule {
    let [minimum, maximum] = [minimum, maximum].map(|end| end.map(str::to_owned));
    ExpectationRule::Range { column: "amount".into(), minimum, maximum }
}

fn referential(columns: &[&str], referenced: &[&str]) -> ExpectationRule {
    ExpectationRule::Referential {
        columns: texts(columns),
        references: "public.customer".into(),
        referenced_columns: texts(referenced),
    }
}

#[test]
fn what_is_expected_is_said_in_words() {
    let column = "amount".to_owned();
    let cases = [
        (ExpectationRule::NotNull { column: "a.b".into() }, "public.orders.\"a.b\" is never NULL"),
        (ExpectationRule::Unique { columns: texts(&["id"]) }, "public.orders.id is unique"),
        (
            ExpectationRule::Unique { columns: texts(&["day", "shop"]) },
            "day, shop of public.orders are unique together",
        ),
        (
            ExpectationRule::AcceptedValues { column, values: texts(&["a", "b", "c", "d", "e", "f", "g"]) },
            "public.orders.amount is one of a, b, c, d, e, 2 more",
        ),
        (range(Some("0"), Some("12.50")), "public.orders.amount is between 0 and 12.50"),
        (range(Some("0"), None), "public.orders.amount is at least 0"),
        (range(None, Some("9")), "public.orders.amount is at most 9"),
        (
            ExpectationRule::Pattern { column: "note".into(), pattern: "a".repeat(61) },
            &format!("public.orders.note matches {}…", "a".repeat(60)),
        ),
        (
            ExpectationRule::RowCount { minimum: Some(3), maximum: Some(3) },
            "public.orders has exactly 3 rows",
        ),
        (
            ExpectationRule::Freshness { maximum_age_seconds: 7_200 },
            "public.orders has a row that is at most 2 h old",
        ),
        (referential(&["customer_id"], &["id"]), "public.orders.customer_id exists in public.customer.id"),
        (
            referential(&["shop", "number"], &["a", "b"]),
            "shop, number of public.orders exist in public.customer (a, b)",
        ),
    ];
    for (rule, expected) in cases {
        assert_eq!(sentence("public.orders", &rule), expected);
    }
}

#[test]
fn what_does_not_hold_says_what_was_found() {
    let definition = |rule| ExpectationDefinition {
        table: "public.orders".into(),
        rule,
        severity: IncidentSeverity::Warning,
        description: None,
        enabled: true,
    };
    let not_null = || definition(ExpectationRule::NotNull { column: "note".into() });
    let found = |failing, checked| ExpectationOutcome { failing, checked, ..ExpectationOutcome::default() };
    let begin = "Expected that public.orders.note is never NULL: ";
    for (outcome, end) in [
        (found(Some(3), Some(100)), "3 of 100 rows break it"),
        (found(Some(1), Some(100)), "1 of 100 rows breaks it"),
        (found(Some(3), None), "3 rows break it"),
        (found(None, None), "it does not hold"),
    ] {
        assert_eq!(broken(&not_null(), &outcome), format!("{begin}{end}"));
    }
    let rows = definition(ExpectationRule::RowCount { minimum: Some(10), maximum: None });
    let outcome = row_count((Some(10), None), 3, Method::Exact);
    assert_eq!(broken(&rows, &outcome), "Expected that public.orders has at least 10 rows: it has 3 rows");
}

#[test]
fn rows_are_counted_between_both_ends() {
    for (ends, rows, expected) in [
        ((Some(3), None), 3, State::Passed),
        ((Some(3), None), 2, State::Failed),
        ((None, Some(3)), 3, State::Passed),
        ((None, Some(3)), 4, State::Failed),
        ((Some(0), Some(0)), 0, State::Passed),
    ] {
        assert_eq!(row_count(ends, rows, Method::Exact).state, expected, "{ends:?} {rows}");
    }
    let estimated = row_count((Some(1), None), 1, Method::Estimated);
    assert_eq!(estimated.detail.as_deref(), Some("It has about 1 row"));
}

#[test]
fn a_row_is_fresh_up_to_the_limit_and_whatever_the_clocks_say() {
    let at = |seconds: i64| Timestamp::from_millis(seconds * 1000).unwrap();
    for (latest, expected) in [
        (Some(at(1000)), State::Passed),
        (Some(at(940)), State::Passed),
        (Some(at(939)), State::Failed),
        (Some(at(5000)), State::Passed),
        (None, State::NotChecked),
    ] {
        assert_eq!(freshness(60, latest, at(1000)).state, expected, "{latest:?}");
    }
}

#[test]
fn what_is_not_in_the_schema_is_named() {
    let columns = |names: &[&str]| {
        let column = |name: &&str| Column { name: (*name).to_owned(), ..Column::default() };
        names.iter().map(column).collect::<Vec<_>>()
    };
    let object = |path: &str, body| Object {
        path: path.into(),
        parts: Vec::new(),
        hash: String::new(),
        physical: None,
        body,
    };
    let table = |names: &[&str]| Body::Table(Table { columns: columns(names), ..Table::default() });
    let objects = [
        object("public.orders", table(&["id", "amount", "customer_id"])),
        object("public.customer", table(&["id"])),
        object("public.list", Body::View(View { columns: columns(&["id"]), ..View::default() })),
    ];
    let unique = ExpectationRule::Unique { columns: texts(&["id", "day"]) };
    let elsewhere = ExpectationRule::Referential {
        columns: texts(&["id"]),
        references: "public.list".into(),
        referenced_columns: texts(&["id"]),
    };
    for (path, rule, expected) in [
        ("public.orders", range(Some("1"), None), None),
        ("public.order", range(Some("1"), None), Some(Missing::Table)),
        ("public.list", ExpectationRule::Freshness { maximum_age_seconds: 1 }, Some(Missing::Table)),
        ("public.orders", unique, Some(Missing::Column(1, "day"))),
        ("public.orders", referential(&["customer_id"], &["id"]), None),
        (
            "public.orders",
            referential(&["customer_id"], &["number"]),
            Some(Missing::ReferencedColumn(0, "number")),
        ),
        ("public.orders", elsewhere, Some(Missing::References("public.list"))),
    ] {
        assert_eq!(missing(path, &rule, &objects), expected, "{rule:?}");
    }
}
