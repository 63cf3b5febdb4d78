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
}
