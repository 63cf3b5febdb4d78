//! Describes what nobody has described: first by rules alone, and marked as such. No model is asked.

use std::collections::HashMap;

use store::description::{self, Description};
use types::log::LogLevel;
use types::schema::DescriptionOrigin;
use types::snapshot::{Body, Object, path_of};

use super::ending;
use super::halt::Halt;
use super::step::Work;
use super::wording;
use crate::schema::snapshot;

pub(super) async fn perform(work: &mut Work<'_>) -> Result<(), Halt> {
    let now = work.context.now();
    let tx = work.context.store.read(&work.tenant).await?;
    let (mut described, mut known) = (Vec::new(), HashMap::new());
    if work.run.unchanged != Some(true)
        && let Some(version) = store::version::latest(&tx, work.source.id).await?
    {
        let snapshot = snapshot(&tx, &version).await?;
        for row in description::list(&tx, work.source.id).await? {
            known.insert(row.path.clone(), row);
        }
        described = describe(&snapshot.objects, &known);
    }
    drop(tx);
    let tx = work.context.store.write(&work.tenant).await?;
    // Somebody may have written a text meanwhile; theirs stays.
    let paths: Vec<_> = described.iter().map(|row| row.path.clone()).collect();
    for row in description::find_many(&tx, work.source.id, &paths).await? {
        if known.get(&row.path) != Some(&row) {
            described.retain(|other| other.path != row.path);
        }
    }
    description::put(&tx, work.source.id, &described, now).await?;
    let message = match described.len() {
        0 => "Nothing new to describe".to_owned(),
        1 => "Described 1 object by rule".to_owned(),
        count => format!("Described {count} objects by rule"),
    };
    let line = work.line(LogLevel::Info, message, [("described", described.len().into())]);
    store::log::append(&tx, &[line]).await?;
    ending::advance(&tx, work).await?;
    tx.commit().await?;
    Ok(())
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
