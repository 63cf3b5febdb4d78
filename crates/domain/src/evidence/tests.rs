use serde_json::json;
use types::Timestamp;
use types::snapshot::{
    Body, DomainType, Engine, EnumType, Generated, Object, Policy, Routine, Sequence, Trigger,
};

use super::*;
use crate::diff;
use crate::fixture::{check, column, foreign_key, index, key, object, snapshot, table, table_with, view};

fn profile(rows: u64, column: ColumnProfile) -> TableProfile {
    TableProfile {
        table: "public.film".into(),
        row_count: rows,
        row_count_method: Method::Exact,
        bytes: None,
        latest_value_at: None,
        timestamp_column: None,
        last_write_at: None,
        columns: vec![column],
        partial: false,
        profiled_at: Timestamp::from_millis(0).unwrap(),
        skipped: None,
        ..TableProfile::default()
    }
}

fn stats(nulls: u64, percent: f64, distinct: u64) -> ColumnProfile {
    ColumnProfile {
        column: "length".into(),
        null_count: nulls,
        null_percent: Some(percent),
        distinct_count: Some(distinct),
        uniqueness_percent: None,
        method: Method::Exact,
        error_bound: None,
        min: Some(json!(46)),
        max: Some(json!(185)),
        latest_value_at: None,
        ..ColumnProfile::default()
    }
}

fn film(length: Option<&str>) -> Vec<Object> {
    let columns = std::iter::once(column("id", "integer"))
        .chain(length.map(|data_type| column("length", data_type)))
        .collect();
    vec![table("public.film", columns)]
}

fn keyed() -> Vec<Object> {
    let columns = vec![column("id", "integer"), column("length", "integer")];
    vec![table_with("public.film", columns, |table| table.uniques = vec![key("u", &["length"])])]
}

#[test]
fn the_last_profile_says_what_a_change_did() {
    let full = || profile(1000, stats(0, 0.0, 140));
    let cases = [
        (full(), film(Some("integer")), vec![], "The table had 1000 rows at the last profile."),
        (
            full(),
            film(Some("integer")),
            film(None),
            "The column had 0.0 % NULL and 140 different values at the last profile.",
        ),
        (
            profile(1000, stats(1000, 100.0, 0)),
            film(Some("integer")),
            film(None),
            "The column was 100 % NULL at the last profile.",
        ),
        (
            profile(0, stats(0, 0.0, 0)),
            film(Some("integer")),
            film(None),
            "The table had 0 rows at the last profile.",
        ),
        (
            full(),
            film(Some("integer")),
            film(Some("integer!")),
            "The column had 0 NULLs in 1000 rows at the last profile, so this would have passed.",
        ),
        (
            profile(1000, stats(3, 0.3, 140)),
            film(Some("integer")),
            film(Some("integer!")),
            "The column had 3 NULLs in 1000 rows at the last profile, so they were filled or removed first.",
        ),
        (
            full(),
            film(Some("integer")),
            film(Some("smallint")),
            "Values ran from 46 to 185 at the last profile.",
        ),
        (
            full(),
            film(Some("integer")),
            keyed(),
            "length had 140 different values among 1000 at the last profile.",
        ),
        (
            profile(140, stats(0, 0.0, 140)),
            film(Some("integer")),
            keyed(),
            "All 140 values of length were different at the last profile.",
        ),
    ];
    for (profile, old, new, expected) in cases {
        let profiles = [profile];
        let index = ProfileIndex::new(&profiles);
        let old = snapshot(Engine::Postgres, old);
        let changes = diff(&old, &snapshot(Engine::Postgres, new), Some(&index));
        assert_eq!(changes.len(), 1, "{changes:?}");
        assert_eq!(changes[0].evidence, [expected], "{}", changes[0].kind);
    }
}

#[test]
fn the_catalog_says_who_uses_what_changed() {
    let mut old = film(Some("integer"));
    for name in ["a", "b"] {
        let query = format!("SELECT length AS {name} FROM film");
        old.push(view(&format!("public.{name}"), vec![column(name, "integer")], "public.film", &query));
    }
    old.push(table_with("public.c", vec![column("film_id", "integer")], |table| {
        table.foreign_keys = vec![foreign_key("f", "film_id", "public.film", "id")];
    }));
    let mut new = old.clone();
    new[0] = film(None).remove(0);
    let dropped_column =
        diff(&snapshot(Engine::Postgres, old.clone()), &snapshot(Engine::Postgres, new.clone()), None);
    assert_eq!(dropped_column[0].evidence, ["Used by views public.a, public.b."]);
    new.remove(0);
    let dropped_table = diff(&snapshot(Engine::Postgres, old), &snapshot(Engine::Postgres, new), None);
    assert_eq!(dropped_table[0].evidence, ["Used by views public.a, public.b; a foreign key from public.c."]);
}

