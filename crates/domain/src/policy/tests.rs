use serde_json::{Value, json};
use types::change::{Change, Quieting, Severity};

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
        policy: None,
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// What is found in the shop on the first of June.
fn judge_in_shop(policies: &[&Policy], change: Change, since: &str) -> Change {
    let occasion = Occasion { source: "shop", since: at(since), now: at(JUNE) };
    let mut judged = judge(vec![change], policies, occasion);
    assert_eq!(judged.len(), 1, "nothing is lost");
    judged.remove(0)
}

const JUNE: &str = "2026-06-01T00:00:00Z";

/// Severities of readers and writers after policy; `None` if the change is quiet.
fn outcome(policy: &Policy, change: Change) -> Option<(Severity, Severity)> {
    validate(policy).unwrap();
    let found = (change.readers, change.writers);
    let judged = judge_in_shop(&[policy], change, JUNE);
    if let Some(ruling) = &judged.policy {
        assert_eq!((ruling.readers, ruling.writers), found, "what was found is kept");
        assert!(!ruling.why.is_empty(), "every decision has its reason");
    }
    judged.quiet().is_none().then_some((judged.readers, judged.writers))
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
    let judged = judge_in_shop(&[&policy], change("table.dropped", "public.film"), JUNE);
    assert_eq!((judged.readers, judged.writers), (Severity::Safe, Severity::Info));
    assert_eq!(
        judged.policy.as_ref().unwrap().why,
        ["Lowered to info by anna: Nobody reads it", "Raised to safe by anna: Nobody reads it"]
    );
    // Judged again, it is judged as it was found.
    let again = judge_in_shop(&[], judged, JUNE);
    assert_eq!(again, change("table.dropped", "public.film"));
}

#[test]
fn a_later_policy_has_the_last_word_on_rules_but_not_on_what_was_accepted() {
    let rules = |rules: Value| policy(json!({ "rules": rules }));
    let ignore = || signed(json!({ "kind": "*", "action": "ignore" }));
    let raise = || signed(json!({ "kind": "*", "action": "raise", "to": "breaking" }));
    let lower = || signed(json!({ "kind": "*", "action": "lower", "to": "safe" }));
    let found = change("column.dropped", "public.film.id");
    let expected = policy(json!({ "accepted": [signed(json!({
        "kind": found.kind, "path": found.path, "fingerprint": fingerprint(&found),
    }))] }));
    let cases = [
        (rules(json!([ignore()])), rules(json!([raise()])), None),
        (rules(json!([ignore()])), rules(json!([lower()])), Some(Quieting::Ignored)),
        (rules(json!([ignore(), raise()])), rules(json!([])), Some(Quieting::Ignored)),
        (rules(json!([raise()])), rules(json!([ignore()])), Some(Quieting::Ignored)),
        (expected, rules(json!([raise()])), Some(Quieting::Expected)),
    ];
    for (first, second, quiet) in cases {
        let judged = judge_in_shop(&[&first, &second], found.clone(), JUNE);
        assert_eq!(judged.quiet(), quiet, "{first:?} {second:?}");
        let severity = if quiet.is_some() { Severity::Info } else { Severity::Breaking };
        assert_eq!((judged.readers, judged.found_severity()), (severity, Severity::Breaking));
    }
}

#[test]
fn what_is_written_for_a_change_concerns_it_and_no_other() {
    let found = change("column.dropped", "public.f*m.id");
    let other = Change { path: "public.film.id".into(), ..found.clone() };
    let accepted = accepting(&found, "Planned", "anna").unwrap();
    let rule = ignoring(&found, Until(at("2026-07-01T00:00:00Z")), "Later", "anna").unwrap();
    let of_accepted = Policy { accepted: vec![accepted], ..Policy::default() };
    let of_rule = Policy { rules: vec![rule], ..Policy::default() };
    for policy in [of_accepted, of_rule] {
        assert_eq!(outcome(&policy, found.clone()), None);
        assert!(outcome(&policy, other.clone()).is_some());
    }
    assert_eq!(accepting(&Change { kind: "table.exploded".into(), ..found }, "", ""), None);
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
fn a_change_that_is_found_after_the_window_may_have_been_made_in_it() {
    let window = policy(json!({ "migrations": [signed(json!({
        "from": "2026-05-20T02:00:00Z", "until": "2026-05-20T03:00:00Z",
    }))] }));
    for (last_seen, quiet) in
        [("2026-05-20T02:30:00Z", true), ("2026-05-19T00:00:00Z", true), ("2026-05-20T03:30:00Z", false)]
    {
        let judged = judge_in_shop(&[&window], change("table.dropped", "public.film"), last_seen);
        assert_eq!(judged.quiet(), quiet.then_some(Quieting::Announced), "{last_seen}");
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
        (json!({ "version": 2 }), ("version", None), "the policy has version 2, and this program reads 1"),
        (
            json!({ "rules": [ignore(), signed(json!({ "kind": "*", "action": "raise" }))] }),
            ("rules", Some(1)),
            "raise asks for `to`, the severity",
        ),
        (json!({ "rules": [hushed] }), ("rules", Some(0)), "`to` has no meaning where changes are ignored"),
        (json!({ "rules": [unsigned] }), ("rules", Some(0)), "a reason and an author are asked for"),
        (json!({ "migrations": [window] }), ("migrations", Some(0)), "it ends before it begins"),
    ];
    for (value, place, message) in cases {
        let fault = validate(&policy(value)).unwrap_err();
        assert_eq!((fault.place(), fault.to_string().as_str()), (place, message));
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
