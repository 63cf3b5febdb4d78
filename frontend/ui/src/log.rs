use leptos::html;
use leptos::prelude::*;
use types::log::{LogLevel, LogLine};

use crate::format;
use crate::ring::Ring;
use crate::size::use_size;
use crate::window::visible_rows;

/// Pixels of one line.
const LINE: f64 = 24.0;

fn level_class(level: LogLevel) -> (&'static str, &'static str) {
    match level {
        LogLevel::Debug => ("bg-text-3", "text-text-3"),
        LogLevel::Info => ("bg-info", "text-info"),
        LogLevel::Warn => ("bg-warn", "text-warn"),
        LogLevel::Error => ("bg-bad", "text-bad"),
    }
}

/// `tables=24 changed=3`.
fn fields(line: &LogLine) -> String {
    let mut out = String::new();
    for (name, value) in &line.fields {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(name);
        out.push('=');
        match value {
            serde_json::Value::String(text) => out.push_str(text),
            other => out.push_str(&other.to_string()),
        }
    }
    out
}

/// The lines of a log, newest last; only those in view exist.
///
/// While `follow` is true it keeps to the end; scrolling up turns it off, scrolling to the end turns it on.
#[component]
pub fn LogList(
    lines: RwSignal<Ring<LogLine>>,
    follow: RwSignal<bool>,
    /// What is logged.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let top = RwSignal::new(0.0);
    let size = use_size(node);
    let scrolled = move |_| {
        let Some(element) = node.get_untracked() else {
            return;
        };
        let _ = top.try_set(f64::from(element.scroll_top()));
        let rest = element.scroll_height() - element.scroll_top() - element.client_height();
        let at_end = rest <= 8;
        if follow.get_untracked() != at_end {
            follow.set(at_end);
        }
    };
    Effect::new(move |_| {
        lines.track();
        let following = follow.get();
        let Some(element) = node.get() else { return };
        if following {
            // After this effect's batch has drawn the new lines.
            request_animation_frame(move || {
                if follow.try_get_untracked() == Some(true) {
                    element.set_scroll_top(element.scroll_height());
                }
            });
        }
    });
    let shown = Memo::new(move |_| visible_rows(lines.with(Ring::len), LINE, top.get(), size.get().1));
    let each = move || {
        let range = shown.get();
        lines.with(|lines| {
            lines
                .iter()
                .enumerate()
                .skip(range.start)
                .take(range.len())
                .map(|(index, line)| (index, line.clone()))
                .collect::<Vec<_>>()
        })
    };
    #[expect(clippy::cast_precision_loss, reason = "a ring is far shorter than 2^52")]
    let offset = move |index: usize| format!("translateY({}px)", index as f64 * LINE);
    #[expect(clippy::cast_precision_loss, reason = "a ring is far shorter than 2^52")]
    let total = move || format!("{}px", lines.with(Ring::len) as f64 * LINE);
    let row = move |(index, line): (usize, LogLine)| {
        let (bar, word) = level_class(line.level);
        let fields = fields(&line);
        let title = format!("{} {}", line.message, fields);
        view! {
            <div
                class="virtual-row flex h-6 items-center gap-3 pr-3 whitespace-pre hover:bg-surface-2"
                style:transform=offset(index)
                title=title
            >
                <span class=format!("h-full w-0.5 shrink-0 {bar}") aria-hidden="true"></span>
                <time class="shrink-0 text-text-3" title=format::date_time(line.at.millis())>
                    {format::time_of_day(line.at.millis())}
                </time>
                <span class=format!("w-10 shrink-0 {word}")>{line.level.as_str()}</span>
                <span class="truncate">{line.message} " " <span class="text-text-3">{fields}</span></span>
            </div>
        }
    };
    view! {
        <div
            node_ref=node
            role="log"
            aria-label=label
            tabindex="0"
            class="h-full overflow-y-auto bg-bg font-mono text-label focus-visible:-outline-offset-2"
            on:scroll=scrolled
        >
            <div class="relative" style:height=total>
                <For each=each key=|(index, line)| (*index, line.seq) children=row />
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_follow_the_message_as_pairs() {
        let mut map = serde_json::Map::new();
        map.insert("source".to_owned(), "shop-db".into());
        map.insert("tables".to_owned(), 24.into());
        let line = LogLine {
            seq: 1,
            at: types::Timestamp::from_millis(0).unwrap(),
            level: LogLevel::Info,
            agent: types::agent::AgentName::Metadata,
            run_id: serde_json::from_str("\"018f0000-0000-7000-8000-000000000000\"").unwrap(),
            step_id: serde_json::from_str("\"018f0000-0000-7000-8000-000000000000\"").unwrap(),
            source: "shop-db".to_owned(),
            message: "Scanned".to_owned(),
            fields: map,
        };
        assert_eq!(fields(&line), "source=shop-db tables=24");
    }
}