#[test]
fn the_blast_radius_of_a_column_reaches_what_belongs_to_its_table_and_views_over_views() {
    let mut old = film(Some("integer"));
    if let Body::Table(table) = &mut old[0].body {
        let mut twice = column("twice", "integer");
        twice.generated = Some(Generated { expression: "length * 2".into(), stored: true });
        table.columns.push(twice);
        table.policies =
            vec![Policy { name: "short".into(), using: Some("length < 90".into()), ..Policy::default() }];
        table.checks = vec![check("positive", "length > 0"), check("other", "id > 0")];
        table.indexes = vec![index("film_length", "length")];
    }
    let reads = |name: &str, from: &str| {
        view(&format!("public.{name}"), vec![column("length", "integer")], from, "SELECT length FROM x")
    };
    old.push(reads("near", "public.film"));
    old.push(reads("far", "public.near"));
    old.push(reads("farther", "public.far"));
    let mut new = old.clone();
    if let Body::Table(table) = &mut new[0].body {
        table.columns.retain(|column| column.name != "length");
    }
    let changes = diff(&snapshot(Engine::Postgres, old), &snapshot(Engine::Postgres, new), None);
    let dropped = changes.iter().find(|change| change.kind == "column.dropped").unwrap();
    assert_eq!(
        dropped.evidence,
        [
            "Used by view public.near; generated column twice; check positive; index film_length; policy short.",
            "Through them by views public.far, public.farther.",
        ]
    );
}

#[test]
fn a_dropped_table_names_the_functions_that_take_its_rows() {
    let mut old = film(Some("integer"));
    let routine = Routine { arguments: "f public.film".into(), ..Routine::default() };
    old.push(object("public.price(film)", Body::Function(routine)));
    let mut new = old.clone();
    new.remove(0);
    let changes = diff(&snapshot(Engine::Postgres, old), &snapshot(Engine::Postgres, new), None);
    assert_eq!(changes[0].evidence, ["Used by function public.price(film)."]);
}

#[test]
fn what_names_a_type_a_function_or_a_sequence_is_told_when_that_goes() {
    let old = || {
        let mut default = column("n", "bigint");
        default.default = Some("nextval('public.s'::regclass)".into());
        let mut film = vec![column("mood", "public.mood!"), column("moods", "public.mood[]"), default];
        film.push(column("email", "public.email"));
        // Of another schema, and no name but a value.
        film.push(crate::fixture::with_default(column("other", "other.mood"), "'public.mood'::text"));
        let film = table_with("public.film", film, |table| {
            table.checks = vec![check("low", "(public.price(n) < 9)"), check("plain", "(n < public.price)")];
            table.indexes = vec![index("priced", "public.price(n)")];
            table.policies = vec![Policy {
                name: "own".into(),
                check: Some("public.price(n) > 1".into()),
                ..Policy::default()
            }];
        });
        let routine =
            |returns: &str| Body::Function(Routine { returns: Some(returns.into()), ..Routine::default() });
        let domain = DomainType { data_type: "public.mood".into(), ..DomainType::default() };
        vec![
            object(
                "public.mood",
                Body::Enum(EnumType { values: vec!["a".into(), "b".into()], ..EnumType::default() }),
            ),
            object(
                "public.email",
                Body::Domain(DomainType { data_type: "text".into(), ..DomainType::default() }),
            ),
            object("public.moody", Body::Domain(domain)),
            object("public.s", Body::Sequence(Sequence::default())),
            object("public.price(bigint)", routine("numeric")),
            object("public.cheer()", routine("public.mood")),
            object("public.twice(text)", routine("text")),
            object("public.twice(bigint)", routine("bigint")),
            view(
                "public.v",
                vec![column("mood", "public.mood")],
                "public.film",
                "SELECT public.twice(mood) FROM public.film",
            ),
            film,
        ]
    };
    let cases = [
        (
            "public.mood",
            "Used by columns public.film.mood, public.film.moods; view public.v; type public.moody; \
             function public.cheer().",
        ),
        ("public.email", "Used by column public.film.email."),
        ("public.s", "Used by column public.film.n."),
        (
            "public.price(bigint)",
            "Used by check public.film.low; index public.film.priced; policy public.film.own.",
        ),
        // Which of two functions of that name is called, the text does not say.
        ("public.twice(text)", ""),
        ("public.moody", ""),
    ];
    for (path, expected) in cases {
        let new = old().into_iter().filter(|object| object.path != path).collect();
        let changes = diff(&snapshot(Engine::Postgres, old()), &snapshot(Engine::Postgres, new), None);
        let told: Vec<_> =
            changes.iter().map(|change| (change.path.as_str(), change.evidence.join(" "))).collect();
        assert_eq!(told, [(path, expected.to_owned())]);
    }
    let mut new = old();
    if let Body::Enum(mood) = &mut new[0].body {
        mood.values.pop();
    }
    let changes = diff(&snapshot(Engine::Postgres, old()), &snapshot(Engine::Postgres, new), None);
    assert_eq!((changes[0].kind.as_str(), changes.len()), ("enum.value_removed", 1));
    assert!(changes[0].evidence[0].starts_with("Used by columns public.film.mood,"), "{changes:?}");
}

#[test]
fn a_function_of_mysql_is_called_with_and_without_its_schema() {
    let routine = || object("shop.price(int)", Body::Function(Routine::default()));
    let film = || {
        table_with("shop.film", vec![column("n", "int")], |table| {
            let trigger = |name: &str, definition: &str| Trigger {
                name: name.into(),
                definition: definition.into(),
                enabled: true,
                ..Trigger::default()
            };
            table.triggers = vec![
                trigger("far", "before insert: SET NEW.n = `shop`.`price`(1)"),
                trigger("near", "before insert: SET NEW.n = price(1)"),
                trigger("other", "before insert: SET NEW.n = old.price(1) + price"),
            ];
        })
    };
    let old = snapshot(Engine::Mariadb, vec![routine(), film()]);
    let changes = diff(&old, &snapshot(Engine::Mariadb, vec![film()]), None);
    assert_eq!(changes[0].evidence, ["Used by triggers shop.film.far, shop.film.near."]);
}
