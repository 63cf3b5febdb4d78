use leptos::prelude::*;
use serde_json::Value;
use types::change::{Change, Flag, Severity};
use ui::{Badge, Glyph, Icon, SeverityBadge, Tone};

/// Longer values are cut; the API has the whole.
const LONGEST: usize = 160;

/// A value before or after, on one line.
pub(crate) fn value_text(value: &Value) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), ToOwned::to_owned))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| {
                let value = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
                format!("{name}: {value}")
            })
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    };
    Some(if text.chars().count() > LONGEST {
        text.chars().take(LONGEST).chain(['…']).collect()
    } else {
        text
    })
}

fn mark(verb: &str) -> (Glyph, &'static str) {
    match verb {
        "added" | "value_added" => (Glyph::Plus, "added"),
        "dropped" | "value_removed" => (Glyph::Minus, "removed"),
        "renamed" | "value_renamed" | "moved" | "value_moved" => (Glyph::ArrowRight, "renamed or moved"),
        _ => (Glyph::Edit, "changed"),
    }
}

fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::DataLost => "data lost",
        Flag::DependsOnData => "depends on data",
        Flag::Locks => "locks the table",
        Flag::Authorization => "changes who may do what",
    }
}

/// Changes, one below the other; breaking ones in red.
#[component]
pub fn ChangeList(changes: Vec<Change>, #[prop(into)] nothing: String) -> impl IntoView {
    if changes.is_empty() {
        return view! { <p class="py-6 text-center text-text-2">{nothing}</p> }.into_any();
    }
    let items = changes.into_iter().map(|change| view! { <ChangeLine change=change /> }).collect_view();
    view! { <ul class="space-y-2">{items}</ul> }.into_any()
}

#[component]
fn ChangeLine(change: Change) -> impl IntoView {
    let breaking = change.readers.max(change.writers) == Severity::Breaking;
    let (glyph, spoken) = mark(change.verb());
    let frame = if breaking { "border-bad bg-bad-tint" } else { "border-border bg-bg" };
    let mark_tone = if breaking { "text-bad" } else { "text-text-2" };
    let (before, after) = (value_text(&change.before), value_text(&change.after));
    let values = (before.is_some() || after.is_some()).then(|| {
        view! {
            <p class="mt-1 font-mono text-label break-all text-text-2">
                {before.map(|text| view! { <del class="decoration-text-3">{text}</del> " → " })}
                {after.unwrap_or_else(|| "gone".to_owned())}
            </p>
        }
    });
    let kind = change.kind.replace(['.', '_'], " ");
    let renamed = change
        .old_path
        .clone()
        .map(|old| view! { <span class="font-mono text-text-2">{format!("{old} → ")}</span> });
    let evidence = (!change.evidence.is_empty()).then(|| {
        let items = change.evidence.iter().cloned().map(|line| view! { <li>{line}</li> }).collect_view();
        view! {
            <div class="mt-1.5 text-table text-text-2">
                <span class="text-label font-medium text-text-2">"Evidence"</span>
                <ul class="list-disc pl-4">{items}</ul>
            </div>
        }
    });
    let flags =
        change.flags.iter().map(|&one| view! { <Badge label=flag(one) tone=Tone::Warn /> }).collect_view();
    let codes = change
        .codes
        .iter()
        .cloned()
        .map(|code| view! { <Badge label=code title="Atlas lint code" /> })
        .collect_view();
    view! {
        <li
            class=format!("rounded-control border px-3 py-2.5 {frame}")
            data-change=change.kind.clone()
            data-breaking=breaking.then_some("true")
        >
            <div class="flex flex-wrap items-start gap-x-3 gap-y-1.5">
                <span class=format!("mt-0.5 {mark_tone}")>
                    <Icon glyph=glyph label=spoken.to_owned() />
                </span>
                <div class="min-w-48 flex-1">
                    <p class="break-all">
                        {renamed} <span class="font-mono font-medium">{change.path.clone()}</span>
                        <span class="ml-2 text-label text-text-2">{kind}</span>
                    </p>
                    {values}
                    <p class="mt-1 text-table">{change.reason.clone()}</p>
                    {evidence}
                </div>
                <div class="flex flex-wrap justify-end gap-1.5">
                    <SeverityBadge severity=change.readers audience="readers" />
                    <SeverityBadge severity=change.writers audience="writers" />
                    {flags}
                    {codes}
                </div>
            </div>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_on_one_line() {
        assert_eq!(value_text(&Value::Null), None);
        assert_eq!(value_text(&serde_json::json!("text")).as_deref(), Some("text"));
        assert_eq!(value_text(&serde_json::json!(["a", 1])).as_deref(), Some("a, 1"));
        assert_eq!(
            value_text(&serde_json::json!({"type": "integer", "default": null})).as_deref(),
            Some("type: integer")
        );
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(value_text(&Value::String(long)).map(|text| text.chars().count()), Some(LONGEST + 1));
    }
}
