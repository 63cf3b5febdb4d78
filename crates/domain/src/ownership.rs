//! Who answers for an object and how it is tagged: what was said of it and of everything that it lies in, put together.
//!
//! The nearest owner answers: the object's own, its table's, that of the most specific pattern or of the schema, the
//! source's. Tags add up. The order in which rules are written means nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use types::ownership::{
    Owner, Ownership, OwnershipLevel, OwnershipOrigin, OwnershipRule, ResolvedOwner, ResolvedTag,
};

use crate::policy::path_matches;

/// What somebody said of one object itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    pub path: String,
    pub owner: Option<Owner>,
    pub tags: Vec<String>,
}

/// Everything that was said of a source's objects, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Register {
    /// The source's name.
    source: String,
    own: HashMap<String, Own>,
    /// The most specific first.
    patterns: Vec<Pattern>,
    /// Rules about the whole source.
    whole: Vec<OwnershipRule>,
}

#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    /// What comes before its first sign: most paths are told apart by it alone.
    begin: String,
    rank: Rank,
    owner: Option<Owner>,
    tags: Vec<String>,
}

/// Smaller is more specific: more letters that stand for themselves, then fewer signs.
type Rank = (Reverse<usize>, usize);

/// Whether a letter of a pattern stands for others.
fn is_sign(letter: char) -> bool {
    matches!(letter, '*' | '?')
}

fn rank(pattern: &str) -> Rank {
    let signs = pattern.chars().filter(|letter| is_sign(*letter)).count();
    (Reverse(pattern.chars().count() - signs), signs)
}

impl Pattern {
    fn covers(&self, path: &str, around: &[&str]) -> bool {
        // What lies around a path is a beginning of it.
        path.starts_with(&self.begin)
            && std::iter::once(&path).chain(around).any(|path| path_matches(&self.text, path))
    }
}

/// What was said in one place.
struct Said<'a> {
    level: OwnershipLevel,
    place: &'a str,
    owner: Option<&'a Owner>,
    tags: &'a [String],
}

impl Register {
    /// Of a source's name, its rules, and what was said of single objects.
    #[must_use]
    pub fn new(source: String, mut rules: Vec<OwnershipRule>, own: Vec<Own>) -> Self {
        // Whatever their order was.
        rules.sort();
        let (mut patterns, mut whole) = (Vec::new(), Vec::new());
        for rule in rules {
            match rule.path {
                None => whole.push(rule),
                Some(text) => patterns.push(Pattern {
                    begin: text.chars().take_while(|letter| !is_sign(*letter)).collect(),
                    rank: rank(&text),
                    text,
                    owner: rule.owner,
                    tags: rule.tags,
                }),
            }
        }
        patterns.sort_by_key(|pattern| pattern.rank);
        let own = own.into_iter().map(|own| (own.path.clone(), own)).collect();
        Self { source, own, patterns, whole }
    }

    /// Who answers for an object and how it is tagged. The names of members are left for the caller to fill in.
    #[must_use]
    pub fn of(&self, path: &str) -> Ownership {
        let mut owner = None;
        let mut tags: BTreeMap<&str, OwnershipOrigin> = BTreeMap::new();
        let said = self.said(path);
        for Said { level, place, owner: named, tags: more } in &said {
            let from = || OwnershipOrigin { level: *level, place: (*place).to_owned() };
            if let (None, Some(named)) = (&owner, named) {
                let name = match named {
                    Owner::Team { name } => Some(name.clone()),
                    Owner::Member { .. } => None,
                };
                owner = Some(ResolvedOwner { owner: (*named).clone(), name, from: from() });
            }
            for tag in *more {
                tags.entry(tag).or_insert_with(from);
            }
        }
        let tags = tags.into_iter().map(|(tag, from)| ResolvedTag { tag: tag.to_owned(), from }).collect();
        Ownership { owner, tags }
    }

    /// All that concerns an object, the nearest first.
    fn said<'a>(&'a self, path: &'a str) -> Vec<Said<'a>> {
        let around = around(path);
        let own = |path: &str, level| {
            let own = self.own.get(path)?;
            Some(Said { level, place: &own.path, owner: own.owner.as_ref(), tags: &own.tags })
        };
        let mut said: Vec<Said<'_>> = own(path, OwnershipLevel::Object).into_iter().collect();
        // The last of what lies around is the schema.
        let (schema, tables) = match around.split_last() {
            Some((schema, tables)) => (Some(*schema), tables),
            None => (None, [].as_slice()),
        };
        said.extend(tables.iter().filter_map(|path| own(path, OwnershipLevel::Table)));
        let mut schema =
            schema.and_then(|schema| Some((own(schema, OwnershipLevel::Schema)?, everything(schema))));
        for pattern in self.patterns.iter().filter(|pattern| pattern.covers(path, &around)) {
            if let Some((words, _)) = schema.take_if(|(_, rank)| *rank <= pattern.rank) {
                said.push(words);
            }
            said.push(Said {
                level: OwnershipLevel::Pattern,
                place: &pattern.text,
                owner: pattern.owner.as_ref(),
                tags: &pattern.tags,
            });
        }
        said.extend(schema.map(|(words, _)| words));
        said.extend(self.whole.iter().map(|rule| Said {
            level: OwnershipLevel::Source,
            place: &self.source,
            owner: rule.owner.as_ref(),
            tags: &rule.tags,
        }));
        said
    }
}

/// How specific words about a schema are: as a pattern of everything in it.
fn everything(schema: &str) -> Rank {
    (Reverse(schema.chars().count() + 1), 2)
}

/// The paths of what an object lies in, the nearest first: of `public.film.length` the table's and the schema's.
#[must_use]
pub fn around(path: &str) -> Vec<&str> {
    let (mut quoted, mut found) = (false, Vec::new());
    for (at, letter) in path.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '.' if !quoted => found.extend(path.get(..at)),
            _ => {}
        }
    }
    found.reverse();
    found
}

#[cfg(test)]
mod tests;
