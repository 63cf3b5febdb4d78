//! Ownership: who answers for which data, and how it is tagged. Rules about sources and patterns are written here, words
//! about single objects in [`crate::schema::patch_object`].

mod filter;
mod narrowed;
mod register;
mod validate;

use serde_json::json;
use store::WriteTx;
use store::ownership::Ownership as Row;
use store::source::Source;
use types::Timestamp;
use types::ownership::{OwnershipDocument, OwnershipRule, SetOwnership};

use crate::permission::{SchemaDescribe, SchemaRead};
use crate::precondition::of_newest;
use crate::source::select;
use crate::{Context, Error, Scope, Topic, activity, audit};

pub use filter::{Filter, OwnerFilter};
pub(crate) use narrowed::Narrowed;
pub(crate) use register::Registers;
pub(crate) use validate::{faults, tidied};

/// The rules of a source.
///
/// # Errors
/// [`Error::NotFound`] and [`Error::SourceRequired`] as `?source=` says.
pub async fn get(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: Option<&str>,
) -> Result<OwnershipDocument, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let source = select(&tx, source).await?;
    let row = store::ownership::find(&tx, source.id).await?;
    Ok(document(source, row))
}

/// Puts the rules of a source in the place of those that were there.
///
/// # Errors
/// [`Error::Invalid`] with the place of each fault, [`Error::Conflict`] and [`Error::PreconditionFailed`] when somebody else
/// changed them meanwhile; else as [`get`].
pub async fn set(
    context: &Context,
    scope: &Scope<SchemaDescribe>,
    source: Option<&str>,
    input: SetOwnership,
) -> Result<OwnershipDocument, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let source = select(&tx, source).await?;
    let current = store::ownership::find(&tx, source.id).await?;
    scope.precondition().check(&document(source.clone(), current.clone()))?;
    let newest = current.as_ref().map(|current| (current.version, current.author.as_str()));
    let version = of_newest("The owners are", newest, input.version)?;
    let before = current.as_ref().map_or(&[][..], |current| current.rules.as_slice());
    let rules = tidied(input.rules);
    let faults = faults(&tx, before, &rules, "/rules").await?;
    if !faults.is_empty() {
        return Err(Error::Invalid(faults));
    }
    if rules == before {
        return Ok(document(source, current));
    }
    let written = write(&tx, scope, now, (&source, version + 1), rules).await?;
    let entry = activity::Entry {
        kind: "ownership.changed",
        message: format!("{} changed the owners and tags of {}", scope.actor().name(), source.name),
        source: Some(source.name.clone()),
        link: Some("/dashboard/settings?section=ownership".to_owned()),
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(document(source, Some(written)))
}

/// Writes a version and its audit row.
pub(crate) async fn write<P>(
    tx: &WriteTx,
    scope: &Scope<P>,
    now: Timestamp,
    (source, version): (&Source, u32),
    rules: Vec<OwnershipRule>,
) -> Result<Row, Error> {
    let author = scope.actor().name().to_owned();
    let row = Row { source_id: source.id, version, author, at: now, rules };
    store::ownership::put(tx, &row).await?;
    let detail = json!({"version": version, "rules": row.rules});
    audit::record(tx, scope, now, "ownership.changed", &format!("source:{}", source.id), detail).await?;
    Ok(row)
}

fn document(source: Source, row: Option<Row>) -> OwnershipDocument {
    let source = source.name;
    match row {
        Some(Row { source_id: _, version, author, at, rules }) => {
            OwnershipDocument { source, version, rules, author: Some(author), at: Some(at) }
        }
        None => OwnershipDocument { source, version: 0, rules: Vec::new(), author: None, at: None },
    }
}
