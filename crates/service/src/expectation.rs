//! Expectations: what users say must hold in their data, and what scans found of it.
//!
//! Whatever changes them lets the next scan judge the source's data anew, also where nobody has written to it: the newest
//! figures were judged by what was expected before.

mod desk;
mod file;
mod validate;
mod view;

use store::Reads;
use store::expectation::{Expectation as Row, Key};
use store::source::Source;
use types::ExpectationId;
use types::expectation::{
    Expectation, ExpectationDefinition, ExpectationDetail, ExpectationPage, ExpectationResult,
    ExpectationState, PatchExpectation,
};
use types::page::Page;
use uuid::Uuid;

pub(crate) use self::desk::{Desk, Subject, with_schema};
use crate::page::Paging;
use crate::permission::{QualityManage, QualityRead};
use crate::precondition::{Tagged, tag_of};
use crate::source::{select, select_all};
use crate::{Context, Error, Scope, Topic};

pub(crate) use file::{checked, replace};
pub use file::{export, import};

/// How many results are shown of one.
const RESULTS: u64 = 200;

/// Which expectations a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Name or id; all sources without it.
    pub source: Option<String>,
    pub table: Option<String>,
    pub state: Option<StateFilter>,
    /// A part of the table's path, the description or the rule.
    pub text: Option<String>,
}

/// Which states a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFilter {
    /// Of those that are judged.
    State(ExpectationState),
    Disabled,
}

impl StateFilter {
    /// `passed`, `failed`, `not_checked` or `disabled`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "disabled" {
            return Some(Self::Disabled);
        }
        ExpectationState::ALL.iter().copied().find(|state| state.as_str() == text).map(Self::State)
    }
}

/// A page of expectations, by table.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source, [`Error::Invalid`] for a foreign cursor.
pub async fn list(
    context: &Context,
    scope: &Scope<QualityRead>,
    filter: Filter,
    paging: &Paging,
) -> Result<ExpectationPage, Error> {
    let after: Option<Key> = paging.after()?;
    let tx = context.store.read(scope.tenant()).await?;
    let sources = select_all(&tx, filter.source.as_deref()).await?;
    let filled =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let wanted = store::expectation::Filter {
        sources: sources.iter().map(|source| source.id).collect(),
        table: filled(filter.table),
        state: match filter.state {
            Some(StateFilter::State(state)) => Some(state),
            Some(StateFilter::Disabled) | None => None,
        },
        enabled: (filter.state == Some(StateFilter::Disabled)).then_some(false),
        text: filled(filter.text),
        after,
    };
    let rows = store::expectation::list(&tx, &wanted, paging.rows()).await?;
    let totals = view::totals(store::expectation::counts(&tx, &wanted).await?);
    let key = |row: &Row| Key { table: row.definition.table.clone(), id: row.id };
    let page = paging.page(rows, key);
    Ok(ExpectationPage {
        items: page.items.into_iter().map(|row| view::expectation(row, &sources)).collect(),
        next_cursor: page.next_cursor,
        totals,
    })
}

/// One expectation with its results.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn get(
    context: &Context,
    scope: &Scope<QualityRead>,
    id: ExpectationId,
) -> Result<Tagged<ExpectationDetail>, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let (row, source) = find(&tx, id).await?;
    let results = store::expectation::results(&tx, row.id, None, RESULTS).await?;
    let results = results.into_iter().map(|(_, result)| result).collect();
    let tag = tag_of(&row.definition)?;
    let document = ExpectationDetail { expectation: view::expectation(row, &[source]), results };
    Ok(Tagged { document, tag })
}

/// A page of what scans found of one expectation, newest first: all of it that is kept.
///
/// # Errors
/// [`Error::NotFound`] when there is no such expectation, [`Error::Invalid`] for a foreign cursor.
pub async fn results(
    context: &Context,
    scope: &Scope<QualityRead>,
    id: ExpectationId,
    paging: &Paging,
) -> Result<Page<ExpectationResult>, Error> {
    let after: Option<Uuid> = paging.after()?;
    let tx = context.store.read(scope.tenant()).await?;
    find(&tx, id).await?;
    let rows = store::expectation::results(&tx, id, after, paging.rows()).await?;
    let page = paging.page(rows, |(id, _)| *id);
    let mut page = paging.counted(page, store::expectation::count_results(&tx, id)).await?;
    let items = std::mem::take(&mut page.items).into_iter().map(|(_, result)| result).collect();
    Ok(page.with(items))
}

