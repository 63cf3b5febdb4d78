//! A policy's YAML: read with the place of what is wrong, and added to without touching what its author wrote.

mod block;

use std::fmt;

use domain::policy::validate;
use serde::Serialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use types::policy::Policy;

pub(crate) use block::block;

/// The most bytes of a policy.
const LONGEST: usize = 256 * 1024;
/// The fields of a policy.
const FIELDS: [&str; 4] = ["version", "rules", "accepted", "migrations"];
/// The most characters of a message: it may quote the text.
const LONGEST_MESSAGE: usize = 300;

/// Why a text is no policy, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// A JSON pointer into the policy, such as `/rules/0/kind`; empty for the whole.
    pub pointer: String,
    /// From 1; missing where the text as a whole is to blame.
    pub line: Option<u32>,
    pub message: String,
}

impl fmt::Display for Slip {
    /// `rules[0].kind: there is no kind of change "colum.dropped" (line 3)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.pointer.split('/').skip(1).enumerate() {
            match part.parse::<usize>() {
                Ok(index) => write!(f, "[{index}]")?,
                Err(_) if at == 0 => f.write_str(part)?,
                Err(_) => write!(f, ".{part}")?,
            }
        }
        if !self.pointer.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)?;
        match self.line {
            Some(line) => write!(f, " (line {line})"),
            None => Ok(()),
        }
    }
}

/// Reads a policy. An empty text is the policy that decides nothing.
///
/// # Errors
/// The first [`Slip`].
pub fn read(text: &str) -> Result<Policy, Slip> {
    if text.len() > LONGEST {
        let message = format!("a policy may have at most {LONGEST} bytes");
        return Err(Slip { pointer: String::new(), line: None, message });
    }
    if text.trim().is_empty() {
        return Ok(Policy::default());
    }
    let policy: Policy = serde_yaml_ng::from_str(text).map_err(|error| of_shape(&error, &FIELDS))?;
    validate(&policy).map_err(|fault| {
        let (list, index) = fault.place();
        let pointer = match index {
            Some(index) => format!("/{list}/{index}"),
            None => format!("/{list}"),
        };
        Slip { line: line_of(text, list, index), pointer, message: fault.to_string() }
    })?;
    Ok(policy)
}

/// The parser's own words are `rules[0].kind: why at line 3 column 11`; what comes before the colon is only a place when it
/// begins with one of the file's fields.
pub(crate) fn of_shape(error: &serde_yaml_ng::Error, fields: &[&str]) -> Slip {
    let line = error.location().and_then(|location| u32::try_from(location.line()).ok());
    let whole = error.to_string();
    let said = match whole.rfind(" at line ") {
        Some(end) => &whole[..end],
        None => &whole,
    };
    let (path, message) = match said.split_once(": ") {
        Some((path, message)) if is_path(path, fields) => (path, message),
        _ => ("", said),
    };
    let pointer: String = path
        .split(['.', '[', ']'])
        .filter(|part| !part.is_empty() && *part != "?")
        .map(|part| format!("/{part}"))
        .collect();
    let message = message.chars().filter(|letter| !letter.is_control()).take(LONGEST_MESSAGE).collect();
    Slip { pointer, line, message }
}

fn is_path(text: &str, fields: &[&str]) -> bool {
    fields.iter().any(|field| text.starts_with(field))
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "_.[]?".contains(letter))
}

/// The line of a field, or of an item of its list.
pub(crate) fn line_of(text: &str, field: &str, index: Option<usize>) -> Option<u32> {
    let index = index.map(|index| index.to_string());
    let steps: Vec<&str> = std::iter::once(field).chain(index.as_deref()).collect();
    line_behind(text, &steps)
}

/// The line of what a JSON pointer names, or of the nearest thing around it that is there.
pub(crate) fn line_at(text: &str, pointer: &str) -> Option<u32> {
    let steps: Vec<&str> = pointer.split('/').skip(1).collect();
    (1..=steps.len()).rev().find_map(|long| line_behind(text, steps.get(..long)?))
}

fn line_behind(text: &str, steps: &[&str]) -> Option<u32> {
    let found = Probe { steps }.deserialize(serde_yaml_ng::Deserializer::from_str(text)).err()?;
    u32::try_from(found.location()?.line()).ok()
}

/// Walks to a place and fails there on purpose: the parser then says in which line that is.
#[derive(Clone, Copy)]
struct Probe<'a> {
    /// Names of fields and places in lists.
    steps: &'a [&'a str],
}

