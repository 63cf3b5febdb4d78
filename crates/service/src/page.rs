//! Pages of lists by an opaque cursor.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use types::page::{DEFAULT_LIMIT, MAXIMUM_LIMIT, Page};

use crate::Error;

/// Which page is asked for.
#[derive(Clone, Debug)]
pub struct Paging {
    limit: u32,
    cursor: Option<String>,
}

impl Paging {
    /// # Errors
    /// [`Error::Invalid`] unless the limit is between 1 and [`MAXIMUM_LIMIT`].
    pub fn new(limit: Option<u32>, cursor: Option<String>) -> Result<Self, Error> {
        Ok(Self { limit: checked_limit(limit)?, cursor: cursor.filter(|cursor| !cursor.is_empty()) })
    }

    /// How many rows to read: one more than the page holds tells whether there is another page.
    #[must_use]
    pub fn rows(&self) -> u64 {
        u64::from(self.limit) + 1
    }

    /// The sort key after which the page starts.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the cursor is not one of ours.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Error> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .map(Some)
            .ok_or_else(|| {
                Error::field("/cursor", "cursor", "The cursor is not one that this list gave out.")
            })
    }

    /// Whether the list begins here.
    fn is_first(&self) -> bool {
        self.cursor.is_none()
    }

    /// The page with the number of all items, where it is the first of several: `count` is asked then alone.
    ///
    /// # Errors
    /// Those of `count`.
    pub(crate) async fn counted<T>(
        &self,
        page: Page<T>,
        count: impl Future<Output = Result<u64, store::Error>>,
    ) -> Result<Page<T>, Error> {
        let total = if self.is_first() && page.total.is_none() { Some(count.await?) } else { page.total };
        Ok(Page { total, ..page })
    }

    /// The page made of [`Paging::rows`] rows, of which the last only tells that there are more.
    pub fn page<T, K: Serialize>(&self, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Page<T> {
        let limit = self.limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .and_then(|last| serde_json::to_vec(&key(last)).ok())
            .map(|json| URL_SAFE_NO_PAD.encode(json));
        let total = (self.is_first() && !more).then_some(rows.len() as u64);
        Page { items: rows, next_cursor, total }
    }
}

/// The limit of a list, [`DEFAULT_LIMIT`] when it is missing.
///
/// # Errors
/// [`Error::Invalid`] unless it is between 1 and [`MAXIMUM_LIMIT`].
pub fn checked_limit(limit: Option<u32>) -> Result<u32, Error> {
    match limit.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1..=MAXIMUM_LIMIT => Ok(limit),
        _ => {
            Err(Error::field("/limit", "range", format!("The limit must be between 1 and {MAXIMUM_LIMIT}.")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_with_one_row_too_many_names_the_next() {
        let paging = Paging::new(Some(2), None).unwrap();
        let page = paging.page(vec![1, 2, 3], |row| *row);
        assert_eq!(page.items, [1, 2]);
        let next = Paging::new(Some(2), page.next_cursor).unwrap();
        assert_eq!(next.after::<i32>().unwrap(), Some(2));
        assert_eq!(next.page(vec![3], |row| *row).next_cursor, None);
    }

    #[tokio::test]
    async fn the_first_page_alone_says_how_many_there_are_and_counts_only_where_there_are_more() {
        let first = Paging::new(Some(2), None).unwrap();
        let total = async |paging: &Paging, rows: Vec<i32>| {
            let mut counted = false;
            let count = async {
                counted = true;
                Ok(7)
            };
            let page = paging.counted(paging.page(rows, |row| *row), count).await.unwrap();
            (page.total, counted)
        };
        assert_eq!(total(&first, vec![1, 2]).await, (Some(2), false));
        assert_eq!(total(&first, vec![1, 2, 3]).await, (Some(7), true));
        let cursor = first.page(vec![1, 2, 3], |row| *row).next_cursor;
        assert_eq!(total(&Paging::new(Some(2), cursor).unwrap(), vec![3]).await, (None, false));
    }

    #[test]
    fn a_foreign_cursor_and_a_limit_out_of_range_are_refused() {
        let paging = Paging::new(None, Some("!".to_owned())).unwrap();
        assert!(paging.after::<i32>().is_err());
        for limit in [0, MAXIMUM_LIMIT + 1] {
            assert!(Paging::new(Some(limit), None).is_err());
        }
    }
}
