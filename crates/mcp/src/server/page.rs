//! Cutting results into pages that every client can take.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use types::profile::TableProfile;
use types::protocol::{PAGE_BYTES, ToolError};
use types::snapshot::{Object, Warning};

use super::failure;

/// What of a page's limit is left for the answer around the values: progress, warnings, and the first page's header.
const ENVELOPE: usize = 64 * 1024;

/// How many bytes stay of each text of an object that fits no page whole: the first of these that is enough.
fn kept() -> impl Iterator<Item = usize> {
    (7..=18).rev().map(|power| 1 << power)
}

/// How many entries stay of each list where shorter texts are not enough.
fn entries() -> impl Iterator<Item = usize> {
    (4..=16).rev().map(|power| 1 << power)
}

/// A value and the bytes of its JSON, measured once.
#[derive(Clone, Debug)]
pub(super) struct Sized<T> {
    value: T,
    bytes: usize,
}

impl<T: Serialize> Sized<T> {
    pub(super) fn new(value: T) -> Self {
        let bytes = serde_json::to_vec(&value).map_or(0, |json| json.len());
        Self { value, bytes }
    }
}

/// Objects, each fit for a page. Of one that is larger the longest texts (definitions, comments) are cut, and if that is
/// not enough the longest lists (values of an enumeration, rights); what stays of them names the hash of the rest, so that
/// a change still shows. What was cut is told by a warning.
pub(super) fn fitting(objects: Vec<Object>) -> (Vec<Sized<Object>>, Option<Warning>) {
    let mut warning: Option<Warning> = None;
    let fit = objects.into_iter().map(|object| {
        let whole = Sized::new(object);
        if whole.bytes <= PAGE_BYTES - ENVELOPE {
            return whole;
        }
        let warning = warning.get_or_insert_with(|| Warning {
            code: "truncated".into(),
            subject: whole.value.path.clone(),
            count: 0,
            message:
                "Texts and lists that are too long for a page were cut; a change in them is still noticed."
                    .into(),
        });
        warning.count += 1;
        cut_to_fit(whole)
    });
    let fit = fit.collect();
    (fit, warning)
}

fn cut_to_fit(whole: Sized<Object>) -> Sized<Object> {
    let smallest = cut_until_it_fits(whole, kept(), longest_text, cut_texts);
    cut_until_it_fits(smallest, entries(), longest_list, cut_lists)
}

fn cut_until_it_fits(
    whole: Sized<Object>,
    lengths: impl Iterator<Item = usize>,
    longest: fn(&Value) -> usize,
    cut: fn(&mut Value, usize),
) -> Sized<Object> {
    if whole.bytes <= PAGE_BYTES - ENVELOPE {
        return whole;
    }
    let Ok(json) = serde_json::to_value(&whole.value) else { return whole };
    let longest = longest(&json);
    let mut smallest = whole;
    for most in lengths.filter(|most| *most < longest) {
        let mut json = json.clone();
        cut(&mut json, most);
        let Ok(object) = serde_json::from_value(json) else { break };
        smallest = Sized::new(object);
        if smallest.bytes <= PAGE_BYTES - ENVELOPE {
            break;
        }
    }
    smallest
}

fn longest_text(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(longest_text).max().unwrap_or(0),
        Value::Object(fields) => fields.values().map(longest_text).max().unwrap_or(0),
        _ => 0,
    }
}

