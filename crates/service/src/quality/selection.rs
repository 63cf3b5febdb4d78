//! A page of columns from boards: filtered, ordered, and after a cursor.

use std::cmp::Ordering;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use types::quality::{Health, HealthTotals};
use types::snapshot::path_of;
use types::{SourceId, Timestamp};

use super::Sort;
use super::board::{Board, Column, Table};
use crate::ownership::Narrowed;

/// Which columns.
pub(super) struct Wanted<'a> {
    /// A table's path.
    pub(super) table: Option<&'a str>,
    pub(super) health: Option<Health>,
    /// A part of the table's path or the column's name, in any case.
    pub(super) text: Option<&'a str>,
    pub(super) sort: Sort,
    /// The other way round.
    pub(super) reverse: bool,
    pub(super) after: Option<Key>,
    pub(super) owned: Option<&'a Narrowed>,
}

/// A column's path.
pub(super) fn column_path(table: &str, column: &str) -> String {
    format!("{table}.{}", path_of(&[column]))
}

/// A place in a list of columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Key {
    rank: f64,
    source: SourceId,
    table: String,
    column: String,
}

/// A column of a page.
#[derive(Clone, Copy)]
pub(super) struct Chosen<'a> {
    pub(super) board: &'a Board,
    pub(super) table: &'a Table,
    pub(super) column: &'a Column,
    rank: f64,
}

impl Chosen<'_> {
    /// Its place, for the cursor.
    pub(super) fn key(&self) -> Key {
        Key {
            rank: self.rank,
            source: self.board.source,
            table: self.table.path.to_string(),
            column: self.column.name.to_string(),
        }
    }

    fn cmp_key(&self, key: &Key) -> Ordering {
        let own = (self.board.source, &*self.table.path, &*self.column.name);
        let other = (key.source, key.table.as_str(), key.column.as_str());
        self.rank.total_cmp(&key.rank).then_with(|| own.cmp(&other))
    }
}

/// Where a column is: its rank, its board and its place there, which are in the order of names.
type Place = (f64, usize, usize);

/// The first `rows` columns that are wanted, in their order, and what all of them add up to whatever their health: that
/// is what one filters by. Boards are in the order of their sources.
pub(super) fn select<'a>(
    boards: &'a [Arc<Board>],
    wanted: &Wanted<'_>,
    rows: usize,
) -> (Vec<Chosen<'a>>, HealthTotals) {
    let mut totals = HealthTotals::default();
    let mut places: Vec<Place> = Vec::new();
    let text = wanted.text.map(str::to_lowercase);
    for (number, board) in boards.iter().enumerate() {
        let named = |table: &Table| text.as_deref().is_none_or(|text| holds(&table.path, text));
        let named: Vec<bool> = board.tables.iter().map(named).collect();
        for (at, column) in columns(board, wanted.table) {
            if !named[column.table] && !text.as_deref().is_some_and(|text| holds(&column.name, text)) {
                continue;
            }
            let path = || column_path(&board.table(column).path, &column.name);
            if wanted.owned.is_some_and(|owned| !owned.wants(board.source, &path())) {
                continue;
            }
            *count(&mut totals, column.health) += 1;
            if wanted.health.is_none_or(|health| health == column.health) {
                places.push((rank(board.table(column), column, wanted.sort), number, at));
            }
        }
    }
    let chosen = |&(rank, number, at): &Place| {
        let board = &*boards[number];
        let column = &board.columns[at];
        Chosen { board, table: board.table(column), column, rank }
    };
    if let Some(after) = &wanted.after {
        let beyond = if wanted.reverse { Ordering::Less } else { Ordering::Greater };
        places.retain(|place| chosen(place).cmp_key(after) == beyond);
    }
    let order = |a: &Place, b: &Place| {
        let order = a.0.total_cmp(&b.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2)));
        if wanted.reverse { order.reverse() } else { order }
    };
    // Only the first page's worth is put in order.
    if rows < places.len() {
        places.select_nth_unstable_by(rows, order);
        places.truncate(rows);
    }
    places.sort_unstable_by(order);
    (places.iter().map(chosen).collect(), totals)
}

/// The columns of a board, or of one of its tables, with their places.
fn columns<'a>(board: &'a Board, table: Option<&str>) -> impl Iterator<Item = (usize, &'a Column)> {
    let all = board.columns.len();
    let range = match table {
        None => 0..all,
        Some(path) => match board.tables.binary_search_by(|table| (*table.path).cmp(path)) {
            Ok(table) => {
                let start = board.columns.partition_point(|column| column.table < table);
                let end = board.columns.partition_point(|column| column.table <= table);
                start..end
            }
            Err(_) => 0..0,
        },
    };
    range.clone().zip(&board.columns[range])
}

/// How many columns of some boards wear each badge.
pub(super) fn totals(boards: &[Arc<Board>]) -> HealthTotals {
    let mut totals = HealthTotals::default();
    for column in boards.iter().flat_map(|board| &board.columns) {
        *count(&mut totals, column.health) += 1;
    }
    totals
}

fn count(totals: &mut HealthTotals, health: Health) -> &mut u32 {
    match health {
        Health::Healthy => &mut totals.healthy,
        Health::Warning => &mut totals.warning,
        Health::Critical => &mut totals.critical,
        Health::Unknown => &mut totals.unknown,
    }
}

/// Whether a text holds another, which is in lower case.
fn holds(text: &str, part: &str) -> bool {
    if text.is_ascii() && part.is_ascii() {
        let (text, part) = (text.as_bytes(), part.as_bytes());
        return part.is_empty() || text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part));
    }
    text.to_lowercase().contains(part)
}

/// Later than any value, in milliseconds; exact as a float.
const FAR_FUTURE: f64 = 1e15;

/// What comes before the names in the order, the least first; columns without the figure come last.
fn rank(table: &Table, column: &Column, sort: Sort) -> f64 {
    match sort {
        Sort::Name => 0.0,
        Sort::Health => match column.health {
            Health::Critical => 0.0,
            Health::Warning => 1.0,
            Health::Healthy => 2.0,
            Health::Unknown => 3.0,
        },
        Sort::NullPercent => 0.0 - column.null_percent.unwrap_or(-1.0),
        Sort::Uniqueness => column.uniqueness_percent.unwrap_or(101.0),
        // Milliseconds stay far below 2^53.
        Sort::Freshness => {
            table.latest_value_at.map(Timestamp::millis).map_or(FAR_FUTURE, |millis| millis as f64)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_part_of_a_text_is_found_in_any_case() {
        for (text, part, found) in [
            ("public.Orders", "order", true),
            ("public.orders", "", true),
            ("a", "ab", false),
            ("Straße_Größe", "größe", true),
            ("STRASSE", "ß", false),
            ("a_b", "%", false),
        ] {
            assert_eq!(holds(text, part), found, "{text} {part}");
        }
    }
}
