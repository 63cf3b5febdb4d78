use proptest::prelude::*;
use types::snapshot::{Body, Engine, Object};

use super::*;
use crate::fixture::{check, column, index, key, physical, snapshot, table, table_with, with_default};

fn hash(engine: Engine, object: Object) -> String {
    canonicalize_object(engine, object).hash
}

#[test]
fn spelling_does_not_make_a_difference() {
    let plain = table_with(
        "public.film",
        vec![
            with_default(column("film_id", "integer!"), "nextval('public.film_film_id_seq'::regclass)"),
            with_default(column("title", "character varying(255)"), "'x'::character varying"),
            with_default(column("at", "timestamp with time zone"), "now()"),
        ],
        |table| table.checks = vec![check("c", "((title)::text <> ''::text)")],
    );
    let other = table_with(
        "public.film",
        vec![
            column("film_id", "serial"),
            with_default(column("title", "VARCHAR (255)"), "'x'"),
            with_default(column("at", "timestamptz"), "CURRENT_TIMESTAMP"),
        ],
        |table| table.checks = vec![check("c", "title::text  != ''")],
    );
    assert_eq!(hash(Engine::Postgres, plain), hash(Engine::Postgres, other));
}

#[test]
fn ids_estimates_partitions_and_places_do_not_count() {
    let columns = || vec![column("a", "integer"), column("b", "text")];
    let plain = hash(Engine::Postgres, table("public.t", columns()));
    let mut other = physical(table("public.t", columns()), 42);
    if let Body::Table(table) = &mut other.body {
        table.estimated_rows = Some(7);
        table.columns[0].position = 3;
        table.columns[1].position = 9;
    }
    assert_eq!(plain, hash(Engine::Postgres, other));
    let reversed = table("public.t", columns().into_iter().rev().collect());
    assert_eq!(plain, hash(Engine::Postgres, reversed));
}

#[test]
fn what_counts_makes_a_difference() {
    let base = || table("public.t", vec![column("a", "integer")]);
    let plain = hash(Engine::Postgres, base());
    let others = [
        table("public.u", vec![column("a", "integer")]),
        table("public.t", vec![column("b", "integer")]),
        table("public.t", vec![column("a", "bigint")]),
        table("public.t", vec![column("a", "integer!")]),
        table("public.t", vec![with_default(column("a", "integer"), "0")]),
        table_with("public.t", vec![column("a", "integer")], |table| {
            table.comment = Some("x".into());
        }),
        table_with("public.t", vec![column("a", "integer")], |table| {
            table.primary_key = Some(key("t_pkey", &["a"]));
        }),
        table_with("public.t", vec![column("a", "integer")], |table| {
            table.indexes = vec![index("t_a", "a")];
        }),
    ];
    for other in others {
        assert_ne!(plain, hash(Engine::Postgres, other.clone()), "{other:?}");
    }
}

#[test]
fn the_root_hash_does_not_depend_on_the_order() {
    let a = ("public.a", "table", "1");
    let b = ("public.b", "table", "2");
    assert_eq!(root_hash([a, b]), root_hash([b, a]));
    assert_ne!(root_hash([a]), root_hash([a, b]));
    assert_ne!(root_hash([("ab", "c", "1")]), root_hash([("a", "bc", "1")]), "lengths keep the parts apart");
}

#[test]
fn a_large_catalog_is_the_same_whole_as_object_by_object() {
    let tables =
        || (0..3 * FOR_A_THREAD + 7).map(|n| table(&format!("public.t{n}"), vec![column("a", "int4")]));
    let whole = canonicalize(snapshot(Engine::Postgres, tables().collect()));
    let mut single: Vec<_> = tables().map(|object| canonicalize_object(Engine::Postgres, object)).collect();
    single.sort_by(|a, b| address(a).cmp(&address(b)));
    assert_eq!(whole.objects, single);
}

#[test]
fn columns_are_numbered_from_one_without_gaps() {
    let mut film = table("main.film", vec![column("b", "TEXT"), column("a", "TEXT")]);
    if let Body::Table(table) = &mut film.body {
        table.columns[0].position = 9;
        table.columns[1].position = 4;
    }
    let done = canonicalize_object(Engine::Sqlite, film);
    let places: Vec<_> =
        done.body.columns().iter().map(|column| (column.name.as_str(), column.position)).collect();
    assert_eq!(places, [("a", 1), ("b", 2)]);
}

#[test]
fn an_object_is_taken_for_canonical_only_with_the_hash_of_what_it_holds() {
    let done =
        canonicalize(snapshot(Engine::Postgres, vec![table("public.film", vec![column("a", "int4")])]));
    let edited = |edit: fn(&mut types::snapshot::Column)| {
        let mut edited = done.clone();
        if let Body::Table(table) = &mut edited.objects[0].body {
            table.columns.iter_mut().for_each(edit);
        }
        canonicalize(edited)
    };
    assert_eq!(
        edited(|column| column.data_type = "int8".into()).objects[0].body.columns()[0].data_type,
        "bigint"
    );
    assert_eq!(edited(|column| column.data_type = "int4".into()), done);
    assert_eq!(edited(|column| column.position = 7), done);
}

fn engines() -> impl Strategy<Value = Engine> {
    prop_oneof![Just(Engine::Postgres), Just(Engine::Mysql), Just(Engine::Mariadb), Just(Engine::Sqlite)]
}

fn sql() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-zA-Z_]{1,6}",
        Just("NULL".to_owned()),
        Just("now()".to_owned()),
        Just("::text".to_owned()),
        Just("::character varying(10)".to_owned()),
        Just("'it''s'".to_owned()),
        Just("'-1'::integer".to_owned()),
        Just("\"Film\"".to_owned()),
        Just("`film`".to_owned()),
        "[0-9.]{1,3}",
        "[-+*/<>=!()\\[\\],.;:$'\"|~é]{1,3}",
    ];
    proptest::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn canonical_form_is_reached_in_one_step(engine in engines(), text in sql(), kind in sql()) {
        let film = table_with(
            "public.film",
            vec![with_default(column("a", &kind), &text)],
            |table| {
                table.checks = vec![check("c", &text)];
                table.indexes = vec![index("i", &text)];
            },
        );
        let once = canonicalize(snapshot(engine, vec![film]));
        prop_assert_eq!(&once, &canonicalize(once.clone()));
        // Neither does it change what is normalised again because nobody vouches for it.
        let mut unknown = once.clone();
        unknown.header.canonical_version = 0;
        prop_assert_eq!(&once, &canonicalize(unknown));
    }

    #[test]
    fn white_space_and_order_never_matter(
        words in proptest::collection::vec("[a-z]{1,5}|[0-9]{1,3}|<|and|\\(|\\)|'x'", 1..9),
        gap in "[ \t\n]{1,3}",
        engine in engines(),
    ) {
        let film = |text: String| table_with("public.film", vec![column("a", "text")], |table| {
            table.checks = vec![check("c", &text), check("b", "true")];
        });
        let first = canonicalize(snapshot(engine, vec![film(words.join(" ")), table("public.a", vec![])]));
        let mut other = film(words.join(&gap));
        if let Body::Table(table) = &mut other.body {
            table.checks.reverse();
        }
        let second = canonicalize(snapshot(engine, vec![table("public.a", vec![]), other]));
        prop_assert_eq!(first, second);
    }
}
