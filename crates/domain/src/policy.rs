//! What a team decided beforehand, applied to the changes that were found.
//!
//! A policy never hides that something changed: what it leaves out comes back beside the rest, with the reason.

mod glob;

use types::Timestamp;
use types::change::{Audience, Change, Severity};
use types::policy::{Accepted, Action, Migration, POLICY_VERSION, Policy, Rule};

pub use glob::path_matches;

/// Why a policy cannot be applied, though its shape is right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the policy has version {found}, and this program reads {POLICY_VERSION}")]
    Version { found: u32 },
    #[error("rules[{index}]: {action} asks for `to`, the severity")]
    NoSeverity { index: usize, action: &'static str },
    #[error("rules[{index}]: `to` has no meaning where changes are ignored")]
    UselessSeverity { index: usize },
    #[error("{place}: a reason and an author are asked for")]
    NoReason { place: String },
    #[error("migrations[{index}]: it ends before it begins")]
    EndsBeforeItBegins { index: usize },
}

/// A change that is left out, and by what.
#[derive(Clone, Debug, PartialEq)]
pub struct Quiet {
    pub change: Change,
    /// One sentence: the decision, its author and reason.
    pub why: String,
}

/// Changes after policy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// Those that stay, with severities as decided and a sentence of evidence for each decision.
    pub changes: Vec<Change>,
    pub quiet: Vec<Quiet>,
}

/// Whether a policy makes sense: everything that serde cannot see.
///
/// # Errors
/// The first [`Fault`], with its place.
pub fn validate(policy: &Policy) -> Result<(), Fault> {
    if policy.version != POLICY_VERSION {
        return Err(Fault::Version { found: policy.version });
    }
    let signed = |place: String, reason: &str, author: &str| {
        let blank = reason.trim().is_empty() || author.trim().is_empty();
        if blank { Err(Fault::NoReason { place }) } else { Ok(()) }
    };
    for (index, rule) in policy.rules.iter().enumerate() {
        signed(format!("rules[{index}]"), &rule.reason, &rule.author)?;
        match (rule.action, rule.to) {
            (Action::Raise, None) => return Err(Fault::NoSeverity { index, action: "raise" }),
            (Action::Lower, None) => return Err(Fault::NoSeverity { index, action: "lower" }),
            (Action::Ignore, Some(_)) => return Err(Fault::UselessSeverity { index }),
            _ => {}
        }
    }
    for (index, accepted) in policy.accepted.iter().enumerate() {
        signed(format!("accepted[{index}]"), &accepted.reason, &accepted.author)?;
    }
    for (index, migration) in policy.migrations.iter().enumerate() {
        signed(format!("migrations[{index}]"), &migration.reason, &migration.author)?;
        if migration.until < migration.from {
            return Err(Fault::EndsBeforeItBegins { index });
        }
    }
    Ok(())
}

/// What a change led to, hexadecimal: equal for the same change of the same object to the same state. An accepted
/// change is quiet as long as it is equal.
#[must_use]
pub fn fingerprint(change: &Change) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in [&change.kind, &change.path, &change.after.to_string()] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().as_str()[..32].to_owned()
}

/// Applies a policy to the changes of a source, found at `now`.
#[must_use]
pub fn apply(changes: Vec<Change>, policy: &Policy, source: &str, now: Timestamp) -> Judged {
    let mut judged = Judged::default();
    for mut change in changes {
        let why = accepted(&change, policy, source)
            .or_else(|| announced(&change, policy, source, now))
            .or_else(|| ruled(&mut change, policy, source, now));
        match why {
            Some(why) => judged.quiet.push(Quiet { change, why }),
            None => judged.changes.push(change),
        }
    }
    judged
}

fn of_source(wanted: Option<&str>, source: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == source)
}

/// A rename concerns rules for either name.
fn in_place(pattern: Option<&str>, change: &Change) -> bool {
    pattern.is_none_or(|pattern| {
        path_matches(pattern, &change.path)
            || change.old_path.as_deref().is_some_and(|path| path_matches(pattern, path))
    })
}

fn accepted(change: &Change, policy: &Policy, source: &str) -> Option<String> {
    let same = |accepted: &&Accepted| {
        of_source(accepted.source.as_deref(), source)
            && accepted.kind.matches(&change.kind)
            && accepted.path == change.path
            && accepted.fingerprint == fingerprint(change)
    };
    let Accepted { author, reason, .. } = policy.accepted.iter().find(same)?;
    Some(format!("Accepted by {author}: {reason}"))
}

fn announced(change: &Change, policy: &Policy, source: &str, now: Timestamp) -> Option<String> {
    let same = |migration: &&Migration| {
        (migration.from..=migration.until).contains(&now)
            && of_source(migration.source.as_deref(), source)
            && in_place(migration.path.as_deref(), change)
            && (migration.kinds.is_empty() || migration.kinds.iter().any(|kind| kind.matches(&change.kind)))
    };
    let Migration { author, reason, .. } = policy.migrations.iter().find(same)?;
    Some(format!("Announced by {author}: {reason}"))
}

/// Applies the rules in order; answers why the change is left out, if it is.
fn ruled(change: &mut Change, policy: &Policy, source: &str, now: Timestamp) -> Option<String> {
    for rule in &policy.rules {
        let holds = rule.until.is_none_or(|until| now < until.0)
            && of_source(rule.source.as_deref(), source)
            && rule.kind.matches(&change.kind)
            && in_place(rule.path.as_deref(), change);
        if !holds {
            continue;
        }
        let Rule { author, reason, .. } = rule;
        let (word, bound): (_, fn(Severity, Severity) -> Severity) = match rule.action {
            Action::Ignore => return Some(format!("Ignored by {author}: {reason}")),
            Action::Raise => ("Raised", Ord::max),
            Action::Lower => ("Lowered", Ord::min),
        };
        let Some(to) = rule.to else {
            continue;
        };
        let before = (change.readers, change.writers);
        if rule.audience != Audience::Writers {
            change.readers = bound(change.readers, to);
        }
        if rule.audience != Audience::Readers {
            change.writers = bound(change.writers, to);
        }
        if before != (change.readers, change.writers) {
            let level = to.as_str().replace('_', " ");
            change.evidence.push(format!("{word} to {level} by {author}: {reason}"));
        }
    }
    None
}

#[cfg(test)]
mod tests;
