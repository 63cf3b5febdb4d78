//! Cutting results into pages that every client can take.

use serde::Serialize;
use types::protocol::{PAGE_BYTES, ToolError};

use super::failure;

/// What of a page's limit is left for the answer around the values: progress, warnings, and the first page's header.
const ENVELOPE: usize = 64 * 1024;

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

    #[test]
    fn a_cursor_from_elsewhere_is_refused() {
        assert_eq!(position(Some("")).unwrap(), 0);
        assert_eq!(position(Some("x")).unwrap_err().code, "cursor");
    }
}
