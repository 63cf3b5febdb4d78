//! For a comment on a pull request.

use std::fmt::Write as _;

use types::change::{Audience, Change, Severity};

use super::{groups, one_line, title, values};
use crate::summary::{headline, is_breaking};

/// The changes as GitHub's Markdown: a table for each severity, the worst first, the harmless ones folded away.
#[must_use]
pub fn markdown(changes: &[Change], audience: Audience) -> String {
    let mut text = String::from("## Schema changes\n\n");
    if changes.is_empty() {
        text.push_str("No changes.\n");
        return text;
    }
    let verdict = if is_breaking(changes, audience) { "**Breaking.**" } else { "Not breaking." };
    let _ = writeln!(text, "{verdict} {}.", escape(&one_line(&crate::summary::sentence(changes))));
    for (severity, group) in groups(changes, audience) {
        let folded = severity <= Severity::Safe;
        let heading = format!("{} ({})", title(severity), group.len());
        if folded {
            let _ = write!(text, "\n<details><summary>{heading}</summary>\n\n");
        } else {
            let _ = write!(text, "\n### {heading}\n\n");
        }
        text.push_str("| Change | Values | Readers | Writers | Why |\n|---|---|---|---|---|\n");
        for change in group {
            text.push_str(&row(change));
        }
        if folded {
            text.push_str("\n</details>\n");
        }
    }
    text
}

fn row(change: &Change) -> String {
    let mut why = vec![change.reason.clone()];
    why.extend(change.notes().map(one_line));
    let codes =
        if change.codes.is_empty() { String::new() } else { format!(" ({})", change.codes.join(", ")) };
    format!(
        "| {}{codes} | {} | {} | {} | {} |\n",
        escape(&one_line(&headline(change))),
        values(change).map(|values| escape(&values)).unwrap_or_default(),
        title(change.readers),
        title(change.writers),
        escape(&why.join(" "))
    )
}

/// Names and texts come from a database: none may become markup, a link or a mention.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '@' => escaped.push_str("&#64;"),
            '#' => escaped.push_str("&#35;"),
            ':' => escaped.push_str("&#58;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            _ => escaped.push(letter),
        }
    }
    escaped
}
