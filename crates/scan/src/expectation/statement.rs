//! The statements that ask what one pass cannot tell. Names come quoted; each answers two numbers: how many
//! combinations of values without a NULL there are, and how many of them are good.

/// Why another table is not compared with.
pub(crate) const NO_TABLE: &str = "There is no such table to refer to, or the role cannot see it.";
pub(crate) const NO_REFERENCED_COLUMN: &str =
    "The table that is referred to has no such column, or the role may not read it.";
pub(crate) const INCOMPARABLE: &str = "The columns on both sides are of types that are not compared.";

/// Counts the different combinations. `present` are the columns, `keys` what they are compared by.
pub(crate) fn duplicates(relation: &str, present: &[String], keys: &[String], total: &str) -> String {
    format!(
        "SELECT {total}, count(*) FROM (SELECT count(*) AS n FROM {relation} WHERE {} GROUP BY {}) g",
        all_present(present),
        keys.join(", ")
    )
}

/// Counts the combinations that another table has as well. `child` is known as `c`; `pairs` are what its columns are
/// compared by, and the same for the other table's.
pub(crate) fn orphans(child: &str, parent: &str, pairs: &[(String, String)]) -> String {
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
