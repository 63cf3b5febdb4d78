use proptest::prelude::*;
use serde_json::{Map, Value, json};
use types::snapshot::Object;

use super::*;

/// The definition, word by word: the object as JSON, then without what does not count, then sorted.
fn plainly(object: &Object) -> String {
    let mut body = serde_json::to_value(&object.body).unwrap();
    strip(body.as_object_mut().unwrap(), &object.body);
    let mut text = String::new();
    write(&json!({ "parts": object.parts, "body": body }), &mut text);
    text
}

fn strip(members: &mut Map<String, Value>, body: &Body) {
    members.remove("estimated_rows");
    if let Some(Value::Object(partitions)) = members.get_mut("partitions") {
        partitions.remove("names");
    }
    for item in
        members.values_mut().filter_map(Value::as_array_mut).flatten().filter_map(Value::as_object_mut)
    {
        item.remove("physical");
        item.remove("position");
    }
    if let Some(Value::Object(key)) = members.get_mut("primary_key") {
        key.remove("physical");
    }
    if matches!(body, Body::Table(_) | Body::View(_) | Body::MaterializedView(_)) {
        let columns = members["columns"].as_array_mut().unwrap();
        columns.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    }
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let nothing = [json!(null), json!(false), json!([]), json!("")];
            let mut sorted: Vec<_> = members.iter().filter(|(_, value)| !nothing.contains(value)).collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            let sorted = sorted.into_iter().map(|(name, value)| {
                let mut text = String::new();
                quote(name, &mut text);
                text.push(':');
                write(value, &mut text);
                text
            });
            text.push_str(&format!("{{{}}}", sorted.collect::<Vec<_>>().join(",")));
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| {
                let mut text = String::new();
                write(item, &mut text);
                text
            });
            text.push_str(&format!("[{}]", items.collect::<Vec<_>>().join(",")));
        }
        Value::String(content) => quote(content, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
    }
}

fn quote(content: &str, text: &mut String) {
    text.push('"');
    for letter in content.chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            '\0'..='\x1f' => text.extend(letter.escape_unicode()),
            _ => text.push(letter),
        }
    }
    text.push('"');
}

fn written(texts: &mut CanonicalTexts, object: &Object) -> String {
    String::from_utf8(texts.of(object).unwrap().to_vec()).unwrap()
}

#[test]
fn each_kind_of_object_is_written_as_defined() {
    let column = |name: &str, position: u32| {
        json!({
            "name": name, "position": position, "type": "bigint", "nullable": false, "default": "1",
            "generated": { "expression": "a + 1", "stored": true }, "identity": "by_default",
            "identity_options": { "start": 1, "increment": -5, "minimum": i64::MIN, "maximum": 9, "cache": 1, "cycle": false },
            "physical": { "oid": 7, "attnum": position },
        })
    };
    let columns = json!([column("b", 1), column("a", 2), column("\"", 3), column("\\", 4), column("#", 5)]);
    let privileges = json!([{ "grantee": "ada", "column": "b", "rights": ["select"], "grantable": [] }]);
    let key = json!({ "name": "k", "columns": ["a"], "physical": { "oid": 8 } });
    let index = json!([{
        "name": "i", "unique": true, "method": "btree", "valid": true,
        "parts": [{ "expression": "a", "descending": true }], "physical": { "oid": 9 },
    }]);
    let attribute =
        json!([{ "name": "b", "type": "text" }, { "name": "a", "type": "text", "collation": "C" }]);
    let bodies = [
        json!({ "kind": "schema", "owner": "", "privileges": privileges }),
        json!({
            "kind": "table", "columns": columns, "primary_key": key, "uniques": [key], "indexes": index,
            "partitions": { "key": "RANGE (a)", "names": ["p1"] },
            "estimated_rows": 5, "privileges": privileges, "options": ["unlogged"],
        }),
        json!({ "kind": "view", "columns": columns, "definition": "SELECT 1\n", "estimated_rows": 5 }),
        json!({ "kind": "materialized_view", "columns": columns, "definition": "SELECT '\u{1}'", "indexes": index }),
        json!({ "kind": "enum", "values": ["b", "a", ""] }),
        json!({ "kind": "domain", "type": "text", "nullable": true, "checks": [{ "name": "c", "expression": "true", "validated": true }] }),
        json!({ "kind": "composite_type", "attributes": attribute }),
        json!({ "kind": "range_type", "subtype": "date", "operator_class": "date_ops" }),
        json!({ "kind": "collation", "provider": "icu", "locale": "de", "deterministic": false }),
        json!({
            "kind": "sequence", "type": "bigint", "increment": -1, "minimum": i64::MIN, "maximum": i64::MAX,
            "start": 0, "cycle": true, "cache": 1,
        }),
        json!({
            "kind": "function", "arguments": "", "returns": "void", "language": "sql", "volatility": "stable",
            "security_definer": false, "body_hash": "ab",
        }),
        json!({
            "kind": "procedure", "arguments": "a integer", "language": "sql", "volatility": "volatile",
            "security_definer": true, "body_hash": "ab",
        }),
        json!({ "kind": "extension", "version": "1.0" }),
    ];
    // One after the other, as those of a catalog are: what came before leaves nothing behind.
    let mut texts = CanonicalTexts::default();
    for mut object in bodies {
        object["path"] = "a.b".into();
        object["parts"] = json!(["a", "b"]);
        object["physical"] = json!({ "oid": 3 });
        let object: Object = serde_json::from_value(object).unwrap();
        assert_eq!(written(&mut texts, &object), plainly(&object));
    }
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[a-c]{0,2}", "[\\x00-\\x7f]{0,3}", "[\"\\\\é\\n]{0,3}", any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_table_is_written_as_defined(
        parts in proptest::collection::vec(word(), 1..3),
        columns in proptest::collection::vec((word(), word(), any::<bool>(), proptest::option::of(word())), 0..6),
        options in proptest::collection::vec(word(), 0..3),
        comment in proptest::option::of(word()),
        rows in proptest::option::of(any::<u64>()),
    ) {
        let columns: Vec<Value> = (1..).zip(columns).map(|(position, (name, data_type, nullable, default))| json!({
            "name": name, "position": position, "type": data_type, "nullable": nullable, "default": default,
        })).collect();
        let object = json!({
            "kind": "table", "path": "t", "parts": parts, "columns": columns, "options": options,
            "comment": comment, "estimated_rows": rows,
        });
        let object: Object = serde_json::from_value(object).unwrap();
        prop_assert_eq!(written(&mut CanonicalTexts::default(), &object), plainly(&object));
    }
}
