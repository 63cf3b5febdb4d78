//! Which objects are meant: globs over paths.

use std::collections::BTreeSet;

use globset::{Glob, GlobSet, GlobSetBuilder};
use types::snapshot::{Body, Object};

use crate::ScanError;

/// Globs over paths such as `public.*`; `*` crosses dots. Nothing to include means everything.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// What is meant is so by all of them.
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
enum Rule {
    Globs {
        include: Option<GlobSet>,
        exclude: Option<GlobSet>,
        /// What they were made of.
        texts: [Vec<String>; 2],
    },
    /// These paths alone.
    Paths(BTreeSet<String>),
}

impl Rule {
    fn admits(&self, path: &str) -> bool {
        match self {
            Self::Globs { include, exclude, .. } => {
                include.as_ref().is_none_or(|set| set.is_match(path))
                    && !exclude.as_ref().is_some_and(|set| set.is_match(path))
            }
            Self::Paths(paths) => paths.contains(path),
        }
    }
}

impl Filter {
    /// # Errors
    /// [`ScanError::Pattern`] when one is not a glob.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, ScanError> {
        let texts = [include, exclude].map(|globs| {
            let mut globs = globs.to_vec();
            globs.sort_unstable();
            globs.dedup();
            globs
        });
        let rule = Rule::Globs { include: set(include)?, exclude: set(exclude)?, texts };
        let leaves_out = !include.is_empty() || !exclude.is_empty();
        Ok(Self { rules: if leaves_out { vec![rule] } else { Vec::new() } })
    }

    /// These paths and no other.
    pub(crate) fn paths(paths: &[String]) -> Self {
        Self { rules: vec![Rule::Paths(paths.iter().cloned().collect())] }
    }

    /// Only what both mean.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self { rules: self.rules.iter().chain(&other.rules).cloned().collect() }
    }

    /// Whether nothing is left out.
    pub(crate) fn is_everything(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether an object with this path is meant.
    #[must_use]
    pub fn admits(&self, path: &str) -> bool {
        self.rules.iter().all(|rule| rule.admits(path))
    }

    /// The fingerprint of what is meant of a whole that has this one, as this version of the program reads it: another
    /// filter or another version may bring something else of the same schema.
    pub(crate) fn mark(&self, fingerprint: &str) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        add(env!("CARGO_PKG_VERSION"));
        add(fingerprint);
        for rule in &self.rules {
            match rule {
                Rule::Globs { texts: [include, exclude], .. } => {
                    for (kind, texts) in [("include", include), ("exclude", exclude)] {
                        add(kind);
                        add(&texts.len().to_string());
                        texts.iter().for_each(|text| add(text));
                    }
                }
                Rule::Paths(paths) => {
                    add("paths");
                    add(&paths.len().to_string());
                    paths.iter().for_each(|path| add(path));
                }
            }
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Leaves out what is not meant. A schema stays as long as anything in it does.
    pub(crate) fn keep(&self, objects: &mut Vec<Object>) {
        if self.is_everything() {
            return;
        }
        let is_schema = |object: &Object| matches!(object.body, Body::Schema(_));
        let schemas: std::collections::HashSet<String> = objects
            .iter()
            .filter(|object| !is_schema(object) && self.admits(&object.path))
            .filter_map(|object| object.parts.first().cloned())
            .collect();
        objects.retain(|object| {
            self.admits(&object.path)
                || (is_schema(object) && object.parts.first().is_some_and(|name| schemas.contains(name)))
        });
    }
}

fn set(globs: &[String]) -> Result<Option<GlobSet>, ScanError> {
    if globs.is_empty() {
        return Ok(None);
    }
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        let parsed = Glob::new(glob)
            .map_err(|error| ScanError::Pattern(crate::error::quoted(glob), error.kind().to_string()))?;
        builder.add(parsed);
    }
    let set =
        builder.build().map_err(|error| ScanError::Pattern("the list".into(), error.kind().to_string()))?;
    Ok(Some(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(include: &[&str], exclude: &[&str]) -> Filter {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        Filter::new(&owned(include), &owned(exclude)).unwrap()
    }

    #[test]
    fn paths_are_meant_when_included_and_not_excluded() {
        let cases = [
            (&[][..], &[][..], "public.film", true),
            (&["public.*"], &[], "public.film", true),
            (&["public.*"], &[], "private.film", false),
            (&["public.*"], &["*.film"], "public.film", false),
            (&[], &["public.f?lm"], "public.film", false),
        ];
        for (include, exclude, path, expected) in cases {
            assert_eq!(filter(include, exclude).admits(path), expected, "{include:?} {exclude:?} {path}");
        }
    }

    #[test]
    fn of_two_filters_both_must_mean_a_path() {
        let both = filter(&["public.*"], &[]).and(&filter(&["*.film", "*.actor"], &["*.actor"]));
        let meant = ["public.film", "private.film", "public.actor", "public.city"];
        assert_eq!(meant.map(|path| both.admits(path)), [true, false, false, false]);
        assert!(filter(&[], &[]).and(&Filter::default()).is_everything());
    }

    #[test]
    fn a_fingerprint_is_another_for_another_filter() {
        let filters = [
            filter(&[], &[]),
            filter(&["a.*"], &[]),
            filter(&[], &["a.*"]),
            filter(&["a.*", "b"], &[]),
            filter(&["a.*"], &["b"]),
            filter(&["a.*"], &[]).and(&filter(&["b"], &[])),
            Filter::paths(&["a".to_owned()]),
        ];
        let marks: BTreeSet<String> = filters.iter().map(|filter| filter.mark("1")).collect();
        assert_eq!(marks.len(), filters.len());
        assert!(
            filters
                .iter()
                .all(|filter| filter.mark("1") == filter.mark("1") && !marks.contains(&filter.mark("2")))
        );
        assert_eq!(filter(&["a", "b"], &[]).mark("1"), filter(&["b", "a", "b"], &[]).mark("1"));
    }

    #[test]
    fn a_broken_glob_is_named() {
        let error = Filter::new(&["public.[".into()], &[]).unwrap_err();
        assert!(error.to_string().contains("public.["), "{error}");
    }
}
