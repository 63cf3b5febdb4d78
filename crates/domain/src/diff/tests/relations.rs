use types::snapshot::{Body, Engine, Index, Object, Partitions, Policy, Schema, Table, Trigger, View};

use super::{changes, lines};
use crate::fixture::{check, column, foreign_key, index, key, object, table, table_with, view};

fn with(fill: impl FnOnce(&mut Table)) -> Vec<Object> {
    vec![table_with("public.t", vec![column("a", "integer"), column("b", "integer")], fill)]
}

type Fill = fn(&mut Table);

#[test]
fn each_rule_for_what_belongs_to_a_table_holds() {
    const NONE: Fill = |_| {};
    let cases: Vec<(Fill, Fill, &[&str])> = vec![
        (NONE, |t| t.primary_key = Some(key("p", &["a"])), &["primary_key.added public.t.p SP FL"]),
        (|t| t.primary_key = Some(key("p", &["a"])), NONE, &["primary_key.dropped public.t.p PP"]),
        (
            |t| t.primary_key = Some(key("p", &["a"])),
            |t| t.primary_key = Some(key("p", &["b"])),
            &["primary_key.changed public.t.p PB F"],
        ),
        (
            |t| t.primary_key = Some(key("p", &["a"])),
            |t| t.primary_key = Some(key("q", &["a"])),
            &["primary_key.renamed public.t.q IP"],
        ),
        (NONE, |t| t.uniques = vec![key("u", &["a"])], &["unique.added public.t.u SB FL"]),
        (NONE, |t| t.uniques = vec![key("", &["a", "b"])], &["unique.added public.t.(a, b) SB FL"]),
        (|t| t.uniques = vec![key("u", &["a"])], NONE, &["unique.dropped public.t.u PP"]),
        (
            |t| t.uniques = vec![key("u", &["a"])],
            |t| {
                t.uniques = vec![key("u", &["a"])];
                t.uniques[0].nulls_not_distinct = true;
            },
            &["unique.changed public.t.u PP F"],
        ),
        (
            |t| t.uniques = vec![key("u", &["a"])],
            |t| t.uniques = vec![key("v", &["a"])],
            &["unique.renamed public.t.v IP"],
        ),
        (
            NONE,
            |t| t.foreign_keys = vec![foreign_key("f", "a", "public.o", "id")],
            &["foreign_key.added public.t.f SB FL"],
        ),
        (
            |t| t.foreign_keys = vec![foreign_key("f", "a", "public.o", "id")],
            NONE,
            &["foreign_key.dropped public.t.f PS"],
        ),
        (
            |t| t.foreign_keys = vec![foreign_key("f", "a", "public.o", "id")],
            |t| t.foreign_keys = vec![foreign_key("f", "a", "public.p", "id")],
            &["foreign_key.changed public.t.f PB F"],
        ),
        (
            |t| t.foreign_keys = vec![foreign_key("f", "a", "public.o", "id")],
            |t| {
                t.foreign_keys = vec![foreign_key("f", "a", "public.o", "id")];
                t.foreign_keys[0].on_delete = "CASCADE".into();
            },
            &["foreign_key.changed public.t.f PP D"],
        ),
        (
            |t| {
                t.foreign_keys = vec![foreign_key("f", "a", "public.o", "id")];
                t.foreign_keys[0].validated = false;
            },
            |t| t.foreign_keys = vec![foreign_key("f", "a", "public.o", "id")],
            &["foreign_key.changed public.t.f IS"],
        ),
        (NONE, |t| t.checks = vec![check("c", "a > 0")], &["check.added public.t.c SB FL"]),
        (|t| t.checks = vec![check("c", "a > 0")], NONE, &["check.dropped public.t.c PS"]),
        (
            |t| t.checks = vec![check("c", "a > 0")],
            |t| t.checks = vec![check("c", "a > 1")],
            &["check.changed public.t.c PB F"],
        ),
        (
            |t| t.checks = vec![check("c", "a > 0")],
            |t| {
                t.checks = vec![check("c", "a > 0")];
                t.checks[0].validated = false;
            },
            &["check.changed public.t.c PP"],
        ),
        (|t| t.checks = vec![check("c", "(a > 0)")], |t| t.checks = vec![check("c", "a>0")], &[]),
        (NONE, |t| t.indexes = vec![index("i", "a")], &["index.added public.t.i SI L"]),
        (NONE, |t| t.indexes = vec![unique(index("i", "a"))], &["index.added public.t.i SB FL"]),
        (|t| t.indexes = vec![index("i", "a")], NONE, &["index.dropped public.t.i PP"]),
        (
            |t| t.indexes = vec![index("i", "a")],
            |t| t.indexes = vec![index("i", "b")],
            &["index.changed public.t.i PP"],
        ),
        (
            |t| t.indexes = vec![index("i", "a")],
            |t| t.indexes = vec![unique(index("i", "a"))],
            &["index.changed public.t.i SB FL"],
        ),
        (
            |t| t.indexes = vec![index("i", "a")],
            |t| t.indexes = vec![index("j", "a")],
            &["index.renamed public.t.j II"],
        ),
        (
            |t| t.indexes = vec![index("i", "a")],
            |t| {
                t.indexes = vec![index("i", "a")];
                t.indexes[0].valid = false;
            },
            &["index.changed public.t.i PP"],
        ),
        (NONE, |t| t.triggers = vec![trigger(true)], &["trigger.added public.t.g IP"]),
        (|t| t.triggers = vec![trigger(true)], NONE, &["trigger.dropped public.t.g IP"]),
        (
            |t| t.triggers = vec![trigger(true)],
            |t| t.triggers = vec![trigger(false)],
            &["trigger.changed public.t.g IP"],
        ),
        (NONE, |t| t.policies = vec![policy("a > 0")], &["policy.added public.t.p PP A"]),
        (
            |t| t.policies = vec![policy("a > 0")],
            |t| t.policies = vec![policy("a > 1")],
            &["policy.changed public.t.p PP A"],
        ),
        (|t| t.policies = vec![policy("a > 0")], NONE, &["policy.dropped public.t.p PP A"]),
        (NONE, |t| t.options = vec!["row_level_security".into()], &["table.changed public.t PP A"]),
        (NONE, |t| t.options = vec!["unlogged".into()], &["table.changed public.t IP L"]),
        (
            NONE,
            |t| {
                t.partitions = Some(Partitions { key: "RANGE (a)".into(), names: Vec::new() });
            },
            &["table.changed public.t PP L"],
        ),
        (NONE, |t| t.comment = Some("x".into()), &["table.comment_changed public.t II"]),
        (NONE, |t| t.owner = Some("x".into()), &["table.owner_changed public.t II"]),
    ];
    for (row, (old, new, expected)) in cases.into_iter().enumerate() {
        assert_eq!(lines(Engine::Postgres, with(old), with(new)), expected, "row {row}");
    }
}

