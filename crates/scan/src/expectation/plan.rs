//! How the expectations about one table are judged.

use std::sync::Arc;

use types::ExpectationId;
use types::expectation::{ExpectationRule, TableExpectation};

use super::check::{Check, Reason, UNFIT};
use super::value::Domain;

/// The expectations about one table, in the order they were given.
pub(crate) struct Plan {
    pub(crate) entries: Vec<Entry>,
    /// What is looked at in every row.
    pub(crate) checks: Arc<[Check]>,
}

pub(crate) struct Entry {
    pub(crate) id: ExpectationId,
    pub(super) rule: ExpectationRule,
    /// Equal for rules that are.
    pub(crate) rule_hash: blake3::Hash,
    pub(super) way: Way,
}

/// How one is judged. Columns are places among those that are read.
pub(super) enum Way {
    Never(Reason),
    Nulls(usize),
    /// By the check of this number.
    Rows(usize),
    Unique(Vec<usize>),
    Referential(Vec<usize>),
}

/// What only a statement of its own can tell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Question<'a> {
    /// How many combinations of these columns' values come again.
    Duplicates(&'a [usize]),
    /// How many combinations of these columns' values are missing in another table.
    Orphans { columns: &'a [usize], references: &'a str, referenced: &'a [String] },
}

impl Plan {
    /// For a table with these columns; those that the role may not read are none of them.
    pub(crate) fn new(asked: &[TableExpectation], columns: &[(&str, Domain)]) -> Self {
        let mut checks = Vec::new();
        let entry = |one: &TableExpectation| Entry {
            id: one.id,
            rule: one.rule.clone(),
            rule_hash: blake3::hash(format!("{:?}", one.rule).as_bytes()),
            way: way(&one.rule, columns, &mut checks).unwrap_or_else(Way::Never),
        };
        let entries = asked.iter().map(entry).collect();
        Self { entries, checks: checks.into() }
    }

    /// The rules behind `checks`: counts made for others mean nothing here.
    pub(crate) fn row_rules(&self) -> Vec<blake3::Hash> {
        let by_row = self.entries.iter().filter(|entry| matches!(entry.way, Way::Rows(_)));
        by_row.map(|entry| entry.rule_hash).collect()
    }
}

impl Entry {
    /// The other table, where there is one to look at.
    pub(crate) fn references(&self) -> Option<&str> {
        match (&self.way, &self.rule) {
            (Way::Referential(_), ExpectationRule::Referential { references, .. }) => Some(references),
            _ => None,
        }
    }

    /// Whether only rows tell, even where exact figures are known already.
    pub(crate) fn needs_rows(&self) -> bool {
        matches!(self.way, Way::Rows(_))
    }
}

fn way(rule: &ExpectationRule, columns: &[(&str, Domain)], checks: &mut Vec<Check>) -> Result<Way, Reason> {
    let find = |name: &String| -> Result<(usize, Domain), Reason> {
        let index = columns.iter().position(|(column, _)| column == name);
        index
            .and_then(|index| Some((index, columns.get(index)?.1)))
            .ok_or("There is no such column in the table, or the role may not read it.")
    };
    let comparable = |names: &[String]| -> Result<Vec<usize>, Reason> {
        if names.is_empty() {
            return Err("The rule names no column.");
        }
        if names.iter().enumerate().any(|(at, name)| names.iter().take(at).any(|before| before == name)) {
            return Err("The rule names a column twice.");
        }
        let found = names.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        if found.iter().any(|(_, domain)| *domain == Domain::Opaque) {
            return Err(UNFIT);
        }
        Ok(found.into_iter().map(|(index, _)| index).collect())
    };
    let check = match rule {
        ExpectationRule::NotNull { column } => return find(column).map(|(index, _)| Way::Nulls(index)),
        ExpectationRule::Unique { columns } => return comparable(columns).map(Way::Unique),
        ExpectationRule::AcceptedValues { column, values } => {
            let (index, domain) = find(column)?;
            Check::accepted(index, domain, values)?
        }
        ExpectationRule::Range { column, minimum, maximum } => {
            let (index, domain) = find(column)?;
            Check::range(index, domain, minimum.as_deref(), maximum.as_deref())?
        }
        ExpectationRule::Pattern { column, pattern } => {
            let (index, domain) = find(column)?;
            Check::pattern(index, domain, pattern)?
        }
        ExpectationRule::Referential { columns, referenced_columns, .. } => {
            let found = comparable(columns)?;
            if found.len() != referenced_columns.len() {
                return Err("The rule names more columns on one side than on the other.");
            }
            return Ok(Way::Referential(found));
        }
        ExpectationRule::RowCount { .. } | ExpectationRule::Freshness { .. } => {
            return Err("The control plane judges this from the table's figures.");
        }
    };
    checks.push(check);
    Ok(Way::Rows(checks.len() - 1))
}
