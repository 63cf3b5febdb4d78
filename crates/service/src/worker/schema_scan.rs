//! Reads the catalog: pages of objects, put into canonical form and staged.
//!
//! A page, its objects and the place after it are kept in one transaction, so an attempt that comes later goes on where
//! this one stopped, if the agent still knows the job, and otherwise begins again.

use std::collections::HashSet;
use std::time::Instant;

use chrono::TimeDelta;
use integrations::{Agent, AgentError};
use serde::{Deserialize, Serialize};
use store::manifest::Entry;
use store::object::{self, Packed};
use store::staged;
use types::log::LogLevel;
use types::protocol::{JobStatus, PAGE_BYTES, ScanPage, ScanStartArguments, SourceInfo};
use types::snapshot::{Body, Engine, FORMAT_VERSION, Object, SnapshotHeader, path_of};

use super::agent_job::{self, breathe, protocol};
use super::ending;
use super::halt::Halt;
use super::step::Work;
use crate::{Error, source};

/// The most objects of one catalog.
const MOST_OBJECTS: u64 = 500_000;
/// How many blobs one transaction writes.
const STAGED: usize = 200;
/// How long a fingerprint stands for the catalog that was read with it.
const FINGERPRINT_HOLDS: TimeDelta = TimeDelta::days(1);
/// The longest path.
const LONGEST_PATH: usize = 2_000;

/// What the step has read so far; the drift step reads it as well.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Catalog {
    job: Option<String>,
    cursor: Option<String>,
    /// Came with the first page.
    pub(super) header: Option<SnapshotHeader>,
    /// The agent said that the fingerprint still holds; nothing is staged.
    pub(super) unchanged: bool,
    pub(super) fingerprint: Option<String>,
    objects: u64,
    restarts: u32,
}

impl Catalog {
    /// Whether the catalog itself was read, not its fingerprint alone.
    pub(super) fn was_read(&self) -> bool {
        self.header.is_some()
    }
}

pub(super) async fn perform(work: &mut Work<'_>) -> Result<(), Halt> {
    let tx = work.context.store.read(&work.tenant).await?;
    let agent = source::agent(work.context, &tx, &work.source).await?;
    drop(tx);
    let info = tokio::select! {
        info = source::resolve(agent.as_ref(), &work.source) => info?,
        () = work.stop.cancelled() => return Err(Halt::Stopping),
    };
    note(work, info).await?;
    let mut catalog: Catalog = work.checkpoint();
    let result = read(work, agent.as_ref(), &mut catalog).await;
    if matches!(result, Err(Halt::Cancelled)) {
        work.dismiss(agent.as_ref(), catalog.job.as_deref()).await;
    }
    result
}

/// Keeps what the agent says of its database, whatever becomes of the run.
async fn note(work: &mut Work<'_>, info: SourceInfo) -> Result<(), Halt> {
    let now = work.context.now();
    let tx = work.context.store.write(&work.tenant).await?;
    let mut row = store::source::find(&tx, work.source.id).await?;
    row.agent_source = info.name;
    row.engine = Some(info.engine);
    row.engine_version = info.engine_version;
    row.database = info.database;
    row.findings = info.findings;
    row.limits = info.limits;
    store::source::update(&tx, &row, now).await?;
    work.source = row;
    let line = work.line(LogLevel::Info, format!("Reading the catalog of {}", work.source.name), []);
    store::log::append(&tx, &[line]).await?;
    tx.commit().await?;
    work.publish();
    Ok(())
}

