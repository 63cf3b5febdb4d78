//! A snapshot, put together from the catalog's rows.

use std::collections::{HashMap, HashSet};

use types::Timestamp;
use types::snapshot::{Engine, FORMAT_VERSION, PhysicalDatabase, Snapshot, SnapshotHeader, Warning};

use super::constraint::{Names, RawConstraint};
use super::database::Database;
use super::dictionary::Ids;
use super::index::RawIndexes;
use super::rows::{Listed, Worded};
use super::{Connection, constraint, index, privilege, relation, routine, table_part, type_object};
use crate::ScanError;

/// All but the fingerprint, which is asked for at the same time.
pub(super) async fn snapshot(
    listed: Listed,
    worded: Worded,
    connection: &Connection,
    captured_at: Timestamp,
    mut database: Database,
) -> Result<Snapshot, ScanError> {
    let Worded { relations, mut texts, mut indexes, constraints, table_parts, types, routines } = worded;
    let mut columns = listed.columns;
    let paths: HashMap<u32, String> =
        relations.iter().map(|relation| (relation.oid, relation.path())).collect();
    let told = relations.iter().filter(|relation| !relation.is_partition);
    let told: HashSet<u32> = told.map(|relation| relation.oid).collect();
    let index_bytes = index::bytes(&indexes);
    let of_constraints: HashSet<u32> = constraints.iter().filter_map(RawConstraint::owned_index).collect();
    let of_constraints: RawIndexes = indexes.extract_if(|index, _| of_constraints.contains(index)).collect();

    let mut ids = Ids::default();
    columns.ask(&mut ids);
    indexes.values().for_each(|index| index.ask(&mut ids));
    constraints.iter().for_each(|constraint| constraint.ask(&columns, &paths, &mut ids));
    let dictionary = ids.look_up(connection).await?;

    let mut vanished = 0;
    let names = Names { columns: &columns, relations: &paths, dictionary: &dictionary };
    let constraints =
        constraint::finish(constraints, &told, &names, &of_constraints, &mut texts, &mut vanished);
    let indexes = index::finish(indexes, &told, &columns, &dictionary, &mut texts, &mut vanished);
    let (triggers, policies) = table_part::table_parts(&table_parts, &mut vanished)?;
    let mut privileges = privilege::privileges(&listed.privileges, std::mem::take(&mut columns.privileges))?;
    database.give(&mut privileges);
    let mut objects = database.objects;
    objects.extend(routine::routines(&routines, &mut privileges)?);
    let (sequences, identities) = type_object::sequences(&listed.sequences, &mut privileges)?;
    objects.extend(sequences);
    let types = type_object::types(&types, &mut privileges)?;
    let view_reads = relation::view_reads(&listed.view_reads)?;
    let mut parts = relation::Parts {
        columns,
        dictionary,
        texts,
        view_reads,
        constraints,
        indexes,
        triggers,
        policies,
        privileges,
        index_bytes,
        identities,
    };
    objects.extend(relation::relations(relations, &paths, &mut parts, &mut vanished)?);
    objects.extend(types);

    let mut warnings = database.warnings;
    if vanished > 0 {
        warnings.push(Warning {
            code: "vanished".into(),
            subject: "catalog".into(),
            count: vanished,
            message: "Objects were dropped while the catalog was read; they are left out.".into(),
        });
    }
    // `15.18 (Debian 15.18-0+deb12u1)`: the packager says nothing of the schema.
    let version = database.server_version.split_whitespace().next().unwrap_or_default();
    Ok(Snapshot {
        header: SnapshotHeader {
            format_version: FORMAT_VERSION,
            canonical_version: 0,
            engine: Engine::Postgres,
            engine_version: version.to_owned(),
            database: database.name,
            captured_at,
            root_hash: String::new(),
            column_order: None,
            fingerprint: String::new(),
            physical: database
                .system_id
                .map(|system_id| PhysicalDatabase { system_id, database_oid: database.oid }),
            warnings,
        },
        objects,
    })
}
