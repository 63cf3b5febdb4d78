//! The environment, and secrets in files.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs;

use secrecy::SecretString;

use super::Fault;

/// What settings are read from, and what was wrong with them.
pub struct Variables {
    values: HashMap<String, String>,
    /// The names that were asked for: whatever else is set has no effect.
    asked: RefCell<HashSet<String>>,
    pub(super) faults: Vec<Fault>,
}

impl Variables {
    /// The process's environment.
    #[must_use]
    pub fn of_process() -> Self {
        Self::new(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    /// The given variables; those that are not ours are passed over.
    pub fn new(values: impl IntoIterator<Item = (String, String)>) -> Self {
        let values = values.into_iter().filter(|(name, _)| name.starts_with("BASTION_"));
        Self { values: values.collect(), asked: RefCell::default(), faults: Vec::new() }
    }

    /// Notes that something is wrong.
    pub(super) fn fault(&mut self, setting: &'static str, problem: impl Into<String>) {
        self.faults.push(Fault { setting, problem: problem.into() });
    }

    /// A setting: the flag wins over the variable; an empty text counts as missing.
    pub(super) fn text(&self, flag: Option<&str>, name: &str) -> Option<String> {
        self.asked.borrow_mut().insert(name.to_owned());
        let found = flag.or_else(|| self.values.get(name).map(String::as_str));
        found.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Notes that a flag wins over a secret's variables.
    pub(super) fn overruled(&self, name: &str) {
        self.asked.borrow_mut().extend([name.to_owned(), format!("{name}_FILE")]);
    }

    /// A sentence for each variable that is set and that nothing asked for: a feature of another version, or a name with a
    /// slip. Those of the agent and of the build may lie in the same environment.
    pub(super) fn without_effect(&self) -> Vec<String> {
        let asked = self.asked.borrow();
        let elsewhere = |name: &str| {
            ["BASTION_MCP_", "BASTION_SOURCE_", "BASTION_WEB_DIST"]
                .iter()
                .any(|start| name.starts_with(start))
        };
        let mut names: Vec<&String> = self
            .values
            .iter()
            .filter(|(name, value)| {
                !value.trim().is_empty() && !asked.contains(*name) && !elsewhere(name.as_str())
            })
            .map(|(name, _)| name)
            .collect();
        names.sort();
        let sentence = |name: &String| format!("{name} is not supported by this version and has no effect.");
        names.into_iter().map(sentence).collect()
    }

    /// A setting in a form of its own; `expected` says what would fit.
    pub(super) fn parsed<T>(
        &mut self,
        flag: Option<&str>,
        name: &'static str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(flag, name)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.fault(name, format!("`{text}` does not fit; write {expected}"));
        }
        parsed
    }

    /// A secret, from the variable or from the file that `NAME_FILE` names.
    pub(super) fn secret(&mut self, name: &'static str) -> Option<SecretString> {
        let direct = self.text(None, name);
        let file = self.text(None, &format!("{name}_FILE"));
        match (direct, file) {
            (Some(_), Some(_)) => {
                self.fault(name, format!("set either it or {name}_FILE, not both"));
                None
            }
            (Some(value), None) => Some(SecretString::from(value)),
            (None, Some(path)) => match fs::read_to_string(&path) {
                Ok(text) if text.trim().is_empty() => {
                    self.fault(name, format!("the file {path} is empty"));
                    None
                }
                Ok(text) => Some(SecretString::from(text.trim().to_owned())),
                Err(error) => {
                    self.fault(name, format!("the file {path} cannot be read: {error}"));
                    None
                }
            },
            (None, None) => None,
        }
    }
}
