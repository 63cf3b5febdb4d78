use leptos::prelude::*;
use types::incident::{IncidentCause, IncidentSeverity, IncidentState, IncidentSummary};
use ui::{Badge, Glyph, Icon, Tone};

/// A state, in words.
pub(super) fn state_word(state: IncidentState) -> &'static str {
    match state {
        IncidentState::Open => "open",
        IncidentState::Acknowledged => "acknowledged",
        IncidentState::InProgress => "in progress",
        IncidentState::Resolved => "resolved",
        IncidentState::Expected => "expected",
        IncidentState::FalsePositive => "false positive",
    }
}

/// A cause, in words.
pub(super) fn cause_word(cause: IncidentCause) -> &'static str {
    match cause {
        IncidentCause::Schema => "schema change",
        IncidentCause::Volume => "volume",
        IncidentCause::Freshness => "freshness",
        IncidentCause::Nulls => "missing values",
        IncidentCause::Uniqueness => "uniqueness",
        IncidentCause::Expectation => "expectation",
    }
}

/// Where an incident stands.
#[component]
pub fn StateBadge(state: IncidentState) -> impl IntoView {
    let (tone, glyph) = match state {
        IncidentState::Open => (Tone::Accent, Glyph::CircleDot),
        IncidentState::Acknowledged => (Tone::Info, Glyph::Eye),
        IncidentState::InProgress => (Tone::Info, Glyph::Play),
        IncidentState::Resolved => (Tone::Ok, Glyph::CircleCheck),
        IncidentState::Expected => (Tone::Neutral, Glyph::Check),
        IncidentState::FalsePositive => (Tone::Neutral, Glyph::Minus),
    };
    view! { <Badge label=state_word(state) tone=tone icon=glyph /> }
}

/// How bad it is, as an icon with a name.
#[component]
pub fn SeverityMark(severity: IncidentSeverity, active: bool) -> impl IntoView {
    let (glyph, tone) = match severity {
        IncidentSeverity::Critical => (Glyph::OctagonAlert, Tone::Bad),
        IncidentSeverity::Warning => (Glyph::TriangleAlert, Tone::Warn),
    };
    let tone = if active { tone } else { Tone::Neutral };
    view! {
        <span class=format!("inline-flex {}", tone.text()) title=severity.as_str()>
            <Icon glyph=glyph class="size-4" label=severity.as_str() />
        </span>
    }
}

/// How bad it is, as a word.
#[component]
pub fn SeverityWord(severity: IncidentSeverity) -> impl IntoView {
    let (glyph, tone) = match severity {
        IncidentSeverity::Critical => (Glyph::OctagonAlert, Tone::Bad),
        IncidentSeverity::Warning => (Glyph::TriangleAlert, Tone::Warn),
    };
    view! { <Badge label=severity.as_str() tone=tone icon=glyph /> }
}

/// Until when an incident is silent.
#[component]
pub fn SnoozeBadge(incident: IncidentSummary) -> impl IntoView {
    let label = match incident.snoozed_until {
        _ if incident.snoozed_until_changed => Some("snoozed until it changes".to_owned()),
        Some(at) if at.millis() > ui::now_millis() => {
            Some(format!("snoozed until {}", ui::format::date_time(at.millis())))
        }
        _ => None,
    };
    label.map(|label| view! { <Badge label=label icon=Glyph::Pause /> })
}
