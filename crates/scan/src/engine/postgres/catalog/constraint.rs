//! Keys, references and conditions, as the catalog keeps them and as a snapshot tells them.

use std::collections::{HashMap, HashSet};

use tokio_postgres::Row;
use types::snapshot::{Check, Exclusion, ForeignKey, Key, NotNull, path_of};

use super::column::RawColumns;
use super::dictionary::{Dictionary, Ids};
use super::index::{RawIndex, RawIndexes};
use super::text::Texts;
use super::{get, letter, physical};
use crate::ScanError;

/// Partitions repeat their parent's constraints, and a reference to a partitioned table has a row for each partition
/// of it: `conparentid` marks both.
pub(super) const CONSTRAINTS: &str = "\
    SELECT k.oid, k.conrelid, k.conname, k.contype, k.condeferrable, k.convalidated, k.conkey, \
           k.conindid, k.confrelid, k.confkey, k.confdeltype, k.confupdtype, k.condeferred, ON_DELETE_COLUMNS, \
           NOT_ENFORCED, k.confmatchtype, k.connoinherit, OVER_TIME, \
           CASE k.contype WHEN 'c' THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid) \
                          WHEN 'x' THEN pg_catalog.pg_get_constraintdef(k.oid) END \
    FROM pg_catalog.pg_constraint k \
    WHERE (k.contype IN ('p', 'u', 'f', 'c', 'x') NOT_NULLS) AND (k.contype <> 'f' OR k.conparentid = 0) \
      AND k.conrelid >= 16384 AND k.conrelid NOT IN (PARTITIONS) \
      AND ($1::pg_catalog.oid[] IS NULL OR k.conrelid = ANY ($1))";

/// From version 18 on each `NOT NULL` is a constraint. Only those are asked for of which there is more to tell than that
/// they are there; what is inherited is the parent's.
pub(super) const NOT_NULLS: &str = "\
    OR (k.contype = 'n' AND k.oid IN ( \
        SELECT l.oid FROM pg_catalog.pg_constraint l \
        LEFT JOIN pg_catalog.pg_description d ON d.objoid = l.oid \
             AND d.classoid = 'pg_catalog.pg_constraint'::pg_catalog.regclass \
        WHERE l.contype = 'n' AND l.conislocal AND l.conrelid >= 16384 \
          AND (NOT l.convalidated OR l.connoinherit OR d.objoid IS NOT NULL \
               OR l.conname !~ '_not_null[0-9]*$')))";

/// A row of `pg_constraint`. Columns are numbers.
pub(super) struct RawConstraint {
    oid: u32,
    relation: u32,
    name: String,
    kind: u8,
    deferrable: bool,
    validated: bool,
    /// Of a condition also 0 for a whole row, and the numbers of system columns.
    columns: Vec<i16>,
    /// The index that keeps a key, or on which a reference leans.
    index: u32,
    references: u32,
    referenced: Vec<i16>,
    on_delete: u8,
    on_update: u8,
    initially_deferred: bool,
    /// Which of the columns a deletion sets.
    on_delete_columns: Vec<i16>,
    not_enforced: bool,
    match_full: bool,
    no_inherit: bool,
    /// Its last column is a span of time.
    over_time: bool,
    /// A condition, or an exclusion's definition.
    expression: Option<String>,
}

/// The constraints of one table.
#[derive(Default)]
pub(super) struct Constraints {
    pub(super) primary_key: Option<Key>,
    pub(super) uniques: Vec<Key>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    pub(super) checks: Vec<Check>,
    pub(super) exclusions: Vec<Exclusion>,
    /// By the number of the column, each with its name, whoever chose it.
    pub(super) not_nulls: HashMap<i16, NotNull>,
}

pub(super) fn constraints(rows: &[Row]) -> Result<Vec<RawConstraint>, ScanError> {
    let read = |row| {
        Ok(RawConstraint {
            oid: get(row, 0)?,
            relation: get(row, 1)?,
            name: get(row, 2)?,
            kind: letter(row, 3)?,
            deferrable: get(row, 4)?,
            validated: get(row, 5)?,
            columns: get::<Option<Vec<i16>>>(row, 6)?.unwrap_or_default(),
            index: get(row, 7)?,
            references: get(row, 8)?,
            referenced: get::<Option<Vec<i16>>>(row, 9)?.unwrap_or_default(),
            on_delete: letter(row, 10)?,
            on_update: letter(row, 11)?,
            initially_deferred: get(row, 12)?,
            on_delete_columns: get::<Option<Vec<i16>>>(row, 13)?.unwrap_or_default(),
            not_enforced: get(row, 14)?,
            match_full: letter(row, 15)? == b'f',
            no_inherit: get(row, 16)?,
            over_time: get(row, 17)?,
            expression: get(row, 18)?,
        })
    };
    let mut constraints: Vec<RawConstraint> = rows.iter().map(read).collect::<Result<_, ScanError>>()?;
    constraints.sort_unstable_by(|a, b| (a.relation, &a.name).cmp(&(b.relation, &b.name)));
    Ok(constraints)
}

/// The names by which constraints refer to things.
pub(super) struct Names<'a> {
    pub(super) columns: &'a RawColumns,
    /// Paths of the relations that were read.
    pub(super) relations: &'a HashMap<u32, String>,
    pub(super) dictionary: &'a Dictionary,
}

