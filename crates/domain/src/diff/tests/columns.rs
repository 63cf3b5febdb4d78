use serde_json::json;
use types::snapshot::{Body, Column, Engine, Generated, Identity, NotNull};

use super::{canonicalize, changes, diff, line, lines, snapshot};
use crate::fixture::{column, key, table, table_with, with_default};

fn generated(stored: bool, expression: &str) -> Column {
    Column { generated: Some(Generated { expression: expression.into(), stored }), ..column("c", "integer") }
}

fn identity(identity: Identity) -> Column {
    Column { identity: Some(identity), ..column("c", "integer!") }
}

fn collated(collation: &str) -> Column {
    Column { collation: Some(collation.into()), ..column("c", "text") }
}

/// One column `c` beside a column `a`, before and after; `None` where it is not there.
fn on(engine: Engine, old: Option<Column>, new: Option<Column>) -> Vec<String> {
    let of = |extra: Option<Column>| {
        let columns = std::iter::once(column("a", "integer")).chain(extra).collect();
        vec![table("public.t", columns)]
    };
    lines(engine, of(old), of(new))
}

#[test]
fn each_rule_for_columns_holds() {
    let plain = || column("c", "integer");
    let required = || column("c", "integer!");
    let cases: Vec<(Option<Column>, Option<Column>, &[&str])> = vec![
        (Some(plain()), None, &["column.dropped public.t.c BB D"]),
        (Some(generated(false, "a + 1")), None, &["column.dropped public.t.c BS"]),
        (Some(generated(true, "a + 1")), None, &["column.dropped public.t.c BB D"]),
        (None, Some(plain()), &["column.added public.t.c SS"]),
        (None, Some(with_default(required(), "0")), &["column.added public.t.c SS"]),
        (None, Some(required()), &["column.added public.t.c SB F"]),
        (None, Some(generated(true, "a + 1")), &["column.added public.t.c SP L"]),
        (None, Some(generated(false, "a + 1")), &["column.added public.t.c SP"]),
        (None, Some(identity(Identity::Always)), &["column.added public.t.c SP"]),
        (None, Some(identity(Identity::ByDefault)), &["column.added public.t.c SS"]),
        (Some(plain()), Some(required()), &["column.nullability_changed public.t.c SB FL"]),
        (Some(required()), Some(plain()), &["column.nullability_changed public.t.c PS"]),
        (Some(plain()), Some(with_default(plain(), "1")), &["column.default_changed public.t.c SS"]),
        (
            Some(with_default(plain(), "1")),
            Some(with_default(plain(), "2")),
            &["column.default_changed public.t.c IP"],
        ),
        (Some(with_default(plain(), "1")), Some(plain()), &["column.default_changed public.t.c SP"]),
        (Some(with_default(required(), "1")), Some(required()), &["column.default_changed public.t.c SB"]),
        (
            Some(generated(true, "a + 1")),
            Some(generated(true, "a + 2")),
            &["column.generated_changed public.t.c PS"],
        ),
        (
            Some(generated(true, "a + 1")),
            Some(generated(false, "a + 1")),
            &["column.generated_changed public.t.c PS L"],
        ),
        (Some(plain()), Some(generated(true, "a")), &["column.generated_changed public.t.c PB D"]),
        (Some(generated(true, "a")), Some(plain()), &["column.generated_changed public.t.c SP"]),
        (Some(identity(Identity::ByDefault)), Some(required()), &["column.identity_changed public.t.c SB"]),
        (
            Some(identity(Identity::ByDefault)),
            Some(identity(Identity::Always)),
            &["column.identity_changed public.t.c SB"],
        ),
        (
            Some(identity(Identity::Always)),
            Some(identity(Identity::ByDefault)),
            &["column.identity_changed public.t.c SS"],
        ),
        (Some(required()), Some(identity(Identity::ByDefault)), &["column.identity_changed public.t.c SS"]),
        (Some(collated("C")), Some(collated("de_DE")), &["column.collation_changed public.t.c PP"]),
        (
            Some(plain()),
            Some(Column { comment: Some("new".into()), ..plain() }),
            &["column.comment_changed public.t.c II"],
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(on(Engine::Postgres, old.clone(), new.clone()), expected, "{old:?} → {new:?}");
    }
}

#[test]
fn a_column_of_a_key_weighs_more() {
    let keyed = |column: Column| {
        vec![table_with("public.t", vec![column], |table| {
            table.uniques = vec![key("t_c_key", &["c"])];
        })]
    };
    let cases = [
        (column("c", "text!"), column("c", "text"), "column.nullability_changed public.t.c BS"),
        (collated("C"), collated("de_DE"), "column.collation_changed public.t.c BB F"),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(Engine::Postgres, keyed(old), keyed(new)), [expected]);
    }
}

