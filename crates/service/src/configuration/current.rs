//! What is configured now, in the file's shape.

use std::collections::HashMap;

use store::Reads;
use types::UserId;
use types::configuration::{CONFIGURATION_VERSION, Configuration, OwnershipEntry, SourceConfiguration};
use types::organization::Member;
use types::ownership::{Owner, OwnershipRule};
use types::problem::FieldError;

use crate::policy::{Subject, written};
use crate::source::described;
use crate::{Error, notification};

/// More members than an organization has.
const MOST_MEMBERS: u64 = 100_000;

/// The organization's members, whom a file names by their addresses.
#[derive(Debug, Default)]
pub(super) struct People(HashMap<UserId, String>);

impl People {
    fn of(members: Vec<Member>) -> Self {
        Self(members.into_iter().map(|member| (member.user_id, member.email)).collect())
    }

    fn by_address(&self, address: &str) -> Option<UserId> {
        let address = address.to_lowercase();
        self.0.iter().find(|(_, email)| **email == address).map(|(id, _)| *id)
    }

    /// A rule in the file's words.
    pub(super) fn entry(&self, rule: &OwnershipRule) -> OwnershipEntry {
        let (member, team) = match &rule.owner {
            None => (None, None),
            Some(Owner::Team { name }) => (None, Some(name.clone())),
            Some(Owner::Member { id }) => {
                (Some(self.0.get(id).cloned().unwrap_or_else(|| id.to_string())), None)
            }
        };
        OwnershipEntry { path: rule.path.clone(), member, team, tags: rule.tags.clone() }
    }

    /// The rule that an entry means. Whether an id is a member's is looked up where rules are.
    pub(super) fn rule(&self, entry: OwnershipEntry) -> Result<OwnershipRule, FieldError> {
        let OwnershipEntry { path, member, team, tags } = entry;
        let owner = match (member, team) {
            (None, None) => None,
            (None, Some(name)) => Some(Owner::Team { name }),
            (Some(member), None) => {
                let member = member.trim();
                let unknown = || {
                    let detail = "Nobody of that e-mail address is a member. Invite them, or name a team.";
                    FieldError::new("/member", "not_a_member", detail)
                };
                let id = self.by_address(member).or_else(|| member.parse().ok()).ok_or_else(unknown)?;
                Some(Owner::Member { id })
            }
            (Some(_), Some(_)) => {
                let detail = "One member or one team answers for it, not both.";
                return Err(FieldError::new("/team", "unused", detail));
            }
        };
        Ok(OwnershipRule { path, owner, tags })
    }

    /// Words about an object in the shape of a rule about its path.
    pub(super) fn own(&self, path: String, owner: Option<String>, tags: Vec<String>) -> OwnershipRule {
        let owner = owner.map(|text| match self.by_address(&text) {
            Some(id) => Owner::Member { id },
            None => Owner::Team { name: text },
        });
        OwnershipRule { path: Some(path), owner, tags }
    }

    /// The text that an object's owner is kept as.
    pub(super) fn text(&self, owner: Owner) -> Option<String> {
        match owner {
            Owner::Team { name } => Some(name),
            Owner::Member { id } => self.0.get(&id).cloned(),
        }
    }
}

/// All that is configured, and the members that it may name.
pub(super) async fn current(tx: &impl Reads) -> Result<(Configuration, People), Error> {
    let people = People::of(store::membership::members(tx, tx.org(), None, MOST_MEMBERS).await?);
    let mut rules: HashMap<_, _> =
        store::ownership::list(tx).await?.into_iter().map(|row| (row.source_id, row.rules)).collect();
    let mut sources = Vec::new();
    for row in store::source::list(tx).await? {
        let expectations = store::expectation::of_source(tx, row.id).await?;
        let objects = store::description::owned(tx, row.id).await?;
        let sensitivity = store::sensitivity::of_source(tx, row.id).await?;
        let subject = Subject::of_source(row.id, row.name.clone());
        sources.push(SourceConfiguration {
            policy: written(tx, &subject).await?,
            expectations: Some(expectations.into_iter().map(|row| row.definition).collect()),
            ownership: Some(
                rules.remove(&row.id).unwrap_or_default().iter().map(|rule| people.entry(rule)).collect(),
            ),
            objects: Some(
                objects
                    .into_iter()
                    .map(|row| people.entry(&people.own(row.path, row.owner, row.tags)))
                    .collect(),
            ),
            sensitivity: Some(sensitivity.into_iter().map(|setting| setting.rule).collect()),
            ..described(&row)
        });
    }
    let policy = written(tx, &Subject::organization()).await?;
    let notifications = notification::written(tx).await?;
    Ok((Configuration { version: CONFIGURATION_VERSION, policy, notifications, sources }, people))
}
