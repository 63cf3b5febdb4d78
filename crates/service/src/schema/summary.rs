//! Versions in short.

use std::collections::{HashMap, HashSet};

use store::description::Description;
use store::source::Source;
use store::statistics::{TableStats, latest_tables};
use store::version::Version;
use store::{Reads, manifest};
use types::DriftId;
use types::page::Page;
use types::quality::Health;
use types::schema::{ObjectGrants, SchemaVersion, TableSummary, VersionSummary};
use types::snapshot::{Body, Object};

use super::describe::description_of;
use super::{is_relation, schema_and_name, snapshot, version_of};
use crate::ownership::Narrowed;
use crate::page::Paging;
use crate::permission::SchemaRead;
use crate::source::select;
use crate::{Context, Error, Scope, ownership};

/// The newest version of a source's schema, with those of its tables and views that `owned` wants.
///
/// # Errors
/// [`Error::NoSnapshot`] before the first scan, [`Error::Invalid`] for a key that asks for its own; as `?source=` says.
pub async fn latest(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: Option<&str>,
    owned: ownership::Filter,
) -> Result<SchemaVersion, Error> {
    find(context, scope, source, None, owned).await
}

/// One version of a source's schema, with those of its tables and views that `owned` wants.
///
/// # Errors
/// [`Error::NotFound`] for an unknown version, [`Error::VersionRemoved`] for one that is not kept any more,
/// [`Error::Invalid`] for a key that asks for its own; as `?source=` says.
pub async fn version(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: Option<&str>,
    version: u32,
    owned: ownership::Filter,
) -> Result<SchemaVersion, Error> {
    find(context, scope, source, Some(version), owned).await
}

async fn find(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: Option<&str>,
    number: Option<u32>,
    owned: ownership::Filter,
) -> Result<SchemaVersion, Error> {
    let owned = owned.asked_by(scope)?;
    let tx = context.store.read(scope.tenant()).await?;
    let (source, version) = version_of(&tx, source, number).await?;
    let snapshot = snapshot(context, &tx, &version).await?;
    let changed = changed_paths(&tx, &version).await?;
    let stats = latest_tables(&tx, &[source.id]).await?;
    let stats = stats.iter().map(|stats| (stats.table.as_str(), stats)).collect();
    let words = store::description::list(&tx, source.id).await?;
    let words = words.iter().map(|row| (row.path.as_str(), row)).collect();
    let names = HashMap::from([(source.id, source.name.clone())]);
    let owned = Narrowed::over(&tx, owned, &names).await?;
    let is_wanted =
        |object: &&Object| owned.as_ref().is_none_or(|owned| owned.wants(source.id, &object.path));
    let tables = snapshot
        .objects
        .iter()
        .filter(|object| is_relation(&object.body))
        .filter(is_wanted)
        .map(|object| table(object, &stats, &words, &changed))
        .collect();
    let grants = snapshot.objects.iter().filter_map(grants).collect();
    Ok(view(source, version, tables, grants))
}

fn view(
    source: Source,
    version: Version,
    tables: Vec<TableSummary>,
    grants: Vec<ObjectGrants>,
) -> SchemaVersion {
    SchemaVersion {
        source_id: source.id,
        source: source.name,
        version: version.version,
        engine: version.header.engine,
        engine_version: version.header.engine_version,
        database: version.header.database,
        captured_at: version.captured_at,
        verified_at: version.verified_at,
        root_hash: version.root_hash,
        counts: version.counts,
        tables,
        grants,
        warnings: version.header.warnings,
    }
}

