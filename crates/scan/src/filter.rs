//! Which objects are meant: globs over paths.

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
struct Rule {
    include: Option<GlobSet>,
    exclude: Option<GlobSet>,
}

impl Filter {
    /// # Errors
    /// [`ScanError::Pattern`] when one is not a glob.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, ScanError> {
        let rule = Rule { include: set(include)?, exclude: set(exclude)? };
        let leaves_out = rule.include.is_some() || rule.exclude.is_some();
        Ok(Self { rules: if leaves_out { vec![rule] } else { Vec::new() } })
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
        self.rules.iter().all(|rule| {
            rule.include.as_ref().is_none_or(|set| set.is_match(path))
                && !rule.exclude.as_ref().is_some_and(|set| set.is_match(path))
        })
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
    fn a_broken_glob_is_named() {
        let error = Filter::new(&["public.[".into()], &[]).unwrap_err();
        assert!(error.to_string().contains("public.["), "{error}");
    }
}
