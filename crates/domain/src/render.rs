//! Changes as people and code hosts read them. Pure functions to text; JSON is the wire type itself.

mod markdown;
mod sarif;
mod text;

pub use markdown::markdown;
pub use sarif::{Artifact, sarif};
pub use text::text;

use types::change::{Audience, Change, Severity};

/// Longest value that is shown; names and definitions come from somebody else's database.
const LONGEST: usize = 160;

/// The changes by severity, the worst first; within one in the diff's order.
fn groups(changes: &[Change], audience: Audience) -> Vec<(Severity, Vec<&Change>)> {
    [Severity::Breaking, Severity::PotentiallyBreaking, Severity::Safe, Severity::Info]
        .into_iter()
        .map(|severity| {
            let group = changes.iter().filter(|change| change.severity(audience) == severity).collect();
            (severity, group)
        })
        .filter(|(_, group): &(Severity, Vec<&Change>)| !group.is_empty())
        .collect()
}

fn title(severity: Severity) -> &'static str {
    match severity {
        Severity::Breaking => "Breaking",
        Severity::PotentiallyBreaking => "Potentially breaking",
        Severity::Safe => "Safe",
        Severity::Info => "For information",
    }
}

/// One line without control characters, cut to a bearable length.
fn one_line(text: &str) -> String {
    let flat: String = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .filter(|letter| !letter.is_control())
        .collect();
    if flat.chars().count() <= LONGEST {
        return flat;
    }
    let mut cut: String = flat.chars().take(LONGEST - 1).collect();
    cut.push('…');
    cut
}

/// `before → after`, or what there is of it; `None` when the headline says it all.
fn values(change: &Change) -> Option<String> {
    let show = |value| one_line(&crate::summary::shown(value));
    match change.verb() {
        "renamed"
        | "value_added"
        | "value_removed"
        | "value_renamed"
        | "value_moved"
        | "nullability_changed" => None,
        "added" => Some(show(&change.after)),
        "dropped" => Some(show(&change.before)),
        _ => Some(format!("{} → {}", show(&change.before), show(&change.after))),
    }
    .filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
