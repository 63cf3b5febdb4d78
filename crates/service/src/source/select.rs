//! Which source a request means: `?source=` is a name or an id.

use store::Reads;
use store::source::Source;

use crate::Error;

/// The source of that name or id; without a name the only one.
///
/// # Errors
/// [`Error::NotFound`] for an unknown name, [`Error::SourceRequired`] when there are several and none is named,
/// [`Error::NoSnapshot`] when there is none at all.
pub(crate) async fn select(tx: &impl Reads, named: Option<&str>) -> Result<Source, Error> {
    let mut sources = store::source::list(tx).await?;
    match named.filter(|name| !name.is_empty()) {
        Some(name) => {
            sources.into_iter().find(|source| answers_to(source, name)).ok_or(Error::NotFound("source"))
        }
        None if sources.len() > 1 => Err(Error::SourceRequired),
        None => sources.pop().ok_or(Error::NoSnapshot),
    }
}

/// The source of that name or id; without a name all of them.
///
/// # Errors
/// [`Error::NotFound`] for an unknown name.
pub(crate) async fn select_all(tx: &impl Reads, named: Option<&str>) -> Result<Vec<Source>, Error> {
    match named.filter(|name| !name.is_empty()) {
        Some(name) => Ok(vec![select(tx, Some(name)).await?]),
        None => Ok(store::source::list(tx).await?),
    }
}

fn answers_to(source: &Source, name: &str) -> bool {
    source.name == name || source.id.to_string() == name
}
