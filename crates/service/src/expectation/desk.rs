//! A change of one source's expectations: what is checked before, and written beside it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use store::expectation::Expectation as Row;
use store::source::Source;
use store::{Reads, WriteTx};
use types::expectation::{ExpectationDefinition, ExpectationOutcome, ExpectationState};
use types::problem::FieldError;
use types::snapshot::Snapshot;
use types::{ExpectationId, Timestamp};
use uuid::Uuid;

use super::validate;
use crate::incident::follow_expectations;
use crate::schema::snapshot;
use crate::{Context, Error, Scope, activity, audit};

/// The most expectations of one source.
const MOST: usize = 500;
/// The most bytes of their rules together: an agent gets them all at once.
const MOST_BYTES: usize = 256 * 1024;

/// A source with its newest schema, if there is one.
pub(crate) type Subject = (Source, Option<Arc<Snapshot>>);

/// Reads the schema that names are looked up in. Not while a change is under way: decoding a large one takes a while.
pub(crate) async fn with_schema(
    context: &Context,
    tx: &impl Reads,
    source: Source,
) -> Result<Subject, Error> {
    let schema = match store::version::latest(tx, source.id).await? {
        Some(version) => Some(snapshot(context, tx, &version).await?),
        None => None,
    };
    Ok((source, schema))
}

/// A change of one source's expectations, one at a time.
pub(crate) struct Desk<'a> {
    pub(super) tx: &'a WriteTx,
    pub(super) now: Timestamp,
    pub(super) source: Source,
    /// What is expected, as it will be.
    pub(super) known: Vec<Row>,
    /// The newest schema, if there is one.
    schema: Option<Arc<Snapshot>>,
    /// Later than every change before, also when the clock stands still: scans tell changes apart by it.
    updated_at: Timestamp,
}

impl<'a> Desk<'a> {
    pub(crate) async fn at(
        tx: &'a WriteTx,
        (source, schema): Subject,
        now: Timestamp,
    ) -> Result<Self, Error> {
        store::organization::lock(tx).await?;
        let known = store::expectation::of_source(tx, source.id).await?;
        let last = known.iter().map(|row| row.updated_at).max();
        let after = last.map(|last| Timestamp(last.0 + Duration::from_millis(1)));
        let updated_at = after.map_or(now, |after| after.max(now));
        Ok(Self { tx, now, source, known, schema, updated_at })
    }

    /// The definition without spaces around its words.
    pub(super) fn checked(
        &self,
        definition: ExpectationDefinition,
        place: &str,
    ) -> Result<ExpectationDefinition, Error> {
        let objects = self.schema.as_ref().map(|schema| schema.objects.as_slice());
        within(place, tidied(definition), |definition| validate::faults(definition, objects))
    }

    /// The same of one whose table and columns may be gone.
    pub(super) fn checked_beside_names(
        &self,
        definition: ExpectationDefinition,
        place: &str,
    ) -> Result<ExpectationDefinition, Error> {
        within(place, tidied(definition), |definition| validate::faults(definition, None))
    }

    pub(super) fn refuse_twin(
        &self,
        definition: &ExpectationDefinition,
        but: Option<ExpectationId>,
    ) -> Result<(), Error> {
        let twin = self.known.iter().find(|row| {
            Some(row.id) != but
                && row.definition.table == definition.table
                && row.definition.rule == definition.rule
        });
        match twin {
            Some(row) => Err(Error::Conflict(format!(
                "That {} is expected already, by {}. Change that one instead.",
                domain::expectation::sentence(&definition.table, &definition.rule),
                row.author
            ))),
            None => Ok(()),
        }
    }

    pub(super) fn refuse_too_many(&self) -> Result<(), Error> {
        let bytes: usize = self
            .known
            .iter()
            .map(|row| serde_json::to_string(&row.definition.rule).map_or(0, |rule| rule.len()))
            .sum();
        if self.known.len() > MOST || bytes > MOST_BYTES {
            return Err(Error::Conflict(format!(
                "A source may have {MOST} expectations with {} KiB of rules. Remove some that nobody needs.",
                MOST_BYTES / 1024
            )));
        }
        Ok(())
    }

