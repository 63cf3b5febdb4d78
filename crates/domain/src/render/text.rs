//! For a terminal.

use std::fmt::Write as _;

use types::change::{Audience, Change};

use super::{groups, one_line, title, values};
use crate::summary::headline;

/// The changes as plain text, the worst first, ending in a line feed.
#[must_use]
pub fn text(changes: &[Change], audience: Audience) -> String {
    if changes.is_empty() {
        return "No changes.\n".into();
    }
    let mut text = String::new();
    for (severity, group) in groups(changes, audience) {
        let _ = writeln!(text, "{} ({})", title(severity), group.len());
        for change in group {
            let codes = if change.codes.is_empty() {
                String::new()
            } else {
                format!(" [{}]", change.codes.join(", "))
            };
            let _ = writeln!(text, "  {}{codes}", one_line(&headline(change)));
            if let Some(values) = values(change) {
                let _ = writeln!(text, "    {values}");
            }
            let _ = writeln!(text, "    {}", change.reason);
            for note in change.notes() {
                let _ = writeln!(text, "    {}", one_line(note));
            }
        }
        text.push('\n');
    }
    let _ = writeln!(text, "{}.", one_line(&crate::summary::sentence(changes)));
    text
}