impl<'de> DeserializeSeed<'de> for Probe<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Probe<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another place")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((field, steps)) = self.steps.split_first() else { return Err(A::Error::custom("here")) };
        while let Some(name) = map.next_key::<String>()? {
            // To the end where it is not found in there: a parser that is left halfway fails, and not at the place.
            if name == *field {
                map.next_value_seed(Self { steps })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some((index, steps)) = self.steps.split_first() else { return Err(A::Error::custom("here")) };
        for _ in 0..index.parse::<usize>().unwrap_or_default() {
            list.next_element::<IgnoredAny>()?;
        }
        list.next_element_seed(Self { steps })?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// The YAML of a policy: what its author wrote, where that says the same.
pub(super) fn write(policy: &Policy, written: Option<String>) -> Result<String, crate::Error> {
    match written.filter(|text| read(text).as_ref() == Ok(policy)) {
        Some(text) => Ok(text),
        None => yaml(policy),
    }
}

fn yaml(value: &impl Serialize) -> Result<String, crate::Error> {
    serde_yaml_ng::to_string(value)
        .map_err(|error| crate::Error::Internal(format!("a policy has no YAML: {error}")))
}

/// The text with items added at the end of lists. Comments and order stay as they were; only where that cannot be done,
/// the whole is written anew.
///
/// # Errors
/// When the policy has become too long.
pub(super) fn extended(text: &str, from: &Policy, to: &Policy) -> Result<String, crate::Error> {
    let mut grown = text.trim_end().to_owned();
    let mut fits = !grown.is_empty();
    if fits {
        for (name, items) in [
            ("rules", items(&to.rules, from.rules.len())?),
            ("accepted", items(&to.accepted, from.accepted.len())?),
            ("migrations", items(&to.migrations, from.migrations.len())?),
        ] {
            if let Some(items) = items {
                match insert(&grown, name, &items) {
                    Some(longer) => grown = longer,
                    None => fits = false,
                }
            }
        }
    }
    if !fits || read(&grown).as_ref() != Ok(to) {
        grown = yaml(to)?;
    }
    if grown.len() > LONGEST {
        return Err(crate::Error::Conflict(format!(
            "The policy would have more than {LONGEST} bytes. Take out what is settled, or write a rule instead."
        )));
    }
    if !grown.ends_with('\n') {
        grown.push('\n');
    }
    Ok(grown)
}

/// The YAML of the items from `start` on; nothing when there are none.
fn items<T: Serialize>(list: &[T], start: usize) -> Result<Option<String>, crate::Error> {
    match list.get(start..) {
        Some(new) if !new.is_empty() => Ok(Some(yaml(&new)?)),
        _ => Ok(None),
    }
}

/// Puts items below a list's last line, as deep as the list's own. `None` for a list that is not written line by line.
fn insert(text: &str, name: &str, items: &str) -> Option<String> {
    let head = format!("{name}:");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let Some(at) = lines.iter().position(|line| line.starts_with(&head)) else {
        lines.push(head);
        lines.extend(indented(items, 2));
        return Some(lines.join("\n"));
    };
    let mut body = lines.split_off(at + 1);
    let rest = lines.pop()?.strip_prefix(&head)?.trim().to_owned();
    lines.push(match rest.as_str() {
        "" | "[]" => head,
        comment if comment.starts_with('#') => format!("{head} {comment}"),
        _ => return None,
    });
    // What is indented, blank, a comment or an item belongs to the list; the next field does not.
    let within = |line: &&String| line.is_empty() || line.starts_with([' ', '#', '-']);
    let mut next = body.split_off(body.iter().take_while(within).count());
    let written = |line: &String| !line.trim().is_empty() && !line.starts_with('#');
    let mut trailing = body.split_off(body.iter().rposition(written).map_or(0, |last| last + 1));
    let depth = body
        .iter()
        .find(|line| line.trim_start().starts_with('-'))
        .map_or(2, |line| line.len() - line.trim_start().len());
    lines.append(&mut body);
    lines.extend(indented(items, depth));
    lines.append(&mut trailing);
    lines.append(&mut next);
    Some(lines.join("\n"))
}

fn indented(items: &str, depth: usize) -> impl Iterator<Item = String> {
    let indent = " ".repeat(depth);
    items.lines().map(move |line| format!("{indent}{line}"))
}

#[cfg(test)]
mod tests;
