//! The expectations of one source as a YAML file: written, and read back as a plan before anything is done.

use serde_json::json;
use store::expectation::Expectation as Row;
use types::ExpectationId;
use types::expectation::{
    EXPECTATIONS_VERSION, ExpectationChange, ExpectationDefinition, ExpectationFile, ExpectationPlan,
};
use types::problem::FieldError;

use super::desk::{Desk, with_schema};
use crate::permission::{QualityManage, QualityRead};
use crate::policy::{line_of, of_shape};
use crate::source::select;
use crate::{Context, Error, Scope, Topic, audit};

/// The most bytes of a file.
const LONGEST: usize = 512 * 1024;
/// The fields of a file.
const FIELDS: [&str; 2] = ["version", "expectations"];

/// All expectations of a source as YAML.
///
/// # Errors
/// [`Error::NotFound`] and [`Error::SourceRequired`] as `?source=` says.
pub async fn export(
    context: &Context,
    scope: &Scope<QualityRead>,
    source: Option<&str>,
) -> Result<String, Error> {
    let tx = context.store.read(scope.tenant()).await?;
    let source = select(&tx, source).await?;
    let expectations = store::expectation::of_source(&tx, source.id).await?;
    let expectations = expectations.into_iter().map(|row| row.definition).collect();
    let file = ExpectationFile { version: EXPECTATIONS_VERSION, expectations };
    serde_yaml_ng::to_string(&file)
        .map_err(|error| Error::Internal(format!("expectations have no YAML: {error}")))
}

/// Makes a source's expectations those of a file, or only says what that would do.
///
/// # Errors
/// [`Error::Invalid`] with the place and the line of each fault: then nothing is done. Else as
/// [`create`](super::create).
pub async fn import(
    context: &Context,
    scope: &Scope<QualityManage>,
    source: Option<&str>,
    text: &str,
    dry_run: bool,
) -> Result<ExpectationPlan, Error> {
    let file = read(text)?;
    let now = context.now();
    let tx = context.store.read(scope.tenant()).await?;
    let source = select(&tx, source).await?;
    let subject = with_schema(context, &tx, source).await?;
    drop(tx);
    let tx = context.store.write(scope.tenant()).await?;
    let desk = Desk::at(&tx, subject, now).await?;
    let wanted = checked(&desk, file.expectations, "/text/expectations", |at| {
        line_of(text, "expectations", Some(at))
    })?;
    let plan = replace(desk, scope, wanted, dry_run).await?;
    if !plan.applied || is_empty(&plan) {
        return Ok(plan);
    }
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(plan)
}

fn is_empty(plan: &ExpectationPlan) -> bool {
    plan.added.is_empty() && plan.changed.is_empty() && plan.removed.is_empty()
}

/// Makes a source's expectations those that are wanted and were checked, or only says what that would do. Nothing is
/// written where it would do nothing.
pub(crate) async fn replace<P>(
    mut desk: Desk<'_>,
    scope: &Scope<P>,
    wanted: Vec<ExpectationDefinition>,
    dry_run: bool,
) -> Result<ExpectationPlan, Error> {
    let Steps { added, changed, removed, unchanged } = steps(&desk.known, wanted);
    let plan = ExpectationPlan {
        source: desk.source.name.clone(),
        applied: !dry_run,
        added: added.clone(),
        changed: changed
            .iter()
            .map(|(row, after)| ExpectationChange {
                id: row.id,
                before: row.definition.clone(),
                after: after.clone(),
            })
            .collect(),
        removed: removed.iter().map(|row| row.definition.clone()).collect(),
        unchanged: u32::try_from(unchanged).unwrap_or(u32::MAX),
    };
    let gone: Vec<ExpectationId> =
        removed.iter().map(|row| row.id).chain(changed.iter().map(|(row, _)| row.id)).collect();
    let added: Vec<Row> = added.into_iter().map(|definition| desk.new_row(scope, definition)).collect();
    let objects: Vec<String> = removed
        .iter()
        .chain(changed.iter().filter(|(_, after)| !after.enabled).map(|(row, _)| row))
        .map(|row| domain::expectation::object(&row.definition.table, &row.definition.rule))
        .collect();
    let removed: Vec<ExpectationId> = removed.iter().map(|row| row.id).collect();
    let changed: Vec<Row> = changed.into_iter().map(|(row, after)| desk.redefined(row, after)).collect();
    desk.known.retain(|row| !gone.contains(&row.id));
    desk.known.extend(added.iter().chain(&changed).cloned());
    desk.refuse_too_many()?;
    if dry_run || is_empty(&plan) {
        return Ok(plan);
    }
    store::expectation::delete(desk.tx, &removed).await?;
    for row in &changed {
        store::expectation::update(desk.tx, row).await.map_err(Error::missing("expectation"))?;
    }
    store::expectation::insert(desk.tx, &added).await?;
    desk.end_incidents(scope, &objects, "Nobody expects it any more").await?;
    let of = format!("source:{}", desk.source.id);
    audit::record(desk.tx, scope, desk.now, "expectation.imported", &of, json!(plan)).await?;
    let message = format!(
        "{} imported the expectations of {}: {} added, {} changed, {} removed",
        scope.actor().name(),
        desk.source.name,
        added.len(),
        changed.len(),
        plan.removed.len()
    );
    desk.tell(scope, "expectation.imported", message).await?;
    desk.close().await?;
    Ok(plan)
}