fn unique(index: Index) -> Index {
    Index { unique: true, ..index }
}

fn trigger(enabled: bool) -> Trigger {
    Trigger {
        name: "g".into(),
        definition: "CREATE TRIGGER g BEFORE INSERT ON public.t EXECUTE FUNCTION f()".into(),
        enabled,
        ..Trigger::default()
    }
}

fn policy(using: &str) -> Policy {
    Policy {
        name: "p".into(),
        command: "select".into(),
        permissive: true,
        roles: vec!["reader".into()],
        using: Some(using.into()),
        ..Policy::default()
    }
}

#[test]
fn a_table_that_comes_or_goes_is_one_change() {
    let film = || {
        vec![table_with("public.film", vec![column("id", "integer!")], |table| {
            table.primary_key = Some(key("film_pkey", &["id"]));
            table.indexes = vec![index("film_id", "id")];
        })]
    };
    assert_eq!(lines(Engine::Postgres, film(), vec![]), ["table.dropped public.film BB D"]);
    assert_eq!(lines(Engine::Postgres, vec![], film()), ["table.added public.film SS"]);
    let gone = &changes(Engine::Postgres, film(), vec![])[0];
    assert_eq!(gone.before["columns"][0], "id");
    assert_eq!(gone.codes, ["DS102"]);
}

#[test]
fn a_table_that_becomes_a_partition_or_stops_being_one_has_lost_nothing() {
    let events = |names: &[&str]| {
        table_with("public.events", vec![column("at", "date!")], |table| {
            let names = names.iter().map(ToString::to_string).collect();
            table.partitions = Some(Partitions { key: "RANGE (at)".into(), names });
        })
    };
    let alone = || vec![events(&[]), table_with("public.events_2025", vec![column("at", "date!")], |_| {})];
    let folded = || vec![events(&["public.events_2025"])];
    assert_eq!(lines(Engine::Postgres, alone(), folded()), ["table.changed public.events_2025 PP L"]);
    assert_eq!(lines(Engine::Postgres, folded(), alone()), ["table.changed public.events_2025 PS"]);
    let attached = &changes(Engine::Postgres, alone(), folded())[0];
    assert_eq!(attached.after["partition_of"], "public.events");
    // Made and dropped as a partition, it is none of the list's tables.
    assert_eq!(lines(Engine::Postgres, folded(), vec![events(&[])]), Vec::<String>::new());
}