#[test]
fn each_engine_ranks_types_by_its_own_lattice() {
    let postgres: &[(&str, &str, &str)] = &[
        ("varchar(10)", "varchar(20)", "SS"),
        ("varchar(20)", "varchar(10)", "SB FL"),
        ("varchar(10)", "varchar", "PS"),
        ("varchar(10)", "text", "PS"),
        ("varchar", "text", "SS"),
        ("text", "varchar", "SS"),
        ("text", "varchar(10)", "SB FL"),
        ("text", "citext", "PS"),
        ("char(3)", "varchar(3)", "PS L"),
        ("char(3)", "varchar(2)", "SB FL"),
        ("smallint", "integer", "PS L"),
        ("integer", "bigint", "PS L"),
        ("bigint", "integer", "SB FL"),
        ("integer", "numeric", "PS L"),
        ("integer", "numeric(5)", "SB FL"),
        ("numeric", "integer", "SB FL"),
        ("real", "double precision", "PS L"),
        ("double precision", "real", "SB FL"),
        ("numeric(10,2)", "numeric(12,2)", "SS"),
        ("numeric(10,2)", "numeric(12,4)", "SS L"),
        ("numeric(10,2)", "numeric(10,4)", "SB FL"),
        ("numeric(10,2)", "numeric", "SS"),
        ("numeric", "numeric(10,2)", "SB FL"),
        ("timestamp(3)", "timestamp", "SS"),
        ("timestamp", "timestamp(3)", "SB FL"),
        ("timestamp", "timestamptz", "BP L"),
        ("timestamptz", "timestamp", "BP L"),
        ("date", "timestamp", "PS L"),
        ("timestamp", "date", "BB FL"),
        ("cidr", "inet", "SS"),
        ("inet", "cidr", "SB FL"),
        ("json", "jsonb", "PS L"),
        ("text", "integer", "BB FL"),
        ("integer", "text", "BB FL"),
        ("integer", "integer[]", "BB FL"),
        ("text", "text[]", "BB FL"),
    ];
    let mysql: &[(&str, &str, &str)] = &[
        ("int", "bigint", "PS L"),
        ("int unsigned", "bigint", "PS L"),
        ("bigint", "bigint unsigned", "SB FL"),
        ("bigint", "int", "SB FL"),
        ("varchar(10)", "varchar(20)", "SS"),
        ("varchar(60)", "varchar(70)", "SS L"),
        ("varchar(63)", "tinytext", "PS L"),
        ("varchar(64)", "tinytext", "SB FL"),
        ("text", "varchar(100)", "SB FL"),
        ("text", "blob", "BB FL"),
        ("decimal(9,4)", "decimal(9,5)", "SB FL"),
        ("decimal(9,4)", "decimal(10,5)", "SS L"),
        ("float", "double", "PS L"),
        ("double", "float", "SB FL"),
        ("datetime", "datetime(3)", "SS L"),
        ("datetime(3)", "datetime", "SB FL"),
        ("binary(4)", "binary(8)", "SB FL"),
        ("enum('a','b')", "enum('a','b','c')", "PS"),
        ("enum('a','b')", "enum('a','c','b')", "PS L"),
        ("enum('a','b')", "enum('b','a')", "PS L"),
        ("enum('a','b')", "enum('a')", "SB FL"),
        ("enum('a','b')", "varchar(10)", "PS L"),
        ("varchar(10)", "enum('a','b')", "PB FL"),
        ("varchar(10)", "int", "BB FL"),
    ];
    let sqlite: &[(&str, &str, &str)] = &[
        ("INT", "BIGINT", "II"),
        ("VARCHAR(10)", "TEXT", "II"),
        ("TEXT", "INTEGER", "PP"),
        ("REAL", "NUMERIC", "PP"),
    ];
    for (engine, cases) in [
        (Engine::Postgres, postgres),
        (Engine::Mysql, mysql),
        (Engine::Mariadb, mysql),
        (Engine::Sqlite, sqlite),
    ] {
        for (old, new, expected) in cases {
            let found = on(engine, Some(column("c", old)), Some(column("c", new)));
            assert_eq!(
                found,
                [format!("column.type_changed public.t.c {expected}")],
                "{engine:?} {old} → {new}"
            );
        }
    }
}