fn read(text: &str) -> Result<ExpectationFile, Error> {
    if text.len() > LONGEST {
        return Err(Error::field("/text", "length", format!("A file may have at most {LONGEST} bytes.")));
    }
    let file: ExpectationFile = serde_yaml_ng::from_str(text).map_err(|error| {
        let slip = of_shape(&error, &FIELDS);
        let detail = format!("{slip}. Nothing was changed; values and bounds are texts: put them in quotes.");
        let mut fault = FieldError::new(&format!("/text{}", slip.pointer), "file", detail);
        fault.line = slip.line;
        Error::Invalid(vec![fault])
    })?;
    if file.version != EXPECTATIONS_VERSION {
        let detail =
            format!("There is no version {} of this file; write {EXPECTATIONS_VERSION}.", file.version);
        return Err(Error::field("/text/version", "version", detail));
    }
    Ok(file)
}

/// Every definition, or every fault of any of them with its line.
pub(crate) fn checked(
    desk: &Desk<'_>,
    definitions: Vec<ExpectationDefinition>,
    place: &str,
    line: impl Fn(usize) -> Option<u32>,
) -> Result<Vec<ExpectationDefinition>, Error> {
    let (mut fine, mut faults) = (Vec::<ExpectationDefinition>::new(), Vec::new());
    for (at, definition) in definitions.into_iter().enumerate() {
        let place = format!("{place}/{at}");
        let line = || line(at);
        // What was there before its table went may stay.
        let known = |row: &Row| {
            (&row.definition.table, &row.definition.rule) == (&definition.table, &definition.rule)
        };
        let checked = match desk.known.iter().any(known) {
            true => desk.checked_beside_names(definition.clone(), &place),
            false => desk.checked(definition.clone(), &place),
        };
        match checked {
            Ok(definition) => {
                let twin = |other: &ExpectationDefinition| {
                    (&other.table, &other.rule) == (&definition.table, &definition.rule)
                };
                if fine.iter().any(twin) {
                    let mut fault = FieldError::new(&place, "duplicate", "The same is expected above.");
                    fault.line = line();
                    faults.push(fault);
                }
                fine.push(definition);
            }
            Err(Error::Invalid(some)) => {
                faults.extend(some.into_iter().map(|fault| FieldError { line: line(), ..fault }));
            }
            Err(error) => return Err(error),
        }
    }
    if faults.is_empty() { Ok(fine) } else { Err(Error::Invalid(faults)) }
}

/// What is to be done.
#[derive(Debug, Default)]
struct Steps {
    added: Vec<ExpectationDefinition>,
    changed: Vec<(Row, ExpectationDefinition)>,
    removed: Vec<Row>,
    unchanged: usize,
}

/// Pairs what is there with what is wanted: first by the very rule, then by what it is about.
fn steps(known: &[Row], wanted: Vec<ExpectationDefinition>) -> Steps {
    let mut steps = Steps { removed: known.to_vec(), ..Steps::default() };
    let mut others = Vec::new();
    for definition in wanted {
        let same = |row: &Row| {
            (&row.definition.table, &row.definition.rule) == (&definition.table, &definition.rule)
        };
        match steps.removed.iter().position(same) {
            Some(at) => steps.pair(at, definition),
            None => others.push(definition),
        }
    }
    for definition in others {
        let subject = subject(&definition);
        match steps.removed.iter().position(|row| self::subject(&row.definition) == subject) {
            Some(at) => steps.pair(at, definition),
            None => steps.added.push(definition),
        }
    }
    steps
}

impl Steps {
    fn pair(&mut self, at: usize, definition: ExpectationDefinition) {
        let row = self.removed.remove(at);
        if row.definition == definition {
            self.unchanged += 1;
        } else {
            self.changed.push((row, definition));
        }
    }
}

/// What an expectation is about: two of one subject are one that was changed.
fn subject(
    definition: &ExpectationDefinition,
) -> (&str, std::mem::Discriminant<types::expectation::ExpectationRule>, Vec<&str>) {
    let rule = &definition.rule;
    (&definition.table, std::mem::discriminant(rule), domain::expectation::columns(rule))
}
