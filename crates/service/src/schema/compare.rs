//! What is different between two versions, or between two sources.

use store::Reads;
use store::source::Source;
use store::version::Version;
use types::change::Audience;
use types::schema::Comparison;

use super::{snapshot, version_of};
use crate::permission::SchemaRead;
use crate::{Context, Error, Scope};

/// The two sides as a request names them: a version's number, or `source:version` to compare two sources.
#[derive(Clone, Debug, Default)]
pub struct Between {
    /// The version before `to` when it is missing.
    pub from: Option<String>,
    /// The newest version when it is missing.
    pub to: Option<String>,
}

/// Compares two versions.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source or version, [`Error::VersionRemoved`] for one that is not kept any more,
/// [`Error::Invalid`] for a side that cannot be read.
pub async fn compare(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: Option<&str>,
    between: Between,
) -> Result<Comparison, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let to = side(&tx, "/to", source, between.to.as_deref()).await?;
    let from = match between.from.as_deref() {
        Some(from) => side(&tx, "/from", source, Some(from)).await?,
        None => {
            version_of(&tx, Some(&to.0.id.to_string()), Some(to.1.version.saturating_sub(1).max(1))).await?
        }
    };
    let old = snapshot(context, &tx, &from.1).await?;
    let new = snapshot(context, &tx, &to.1).await?;
    drop(tx);
    let changes = tokio::task::spawn_blocking(move || domain::diff(&old, &new, None))
        .await
        .map_err(|error| Error::Internal(format!("the comparison did not end: {error}")))?;
    let name = |(source, version): &(Source, Version)| format!("{}:{}", source.name, version.version);
    Ok(Comparison {
        from: name(&from),
        to: name(&to),
        summary: domain::summary(&changes, Audience::Both),
        sentence: domain::sentence(&changes),
        changes,
    })
}

async fn side(
    tx: &impl Reads,
    pointer: &str,
    source: Option<&str>,
    text: Option<&str>,
) -> Result<(Source, Version), Error> {
    let Some(text) = text else { return version_of(tx, source, None).await };
    let (named, number) = match text.rsplit_once(':') {
        Some((named, number)) => (Some(named), number),
        None => (source, text),
    };
    let number = match number {
        "latest" => None,
        number => Some(number.parse().map_err(|_| {
            Error::field(
                pointer,
                "format",
                "Give a version such as 3, or a source and a version such as shop:3.",
            )
        })?),
    };
    version_of(tx, named, number).await
}
