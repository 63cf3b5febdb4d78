//! The description that is checked in.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

#[test]
fn the_description_is_the_one_checked_in() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi/bastion.json");
    let checked_in = fs::read_to_string(path).unwrap_or_default();
    assert!(
        checked_in == server::openapi::text().unwrap(),
        "openapi/bastion.json is old: run `cargo xtask openapi` and look at what changed"
    );
}

#[test]
fn every_operation_has_a_name_of_its_own_a_summary_and_its_problems() {
    let description = serde_json::to_value(server::openapi::description()).unwrap();
    let mut names = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let at = format!("{method} {path}");
            names.push(
                operation["operationId"].as_str().unwrap_or_else(|| panic!("{at} has no name")).to_owned(),
            );
            assert!(operation["summary"].is_string(), "{at} says not what it does");
            assert_ne!(operation["tags"], Value::Null, "{at} has no tag");
            if path.starts_with("/api/") {
                let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
                assert_eq!(problem["schema"], json!({"$ref": "#/components/schemas/Problem"}), "{at}");
            }
        }
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "two operations have one name");
}

#[test]
fn every_reference_leads_somewhere() {
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref") {
                    found.push(target.clone());
                }
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let description = serde_json::to_value(server::openapi::description()).unwrap();
    let mut found = Vec::new();
    references(&description, &mut found);
    assert!(!found.is_empty());
    for target in found {
        let pointer = target.trim_start_matches('#');
        assert!(description.pointer(pointer).is_some(), "{target} is not described");
    }
}
