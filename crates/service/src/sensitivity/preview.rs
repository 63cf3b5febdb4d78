//! What each sensitivity would have said of a series.

use domain::anomaly::{Metric, Sample, State, Verdict, fit};
use types::incident::{LevelShift, Measure};
use types::sensitivity::{ReplayedPoint, Sensitivity, SensitivityPreview, SensitivityReplay};

use crate::permission::QualityRead;
use crate::series::{Key, MOST_POINTS, counts, metric, read};
use crate::source::select;
use crate::{Context, Error, Scope};

/// The newest points that are judged again.
const REPLAYED: usize = 60;

/// Which series is asked about.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Name or id; needed when there are several.
    pub source: Option<String>,
    /// A table's path.
    pub table: String,
    /// Missing for what is measured of the whole table.
    pub column: Option<String>,
    /// The NULL % of a column and the rows of a table without it.
    pub measure: Option<Measure>,
}

/// Judges the newest points of a series again by each sensitivity. What the catalog rules out, jumps of a series that is
/// learning, and freshness do not depend on it, and are not in the answer.
///
/// # Errors
/// [`Error::NotFound`] when nothing was measured of it, [`Error::Invalid`] when it has no such measure; and as `?source=`
/// says.
pub async fn preview(
    context: &Context,
    scope: &Scope<QualityRead>,
    wanted: Wanted,
) -> Result<SensitivityPreview, Error> {
    let Wanted { source, table, column, measure } = wanted;
    let column = column.filter(|column| !column.is_empty());
    let usual = if column.is_some() { Measure::NullPercent } else { Measure::RowCount };
    let key = Key { column, measure: measure.unwrap_or(usual) };
    if key.column.is_none() != (key.measure == Measure::RowCount) {
        let detail = "Rows are counted of tables; the other measures are of columns.";
        return Err(Error::field("/measure", "unused", detail));
    }
    let tx = context.store.read(scope.tenant()).await?;
    let source = select(&tx, source.as_deref()).await?;
    let missing = if key.column.is_some() { "column" } else { "table" };
    let profiled_at = source.profiled_at.ok_or(Error::NotFound(missing))?;
    let times = store::statistics::profile_times(&tx, source.id, profiled_at, MOST_POINTS).await?;
    let series = read(&tx, source.id, std::slice::from_ref(&table), &times).await?;
    let sensitivities = super::of_source(&tx, source.id).await?;
    drop(tx);
    let current = sensitivities.resolve(&table, key.column.as_deref(), key.measure);
    let series = series.get(&table).ok_or(Error::NotFound(missing))?;
    let measured = series.samples(&key, &times).len();
    if measured == 0 {
        return Err(Error::NotFound(missing));
    }
    let history = series.history(&key, &times);
    let last = measured.min(REPLAYED);
    let measure = key.measure;
    let told = tokio::task::spawn_blocking(move || replays(measure, &history, last));
    let (learning, shift, replays) =
        told.await.map_err(|error| Error::Internal(format!("the preview did not end: {error}")))?;
    let name = match &key.column {
        Some(column) => format!("{table}.{column}"),
        None => table,
    };
    Ok(SensitivityPreview {
        source: source.name,
        name,
        measure,
        current,
        points: u32::try_from(last).unwrap_or(u32::MAX),
        learning,
        shift,
        replays,
    })
}

/// Points that are still needed, where the level last shifted, and what each sensitivity would have said.
fn replays(
    measure: Measure,
    history: &[Sample],
    last: usize,
) -> (u32, Option<LevelShift>, Vec<SensitivityReplay>) {
    let metric = metric(measure);
    let model = fit(metric, history);
    let learning = match model.state {
        State::Learning { seen, needed } => u32::try_from(needed.saturating_sub(seen)).unwrap_or(0),
        State::Active => 0,
    };
    let replays = Sensitivity::ALL.map(|sensitivity| replay(measure, metric, history, last, sensitivity));
    (learning, model.shift, replays.into())
}

fn replay(
    measure: Measure,
    metric: Metric,
    history: &[Sample],
    last: usize,
    sensitivity: Sensitivity,
) -> SensitivityReplay {
    let counts = |direction| counts(measure, direction);
    let replayed = domain::anomaly::preview(metric, history, last, sensitivity, counts);
    let points = replayed.outcomes.iter().map(|outcome| {
        let known = (outcome.score.verdict != Verdict::Learning).then_some(&outcome.score);
        ReplayedPoint {
            at: outcome.at,
            value: outcome.value,
            lower: known.map(|score| score.lower),
            upper: known.map(|score| score.upper),
            odd: outcome.score.is_anomaly(),
            alarm: outcome.alarm,
        }
    });
    let alarms = u32::try_from(replayed.alarms()).unwrap_or(u32::MAX);
    SensitivityReplay { sensitivity, alarms, points: points.collect() }
}