#[test]
fn types_spelled_otherwise_are_no_change() {
    for (old, new) in [("int4", "integer"), ("varchar(5)", "character varying(5)"), ("bool", "boolean")] {
        assert!(on(Engine::Postgres, Some(column("c", old)), Some(column("c", new))).is_empty());
    }
    assert!(on(Engine::Mysql, Some(column("c", "int(11)")), Some(column("c", "int"))).is_empty());
}

#[test]
fn what_only_follows_the_type_is_not_told_beside_it() {
    let amount = |data_type: &str, default: &str| Some(with_default(column("c", data_type), default));
    let told = |old, new| on(Engine::Mariadb, old, new);
    let wider = "column.type_changed public.t.c SB FL";
    assert_eq!(told(amount("decimal(10,2)", "0.00"), amount("decimal(10,4)", "0.0000")), [wider]);
    assert_eq!(
        told(amount("decimal(10,2)", "0.00"), amount("decimal(10,4)", "0.0100")),
        [wider, "column.default_changed public.t.c IP"]
    );
    let text = |collation: Option<&str>| {
        Some(Column { collation: collation.map(str::to_owned), ..column("c", "varchar(11)") })
    };
    let number = Some(column("c", "int"));
    assert_eq!(told(number.clone(), text(Some("utf8mb4_bin"))), ["column.type_changed public.t.c BB FL"]);
    assert_eq!(told(text(Some("utf8mb4_bin")), number), ["column.type_changed public.t.c BB FL"]);
    let other = told(text(Some("utf8mb4_bin")), text(Some("utf8mb4_general_ci")));
    assert_eq!(other, ["column.collation_changed public.t.c PP"]);
}

#[test]
fn a_strict_table_means_its_types() {
    let strict = |data_type| {
        vec![table_with("main.t", vec![column("c", data_type)], |table| {
            table.options = vec!["strict".into()]
        })]
    };
    assert_eq!(
        lines(Engine::Sqlite, strict("TEXT"), strict("INTEGER")),
        ["column.type_changed main.t.c BB F"]
    );
}

#[test]
fn as_few_columns_as_possible_have_moved() {
    let of = |names: &[&str]| vec![table("main.t", names.iter().map(|name| column(name, "TEXT")).collect())];
    assert_eq!(
        lines(Engine::Sqlite, of(&["a", "b", "c", "d"]), of(&["d", "a", "b", "c"])),
        ["column.moved main.t.d II"]
    );
    assert!(
        lines(Engine::Sqlite, of(&["a", "b", "c"]), of(&["a", "c"]))
            .iter()
            .all(|line| !line.contains("moved")),
        "what closes a gap has not moved"
    );
}

#[test]
fn a_moved_column_is_told_where_the_hashes_are_alike() {
    let of = |names: &[&str]| {
        let columns = names.iter().map(|name| column(name, "TEXT")).collect();
        canonicalize(snapshot(Engine::Sqlite, vec![table("main.t", columns)]))
    };
    let (old, new) = (of(&["a", "b"]), of(&["b", "a"]));
    assert_eq!(old.header.root_hash, new.header.root_hash);
    let moved = diff(&old, &new, None);
    assert_eq!(moved.iter().map(line).collect::<Vec<_>>(), ["column.moved main.t.a II"]);
    // As they are read from the store, where nobody has looked at the order.
    let mut stored = new.clone();
    stored.header.column_order = None;
    assert_eq!(diff(&old, &stored, None), moved);
    assert!(diff(&new, &stored, None).is_empty());
}

