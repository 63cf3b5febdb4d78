//! Who may do what, and who sees which rows.

use types::snapshot::{
    Body, Database, DefaultPrivilege, Engine, EnumType, ForeignServer, Object, OtherPrivilege, Policy,
    Privilege, Routine, Schema, Sequence, View,
};

use super::lines;
use crate::fixture::{column, object, table_with, view};

/// The rights, of which those that may be passed on are marked.
fn may(column: Option<&str>, rights: &[&str]) -> Vec<Privilege> {
    let name = |right: &&str| right.trim_end_matches('*').to_owned();
    if rights.is_empty() {
        return Vec::new();
    }
    vec![Privilege {
        grantee: "reader".into(),
        column: column.map(str::to_owned),
        rights: rights.iter().map(name).collect(),
        grantable: rights.iter().filter(|right| right.ends_with('*')).map(name).collect(),
    }]
}

#[test]
fn each_rule_for_privileges_holds() {
    let of = |column_name: Option<&str>, rights: &[&str]| {
        let columns = vec![column("a", "integer")];
        vec![table_with("public.t", columns, |table| table.privileges = may(column_name, rights))]
    };
    let cases: [(&[&str], &[&str], &str); 11] = [
        (&[], &["select"], "added public.t.reader II A"),
        (&["select"], &[], "dropped public.t.reader BP A"),
        (&["insert"], &[], "dropped public.t.reader SB A"),
        (&["truncate"], &[], "dropped public.t.reader SB A"),
        (&["references"], &[], "dropped public.t.reader IP A"),
        (&["trigger"], &[], "dropped public.t.reader IP A"),
        (&["insert", "select"], &[], "dropped public.t.reader BB A"),
        (&["select"], &["select", "update"], "changed public.t.reader II A"),
        (&["select", "update"], &["select"], "changed public.t.reader SB A"),
        (&["select*"], &["select"], "changed public.t.reader IP A"),
        (&["select"], &["select*"], "changed public.t.reader II A"),
    ];
    for (old, new, expected) in cases {
        let found = lines(Engine::Postgres, of(None, old), of(None, new));
        assert_eq!(found, [format!("privilege.{expected}")], "{old:?} → {new:?}");
    }
    let found = lines(Engine::Postgres, of(Some("a"), &["select"]), of(Some("a"), &[]));
    assert_eq!(found, ["privilege.dropped public.t.a.reader BP A"]);
}

#[test]
fn rights_to_use_something_are_read_and_written_with() {
    let sequence = |rights: &[&str]| {
        let body = Body::Sequence(Sequence { privileges: may(None, rights), ..Sequence::default() });
        vec![object("public.s", body)]
    };
    let function = |rights: &[&str]| {
        let body = Body::Function(Routine { privileges: may(None, rights), ..Routine::default() });
        vec![object("public.f()", body)]
    };
    let cases = [
        (sequence(&["usage"]), sequence(&[]), "privilege.dropped public.s.reader BB A"),
        (function(&["execute"]), function(&[]), "privilege.dropped public.f().reader BB A"),
        (function(&[]), function(&["execute"]), "privilege.added public.f().reader II A"),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(Engine::Postgres, old, new), [expected]);
    }
}

#[test]
fn a_type_is_everybodys_to_use_until_that_is_taken_back() {
    let mood = |privileges: Vec<Privilege>| {
        let body = EnumType { values: vec!["calm".into()], privileges, ..EnumType::default() };
        vec![object("public.mood", Body::Enum(body))]
    };
    let nobody = || Privilege { grantee: "public".into(), ..Privilege::default() };
    let reader = || may(None, &["usage"]);
    let dropped = "privilege.dropped public.mood.public BB A";
    let cases: [(Vec<Privilege>, Vec<Privilege>, &[&str]); 5] = [
        (vec![], vec![nobody()], &[dropped]),
        (vec![nobody()], vec![], &["privilege.added public.mood.public II A"]),
        (vec![], reader(), &["privilege.added public.mood.reader II A"]),
        (reader(), [vec![nobody()], reader()].concat(), &[dropped]),
        (vec![nobody()], vec![nobody()], &[]),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(Engine::Postgres, mood(old), mood(new)), expected);
    }
}

