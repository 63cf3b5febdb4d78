//! Composite types, range types and collations.

use types::snapshot::{Attribute, Body, Collation, CompositeType, Engine, Object, RangeType};

use super::lines;
use crate::fixture::object;

#[test]
fn each_rule_for_composite_types_holds() {
    let of = |attributes: &[(&str, &str)]| {
        let attributes = attributes.iter().map(|(name, data_type)| Attribute {
            name: (*name).into(),
            data_type: (*data_type).into(),
            collation: None,
        });
        let body = CompositeType { attributes: attributes.collect(), ..CompositeType::default() };
        vec![object("public.c", Body::CompositeType(body))]
    };
    let both: &[(&str, &str)] = &[("x", "integer"), ("y", "text")];
    let cases: [(&[(&str, &str)], &str); 5] = [
        (&[("x", "integer")], "BB D"),
        (&[("x", "integer"), ("y", "text"), ("z", "text")], "PP"),
        (&[("y", "text"), ("x", "integer")], "PP"),
        (&[("x", "bigint"), ("y", "text")], "PS"),
        (&[("x", "smallint"), ("y", "text")], "SB F"),
    ];
    for (new, expected) in cases {
        let found = lines(Engine::Postgres, of(both), of(new));
        assert_eq!(found, [format!("composite_type.changed public.c {expected}")], "{new:?}");
    }
    let mut sorted = of(both);
    if let Body::CompositeType(body) = &mut sorted[0].body {
        body.attributes[1].collation = Some("de".into());
    }
    assert_eq!(lines(Engine::Postgres, of(both), sorted), ["composite_type.changed public.c PP"]);
    comes_and_goes("composite_type", &of(both));
}

#[test]
fn each_rule_for_range_types_holds() {
    type Fill = fn(&mut RangeType);
    let of = |fill: Fill| {
        let mut range = RangeType {
            subtype: "numeric".into(),
            operator_class: "numeric_ops".into(),
            ..RangeType::default()
        };
        fill(&mut range);
        vec![object("public.r", Body::RangeType(range))]
    };
    let cases: [(Fill, &str); 5] = [
        (|range| range.subtype = "date".into(), "BB"),
        (|range| range.operator_class = "other_ops".into(), "PP"),
        (|range| range.collation = Some("de".into()), "PP"),
        (|range| range.canonical_function = Some("public.canonical".into()), "PP"),
        (|range| range.difference_function = Some("public.difference".into()), "PP"),
    ];
    for (change, expected) in cases {
        let found = lines(Engine::Postgres, of(|_| {}), of(change));
        assert_eq!(found, [format!("range_type.changed public.r {expected}")]);
    }
    comes_and_goes("range_type", &of(|_| {}));
}

#[test]
fn each_rule_for_collations_holds() {
    type Fill = fn(&mut Collation);
    let of = |fill: Fill| {
        let mut collation = Collation {
            provider: "icu".into(),
            locale: "de".into(),
            deterministic: true,
            ..Collation::default()
        };
        fill(&mut collation);
        vec![object("public.k", Body::Collation(collation))]
    };
    let cases: [Fill; 3] = [
        |collation| collation.provider = "libc".into(),
        |collation| collation.locale = "fr".into(),
        |collation| collation.deterministic = false,
    ];
    for change in cases {
        assert_eq!(lines(Engine::Postgres, of(|_| {}), of(change)), ["collation.changed public.k PP"]);
    }
    comes_and_goes("collation", &of(|_| {}));
}

fn comes_and_goes(kind: &str, objects: &[Object]) {
    let path = &objects[0].path;
    assert_eq!(lines(Engine::Postgres, vec![], objects.to_vec()), [format!("{kind}.added {path} SS")]);
    assert_eq!(lines(Engine::Postgres, objects.to_vec(), vec![]), [format!("{kind}.dropped {path} BB")]);
}
