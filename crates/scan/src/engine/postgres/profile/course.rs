//! What of a profile outlasts the connection that it began with. Standbys end statements, and connections that rest in a
//! transaction, when those stand in the way of what they replay.

use std::collections::HashSet;

use crate::Budget;
use crate::budget::Spent;

/// How often a table is tried to be read.
pub(super) const TRIES: usize = 2;
/// How often a profile goes on over another connection.
const MOST: usize = 8;

/// How far a profile has come.
#[derive(Debug)]
pub(in crate::engine::postgres) struct Course {
    pub(super) spent: Spent,
    /// The paths of tables that are done with.
    pub(super) told: HashSet<String>,
    /// The tables at which tries ended, by path; empty where several were looked at.
    pub(super) broken: Vec<String>,
    /// How many of these were gone on from.
    resumed: usize,
}

impl Course {
    pub(in crate::engine::postgres) fn start(budget: Budget) -> Self {
        Self { spent: Spent::start(budget), told: HashSet::new(), broken: Vec::new(), resumed: 0 }
    }

    /// Nothing was tried yet.
    pub(super) fn is_new(&self) -> bool {
        self.broken.is_empty()
    }

    /// Whether the try that has ended did so in the middle of a table, and another one is worth it.
    pub(in crate::engine::postgres) fn goes_on(&mut self) -> bool {
        let broke = self.broken.len() > self.resumed;
        self.resumed = self.broken.len();
        broke && self.resumed <= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_goes_on_as_often_as_it_breaks_in_the_middle_and_not_for_ever() {
        let mut course = Course::start(Budget::default());
        assert!(course.is_new() && !course.goes_on(), "it broke nowhere");
        for number in 0..MOST {
            course.broken.push(format!("public.t{number}"));
            assert!(course.goes_on() && !course.is_new());
            assert!(!course.goes_on(), "the next try broke before its first table");
        }
        course.broken.push("public.last".into());
        assert!(!course.goes_on());
    }
}
