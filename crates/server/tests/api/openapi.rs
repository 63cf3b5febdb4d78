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

/// Words are of small letters: a capital is in the name that a word has in the program.
#[test]
fn words_are_described_as_they_are_sent() {
    let description = serde_json::to_value(server::openapi::description()).unwrap();
    let schemas = description["components"]["schemas"].as_object().unwrap();
    let words = |schema: &Value| schema["enum"].as_array().cloned().unwrap_or_default();
    let named =
        schemas.iter().flat_map(|(name, schema)| words(schema).into_iter().map(move |word| (name, word)));
    let wrong: Vec<_> = named
        .filter(|(_, word)| word.as_str().is_some_and(|word| word.contains(char::is_uppercase)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// What programs and pages outside rely on: it is added to, never renamed.
const PROMISED: &str = "
    GET /livez
    GET /readyz
    POST /api/auth/sign-up
    POST /api/auth/sign-in
    POST /api/auth/sign-out
    GET /api/auth/me
    POST /api/auth/switch-org
    POST /api/orgs
    POST /api/orgs/join
    GET PATCH DELETE /api/org
    POST /api/org/setup
    POST /api/org/test-connection
    POST /api/org/rotate-keys
    POST /api/org/re-encrypt
    GET /api/org/members
    GET POST /api/org/invitations
    GET /api/org/join-requests
    GET POST /api/org/api-keys
    GET /api/org/audit
    GET PUT /api/org/ai
    GET PUT /api/org/notifications
    GET POST /api/sources
    GET PATCH DELETE /api/sources/{id}
    POST /api/sources/{id}/test
    GET PUT /api/sources/{id}/schedule
    POST /api/scan/run
    GET /api/scan/runs
    GET /api/scan/runs/{id}
    POST /api/scan/runs/{id}/cancel
    POST /api/scan/runs/{id}/retry
    GET /api/schema/latest
    GET /api/schema/history
    GET /api/schema/versions/{version}
    GET /api/schema/compare
    GET /api/schema/graph
    GET /api/schema/search
    GET PATCH /api/schema/objects/{path}
    GET /api/drift
    GET /api/drift/history
    GET /api/drift/{id}
    POST /api/drift/{id}/{decision}
    GET PUT /api/drift/policy
    GET /api/quality
    GET /api/quality/trends
    GET /api/health/stats
    GET /api/overview
    GET /api/expectations
    GET /api/incidents
    GET /api/incidents/{id}
    POST /api/incidents/{id}/{decision}
    POST /api/incidents/{id}/assign
    POST /api/incidents/{id}/snooze
    POST /api/incidents/{id}/merge
    POST /api/incidents/{id}/comment
    POST /api/incidents/{id}/mark-normal
    POST /api/incidents/bulk
    GET /api/agents
    GET /api/agents/logs
    GET /api/agents/logs/stream
    GET PUT /api/agents/schedule
    GET /api/activity
";

#[test]
fn every_route_that_was_promised_is_there() {
    let description = serde_json::to_value(server::openapi::description()).unwrap();
    for line in PROMISED.trim().lines() {
        let (methods, path) = line.trim().rsplit_once(' ').unwrap();
        for method in methods.split(' ') {
            let operation = &description["paths"][path][method.to_lowercase()];
            assert!(operation.is_object(), "{method} {path} is gone");
        }
    }
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
