//! The series behind an incident, with what was expected of each point.

use std::collections::{HashMap, HashSet};

use domain::anomaly::{Sensitivities, State, fit};
use store::anomaly::Bounds;
use types::incident::{Evidence, IncidentSeries, JudgedPoint, JudgedSeries};
use types::{IncidentId, Timestamp};

use super::part;
use crate::permission::IncidentRead;
use crate::series::{Key, TableSeries, metric, read};
use crate::{Context, Error, Scope, sensitivity};

/// The most series.
const MOST_SERIES: usize = 5;
/// The newest points that are shown.
const SHOWN: usize = 60;
/// Points before the first that is shown, from which the season and the level are told.
const BEFORE: usize = 30;
/// The most odd points that are looked at.
const MOST_ANOMALIES: u64 = 500;

/// What the chart of an incident draws: each point with the bounds that it was judged by, if it was and they are still
/// known. They are never computed again: what was said or learnt since would make others of them.
///
/// # Errors
/// [`Error::NotFound`] when there is no such incident.
pub async fn series(
    context: &Context,
    scope: &Scope<IncidentRead>,
    id: IncidentId,
) -> Result<IncidentSeries, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let incident = store::incident::find(&tx, id).await.map_err(Error::missing("incident"))?;
    let odd = store::anomaly::of_part(&tx, &part(&incident), MOST_ANOMALIES).await?;
    let mut wanted: Vec<(String, Key)> = Vec::new();
    if let Evidence::Series { points, .. } = &incident.evidence {
        let key = |column: &Option<String>, measure| Key { column: column.clone(), measure };
        wanted
            .extend(points.iter().map(|point| (incident.object.clone(), key(&point.column, point.measure))));
    }
    for anomaly in &odd {
        let one = (anomaly.table.clone(), Key::of(anomaly));
        if !wanted.contains(&one) {
            wanted.push(one);
        }
    }
    wanted.truncate(MOST_SERIES);
    let detection = store::anomaly::detection(&tx, incident.source_id).await?;
    let Some(detection) = detection.filter(|_| !wanted.is_empty()) else {
        return Ok(IncidentSeries::default());
    };
    let most = (SHOWN + BEFORE) as u64;
    let mut times =
        store::statistics::profile_times(&tx, incident.source_id, detection.judged_at, most).await?;
    let first = times.first().copied();
    times.extend(odd.iter().map(|anomaly| anomaly.at).filter(|at| first.is_some_and(|first| *at > first)));
    times.sort_unstable();
    times.dedup();
    let mut tables: Vec<String> = wanted.iter().map(|(table, _)| table.clone()).collect();
    tables.sort();
    tables.dedup();
    let series = read(&tx, incident.source_id, &tables, &times).await?;
    let sensitivities = sensitivity::of_source(&tx, incident.source_id).await?;
    let mut known: HashMap<(String, Key), Judgements> = HashMap::new();
    if let (Some(from), Some(to)) = (times.first(), times.last()) {
        for table in store::anomaly::bounds_of_tables(&tx, incident.source_id, &tables, *from, *to).await? {
            for Bounds { column, measure, lower, upper } in table.bounds {
                let key = (table.table.clone(), Key { column, measure });
                known.entry(key).or_default().bounds.insert(table.at, (lower, upper));
            }
        }
        for anomaly in store::anomaly::of_tables(&tx, incident.source_id, &tables, *from, *to).await? {
            let judgements = known.entry((anomaly.table.clone(), Key::of(&anomaly))).or_default();
            judgements.bounds.insert(anomaly.at, (anomaly.lower, anomaly.upper));
            if !anomaly.normal {
                judgements.odd.insert(anomaly.at);
            }
        }
    }
    drop(tx);
    let judged = tokio::task::spawn_blocking(move || {
        let none = Judgements::default();
        let one = |place: &(String, Key)| {
            let known = known.get(place).unwrap_or(&none);
            series.get(&place.0).and_then(|series| judged(place, series, &times, known, &sensitivities))
        };
        wanted.iter().filter_map(one).collect()
    });
    let series = judged.await.map_err(|error| Error::Internal(format!("the chart did not end: {error}")))?;
    Ok(IncidentSeries { series })
}

/// How the points of a series were judged.
#[derive(Default)]
struct Judgements {
    /// From where to where.
    bounds: HashMap<Timestamp, (f64, f64)>,
    /// Which were odd, and nobody has called normal.
    odd: HashSet<Timestamp>,
}

fn judged(
    (table, key): &(String, Key),
    series: &TableSeries,
    times: &[Timestamp],
    known: &Judgements,
    sensitivities: &Sensitivities,
) -> Option<JudgedSeries> {
    let samples = series.history(key, times);
    let measured_from = series.samples(key, times).first()?.at;
    let model = fit(metric(key.measure), &samples);
    let learning = match model.state {
        State::Learning { seen, needed } => u32::try_from(needed.saturating_sub(seen)).unwrap_or(0),
        State::Active => 0,
    };
    let sensitivity = sensitivities.of(table, key.column.as_deref(), key.measure);
    let points = samples.iter().skip(samples.len().saturating_sub(SHOWN)).map(|sample| {
        let bounds = known.bounds.get(&sample.at);
        JudgedPoint {
            at: sample.at,
            value: sample.value,
            backfilled: sample.at < measured_from,
            lower: bounds.map(|(lower, _)| *lower),
            upper: bounds.map(|(_, upper)| *upper),
            anomaly: known.odd.contains(&sample.at),
        }
    });
    let name = key.column.as_deref().map_or_else(|| table.clone(), |column| format!("{table}.{column}"));
    Some(JudgedSeries {
        name,
        table: table.clone(),
        column: key.column.clone(),
        measure: key.measure,
        sensitivity,
        season: model.season().to_owned(),
        learning,
        shift: model.shift,
        points: points.collect(),
    })
}
