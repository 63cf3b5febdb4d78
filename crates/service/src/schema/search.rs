//! The search over names of tables, columns and other objects.

use types::page::Page;
use types::schema::SearchHit;
use types::snapshot::{Object, path_of};

use super::{is_relation, snapshot};
use crate::page::checked_limit;
use crate::permission::SchemaRead;
use crate::source::select_all;
use crate::{Context, Error, Scope};

/// What a search found, best first: a name that is the text, one that begins with it, one that holds it; tables before
/// columns. Without a source it looks through all of them.
///
/// # Errors
/// [`Error::NotFound`] for an unknown source, [`Error::Invalid`] for an empty text.
pub async fn search(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: Option<&str>,
    text: &str,
    limit: Option<u32>,
) -> Result<Page<SearchHit>, Error> {
    let limit = checked_limit(limit)? as usize;
    let text = text.trim().to_lowercase();
    if text.is_empty() || text.len() > 200 {
        return Err(Error::field("/q", "length", "Give 1 to 200 characters to search for."));
    }
    let tx = context.store.read(scope.tenant()).await?;
    let mut hits = Vec::new();
    for source in select_all(&tx, source).await? {
        if let Some(version) = store::version::latest(&tx, source.id).await? {
            for object in &snapshot(context, &tx, &version).await?.objects {
                gather(&mut hits, &source.name, object, &text);
            }
        }
    }
    hits.sort_by(|(a_rank, a), (b_rank, b)| (a_rank, &a.path, &a.source).cmp(&(b_rank, &b.path, &b.source)));
    hits.truncate(limit);
    Ok(Page { items: hits.into_iter().map(|(_, hit)| hit).collect(), next_cursor: None })
}

fn gather(hits: &mut Vec<(u8, SearchHit)>, source: &str, object: &Object, text: &str) {
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
