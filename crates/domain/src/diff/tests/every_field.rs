//! Nothing that differs goes unreported: every field of every kind of object is changed, one at a time.

use serde_json::{Value, json};
use types::snapshot::{Engine, Object, Snapshot};

use crate::canonicalize;
use crate::diff::diff;
use crate::fixture;

/// One object of each kind, every field filled.
fn everything() -> Vec<Object> {
    let privileges = json!([
        { "grantee": "reporting", "column": null, "rights": ["select"], "grantable": [] },
        { "grantee": "loader", "column": "id", "rights": ["insert", "update"], "grantable": ["update"] },
    ]);
    let column = |name: &str, position: u32| {
        json!({
            "name": name, "position": position, "type": "integer", "nullable": false, "default": "1",
            "not_null": { "name": "there", "validated": true, "no_inherit": true, "comment": "a condition" },
            "generated": { "expression": "id + 1", "stored": true }, "identity": "always",
            "identity_options": {
                "start": 1, "increment": 1, "minimum": 1, "maximum": 9, "cycle": true, "cache": 1,
            },
            "on_update": "now()", "hidden": true, "collation": "C", "comment": "a column",
        })
    };
    let index = json!({
        "name": "film_index", "unique": true, "method": "btree", "include": ["title"], "predicate": "id > 5",
        "valid": true, "nulls_not_distinct": true, "comment": "an index", "parts": [{
            "expression": "id", "descending": true, "nulls_first": true, "prefix": 7,
            "operator_class": "int4_ops", "collation": "C",
        }],
    });
    let trigger = json!({
        "name": "film_trigger", "definition": "CREATE TRIGGER film_trigger", "enabled": true, "comment": "a trigger",
    });
    let key = |name: &str| {
        json!({
            "name": name, "columns": ["id", "title"], "include": ["body"], "deferrable": true,
            "initially_deferred": true, "nulls_not_distinct": true, "without_overlaps": true, "comment": "a key",
        })
    };
    let check = json!([{
        "name": "positive", "expression": "id > 0", "validated": true, "no_inherit": true, "not_enforced": true,
        "comment": "a check",
    }]);
    let view = json!({
        "columns": [column("id", 1), column("title", 2)], "definition": "SELECT id FROM film",
        "depends_on": ["public.film"], "calls": ["public.f(integer)"], "indexes": [index], "triggers": [trigger], "comment": "a view",
        "owner": "owner", "options": ["security_invoker"], "privileges": privileges,
    });
    let routine = json!({
        "arguments": "a integer", "returns": "integer", "language": "sql", "volatility": "stable",
        "security_definer": true, "body_hash": "00", "owner": "owner", "comment": "a routine",
        "privileges": privileges,
    });
    let default_privileges = json!([
        { "creator": "app", "objects": "tables", "grantee": "reporting", "rights": ["insert", "select"], "grantable": ["select"] },
        { "creator": "app", "objects": "routines", "grantee": "public", "rights": [], "grantable": [] },
    ]);
    let bodies = [
        (
            "database",
            "database",
            json!({
                "comment": "a database", "privileges": privileges, "default_privileges": default_privileges,
                "other_privileges": [
                    { "kind": "language", "name": "plpgsql", "grantee": "public", "rights": [], "grantable": [] },
                    { "kind": "large_object", "name": "", "grantee": "app", "rights": ["select"], "grantable": ["select"] },
                ],
            }),
        ),
        (
            "public",
            "schema",
            json!({
                "owner": "owner", "comment": "a schema", "privileges": privileges,
                "default_privileges": default_privileges,
            }),
        ),
        (
            "far",
            "foreign_server",
            json!({
                "wrapper": "postgres_fdw", "server_type": "postgres", "server_version": "15", "options": ["host"],
                "options_hash": "00", "owner": "owner", "comment": "another server", "privileges": privileges,
            }),
        ),
        (
            "public.film",
            "table",
            json!({
                "columns": [column("id", 1), column("title", 2)],
                "primary_key": key("film_pkey"), "uniques": [key("film_key")],
                "foreign_keys": [{
                    "name": "film_fkey", "columns": ["id"], "references": "public.language",
                    "referenced_columns": ["id"], "on_delete": "cascade", "on_update": "restrict",
                    "on_delete_columns": ["id"], "match_full": true, "period": true, "deferrable": true, "initially_deferred": true,
                    "not_enforced": true, "validated": true, "comment": "a reference",
                }],
                "checks": check,
                "exclusions": [{
                    "name": "film_excl", "definition": "EXCLUDE USING gist (id WITH =)", "comment": "an exclusion",
                }],
                "indexes": [index], "triggers": [trigger],
                "policies": [{
                    "name": "film_policy", "command": "select", "permissive": true, "roles": ["reporting"],
                    "using": "id > 1", "check": "id > 2", "comment": "a policy",
                }],
                "partitions": { "key": "RANGE (id)", "names": [] },
                "comment": "a table", "owner": "owner", "options": ["unlogged"], "privileges": privileges,
            }),
        ),
        ("public.films", "view", view.clone()),
        ("public.films_stored", "materialized_view", view),
        (
            "public.mood",
            "enum",
            json!({ "values": ["a", "b"], "owner": "owner", "comment": "an enum", "privileges": privileges }),
        ),
        (
            "public.year",
            "domain",
            json!({
                "type": "integer", "nullable": true, "default": "1", "checks": check, "owner": "owner",
                "comment": "a domain", "privileges": privileges,
            }),
        ),
        (
            "public.numbers",
            "sequence",
            json!({
                "type": "bigint", "increment": 1, "minimum": 1, "maximum": 100, "start": 1, "cycle": true,
                "cache": 1, "owned_by": "public.film.id", "owner": "owner", "comment": "a sequence",
                "privileges": privileges,
            }),
        ),
        ("public.f(integer)", "function", routine.clone()),
        ("public.p(integer)", "procedure", routine),
        ("pgcrypto", "extension", json!({ "version": "1.3", "comment": "an extension" })),
        (
            "public.address",
            "composite_type",
            json!({
                "attributes": [
                    { "name": "street", "type": "text", "collation": "C" },
                    { "name": "zip", "type": "integer", "collation": "C" },
                ],
                "owner": "owner", "comment": "a composite type", "privileges": privileges,
            }),
        ),
        (
            "public.span",
            "range_type",
            json!({
                "subtype": "integer", "operator_class": "int4_ops", "collation": "C",
                "canonical_function": "public.c", "difference_function": "public.d", "multirange": "public.spans",
                "owner": "owner", "comment": "a range type", "privileges": privileges,
            }),
        ),
        (
            "public.german",
            "collation",
            json!({
                "provider": "icu", "locale": "de", "deterministic": true, "owner": "owner",
                "comment": "a collation",
            }),
        ),
    ];
    bodies
        .into_iter()
        .map(|(path, kind, mut body)| {
            body["kind"] = kind.into();
            body["path"] = path.into();
            body["parts"] = path.split('.').collect();
            serde_json::from_value::<Object>(body).unwrap()
        })
        .collect()
}

