//! What was decided beforehand, and what it makes of the changes that scans find.

use serde_json::json;
use service::permission::{AuditRead, DriftHandle};
use service::{Error, Scope, authorize, drift, overview, page::Paging, policy};
use types::DriftId;
use types::change::{Change, Quieting, Severity};
use types::drift::{ChangeName, DecideDrift, DriftDetail, DriftStatus};
use types::overview::Verdict;
use types::policy::{AnnounceMigration, PolicyDocument, PreviewPolicy, SetPolicy};

use crate::database::on_both_databases;
use crate::shop;
use crate::world::{DAY, World, founder};

on_both_databases![
    a_rule_decides_and_the_event_keeps_what_was_found,
    a_sources_own_policy_comes_after_the_organizations,
    an_event_that_a_policy_keeps_quiet_raises_no_alarm,
    an_accepted_change_stays_quiet_when_it_comes_again,
    a_change_of_an_event_is_decided_for_itself,
    a_change_is_ignored_until_its_day,
    a_migration_that_was_announced_raises_no_alarm_in_its_window,
    a_decision_that_does_not_fit_changes_nothing,
    every_version_is_kept_and_nobody_overwrites_what_they_have_not_seen,
    a_faulty_policy_is_refused_with_its_place,
    a_preview_says_which_events_would_be_judged_otherwise,
    another_organizations_policy_has_no_effect_and_is_not_seen,
];

fn lower(path: &str, to: &str) -> String {
    format!(
        "version: 1\nrules:\n  - {{kind: column.dropped, path: \"{path}\", action: lower, to: {to}, reason: rebuilt, author: ada}}\n"
    )
}

async fn set(world: &World, source: Option<&str>, version: u32, text: &str) -> Result<PolicyDocument, Error> {
    let input = SetPolicy { version, text: Some(text.to_owned()), ..SetPolicy::default() };
    policy::set(&world.context, &world.scope().await, source, input).await
}

async fn get(world: &World, source: Option<&str>) -> PolicyDocument {
    policy::get(&world.context, &world.scope().await, source).await.unwrap()
}

async fn event(world: &World, id: DriftId) -> DriftDetail {
    drift::get(&world.context, &world.scope().await, id).await.unwrap()
}

/// Somebody drops the city, and a scan finds it.
async fn drop_city(world: &World) -> DriftDetail {
    world.advance(3600);
    world.change(shop::without_city());
    let id = world.scan().await.drift_id.unwrap();
    event(world, id).await
}

/// The city is there again.
async fn bring_city_back(world: &World) {
    world.advance(3600);
    world.change(shop::catalog());
    world.scan().await;
}

async fn decide(
    world: &World,
    id: DriftId,
    status: DriftStatus,
    input: DecideDrift,
) -> Result<DriftDetail, Error> {
    drift::decide(&world.context, &world.scope().await, id, status, input).await
}

fn name(change: &Change) -> ChangeName {
    ChangeName { kind: change.kind.clone(), path: change.path.clone() }
}

async fn trust(world: &World) -> (Verdict, u32) {
    let overview = overview::get(&world.context, &world.scope().await, None).await.unwrap();
    (overview.trust.verdict, overview.drift.breaking)
}

async fn a_rule_decides_and_the_event_keeps_what_was_found(world: &World) {
    world.scan().await;
    set(world, Some("shop"), 0, &lower("public.customer.*", "potentially_breaking")).await.unwrap();
    let event = drop_city(world).await;
    let summary = &event.drift;
    assert_eq!((summary.severity, summary.breaking), (Severity::PotentiallyBreaking, false));
    assert_eq!(summary.found_severity, Severity::Breaking);
    assert_eq!((summary.summary.breaking, summary.summary.potentially_breaking), (0, 1));
    assert_eq!((summary.status, &event.decision), (DriftStatus::New, &None));
    let ruling = event.changes[0].policy.as_ref().unwrap();
    assert_eq!((ruling.readers, ruling.quiet), (Severity::Breaking, None));
    assert_eq!(ruling.why, ["Lowered to potentially breaking by ada: rebuilt"]);
    assert_eq!(trust(world).await, (Verdict::Trustworthy, 0));
    let breaking = drift::Filter { breaking: Some(true), ..drift::Filter::default() };
    let paging = Paging::new(None, None).unwrap();
    let found = drift::list(&world.context, &world.scope().await, breaking, &paging).await.unwrap();
    assert!(found.items.is_empty());
}

