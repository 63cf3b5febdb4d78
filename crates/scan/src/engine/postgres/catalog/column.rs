//! Columns, as the catalog keeps them and as a snapshot tells them.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use types::snapshot::{Column, Generated, Identity, PhysicalObject, Privilege};

use super::dictionary::{Dictionary, Ids};
use super::text::Texts;
use super::{ByRelation, Connection, get};
use crate::ScanError;
use crate::engine::postgres::connection::failed;

/// Most of a large catalog is here, so the rows are plain ones: what a type is called, what a column defaults to and its
/// comment come from other statements, and are put together by id. What most columns have is told as NULL, which costs
/// the server no conversion. Of sequences and system columns only the rights count.
const COLUMNS: &str = "\
    SELECT a.attrelid, a.attnum, a.attname, a.atttypid, NULLIF(a.atttypmod, -1), NULLIF(a.attnotnull, false), \
           NULLIF(a.attidentity, ''), NULLIF(a.attgenerated, ''), NULLIF(a.attcollation, 0::pg_catalog.oid), \
           CASE WHEN a.attacl IS NOT NULL THEN ARRAY(SELECT pg_catalog.concat( \
                    pg_catalog.lower(x.privilege_type), ' ', x.is_grantable, ' ', \
                    CASE WHEN x.grantee = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END) \
                FROM pg_catalog.aclexplode(a.attacl) x WHERE x.grantee <> c.relowner) END \
    FROM pg_catalog.pg_attribute a \
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
    WHERE (a.attnum > 0 OR a.attacl IS NOT NULL) AND NOT a.attisdropped AND NOT c.relispartition \
      AND c.relpersistence <> 't' AND c.oid >= 16384 AND ($1::pg_catalog.oid[] IS NULL OR a.attrelid = ANY ($1)) \
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND (c.relkind <> 'S' OR a.attacl IS NOT NULL)";

/// A row of `pg_attribute`.
pub(super) struct RawColumn {
    number: i16,
    name: String,
    type_id: u32,
    modifier: i32,
    not_null: bool,
    identity: Option<Identity>,
    /// For a computed one, whether it is kept on disk.
    stored: Option<bool>,
    collation: u32,
}

/// The columns of relations, in no order, and rights on single columns.
#[derive(Default)]
pub(super) struct RawColumns {
    of: ByRelation<RawColumn>,
    pub(super) privileges: ByRelation<Privilege>,
}

/// Reads the columns of the relations that are meant, row by row as they arrive.
pub(super) async fn columns(
    connection: &Connection,
    parameters: &[(&(dyn ToSql + Sync), Type)],
) -> Result<RawColumns, ScanError> {
    let mut rows = std::pin::pin!(connection.rows(COLUMNS, parameters).await?);
    let mut columns = RawColumns::default();
    while let Some(row) = rows.try_next().await.map_err(|error| failed(&error))? {
        columns.take(&row)?;
    }
    Ok(columns)
}

impl RawColumns {
    fn take(&mut self, row: &Row) -> Result<(), ScanError> {
        let (relation, number): (u32, i16) = (get(row, 0)?, get(row, 1)?);
        let name: &str = get(row, 2)?;
        if let Some(rights) = get::<Option<Vec<String>>>(row, 9)? {
            self.privileges.entry(relation).or_default().extend(privileges(name, &rights));
        }
        if number <= 0 {
            return Ok(());
        }
        let letter = |index| Ok::<_, ScanError>(get::<Option<i8>>(row, index)?.map(i8::cast_unsigned));
        self.of.entry(relation).or_default().push(RawColumn {
            number,
            name: name.to_owned(),
            type_id: get(row, 3)?,
            modifier: get::<Option<i32>>(row, 4)?.unwrap_or(-1),
            not_null: get::<Option<bool>>(row, 5)?.unwrap_or(false),
            identity: match letter(6)? {
                Some(b'a') => Some(Identity::Always),
                Some(b'd') => Some(Identity::ByDefault),
                _ => None,
            },
            stored: letter(7)?.map(|kind| kind == b's'),
            collation: get::<Option<u32>>(row, 8)?.unwrap_or(0),
        });
        Ok(())
    }

    /// What has to be looked up for them.
    pub(super) fn ask(&self, ids: &mut Ids) {
        for column in self.of.values().flatten() {
            ids.types.insert((column.type_id, column.modifier));
            ids.collations.insert(column.collation);
        }
    }

    fn find(&self, relation: u32, number: i16) -> Option<&RawColumn> {
        let columns = self.of.get(&relation)?;
        // Rows mostly come in the order of their numbers.
        let place = usize::try_from(number).ok()?.checked_sub(1)?;
        let guess = columns.get(place).filter(|column| column.number == number);
        guess.or_else(|| columns.iter().find(|column| column.number == number))
    }

    pub(super) fn name(&self, relation: u32, number: i16) -> Option<&str> {
        self.find(relation, number).map(|column| column.name.as_str())
    }

    /// The collation of a column; 0 for one without.
    pub(super) fn collation(&self, relation: u32, number: i16) -> Option<u32> {
        self.find(relation, number).map(|column| column.collation)
    }

    /// The columns of a relation, in order.
    pub(super) fn finish(
        &mut self,
        relation: u32,
        dictionary: &Dictionary,
        texts: &mut Texts,
    ) -> Result<Vec<Column>, ScanError> {
        let mut columns = self.of.remove(&relation).unwrap_or_default();
        columns.sort_unstable_by_key(|column| column.number);
        let finish = |(position, column): (u32, RawColumn)| {
            let (data_type, own_collation) = dictionary.data_type(column.type_id, column.modifier)?;
            let expression = texts.default(relation, column.number);
            let (default, generated) = match column.stored {
                None => (expression, None),
                Some(stored) => {
                    (None, Some(Generated { expression: expression.unwrap_or_default(), stored }))
                }
            };
            let collation = (column.collation != own_collation).then_some(column.collation);
            Ok(Column {
                name: column.name,
                position,
                data_type: data_type.to_owned(),
                nullable: !column.not_null,
                default,
                generated,
                identity: column.identity,
                collation: collation.and_then(|id| dictionary.collation(id)).map(str::to_owned),
                comment: texts.of_relation(relation, column.number.into()),
                physical: Some(PhysicalObject { oid: relation, attnum: Some(column.number) }),
                ..Column::default()
            })
        };
        (1..).zip(columns).map(finish).collect()
    }
}

/// Rights on one column, from lines such as `select true somebody`: one entry for each role.
fn privileges(column: &str, rights: &[String]) -> Vec<Privilege> {
    let mut of_roles: HashMap<&str, Privilege> = HashMap::new();
    for line in rights {
        let mut words = line.splitn(3, ' ');
        let (Some(right), Some(grantable), Some(grantee)) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let privilege = of_roles.entry(grantee).or_insert_with(|| Privilege {
            grantee: grantee.to_owned(),
            column: Some(column.to_owned()),
            ..Privilege::default()
        });
        // The server lists a right once for each role that gave it.
        let list = |rights: &mut Vec<String>| {
            if !rights.iter().any(|listed| listed == right) {
                rights.push(right.to_owned());
            }
        };
        list(&mut privilege.rights);
        if grantable == "t" {
            list(&mut privilege.grantable);
        }
    }
    let mut privileges: Vec<Privilege> = of_roles.into_values().collect();
    for privilege in &mut privileges {
        privilege.rights.sort_unstable();
        privilege.grantable.sort_unstable();
    }
    privileges.sort_unstable();
    privileges
}