/// The rights on what tables and the like are in, or come from; nothing where nobody was given any.
fn grants(object: &Object) -> Option<ObjectGrants> {
    let mut grants = ObjectGrants {
        path: object.path.clone(),
        kind: object.body.kind().to_owned(),
        privileges: Vec::new(),
        default_privileges: Vec::new(),
        other_privileges: Vec::new(),
    };
    match &object.body {
        Body::Database(database) => {
            grants.privileges.clone_from(&database.privileges);
            grants.default_privileges.clone_from(&database.default_privileges);
            grants.other_privileges.clone_from(&database.other_privileges);
        }
        Body::Schema(schema) => {
            grants.privileges.clone_from(&schema.privileges);
            grants.default_privileges.clone_from(&schema.default_privileges);
        }
        Body::ForeignServer(server) => grants.privileges.clone_from(&server.privileges),
        _ => return None,
    }
    let ObjectGrants { privileges, default_privileges, other_privileges, .. } = &grants;
    let any = !privileges.is_empty() || !default_privileges.is_empty() || !other_privileges.is_empty();
    any.then_some(grants)
}

/// The paths that the version before did not have, or had differently; none for the first, for a rebased one, and where
/// the one before is not kept any more.
async fn changed_paths(tx: &impl Reads, version: &Version) -> Result<HashSet<String>, Error> {
    if version.version <= 1 || version.rebased {
        return Ok(HashSet::new());
    }
    let before = store::version::find(tx, version.source_id, version.version - 1).await?;
    if before.removed_at.is_some() {
        return Ok(HashSet::new());
    }
    let (_, new) = manifest::changed(tx, &before.manifest, &version.manifest).await?;
    Ok(new.into_iter().map(|entry| entry.path).collect())
}

fn table(
    object: &Object,
    stats: &HashMap<&str, &TableStats>,
    words: &HashMap<&str, &Description>,
    changed: &HashSet<String>,
) -> TableSummary {
    let (schema, name) = schema_and_name(&object.parts);
    let stats = stats.get(object.path.as_str());
    let description = description_of(object, words.get(object.path.as_str()).copied());
    TableSummary {
        schema,
        name,
        kind: object.body.kind().to_owned(),
        columns: u32::try_from(object.body.columns().len()).unwrap_or(u32::MAX),
        row_count: stats.map(|stats| stats.row_count),
        row_count_method: stats.map(|stats| stats.row_count_method),
        bytes: stats.and_then(|stats| stats.bytes),
        health: stats.map_or(Health::Unknown, |stats| stats.health),
        description: description.map(|description| description.text),
        changed: changed.contains(&object.path),
        path: object.path.clone(),
    }
}

/// The versions of a source's schema, newest first.
///
/// # Errors
/// As `?source=` says; [`Error::Invalid`] for a foreign cursor.
pub async fn history(
    context: &Context,
    scope: &Scope<SchemaRead>,
    source: Option<&str>,
    paging: &Paging,
) -> Result<Page<VersionSummary>, Error> {
    let before: Option<u32> = paging.after()?;
    let tx = context.store.read(scope.tenant()).await?;
    let source = select(&tx, source).await?;
    let rows = store::version::list(&tx, source.id, before, paging.rows()).await?;
    let page = paging.page(rows, |version| version.version);
    let mut page = paging.counted(page, store::version::count(&tx, source.id)).await?;
    let ids: Vec<DriftId> = page.items.iter().filter_map(|version| version.drift_id).collect();
    let mut drifts: HashMap<_, _> =
        store::drift::find_many(&tx, &ids).await?.into_iter().map(|drift| (drift.id, drift)).collect();
    let summary = |version: Version| {
        let drift = version.drift_id.and_then(|id| drifts.remove(&id));
        let (summary, sentence) = drift.map(|drift| (drift.summary, drift.sentence)).unzip();
        VersionSummary {
            version: version.version,
            captured_at: version.captured_at,
            verified_at: version.verified_at,
            root_hash: version.root_hash,
            counts: version.counts,
            drift_id: version.drift_id,
            summary,
            sentence,
            rebased: version.rebased,
            run_id: version.run_id,
            removed_at: version.removed_at,
        }
    };
    let items = std::mem::take(&mut page.items).into_iter().map(summary).collect();
    Ok(page.with(items))
}
