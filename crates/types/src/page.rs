//! Pages of lists.

use serde::{Deserialize, Serialize};

/// How many items a page has when `limit` is missing.
pub const DEFAULT_LIMIT: u32 = 50;
/// The most items of a page.
pub const MAXIMUM_LIMIT: u32 = 200;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Give it back as `cursor` for the next page; missing on the last.
    pub next_cursor: Option<String>,
    /// How many there are on all pages together. Only with the first page, and only where it costs little to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// The same page of other items: what was made of these.
    #[must_use]
    pub fn with<U>(self, items: Vec<U>) -> Page<U> {
        Page { items, next_cursor: self.next_cursor, total: self.total }
    }
}
