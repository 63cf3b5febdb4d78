//! The words and marks for what the API says.

use leptos::prelude::*;
use types::agent::{AgentName, AgentStatus};
use types::change::{ChangeSummary, Severity};
use types::drift::DriftStatus;
use types::email::Delivery;
use types::permission::Role;
use types::profile::Method;
use types::run::{RunState, StepKind, Trigger};
use types::schema::DescriptionOrigin;
use types::snapshot::Engine;
use ui::{Badge, Glyph, Theme, Tone, format};

/// Where a link is to be found; ends a sentence.
pub(crate) fn link_sent(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Mail => "we have sent a link to it. Open it from that mail.",
        Delivery::Log => {
            "the link is in this server's log, as it sends no mail. Ask whoever runs the server for it."
        }
    }
}

/// An agent, as its card is titled.
pub(crate) fn agent(name: AgentName) -> &'static str {
    match name {
        AgentName::Metadata => "Metadata",
        AgentName::Semantic => "Semantic",
        AgentName::Drift => "Drift",
    }
}

/// What a step does.
pub(crate) fn step(kind: StepKind) -> &'static str {
    match kind {
        StepKind::SchemaScan => "Read the schema",
        StepKind::Profile => "Profile the data",
        StepKind::Drift => "Find drift",
        StepKind::Detection => "Judge the values",
        StepKind::Semantic => "Describe what is new",
    }
}

/// What started a run.
pub(crate) fn trigger(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Manual => "by hand",
        Trigger::Schedule => "schedule",
        Trigger::Api => "API",
    }
}

/// An engine, as its makers write it.
pub(crate) fn engine(engine: Engine) -> &'static str {
    match engine {
        Engine::Postgres => "PostgreSQL",
        Engine::Mysql => "MySQL",
        Engine::Mariadb => "MariaDB",
        Engine::Sqlite => "SQLite",
    }
}

/// When a deleted organization goes for good.
pub(crate) fn purged_when(at: Option<types::Timestamp>) -> String {
    match at {
        Some(at) => format!("Will be deleted for good on {}", format::date(at.millis())),
        None => "Will be deleted for good".to_owned(),
    }
}

/// A role, as it is chosen.
pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Member => "Member",
        Role::Admin => "Admin",
        Role::Owner => "Owner",
    }
}

/// A theme, as it is chosen.
pub(crate) fn theme(theme: Theme) -> &'static str {
    match theme {
        Theme::Dark => "dark theme",
        Theme::Light => "light theme",
        Theme::System => "the system's theme",
    }
}

/// The mark of a theme.
pub(crate) fn theme_glyph(theme: Theme) -> Glyph {
    match theme {
        Theme::Dark => Glyph::Moon,
        Theme::Light => Glyph::Sun,
        Theme::System => Glyph::Settings,
    }
}

/// What was decided about a drift event.
pub(crate) fn drift_status(status: DriftStatus) -> &'static str {
    match status {
        DriftStatus::New => "new",
        DriftStatus::Acknowledged => "acknowledged",
        DriftStatus::Accepted => "accepted",
        DriftStatus::Ignored => "ignored",
    }
}

/// How bad a change is.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Breaking => "breaking",
        Severity::PotentiallyBreaking => "potentially breaking",
        Severity::Safe => "safe",
        Severity::Info => "info",
    }
}

/// How a number was obtained, for hovering over it.
pub(crate) fn provenance(method: Option<Method>) -> String {
    provenance_of_nulls(method, None, None)
}

/// The same of a share of NULLs. Where all rows were read, the bound is one of the different values'.
pub(crate) fn provenance_of_nulls(
    method: Option<Method>,
    error_bound: Option<f64>,
    at: Option<types::Timestamp>,
) -> String {
    obtained(
        method.map(|method| match (method, error_bound) {
            (Method::Exact, _) | (Method::Estimated, Some(_)) => COUNTED.to_owned(),
            (Method::Sampled, Some(bound)) => format!("{SAMPLED}, ± {} points", format::decimal(bound, 2)),
            (Method::Sampled, None) => SAMPLED.to_owned(),
            (Method::Estimated, None) => ESTIMATED.to_owned(),
        }),
        at,
    )
}

/// The same of a share of different values. A sample tells those of the whole table without a bound.
pub(crate) fn provenance_of_uniqueness(
    method: Option<Method>,
    error_bound: Option<f64>,
    at: Option<types::Timestamp>,
) -> String {
    obtained(
        method.map(|method| match (method, error_bound) {
            (Method::Exact, _) => COUNTED.to_owned(),
            (Method::Sampled, _) => "Guessed from a sample of the rows: it may be far off".to_owned(),
            (Method::Estimated, Some(bound)) => {
                format!("Estimated while all rows were read, ± {} points", format::decimal(bound, 2))
            }
            (Method::Estimated, None) => ESTIMATED.to_owned(),
        }),
        at,
    )
}

const COUNTED: &str = "Counted over all rows";
const SAMPLED: &str = "Measured on a sample of the rows";
const ESTIMATED: &str = "Estimated from the database's own statistics";

