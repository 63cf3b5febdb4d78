//! How far out values have to be before they are odd: one row for each place of which somebody said so.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder};
use types::SourceId;
use types::incident::Measure;
use types::sensitivity::{SensitivityPlace, SensitivityRule, SensitivitySetting};

use crate::entity::sensitivity::{ActiveModel, Column, Entity, Model};
use crate::row::{time, word};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// How many rows one statement writes.
const BATCH: usize = 500;

/// All that was said of a source: what holds for all of it first, then table by table.
///
/// # Errors
/// When the database fails.
pub async fn of_source(tx: &impl Reads, source: SourceId) -> Result<Vec<SensitivitySetting>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.eq(source.0))
        .order_by_asc(Column::TablePath)
        .order_by_asc(Column::ColumnName)
        .order_by_asc(Column::Measure)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(SensitivitySetting::try_from).collect()
}

/// Writes settings over what was said of the same places.
///
/// # Errors
/// [`Error::Conflict`] when the source is not the organization's.
pub async fn put(tx: &WriteTx, source: SourceId, settings: &[SensitivitySetting]) -> Result<(), Error> {
    for batch in settings.chunks(BATCH) {
        let again = OnConflict::columns([
            Column::OrgId,
            Column::SourceId,
            Column::TablePath,
            Column::ColumnName,
            Column::Measure,
        ])
        .update_columns([Column::Sensitivity, Column::Author, Column::At])
        .to_owned();
        let rows = batch.iter().map(|setting| active(source, setting));
        scoped::insert_many(tx, rows).on_conflict(again).exec_without_returning(tx.connection()).await?;
    }
    Ok(())
}

/// Takes back what was said of a place.
///
/// # Errors
/// When the database fails.
pub async fn remove(tx: &WriteTx, source: SourceId, place: &SensitivityPlace) -> Result<(), Error> {
    let (table, column, measure) = key(place.table.as_deref(), place.column.as_deref(), place.measure);
    let wanted = Condition::all()
        .add(Column::SourceId.eq(source.0))
        .add(Column::TablePath.eq(table))
        .add(Column::ColumnName.eq(column))
        .add(Column::Measure.eq(measure));
    scoped::delete::<Entity>(tx).filter(wanted).exec(tx.connection()).await?;
    Ok(())
}

/// Empty words stand for what is not named.
fn key<'a>(
    table: Option<&'a str>,
    column: Option<&'a str>,
    measure: Option<Measure>,
) -> (&'a str, &'a str, &'static str) {
    let measure = measure.map(Measure::as_str);
    (table.unwrap_or_default(), column.unwrap_or_default(), measure.unwrap_or_default())
}

fn active(source: SourceId, setting: &SensitivitySetting) -> ActiveModel {
    let SensitivityRule { table, column, measure, sensitivity } = &setting.rule;
    let (table, column, measure) = key(table.as_deref(), column.as_deref(), *measure);
    ActiveModel {
        source_id: Set(source.0),
        table_path: Set(table.to_owned()),
        column_name: Set(column.to_owned()),
        measure: Set(measure.to_owned()),
        sensitivity: Set(sensitivity.as_str().to_owned()),
        author: Set(setting.author.clone()),
        at: Set(setting.at.millis()),
        ..Default::default()
    }
}

impl TryFrom<Model> for SensitivitySetting {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        let filled = |text: String| Some(text).filter(|text| !text.is_empty());
        Ok(Self {
            rule: SensitivityRule {
                table: filled(row.table_path),
                column: filled(row.column_name),
                measure: filled(row.measure).map(|text| word(&text)).transpose()?,
                sensitivity: word(&row.sensitivity)?,
            },
            author: row.author,
            at: time(row.at)?,
        })
    }
}
