//! The series behind an incident, with what was expected of each point.

use std::collections::{BTreeMap, HashMap};

use domain::anomaly::{Sensitivities, State, fit, replay};
use store::anomaly::Anomaly;
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
/// Points before the first that is shown, from which it is judged.
const BEFORE: usize = 30;
/// The most odd points that are looked at.
const MOST_ANOMALIES: u64 = 500;

/// What the chart of an incident draws. Points that were odd have the bounds that they were judged by; the bounds of the
/// others are what the rules say of them again, each by the points before it.
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
    let mut stored: HashMap<(String, Key), BTreeMap<Timestamp, Anomaly>> = HashMap::new();
    if let (Some(from), Some(to)) = (times.first(), times.last()) {
        for anomaly in store::anomaly::of_tables(&tx, incident.source_id, &tables, *from, *to).await? {
            let key = (anomaly.table.clone(), Key::of(&anomaly));
            stored.entry(key).or_default().insert(anomaly.at, anomaly);
        }
    }
    drop(tx);
    let judged = tokio::task::spawn_blocking(move || {
        let none = BTreeMap::new();
        let one = |place: &(String, Key)| {
            let odd = stored.get(place).unwrap_or(&none);
            series.get(&place.0).and_then(|series| judged(place, series, &times, odd, &sensitivities))
        };
        wanted.iter().filter_map(one).collect()
    });
    let series = judged.await.map_err(|error| Error::Internal(format!("the chart did not end: {error}")))?;
    Ok(IncidentSeries { series })
}

fn judged(
    (table, key): &(String, Key),
    series: &TableSeries,
    times: &[Timestamp],
    odd: &BTreeMap<Timestamp, Anomaly>,
    sensitivities: &Sensitivities,
) -> Option<JudgedSeries> {
    let samples = series.history(key, times);
    let measured_from = series.samples(key, times).first()?.at;
    let metric = metric(key.measure);
    let model = fit(metric, &samples);
    let learning = match model.state {
        State::Learning { seen, needed } => u32::try_from(needed.saturating_sub(seen)).unwrap_or(0),
        State::Active => 0,
    };
    let sensitivity = sensitivities.of(table, key.column.as_deref(), key.measure);
    let replayed = replay(metric, &samples, SHOWN, sensitivity);
    let points = replayed.outcomes.iter().map(|outcome| {
        let stored = odd.get(&outcome.at);
        let known = !matches!(outcome.score.verdict, domain::anomaly::Verdict::Learning);
        let replayed = known.then_some((outcome.score.lower, outcome.score.upper));
        let bounds = stored.map(|anomaly| (anomaly.lower, anomaly.upper)).or(replayed);
        let backfilled = outcome.at < measured_from;
        // What was never measured was never judged.
        let bounds = bounds.filter(|_| !backfilled);
        JudgedPoint {
            at: outcome.at,
            value: outcome.value,
            backfilled,
            lower: bounds.map(|(lower, _)| lower),
            upper: bounds.map(|(_, upper)| upper),
            anomaly: stored.is_some_and(|anomaly| !anomaly.normal),
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