impl Names<'_> {
    fn path(&self, relation: u32) -> Option<String> {
        let known = self.relations.get(&relation).cloned();
        known.or_else(|| self.dictionary.relation(relation).map(|parts| path_of(parts)))
    }

    fn columns(&self, relation: u32, numbers: &[i16]) -> Option<Vec<String>> {
        let name = |number: &i16| {
            let known = self.columns.name(relation, *number);
            known.or_else(|| self.dictionary.column(relation, *number)).map(str::to_owned)
        };
        numbers.iter().map(name).collect()
    }
}

impl RawConstraint {
    /// The index that keeps it, and is no index of its own for anybody else.
    pub(super) fn owned_index(&self) -> Option<u32> {
        matches!(self.kind, b'p' | b'u' | b'x').then_some(self.index)
    }

    /// What has to be looked up for it: what it refers to in relations that were not read.
    pub(super) fn ask(&self, columns: &RawColumns, relations: &HashMap<u32, String>, ids: &mut Ids) {
        let known = relations.contains_key(&self.references);
        let unknown = |number: &&i16| !known || columns.name(self.references, **number).is_none();
        let unknown = self.referenced.iter().filter(unknown);
        ids.columns.extend(unknown.map(|number| (self.references, *number)));
    }

    /// `None` when something it names has vanished.
    fn finish(
        self,
        names: &Names<'_>,
        indexes: &RawIndexes,
        texts: &mut Texts,
        of_table: &mut Constraints,
    ) -> Option<()> {
        let columns = || names.columns(self.relation, &self.columns);
        let (name, physical) = (self.name, physical(self.oid));
        let (deferrable, initially_deferred) = (self.deferrable, self.initially_deferred);
        let (validated, not_enforced) = (self.validated, self.not_enforced);
        let comment = texts.of_constraint(self.oid);
        match self.kind {
            kind @ (b'p' | b'u') => {
                let index = indexes.get(&self.index);
                let nulls_not_distinct = index.is_some_and(|index| index.nulls_not_distinct);
                let columns = columns()?;
                let include = index.map_or(&[][..], RawIndex::include);
                let include = names.columns(self.relation, include)?;
                let key = Key {
                    name,
                    columns,
                    include,
                    deferrable,
                    initially_deferred,
                    nulls_not_distinct,
                    without_overlaps: self.over_time,
                    comment,
                    physical,
                };
                if kind == b'p' {
                    of_table.primary_key = Some(key);
                } else {
                    of_table.uniques.push(key);
                }
            }
            b'f' => of_table.foreign_keys.push(ForeignKey {
                name,
                columns: columns()?,
                references: names.path(self.references)?,
                referenced_columns: names.columns(self.references, &self.referenced)?,
                on_delete: action(self.on_delete).into(),
                on_update: action(self.on_update).into(),
                on_delete_columns: names.columns(self.relation, &self.on_delete_columns)?,
                match_full: self.match_full,
                period: self.over_time,
                deferrable,
                initially_deferred,
                not_enforced,
                validated,
                comment,
                physical,
            }),
            b'c' => {
                let expression = self.expression?;
                let no_inherit = self.no_inherit;
                of_table.checks.push(Check {
                    name,
                    expression,
                    validated,
                    no_inherit,
                    not_enforced,
                    comment,
                    physical,
                });
            }
            b'n' => {
                let name = Some(name).filter(|name| !is_by_server(name));
                let told = NotNull { name, validated, no_inherit: self.no_inherit, comment };
                of_table.not_nulls.extend(self.columns.first().map(|column| (*column, told)));
            }
            _ => {
                let definition = self.expression?;
                of_table.exclusions.push(Exclusion { name, definition, comment, physical });
            }
        }
        Some(())
    }
}

/// The constraints of the relations that are told.
pub(super) fn finish(
    constraints: Vec<RawConstraint>,
    told: &HashSet<u32>,
    names: &Names<'_>,
    indexes: &RawIndexes,
    texts: &mut Texts,
    vanished: &mut u32,
) -> HashMap<u32, Constraints> {
    let mut finished: HashMap<u32, Constraints> = HashMap::new();
    for constraint in constraints.into_iter().filter(|constraint| told.contains(&constraint.relation)) {
        let of_table = finished.entry(constraint.relation).or_default();
        if constraint.finish(names, indexes, texts, of_table).is_none() {
            *vanished += 1;
        }
    }
    finished
}

/// Whether it is what the server calls a `NOT NULL` that nobody named: after the table and the column, as they were called
/// then, and with a number where that was taken. It stays when either is renamed.
fn is_by_server(name: &str) -> bool {
    name.trim_end_matches(|last: char| last.is_ascii_digit()).ends_with("_not_null")
}

fn action(letter: u8) -> &'static str {
    match letter {
        b'r' => "restrict",
        b'c' => "cascade",
        b'n' => "set null",
        b'd' => "set default",
        _ => "no action",
    }
}

#[cfg(test)]
mod tests {
    use super::is_by_server;

    #[test]
    fn a_name_that_the_server_chose_is_known_for_one() {
        for (name, expected) in [
            ("film_title_not_null", true),
            ("film_title_not_null1", true),
            ("film_title_not_null12", true),
            ("title_is_there", false),
            ("not_null", false),
            ("film_title_not_null_any_more", false),
        ] {
            assert_eq!(is_by_server(name), expected, "{name}");
        }
    }
}
