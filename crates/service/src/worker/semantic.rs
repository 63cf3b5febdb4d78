//! Describes what nobody has described: first by rules alone, and marked as such. No model is asked.

use std::collections::HashMap;

use store::description::{self, Description};
use store::{WriteTx, staged};
use types::Timestamp;
use types::log::LogLevel;
use types::schema::DescriptionOrigin;
use types::snapshot::{Body, Object, path_of};

use super::halt::Halt;
use super::step::Work;
use super::wording;
use super::{backfill, ending};
use crate::schema::snapshot;

/// How many rows one transaction writes.
const BATCH: usize = 500;

pub(super) async fn perform(work: &mut Work<'_>) -> Result<(), Halt> {
    // Last of all: what was found is told by now, and nobody waits for this.
    backfill::perform(work).await?;
    let now = work.context.now();
    let tx = work.context.store.read(&work.tenant).await?;
    let (mut described, mut known) = (Vec::new(), HashMap::new());
    if work.run.unchanged != Some(true)
        && let Some(version) = store::version::latest(&tx, work.source.id).await?
    {
        let snapshot = snapshot(work.context, &tx, &version).await?;
        for row in description::list(&tx, work.source.id).await? {
            known.insert(row.path.clone(), row);
        }
        described = describe(&snapshot.objects, &known);
    }
    drop(tx);
    forget(work).await?;
    let mut written = 0;
    for rows in described.chunks(BATCH) {
        let tx = work.hold().await?;
        written += put(&tx, work, rows, &known, now).await?;
        tx.commit().await?;
    }
    let tx = work.context.store.write(&work.tenant).await?;
    let message = match written {
        0 => "Nothing new to describe".to_owned(),
        1 => "Described 1 object by rule".to_owned(),
        count => format!("Described {count} objects by rule"),
    };
    // Of what is unchanged nothing is looked at.
    if work.run.unchanged != Some(true) {
        let line = work.line(LogLevel::Info, message, [("described", written.into())]);
        store::log::append(&tx, &[line]).await?;
    }
    ending::advance(&tx, work).await?;
    tx.commit().await?;
    Ok(())
}

/// Removes what the run has staged: it is visible by now in its final form.
async fn forget(work: &Work<'_>) -> Result<(), Halt> {
    loop {
        let tx = work.hold().await?;
        let more = staged::clear_some(&tx, work.run.id).await?;
        tx.commit().await?;
        if !more {
            return Ok(());
        }
    }
}

/// Writes some rows, except where somebody has written a text meanwhile; answers how many.
async fn put(
    tx: &WriteTx,
    work: &Work<'_>,
    rows: &[Description],
    known: &HashMap<String, Description>,
    now: Timestamp,
) -> Result<usize, Halt> {
    let paths: Vec<_> = rows.iter().map(|row| row.path.clone()).collect();
    let mut rows = rows.to_vec();
    for row in description::find_many(tx, work.source.id, &paths).await? {
        if known.get(&row.path) != Some(&row) {
            rows.retain(|other| other.path != row.path);
        }
    }
    description::put(tx, work.source.id, &rows, now).await?;
    Ok(rows.len())
}

/// The rows to write: for tables, views and columns that have neither a comment nor a text that is not a rule's.
fn describe(objects: &[Object], known: &HashMap<String, Description>) -> Vec<Description> {
    let mut described = Vec::new();
    for object in objects {
        let comment = match &object.body {
            Body::Table(table) => &table.comment,
            Body::View(view) | Body::MaterializedView(view) => &view.comment,
            _ => continue,
        };
        if comment.is_none() {
            described.extend(row(object.path.clone(), wording::of_object(object), known));
        }
        for column in object.body.columns().iter().filter(|column| column.comment.is_none()) {
            let mut parts = object.parts.clone();
            parts.push(column.name.clone());
            described.extend(row(path_of(&parts), wording::of_column(object, column), known));
        }
    }
    described
}

/// The row with a rule's text, unless there is no text, it is there already, or the row's text is not a rule's.
fn row(path: String, text: Option<String>, known: &HashMap<String, Description>) -> Option<Description> {
    let text = Some(text?);
    let Some(old) = known.get(&path) else {
        return Some(Description {
            path,
            text,
            origin: DescriptionOrigin::Rule,
            owner: None,
            tags: Vec::new(),
            updated_by: None,
        });
    };
    let replaceable = old.text.is_none() || old.origin == DescriptionOrigin::Rule;
    (replaceable && old.text != text).then(|| Description {
        text,
        origin: DescriptionOrigin::Rule,
        ..old.clone()
    })
}
