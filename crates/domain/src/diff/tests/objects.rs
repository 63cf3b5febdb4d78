use types::snapshot::{
    Body, DomainType, Engine, EnumType, Extension, Object, RangeType, Routine, Sequence, path_of,
};

use super::{diff, line, lines};
use crate::canonical::canonicalize;
use crate::fixture::{check, column, object, snapshot, table};

fn mood(values: &[&str]) -> Vec<Object> {
    let values = values.iter().map(|value| (*value).into()).collect();
    let body = Body::Enum(EnumType { values, ..EnumType::default() });
    vec![object("public.mood", body)]
}

#[test]
fn each_rule_for_enumerations_holds() {
    let cases: [(&[&str], &[&str], &[&str]); 6] = [
        (&["a", "b"], &["a", "b", "c"], &["enum.value_added public.mood PS"]),
        (&["a", "b"], &["a", "c", "b"], &["enum.value_added public.mood PS"]),
        (&["a", "b"], &["a"], &["enum.value_removed public.mood SB F"]),
        (&["a", "b"], &["a", "c"], &["enum.value_renamed public.mood BB"]),
        (&["a", "b", "c"], &["c", "a", "b"], &["enum.value_moved public.mood PS"]),
        (
            &["a", "b"],
            &["b", "c", "d"],
            &[
                "enum.value_removed public.mood SB F",
                "enum.value_added public.mood PS",
                "enum.value_added public.mood PS",
            ],
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(Engine::Postgres, mood(old), mood(new)), expected, "{old:?} → {new:?}");
    }
    assert_eq!(lines(Engine::Postgres, mood(&["a"]), vec![]), ["enum.dropped public.mood BB"]);
    assert_eq!(lines(Engine::Postgres, vec![], mood(&["a"])), ["enum.added public.mood SS"]);
}

#[test]
fn an_enumeration_and_a_text_are_open_and_closed() {
    let of = |data_type: &str| {
        let mut objects = mood(&["a"]);
        objects.push(table("public.t", vec![column("m", data_type)]));
        objects
    };
    assert_eq!(
        lines(Engine::Postgres, of("public.mood"), of("text")),
        ["column.type_changed public.t.m PS L"]
    );
    assert_eq!(
        lines(Engine::Postgres, of("text"), of("public.mood")),
        ["column.type_changed public.t.m PB FL"]
    );
}

#[test]
fn each_rule_for_domains_holds() {
    let year = |data_type: &str, nullable, conditions: &[&str]| {
        let body = Body::Domain(DomainType {
            data_type: data_type.into(),
            nullable,
            checks: conditions.iter().map(|condition| check("year_check", condition)).collect(),
            ..DomainType::default()
        });
        vec![object("public.year", body)]
    };
    let plain = || year("integer", true, &[]);
    let cases = [
        (plain(), year("integer", true, &["VALUE > 0"]), "check.added public.year.year_check SB FL"),
        (year("integer", true, &["VALUE > 0"]), plain(), "check.dropped public.year.year_check PS"),
        (plain(), year("bigint", true, &[]), "domain.changed public.year PS"),
        (plain(), year("integer", false, &[]), "domain.changed public.year SB FL"),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(Engine::Postgres, old, new), [expected]);
    }
}

#[test]
fn each_rule_for_routines_holds() {
    let routine = |fill: fn(&mut Routine)| {
        let mut routine = Routine {
            arguments: "a integer".into(),
            returns: Some("integer".into()),
            language: "sql".into(),
            volatility: "volatile".into(),
            body_hash: "1".into(),
            ..Routine::default()
        };
        fill(&mut routine);
        vec![object("public.f(integer)", Body::Function(routine))]
    };
    type Fill = fn(&mut Routine);
    let cases: [(Fill, &str); 4] = [
        (|f| f.returns = Some("text".into()), "BB"),
        (|f| f.body_hash = "2".into(), "PP"),
        (|f| f.security_definer = true, "PP A"),
        (|f| f.volatility = "stable".into(), "PI"),
    ];
    for (fill, expected) in cases {
        assert_eq!(
            lines(Engine::Postgres, routine(|_| {}), routine(fill)),
            [format!("function.changed public.f(integer) {expected}")]
        );
    }
    assert_eq!(lines(Engine::Postgres, routine(|_| {}), vec![]), ["function.dropped public.f(integer) BB"]);
}

