//! What is known of the owners and tags of the objects that an answer names.

use std::collections::{BTreeSet, HashMap};

use domain::ownership::{Own, Register, around};
use store::Reads;
use store::description::Description;
use types::ownership::{Owner, Ownership};
use types::{SourceId, UserId};

use crate::Error;

/// The registers of some sources.
#[derive(Debug, Default)]
pub(crate) struct Registers {
    of_source: HashMap<SourceId, Register>,
    /// The names of owners who are members.
    people: HashMap<UserId, String>,
}

impl Registers {
    /// What is needed to ask for some objects, given with the names of sources.
    pub(crate) async fn about<'a>(
        tx: &impl Reads,
        sources: &HashMap<SourceId, String>,
        objects: impl IntoIterator<Item = (SourceId, &'a str)>,
    ) -> Result<Self, Error> {
        let mut paths: HashMap<SourceId, BTreeSet<&str>> = HashMap::new();
        for (source, path) in objects {
            paths.entry(source).or_default().extend(std::iter::once(path).chain(around(path)));
        }
        let mut words = HashMap::new();
        for (source, paths) in paths {
            let paths: Vec<String> = paths.into_iter().map(str::to_owned).collect();
            words.insert(source, store::description::find_many(tx, source, &paths).await?);
        }
        Self::of(tx, sources, words).await
    }

    /// What is needed to ask for any object of some sources, given with their names.
    pub(crate) async fn whole(tx: &impl Reads, sources: &HashMap<SourceId, String>) -> Result<Self, Error> {
        let mut words = HashMap::new();
        for source in sources.keys() {
            words.insert(*source, store::description::owned(tx, *source).await?);
        }
        Self::of(tx, sources, words).await
    }

    async fn of(
        tx: &impl Reads,
        sources: &HashMap<SourceId, String>,
        mut words: HashMap<SourceId, Vec<Description>>,
    ) -> Result<Self, Error> {
        let written = words.values().flatten().filter_map(|row| row.owner.as_deref());
        let addresses: BTreeSet<&str> = written.filter(|owner| owner.contains('@')).collect();
        let addresses: Vec<&str> = addresses.into_iter().collect();
        let members = store::membership::by_email(tx, tx.org(), &addresses).await?;
        let mut rules: HashMap<_, _> =
            store::ownership::list(tx).await?.into_iter().map(|row| (row.source_id, row.rules)).collect();
        let named = rules.values().flatten().filter_map(|rule| match rule.owner {
            Some(Owner::Member { id }) => Some(id),
            _ => None,
        });
        let ids: BTreeSet<UserId> = named.chain(members.values().copied()).collect();
        let ids: Vec<UserId> = ids.into_iter().collect();
        let people = store::membership::names(tx, tx.org(), &ids).await?;
        let of_source = sources.iter().map(|(id, name)| {
            let own = words.remove(id).unwrap_or_default();
            let own = own.into_iter().map(|row| own_words(row, &members)).collect();
            (*id, Register::new(name.clone(), rules.remove(id).unwrap_or_default(), own))
        });
        Ok(Self { of_source: of_source.collect(), people })
    }

    /// Who answers for an object of one of the sources, and how it is tagged.
    pub(crate) fn ask(&self, source: SourceId, path: &str) -> Ownership {
        let mut found = self.of_source.get(&source).map(|register| register.of(path)).unwrap_or_default();
        if let Some(owner) = &mut found.owner
            && let Owner::Member { id } = owner.owner
        {
            owner.name = self.people.get(&id).cloned();
        }
        found
    }
}

/// An owner's text that is a member's address means that member; any other is a team.
fn own_words(row: Description, members: &HashMap<String, UserId>) -> Own {
    let owner = row.owner.map(|text| match members.get(&text) {
        Some(id) => Owner::Member { id: *id },
        None => Owner::Team { name: text },
    });
    Own { path: row.path, owner, tags: row.tags }
}