/// Everything that one step away from a value could be: another value, none, one more or one less of a list.
fn mutations(value: &Value) -> Vec<Value> {
    let mut others = match value {
        Value::Null => Vec::new(),
        Value::Bool(is) => vec![json!(!is)],
        Value::Number(number) => vec![json!(number.as_i64().unwrap() + 1), Value::Null],
        Value::String(text) => vec![json!(format!("{text} other")), Value::Null, json!("by_default")],
        Value::Array(items) => {
            let mut fewer = items.clone();
            fewer.pop();
            let mut turned = items.clone();
            turned.reverse();
            vec![json!(fewer), json!(turned)]
        }
        Value::Object(_) => vec![Value::Null],
    };
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                for other in mutations(item) {
                    let mut items = items.clone();
                    items[at] = other;
                    others.push(json!(items));
                }
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                for other in mutations(member) {
                    let mut members = members.clone();
                    members.insert(name.clone(), other);
                    others.push(json!(members));
                }
            }
        }
        _ => {}
    }
    others
}

/// Each object beside what differs from it in a single place of the canonical form.
fn altered(engine: Engine) -> impl Iterator<Item = (String, Snapshot, Snapshot)> {
    let alone = move |object| canonicalize(fixture::snapshot(engine, vec![object]));
    everything().into_iter().flat_map(move |whole| {
        let object = serde_json::to_value(&whole).unwrap();
        let old = alone(whole);
        mutations(&object).into_iter().filter_map(move |other| {
            // Its address and its kind make it another object, which is another test's.
            if ["path", "parts", "kind"].iter().any(|name| other[*name] != object[*name]) {
                return None;
            }
            let new = alone(serde_json::from_value(other.clone()).ok()?);
            (new.header.root_hash != old.header.root_hash).then(|| (other.to_string(), old.clone(), new))
        })
    })
}

#[test]
fn nothing_that_differs_goes_unreported() {
    for engine in [Engine::Postgres, Engine::Mysql, Engine::Mariadb, Engine::Sqlite] {
        let mut tried = 0;
        for (what, old, new) in altered(engine) {
            assert!(!diff(&old, &new, None).is_empty(), "{engine:?}: no change for {what}");
            assert!(!diff(&new, &old, None).is_empty(), "{engine:?}: no change back from {what}");
            tried += 1;
        }
        assert!(tried > 250, "only {tried} differences were made");
    }
}

/// The kinds of the documented interface, which are added to and never renamed.
#[test]
fn every_kind_of_change_is_a_documented_one() {
    const OBJECTS: &str = "database schema table view materialized_view column primary_key unique foreign_key check exclusion \
        index enum domain composite_type range_type collation sequence function procedure trigger policy privilege \
        default_privilege extension foreign_server";
    const VERBS: &str = "added dropped renamed changed comment_changed owner_changed";
    const OF_COLUMNS: &str = "type_changed nullability_changed default_changed generated_changed identity_changed \
        collation_changed moved";
    const OF_ENUMS: &str = "value_added value_removed value_renamed value_moved";
    let has = |words: &str, word: &str| words.split_whitespace().any(|known| known == word);
    let mut seen = std::collections::BTreeSet::new();
    for (_, old, new) in altered(Engine::Postgres) {
        for change in diff(&old, &new, None).into_iter().chain(diff(&new, &old, None)) {
            let (object, verb) = (change.object(), change.verb());
            let known = has(VERBS, verb)
                || (object == "column" && has(OF_COLUMNS, verb))
                || (object == "enum" && has(OF_ENUMS, verb));
            assert!(has(OBJECTS, object) && known, "{}", change.kind);
            seen.insert(change.kind);
        }
    }
    assert!(seen.len() > 50, "{seen:?}");
}