    pub(super) fn new_row<P>(&self, scope: &Scope<P>, definition: ExpectationDefinition) -> Row {
        Row {
            id: ExpectationId(Uuid::now_v7()),
            source_id: self.source.id,
            definition,
            author: scope.actor().name().to_owned(),
            created_at: self.now,
            updated_at: self.updated_at,
            outcome: ExpectationOutcome::default(),
            recorded_at: None,
            run_id: None,
            recent: Vec::new(),
        }
    }

    pub(super) fn redefined(&self, row: Row, definition: ExpectationDefinition) -> Row {
        let was = &row.definition;
        let same = (&was.table, &was.rule) == (&definition.table, &definition.rule)
            && (was.enabled || !definition.enabled);
        let (outcome, recorded_at, run_id) = match same {
            true => (row.outcome, row.recorded_at, row.run_id),
            false => (ExpectationOutcome::default(), None, None),
        };
        Row { definition, outcome, recorded_at, run_id, updated_at: self.updated_at, ..row }
    }

    /// Writes the audit and the activity row of one expectation.
    pub(super) async fn record<P>(
        &self,
        scope: &Scope<P>,
        (action, id): (&str, ExpectationId),
        message: String,
        row: &Row,
    ) -> Result<(), Error> {
        let detail = json!({
            "source": self.source.name, "table": row.definition.table, "rule": row.definition.rule,
            "severity": row.definition.severity, "enabled": row.definition.enabled,
        });
        audit::record(self.tx, scope, self.now, action, &format!("expectation:{id}"), detail).await?;
        self.tell(scope, action, message).await
    }

    pub(super) async fn tell<P>(&self, scope: &Scope<P>, kind: &str, message: String) -> Result<(), Error> {
        let source = self.source.name.clone();
        let link = Some(format!("/dashboard/quality?view=expectations&source={source}"));
        let entry = activity::Entry { kind, message, source: Some(source), link };
        activity::record(self.tx, scope.actor(), self.now, entry).await?;
        Ok(())
    }

    /// Ends the incidents of objects of which nothing that is expected fails any more.
    pub(super) async fn end_incidents<P>(
        &self,
        scope: &Scope<P>,
        objects: &[String],
        why: &str,
    ) -> Result<(), Error> {
        let failing: Vec<String> = self
            .known
            .iter()
            .filter(|row| row.definition.enabled && row.outcome.state == ExpectationState::Failed)
            .map(|row| domain::expectation::object(&row.definition.table, &row.definition.rule))
            .collect();
        let over: Vec<&str> =
            objects.iter().filter(|object| !failing.contains(object)).map(String::as_str).collect();
        follow_expectations(self.tx, scope.actor(), self.source.id, &over, why, self.now).await
    }

    /// Lets the next scan judge the data anew, also when nobody writes to it.
    pub(super) async fn close(self) -> Result<(), Error> {
        Ok(store::source::forget_profile(self.tx, self.source.id).await?)
    }
}

fn tidied(mut definition: ExpectationDefinition) -> ExpectationDefinition {
    definition.table = definition.table.trim().to_owned();
    definition.description =
        definition.description.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    definition
}

fn within(
    place: &str,
    definition: ExpectationDefinition,
    faults: impl FnOnce(&ExpectationDefinition) -> Vec<FieldError>,
) -> Result<ExpectationDefinition, Error> {
    let faults: Vec<FieldError> = faults(&definition)
        .into_iter()
        .map(|fault| FieldError { pointer: format!("{place}{}", fault.pointer), ..fault })
        .collect();
    if faults.is_empty() { Ok(definition) } else { Err(Error::Invalid(faults)) }
}
