//! Constraints, indexes and triggers: what else of them may change than what they say.

use types::snapshot::{Engine, Exclusion, Object, Table, Trigger};

use super::lines;
use crate::fixture::{check, column, foreign_key, index, key, table_with};

type Fill = fn(&mut Table);

/// A table with one of each.
fn with(fill: Fill) -> Vec<Object> {
    let columns = vec![column("a", "integer!"), column("b", "integer"), column("c", "integer")];
    vec![table_with("public.t", columns, |table| {
        table.primary_key = Some(key("p", &["a"]));
        table.uniques = vec![key("u", &["b"])];
        table.foreign_keys = vec![foreign_key("f", "b", "public.o", "id")];
        table.checks = vec![check("c", "a > 0")];
        table.exclusions = vec![exclusion("x", "EXCLUDE USING gist (a WITH =)")];
        table.indexes = vec![index("i", "c")];
        table.triggers = vec![trigger("g")];
        fill(table);
    })]
}

fn exclusion(name: &str, definition: &str) -> Exclusion {
    Exclusion { name: name.into(), definition: definition.into(), ..Exclusion::default() }
}

fn trigger(name: &str) -> Trigger {
    Trigger {
        name: name.into(),
        definition: format!("CREATE TRIGGER {name} BEFORE INSERT ON public.t EXECUTE FUNCTION f()"),
        enabled: true,
        ..Trigger::default()
    }
}

/// A change, how it is told, and how its undoing is.
type Case = (Fill, &'static str, &'static str);

fn hold(cases: &[Case]) {
    const NONE: Fill = |_| {};
    for (fill, there, back) in cases {
        assert_eq!(lines(Engine::Postgres, with(NONE), with(*fill)), [*there]);
        assert_eq!(lines(Engine::Postgres, with(*fill), with(NONE)), [*back], "the way back from {there}");
    }
}

#[test]
fn each_rule_for_when_a_constraint_is_checked_holds() {
    hold(&[
        (
            |t| t.primary_key.as_mut().unwrap().deferrable = true,
            "primary_key.changed public.t.p IP",
            "primary_key.changed public.t.p IP",
        ),
        (
            |t| t.uniques[0].initially_deferred = true,
            "unique.changed public.t.u IP",
            "unique.changed public.t.u IP",
        ),
        (
            |t| t.foreign_keys[0].deferrable = true,
            "foreign_key.changed public.t.f IP",
            "foreign_key.changed public.t.f IP",
        ),
        (
            |t| t.foreign_keys[0].not_enforced = true,
            "foreign_key.changed public.t.f PP",
            "foreign_key.changed public.t.f PB F",
        ),
        (|t| t.checks[0].not_enforced = true, "check.changed public.t.c PP", "check.changed public.t.c PB F"),
        (|t| t.checks[0].validated = false, "check.changed public.t.c PP", "check.changed public.t.c IS"),
    ]);
}

#[test]
fn each_rule_for_what_else_a_constraint_says_holds() {
    hold(&[
        (
            |t| t.uniques[0].include = vec!["c".into()],
            "unique.changed public.t.u PP",
            "unique.changed public.t.u PP",
        ),
        (
            |t| t.foreign_keys[0].match_full = true,
            "foreign_key.changed public.t.f PB F",
            "foreign_key.changed public.t.f PB F",
        ),
        (
            |t| t.foreign_keys[0].on_update = "cascade".into(),
            "foreign_key.changed public.t.f PP D",
            "foreign_key.changed public.t.f IP",
        ),
        (
            |t| t.foreign_keys[0].on_delete = "restrict".into(),
            "foreign_key.changed public.t.f IP",
            "foreign_key.changed public.t.f IP",
        ),
        (|t| t.checks[0].no_inherit = true, "check.changed public.t.c PB F", "check.changed public.t.c PB F"),
        (|t| t.checks[0].name = "d".into(), "check.renamed public.t.d IP", "check.renamed public.t.c IP"),
        (
            |t| t.foreign_keys[0].name = "h".into(),
            "foreign_key.renamed public.t.h IP",
            "foreign_key.renamed public.t.f IP",
        ),
        (|t| t.exclusions.clear(), "exclusion.dropped public.t.x PS", "exclusion.added public.t.x SB FL"),
        (
            |t| t.exclusions = vec![exclusion("x", "EXCLUDE USING gist (b WITH =)")],
            "exclusion.changed public.t.x PB F",
            "exclusion.changed public.t.x PB F",
        ),
        (
            |t| t.exclusions[0].name = "y".into(),
            "exclusion.renamed public.t.y IP",
            "exclusion.renamed public.t.x IP",
        ),
    ]);
}

#[test]
fn each_rule_for_the_state_of_indexes_and_triggers_holds() {
    hold(&[
        (|t| t.indexes[0].valid = false, "index.changed public.t.i PP", "index.changed public.t.i SI"),
        (|t| t.indexes[0].unique = true, "index.changed public.t.i SB FL", "index.changed public.t.i PP"),
        (
            |t| t.indexes[0].include = vec!["b".into()],
            "index.changed public.t.i PP",
            "index.changed public.t.i PP",
        ),
        (|t| t.triggers[0].enabled = false, "trigger.changed public.t.g IP", "trigger.changed public.t.g IP"),
        (
            |t| t.triggers = vec![trigger("h")],
            "trigger.renamed public.t.h II",
            "trigger.renamed public.t.g II",
        ),
    ]);
}