async fn a_sources_own_policy_comes_after_the_organizations(world: &World) {
    world.scan().await;
    set(world, None, 0, &lower("public.customer.*", "info").replace("lower, to: info", "ignore"))
        .await
        .unwrap();
    let raise = lower("public.customer.city", "breaking").replace("lower", "raise");
    set(world, Some("shop"), 0, &raise).await.unwrap();
    let event = drop_city(world).await;
    assert!(event.drift.breaking);
    assert_eq!(
        event.changes[0].policy.as_ref().unwrap().why,
        ["Ignored by ada: rebuilt", "Raised to breaking by ada: rebuilt"]
    );
    let effective = policy::effective(&world.context, &world.scope().await, None).await.unwrap();
    assert_eq!(effective.source, "shop");
    assert_eq!((effective.organization.rules.len(), effective.own.rules.len()), (1, 1));
}

async fn an_event_that_a_policy_keeps_quiet_raises_no_alarm(world: &World) {
    world.scan().await;
    set(world, None, 0, &lower("**", "info").replace("lower, to: info", "ignore")).await.unwrap();
    let event = drop_city(world).await;
    assert_eq!((event.drift.severity, event.drift.status), (Severity::Info, DriftStatus::Ignored));
    assert_eq!(event.drift.sentence, "Dropped column public.customer.city; quiet by policy");
    assert_eq!(event.drift.summary.quiet, 1);
    let decision = event.decision.unwrap();
    assert_eq!(
        (decision.by.as_str(), decision.reason.as_deref()),
        ("Policy", Some("Ignored by ada: rebuilt"))
    );
    assert_eq!(trust(world).await, (Verdict::Trustworthy, 0));
}

async fn an_accepted_change_stays_quiet_when_it_comes_again(world: &World) {
    world.scan().await;
    let event = drop_city(world).await;
    assert_eq!(trust(world).await, (Verdict::NotTrustworthy, 1));
    let input = DecideDrift { reason: Some("We moved it.".into()), ..DecideDrift::default() };
    decide(world, event.drift.id, DriftStatus::Accepted, input.clone()).await.unwrap();
    // Whoever accepts it twice does not make the policy longer.
    decide(world, event.drift.id, DriftStatus::Accepted, input).await.unwrap();
    let document = get(world, Some("shop")).await;
    assert_eq!((document.version, document.author.as_deref()), (1, Some("ada")));
    let [accepted] = document.policy.accepted.as_slice() else { panic!("{document:?}") };
    assert_eq!((accepted.path.as_str(), accepted.reason.as_str()), ("public.customer.city", "We moved it."));
    bring_city_back(world).await;
    let again = drop_city(world).await;
    assert_eq!((again.drift.breaking, again.drift.status), (false, DriftStatus::Accepted));
    assert_eq!(again.changes[0].quiet(), Some(Quieting::Expected));
    assert_eq!(trust(world).await, (Verdict::Trustworthy, 0));
    // Another change of the same table is news.
    bring_city_back(world).await;
    world.change(shop::without_email());
    let other = world.scan().await.drift_id.unwrap();
    assert!(self::event(world, other).await.drift.breaking);
}

async fn a_change_of_an_event_is_decided_for_itself(world: &World) {
    world.scan().await;
    world.change(shop::without_city_and_name());
    let id = world.scan().await.drift_id.unwrap();
    let before = event(world, id).await;
    assert_eq!((before.changes.len(), before.drift.summary.breaking), (2, 2));
    let one = DecideDrift { changes: vec![name(&before.changes[0])], ..DecideDrift::default() };
    let after = decide(world, id, DriftStatus::Accepted, one).await.unwrap();
    assert_eq!((after.drift.summary.breaking, after.drift.summary.quiet), (1, 1));
    assert_eq!((after.drift.status, &after.decision), (DriftStatus::New, &None));
    assert_eq!(trust(world).await, (Verdict::NotTrustworthy, 1));
    // With the last alarm the event is settled.
    let until = serde_json::from_value(json!("2030-01-01")).unwrap();
    let other =
        DecideDrift { changes: vec![name(&before.changes[1])], until: Some(until), ..DecideDrift::default() };
    let settled = decide(world, id, DriftStatus::Ignored, other).await.unwrap();
    assert_eq!((settled.drift.status, settled.drift.breaking), (DriftStatus::Ignored, false));
    assert_eq!((settled.drift.severity, settled.drift.found_severity), (Severity::Info, Severity::Breaking));
    assert_eq!(settled.changes[0].quiet(), Some(Quieting::Expected));
    assert_eq!(settled.changes[1].quiet(), Some(Quieting::Ignored));
    assert_eq!(trust(world).await, (Verdict::Trustworthy, 0));
    let policy = get(world, Some("shop")).await.policy;
    assert_eq!((policy.accepted.len(), policy.rules.len()), (1, 1));
}