async fn read(work: &mut Work<'_>, agent: &dyn Agent, catalog: &mut Catalog) -> Result<(), Halt> {
    loop {
        let Some(job) = catalog.job.clone() else {
            if start(work, agent, catalog).await? {
                return Ok(());
            }
            continue;
        };
        let asked = Instant::now();
        let get = |arguments| agent.scan_get(arguments);
        let Some(page) = agent_job::page(work, &job, catalog.cursor.as_deref(), get).await? else {
            *catalog = Catalog { restarts: catalog.restarts + 1, ..Catalog::default() };
            agent_job::restart(work, "scan", catalog.restarts, &*catalog).await?;
            continue;
        };
        if page.status == JobStatus::Running {
            progress(work, catalog, &page).await?;
            breathe(asked).await;
        } else if keep(work, catalog, page).await? {
            return Ok(());
        }
    }
}

/// Asks for a job; true when the schema is unchanged and the step is over.
async fn start(work: &mut Work<'_>, agent: &dyn Agent, catalog: &mut Catalog) -> Result<bool, Halt> {
    let arguments = ScanStartArguments {
        source: work.source.agent_source.clone(),
        if_none_match: known_fingerprint(work).await?,
        ..ScanStartArguments::default()
    };
    let conditional = arguments.if_none_match.is_some();
    let started = work.ask(agent.scan_start(arguments)).await??;
    catalog.fingerprint = Some(started.fingerprint).filter(|text| !text.is_empty());
    if started.unchanged {
        if !conditional {
            return Err(
                protocol("The agent says that nothing changed, but it was not told since when.").into()
            );
        }
        catalog.unchanged = true;
        work.remember(&*catalog)?;
        ending::pass_over(work, "The catalog is unchanged").await?;
        return Ok(true);
    }
    let Some(job) = started.job else {
        return Err(protocol("The agent started no job and gave no reason.").into());
    };
    catalog.job = Some(job);
    let tx = work.context.store.write(&work.tenant).await?;
    // What an earlier attempt staged belongs to another job.
    staged::clear_objects(&tx, work.run.id).await?;
    work.save(&tx, &*catalog).await?;
    tx.commit().await?;
    Ok(false)
}

/// The fingerprint to compare with: only good for a version that was made by the present rules, and for a day. Should a
/// fingerprint ever miss a change, the whole catalog tells it then.
async fn known_fingerprint(work: &Work<'_>) -> Result<Option<String>, Halt> {
    let now = work.context.now();
    let fresh = work.source.catalog_read_at.is_some_and(|read_at| now.0 - read_at.0 < FINGERPRINT_HOLDS);
    if !fresh {
        return Ok(None);
    }
    let tx = work.context.store.read(&work.tenant).await?;
    let latest = store::version::latest(&tx, work.source.id).await?;
    let current = latest.is_some_and(|version| version.canonical_version == domain::CANONICAL_VERSION);
    Ok(work.source.fingerprint.clone().filter(|_| current))
}

async fn progress(work: &mut Work<'_>, catalog: &Catalog, page: &ScanPage) -> Result<(), Halt> {
    if work.step.progress == page.progress {
        return Ok(());
    }
    work.step.progress = page.progress.clone();
    let tx = work.context.store.write(&work.tenant).await?;
    work.save(&tx, catalog).await?;
    tx.commit().await?;
    work.publish();
    Ok(())
}

