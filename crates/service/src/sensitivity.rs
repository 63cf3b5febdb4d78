//! Sensitivity: how far out a measured value has to be before it is called odd, said of a source, a table, a column or one
//! of their measures. What it would have said of the past is shown before it is kept.
//!
//! A change lets the next scan judge the newest values anew, also where nobody has written to the source: what is wrong now
//! was judged by what was said before.

mod check;
mod preview;

use domain::anomaly::Sensitivities;
use serde_json::json;
use store::source::Source;
use store::{Reads, WriteTx};
use types::incident::Measure;
use types::sensitivity::{
    SensitivityDocument, SensitivityPlace, SensitivityRule, SensitivitySetting, SetSensitivity,
};
use types::{SourceId, Timestamp};

use crate::expectation::with_schema;
use crate::permission::{QualityManage, QualityRead};
use crate::source::select;
use crate::{Context, Error, Scope, Topic, activity, audit};

use check::faults;
pub(crate) use check::{faults_of_all, tidied};
pub use preview::{Wanted, preview};

/// All that was said of a source.
///
/// # Errors
/// [`Error::NotFound`] and [`Error::SourceRequired`] as `?source=` says.
pub async fn get(
    context: &Context,
    scope: &Scope<QualityRead>,
    source: Option<&str>,
) -> Result<SensitivityDocument, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let source = select(&tx, source).await?;
    document(&tx, source).await
}

/// Says how sensitive one place is, or takes back what was said of it.
///
/// # Errors
/// [`Error::Invalid`] with the place of each fault, [`Error::Conflict`] when too much was said already,
/// [`Error::PreconditionFailed`] when somebody else said something meanwhile; else as [`get`].
pub async fn set(
    context: &Context,
    scope: &Scope<QualityManage>,
    source: Option<&str>,
    input: SetSensitivity,
) -> Result<SensitivityDocument, Error> {
    let now = context.now();
    let tx = context.store.read(scope.tenant()).await?;
    let (source, schema) = with_schema(context, &tx, select(&tx, source).await?).await?;
    drop(tx);
    let SetSensitivity { table, column, measure, sensitivity } = input;
    let rule =
        tidied(SensitivityRule { table, column, measure, sensitivity: sensitivity.unwrap_or_default() });
    // What is gone from the schema may still be forgotten.
    let objects = schema.as_ref().filter(|_| sensitivity.is_some()).map(|schema| schema.objects.as_slice());
    let found = faults(&rule, objects);
    if !found.is_empty() {
        return Err(Error::Invalid(found));
    }
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    if scope.precondition().is_some() {
        scope.precondition().check(&document(&tx, source.clone()).await?)?;
    }
    let known = store::sensitivity::of_source(&tx, source.id).await?;
    let place = rule.place();
    let before = known.iter().find(|setting| setting.rule.place() == place);
    let before = before.map(|setting| setting.rule.sensitivity);
    if before == sensitivity {
        return document(&tx, source).await;
    }
    if before.is_none() && known.len() >= check::MOST {
        return Err(Error::Conflict(format!(
            "A source may have {} sensitivities of its own. Say it of a table or of the source instead.",
            check::MOST
        )));
    }
    match sensitivity {
        Some(_) => put(&tx, scope, now, source.id, vec![rule.clone()]).await?,
        None => store::sensitivity::remove(&tx, source.id, &place).await?,
    }
    store::anomaly::make_due(&tx, source.id, now).await?;
    let detail = json!({"place": place, "before": before, "after": sensitivity});
    record(&tx, scope, now, &source, detail).await?;
    let becomes = sensitivity.map_or("what it inherits", types::sensitivity::Sensitivity::as_str);
    let entry = activity::Entry {
        kind: "sensitivity.changed",
        message: format!(
            "{} set the sensitivity of {} in {} to {becomes}",
            scope.actor().name(),
            words(&place),
            source.name
        ),
        source: Some(source.name.clone()),
        link: Some(format!("/dashboard/quality?source={}", source.name)),
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    let document = document(&tx, source).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(document)
}

/// Puts rules in the place of all that was said of a source; answers what that was. Nothing is written where it was the
/// same.
pub(crate) async fn replace<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    source: &Source,
    rules: &[SensitivityRule],
) -> Result<Vec<SensitivityRule>, Error> {
    let before: Vec<SensitivityRule> =
        store::sensitivity::of_source(tx, source.id).await?.into_iter().map(|known| known.rule).collect();
    let gone: Vec<_> = before
        .iter()
        .map(SensitivityRule::place)
        .filter(|place| !rules.iter().any(|rule| rule.place() == *place))
        .collect();
    let new: Vec<_> = rules.iter().filter(|rule| !before.contains(rule)).cloned().collect();
    if gone.is_empty() && new.is_empty() {
        return Ok(before);
    }
    for place in &gone {
        store::sensitivity::remove(tx, source.id, place).await?;
    }
    put(tx, scope, now, source.id, new).await?;
    store::anomaly::make_due(tx, source.id, now).await?;
    record(tx, scope, now, source, json!({"rules": rules})).await?;
    Ok(before)
}

/// What holds where in a source.
pub(crate) async fn of_source(tx: &impl Reads, source: SourceId) -> Result<Sensitivities, Error> {
    let settings = store::sensitivity::of_source(tx, source).await?;
    Ok(settings.into_iter().map(|setting| setting.rule).collect())
}

/// What a rule is said of, in words.
pub(crate) fn words(place: &SensitivityPlace) -> String {
    let of = match (&place.table, &place.column) {
        (None, _) => "the whole source".to_owned(),
        (Some(table), None) => table.clone(),
        (Some(table), Some(column)) => format!("{table}.{column}"),
    };
    match place.measure {
        None => of,
        Some(Measure::RowCount) => format!("the rows of {of}"),
        Some(Measure::NullPercent) => format!("the NULL % of {of}"),
        Some(Measure::UniquenessPercent) => format!("the uniqueness % of {of}"),
    }
}

async fn put<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    source: SourceId,
    rules: Vec<SensitivityRule>,
) -> Result<(), Error> {
    let author = scope.actor().name();
    let setting = |rule| SensitivitySetting { rule, author: author.to_owned(), at: now };
    let settings: Vec<_> = rules.into_iter().map(setting).collect();
    Ok(store::sensitivity::put(tx, source, &settings).await?)
}

async fn record<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    source: &Source,
    detail: serde_json::Value,
) -> Result<(), Error> {
    audit::record(tx, scope, now, "sensitivity.changed", &format!("source:{}", source.id), detail).await
}

async fn document(tx: &impl Reads, source: Source) -> Result<SensitivityDocument, Error> {
    let settings = store::sensitivity::of_source(tx, source.id).await?;
    Ok(SensitivityDocument { source: source.name, settings })
}
