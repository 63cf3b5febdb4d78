//! Pairs what belongs to a table: constraints, indexes, triggers, policies.

use types::snapshot::{Check, Exclusion, ForeignKey, Index, Key, PhysicalObject, Policy, Trigger};

/// Something with a name inside a table.
pub(super) trait Part {
    /// Empty where the engine gives none.
    fn name(&self) -> &str;
    fn physical(&self) -> Option<PhysicalObject>;
}

macro_rules! parts {
    ($($part:ty),*) => {$(
        impl Part for $part {
            fn name(&self) -> &str {
                &self.name
            }
            fn physical(&self) -> Option<PhysicalObject> {
                self.physical
            }
        }
    )*};
}
parts!(Check, Exclusion, ForeignKey, Index, Key, Policy, Trigger);

/// Two lists, matched.
pub(super) struct Parts<'a, T> {
    pub(super) pairs: Vec<(&'a T, &'a T)>,
    pub(super) dropped: Vec<&'a T>,
    pub(super) added: Vec<&'a T>,
}

/// Matches by name, then by the database's id, then by content (`same`).
pub(super) fn pair<'a, T: Part>(
    old: &'a [T],
    new: &'a [T],
    same_database: bool,
    same: impl Fn(&T, &T) -> bool,
) -> Parts<'a, T> {
    let mut parts = Parts { pairs: Vec::new(), dropped: old.iter().collect(), added: new.iter().collect() };
    parts.take(|old, new| !old.name().is_empty() && old.name() == new.name());
    if same_database {
        parts.take(|old, new| old.physical().is_some() && old.physical() == new.physical());
    }
    parts.take(same);
    parts
}

impl<T> Parts<'_, T> {
    fn take(&mut self, equal: impl Fn(&T, &T) -> bool) {
        let (pairs, added) = (&mut self.pairs, &mut self.added);
        self.dropped.retain(|old| match added.iter().position(|new| equal(old, new)) {
            Some(at) => {
                pairs.push((old, added.remove(at)));
                false
            }
            None => true,
        });
    }
}
