//! What was there before a change and what is there now, in as few words as tell them apart.

use serde_json::{Map, Value};

/// Longer values are cut; the API has the whole.
const LONGEST: usize = 160;

/// Both sides of a change, each on one line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Values {
    /// `None` for what is new.
    pub(super) before: Option<String>,
    pub(super) after: String,
}

impl Values {
    /// The fields that differ, or all of what appeared or went; `None` when the change has no values.
    pub(super) fn of(before: &Value, after: &Value) -> Option<Self> {
        let (before, after) = match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                let differing: Vec<&String> = before
                    .keys()
                    .chain(after.keys().filter(|name| !before.contains_key(*name)))
                    .filter(|name| before.get(*name) != after.get(*name))
                    .collect();
                let side = |fields: &Map<String, Value>| {
                    let words =
                        differing.iter().map(|name| field(name, fields.get(*name).unwrap_or(&Value::Null)));
                    Some(cut(words.collect::<Vec<_>>().join(", "))).filter(|text| !text.is_empty())
                };
                (side(before), side(after))
            }
            (before, after) => (whole(before), whole(after)),
        };
        match (before, after) {
            (None, None) => None,
            (before, after) => Some(Self { before, after: after.unwrap_or_else(|| "gone".to_owned()) }),
        }
    }
}

/// A side alone, as a declaration: `TEXT NOT NULL`.
fn whole(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::Object(fields) => {
            let declared =
                ["type", "nullable", "default"].into_iter().filter_map(|name| fields.get_key_value(name));
            let others =
                fields.iter().filter(|(name, _)| !matches!(name.as_str(), "type" | "nullable" | "default"));
            let declared: Vec<String> = declared
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| match name.as_str() {
                    "default" => format!("DEFAULT {}", plain(value)),
                    name => field(name, value),
                })
                .collect();
            let others = others.filter(|(_, value)| !value.is_null()).map(|(name, value)| field(name, value));
            [declared.join(" ")]
                .into_iter()
                .filter(|text| !text.is_empty())
                .chain(others)
                .collect::<Vec<_>>()
                .join(", ")
        }
        other => plain(other),
    };
    Some(cut(text)).filter(|text| !text.is_empty())
}

/// A field; a type and whether NULL is allowed speak for themselves.
fn field(name: &str, value: &Value) -> String {
    match (name, value) {
        ("type", Value::String(data_type)) => data_type.clone(),
        ("nullable", Value::Bool(true)) => "NULL".to_owned(),
        ("nullable", Value::Bool(false)) => "NOT NULL".to_owned(),
        (name, value) => format!("{}: {}", name.replace('_', " "), plain(value)),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn cut(text: String) -> String {
    if text.chars().count() > LONGEST { text.chars().take(LONGEST).chain(['…']).collect() } else { text }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_is_told_by_what_differs() {
        let column = json!({"type": "TEXT", "nullable": false, "default": null});
        for (before, after, expected) in [
            (column.clone(), Value::Null, Some((Some("TEXT NOT NULL"), "gone"))),
            (
                Value::Null,
                json!({"type": "integer", "nullable": true, "default": "0"}),
                Some((None, "integer NULL DEFAULT 0")),
            ),
            (
                column.clone(),
                json!({"type": "TEXT", "nullable": true, "default": null}),
                Some((Some("NOT NULL"), "NULL")),
            ),
            (
                column.clone(),
                json!({"type": "bigint", "nullable": false, "default": "1"}),
                Some((Some("default: none, TEXT"), "default: 1, bigint")),
            ),
            (
                json!({"validated": true}),
                json!({"validated": false}),
                Some((Some("validated: yes"), "validated: no")),
            ),
            (json!(["a", 1]), json!("text"), Some((Some("a, 1"), "text"))),
            (column.clone(), column, None),
            (Value::Null, json!({}), None),
        ] {
            let expected = expected
                .map(|(before, after)| Values { before: before.map(str::to_owned), after: after.to_owned() });
            assert_eq!(Values::of(&before, &after), expected, "{before} → {after}");
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        let long = Values::of(&Value::Null, &Value::String("x".repeat(LONGEST + 1)));
        assert_eq!(long.map(|values| values.after.chars().count()), Some(LONGEST + 1));
    }
}