fn longest_list(value: &Value) -> usize {
    match value {
        Value::Array(values) => values.iter().map(longest_list).max().unwrap_or(0).max(values.len()),
        Value::Object(fields) => fields.values().map(longest_list).max().unwrap_or(0),
        _ => 0,
    }
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Cuts the lists in a value that have more than `most` entries. Columns stay: each is something of its own to whoever
/// looks at the object, and databases have few thousands at most.
fn cut_lists(value: &mut Value, most: usize) {
    match value {
        Value::Array(values) => {
            if values.len() > most {
                let rest = values.split_off(most.saturating_sub(1));
                values.extend(stand_in(&rest));
            }
            values.iter_mut().for_each(|value| cut_lists(value, most));
        }
        Value::Object(fields) => fields
            .iter_mut()
            .filter(|(name, _)| !matches!(name.as_str(), "path" | "parts" | "columns" | "attributes"))
            .for_each(|(_, value)| cut_lists(value, most)),
        _ => {}
    }
}

/// One entry for those that were cut, of their form, and called by how many they are.
fn stand_in(rest: &[Value]) -> Option<Value> {
    let bytes = serde_json::to_vec(rest).unwrap_or_default();
    let text = Value::from(format!("… (cut: {} entries, SHA-256 {})", rest.len(), hash(&bytes)));
    let mut entry = rest.first()?.clone();
    match entry.as_object_mut() {
        Some(fields) => {
            for name in ["name", "grantee"] {
                if let Some(named) = fields.get_mut(name) {
                    *named = text.clone();
                }
            }
        }
        None => entry = text,
    }
    Some(entry)
}

/// Cuts the texts in a value that are longer than `most` bytes, but for what an object is found by.
fn cut_texts(value: &mut Value, most: usize) {
    match value {
        Value::String(text) if text.len() > most => {
            let rest = format!("… (cut: {} bytes, SHA-256 {})", text.len(), hash(text.as_bytes()));
            text.truncate(text.floor_char_boundary(most.saturating_sub(rest.len())));
            text.push_str(&rest);
        }
        Value::Array(values) => values.iter_mut().for_each(|value| cut_texts(value, most)),
        Value::Object(fields) => fields
            .iter_mut()
            .filter(|(name, _)| !matches!(name.as_str(), "path" | "parts"))
            .for_each(|(_, value)| cut_texts(value, most)),
        _ => {}
    }
}

/// A table's profile, in parts that each fit a page where all its columns do not.
pub(super) fn parts(mut profile: TableProfile) -> Vec<Sized<TableProfile>> {
    let columns = std::mem::take(&mut profile.columns);
    let rest = TableProfile { expectations: Vec::new(), ..profile.clone() };
    let (mut parts, mut part) = (Vec::new(), Sized::new(profile));
    for (before, column) in (0..).zip(columns.into_iter().map(Sized::new)) {
        if part.bytes + column.bytes + 1 > PAGE_BYTES - ENVELOPE && !part.value.columns.is_empty() {
            let next = Sized::new(TableProfile { columns_before: before, ..rest.clone() });
            parts.push(std::mem::replace(&mut part, next));
        }
        part.bytes += column.bytes + 1;
        part.value.columns.push(column.value);
    }
    parts.push(part);
    parts
}

/// The index in a cursor; the first without one.
pub(super) fn position(cursor: Option<&str>) -> Result<usize, ToolError> {
    match cursor {
        None | Some("") => Ok(0),
        Some(cursor) => {
            cursor.parse().map_err(|_| failure("cursor", "This cursor was not given out by this tool."))
        }
    }
}

/// As many values from `start` on as fit, at least one if there is any, and where the next page starts.
pub(super) fn cut<T: Clone>(values: &[Sized<T>], start: usize, max_bytes: Option<usize>) -> (Vec<T>, usize) {
    let most = max_bytes.unwrap_or(PAGE_BYTES).min(PAGE_BYTES - ENVELOPE);
    let mut page = Vec::new();
    let mut bytes = 0;
    for value in values.get(start..).unwrap_or_default() {
        bytes += value.bytes + 1;
        if bytes > most && !page.is_empty() {
            break;
        }
        page.push(value.value.clone());
    }
    let next = start + page.len();
    (page, next)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use types::profile::ColumnProfile;

    use super::*;

    #[test]
    fn pages_join_up_to_the_whole_and_none_is_empty() {
        let values: Vec<Sized<String>> = (0..50).map(|i| Sized::new("x".repeat(i * 7))).collect();
        let whole: Vec<String> = values.iter().map(|value| value.value.clone()).collect();
        for max_bytes in [1, 100, 1000, usize::MAX] {
            let mut joined = Vec::new();
            while joined.len() < values.len() {
                let (page, next) = cut(&values, joined.len(), Some(max_bytes));
                assert!(!page.is_empty());
                let bytes: usize = page.iter().map(|text| text.len() + 3).sum();
                assert!(page.len() == 1 || bytes <= max_bytes, "{bytes} bytes in a page of {max_bytes}");
                joined.extend(page);
                assert_eq!(next, joined.len());
            }
            assert_eq!(joined, whole);
        }
    }

    fn table(comments: usize, length: usize, last: char) -> Object {
        let column = |number: usize| {
            let comment = format!("{}{last}", "ä".repeat(length / 2));
            serde_json::json!({"name": format!("c{number}"), "position": number + 1, "type": "text", "nullable": true,
                               "comment": comment})
        };
        let columns: Vec<Value> = (0..comments).map(column).collect();
        let object = serde_json::json!({"path": "public.t", "parts": ["public", "t"], "kind": "table", "columns": columns});
        serde_json::from_value(object).unwrap()
    }

    #[test]
    fn an_object_larger_than_a_page_is_cut_to_fit_and_a_change_in_it_still_shows() {
        for (comments, length) in [(1, 1_500_000), (40, 30_000), (1600, 900)] {
            let (fit, warning) = fitting(vec![table(comments, length, 'a'), table(1, 10, 'a')]);
            assert!(fit[0].bytes <= PAGE_BYTES - ENVELOPE, "{comments} of {length}: {}", fit[0].bytes);
            assert!(fit[0].bytes > 100_000, "not more than needed is cut: {}", fit[0].bytes);
            assert_eq!(fit[1].value, table(1, 10, 'a'), "others stay as they are");
            let warning = warning.unwrap();
            assert_eq!((warning.subject.as_str(), warning.count), ("public.t", 1));
            let (same, _) = fitting(vec![table(comments, length, 'a')]);
            let (changed, _) = fitting(vec![table(comments, length, 'b')]);
            assert_eq!(same[0].value, fit[0].value);
            assert_ne!(changed[0].value, fit[0].value);
        }
        assert_eq!(fitting(vec![table(1, 10, 'a')]).1, None);
    }

    #[test]
    fn lists_too_long_for_a_page_are_cut_and_a_change_in_them_still_shows() {
        const COUNT: u32 = 9_000;
        // As long as texts may be that are never cut.
        let values = |count: u32, last: &str| {
            let names = (1..count).map(|number| format!("value {number:0110}")).chain([last.to_owned()]);
            json!({"path": "public.t", "parts": ["public", "t"], "kind": "enum", "values": names.collect::<Vec<_>>()})
        };
        let granted = |count: u32, last: &str| {
            let names = (1..count).map(|number| format!("role {number:0110}")).chain([last.to_owned()]);
            let may = names.map(|name| json!({"grantee": name, "rights": ["select"], "column": "id"}));
            let columns: Vec<Value> = (1..=400)
                .map(|place| json!({"name": format!("c{place}"), "position": place, "type": "text", "nullable": true}))
                .collect();
            json!({"path": "public.t", "parts": ["public", "t"], "kind": "table", "columns": columns,
                   "privileges": may.collect::<Vec<_>>()})
        };
        let of = |json: Value| serde_json::from_value::<Object>(json).unwrap();
        for list in ["values", "privileges"] {
            let make =
                |count, last| if list == "values" { values(count, last) } else { granted(count, last) };
            let (fit, warning) = fitting(vec![of(make(COUNT, "last"))]);
            assert!(fit[0].bytes <= PAGE_BYTES - ENVELOPE, "{list}: {}", fit[0].bytes);
            assert!(fit[0].bytes > 100_000, "{list}: not more than needed is cut: {}", fit[0].bytes);
            assert_eq!(warning.map(|warning| warning.count), Some(1), "{list}");
            let told = serde_json::to_value(&fit[0].value).unwrap();
            let whole = make(COUNT, "last");
            let (kept, all) = (told[list].as_array().unwrap(), whole[list].as_array().unwrap());
            assert_eq!(kept[0], serde_json::to_value(of(whole.clone())).unwrap()[list][0]);
            let cut = format!("cut: {} entries", all.len() - kept.len() + 1);
            assert!(kept[kept.len() - 1].to_string().contains(&cut), "{list}: {:?}", kept.last());
            assert_eq!(told["columns"].as_array().map(Vec::len), whole["columns"].as_array().map(Vec::len));
            let (same, _) = fitting(vec![of(make(COUNT, "last"))]);
            let (changed, _) = fitting(vec![of(make(COUNT, "other"))]);
            assert_eq!(same[0].value, fit[0].value);
            assert_ne!(changed[0].value, fit[0].value, "{list}");
            assert_eq!(fitting(vec![of(make(100, "last"))]).1, None);
        }
    }

    #[test]
    fn a_profile_of_more_columns_than_a_page_has_room_for_comes_in_parts() {
        let profile = |columns: usize| TableProfile {
            table: "public.t".into(),
            row_count: 7,
            columns: (0..columns)
                .map(|number| ColumnProfile { column: format!("c{number:0600}"), ..ColumnProfile::default() })
                .collect(),
            expectations: vec![
                serde_json::from_value(
                    json!({"id": "00000000-0000-7000-8000-000000000000", "state": "passed"}),
                )
                .unwrap(),
            ],
            ..TableProfile::default()
        };
        let whole = profile(3_000);
        let parts = parts(whole.clone());
        assert!(parts.len() > 2, "{}", parts.len());
        let mut joined = TableProfile { columns: Vec::new(), ..whole.clone() };
        for part in parts {
            let bytes = Sized::new(part.value.clone()).bytes;
            assert!(bytes <= part.bytes && part.bytes <= PAGE_BYTES - ENVELOPE, "{bytes} {}", part.bytes);
            assert_eq!(usize::try_from(part.value.columns_before), Ok(joined.columns.len()));
            assert_eq!(part.value.expectations.len(), usize::from(joined.columns.is_empty()));
            assert_eq!((part.value.table.as_str(), part.value.row_count), ("public.t", 7));
            joined.columns.extend(part.value.columns);
        }
        assert_eq!(joined, whole);
        let small = super::parts(profile(3));
        assert_eq!((small.len(), &small[0].value), (1, &profile(3)));
        assert_eq!(super::parts(TableProfile::default()).len(), 1, "one that was skipped has no columns");
    }

    #[test]
    fn a_cursor_from_elsewhere_is_refused() {
        assert_eq!(position(Some("")).unwrap(), 0);
        assert_eq!(position(Some("x")).unwrap_err().code, "cursor");
    }
}
