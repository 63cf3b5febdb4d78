use leptos::prelude::*;
use types::change::Audience;
use types::policy::{Accepted, Action, Migration, PolicyDocument, Rule};
use ui::{Badge, Card, EmptyState, Glyph, Tone, format, now_millis};

use super::Author;
use crate::words;

/// What a policy decides, as a person reads it.
#[component]
pub fn Decided(document: Signal<PolicyDocument>) -> impl IntoView {
    let nothing = Memo::new(move |_| {
        document.with(|document| {
            let policy = &document.policy;
            policy.rules.is_empty() && policy.accepted.is_empty() && policy.migrations.is_empty()
        })
    });
    move || {
        if nothing.get() {
            view! {
                <Card>
                    <EmptyState
                        icon=Glyph::ShieldCheck
                        title="Nothing is decided beforehand"
                        text="A policy says which changes are expected, so that only the others raise an alarm: rules by kind and place, changes that were accepted, and migrations that were announced. Announce one below, or write a rule."
                    />
                </Card>
            }
            .into_any()
        } else {
            view! { <Lists document=document /> }.into_any()
        }
    }
}

#[component]
fn Lists(document: Signal<PolicyDocument>) -> impl IntoView {
    let now = now_millis();
    let lists = move || {
        let policy = document.get().policy;
        let rules = policy.rules.iter().map(|rule| rule_line(rule, now)).collect::<Vec<_>>();
        let migrations =
            policy.migrations.iter().rev().map(|one| migration_line(one, now)).collect::<Vec<_>>();
        let accepted = policy.accepted.iter().rev().map(accepted_line).collect::<Vec<_>>();
        [
            ("Rules", "In order: each sees what those before it left.", rules),
            ("Announced migrations", "What they change in their window raises no alarm.", migrations),
            ("Expected changes", "Quiet until they change again.", accepted),
        ]
        .into_iter()
        .filter(|(.., lines)| !lines.is_empty())
        .map(|(title, text, lines)| {
            let lines = lines.into_iter().map(|line| view! { <LineView line=line /> }).collect_view();
            view! {
                <section class="border-t border-border px-5 py-4" aria-label=title>
                    <h3 class="text-table font-semibold">
                        {title} <span class="ml-2 font-normal text-text-3">{text}</span>
                    </h3>
                    <ul class="mt-2 max-h-96 divide-y divide-border overflow-y-auto" tabindex="0">
                        {lines}
                    </ul>
                </section>
            }
        })
        .collect_view()
    };
    view! {
        <Card flush=true>
            <header class="px-5 py-4">
                <h2 class="text-body font-semibold">"What is decided"</h2>
                <Author document=document />
            </header>
            {lists}
        </Card>
    }
}

/// One decision.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    badge: &'static str,
    tone: Tone,
    glyph: Glyph,
    /// The kind and the place.
    subject: String,
    /// What follows it: to which severity, until when.
    rest: String,
    /// Why and by whom.
    signed: String,
    /// Whether it has no effect any more.
    over: bool,
}

#[component]
fn LineView(line: Line) -> impl IntoView {
    let faded = if line.over { "text-text-3" } else { "text-text" };
    view! {
        <li class="flex flex-wrap items-start gap-x-3 gap-y-1 py-2.5">
            <span class="w-28 shrink-0">
                <Badge label=line.badge tone=line.tone icon=line.glyph />
            </span>
            <span class=format!("min-w-0 flex-1 basis-64 {faded}")>
                <span class="block break-words">
                    <span class="font-mono text-table">{line.subject}</span>
                    " "
                    {line.rest}
                </span>
                <span class="block text-table break-words text-text-2">{line.signed}</span>
            </span>
        </li>
    }
}

fn signed(reason: &str, author: &str) -> String {
    format!("{reason} — {author}")
}

fn subject(kind: &str, path: Option<&str>, source: Option<&str>) -> String {
    let kind = if kind == "*" { "any change" } else { kind };
    let place = path.map(|path| format!(" in {path}")).unwrap_or_default();
    let source = source.map(|source| format!(" of {source}")).unwrap_or_default();
    format!("{kind}{place}{source}")
}

