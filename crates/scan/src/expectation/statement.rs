//! The statements that ask what one pass cannot tell. Names come quoted; each answers two numbers: how many
//! combinations of values without a NULL there are, and how many of them are good.

use super::{Domain, Question};

/// Why another table is not compared with.
const NO_TABLE: &str = "There is no such table to refer to, or the role cannot see it.";
const UNREADABLE: &str = "The role may not read the table that is referred to.";
const NO_REFERENCED_COLUMN: &str =
    "The table that is referred to has no such column, or the role may not read it.";
const INCOMPARABLE: &str = "The columns on both sides are of types that are not compared.";

/// A table, as an engine writes it.
pub(crate) trait Relation {
    type Column: Named;

    fn path(&self) -> &str;
    /// Its quoted name, with what it is in.
    fn written(&self) -> String;
    fn columns(&self) -> &[Self::Column];
    fn is_readable(&self) -> bool {
        true
    }
}

/// A column, as an engine writes it.
pub(crate) trait Named {
    fn name(&self) -> &str;
    fn domain(&self) -> Domain;
    /// Its quoted name.
    fn written(&self) -> String;
    /// What its values are the same by.
    fn key(&self) -> String {
        self.compared("")
    }
    /// What its values are compared with another table's by; `of` is its table's name with a dot, or nothing.
    fn compared(&self, of: &str) -> String {
        format!("{of}{}", self.written())
    }
    fn is_readable(&self) -> bool {
        true
    }
}

/// The statement that answers a question about a table, whose `columns` the question numbers, and the other table that it
/// reads; or why there is none. `total` is how the engine adds `g.n` up.
pub(crate) fn statement<'a, T: Relation>(
    tables: &'a [T],
    (table, columns): (&T, &[&T::Column]),
    question: Question<'_>,
    total: &str,
) -> Result<(String, Option<&'a T>), &'static str> {
    let at = |places: &[usize]| -> Vec<&T::Column> {
        places.iter().filter_map(|place| columns.get(*place).copied()).collect()
    };
    let (places, references, referenced) = match question {
        Question::Duplicates(places) => {
            let present: Vec<String> = at(places).into_iter().map(Named::written).collect();
            let keys: Vec<String> = at(places).into_iter().map(Named::key).collect();
            return Ok((duplicates(&table.written(), &present, &keys, total), None));
        }
        Question::Orphans { columns, references, referenced } => (columns, references, referenced),
    };
    let parent = tables.iter().find(|other| other.path() == references).ok_or(NO_TABLE)?;
    if !parent.is_readable() {
        return Err(UNREADABLE);
    }
    let pair = |(ours, name): (&T::Column, &String)| {
        let theirs = parent.columns().iter().find(|column| column.is_readable() && column.name() == name);
        let theirs = theirs.ok_or(NO_REFERENCED_COLUMN)?;
        if !ours.domain().compares_with(theirs.domain()) {
            return Err(INCOMPARABLE);
        }
        Ok((ours.compared("c."), theirs.compared("")))
    };
    let pairs = at(places).into_iter().zip(referenced).map(pair).collect::<Result<Vec<_>, _>>()?;
    Ok((orphans(&table.written(), &parent.written(), &pairs), Some(parent)))
}

/// Counts the different combinations. `present` are the columns, `keys` what they are compared by.
fn duplicates(relation: &str, present: &[String], keys: &[String], total: &str) -> String {
    format!(
        "SELECT {total}, count(*) FROM (SELECT count(*) AS n FROM {relation} WHERE {} GROUP BY {}) g",
        all_present(present),
        keys.join(", ")
    )
}

/// Counts the combinations that another table has as well. `child` is known as `c`; `pairs` are what its columns are
/// compared by, and the same for the other table's.
fn orphans(child: &str, parent: &str, pairs: &[(String, String)]) -> String {
    let mut keys = Vec::with_capacity(pairs.len());
    let mut matches = Vec::with_capacity(pairs.len());
    for (number, (ours, theirs)) in pairs.iter().enumerate() {
        keys.push(format!("{theirs} AS k{number}"));
        matches.push(format!("p.k{number} = {ours}"));
    }
    let present: Vec<String> = pairs.iter().map(|(ours, _)| ours.clone()).collect();
    format!(
        "SELECT count(*), count(p.found) FROM {child} c LEFT JOIN (SELECT DISTINCT {}, 1 AS found FROM {parent}) p \
         ON {} WHERE {}",
        keys.join(", "),
        matches.join(" AND "),
        all_present(&present)
    )
}

fn all_present(columns: &[String]) -> String {
    columns.iter().map(|column| format!("{column} IS NOT NULL")).collect::<Vec<_>>().join(" AND ")
}