async fn a_change_is_ignored_until_its_day(world: &World) {
    world.scan().await;
    let found = drop_city(world).await;
    let until = Some(types::policy::Until(types::Timestamp(
        world.context.now().0 + std::time::Duration::from_secs(2 * DAY),
    )));
    let input = DecideDrift { until, ..DecideDrift::default() };
    let ignored = decide(world, found.drift.id, DriftStatus::Ignored, input).await.unwrap();
    assert_eq!(ignored.drift.status, DriftStatus::Ignored);
    bring_city_back(world).await;
    assert!(!drop_city(world).await.drift.breaking);
    bring_city_back(world).await;
    world.advance(2 * DAY);
    assert!(drop_city(world).await.drift.breaking);
}

async fn a_migration_that_was_announced_raises_no_alarm_in_its_window(world: &World) {
    world.scan().await;
    let at =
        |seconds: i64| types::Timestamp::from_millis(world.context.now().millis() + seconds * 1000).unwrap();
    let window = AnnounceMigration {
        from: at(600),
        until: at(1200),
        path: Some("public.customer.**".to_owned()),
        kinds: Vec::new(),
        reason: "Release 12".to_owned(),
    };
    let announced =
        policy::announce(&world.context, &world.scope().await, Some("shop"), window.clone()).await.unwrap();
    assert_eq!((announced.version, announced.policy.migrations[0].author.as_str()), (1, "ada"));
    assert_eq!(announced.reason.as_deref(), Some("Announced: Release 12"));
    // The scan comes an hour later, after the window: the change may have been made in it.
    let event = drop_city(world).await;
    assert_eq!((event.drift.breaking, event.drift.status), (false, DriftStatus::Accepted));
    assert_eq!(event.changes[0].policy.as_ref().unwrap().why, ["Announced by ada: Release 12"]);
    // By now a scan has seen the schema after the window.
    bring_city_back(world).await;
    assert!(drop_city(world).await.drift.breaking);
    for (input, pointer) in [
        (AnnounceMigration { until: at(-7200), from: at(-7300), ..window.clone() }, "/until"),
        (AnnounceMigration { until: at(10), from: at(20), ..window.clone() }, "/until"),
        (AnnounceMigration { until: at(20), from: at(10), reason: " ".to_owned(), ..window }, "/reason"),
    ] {
        let refused = policy::announce(&world.context, &world.scope().await, None, input).await.unwrap_err();
        assert_eq!(refused.fields()[0].pointer, pointer, "{refused}");
    }
}

async fn a_decision_that_does_not_fit_changes_nothing(world: &World) {
    world.scan().await;
    let found = drop_city(world).await;
    let known = name(&found.changes[0]);
    let unknown = ChangeName { path: "public.nowhere".to_owned(), ..known.clone() };
    let until = |day: &str| serde_json::from_value(json!(day)).ok();
    let with = |changes: &[&ChangeName], day: &str| DecideDrift {
        reason: None,
        changes: changes.iter().map(|&change| change.clone()).collect(),
        until: until(day),
    };
    for (status, input, pointer) in [
        (DriftStatus::Accepted, with(&[&known, &unknown], ""), "/changes/1"),
        (DriftStatus::Accepted, with(&[&known], "2030-01-01"), "/until"),
        (DriftStatus::Ignored, with(&[&known], ""), "/until"),
        (DriftStatus::Ignored, with(&[], "2020-01-01"), "/until"),
        (DriftStatus::Acknowledged, with(&[&known], ""), "/changes"),
    ] {
        let refused = decide(world, found.drift.id, status, input).await.unwrap_err();
        assert_eq!(refused.fields()[0].pointer, pointer, "{refused}");
    }
    assert_eq!(event(world, found.drift.id).await, found);
    assert_eq!(get(world, Some("shop")).await.version, 0);
}