#[test]
fn before_and_after_show_what_changed() {
    let old = vec![table("public.t", vec![column("c", "int4"), column("d", "text")])];
    let new = vec![table("public.t", vec![with_default(column("c", "bigint!"), "7")])];
    let found = changes(Engine::Postgres, old, new);
    let shown: Vec<_> =
        found.into_iter().map(|change| (change.verb().to_owned(), change.before, change.after)).collect();
    let expected = [
        ("dropped", json!({ "type": "text", "nullable": true, "default": null }), json!(null)),
        ("type_changed", json!("integer"), json!("bigint")),
        ("nullability_changed", json!(true), json!(false)),
        ("default_changed", json!(null), json!("7")),
    ];
    assert_eq!(shown, expected.map(|(verb, before, after)| (verb.to_owned(), before, after)));
}

#[test]
fn codes_are_those_of_the_engine() {
    let add = |engine| {
        let old = vec![table("public.t", vec![])];
        changes(engine, old, vec![table("public.t", vec![column("c", "integer!")])])[0].codes.clone()
    };
    assert_eq!(add(Engine::Postgres), ["MF103"]);
    assert_eq!(add(Engine::Mysql), ["MF103", "MY101"]);
    assert_eq!(add(Engine::Sqlite), ["LT101", "MF103"]);
}

#[test]
fn serial_and_identity_are_not_the_same() {
    let table = |column: Column| vec![table("public.t", vec![column])];
    let serial = table(column("id", "serial"));
    let mut spelled = table(with_default(column("id", "integer!"), "nextval('public.t_id_seq'::regclass)"));
    assert!(changes(Engine::Postgres, serial.clone(), spelled.clone()).is_empty());
    if let Body::Table(table) = &mut spelled[0].body {
        table.columns[0].default = None;
        table.columns[0].identity = Some(Identity::ByDefault);
    }
    assert_eq!(lines(Engine::Postgres, serial, spelled), ["column.identity_changed public.t.id SS"]);
}

#[test]
fn each_rule_for_what_is_said_of_not_null_holds() {
    type Fill = fn(&mut NotNull);
    let with = |fill: Option<Fill>| {
        let not_null = fill.map(|fill| {
            let mut not_null = NotNull { validated: true, ..NotNull::default() };
            fill(&mut not_null);
            not_null
        });
        Some(Column { not_null, ..column("c", "integer!") })
    };
    let named: Fill = |n| n.name = Some("there".into());
    let cases: [(Option<Fill>, Option<Fill>, &[&str]); 8] = [
        (None, Some(named), &["column.changed public.t.c IP"]),
        (Some(named), None, &["column.changed public.t.c IP"]),
        // What the server would have called it.
        (None, Some(|n| n.name = Some("t_c_not_null".into())), &[]),
        (None, Some(|n| n.validated = false), &["column.changed public.t.c PP"]),
        (Some(|n| n.validated = false), None, &["column.changed public.t.c IS"]),
        (None, Some(|n| n.no_inherit = true), &["column.changed public.t.c PP"]),
        (None, Some(|n| n.comment = Some("why".into())), &["column.changed public.t.c II"]),
        // Nothing more than the word.
        (None, Some(|_| {}), &[]),
    ];
    for (number, (old, new, expected)) in cases.into_iter().enumerate() {
        assert_eq!(on(Engine::Postgres, with(old), with(new)), expected, "case {number}");
    }
    let nullable = Some(column("c", "integer"));
    let gone = on(Engine::Postgres, with(Some(named)), nullable);
    assert_eq!(gone, ["column.nullability_changed public.t.c PS"], "one change, not two");
}

/// The server's name for it stays when the table or the column is renamed.
#[test]
fn the_name_of_not_null_follows_no_rename() {
    let of = |path: &str, name: &str, not_null: Option<&str>| {
        let not_null =
            not_null.map(|name| NotNull { name: Some(name.into()), validated: true, ..NotNull::default() });
        let column = Column { not_null, ..column(name, "integer!") };
        vec![crate::fixture::physical(table(path, vec![column]), 7)]
    };
    let old = || of("public.t", "a", None);
    assert_eq!(
        lines(Engine::Postgres, old(), of("public.s", "b", Some("t_a_not_null"))),
        ["table.renamed public.s BB", "column.renamed public.s.b BB"]
    );
    assert_eq!(
        lines(Engine::Postgres, of("public.s", "b", Some("t_a_not_null")), of("public.t", "a", None)),
        ["table.renamed public.t BB", "column.renamed public.t.a BB"]
    );
}
