//! What an organization keeps of a person.

use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use types::activity::Activity;
use types::organization::AuditEntry;
use types::person::PersonRecord;

use super::{MOST, Named, told};
use crate::entity::{
    activity, audit, connection, description, drift, expectation, incident, incident_event, ownership,
    policy_version, sensitivity,
};
use crate::row::time;
use crate::transaction::Connected;
use crate::{Error, Reads, scoped};

/// See [`records`].
#[derive(Clone, Debug, Default)]
pub struct Records {
    pub audit: Vec<AuditEntry>,
    pub activity: Vec<Activity>,
    pub others: Vec<PersonRecord>,
    /// Whether no kind has more than [`MOST`].
    pub complete: bool,
}

/// The organization's rows that name a person or are theirs, the newest first; of each kind [`MOST`] at the most.
///
/// # Errors
/// When the database fails.
pub async fn records(tx: &impl Reads, person: Named<'_>) -> Result<Records, Error> {
    let mut complete = true;
    let mut others = Vec::new();
    // The newest rows of a table that a column says are the person's, each made to a record.
    macro_rules! collect {
        ($table:ident, $column:ident = $value:expr, $at:ident, $record:expr) => {{
            let rows = scoped::find::<$table::Entity>(tx)
                .filter($table::Column::$column.eq($value))
                .order_by_desc($table::Column::$at)
                .limit(MOST)
                .all(tx.connection())
                .await?;
            complete &= (rows.len() as u64) < MOST;
            let record: fn($table::Model) -> (&'static str, i64, String, Option<String>) = $record;
            for row in rows {
                let (kind, at, subject, text) = record(row);
                others.push(PersonRecord { kind: kind.to_owned(), at: time(at)?, subject, text });
            }
        }};
    }
    collect!(incident_event, Actor = person.name, At, |row| {
        let text = row.comment.map_or_else(|| row.message.clone(), |said| format!("{}: {said}", row.message));
        ("incident_event", row.at, row.incident_id.to_string(), Some(text))
    });
    collect!(incident, Assignee = person.id.0, UpdatedAt, |row| {
        ("assigned_incident", row.updated_at, row.id.to_string(), Some(row.title))
    });
    collect!(expectation, Author = person.name, CreatedAt, |row| {
        ("expectation", row.created_at, row.table_path, row.description)
    });
    collect!(description, UpdatedBy = person.email, UpdatedAt, |row| {
        ("description", row.updated_at, row.path, row.text)
    });
    collect!(drift, DecidedBy = person.name, DecidedAt, |row| {
        ("drift_decision", row.decided_at.unwrap_or(row.detected_at), row.id.to_string(), row.reason)
    });
    collect!(sensitivity, Author = person.name, At, |row| {
        let subject = [row.table_path, row.column_name, row.measure].join(" ");
        ("sensitivity", row.at, subject.trim().to_owned(), Some(row.sensitivity))
    });
    collect!(ownership, Author = person.name, At, |row| {
        ("ownership", row.at, row.source_id.to_string(), None)
    });
    collect!(policy_version, Author = person.name, At, |row| {
        ("policy", row.at, format!("version {}", row.version), row.reason)
    });
    for row in scoped::find::<connection::Entity>(tx).all(tx.connection()).await? {
        if row.config.get("author").and_then(|author| author.as_str()) == Some(person.name) {
            let at = time(row.updated_at)?;
            others.push(PersonRecord { kind: row.kind, at, subject: row.name, text: None });
        }
    }
    let (audit, activity) = (audit(tx, person).await?, activity(tx, person).await?);
    complete &= (audit.len().max(activity.len()) as u64) < MOST;
    Ok(Records { audit, activity, others, complete })
}

async fn audit(tx: &impl Reads, person: Named<'_>) -> Result<Vec<AuditEntry>, Error> {
    use audit::Column::{Actor, Seq, Subject};
    let theirs = Condition::any().add(Actor.eq(person.email)).add(Subject.eq(person.email));
    let query = scoped::find::<audit::Entity>(tx).filter(theirs).order_by_desc(Seq).limit(MOST);
    query.all(tx.connection()).await?.into_iter().map(crate::audit::converted).collect()
}

async fn activity(tx: &impl Reads, person: Named<'_>) -> Result<Vec<Activity>, Error> {
    use activity::Column::{Actor, Message, Seq};
    let theirs = Condition::any().add(Actor.eq(person.name)).add(Message.is_in(told(person.name)));
    let query = scoped::find::<activity::Entity>(tx).filter(theirs).order_by_desc(Seq).limit(MOST);
    query.all(tx.connection()).await?.into_iter().map(crate::activity::converted).collect()
}
