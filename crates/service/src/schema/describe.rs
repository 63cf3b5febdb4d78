//! Words about objects: whose text is shown, and writing one's own.

use serde_json::json;
use store::description::{self, Description as Row};
use types::schema::{Description, DescriptionOrigin, ObjectDetail, PatchObject};
use types::snapshot::{Body, Object, path_of};

use super::{detail, snapshot, version_of};
use crate::permission::SchemaDescribe;
use crate::{Context, Error, Scope, Topic, activity, audit};

/// The most characters of a text.
const LONGEST_TEXT: usize = 4_000;
/// The most characters of an owner or a tag.
const LONGEST_WORD: usize = 80;
/// The most tags of one object.
const MOST_TAGS: usize = 20;

/// A table's text: a person's, else the database's own comment, else a rule's or a model's.
pub(super) fn description_of(object: &Object, row: Option<&Row>) -> Option<Description> {
    let comment = match &object.body {
        Body::Database(database) => &database.comment,
        Body::Schema(schema) => &schema.comment,
        Body::Table(table) => &table.comment,
        Body::View(view) | Body::MaterializedView(view) => &view.comment,
        Body::Enum(body) => &body.comment,
        Body::Domain(body) => &body.comment,
        Body::CompositeType(body) => &body.comment,
        Body::RangeType(body) => &body.comment,
        Body::Collation(body) => &body.comment,
        Body::Sequence(body) => &body.comment,
        Body::Function(body) | Body::Procedure(body) => &body.comment,
        Body::Extension(body) => &body.comment,
        Body::ForeignServer(body) => &body.comment,
    };
    chosen(comment.as_deref(), row)
}

/// The text to show of a comment and a row.
pub(super) fn chosen(comment: Option<&str>, row: Option<&Row>) -> Option<Description> {
    let written = row.and_then(|row| Some(Description { text: row.text.clone()?, origin: row.origin }));
    let commented =
        comment.map(|text| Description { text: text.to_owned(), origin: DescriptionOrigin::Comment });
    match written {
        Some(written) if written.origin == DescriptionOrigin::Person => Some(written),
        other => commented.or(other),
    }
}

/// Writes a description, an owner or tags of a table, a view or a column of the newest version.
///
/// # Errors
/// [`Error::NotFound`] when there is no such object, [`Error::Invalid`] when a field does not fit,
/// [`Error::PreconditionFailed`] when somebody said something else of the table or view, or of one of its columns, meanwhile.
pub async fn patch_object(
    context: &Context,
    scope: &Scope<SchemaDescribe>,
    source: Option<&str>,
    path: &str,
    input: PatchObject,
) -> Result<ObjectDetail, Error> {
    let now = context.now();
    let tx = context.store.read(scope.tenant()).await?;
    let (source, version) = version_of(&tx, source, None).await?;
    // Read before the transaction that writes: a large schema takes its time.
    let snapshot = snapshot(context, &tx, &version).await?;
    drop(tx);
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let object =
        snapshot.objects.iter().find(|object| names(object, path)).ok_or(Error::NotFound("object"))?;
    if scope.precondition().is_some() {
        scope.precondition().check(&detail::said(&detail::words(&tx, &source, object).await?))?;
    }
    let old = description::find_many(&tx, source.id, &[path.to_owned()]).await?.pop();
    let row = changed(path, old, input, &scope.actor().audit_name())?;
    description::put(&tx, source.id, std::slice::from_ref(&row), now).await?;
    let subject = format!("object:{}:{path}", source.name);
    let detail = json!({"description": row.text, "owner": row.owner, "tags": row.tags});
    audit::record(&tx, scope, now, "object.described", &subject, detail).await?;
    let entry = activity::Entry {
        kind: "object.described",
        message: format!("{} described {path}", scope.actor().name()),
        source: Some(source.name.clone()),
        link: Some(format!("/dashboard/schema/{}", object.path)),
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    let words = detail::words(&tx, &source, object).await?;
    let view = detail::view(&tx, &source, &version, (&snapshot.objects, object), &words, now).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(view)
}

/// Whether a path is an object's or one of its columns'.
fn names(object: &Object, path: &str) -> bool {
    object.path == path
        || path.starts_with(&object.path)
            && object.body.columns().iter().any(|column| {
                let mut parts = object.parts.clone();
                parts.push(column.name.clone());
                path_of(&parts) == path
            })
}

/// The row after the change: a missing field stays, an empty one is cleared.
fn changed(path: &str, old: Option<Row>, input: PatchObject, by: &str) -> Result<Row, Error> {
    let mut row = old.unwrap_or_else(|| Row {
        path: path.to_owned(),
        text: None,
        origin: DescriptionOrigin::Person,
        owner: None,
        tags: Vec::new(),
        updated_by: None,
    });
    if let Some(text) = input.description {
        row.text = checked("/description", &text, LONGEST_TEXT)?;
        row.origin = DescriptionOrigin::Person;
    }
    if let Some(owner) = input.owner {
        row.owner = checked("/owner", &owner, LONGEST_WORD)?;
    }
    if let Some(tags) = input.tags {
        if tags.len() > MOST_TAGS {
            return Err(Error::field("/tags", "length", format!("At most {MOST_TAGS} tags.")));
        }
        let mut kept = Vec::new();
        for tag in tags {
            kept.extend(checked("/tags", &tag, LONGEST_WORD)?);
        }
        kept.sort();
        kept.dedup();
        row.tags = kept;
    }
    row.updated_by = Some(by.to_owned());
    Ok(row)
}

/// Text without its outer spaces; nothing when that leaves nothing.
fn checked(pointer: &str, text: &str, most: usize) -> Result<Option<String>, Error> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Error::field(pointer, "length", format!("At most {most} characters.")));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(origin: DescriptionOrigin) -> Row {
        Row {
            path: "public.film".into(),
            text: Some("text".into()),
            origin,
            owner: None,
            tags: Vec::new(),
            updated_by: None,
        }
    }

    #[test]
    fn a_person_wins_over_a_comment_and_a_comment_over_a_rule() {
        let origin = |comment, row: Option<Row>| chosen(comment, row.as_ref()).map(|text| text.origin);
        assert_eq!(origin(Some("c"), Some(row(DescriptionOrigin::Person))), Some(DescriptionOrigin::Person));
        assert_eq!(origin(Some("c"), Some(row(DescriptionOrigin::Rule))), Some(DescriptionOrigin::Comment));
        assert_eq!(origin(None, Some(row(DescriptionOrigin::Rule))), Some(DescriptionOrigin::Rule));
        assert_eq!(origin(None, None), None);
    }

    #[test]
    fn an_empty_field_is_cleared_and_a_missing_one_stays() {
        let old = Row { owner: Some("Ada".into()), ..row(DescriptionOrigin::Rule) };
        let input = PatchObject { description: Some(" ".into()), ..PatchObject::default() };
        let new = changed("public.film", Some(old), input, "ada@example.com").unwrap();
        assert_eq!((new.text, new.owner.as_deref()), (None, Some("Ada")));
    }
}
