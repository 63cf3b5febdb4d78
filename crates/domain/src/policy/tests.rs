use serde_json::{Value, json};
use types::change::{Change, Severity};

use super::*;

fn policy(value: Value) -> Policy {
    let mut whole = json!({ "version": 1 });
    for (name, member) in value.as_object().unwrap() {
        whole[name] = member.clone();
    }
    serde_json::from_value(whole).unwrap()
}

fn signed(mut value: Value) -> Value {
    value["reason"] = "Nobody reads it".into();
    value["author"] = "anna".into();
    value
}

fn change(kind: &str, path: &str) -> Change {
    Change {
        kind: kind.into(),
        path: path.into(),
        old_path: None,
        before: json!("a"),
        after: json!("b"),
        readers: Severity::Breaking,
        writers: Severity::Safe,
        flags: Vec::new(),
        codes: Vec::new(),
        reason: "Because.".into(),
        evidence: Vec::new(),
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Severities of readers and writers after policy; `None` if the change is left out.
fn outcome(policy: &Policy, change: Change) -> Option<(Severity, Severity)> {
    validate(policy).unwrap();
    let judged = apply(vec![change], policy, "shop", at("2026-06-01T00:00:00Z"));
    assert_eq!(judged.changes.len() + judged.quiet.len(), 1, "nothing is lost");
    judged.changes.first().map(|change| (change.readers, change.writers))
}

#[test]
fn each_rule_concerns_its_kind_place_source_audience_and_time() {
    use Severity::{Breaking, Info, PotentiallyBreaking, Safe};
    let as_found = Some((Breaking, Safe));
    let cases = [
        (json!({ "kind": "column.dropped", "action": "ignore" }), None),
        (json!({ "kind": "column.*", "action": "ignore" }), None),
        (json!({ "kind": "table.*", "action": "ignore" }), as_found),
        (json!({ "kind": "*", "path": "public.tmp.**", "action": "ignore" }), None),
        (json!({ "kind": "*", "path": "public.film.**", "action": "ignore" }), as_found),
        (json!({ "kind": "*", "source": "shop", "action": "ignore" }), None),
        (json!({ "kind": "*", "source": "billing", "action": "ignore" }), as_found),
        (json!({ "kind": "*", "until": "2026-06-30", "action": "ignore" }), None),
        (json!({ "kind": "*", "until": "2026-05-30", "action": "ignore" }), as_found),
        (json!({ "kind": "*", "action": "lower", "to": "info" }), Some((Info, Info))),
        (json!({ "kind": "*", "action": "lower", "to": "info", "audience": "readers" }), Some((Info, Safe))),
        (
            json!({ "kind": "*", "action": "raise", "to": "potentially_breaking" }),
            Some((Breaking, PotentiallyBreaking)),
        ),
        (json!({ "kind": "*", "action": "raise", "to": "breaking", "audience": "readers" }), as_found),
    ];
    for (rule, expected) in cases {
        let policy = policy(json!({ "rules": [signed(rule.clone())] }));
        assert_eq!(outcome(&policy, change("column.dropped", "public.tmp.id")), expected, "{rule}");
    }
}

#[test]
fn later_rules_see_what_earlier_ones_left_and_each_says_so() {
    let policy = policy(json!({ "rules": [
        signed(json!({ "kind": "*", "action": "lower", "to": "info" })),
        signed(json!({ "kind": "*", "action": "raise", "to": "safe", "audience": "readers" })),
    ] }));
    let judged =
        apply(vec![change("table.dropped", "public.film")], &policy, "shop", at("2026-06-01T00:00:00Z"));
    assert_eq!((judged.changes[0].readers, judged.changes[0].writers), (Severity::Safe, Severity::Info));
    assert_eq!(
        judged.changes[0].evidence,
        ["Lowered to info by anna: Nobody reads it", "Raised to safe by anna: Nobody reads it"]
    );
}

#[test]
fn an_accepted_change_is_quiet_until_it_changes_again() {
    let found = change("column.type_changed", "public.film.id");
    let policy = policy(json!({ "accepted": [signed(json!({
        "kind": found.kind, "path": found.path, "fingerprint": fingerprint(&found),
    }))] }));
    assert_eq!(outcome(&policy, found.clone()), None);
    let again = Change { after: json!("c"), ..found.clone() };
    assert!(outcome(&policy, again).is_some());
    assert!(outcome(&policy, Change { path: "public.film.name".into(), ..found }).is_some());
}

#[test]
fn an_announced_migration_is_quiet_in_its_window_only() {
    let announced = |from: &str, until: &str, kinds: Value| {
        policy(json!({ "migrations": [signed(json!({
            "from": from, "until": until, "path": "public.film.**", "kinds": kinds,
        }))] }))
    };
    let (may, june, july) = ("2026-05-31T00:00:00Z", "2026-06-01T06:00:00Z", "2026-07-01T00:00:00Z");
    let cases = [
        (announced(may, june, json!([])), "public.film.id", true),
        (announced(june, july, json!([])), "public.film.id", false),
        (announced(may, june, json!(["column.added"])), "public.film.id", false),
        (announced(may, june, json!(["column.dropped"])), "public.film.id", true),
        (announced(may, june, json!([])), "public.actor.id", false),
    ];
    for (policy, path, quiet) in cases {
        assert_eq!(outcome(&policy, change("column.dropped", path)).is_none(), quiet, "{policy:?} {path}");
    }
}

#[test]
fn a_rename_is_found_by_its_old_name_as_well() {
    let policy = policy(json!({ "rules": [signed(json!({
        "kind": "*", "path": "public.old", "action": "ignore",
    }))] }));
    let renamed = Change { old_path: Some("public.old".into()), ..change("table.renamed", "public.new") };
    assert_eq!(outcome(&policy, renamed), None);
}

#[test]
fn a_policy_that_makes_no_sense_is_refused_with_its_place() {
    let ignore = || signed(json!({ "kind": "*", "action": "ignore" }));
    let mut hushed = ignore();
    hushed["to"] = "safe".into();
    let mut unsigned = ignore();
    unsigned["author"] = " ".into();
    let window = signed(json!({ "from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z" }));
    let cases = [
        (json!({ "version": 2 }), "the policy has version 2, and this program reads 1"),
        (
            json!({ "rules": [ignore(), signed(json!({ "kind": "*", "action": "raise" }))] }),
            "rules[1]: raise asks for `to`, the severity",
        ),
        (json!({ "rules": [hushed] }), "rules[0]: `to` has no meaning where changes are ignored"),
        (json!({ "rules": [unsigned] }), "rules[0]: a reason and an author are asked for"),
        (json!({ "migrations": [window] }), "migrations[0]: it ends before it begins"),
    ];
    for (value, message) in cases {
        assert_eq!(validate(&policy(value)).unwrap_err().to_string(), message);
    }
}

#[test]
fn what_is_unknown_in_a_policy_is_refused() {
    let refused = |value: Value| serde_json::from_value::<Policy>(value).unwrap_err().to_string();
    let rule = |kind: &str| signed(json!({ "kind": kind, "action": "ignore" }));
    assert_eq!(
        refused(json!({ "version": 1, "rules": [rule("colum.dropped")] })),
        "there is no kind of change \"colum.dropped\""
    );
    assert!(refused(json!({ "version": 1, "rule": [] })).starts_with("unknown field `rule`"));
}
