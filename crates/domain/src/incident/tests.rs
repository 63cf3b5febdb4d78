use types::incident::IncidentSeverity::{Critical, Warning};

use super::*;

const DAY: i64 = 86_400_000;

fn day(number: i64) -> Timestamp {
    Timestamp::from_millis(1_767_592_800_000 + number * DAY).unwrap()
}

fn finding(fingerprint: &str, severity: Severity, at: i64) -> Finding {
    Finding { severity, fingerprint: fingerprint.into(), at: day(at) }
}

fn incident(status: Status) -> Incident {
    let ended_at = (!status.is_active()).then(|| day(0));
    Incident { status, ended_at, ..Incident::new(&finding("a", Warning, 0)) }
}

const STATUSES: [Status; 6] = [
    Status::Open,
    Status::Acknowledged,
    Status::InProgress,
    Status::Resolved,
    Status::Expected,
    Status::FalsePositive,
];

#[test]
fn each_decision_leads_from_its_states_only() {
    use Status::{Acknowledged, Expected, FalsePositive, InProgress, Open, Resolved};
    // A column for each of STATUSES.
    let cases: [(Action, [Option<Status>; 6]); 9] = [
        (Action::Acknowledge, [Some(Acknowledged), None, None, None, None, None]),
        (Action::Start, [Some(InProgress), Some(InProgress), None, None, None, None]),
        (Action::Resolve, [Some(Resolved), Some(Resolved), Some(Resolved), None, None, None]),
        (Action::Expected, [Some(Expected), Some(Expected), Some(Expected), None, None, None]),
        (
            Action::FalsePositive,
            [Some(FalsePositive), Some(FalsePositive), Some(FalsePositive), None, None, None],
        ),
        (Action::Reopen, [None, None, None, Some(Open), Some(Open), Some(Open)]),
        (
            Action::SnoozeUntil { at: day(3) },
            [Some(Open), Some(Acknowledged), Some(InProgress), None, None, None],
        ),
        (Action::SnoozeUntilChanged, [Some(Open), Some(Acknowledged), Some(InProgress), None, None, None]),
        (
            Action::Merge { into: "other".into() },
            [Some(Resolved), Some(Resolved), Some(Resolved), None, None, None],
        ),
    ];
    for (action, expected) in cases {
        for (status, expected) in STATUSES.into_iter().zip(expected) {
            let decided = incident(status).decide("own", &action, day(1));
            assert_eq!(decided.as_ref().ok().map(|next| next.status), expected, "{status:?} {action:?}");
            match decided {
                Ok(next) => assert_eq!(next.ended_at.is_some(), !next.status.is_active()),
                Err(refusal) => assert_eq!(refusal.code(), "incident_state"),
            }
        }
    }
}

#[test]
fn some_decisions_make_no_sense() {
    let open = incident(Status::Open);
    let code = |action: &Action| open.decide("own", action, day(1)).unwrap_err().code();
    assert_eq!(code(&Action::SnoozeUntil { at: day(1) }), "snooze_over");
    assert_eq!(code(&Action::Merge { into: "own".into() }), "merge_into_itself");
    assert_eq!(code(&Action::Wake), "incident_state");
    let merged = open.decide("own", &Action::Merge { into: "other".into() }, day(1)).unwrap();
    assert_eq!(merged.decide("own", &Action::Reopen, day(2)).unwrap_err().code(), "incident_merged");
}

#[test]
fn a_merged_incident_gives_its_weight_to_the_other() {
    let old = Incident { severity: Critical, opened_at: day(-5), ..incident(Status::Open) };
    let kept = incident(Status::InProgress).absorb(&old);
    assert_eq!((kept.status, kept.severity, kept.opened_at), (Status::InProgress, Critical, day(-5)));
}

/// What a finding does: `new`, or the status with an exclamation mark where somebody is told.
fn effect(known: Option<Incident>, finding: &Finding) -> String {
    match observe(known, finding) {
        Effect::Opens(incident) => {
            assert_eq!((incident.status, incident.reopened), (Status::Open, 0));
            "new".into()
        }
        Effect::Updates { incident, alert } => {
            assert_eq!(incident.last_seen_at, finding.at);
            format!("{}{}", incident.status.as_str(), if alert { "!" } else { "" })
        }
    }
}

#[test]
fn a_finding_belongs_to_the_incident_of_its_cause() {
    let same = |at| finding("a", Warning, at);
    let other = |at| finding("b", Warning, at);
    let worse = |at| finding("a", Critical, at);
    let is = |status| Some(incident(status));
    let cases = [
        ("nothing known", None, same(1), "new"),
        ("again", is(Status::Open), same(1), "open"),
        ("changed, but known", is(Status::Acknowledged), other(1), "acknowledged"),
        ("worse", is(Status::InProgress), worse(1), "in_progress!"),
        ("back within a week", is(Status::Resolved), same(7), "open!"),
        ("back much later", is(Status::Resolved), same(8), "new"),
        ("still expected", is(Status::Expected), same(90), "expected"),
        ("expected, and changed again", is(Status::Expected), other(1), "new"),
        ("still false", is(Status::FalsePositive), same(90), "false_positive"),
        ("false, and worse", is(Status::FalsePositive), worse(1), "new"),
    ];
    for (what, known, finding, expected) in cases {
        assert_eq!(effect(known, &finding), expected, "{what}");
    }
}

#[test]
fn a_snoozed_incident_is_silent_until_its_day_or_until_it_changes() {
    let until = |at| Incident { snooze: Some(Snooze::Until { at: day(at) }), ..incident(Status::Open) };
    let changed = || Incident { snooze: Some(Snooze::UntilChanged), ..incident(Status::Open) };
    assert!(!until(3).alerts(day(2)) && until(3).alerts(day(3)));
    assert!(!changed().alerts(day(300)));
    let cases = [
        (until(3), finding("b", Critical, 2), "open"),
        (until(3), finding("a", Critical, 4), "open!"),
        (changed(), finding("a", Warning, 90), "open"),
        (changed(), finding("b", Warning, 1), "open!"),
        (changed(), finding("a", Critical, 1), "open!"),
    ];
    for (known, finding, expected) in cases {
        let what = format!("{known:?} {finding:?}");
        assert_eq!(effect(Some(known), &finding), expected, "{what}");
    }
}

#[test]
fn an_incident_whose_cause_is_gone_resolves_itself() {
    for status in STATUSES {
        let gone = cause_gone(&incident(status), day(2));
        assert_eq!(gone.is_some(), status.is_active());
        if let Some(gone) = gone {
            assert_eq!((gone.status, gone.ended_at), (Status::Resolved, Some(day(2))));
        }
    }
}
