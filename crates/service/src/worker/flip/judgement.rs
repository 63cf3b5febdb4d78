//! What became of the schema: unchanged, new, changed, or only recorded by new rules.

use domain::policy::Occasion;
use domain::summary::highest;
use domain::{CANONICAL_VERSION, ProfileIndex};
use store::manifest::Entry;
use store::version::Version;
use types::change::{Audience, Change, ChangeSummary, Severity};
use types::drift::DriftStatus;
use types::schema::ObjectCounts;
use types::snapshot::{Body, Engine, Object, Snapshot, SnapshotHeader};

use super::affected::affected;
use super::found::Found;
use crate::policy::settled_by;

/// What became of the schema, and the fingerprint to ask with next time.
pub(super) struct Judgement {
    pub(super) schema: Schema,
    pub(super) fingerprint: Option<String>,
    /// The catalog itself was read, not its fingerprint alone.
    pub(super) was_read: bool,
}

pub(super) enum Schema {
    /// The version still holds. Entries come along when objects have new physical ids.
    Same {
        version: u32,
        entries: Option<Vec<Entry>>,
    },
    New(Box<NewVersion>),
}

/// A version to be recorded.
pub(super) struct NewVersion {
    pub(super) version: u32,
    pub(super) header: SnapshotHeader,
    pub(super) entries: Vec<Entry>,
    pub(super) counts: ObjectCounts,
    /// Made by other rules or another major release of the engine, so it is not compared with the one before.
    pub(super) rebased: bool,
    /// Missing for the first version and a rebased one.
    pub(super) drift: Option<Drift>,
}

/// An event to be recorded.
pub(super) struct Drift {
    pub(super) old_version: u32,
    pub(super) changes: Vec<Change>,
    pub(super) summary: ChangeSummary,
    pub(super) sentence: String,
    pub(super) affected: Vec<String>,
    pub(super) severity: Severity,
    pub(super) found_severity: Severity,
    pub(super) breaking: bool,
    /// What a policy decided about the whole of it, and why.
    pub(super) decided: Option<(DriftStatus, String)>,
}

impl Judgement {
    /// How many breaking changes there are.
    pub(super) fn breaking(&self) -> u32 {
        match &self.schema {
            Schema::New(new) => new.drift.as_ref().map_or(0, |drift| drift.summary.breaking),
            Schema::Same { .. } => 0,
        }
    }
}

pub(super) fn judge(found: &Found) -> Judgement {
    Judgement {
        schema: schema(found),
        fingerprint: found.catalog.fingerprint.clone(),
        was_read: found.catalog.was_read(),
    }
}

fn schema(found: &Found) -> Schema {
    if found.catalog.header.is_none() {
        // The agent said `unchanged`, which it may only do when there is a version.
        return Schema::Same {
            version: found.latest.as_ref().map_or(0, |latest| latest.version),
            entries: None,
        };
    }
    let (header, entries) = (found.new.header.clone(), &found.new_entries);
    let Some(latest) = &found.latest else {
        return new_version(1, header, found, false, None);
    };
    let comparable = is_comparable(latest, &header);
    if comparable && latest.root_hash == header.root_hash {
        let moved = found.old_entries != *entries;
        return Schema::Same { version: latest.version, entries: moved.then(|| entries.clone()) };
    }
    let drift = match &found.old {
        Some(old) if comparable => drift(found, latest, old),
        _ => None,
    };
    new_version(latest.version + 1, header, found, !comparable, drift)
}

/// An upgrade of ours or of the engine must not look like drift.
fn is_comparable(latest: &Version, header: &SnapshotHeader) -> bool {
    latest.canonical_version == CANONICAL_VERSION
        && latest.header.engine == header.engine
        && major(header.engine, &latest.header.engine_version) == major(header.engine, &header.engine_version)
}

/// The part of an engine's version that stands for its major release.
fn major(engine: Engine, version: &str) -> &str {
    let parts = match engine {
        Engine::Postgres | Engine::Sqlite => 1,
        // 8.0 and 8.4, 10.6 and 10.11 are releases of their own.
        Engine::Mysql | Engine::Mariadb => 2,
    };
    version.match_indices('.').nth(parts - 1).map_or(version, |(end, _)| &version[..end])
}

fn drift(found: &Found, latest: &Version, old: &Snapshot) -> Option<Drift> {
    let (new, profile) = (&found.new, found.last_profile());
    let changes = domain::diff(old, new, Some(&ProfileIndex::new(&profile)));
    let found_severity = highest(&changes, Audience::Both)?;
    let occasion = Occasion { source: &found.source, since: latest.verified_at, now: found.now };
    let changes = found.policy.judge(changes, occasion);
    let severity = highest(&changes, Audience::Both)?;
    Some(Drift {
        old_version: latest.version,
        summary: domain::summary(&changes, Audience::Both),
        sentence: domain::sentence(&changes),
        affected: affected(&changes, &old.objects, &new.objects),
        severity,
        found_severity,
        decided: settled_by(&changes),
        breaking: domain::is_breaking(&changes, Audience::Both),
        changes,
    })
}

fn new_version(
    version: u32,
    header: SnapshotHeader,
    found: &Found,
    rebased: bool,
    drift: Option<Drift>,
) -> Schema {
    Schema::New(Box::new(NewVersion {
        version,
        header,
        entries: found.new_entries.clone(),
        counts: counts(&found.new.objects),
        rebased,
        drift,
    }))
}

fn counts(objects: &[Object]) -> ObjectCounts {
    let mut counts = ObjectCounts::default();
    let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    for object in objects {
        counts.columns += number(object.body.columns().len());
        match &object.body {
            Body::Schema(_) => counts.schemas += 1,
            Body::Table(table) => {
                counts.tables += 1;
                counts.foreign_keys += number(table.foreign_keys.len());
                counts.indexes += number(table.indexes.len());
            }
            Body::View(view) | Body::MaterializedView(view) => {
                counts.views += 1;
                counts.indexes += number(view.indexes.len());
            }
            Body::Database(_)
            | Body::Enum(_)
            | Body::Domain(_)
            | Body::CompositeType(_)
            | Body::RangeType(_)
            | Body::Collation(_)
            | Body::Sequence(_)
            | Body::Function(_)
            | Body::Procedure(_)
            | Body::Extension(_)
            | Body::ForeignServer(_) => counts.other += 1,
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_release_is_what_the_engine_calls_so() {
        for (engine, version, expected) in [
            (Engine::Postgres, "15.18", "15"),
            (Engine::Postgres, "18beta1", "18beta1"),
            (Engine::Sqlite, "3.45.1", "3"),
            (Engine::Mysql, "8.0.36", "8.0"),
            (Engine::Mariadb, "10.11.6-MariaDB", "10.11"),
        ] {
            assert_eq!(major(engine, version), expected);
        }
    }
}