fn obtained(how: Option<String>, at: Option<types::Timestamp>) -> String {
    let Some(how) = how else { return "Not measured yet".to_owned() };
    let when = at.map(|at| format!(", {}", format::date_time(at.millis()))).unwrap_or_default();
    format!("{how}{when}")
}

/// `3 breaking, 2 potentially breaking, 5 safe`.
pub(crate) fn counts(summary: &ChangeSummary) -> String {
    let parts = [
        (summary.breaking, "breaking"),
        (summary.potentially_breaking, "potentially breaking"),
        (summary.safe, "safe"),
        (summary.info.saturating_sub(summary.quiet), "info"),
        (summary.quiet, "quiet by policy"),
    ];
    let text = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect::<Vec<_>>()
        .join(", ");
    if text.is_empty() { "no change".to_owned() } else { text }
}

/// A run's or a step's state.
#[component]
pub fn RunBadge(state: RunState) -> impl IntoView {
    let (tone, glyph) = match state {
        RunState::Queued => (Tone::Neutral, Glyph::Clock),
        RunState::Running => (Tone::Info, Glyph::LoaderCircle),
        RunState::Succeeded => (Tone::Ok, Glyph::CircleCheck),
        RunState::Failed => (Tone::Bad, Glyph::CircleX),
        RunState::Cancelled => (Tone::Neutral, Glyph::CircleStop),
        RunState::Skipped => (Tone::Neutral, Glyph::Minus),
    };
    view! { <Badge label=state.as_str() tone=tone icon=glyph /> }
}

/// An agent's status.
#[component]
pub fn AgentBadge(status: AgentStatus) -> impl IntoView {
    let (word, tone, glyph) = match status {
        AgentStatus::Never => ("never run", Tone::Neutral, Glyph::CircleDashed),
        AgentStatus::Idle => ("idle", Tone::Ok, Glyph::CircleCheck),
        AgentStatus::Running => ("running", Tone::Info, Glyph::LoaderCircle),
        AgentStatus::Failing => ("failing", Tone::Bad, Glyph::OctagonAlert),
        AgentStatus::NotConfigured => ("not configured", Tone::Warn, Glyph::TriangleAlert),
    };
    view! { <Badge label=word tone=tone icon=glyph /> }
}

/// What was decided about a drift event.
#[component]
pub fn DriftStatusBadge(status: DriftStatus) -> impl IntoView {
    let (tone, glyph) = match status {
        DriftStatus::New => (Tone::Accent, Glyph::CircleDot),
        DriftStatus::Acknowledged => (Tone::Info, Glyph::Eye),
        DriftStatus::Accepted => (Tone::Ok, Glyph::Check),
        DriftStatus::Ignored => (Tone::Neutral, Glyph::Minus),
    };
    view! { <Badge label=drift_status(status) tone=tone icon=glyph /> }
}

/// Whose words a description is.
#[component]
pub fn OriginMark(origin: DescriptionOrigin) -> impl IntoView {
    let (glyph, word) = match origin {
        DescriptionOrigin::Comment => (Glyph::Database, "From the database's own comment"),
        DescriptionOrigin::Person => (Glyph::User, "Written by a person"),
        DescriptionOrigin::Rule => (Glyph::Tag, "Generated from names and types by rules"),
        DescriptionOrigin::Model => (Glyph::Sparkles, "AI-generated: written by a model"),
    };
    view! {
        <span class="inline-flex text-text-3" title=word>
            <ui::Icon glyph=glyph class="size-3.5" label=word />
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_name_only_what_there_is() {
        let summary = ChangeSummary { breaking: 2, safe: 1, ..ChangeSummary::default() };
        assert_eq!(counts(&summary), "2 breaking, 1 safe");
        assert_eq!(counts(&ChangeSummary::default()), "no change");
    }

    #[test]
    fn a_deleted_organization_says_when_it_goes_for_good() {
        assert_eq!(purged_when(types::Timestamp::from_millis(0)), "Will be deleted for good on 1 Jan 1970");
    }

    #[test]
    fn a_number_says_how_it_was_obtained() {
        let at = types::Timestamp::from_millis(0);
        assert_eq!(provenance(None), "Not measured yet");
        assert_eq!(provenance_of_nulls(None, None, at), "Not measured yet");
        let cases = [
            (Method::Exact, None, "Counted over all rows", "Counted over all rows"),
            (
                Method::Sampled,
                Some(0.25),
                "Measured on a sample of the rows, ± 0.25 points",
                "Guessed from a sample of the rows: it may be far off",
            ),
            (
                Method::Estimated,
                Some(0.75),
                "Counted over all rows",
                "Estimated while all rows were read, ± 0.75 points",
            ),
            (
                Method::Estimated,
                None,
                "Estimated from the database's own statistics",
                "Estimated from the database's own statistics",
            ),
        ];
        for (method, bound, nulls, uniqueness) in cases {
            let when = |how: &str| format!("{how}, 1 Jan 1970, 00:00 UTC");
            assert_eq!(provenance_of_nulls(Some(method), bound, at), when(nulls));
            assert_eq!(provenance_of_uniqueness(Some(method), bound, at), when(uniqueness));
        }
    }
}
