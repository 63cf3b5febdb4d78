//! What the policies in force make of changes.

use std::collections::BTreeSet;

use domain::policy::Occasion;
use store::Reads;
use types::SourceId;
use types::change::{Change, Quieting};
use types::drift::DriftStatus;
use types::policy::Policy;

use super::{Subject, written};
use crate::Error;

/// The most reasons that a decision of policy names.
const MOST_REASONS: usize = 3;

/// The policies that a source's changes are judged with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers {
    pub(crate) organization: Policy,
    pub(crate) own: Policy,
}

impl Layers {
    /// Those in force for a source.
    pub(crate) async fn in_force(tx: &impl Reads, source: SourceId) -> Result<Self, Error> {
        Ok(Self { organization: policy_of(tx, None).await?, own: policy_of(tx, Some(source)).await? })
    }

    /// The changes as they are judged.
    pub(crate) fn judge(&self, changes: Vec<Change>, occasion: Occasion<'_>) -> Vec<Change> {
        domain::policy::judge(changes, &[&self.organization, &self.own], occasion)
    }
}

async fn policy_of(tx: &impl Reads, id: Option<SourceId>) -> Result<Policy, Error> {
    Ok(written(tx, &Subject { id, name: None }).await?.unwrap_or_default())
}

/// What becomes of an event all of whose changes a policy keeps quiet, and why; `None` for any other.
pub(crate) fn settled_by(changes: &[Change]) -> Option<(DriftStatus, String)> {
    let quiet = changes.iter().map(Change::quiet).collect::<Option<Vec<_>>>()?;
    let status = if quiet.iter().all(|quiet| *quiet == Quieting::Ignored) {
        DriftStatus::Ignored
    } else {
        DriftStatus::Accepted
    };
    let why: BTreeSet<&str> =
        changes.iter().filter_map(|change| change.policy.as_ref()?.why.last().map(String::as_str)).collect();
    let mut words = why.iter().take(MOST_REASONS).copied().collect::<Vec<_>>().join("; ");
    if why.len() > MOST_REASONS {
        words.push_str(&format!("; and {} more", why.len() - MOST_REASONS));
    }
    (!quiet.is_empty()).then_some((status, words))
}
