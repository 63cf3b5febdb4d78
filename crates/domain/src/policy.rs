//! What a team decided beforehand, applied to the changes that were found.
//!
//! A policy never hides that something changed: what it keeps quiet stays among the changes, with the severity as it was
//! found and the decision that did it.

mod glob;

use types::Timestamp;
use types::change::{Audience, Change, Quieting, Ruling, Severity};
use types::policy::{Accepted, Action, KindPattern, Migration, POLICY_VERSION, Policy, Rule, Until};

pub use glob::path_matches;

/// Why a policy cannot be applied, though its shape is right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the policy has version {found}, and this program reads {POLICY_VERSION}")]
    Version { found: u32 },
    #[error("{action} asks for `to`, the severity")]
    NoSeverity { index: usize, action: &'static str },
    #[error("`to` has no meaning where changes are ignored")]
    UselessSeverity { index: usize },
    #[error("a reason and an author are asked for")]
    NoReason { list: &'static str, index: usize },
    #[error("it ends before it begins")]
    EndsBeforeItBegins { index: usize },
}

impl Fault {
    /// Where it is: the list or field, and the place in the list.
    #[must_use]
    pub fn place(&self) -> (&'static str, Option<usize>) {
        match *self {
            Self::Version { .. } => ("version", None),
            Self::NoSeverity { index, .. } | Self::UselessSeverity { index } => ("rules", Some(index)),
            Self::NoReason { list, index } => (list, Some(index)),
            Self::EndsBeforeItBegins { index } => ("migrations", Some(index)),
        }
    }
}

/// Whether a policy makes sense: everything that serde cannot see.
///
/// # Errors
/// The first [`Fault`], with its place.
pub fn validate(policy: &Policy) -> Result<(), Fault> {
    if policy.version != POLICY_VERSION {
        return Err(Fault::Version { found: policy.version });
    }
    let signed = |list: &'static str, index: usize, reason: &str, author: &str| {
        let blank = reason.trim().is_empty() || author.trim().is_empty();
        if blank { Err(Fault::NoReason { list, index }) } else { Ok(()) }
    };
    for (index, rule) in policy.rules.iter().enumerate() {
        signed("rules", index, &rule.reason, &rule.author)?;
        match (rule.action, rule.to) {
            (Action::Raise, None) => return Err(Fault::NoSeverity { index, action: "raise" }),
            (Action::Lower, None) => return Err(Fault::NoSeverity { index, action: "lower" }),
            (Action::Ignore, Some(_)) => return Err(Fault::UselessSeverity { index }),
            _ => {}
        }
    }
    for (index, accepted) in policy.accepted.iter().enumerate() {
        signed("accepted", index, &accepted.reason, &accepted.author)?;
    }
    for (index, migration) in policy.migrations.iter().enumerate() {
        signed("migrations", index, &migration.reason, &migration.author)?;
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

/// Where and when changes were found.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    /// The source's name.
    pub source: &'a str,
    /// When the source was last seen as it was before: somewhere between then and `now` the changes were made.
    pub since: Timestamp,
    pub now: Timestamp,
}

/// Judges changes by policies, one after the other: each sees what those before it left, and may bring back what their
/// rules ignore. The severities become those that were decided; [`Change::policy`] keeps the ones that were found.
/// Whatever was decided about the changes before is forgotten.
#[must_use]
pub fn judge(changes: Vec<Change>, policies: &[&Policy], occasion: Occasion<'_>) -> Vec<Change> {
    changes.into_iter().map(|change| judged(as_found(change), policies, occasion)).collect()
}

/// The change without what policies made of it.
#[must_use]
pub fn as_found(mut change: Change) -> Change {
    if let Some(ruling) = change.policy.take() {
        (change.readers, change.writers) = (ruling.readers, ruling.writers);
    }
    change
}

/// Keeps a change quiet, with the sentence that says why.
pub fn hush(change: &mut Change, quiet: Quieting, why: String) {
    let (readers, writers) = (change.readers, change.writers);
    let ruling = change.policy.get_or_insert(Ruling { readers, writers, quiet: None, why: Vec::new() });
    ruling.quiet = Some(quiet);
    ruling.why.push(why);
    (change.readers, change.writers) = (Severity::Info, Severity::Info);
}

/// The entry that keeps a change quiet until it changes again; `None` for a kind that no policy can name.
#[must_use]
pub fn accepting(change: &Change, reason: &str, author: &str) -> Option<Accepted> {
    Some(Accepted {
        kind: KindPattern::parse(&change.kind)?,
        path: change.path.clone(),
        source: None,
        fingerprint: fingerprint(change),
        reason: reason.to_owned(),
        author: author.to_owned(),
    })
}

/// The rule that ignores changes of this kind in this place until a moment; `None` for a kind that no policy can name.
#[must_use]
pub fn ignoring(change: &Change, until: Until, reason: &str, author: &str) -> Option<Rule> {
    Some(Rule {
        kind: KindPattern::parse(&change.kind)?,
        // A star in a name must not become a pattern that covers others' changes.
        path: Some(change.path.replace('*', "?")),
        source: None,
        audience: Audience::Both,
        action: Action::Ignore,
        to: None,
        until: Some(until),
        reason: reason.to_owned(),
        author: author.to_owned(),
    })
}

/// The sentence that says that a change was accepted.
#[must_use]
pub fn accepted_by(author: &str, reason: &str) -> String {
    format!("Accepted by {author}: {reason}")
}

/// The sentence that says that a change is ignored.
#[must_use]
pub fn ignored_by(author: &str, reason: &str) -> String {
    format!("Ignored by {author}: {reason}")
}

fn judged(mut change: Change, policies: &[&Policy], occasion: Occasion<'_>) -> Change {
    let settled = policies.iter().find_map(|policy| {
        accepted(&change, policy, occasion).or_else(|| announced(&change, policy, occasion))
    });
    if let Some((quiet, why)) = settled {
        hush(&mut change, quiet, why);
        return change;
    }
    let mut ruling =
        Ruling { readers: change.readers, writers: change.writers, quiet: None, why: Vec::new() };
    for policy in policies {
        rule(&mut change, &mut ruling, policy, occasion);
    }
    if ruling.why.is_empty() {
        return change;
    }
    if ruling.quiet.is_some() {
        (change.readers, change.writers) = (Severity::Info, Severity::Info);
    }
    change.policy = Some(ruling);
    change
}

fn of_source(wanted: Option<&str>, occasion: Occasion<'_>) -> bool {
    wanted.is_none_or(|wanted| wanted == occasion.source)
}

/// A rename concerns rules for either name.
fn in_place(pattern: Option<&str>, change: &Change) -> bool {
    pattern.is_none_or(|pattern| {
        path_matches(pattern, &change.path)
            || change.old_path.as_deref().is_some_and(|path| path_matches(pattern, path))
    })
}

fn accepted(change: &Change, policy: &Policy, occasion: Occasion<'_>) -> Option<(Quieting, String)> {
    let same = |accepted: &&Accepted| {
        of_source(accepted.source.as_deref(), occasion)
            && accepted.kind.matches(&change.kind)
            && accepted.path == change.path
            && accepted.fingerprint == fingerprint(change)
    };
    let Accepted { author, reason, .. } = policy.accepted.iter().find(same)?;
    Some((Quieting::Expected, accepted_by(author, reason)))
}

/// A change is found by the first scan after it was made, maybe long after the window: it is enough that it may have been
/// made in it.
fn announced(change: &Change, policy: &Policy, occasion: Occasion<'_>) -> Option<(Quieting, String)> {
    let same = |migration: &&Migration| {
        migration.from <= occasion.now
            && migration.until >= occasion.since
            && of_source(migration.source.as_deref(), occasion)
            && in_place(migration.path.as_deref(), change)
            && (migration.kinds.is_empty() || migration.kinds.iter().any(|kind| kind.matches(&change.kind)))
    };
    let Migration { author, reason, .. } = policy.migrations.iter().find(same)?;
    Some((Quieting::Announced, format!("Announced by {author}: {reason}")))
}

/// Applies a policy's rules in order, until one ignores the change.
fn rule(change: &mut Change, ruling: &mut Ruling, policy: &Policy, occasion: Occasion<'_>) {
    for rule in &policy.rules {
        let holds = rule.until.is_none_or(|until| occasion.now < until.0)
            && of_source(rule.source.as_deref(), occasion)
            && rule.kind.matches(&change.kind)
            && in_place(rule.path.as_deref(), change);
        if !holds {
            continue;
        }
        let Rule { author, reason, .. } = rule;
        let (word, bound): (_, fn(Severity, Severity) -> Severity) = match rule.action {
            Action::Ignore => {
                ruling.quiet = Some(Quieting::Ignored);
                ruling.why.push(ignored_by(author, reason));
                return;
            }
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
        let brought_back = rule.action == Action::Raise && ruling.quiet.take().is_some();
        if brought_back || before != (change.readers, change.writers) {
            let level = to.as_str().replace('_', " ");
            ruling.why.push(format!("{word} to {level} by {author}: {reason}"));
        }
    }
}

#[cfg(test)]
mod tests;