#[test]
fn a_database_of_which_nothing_is_told_is_there_all_the_same() {
    let database = |fill: fn(&mut Database)| {
        let mut database = Database::default();
        fill(&mut database);
        vec![object("database", Body::Database(database))]
    };
    let nobody = || vec![Privilege { grantee: "public".into(), ..Privilege::default() }];
    let everybody = "privilege.dropped database.public BB A";
    let cases: [(Vec<Object>, Vec<Object>, &[&str]); 5] = [
        (vec![], database(|d| d.comment = Some("ours".into())), &["database.comment_changed database II"]),
        (
            vec![],
            database(|d| d.privileges = may(None, &["create"])),
            &["privilege.added database.reader II A"],
        ),
        (
            database(|d| d.privileges = may(None, &["create"])),
            vec![],
            &["privilege.dropped database.reader IP A"],
        ),
        (
            vec![],
            vec![object(
                "database",
                Body::Database(Database { privileges: nobody(), ..Database::default() }),
            )],
            &[everybody],
        ),
        (database(|_| {}), vec![], &[]),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(Engine::Postgres, old.clone(), new.clone()), expected, "{old:?} to {new:?}");
    }
}

#[test]
fn each_rule_for_rights_on_what_has_no_object_holds() {
    let database = |given: &[(&str, &str, &str, &[&str])]| {
        let one = |(kind, name, grantee, rights): &(&str, &str, &str, &[&str])| OtherPrivilege {
            kind: (*kind).to_owned(),
            name: (*name).to_owned(),
            grantee: (*grantee).to_owned(),
            rights: rights.iter().map(|right| right.trim_end_matches('*').to_owned()).collect(),
            grantable: rights
                .iter()
                .filter_map(|right| right.strip_suffix('*'))
                .map(ToOwned::to_owned)
                .collect(),
        };
        let other_privileges: Vec<_> = given.iter().map(one).collect();
        if other_privileges.is_empty() {
            return Vec::new();
        }
        vec![object("database", Body::Database(Database { other_privileges, ..Database::default() }))]
    };
    type Given<'a> = &'a [(&'a str, &'a str, &'a str, &'a [&'a str])];
    let wrapper: Given<'_> = &[("foreign_data_wrapper", "file_fdw", "reader", &["usage"])];
    let passed_on: Given<'_> = &[("foreign_data_wrapper", "file_fdw", "reader", &["usage*"])];
    let nobody: Given<'_> = &[("language", "plpgsql", "public", &[])];
    let read: Given<'_> = &[("large_object", "", "reader", &["select"])];
    let written: Given<'_> = &[("large_object", "", "reader", &["select", "update"])];
    let of_wrapper = "database.foreign_data_wrapper.file_fdw.reader";
    let of_large = "database.large_object.reader";
    for (old, new, expected) in [
        (&[][..], wrapper, format!("added {of_wrapper} II A")),
        (wrapper, &[][..], format!("dropped {of_wrapper} BB A")),
        (passed_on, wrapper, format!("changed {of_wrapper} IP A")),
        (wrapper, passed_on, format!("changed {of_wrapper} II A")),
        // Everybody without rights: those that the server gives are taken from them.
        (&[][..], nobody, "added database.language.plpgsql.public BB A".to_owned()),
        (nobody, &[][..], "dropped database.language.plpgsql.public II A".to_owned()),
        (read, &[][..], format!("dropped {of_large} BP A")),
        (written, read, format!("changed {of_large} SB A")),
        (read, written, format!("changed {of_large} II A")),
    ] {
        let found = lines(Engine::Postgres, database(old), database(new));
        assert_eq!(found, [format!("privilege.{expected}")], "{old:?} to {new:?}");
    }
}

#[test]
fn each_rule_for_default_privileges_holds() {
    let schema = |given: &[(&str, &[&str])]| {
        let list =
            |rights: &[&str]| rights.iter().map(|right| right.trim_end_matches('*').to_owned()).collect();
        let passed_on = |rights: &[&str]| -> Vec<String> {
            rights.iter().filter_map(|right| right.strip_suffix('*')).map(ToOwned::to_owned).collect()
        };
        let one = |(grantee, rights): &(&str, &[&str])| DefaultPrivilege {
            creator: "app".into(),
            objects: "tables".into(),
            grantee: (*grantee).to_owned(),
            rights: list(rights),
            grantable: passed_on(rights),
        };
        let body = Schema { default_privileges: given.iter().map(one).collect(), ..Schema::default() };
        vec![object("public", Body::Schema(body))]
    };
    type Given<'a> = &'a [(&'a str, &'a [&'a str])];
    let cases: [(Given<'_>, Given<'_>, &str); 8] = [
        (&[], &[("reader", &["select"])], "added public.app.tables.reader II A"),
        (&[("reader", &["select"])], &[], "dropped public.app.tables.reader PP A"),
        (
            &[("reader", &["select"])],
            &[("reader", &["insert", "select"])],
            "changed public.app.tables.reader II A",
        ),
        (
            &[("reader", &["insert", "select"])],
            &[("reader", &["select"])],
            "changed public.app.tables.reader PP A",
        ),
        (&[("reader", &["select*"])], &[("reader", &["select"])], "changed public.app.tables.reader IP A"),
        (&[("reader", &["select"])], &[("reader", &["select*"])], "changed public.app.tables.reader II A"),
        // Everybody without rights: those that the server gives are taken from them.
        (&[], &[("public", &[])], "added public.app.tables.public PP A"),
        (&[("public", &[])], &[], "dropped public.app.tables.public II A"),
    ];
    for (old, new, expected) in cases {
        let found = lines(Engine::Postgres, schema(old), schema(new));
        assert_eq!(found, [format!("default_privilege.{expected}")], "{old:?} to {new:?}");
    }
}

#[test]
fn each_rule_for_foreign_servers_holds() {
    let server = |fill: fn(&mut ForeignServer)| {
        let mut server = ForeignServer { wrapper: "postgres_fdw".into(), ..ForeignServer::default() };
        fill(&mut server);
        vec![object("far", Body::ForeignServer(server))]
    };
    let plain = || server(|_| {});
    let cases = [
        (vec![], plain(), "foreign_server.added far SS"),
        (plain(), vec![], "foreign_server.dropped far BB"),
        (plain(), server(|s| s.wrapper = "file_fdw".into()), "foreign_server.changed far PP"),
        (plain(), server(|s| s.options_hash = "ab".into()), "foreign_server.changed far PP"),
        (plain(), server(|s| s.owner = Some("app".into())), "foreign_server.owner_changed far II"),
        (plain(), server(|s| s.privileges = may(None, &["usage"])), "privilege.added far.reader II A"),
        (server(|s| s.privileges = may(None, &["usage"])), plain(), "privilege.dropped far.reader BB A"),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(Engine::Postgres, old, new), [expected]);
    }
    let at = |name: &str| {
        vec![crate::fixture::physical(plain().remove(0), 9)]
            .into_iter()
            .map(|object| Object { path: name.into(), parts: vec![name.into()], ..object })
            .collect::<Vec<_>>()
    };
    assert_eq!(lines(Engine::Postgres, at("far"), at("near")), ["foreign_server.renamed near IP"]);
}

#[test]
fn each_rule_for_row_security_and_options_of_views_holds() {
    let table = |options: &[&str]| {
        let columns = vec![column("a", "integer")];
        vec![table_with("public.t", columns, |table| table.options = texts(options))]
    };
    let plain = |options: &[&str]| {
        let mut view = view("public.v", vec![column("a", "text")], "public.t", "SELECT a FROM t");
        if let Body::View(view) = &mut view.body {
            view.options = texts(options);
        }
        vec![view]
    };
    let materialized = |options: &[&str]| {
        let view = View { options: texts(options), definition: "SELECT 1".into(), ..View::default() };
        vec![object("public.m", Body::MaterializedView(view))]
    };
    let cases = [
        (table(&["row_level_security"]), table(&[]), "table.changed public.t PI A"),
        (table(&[]), table(&["row_level_security"]), "table.changed public.t PP A"),
        (plain(&[]), plain(&["security_invoker"]), "view.changed public.v PI A"),
        (plain(&["security_barrier"]), plain(&[]), "view.changed public.v PI A"),
        (materialized(&[]), materialized(&["unpopulated"]), "materialized_view.changed public.m PI A"),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(Engine::Postgres, old, new), [expected]);
    }
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn each_rule_for_policies_holds() {
    type Fill = fn(&mut Policy);
    let of = |fill: Fill| -> Vec<Object> {
        let mut policy = Policy {
            name: "p".into(),
            command: "select".into(),
            permissive: true,
            roles: vec!["reader".into()],
            using: Some("a > 0".into()),
            ..Policy::default()
        };
        fill(&mut policy);
        let columns = vec![column("a", "integer")];
        vec![table_with("public.t", columns, |table| table.policies = vec![policy])]
    };
    let cases: [(Fill, &str); 5] = [
        (|p| p.name = "q".into(), "policy.renamed public.t.q II"),
        (|p| p.permissive = false, "policy.changed public.t.p PP A"),
        (|p| p.roles.push("writer".into()), "policy.changed public.t.p PP A"),
        (|p| p.command = "all".into(), "policy.changed public.t.p PP A"),
        (|p| p.check = Some("a > 0".into()), "policy.changed public.t.p PP A"),
    ];
    for (change, expected) in cases {
        assert_eq!(lines(Engine::Postgres, of(|_| {}), of(change)), [expected]);
    }
}
