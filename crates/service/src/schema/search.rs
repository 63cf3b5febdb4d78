//! The search over names of tables, columns and other objects.

use types::page::Page;
use types::schema::SearchHit;
use types::snapshot::{Object, path_of};

use super::{is_relation, snapshot};
use crate::ownership::Narrowed;
use crate::page::checked_limit;
use crate::permission::SchemaRead;
use crate::source::select_all;
use crate::{Context, Error, Scope, ownership};

/// What a search found, best first: a name that is the text, one that begins with it, one that holds it; tables before
/// columns. Without a source it looks through all of them. `owned` narrows it to objects and columns that belong to
/// somebody or have a tag, their own or inherited.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source, [`Error::Invalid`] for an empty text and for a key that asks for its own.
pub async fn search(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: Option<&str>,
    text: &str,
    limit: Option<u32>,
    owned: ownership::Filter,
) -> Result<Page<SearchHit>, Error> {
    let limit = checked_limit(limit)? as usize;
    let text = text.trim().to_lowercase();
    if text.is_empty() || text.len() > 200 {
        return Err(Error::field("/q", "length", "Give 1 to 200 characters to search for."));
    }
    let owned = owned.asked_by(scope)?;
    let tx = context.store.read(scope.tenant()).await?;
    let sources = select_all(&tx, source).await?;
    let names = sources.iter().map(|source| (source.id, source.name.clone())).collect();
    let owned = Narrowed::over(&tx, owned, &names).await?;
    let mut hits = Vec::new();
    for source in sources {
        if let Some(version) = store::version::latest(&tx, source.id).await? {
            let is_wanted =
                |hit: &SearchHit| owned.as_ref().is_none_or(|owned| owned.wants(source.id, &hit.path));
            for object in &snapshot(context, &tx, &version).await?.objects {
                let found = gather(&source.name, object, &text);
                hits.extend(found.into_iter().filter(|(_, hit)| is_wanted(hit)));
            }
        }
    }
    hits.sort_by(|(a_rank, a), (b_rank, b)| (a_rank, &a.path, &a.source).cmp(&(b_rank, &b.path, &b.source)));
    let total = Some(hits.len() as u64);
    hits.truncate(limit);
    Ok(Page { items: hits.into_iter().map(|(_, hit)| hit).collect(), next_cursor: None, total })
}

/// What of an object holds the text, with its rank.
fn gather(source: &str, object: &Object, text: &str) -> Vec<(u8, SearchHit)> {
    let mut hits = Vec::new();
    let relation = is_relation(&object.body);
    let name = object.parts.last().map_or("", String::as_str);
    if let Some(rank) = rank(name, &object.path, text) {
        let columns = object.body.columns().len();
        let hit = SearchHit {
            kind: object.body.kind().to_owned(),
            path: object.path.clone(),
            table: object.path.clone(),
            source: source.to_owned(),
            detail: if relation { format!("{columns} columns") } else { String::new() },
        };
        hits.push((rank * 2 + u8::from(!relation), hit));
    }
    for column in object.body.columns() {
        let mut parts = object.parts.clone();
        parts.push(column.name.clone());
        // A column's whole path holds its table's name: only its own name counts, unless the text has a dot.
        let path = if text.contains('.') { path_of(&parts) } else { String::new() };
        if let Some(rank) = rank(&column.name, &path, text) {
            let hit = SearchHit {
                kind: "column".to_owned(),
                path: path_of(&parts),
                table: object.path.clone(),
                source: source.to_owned(),
                detail: column.data_type.clone(),
            };
            hits.push((rank * 2 + 1, hit));
        }
    }
    hits
}

/// Less is better; nothing when neither name nor path holds the text.
fn rank(name: &str, path: &str, text: &str) -> Option<u8> {
    let name = name.to_lowercase();
    if name == text {
        Some(0)
    } else if name.starts_with(text) {
        Some(1)
    } else if name.contains(text) {
        Some(2)
    } else {
        path.to_lowercase().contains(text).then_some(3)
    }
}
