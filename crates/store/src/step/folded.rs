//! The steps of a run that found nothing new, as a few numbers in the run's own row: each went well at its first attempt, and
//! its id, kind and place follow from the run. Their rows and their lines would be most of what such a run stores.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, QueryFilter, QuerySelect};
use types::protocol::Progress;
use types::run::{RunState, StepKind};
use types::{RunId, StepId, Timestamp};

use super::Step;
use crate::entity::{run, run_log, run_step};
use crate::run::Run;
use crate::transaction::Connected;
use crate::{Error, Reads, WriteTx, scoped};

/// When a step began and when it ended, in milliseconds after the run was made, and how much it had to do, all of which it
/// did.
type Numbers = (i64, i64, u64);

/// Puts the steps of a run into its row, and removes their rows and lines; false when they are not of that form, and then
/// nothing is changed.
///
/// # Errors
/// When the database fails.
pub async fn fold(tx: &WriteTx, run: &Run, steps: &[Step]) -> Result<bool, Error> {
    let Some(text) = folded(run, steps) else { return Ok(false) };
    scoped::delete::<run_log::Entity>(tx)
        .filter(run_log::Column::RunId.eq(run.id.0))
        .exec(tx.connection())
        .await?;
    scoped::delete::<run_step::Entity>(tx)
        .filter(run_step::Column::RunId.eq(run.id.0))
        .exec(tx.connection())
        .await?;
    scoped::update::<run::Entity>(tx)
        .col_expr(run::Column::FoldedSteps, Expr::value(text))
        .filter(run::Column::Id.eq(run.id.0))
        .exec(tx.connection())
        .await?;
    Ok(true)
}

/// The steps of those runs whose steps were folded, run by run in their order.
pub(super) async fn of_runs(tx: &impl Reads, runs: &[RunId]) -> Result<Vec<Step>, Error> {
    let rows: Vec<(uuid::Uuid, i64, Option<String>)> = scoped::find::<run::Entity>(tx)
        .select_only()
        .columns([run::Column::Id, run::Column::CreatedAt, run::Column::FoldedSteps])
        .filter(run::Column::Id.is_in(runs.iter().map(|id| id.0)))
        .filter(run::Column::FoldedSteps.is_not_null())
        .into_tuple()
        .all(tx.connection())
        .await?;
    let mut steps = Vec::new();
    for (id, created_at, text) in rows {
        steps.extend(unfolded(RunId(id), created_at, &text.unwrap_or_default())?);
    }
    Ok(steps)
}

fn folded(run: &Run, steps: &[Step]) -> Option<String> {
    let numbers: Option<Vec<Numbers>> =
        (0..).zip(steps).map(|(place, step)| numbers(run, place, step)).collect();
    let whole = steps.len() == StepKind::ALL.len();
    numbers.filter(|_| whole).and_then(|numbers| serde_json::to_string(&numbers).ok())
}

/// What is to be kept of a step that is as [`step`] would make it; nothing of another.
fn numbers(run: &Run, place: u8, found: &Step) -> Option<Numbers> {
    let since = |at: Timestamp| at.millis() - run.created_at.millis();
    let numbers = (since(found.started_at?), since(found.finished_at?), found.progress.total);
    let kind = StepKind::ALL.get(usize::from(place)).copied()?;
    let made = step(run.id, run.created_at.millis(), place, kind, numbers).ok()?;
    // What was being done is over, and where it would have gone on leads nowhere.
    let progress = Progress { message: String::new(), ..found.progress.clone() };
    (made == Step { progress, checkpoint: None, ..found.clone() }).then_some(numbers)
}

fn unfolded(run: RunId, created_at: i64, text: &str) -> Result<Vec<Step>, Error> {
    let numbers: Vec<Numbers> =
        serde_json::from_str(text).map_err(|error| Error::Corrupt(error.to_string()))?;
    let kinds = StepKind::ALL.into_iter().zip(numbers);
    (0..).zip(kinds).map(|(place, (kind, numbers))| step(run, created_at, place, kind, numbers)).collect()
}

fn step(
    run_id: RunId,
    created_at: i64,
    place: u8,
    kind: StepKind,
    (started, finished, total): Numbers,
) -> Result<Step, Error> {
    let at = |after: i64| crate::row::time(created_at.saturating_add(after));
    Ok(Step {
        id: StepId::of(run_id, place),
        run_id,
        kind,
        state: RunState::Succeeded,
        depends_on: place.checked_sub(1).map(|before| StepId::of(run_id, before)).into_iter().collect(),
        attempts: 1,
        progress: Progress { done: total, total, message: String::new() },
        started_at: Some(at(started)?),
        finished_at: Some(at(finished)?),
        error: None,
        checkpoint: None,
    })
}

#[cfg(test)]
mod tests {
    use types::SourceId;
    use types::run::{RunError, Trigger};
    use uuid::Uuid;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + millis).unwrap()
    }

    fn run() -> Run {
        Run {
            id: RunId(Uuid::now_v7()),
            source_id: SourceId(Uuid::now_v7()),
            state: RunState::Running,
            trigger: Trigger::Manual,
            created_at: at(0),
            started_at: Some(at(2)),
            finished_at: None,
            version: Some(7),
            unchanged: Some(true),
            drift_id: None,
            tables_profiled: Some(0),
            error: None,
            cancel_requested: false,
        }
    }

    fn steps(run: &Run) -> Vec<Step> {
        let kinds = (0_u8..).zip(StepKind::ALL);
        let made = kinds.map(|(place, kind)| {
            let (started, finished) = (i64::from(place) * 10 + 2, i64::from(place) * 10 + 9);
            step(run.id, run.created_at.millis(), place, kind, (started, finished, u64::from(place))).unwrap()
        });
        made.collect()
    }

    #[test]
    fn steps_that_went_well_are_few_bytes_and_come_back_as_they_were() {
        let run = run();
        let mut told = steps(&run);
        told[0].progress.message = "reading the catalog".into();
        told[1].checkpoint = Some(serde_json::json!({"unchanged": true}));
        let text = folded(&run, &told).unwrap();
        assert_eq!(text, "[[2,9,0],[12,19,1],[22,29,2],[32,39,3],[42,49,4]]");
        assert_eq!(unfolded(run.id, run.created_at.millis(), &text).unwrap(), steps(&run));
        assert_eq!(
            unfolded(run.id, run.created_at.millis(), "[[1,2]]")
                .err()
                .map(|error| error.to_string().is_empty()),
            Some(false)
        );
    }

    #[test]
    fn whatever_cannot_be_told_again_is_not_folded() {
        let run = run();
        let spoil: [fn(&mut Vec<Step>); 9] = [
            |steps| drop(steps.pop()),
            |steps| steps.swap(1, 2),
            |steps| steps[0].attempts = 2,
            |steps| steps[0].id = StepId(Uuid::now_v7()),
            |steps| steps[2].depends_on.clear(),
            |steps| steps[3].state = RunState::Skipped,
            |steps| steps[3].error = Some(RunError { code: "internal".into(), message: String::new() }),
            |steps| steps[4].finished_at = None,
            |steps| steps[4].progress.done += 1,
        ];
        for (case, spoil) in spoil.into_iter().enumerate() {
            let mut told = steps(&run);
            spoil(&mut told);
            assert_eq!(folded(&run, &told), None, "case {case}");
        }
    }
}
