//! Expectations: what the pass over a table told, what an earlier one did, and what has to be asked for.

mod value;

use std::time::Instant;

use types::Timestamp;
use types::expectation::{ExpectationOutcome, TableOutcome};

use super::pass::Reader;
use super::projection::Kind;
use super::quote;
use super::state::Mark;
use super::target::{TargetColumn, TargetTable, get};
use crate::ScanError;
use crate::expectation::{
    Counted, Domain, Entry, Extent, Judged, Named, Pairs, Plan, Relation, Tally, Verdict, not_checked,
    of_pairs, statement,
};
pub(super) use value::{domain, value};

const TOTAL: &str = "coalesce(sum(g.n), 0)::pg_catalog.int8";

/// The relations of another table, as they were when an expectation compared with it.
pub(super) type Marks = Vec<(u32, Mark)>;

/// What is known of a table's rows by now.
pub(super) struct Basis<'a> {
    pub(super) counted: Vec<Counted>,
    pub(super) tallies: &'a [Tally],
    pub(super) extent: Extent,
    /// Outcomes that still hold if the other table did not change either.
    pub(super) known: &'a [Judged<Marks>],
    pub(super) now: Timestamp,
}

/// What became of the expectations about a table.
#[derive(Default)]
pub(super) struct Judgement {
    pub(super) outcomes: Vec<TableOutcome>,
    /// Those that hold as long as nobody writes.
    pub(super) judged: Vec<Judged<Marks>>,
    /// A statement failed that may succeed next time.
    pub(super) again: bool,
}

/// Judges what is expected of a table, outside of a transaction. `columns` are those of the plan.
pub(super) async fn judge(
    reader: &mut Reader<'_>,
    table: &TargetTable,
    columns: &[&TargetColumn],
    plan: &Plan,
    basis: &Basis<'_>,
) -> Result<Judgement, ScanError> {
    let mut judgement = Judgement::default();
    for entry in &plan.entries {
        let known = basis.known.iter().find(|known| known.rule == entry.rule_hash);
        let (outcome, other, again) = match known {
            Some(known) if entry.references().is_none() => (known.outcome.clone(), None, false),
            known => match entry.judge(&basis.counted, basis.tallies, basis.extent) {
                Verdict::Told(outcome) => (outcome, None, false),
                Verdict::Ask(question) => match statement(reader.tables, (table, columns), question, TOTAL) {
                    Ok(statement) => ask(reader, statement, entry, known, basis.now).await?,
                    Err(reason) => (not_checked(reason), None, false),
                },
            },
        };
        judgement.again |= again;
        let outcome = ExpectationOutcome { checked_at: outcome.checked_at.or(Some(basis.now)), ..outcome };
        if !again {
            let (rule, outcome) =
                (entry.rule_hash, ExpectationOutcome { checked_at: None, ..outcome.clone() });
            judgement.judged.push(Judged { rule, outcome, other });
        }
        judgement.outcomes.push(TableOutcome { id: entry.id, outcome });
    }
    Ok(judgement)
}

/// The outcome, what the other table was like, and whether asking again later may tell more.
type Answer = (ExpectationOutcome, Option<Marks>, bool);

/// Asks the database, in a transaction of its own.
async fn ask(
    reader: &mut Reader<'_>,
    (statement, parent): (String, Option<&TargetTable>),
    entry: &Entry,
    known: Option<&Judged<Marks>>,
    now: Timestamp,
) -> Result<Answer, ScanError> {
    if reader.spent.over().is_some() {
        return Ok((not_checked("The profile's budget ran out before it could be asked."), None, true));
    }
    let since = Instant::now();
    let answer = answer(reader, &statement, parent, known).await;
    reader.watch.transaction_ended();
    let (counted, marks) = match answer {
        Ok((Some(counted), marks)) => (Ok(counted), marks),
        Ok((None, marks)) => {
            let outcome = known.map(|known| known.outcome.clone()).unwrap_or_default();
            return Ok((outcome, marks, false));
        }
        Err(error) if reader.connection.is_closed() => return Err(error),
        Err(error) => {
            reader.connection.rollback().await?;
            (Err(error), None)
        }
    };
    reader.watch.pace.rest(since.elapsed()).await;
    let (outcome, again) = of_pairs(entry, counted.as_ref().copied(), now);
    Ok((outcome, marks, again))
}

/// What the statement counts, and what the other table was like; nothing counted where what is known still holds.
async fn answer(
    reader: &mut Reader<'_>,
    statement: &str,
    parent: Option<&TargetTable>,
    known: Option<&Judged<Marks>>,
) -> Result<(Option<Pairs>, Option<Marks>), ScanError> {
    // The other table's counters are looked at first: they are not newer than what is compared.
    let state = match parent {
        Some(parent) => Some(reader.look(parent).await?),
        None => None,
    };
    let marks = state.filter(|state| state.counted).map(|state| state.marks());
    if marks.is_some() && known.is_some_and(|known| known.other == marks) {
        return Ok((None, marks));
    }
    reader.begin().await?;
    let rows = reader.connection.query(statement, &[]).await?;
    reader.connection.commit().await?;
    let row = rows.first().ok_or_else(|| ScanError::Database("the server counted nothing".into()))?;
    let count = |index| get::<i64>(row, index).map(|count| u64::try_from(count).unwrap_or(0));
    Ok((Some((count(0)?, count(1)?)), marks))
}

impl Relation for TargetTable {
    type Column = TargetColumn;

    fn path(&self) -> &str {
        &self.path
    }

    fn written(&self) -> String {
        self.qualified_name()
    }

    fn columns(&self) -> &[TargetColumn] {
        &self.columns
    }

    fn is_readable(&self) -> bool {
        self.unreadable.is_none()
    }
}

impl Named for TargetColumn {
    fn name(&self) -> &str {
        &self.name
    }

    fn domain(&self) -> Domain {
        domain(self.kind)
    }

    fn written(&self) -> String {
        quote(&self.name)
    }

    /// Texts by their bytes: no collation, no operator and no cast of a user's has a say.
    fn compared(&self, of: &str) -> String {
        let name = format!("{of}{}", quote(&self.name));
        match self.kind {
            Kind::Label => format!("({} COLLATE pg_catalog.\"C\")", self.kind.expression(&name)),
            Kind::Text | Kind::ShortText | Kind::WholeText => {
                format!("{name}::pg_catalog.text COLLATE pg_catalog.\"C\"")
            }
            _ => name,
        }
    }

    fn is_readable(&self) -> bool {
        self.readable
    }
}
