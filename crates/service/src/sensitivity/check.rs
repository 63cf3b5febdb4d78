//! What may be said of a sensitivity: names that fit, and a measure that its place has.

use std::collections::HashSet;

use domain::expectation::columns_of;
use types::incident::Measure;
use types::problem::FieldError;
use types::sensitivity::SensitivityRule;
use types::snapshot::Object;

/// The most places of one source of which something is said.
pub(super) const MOST: usize = 1_000;
/// The most characters of a name of a table or a column.
const LONGEST_NAME: usize = 500;

/// The rule without spaces around its names; an empty one names nothing.
pub(crate) fn tidied(rule: SensitivityRule) -> SensitivityRule {
    let name = |name: Option<String>| name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    SensitivityRule { table: name(rule.table), column: name(rule.column), ..rule }
}

/// All that does not fit, with JSON pointers into the rule. Names are looked up in the schema, if one is given.
pub(super) fn faults(rule: &SensitivityRule, objects: Option<&[Object]>) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut fault = |pointer: &str, code: &str, detail: String| {
        faults.push(FieldError::new(pointer, code, detail));
    };
    for (pointer, name) in [("/table", &rule.table), ("/column", &rule.column)] {
        let Some(name) = name else { continue };
        if name.chars().count() > LONGEST_NAME {
            fault(pointer, "length", format!("At most {LONGEST_NAME} characters."));
        } else if name.chars().any(char::is_control) {
            fault(pointer, "format", "Leave out control characters.".to_owned());
        }
    }
    match (&rule.table, &rule.column) {
        (None, Some(_)) => fault("/table", "required", "Name the table that the column is of.".to_owned()),
        (Some(_), Some(_)) if rule.measure == Some(Measure::RowCount) => {
            fault("/measure", "unused", "A column has no rows of its own. Say it of its table.".to_owned());
        }
        _ => {}
    }
    if let (Some(objects), Some(table), true) = (objects, &rule.table, faults.is_empty()) {
        match (columns_of(objects, table), &rule.column) {
            (None, _) => faults.push(FieldError::new("/table", "unknown", "There is no such table.")),
            (Some(columns), Some(column)) if !columns.contains(column.as_str()) => {
                faults.push(FieldError::new("/column", "unknown", "The table has no such column."));
            }
            _ => {}
        }
    }
    faults
}

/// All that does not fit about all rules of a source, with pointers into their list.
pub(crate) fn faults_of_all(rules: &[SensitivityRule]) -> Vec<FieldError> {
    let mut all = Vec::new();
    if rules.len() > MOST {
        all.push(FieldError::new("", "length", format!("At most {MOST} for one source.")));
    }
    let mut places = HashSet::new();
    for (at, rule) in rules.iter().enumerate() {
        let within = |fault: FieldError| FieldError { pointer: format!("/{at}{}", fault.pointer), ..fault };
        all.extend(faults(rule, None).into_iter().map(within));
        if !places.insert(rule.place()) {
            let detail = "There is one for the same above. Keep one of them.";
            all.push(FieldError::new(&format!("/{at}"), "duplicate", detail));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::sensitivity::Sensitivity;

    #[test]
    fn what_does_not_fit_is_named_with_its_place() {
        let rule = |table: Option<&str>, column: Option<&str>, measure| {
            tidied(SensitivityRule {
                table: table.map(str::to_owned),
                column: column.map(str::to_owned),
                measure,
                sensitivity: Sensitivity::High,
            })
        };
        let long = "x".repeat(501);
        let rows = Some(Measure::RowCount);
        for (rule, expected) in [
            (rule(None, None, None), vec![]),
            (rule(Some(" "), Some(""), rows), vec![]),
            (rule(Some("a"), None, rows), vec![]),
            (rule(Some("a"), Some("b"), Some(Measure::NullPercent)), vec![]),
            (rule(Some("a"), Some("b"), rows), vec![("/measure", "unused")]),
            (rule(None, Some("b"), None), vec![("/table", "required")]),
            (rule(Some(&long), Some("b\u{7}"), None), vec![("/table", "length"), ("/column", "format")]),
            (rule(Some("a"), None, None), vec![]),
        ] {
            let found = faults(&rule, None);
            let found: Vec<_> =
                found.iter().map(|fault| (fault.pointer.as_str(), fault.code.as_str())).collect();
            assert_eq!(found, expected, "{rule:?}");
        }
        let found = faults(&rule(Some("a"), None, None), Some(&[]));
        assert_eq!((found[0].pointer.as_str(), found[0].code.as_str()), ("/table", "unknown"));
        let twice = [rule(Some("a"), None, None), rule(Some("a"), None, rows), rule(Some(" a"), None, None)];
        let found = faults_of_all(&twice);
        assert_eq!((found.len(), found[0].pointer.as_str()), (1, "/2"));
    }
}
