//! The text of a configuration: read with the place of what is wrong.

use std::collections::HashSet;

use serde::Deserialize;
use types::configuration::{CONFIGURATION_VERSION, Configuration};
use types::policy::Policy;
use types::problem::FieldError;

use crate::Error;
use crate::foreign_text::{NAME, capped};
use crate::policy::{line_at, of_shape};

/// The most bytes of a file.
const LONGEST: usize = 1 << 20;
/// The fields of a file.
const FIELDS: [&str; 4] = ["version", "policy", "notifications", "sources"];

/// All that a file of another version has for certain.
#[derive(Deserialize)]
struct Versioned {
    version: u64,
}

/// Reads a file, and what can be told to be wrong by its text alone.
///
/// # Errors
/// [`Error::Invalid`] with pointers and lines.
pub(super) fn read(text: &str) -> Result<Configuration, Error> {
    if text.len() > LONGEST {
        return Err(Error::field("", "length", format!("A file may have at most {LONGEST} bytes.")));
    }
    // Before its shape, which another version has another one of.
    if let Ok(Versioned { version }) = serde_yaml_ng::from_str(text)
        && version != u64::from(CONFIGURATION_VERSION)
    {
        let detail = format!(
            "The file has version {version}, and this server reads {CONFIGURATION_VERSION}. Nothing was changed."
        );
        return Err(Error::Invalid(vec![fault(text, "/version", "version", detail)]));
    }
    let configuration: Configuration = serde_yaml_ng::from_str(text).map_err(|error| {
        let slip = of_shape(&error, &FIELDS);
        let mut fault = FieldError::new(&slip.pointer, "file", format!("{slip}. Nothing was changed."));
        fault.line = slip.line;
        Error::Invalid(vec![fault])
    })?;
    let mut faults = Vec::new();
    faults.extend(configuration.policy.as_ref().and_then(|policy| unsound(text, "/policy", policy)));
    let mut names = HashSet::new();
    for (at, source) in configuration.sources.iter().enumerate() {
        if !names.insert(&source.name) {
            let detail = format!("There is a source {:?} above.", capped(&source.name, NAME));
            faults.push(fault(text, &format!("/sources/{at}/name"), "duplicate", detail));
        }
        let place = format!("/sources/{at}/policy");
        faults.extend(source.policy.as_ref().and_then(|policy| unsound(text, &place, policy)));
    }
    if faults.is_empty() { Ok(configuration) } else { Err(Error::Invalid(faults)) }
}

/// What a policy says that makes no sense.
fn unsound(text: &str, place: &str, policy: &Policy) -> Option<FieldError> {
    let found = domain::policy::validate(policy).err()?;
    let pointer = match found.place() {
        (list, Some(index)) => format!("{place}/{list}/{index}"),
        (field, None) => format!("{place}/{field}"),
    };
    Some(fault(text, &pointer, "policy", format!("{found}. Nothing was changed.")))
}

fn fault(text: &str, pointer: &str, code: &str, detail: String) -> FieldError {
    let mut fault = FieldError::new(pointer, code, detail);
    fault.line = line_at(text, pointer);
    fault
}

/// An error about a part of the file, with its place in the whole and its line.
pub(super) fn placed(text: &str, place: &str, error: Error) -> Error {
    match error {
        Error::Invalid(faults) => {
            let whole = |own: FieldError| {
                let pointer = format!("{place}{}", own.pointer);
                FieldError { line: line_at(text, &pointer), pointer, ..own }
            };
            Error::Invalid(faults.into_iter().map(whole).collect())
        }
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# Ours\nversion: 1\npolicy:\n  version: 1\n  rules:\n  - kind: '*'\n    action: ignore\n    \
                        reason: quiet\n    author: ada\nsources:\n- name: shop\n  transport: gateway\n  \
                        every_minutes: 60\n  ownership:\n  - team: Data\n  - path: public.*\n    tags: [pii]\n\
                        - name: bank\n  transport: direct\n  url: http://agent.example/mcp\n  policy:\n    version: 1\n";

    #[test]
    fn a_slip_is_told_with_its_pointer_and_its_line() {
        assert_eq!(read(GOOD).unwrap().sources.len(), 2);
        for (text, pointer, line, message) in [
            (
                GOOD.replace("version: 1\npolicy", "version: 2\nnew: {}\npolicy"),
                "/version",
                Some(2),
                "version 2",
            ),
            (GOOD.replace("sources:", "surces:"), "", Some(10), "unknown field `surces`"),
            (
                GOOD.replace("team: Data", "teem: Data"),
                "/sources/0/ownership/0",
                Some(15),
                "unknown field `teem`",
            ),
            (
                GOOD.replace("kind: '*'", "kind: tabel.added"),
                "/policy/rules/0/kind",
                Some(6),
                "no kind of change",
            ),
            (GOOD.replace("author: ada", "author: ''"), "/policy/rules/0", Some(6), "a reason and an author"),
            (
                GOOD.replace("    version: 1\n", "    version: 7\n"),
                "/sources/1/policy/version",
                Some(22),
                "version 7",
            ),
            (GOOD.replace("name: bank", "name: shop"), "/sources/1/name", Some(18), "above"),
            (GOOD.replace("direct", "telepathy"), "/sources/1/transport", Some(19), "telepathy"),
            (GOOD.replace("[pii]", "[pii"), "", Some(18), "did not find"),
            ("- a\n".to_owned(), "", Some(1), "invalid type"),
            ("version: 1\nsources: 5\n".to_owned(), "/sources", Some(2), "invalid type"),
            (String::new(), "", Some(1), "missing field `version`"),
            ("x".repeat(LONGEST + 1), "", None, "at most"),
        ] {
            let Err(Error::Invalid(faults)) = read(&text) else { panic!("{message}") };
            assert_eq!((faults[0].pointer.as_str(), faults[0].line), (pointer, line), "{:?}", faults[0]);
            assert!(faults[0].detail.contains(message), "{:?}", faults[0]);
        }
    }

    #[test]
    fn a_part_that_is_missing_is_told_by_what_it_is_missing_in() {
        assert_eq!(line_at(GOOD, "/sources/1/url"), Some(20));
        assert_eq!(line_at(GOOD, "/sources/1/agent_source"), Some(18));
        assert_eq!(line_at(GOOD, "/sources/0/ownership/1/tags/0"), Some(17));
        assert_eq!(line_at(GOOD, "/nothing"), None);
    }
}
