//! Hashes of objects and of whole snapshots.

use serde_json::{Map, Value, json};
use types::snapshot::{Body, Object};

/// BLAKE3 over an object's address, kind and the parts of it that count, hexadecimal.
///
/// The address is in it, so that objects may be stored under their hash alone. Members that are null, false or empty
/// are left out before hashing: a new optional member does not give old objects a new hash.
#[must_use]
pub fn object_hash(object: &Object) -> String {
    let mut body = serde_json::to_value(&object.body).unwrap_or(Value::Null);
    if let Value::Object(members) = &mut body {
        strip(members, &object.body);
    }
    let mut text = String::with_capacity(1024);
    write(&json!({ "parts": object.parts, "body": body }), &mut text);
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

/// BLAKE3 over the sorted list of (path, kind, hash), hexadecimal.
#[must_use]
pub fn root_hash<'a>(objects: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>) -> String {
    let mut sorted: Vec<_> = objects.into_iter().collect();
    sorted.sort_unstable();
    let mut hasher = blake3::Hasher::new();
    for (path, kind, hash) in sorted {
        for part in [path, kind, hash] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

/// Removes what does not count: physical ids, estimates, names of partitions, the order of columns.
fn strip(members: &mut Map<String, Value>, body: &Body) {
    members.remove("estimated_rows");
    if let Some(Value::Object(partitions)) = members.get_mut("partitions") {
        partitions.remove("names");
    }
    for value in members.values_mut() {
        if let Value::Array(items) = value {
            for item in items {
                if let Value::Object(item) = item {
                    item.remove("physical");
                    item.remove("position");
                }
            }
        }
    }
    if let Some(Value::Object(key)) = members.get_mut("primary_key") {
        key.remove("physical");
    }
    if matches!(body, Body::Table(_) | Body::View(_) | Body::MaterializedView(_))
        && let Some(Value::Array(columns)) = members.get_mut("columns")
    {
        columns.sort_by(|a, b| a["name"].as_str().cmp(&b["name"].as_str()));
    }
}

/// JSON with sorted members and no white space, whatever features `serde_json` was built with.
fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().filter(|(_, value)| counts(value)).collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (index, (name, value)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                quote(name, text);
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::String(content) => quote(content, text),
        Value::Null | Value::Bool(_) | Value::Number(_) => text.push_str(&value.to_string()),
    }
}

fn counts(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Array(items) => !items.is_empty(),
        Value::String(content) => !content.is_empty(),
        Value::Object(_) | Value::Bool(true) | Value::Number(_) => true,
    }
}

fn quote(content: &str, text: &mut String) {
    text.push('"');
    for letter in content.chars() {
        match letter {
            '"' | '\\' => {
                text.push('\\');
                text.push(letter);
            }
            '\0'..='\x1f' => {
                for escaped in letter.escape_unicode() {
                    text.push(escaped);
                }
            }
            _ => text.push(letter),
        }
    }
    text.push('"');
}
