//! Indexes, as the catalog keeps them and as a snapshot tells them.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Row;
use types::snapshot::{Index, IndexPart};

use super::column::RawColumns;
use super::dictionary::{Dictionary, Ids};
use super::text::Texts;
use super::{ByRelation, get, physical};
use crate::ScanError;

/// Only what has to be put in words by the server is: expressions and conditions.
pub(super) const INDEXES: &str = "\
    SELECT i.indexrelid, i.indrelid, c.relname, i.indisunique, c.relam, i.indisvalid, i.indnkeyatts, \
           i.indkey, i.indoption, i.indclass, i.indcollation, \
           i.indpred IS NOT NULL, pg_catalog.pg_get_expr(i.indpred, i.indrelid), \
           CASE WHEN i.indexprs IS NOT NULL THEN ARRAY( \
               SELECT pg_catalog.pg_get_indexdef(i.indexrelid, p.place, false) \
               FROM pg_catalog.generate_series(1, i.indnatts) p(place) \
               WHERE i.indkey[p.place - 1] = 0 ORDER BY p.place) END, \
           NULLS_NOT_DISTINCT, c.relpages * (SELECT pg_catalog.current_setting('block_size')::int8) \
    FROM pg_catalog.pg_index i \
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND NOT c.relispartition \
    WHERE c.oid >= 16384 AND c.relpersistence <> 't' AND c.relnamespace <> 'pg_toast'::pg_catalog.regnamespace \
      AND ($1::pg_catalog.oid[] IS NULL OR i.indrelid = ANY ($1))";

/// A row of `pg_index`. Columns are numbers, 0 for an expression.
pub(super) struct RawIndex {
    oid: u32,
    relation: u32,
    name: String,
    unique: bool,
    method: u32,
    valid: bool,
    /// How many of the columns are searched by; the others are carried along.
    keys: usize,
    columns: Vec<i16>,
    options: Vec<i16>,
    operator_classes: Vec<u32>,
    collations: Vec<u32>,
    partial: bool,
    predicate: Option<String>,
    expressions: Vec<Option<String>>,
    pub(super) nulls_not_distinct: bool,
    /// On disk, when it was last looked at.
    bytes: u64,
}

/// By their own ids.
pub(super) type RawIndexes = HashMap<u32, RawIndex>;

pub(super) fn indexes(rows: &[Row]) -> Result<RawIndexes, ScanError> {
    let read = |row| {
        let oid = get(row, 0)?;
        let index = RawIndex {
            oid,
            relation: get(row, 1)?,
            name: get(row, 2)?,
            unique: get(row, 3)?,
            method: get(row, 4)?,
            valid: get(row, 5)?,
            keys: usize::try_from(get::<i16>(row, 6)?).unwrap_or(0),
            columns: get(row, 7)?,
            options: get(row, 8)?,
            operator_classes: get(row, 9)?,
            collations: get(row, 10)?,
            partial: get(row, 11)?,
            predicate: get(row, 12)?,
            expressions: get::<Option<Vec<Option<String>>>>(row, 13)?.unwrap_or_default(),
            nulls_not_distinct: get(row, 14)?,
            bytes: get::<i64>(row, 15)?.max(0).unsigned_abs(),
        };
        Ok((oid, index))
    };
    rows.iter().map(read).collect()
}

/// The bytes of all indexes of each relation.
pub(super) fn bytes(indexes: &RawIndexes) -> HashMap<u32, u64> {
    let mut bytes: HashMap<u32, u64> = HashMap::new();
    for index in indexes.values() {
        let of_relation = bytes.entry(index.relation).or_default();
        *of_relation = of_relation.saturating_add(index.bytes);
    }
    bytes
}

impl RawIndex {
    /// The columns that are carried along.
    pub(super) fn include(&self) -> &[i16] {
        self.columns.get(self.keys..).unwrap_or_default()
    }

    /// What has to be looked up for it.
    pub(super) fn ask(&self, ids: &mut Ids) {
        ids.methods.insert(self.method);
        ids.operator_classes.extend(&self.operator_classes);
        ids.collations.extend(&self.collations);
    }

    /// `None` when something it names has vanished.
    fn finish(self, columns: &RawColumns, dictionary: &Dictionary, texts: &mut Texts) -> Option<Index> {
        let mut expressions = self.expressions.into_iter();
        let mut names = Vec::with_capacity(self.columns.len());
        for &column in &self.columns {
            names.push(match column {
                0 => expressions.next()??,
                _ => columns.name(self.relation, column)?.to_owned(),
            });
        }
        if self.partial && self.predicate.is_none() {
            return None;
        }
        let include = names.split_off(self.keys.min(names.len()));
        let part = |(place, expression): (usize, String)| {
            let option = self.options.get(place).copied().unwrap_or(0);
            let class = self.operator_classes.get(place).and_then(|id| dictionary.operator_class(*id));
            let column = self.columns.get(place).and_then(|column| columns.collation(self.relation, *column));
            let collation = self.collations.get(place).filter(|collation| column != Some(**collation));
            let collation = collation.and_then(|id| dictionary.collation(*id));
            IndexPart {
                expression,
                descending: option & 1 != 0,
                nulls_first: option & 2 != 0,
                operator_class: class.map(str::to_owned),
                collation: collation.filter(|name| *name != "default").map(str::to_owned),
                ..IndexPart::default()
            }
        };
        Some(Index {
            name: self.name,
            unique: self.unique,
            method: dictionary.method(self.method)?.to_owned(),
            parts: names.into_iter().enumerate().map(part).collect(),
            include,
            predicate: self.predicate,
            valid: self.valid,
            comment: texts.of_relation(self.oid, 0),
            nulls_not_distinct: self.nulls_not_distinct,
            physical: physical(self.oid),
        })
    }
}

/// The indexes of the relations that are told.
pub(super) fn finish(
    indexes: RawIndexes,
    told: &HashSet<u32>,
    columns: &RawColumns,
    dictionary: &Dictionary,
    texts: &mut Texts,
    vanished: &mut u32,
) -> ByRelation<Index> {
    let mut finished: ByRelation<Index> = HashMap::new();
    for index in indexes.into_values() {
        let relation = index.relation;
        if !told.contains(&relation) {
            continue;
        }
        match index.finish(columns, dictionary, texts) {
            Some(index) => finished.entry(relation).or_default().push(index),
            None => *vanished += 1,
        }
    }
    for indexes in finished.values_mut() {
        indexes.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    }
    finished
}