async fn every_version_is_kept_and_nobody_overwrites_what_they_have_not_seen(world: &World) {
    let nothing = get(world, None).await;
    assert_eq!((nothing.version, nothing.author), (0, None));
    let first = lower("a.*", "info");
    let second = format!("# why\n{}", lower("b.*", "info"));
    assert_eq!(set(world, None, 0, &first).await.unwrap().version, 1);
    let refused = set(world, None, 0, &second).await.unwrap_err();
    assert!(refused.detail().contains("version 1, by ada"), "{}", refused.detail());
    assert_eq!(set(world, None, 1, &second).await.unwrap().version, 2);
    // Nothing new makes no version.
    assert_eq!(set(world, None, 2, &second).await.unwrap().version, 2);
    let paging = Paging::new(Some(1), None).unwrap();
    let newest = policy::versions(&world.context, &world.scope().await, None, &paging).await.unwrap();
    assert_eq!((newest.items[0].version, newest.items[0].text.as_str()), (2, second.as_str()));
    let paging = Paging::new(Some(1), newest.next_cursor).unwrap();
    let older = policy::versions(&world.context, &world.scope().await, None, &paging).await.unwrap();
    assert_eq!((older.items[0].version, older.items[0].text.as_str()), (1, first.as_str()));
    assert_eq!(older.next_cursor, None);
    // A source's own versions count for themselves.
    assert_eq!(get(world, Some("shop")).await.version, 0);
    let audit: Scope<AuditRead> = world.scope().await;
    let paging = Paging::new(None, None).unwrap();
    let audited = service::audit::list(&world.context, &audit, service::audit::Wanted::default(), &paging)
        .await
        .unwrap()
        .items;
    let changes: Vec<_> = audited.iter().filter(|entry| entry.action == "policy.changed").collect();
    assert_eq!((changes.len(), changes[0].subject.as_str()), (2, "policy:organization"));
    let unknown = policy::get(&world.context, &world.scope().await, Some("nowhere")).await.unwrap_err();
    assert!(matches!(unknown, Error::NotFound(_)));
}

async fn a_faulty_policy_is_refused_with_its_place(world: &World) {
    let text = lower("a.*", "info").replace("column.dropped", "colum.dropped");
    let refused = set(world, None, 0, &text).await.unwrap_err();
    let fault = &refused.fields()[0];
    assert_eq!((fault.pointer.as_str(), fault.line), ("/text/rules/0/kind", Some(3)));
    assert!(fault.detail.contains("no kind of change \"colum.dropped\""), "{}", fault.detail);
    let as_json =
        json!({ "version": 1, "rules": [{ "kind": "*", "action": "raise", "reason": "r", "author": "a" }] });
    let input = SetPolicy { version: 0, policy: Some(as_json), ..SetPolicy::default() };
    let refused = policy::set(&world.context, &world.scope().await, None, input).await.unwrap_err();
    assert_eq!((refused.fields()[0].pointer.as_str(), refused.fields()[0].line), ("/policy/rules/0", None));
    let neither = SetPolicy::default();
    assert!(policy::set(&world.context, &world.scope().await, None, neither).await.is_err());
    assert_eq!(get(world, None).await.version, 0);
}

async fn a_preview_says_which_events_would_be_judged_otherwise(world: &World) {
    world.scan().await;
    drop_city(world).await;
    bring_city_back(world).await;
    let preview = async |source: Option<&'static str>, text: String| {
        let input = PreviewPolicy { text: Some(text), ..PreviewPolicy::default() };
        policy::preview(&world.context, &world.scope().await, source, input).await.unwrap()
    };
    for source in [None, Some("shop")] {
        let lowered = preview(source, lower("**", "safe")).await;
        assert_eq!((lowered.judged, lowered.different.len()), (2, 1), "{lowered:?}");
        let event = &lowered.different[0];
        assert_eq!((event.before, event.after, event.different), (Severity::Breaking, Severity::Safe, 1));
        assert_eq!(event.changes[0].why, ["Lowered to safe by ada: rebuilt"]);
        assert!(preview(source, lower("elsewhere.**", "safe")).await.different.is_empty());
    }
    // What is in force already makes no difference.
    set(world, Some("shop"), 0, &lower("**", "safe")).await.unwrap();
    assert!(preview(Some("shop"), lower("**", "safe")).await.different.is_empty());
    assert_eq!(preview(Some("shop"), String::new()).await.different[0].after, Severity::Breaking);
    assert_eq!(get(world, Some("shop")).await.version, 1);
}

async fn another_organizations_policy_has_no_effect_and_is_not_seen(world: &World) {
    world.scan().await;
    let eve = founder(&world.context, "eve").await;
    let eve: Scope<DriftHandle> = authorize(&world.context, &eve).await.unwrap();
    let text = lower("**", "info").replace("lower, to: info", "ignore");
    let everything = |text: &str| SetPolicy { text: Some(text.to_owned()), ..SetPolicy::default() };
    policy::set(&world.context, &eve, None, everything(&text)).await.unwrap();
    let refused = policy::set(&world.context, &eve, Some("shop"), everything(&text)).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound("source")), "{refused}");
    assert_eq!(get(world, None).await.version, 0);
    assert!(drop_city(world).await.drift.breaking);
    let preview = PreviewPolicy { text: Some(String::new()), ..PreviewPolicy::default() };
    let seen = policy::preview(&world.context, &eve, None, preview).await.unwrap();
    assert_eq!(seen.judged, 0);
}