#[test]
fn each_rule_for_sequences_and_extensions_holds() {
    let sequence = |increment| {
        let body = Body::Sequence(Sequence { data_type: "bigint".into(), increment, ..Sequence::default() });
        vec![object("public.s", body)]
    };
    let extension = |version: &str| {
        let body = Body::Extension(Extension { version: version.into(), comment: None });
        vec![object("citext", body)]
    };
    let cases = [
        (sequence(1), sequence(2), "sequence.changed public.s IP"),
        (sequence(1), vec![], "sequence.dropped public.s PB"),
        (extension("1.0"), extension("1.1"), "extension.changed citext IP"),
        (extension("1.0"), vec![], "extension.dropped citext BB"),
        (vec![], extension("1.0"), "extension.added citext SS"),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(Engine::Postgres, old, new), [expected]);
    }
}

#[test]
fn a_range_type_comes_and_goes_with_its_functions() {
    let function = |path: &str, returns: &str| {
        let (schema, name) = path.split_once('.').unwrap();
        let body = Body::Function(Routine { returns: Some(returns.into()), ..Routine::default() });
        let parts = vec![schema.to_owned(), name.to_owned()];
        Object { path: path_of(&parts), parts, hash: String::new(), physical: None, body }
    };
    let with = || {
        let range = RangeType {
            subtype: "date".into(),
            multirange: Some("public.spans".into()),
            ..RangeType::default()
        };
        vec![
            object("public.span", Body::RangeType(range)),
            function("public.span(date, date)", "public.span"),
            function("public.spans(public.span[])", "public.spans"),
            function("public.length(public.span)", "integer"),
        ]
    };
    let own = "function.added public.\"length(public.span)\" SS";
    assert_eq!(lines(Engine::Postgres, vec![], with()), [own, "range_type.added public.span SS"]);
    let mut left = with();
    left.remove(1);
    // Only of a type that is there does it say something that one of them is not.
    assert_eq!(lines(Engine::Postgres, with(), left), ["function.dropped public.span(date, date) BB"]);
}

#[test]
fn a_sequence_comes_and_goes_with_its_column() {
    let sequence = || {
        let body = Body::Sequence(Sequence {
            data_type: "integer".into(),
            owned_by: Some("public.t.id".into()),
            ..Sequence::default()
        });
        object("public.t_id_seq", body)
    };
    let with = || vec![table("public.t", vec![column("id", "serial")]), sequence()];
    assert_eq!(lines(Engine::Postgres, vec![], with()), ["table.added public.t SS"]);
    assert_eq!(lines(Engine::Postgres, with(), vec![]), ["table.dropped public.t BB D"]);
}

#[test]
fn objects_that_are_canonical_but_out_of_order_are_matched_all_the_same() {
    let all = |names: &[&str]| {
        let tables = names.iter().map(|name| table(name, vec![column("a", "text")])).collect();
        canonicalize(snapshot(Engine::Postgres, tables))
    };
    let old = all(&["public.a", "public.b", "public.c", "public.d"]);
    let new = all(&["public.a", "public.c", "public.d", "public.e"]);
    let expected = ["table.dropped public.b BB D", "table.added public.e SS"];
    for turns in 0..4 {
        let (mut old, mut new) = (old.clone(), new.clone());
        old.objects.rotate_left(turns);
        new.objects.reverse();
        assert_eq!(diff(&old, &new, None).iter().map(line).collect::<Vec<_>>(), expected, "turned {turns}");
    }
}