#[test]
fn a_reference_that_names_no_columns_leads_to_the_primary_key() {
    let down = |columns: &[&str]| {
        let up = table_with("main.up", vec![column("id", "INTEGER"), column("code", "TEXT")], |up| {
            up.primary_key = Some(key("", &["id"]));
        });
        let down = table_with("main.down", vec![column("up_id", "INTEGER")], |down| {
            let mut reference = foreign_key("", "up_id", "main.up", "id");
            reference.referenced_columns = columns.iter().map(|column| (*column).to_owned()).collect();
            down.foreign_keys = vec![reference];
        });
        vec![up, down]
    };
    assert_eq!(lines(Engine::Sqlite, down(&[]), down(&["id"])), Vec::<String>::new());
    assert_eq!(
        lines(Engine::Sqlite, down(&[]), down(&["code"])),
        ["foreign_key.dropped main.down.(up_id) PS", "foreign_key.added main.down.(up_id) SB FL"]
    );
}

#[test]
fn schemas_come_and_go() {
    let schema = || vec![object("shop", Body::Schema(Schema::default()))];
    assert_eq!(lines(Engine::Postgres, schema(), vec![]), ["schema.dropped shop BB D"]);
    assert_eq!(lines(Engine::Postgres, vec![], schema()), ["schema.added shop SS"]);
}

#[test]
fn each_rule_for_views_holds() {
    let films = |columns: &[&str], query: &str| {
        let columns = columns.iter().map(|name| column(name, "text")).collect();
        vec![view("public.v", columns, "public.film", query)]
    };
    let cases = [
        (films(&["a"], "SELECT a FROM film"), vec![], vec!["view.dropped public.v BB"]),
        (vec![], films(&["a"], "SELECT a FROM film"), vec!["view.added public.v SS"]),
        (
            films(&["a"], "SELECT a FROM film"),
            films(&["a"], "SELECT a FROM film WHERE b"),
            vec!["view.changed public.v PP"],
        ),
        (films(&["a"], "SELECT a FROM film"), films(&["a"], "SELECT  a\nFROM film;"), vec![]),
        (
            films(&["a"], "SELECT a FROM film"),
            films(&["a", "b"], "SELECT a, b FROM film"),
            vec!["column.added public.v.b SS"],
        ),
        (
            films(&["a", "b"], "SELECT a, b FROM film"),
            films(&["a"], "SELECT a FROM film"),
            vec!["column.dropped public.v.b BB"],
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(Engine::Postgres, old, new), expected);
    }
}

#[test]
fn a_relation_may_become_another_kind() {
    let columns = || vec![column("a", "text")];
    let materialized = |query: &str| {
        let view = View {
            columns: vec![column("a", "text")],
            definition: query.into(),
            depends_on: vec!["public.f".into()],
            ..View::default()
        };
        vec![object("public.v", Body::MaterializedView(view))]
    };
    let stored = || vec![table("public.v", columns())];
    let computed = |query: &str| vec![view("public.v", columns(), "public.f", query)];
    let (plain, counting) = ("SELECT f.a FROM f WHERE (f.a <> '')", "SELECT max(f.a) AS a FROM f");
    let cases = [
        (stored(), computed(plain), "table.changed public.v PP"),
        (stored(), computed(counting), "table.changed public.v PB"),
        (stored(), materialized(plain), "table.changed public.v PB"),
        (computed(plain), materialized(plain), "view.changed public.v PB"),
        (materialized(counting), computed(counting), "materialized_view.changed public.v PI"),
        (computed(counting), stored(), "view.changed public.v PP"),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(Engine::Postgres, old, new), [expected]);
    }
}

#[test]
fn a_view_that_calls_other_functions_by_the_same_words_is_told() {
    let with = |calls: &[&str]| {
        let mut view = view("public.v", vec![column("a", "text")], "public.t", "SELECT f(a) AS a FROM t");
        if let Body::View(view) = &mut view.body {
            view.calls = calls.iter().map(|path| (*path).to_owned()).collect();
        }
        vec![view]
    };
    let (old, new) = (|| with(&["public.f(text)"]), || with(&["other.f(text)"]));
    assert_eq!(changes(Engine::Postgres, old(), new())[0].before["calls"][0], "public.f(text)");
    assert_eq!(lines(Engine::Postgres, old(), new()), ["view.changed public.v PP"]);
}