fn rule_line(rule: &Rule, now: i64) -> Line {
    let over = rule.until.is_some_and(|until| until.0.millis() <= now);
    let (badge, tone, glyph) = match rule.action {
        _ if over => ("over", Tone::Neutral, Glyph::Clock),
        Action::Ignore => ("ignore", Tone::Neutral, Glyph::Minus),
        Action::Lower => ("lower", Tone::Info, Glyph::ArrowDown),
        Action::Raise => ("raise", Tone::Warn, Glyph::ArrowUp),
    };
    let mut rest = Vec::new();
    if let Some(to) = rule.to {
        let word = if rule.action == Action::Raise { "at least" } else { "at most" };
        rest.push(format!("{word} {}", words::severity(to)));
    }
    match rule.audience {
        Audience::Both => {}
        Audience::Readers => rest.push("for readers".to_owned()),
        Audience::Writers => rest.push("for writers".to_owned()),
    }
    if let Some(until) = rule.until {
        let word = if over { "held until" } else { "until" };
        rest.push(format!("{word} {}", format::date_time(until.0.millis())));
    }
    Line {
        badge,
        tone,
        glyph,
        subject: subject(rule.kind.as_str(), rule.path.as_deref(), rule.source.as_deref()),
        rest: rest.join(", "),
        signed: signed(&rule.reason, &rule.author),
        over,
    }
}

fn migration_line(migration: &Migration, now: i64) -> Line {
    let (badge, tone, glyph, over) = if migration.until.millis() < now {
        ("over", Tone::Neutral, Glyph::Clock, true)
    } else if migration.from.millis() <= now {
        ("under way", Tone::Accent, Glyph::Play, false)
    } else {
        ("planned", Tone::Info, Glyph::Calendar, false)
    };
    let kinds = migration.kinds.iter().map(types::policy::KindPattern::as_str).collect::<Vec<_>>().join(", ");
    let kinds = if kinds.is_empty() { "*" } else { &kinds };
    let window = [migration.from, migration.until].map(|at| format::date_time(at.millis()));
    Line {
        badge,
        tone,
        glyph,
        subject: subject(kinds, migration.path.as_deref(), migration.source.as_deref()),
        rest: window.join(" to "),
        signed: signed(&migration.reason, &migration.author),
        over,
    }
}

fn accepted_line(accepted: &Accepted) -> Line {
    Line {
        badge: "expected",
        tone: Tone::Ok,
        glyph: Glyph::Check,
        subject: subject(accepted.kind.as_str(), Some(&accepted.path), accepted.source.as_deref()),
        rest: String::new(),
        signed: signed(&accepted.reason, &accepted.author),
        over: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Timestamp;
    use types::change::Severity;
    use types::policy::{KindPattern, Until};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_rule_reads_as_a_sentence_and_says_when_it_is_over() {
        let rule = Rule {
            kind: KindPattern::parse("index.*").unwrap(),
            path: Some("public.**".to_owned()),
            source: None,
            audience: Audience::Readers,
            action: Action::Lower,
            to: Some(Severity::Info),
            until: Some(Until(at("2026-06-01T00:00:00Z"))),
            reason: "only speed".to_owned(),
            author: "anna".to_owned(),
        };
        let line = rule_line(&rule, at("2026-05-01T00:00:00Z").millis());
        assert_eq!((line.badge, line.subject.as_str()), ("lower", "index.* in public.**"));
        assert_eq!(line.rest, "at most info, for readers, until 1 Jun 2026, 00:00 UTC");
        assert_eq!(line.signed, "only speed — anna");
        let line = rule_line(&rule, at("2026-06-01T00:00:00Z").millis());
        assert_eq!((line.badge, line.over), ("over", true));
    }

    #[test]
    fn a_migration_is_planned_under_way_or_over() {
        let migration = Migration {
            from: at("2026-06-01T20:00:00Z"),
            until: at("2026-06-02T04:00:00Z"),
            path: None,
            kinds: Vec::new(),
            source: Some("shop".to_owned()),
            reason: "release 12".to_owned(),
            author: "anna".to_owned(),
        };
        let cases = [
            ("2026-06-01T00:00:00Z", "planned"),
            ("2026-06-02T00:00:00Z", "under way"),
            ("2026-06-03T00:00:00Z", "over"),
        ];
        for (now, badge) in cases {
            assert_eq!(migration_line(&migration, at(now).millis()).badge, badge);
        }
        assert_eq!(migration_line(&migration, 0).subject, "any change of shop");
    }
}
