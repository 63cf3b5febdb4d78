//! One row for each run of a source: what cards and sparklines show over time.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Json;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::Deserialize;
use types::quality::{Bucket, NULL_BARS};
use types::{SourceId, Timestamp};

use crate::entity::source_score::{ActiveModel, Column, Entity, Model};
use crate::row::{json, number, time, to_json};
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// One row of `source_score`.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceScore {
    pub source_id: SourceId,
    pub recorded_at: Timestamp,
    /// 0 to 100; missing when nothing was profiled.
    pub score: Option<f64>,
    pub tables: u32,
    pub columns: u32,
    /// Over the tables that have a newest value.
    pub freshness_mean_seconds: Option<f64>,
    pub null_distribution: Vec<Bucket>,
    /// Breaking changes that the run found.
    pub breaking: u32,
}

/// Adds a row.
///
/// # Errors
/// When the database fails.
pub async fn insert_score(tx: &WriteTx, score: &SourceScore) -> Result<(), Error> {
    let row = ActiveModel {
        source_id: Set(score.source_id.0),
        recorded_at: Set(score.recorded_at.millis()),
        score: Set(score.score),
        tables: Set(number(score.tables)?),
        columns: Set(number(score.columns)?),
        freshness_mean_seconds: Set(score.freshness_mean_seconds),
        null_distribution: Set(packed(&score.null_distribution)?),
        breaking: Set(number(score.breaking)?),
        ..Default::default()
    };
    scoped::insert(tx, row).exec_without_returning(tx.connection()).await?;
    Ok(())
}

/// The rows of some sources since a time, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn scores(
    tx: &impl Reads,
    sources: &[SourceId],
    from: Timestamp,
) -> Result<Vec<SourceScore>, Error> {
    let rows = scoped::find::<Entity>(tx)
        .filter(Column::SourceId.is_in(sources.iter().map(|id| id.0)))
        .filter(Column::RecordedAt.gte(from.millis()))
        .order_by_asc(Column::RecordedAt)
        .all(tx.connection())
        .await?;
    rows.into_iter().map(SourceScore::try_from).collect()
}

/// The newest row of each of some sources.
///
/// # Errors
/// When the database fails.
pub async fn newest_scores(tx: &impl Reads, sources: &[SourceId]) -> Result<Vec<SourceScore>, Error> {
    let mut newest = Vec::with_capacity(sources.len());
    for source in sources {
        let row = scoped::find::<Entity>(tx)
            .filter(Column::SourceId.eq(source.0))
            .order_by_desc(Column::RecordedAt)
            .one(tx.connection())
            .await?;
        newest.extend(row.map(SourceScore::try_from).transpose()?);
    }
    Ok(newest)
}

impl TryFrom<Model> for SourceScore {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self, Error> {
        Ok(Self {
            source_id: SourceId(row.source_id),
            recorded_at: time(row.recorded_at)?,
            score: row.score,
            tables: number(row.tables)?,
            columns: number(row.columns)?,
            freshness_mean_seconds: row.freshness_mean_seconds,
            null_distribution: unpacked(row.null_distribution)?,
            breaking: number(row.breaking)?,
        })
    }
}

/// The counts of the bars, as each run adds a row and its labels are known; bars of other labels are kept as they are.
fn packed(bars: &[Bucket]) -> Result<Json, Error> {
    if bars.iter().map(|bar| bar.label.as_str()).eq(NULL_BARS.map(|(label, _)| label)) {
        return to_json(&bars.iter().map(|bar| bar.count).collect::<Vec<_>>());
    }
    to_json(&bars)
}

/// Both forms: earlier releases wrote the labels too.
fn unpacked(value: Json) -> Result<Vec<Bucket>, Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Kept {
        Counts([u32; NULL_BARS.len()]),
        Bars(Vec<Bucket>),
    }
    Ok(match json(value)? {
        Kept::Counts(counts) => {
            let bars = NULL_BARS.into_iter().zip(counts);
            bars.map(|((label, _), count)| Bucket { label: label.to_owned(), count }).collect()
        }
        Kept::Bars(bars) => bars,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_kept_as_their_counts_and_read_as_earlier_releases_wrote_them() {
        let bars: Vec<_> =
            (1..).zip(NULL_BARS).map(|(count, (label, _))| Bucket { label: label.into(), count }).collect();
        let short = packed(&bars).unwrap();
        assert_eq!(short, serde_json::json!([1, 2, 3, 4, 5, 6]));
        assert_eq!(unpacked(short).unwrap(), bars);
        assert_eq!(unpacked(to_json(&bars).unwrap()).unwrap(), bars);
        for other in [&bars[..2], &[]] {
            let kept = packed(other).unwrap();
            assert_eq!((kept.clone(), unpacked(kept).unwrap()), (to_json(&other).unwrap(), other.to_vec()));
        }
        assert!(unpacked(serde_json::json!([1, 2])).is_err());
    }
}