/// Stages a page; true when it was the last and the step is over.
async fn keep(work: &mut Work<'_>, catalog: &mut Catalog, page: ScanPage) -> Result<bool, Halt> {
    if let Some(header) = page.header {
        check_header(&header)?;
        // A catalog that takes long is read by the job, which knows the fingerprint only then.
        let told = Some(header.fingerprint.clone()).filter(|text| !text.is_empty());
        catalog.fingerprint = catalog.fingerprint.take().or(told);
        catalog.header = Some(header);
    }
    let Some(header) = &catalog.header else {
        return Err(protocol("The agent's first page has no header.").into());
    };
    let engine = header.engine;
    // All that takes long is done before the transaction begins.
    let (objects, blobs) = tokio::task::spawn_blocking(move || canonical(engine, page.page))
        .await
        .map_err(|error| Error::Internal(format!("a page could not be read: {error}")))??;
    catalog.objects += objects.len() as u64;
    if catalog.objects > MOST_OBJECTS {
        return Err(protocol(
            "The catalog has too many objects. Narrow it with bastion-mcp serve --include.",
        )
        .into());
    }
    catalog.cursor = page.next_cursor;
    work.step.progress = page.progress;
    let last = catalog.cursor.is_none();
    let now = work.context.now();
    // A page that is read once more overwrites what of it was staged.
    for some in parts_of(blobs) {
        let tx = work.hold().await?;
        object::put_many(&tx, some, now).await?;
        tx.commit().await?;
    }
    let tx = work.context.store.write(&work.tenant).await?;
    staged::put_objects(&tx, work.run.id, &objects).await?;
    if last {
        work.remember(&*catalog)?;
        work.step.progress.message = warnings(catalog);
        let line = work.line(
            LogLevel::Info,
            format!("Read {} objects", catalog.objects),
            [("objects", catalog.objects.into())],
        );
        store::log::append(&tx, &[line]).await?;
        ending::advance(&tx, work).await?;
    } else {
        work.save(&tx, &*catalog).await?;
    }
    tx.commit().await?;
    work.publish();
    Ok(last)
}

/// That there are warnings, which the schema's page tells; nothing when there is none.
fn warnings(catalog: &Catalog) -> String {
    match catalog.header.as_ref().map_or(0, |header| header.warnings.len()) {
        0 => String::new(),
        1 => "1 warning about what could not be read or is not modelled".to_owned(),
        many => format!("{many} warnings about what could not be read or is not modelled"),
    }
}

/// The blobs of a page in the parts that one transaction writes.
fn parts_of(mut blobs: Vec<Packed>) -> impl Iterator<Item = Vec<Packed>> {
    std::iter::from_fn(move || {
        let rest = blobs.split_off(blobs.len().min(STAGED));
        let some = std::mem::replace(&mut blobs, rest);
        (!some.is_empty()).then_some(some)
    })
}

fn check_header(header: &SnapshotHeader) -> Result<(), AgentError> {
    if header.format_version > FORMAT_VERSION {
        return Err(protocol("The agent is newer than this server. Update the server."));
    }
    Ok(())
}

/// The objects of a page in canonical form, and the blobs to be stored.
fn canonical(engine: Engine, page: Vec<Object>) -> Result<(Vec<Entry>, Vec<Packed>), Halt> {
    let mut seen = HashSet::new();
    let mut staged = Vec::with_capacity(page.len());
    let mut blobs = Vec::with_capacity(page.len());
    let mut size = 0;
    for object in page {
        if object.path.len() > LONGEST_PATH
            || object.parts.is_empty()
            || path_of(&object.parts) != object.path
        {
            return Err(protocol("An object's path does not fit its parts.").into());
        }
        let mut object = domain::canonicalize_object(engine, object);
        // Estimates change with every scan; the profile counts rows.
        match &mut object.body {
            Body::Table(table) => (table.estimated_rows, table.estimated_bytes) = (None, None),
            Body::View(view) | Body::MaterializedView(view) => {
                (view.estimated_rows, view.estimated_bytes) = (None, None);
            }
            _ => {}
        }
        let bytes = serde_json::to_vec(&object).map_err(|error| Error::Internal(error.to_string()))?;
        size += bytes.len();
        // Canonical JSON names what an agent may leave out, so it may be larger than the page was.
        if size > 4 * PAGE_BYTES {
            return Err(protocol("A page is larger than the agent may make it.").into());
        }
        let kind = object.body.kind();
        if !seen.insert((object.path.clone(), kind)) {
            return Err(protocol("A page has the same object twice.").into());
        }
        let kind = kind.to_owned();
        let packed = Packed::new(&bytes)?;
        staged.push(Entry { path: object.path, kind, hash: object.hash, address: packed.address.clone() });
        blobs.push(packed);
    }
    Ok((staged, blobs))
}