/// Adds one to a source; the next scan judges it.
///
/// # Errors
/// [`Error::Invalid`] with the place of each fault, [`Error::Conflict`] when it is there already or the source has as many
/// as it may, [`Error::NotFound`] and [`Error::SourceRequired`] as `?source=` says.
pub async fn create(
    context: &Context,
    scope: &Scope<QualityManage>,
    source: Option<&str>,
    input: ExpectationDefinition,
) -> Result<Expectation, Error> {
    let now = context.now();
    let tx = context.store.read(scope.tenant()).await?;
    let source = select(&tx, source).await?;
    let subject = with_schema(context, &tx, source).await?;
    drop(tx);
    let tx = context.store.write(scope.tenant()).await?;
    let mut desk = Desk::at(&tx, subject, now).await?;
    let definition = desk.checked(input, "")?;
    desk.refuse_twin(&definition, None)?;
    let row = desk.new_row(scope, definition);
    desk.known.push(row.clone());
    desk.refuse_too_many()?;
    store::expectation::insert(&tx, std::slice::from_ref(&row)).await?;
    let expected = domain::expectation::sentence(&row.definition.table, &row.definition.rule);
    desk.record(
        scope,
        ("expectation.created", row.id),
        format!("{} expects that {expected}", scope.actor().name()),
        &row,
    )
    .await?;
    let source = desk.source.clone();
    desk.close().await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(view::expectation(row, &[source]))
}

/// Changes one. What was found of another rule, or while it was switched off, says nothing of it any more.
///
/// # Errors
/// As [`create`], [`Error::NotFound`] when it is gone, and [`Error::PreconditionFailed`] when it was changed meanwhile.
pub async fn patch(
    context: &Context,
    scope: &Scope<QualityManage>,
    id: ExpectationId,
    input: PatchExpectation,
) -> Result<Expectation, Error> {
    let now = context.now();
    let tx = context.store.read(scope.tenant()).await?;
    let (_, source) = find(&tx, id).await?;
    let subject = with_schema(context, &tx, source).await?;
    drop(tx);
    let tx = context.store.write(scope.tenant()).await?;
    let mut desk = Desk::at(&tx, subject, now).await?;
    // Read when nobody else writes.
    let before = desk.known.iter().find(|row| row.id == id).cloned();
    let before = before.ok_or(Error::NotFound("expectation"))?;
    scope.precondition().check(&before.definition)?;
    let was = before.definition.clone();
    let wanted = ExpectationDefinition {
        table: input.table.unwrap_or_else(|| was.table.clone()),
        rule: input.rule.unwrap_or_else(|| was.rule.clone()),
        severity: input.severity.unwrap_or(was.severity),
        description: input.description.or_else(|| was.description.clone()),
        enabled: input.enabled.unwrap_or(was.enabled),
    };
    // One that is only switched off, or said to matter less, may be about a table that is gone.
    let definition = match (&wanted.table, &wanted.rule) == (&was.table, &was.rule) {
        true => desk.checked_beside_names(wanted, "")?,
        false => desk.checked(wanted, "")?,
    };
    if definition == was {
        return Ok(view::expectation(before, &[desk.source.clone()]));
    }
    desk.refuse_twin(&definition, Some(id))?;
    let row = desk.redefined(before, definition);
    desk.known.retain(|known| known.id != id);
    desk.known.push(row.clone());
    desk.refuse_too_many()?;
    store::expectation::update(&tx, &row).await.map_err(Error::missing("expectation"))?;
    let expected = domain::expectation::sentence(&row.definition.table, &row.definition.rule);
    let actor = scope.actor().name();
    let message = match (was.enabled, row.definition.enabled) {
        (true, false) => format!("{actor} switched off the expectation that {expected}"),
        (false, true) => format!("{actor} switched on the expectation that {expected}"),
        _ => format!("{actor} changed an expectation: {expected}"),
    };
    desk.record(scope, ("expectation.changed", id), message, &row).await?;
    if was.enabled && !row.definition.enabled {
        let object = domain::expectation::object(&was.table, &was.rule);
        desk.end_incidents(scope, &[object], "Nobody expects it any more").await?;
    }
    let source = desk.source.clone();
    desk.close().await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(view::expectation(row, &[source]))
}

/// Removes one with its results.
///
/// # Errors
/// [`Error::NotFound`] when it is gone.
pub async fn delete(context: &Context, scope: &Scope<QualityManage>, id: ExpectationId) -> Result<(), Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    let (row, source) = find(&tx, id).await?;
    let mut desk = Desk::at(&tx, (source, None), now).await?;
    desk.known.retain(|known| known.id != id);
    store::expectation::delete(&tx, &[id]).await?;
    let ExpectationDefinition { table, rule, .. } = &row.definition;
    let message = format!(
        "{} removed the expectation that {}",
        scope.actor().name(),
        domain::expectation::sentence(table, rule)
    );
    desk.record(scope, ("expectation.removed", id), message, &row).await?;
    desk.end_incidents(scope, &[domain::expectation::object(table, rule)], "Nobody expects it any more")
        .await?;
    desk.close().await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(())
}

/// An expectation of a source that is not removed.
async fn find(tx: &impl Reads, id: ExpectationId) -> Result<(Row, Source), Error> {
    let row = store::expectation::find(tx, id).await.map_err(Error::missing("expectation"))?;
    let source = store::source::find(tx, row.source_id).await.map_err(Error::missing("expectation"))?;
    Ok((row, source))
}
