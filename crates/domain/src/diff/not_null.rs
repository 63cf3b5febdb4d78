//! What is said of a `NOT NULL` beside that there is one.

use std::borrow::Cow;

use serde_json::{Value, json};
use types::snapshot::{Column, NotNull};

use super::comparison::{Comparison, Draft, Subject};
use crate::severity::{COMMENT, Verdict, column, constraint};

/// A column of a table, as both are called on one side.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) table: &'a str,
    pub(super) column: &'a Column,
}

impl<'a> Side<'a> {
    fn told(self) -> Option<&'a NotNull> {
        self.column.not_null.as_ref()
    }

    /// Its name where somebody chose it.
    fn chosen_name(self) -> Option<&'a str> {
        self.told().and_then(|told| told.name.as_deref())
    }

    /// Its name, whoever chose it: the one that the server chose stays when the table or the column is renamed.
    fn name(self) -> Cow<'a, str> {
        let by_server = || format!("{}_{}_not_null", self.table, self.column.name);
        self.chosen_name().map_or_else(|| Cow::Owned(by_server()), Cow::Borrowed)
    }

    fn validated(self) -> bool {
        self.told().is_none_or(|told| told.validated)
    }

    fn no_inherit(self) -> bool {
        self.told().is_some_and(|told| told.no_inherit)
    }

    fn comment(self) -> Option<&'a str> {
        self.told().and_then(|told| told.comment.as_deref())
    }

    fn facts(self) -> Value {
        json!({ "not_null": {
            "name": self.name(),
            "validated": self.validated(),
            "no_inherit": self.no_inherit(),
            "comment": self.comment(),
        } })
    }
}

/// Compares two that are there on both sides; whether there is one is told as nullability.
pub(super) fn compare(
    comparison: &mut Comparison<'_>,
    subject: &Subject,
    path: &str,
    old: Side<'_>,
    new: Side<'_>,
) {
    if old.told() == new.told() || old.column.nullable || new.column.nullable {
        return;
    }
    let verdicts = verdicts(old, new);
    let draft = Draft::new("column", "changed", path).before(old.facts()).after(new.facts());
    comparison.push_column(subject, &old.column.name, draft, &verdicts);
}

fn verdicts(old: Side<'_>, new: Side<'_>) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    let chosen = old.chosen_name().is_some() || new.chosen_name().is_some();
    if chosen && old.name() != new.name() {
        verdicts.push(constraint::RENAMED);
    }
    match (old.validated(), new.validated()) {
        (false, true) => verdicts.push(constraint::VALIDATED),
        (true, false) => verdicts.push(constraint::NO_LONGER_VALIDATED),
        _ => {}
    }
    if old.no_inherit() != new.no_inherit() {
        verdicts.push(column::NOT_NULL_INHERITANCE_CHANGED);
    }
    if old.comment() != new.comment() {
        verdicts.push(COMMENT);
    }
    verdicts
}
