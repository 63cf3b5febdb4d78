//! The bounds by which points were judged: what a chart draws is what judged, whatever is known or set later.
//!
//! One row for a table and a judgement has the bounds of all its series: those with the same bounds share them, and the
//! whole is compressed. For a table of 20 columns that are judged by their NULLs and their uniqueness, and by its rows,
//! that is about 400 bytes; a test holds it below 450. 10,000 such tables add 4 MB of bounds with each judgement, where a
//! row for each series would add about 60 MB in 410,000 rows, and 5.5 GB in 90 days. Only those of the newest [`KEPT`]
//! judgements stay, since no chart draws more points: about 260 MB for 10,000 tables, however often these are judged.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use types::incident::Measure;
use types::{SourceId, Timestamp};

use super::BATCH;
use crate::entity::anomaly_bounds::{ActiveModel, Column, Entity, Model};
use crate::row::time;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, object, scoped};

/// Of how many judgements of a source the bounds are kept.
pub const KEPT: usize = 64;

/// The bounds that a value had to keep to.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds {
    /// Missing for what is measured of the whole table.
    pub column: Option<String>,
    pub measure: Measure,
    /// Finite.
    pub lower: f64,
    pub upper: f64,
}

/// The bounds of a table's series at one time. A series that was not judged, because it was learning, has none.
#[derive(Clone, Debug, PartialEq)]
pub struct TableBounds {
    /// The table's path.
    pub table: String,
    pub at: Timestamp,
    pub bounds: Vec<Bounds>,
}

/// Series of one measure with the same bounds, as they are kept: an empty name stands for the whole table. The bounds are
/// bits, since a number in JSON need not be read as it was written.
type Shared = (Measure, u64, u64, Vec<String>);

/// Adds bounds of one time, which nobody sees before [`set_detection`](super::set_detection).
///
/// # Errors
/// When the database fails.
pub async fn put_bounds(tx: &WriteTx, source: SourceId, tables: &[TableBounds]) -> Result<(), Error> {
    for batch in tables.chunks(BATCH) {
        let rows = batch
            .iter()
            .map(|table| {
                Ok(ActiveModel {
                    source_id: Set(source.0),
                    table_path: Set(table.table.clone()),
                    at: Set(table.at.millis()),
                    bounds: Set(packed(&table.bounds)?),
                    ..Default::default()
                })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        scoped::insert_many(tx, rows).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// The bounds of some tables between two times, oldest first.
///
/// # Errors
/// When the database fails; [`Error::Corrupt`] when a row is not what was put there.
pub async fn bounds_of_tables(
    tx: &impl Reads,
    source: SourceId,
    tables: &[String],
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<TableBounds>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .filter(Column::TablePath.is_in(tables.iter().map(String::as_str)))
        .filter(Column::At.between(from.millis(), to.millis()))
        .order_by_asc(Column::At)
        .all(tx.connection())
        .await?;
    rows.into_iter()
        .map(|Model { table_path, at, bounds, .. }| {
            Ok(TableBounds { table: table_path, at: time(at)?, bounds: unpacked(&bounds)? })
        })
        .collect()
}

/// Removes at most [`BATCH`] rows of before a time; `false` when none is left.
///
/// # Errors
/// When the database fails.
pub async fn forget_bounds(tx: &WriteTx, source: SourceId, before: Timestamp) -> Result<bool, Error> {
    let wanted = Column::SourceId.eq(source.0).and(Column::At.lt(before.millis()));
    Ok(delete(tx, wanted).await? > 0)
}

/// Removes at most [`BATCH`] rows of after a time, and answers how many.
pub(super) async fn discard(tx: &WriteTx, source: SourceId, after: i64) -> Result<u64, Error> {
    delete(tx, Column::SourceId.eq(source.0).and(Column::At.gt(after))).await
}

async fn delete(tx: &WriteTx, wanted: Expr) -> Result<u64, Error> {
    scoped::delete_some::<Entity, 2>(tx, wanted, [Column::TablePath, Column::At], BATCH).await
}

fn packed(bounds: &[Bounds]) -> Result<Vec<u8>, Error> {
    let mut shared: Vec<Shared> = Vec::new();
    for Bounds { column, measure, lower, upper } in bounds {
        let (lower, upper) = (lower.to_bits(), upper.to_bits());
        let name = column.clone().unwrap_or_default();
        let alike = shared.iter_mut().find(|known| (known.0, known.1, known.2) == (*measure, lower, upper));
        match alike {
            Some(known) => known.3.push(name),
            None => shared.push((*measure, lower, upper, vec![name])),
        }
    }
    let json = serde_json::to_vec(&shared).map_err(|error| Error::Corrupt(error.to_string()))?;
    object::compress(&json)
}

fn unpacked(bytes: &[u8]) -> Result<Vec<Bounds>, Error> {
    let shared: Vec<Shared> = serde_json::from_slice(&object::unpacked(bytes)?)
        .map_err(|error| Error::Corrupt(format!("bounds of a table: {error}")))?;
    let of = |(measure, lower, upper, names): Shared| {
        names.into_iter().map(move |name| Bounds {
            column: Some(name).filter(|name| !name.is_empty()),
            measure,
            lower: f64::from_bits(lower),
            upper: f64::from_bits(upper),
        })
    };
    Ok(shared.into_iter().flat_map(of).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounds(column: Option<&str>, measure: Measure, lower: f64, upper: f64) -> Bounds {
        Bounds { column: column.map(str::to_owned), measure, lower, upper }
    }

    /// Twenty columns: some full, some keys, some with NULLs of their own.
    fn wide() -> Vec<Bounds> {
        let names = [
            "id",
            "customer_id",
            "created_at",
            "updated_at",
            "status",
            "currency",
            "total_amount",
            "tax_amount",
            "discount",
            "shipping_address",
            "billing_address",
            "country_code",
            "postal_code",
            "email",
            "phone",
            "notes",
            "channel",
            "campaign",
            "warehouse_id",
            "delivered_at",
        ];
        let mut all = vec![bounds(None, Measure::RowCount, 10_233.712_345_678, 11_871.298_765_432_1)];
        for (at, name) in (0_u32..).zip(names) {
            let own = f64::from(at % 4) * 3.7;
            all.push(bounds(Some(name), Measure::NullPercent, (own - 2.123).max(0.0), own + 2.345));
            all.push(bounds(Some(name), Measure::UniquenessPercent, 97.531, 100.0));
        }
        all
    }

    #[test]
    fn bounds_come_back_to_the_bit() {
        let odd = [0.1 + 0.2, f64::MIN_POSITIVE, 1e300, -0.0]
            .map(|upper| bounds(Some("a"), Measure::NullPercent, -1.0 / 3.0, upper));
        for given in [wide(), odd.to_vec(), vec![]] {
            let mut back = unpacked(&packed(&given).unwrap()).unwrap();
            let order =
                |bounds: &Bounds| (bounds.measure.as_str(), bounds.column.clone(), bounds.upper.to_bits());
            let mut given = given;
            back.sort_by_key(order);
            given.sort_by_key(order);
            assert_eq!(back, given);
        }
        assert!(matches!(unpacked(b"nothing"), Err(Error::Corrupt(_))));
    }

    #[test]
    fn a_table_of_twenty_columns_takes_a_few_hundred_bytes() {
        let all = wide();
        let bytes = packed(&all).unwrap().len();
        assert!((300..450).contains(&bytes), "{bytes} bytes for {} series", all.len());
    }
}
