//! Tables and views, put together from their parts.

use std::collections::HashMap;

use tokio_postgres::Row;
use types::snapshot::{Body, Index, Object, Partitions, Policy, Privilege, Table, Trigger, View, path_of};

use super::column::RawColumns;
use super::constraint::Constraints;
use super::dictionary::Dictionary;
use super::text::Texts;
use super::type_object::Identities;
use super::{ByRelation, get, letter, object};
use crate::ScanError;
use crate::measure::whole;

/// Sizes are what the last ANALYZE or VACUUM noted, which locks no table and looks at no file; the indexes come with theirs,
/// but for those of partitions.
pub(super) const RELATIONS: &str = "\
    SELECT c.oid, n.nspname, c.relname, c.relkind, pg_catalog.pg_get_userbyid(c.relowner), \
           CASE WHEN c.reltuples = 0 AND c.relpages = 0 \
                AND pg_catalog.current_setting('server_version_num')::int4 < 140000 THEN -1 ELSE c.reltuples END::float8, \
           c.relpersistence, c.relispartition, h.parents, \
           c.relrowsecurity, c.relforcerowsecurity, c.relispopulated, \
           CASE WHEN c.relkind <> 'f' THEN c.reloptions ELSE coalesce(c.reloptions, '{}') || ARRAY( \
               SELECT 'server ' || s.srvname FROM pg_catalog.pg_foreign_table f \
               JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid) END, \
           CASE WHEN c.relkind = 'p' THEN pg_catalog.pg_get_partkeydef(c.oid) END, \
           CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END, \
           (c.relpages + CASE WHEN c.relpages > 0 THEN \
               coalesce((SELECT l.relpages FROM pg_catalog.pg_class l WHERE l.oid = c.reltoastrelid), 0) \
               + CASE WHEN c.relispartition THEN coalesce((SELECT pg_catalog.sum(o.relpages) \
                     FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class o ON o.oid = i.indexrelid \
                     WHERE i.indrelid = c.oid), 0) ELSE 0 END ELSE 0 END) \
           * (SELECT pg_catalog.current_setting('block_size')::int8) \
    FROM pg_catalog.pg_class c \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN (SELECT i.inhrelid, pg_catalog.array_agg(i.inhparent ORDER BY i.inhseqno) AS parents \
               FROM pg_catalog.pg_inherits i GROUP BY i.inhrelid) h ON h.inhrelid = c.oid \
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ($1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1)) \
      AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.objid = c.oid AND e.deptype = 'e' \
           AND e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
           AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass)";

/// Which relations a view's rule reads, and which functions it calls: the server's own are not noted.
pub(super) const VIEW_READS: &str = "\
    SELECT r.ev_class, rn.nspname::text, rc.relname::text, false \
    FROM pg_catalog.pg_rewrite r \
    JOIN pg_catalog.pg_class c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm') \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    JOIN pg_catalog.pg_depend d ON d.objid = r.oid AND d.deptype = 'n' \
         AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
         AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid <> r.ev_class \
    JOIN pg_catalog.pg_class rc ON rc.oid = d.refobjid AND rc.relkind IN ('r', 'p', 'v', 'm', 'f') \
    JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace \
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND ($1::pg_catalog.oid[] IS NULL OR r.ev_class = ANY ($1)) \
    UNION \
    SELECT r.ev_class, pn.nspname::text, p.proname::text || '(' || pg_catalog.array_to_string(ARRAY( \
               SELECT pg_catalog.format_type(u.type, NULL) \
               FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY u(type, place) ORDER BY u.place), ', ') || ')', \
           true \
    FROM pg_catalog.pg_rewrite r \
    JOIN pg_catalog.pg_class c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm') \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    JOIN pg_catalog.pg_depend d ON d.objid = r.oid AND d.deptype = 'n' \
         AND d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
         AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass \
    JOIN pg_catalog.pg_proc p ON p.oid = d.refobjid \
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.pronamespace \
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
      AND ($1 IS NULL OR r.ev_class = ANY ($1))";

/// What belongs to relations, taken out as each is put together.
pub(super) struct Parts {
    pub(super) columns: RawColumns,
    pub(super) dictionary: Dictionary,
    pub(super) texts: Texts,
    pub(super) view_reads: HashMap<u32, Reads>,
    pub(super) constraints: HashMap<u32, Constraints>,
    pub(super) indexes: ByRelation<Index>,
    pub(super) triggers: ByRelation<Trigger>,
    pub(super) policies: ByRelation<Policy>,
    pub(super) privileges: ByRelation<Privilege>,
    /// Of all indexes of a relation together.
    pub(super) index_bytes: HashMap<u32, u64>,
    pub(super) identities: Identities,
}

/// Paths of what views need.
#[derive(Default)]
pub(super) struct Reads {
    relations: Vec<String>,
    functions: Vec<String>,
}

pub(super) fn view_reads(rows: &[Row]) -> Result<HashMap<u32, Reads>, ScanError> {
    let mut views: HashMap<u32, Reads> = HashMap::new();
    for row in rows {
        let reads = views.entry(get(row, 0)?).or_default();
        let paths = if get(row, 3)? { &mut reads.functions } else { &mut reads.relations };
        paths.push(path_of(&[get::<&str>(row, 1)?, get::<&str>(row, 2)?]));
    }
    for reads in views.values_mut() {
        reads.relations.sort_unstable();
        reads.functions.sort_unstable();
    }
    Ok(views)
}

/// A row of `pg_class`.
pub(super) struct Relation {
    pub(super) oid: u32,
    parts: [String; 2],
    kind: u8,
    owner: Option<String>,
    estimated_rows: Option<u64>,
    unlogged: bool,
    pub(super) is_partition: bool,
    parents: Vec<u32>,
    row_security: bool,
    forced_row_security: bool,
    populated: bool,
    settings: Vec<String>,
    partition_key: Option<String>,
    definition: Option<String>,
    /// On disk with its long values, and a partition with its indexes; where it was ever looked at.
    estimated_bytes: Option<u64>,
}

pub(super) fn read(rows: &[Row]) -> Result<Vec<Relation>, ScanError> {
    rows.iter().map(Relation::read).collect()
}

impl Relation {
    fn read(row: &Row) -> Result<Self, ScanError> {
        let rows: f64 = get(row, 5)?;
        // -1 from version 14 on: never analysed.
        let estimated_rows = (rows >= 0.0).then(|| whole(rows));
        Ok(Self {
            oid: get(row, 0)?,
            parts: [get(row, 1)?, get(row, 2)?],
            kind: letter(row, 3)?,
            owner: get(row, 4)?,
            estimated_rows,
            unlogged: letter(row, 6)? == b'u',
            is_partition: get(row, 7)?,
            parents: get::<Option<Vec<u32>>>(row, 8)?.unwrap_or_default(),
            row_security: get(row, 9)?,
            forced_row_security: get(row, 10)?,
            populated: get(row, 11)?,
            settings: get::<Option<Vec<String>>>(row, 12)?.unwrap_or_default(),
            partition_key: get(row, 13)?,
            definition: get(row, 14)?,
            estimated_bytes: estimated_rows
                .map(|_| get::<i64>(row, 15))
                .transpose()?
                .map(|bytes| bytes.max(0).unsigned_abs()),
        })
    }

    pub(super) fn path(&self) -> String {
        path_of(&self.parts)
    }

    fn options(&self, names: &HashMap<u32, String>) -> Vec<String> {
        let mut options = Vec::new();
        let mut when = |condition: bool, option: &str| {
            if condition {
                options.push(option.to_owned());
            }
        };
        when(self.kind == b'f', "foreign");
        when(self.unlogged, "unlogged");
        when(self.row_security, "row_level_security");
        when(self.forced_row_security, "forced_row_level_security");
        when(self.kind == b'm' && !self.populated, "unpopulated");
        if matches!(self.kind, b'v' | b'f') {
            // Of a view these decide what it answers, of a foreign table where; a table's are about storage.
            options.extend(self.settings.iter().map(|setting| {
                setting
                    .strip_suffix("=true")
                    .or_else(|| setting.strip_suffix("=on"))
                    .unwrap_or(setting)
                    .to_owned()
            }));
        }
        if !self.is_partition {
            options.extend(
                self.parents
                    .iter()
                    .filter_map(|parent| names.get(parent))
                    .map(|path| format!("inherits {path}")),
            );
        }
        options.sort_unstable();
        options
    }
}

pub(super) fn relations(
    relations: Vec<Relation>,
    names: &HashMap<u32, String>,
    parts: &mut Parts,
    vanished: &mut u32,
) -> Result<Vec<Object>, ScanError> {
    let parents: HashMap<u32, u32> = relations
        .iter()
        .filter(|relation| relation.is_partition)
        .filter_map(|relation| Some((relation.oid, *relation.parents.first()?)))
        .collect();
    let root_of = |mut oid: u32| {
        // Bounded: the catalog allows no cycle, but it is somebody else's catalog.
        for _ in 0..64 {
            match parents.get(&oid) {
                Some(parent) => oid = *parent,
                None => break,
            }
        }
        oid
    };
    // What each partitioned table has below it: the names of the leaves and the levels between, rows and bytes.
    let mut folded: HashMap<u32, (Vec<String>, [Option<u64>; 2])> = HashMap::new();
    for partition in relations.iter().filter(|relation| relation.is_partition) {
        let (names, estimates) = folded.entry(root_of(partition.oid)).or_default();
        names.push(partition.path());
        if partition.kind != b'p' {
            let own = [partition.estimated_rows, partition.estimated_bytes];
            for (estimate, own) in estimates.iter_mut().zip(own) {
                *estimate = match (*estimate, own) {
                    (None, one) | (one, None) => one,
                    (Some(a), Some(b)) => Some(a.saturating_add(b)),
                };
            }
        }
    }

    let mut objects = Vec::new();
    for mut relation in relations.into_iter().filter(|relation| !relation.is_partition) {
        let oid = relation.oid;
        let of_indexes = parts.index_bytes.remove(&oid).unwrap_or(0);
        relation.estimated_bytes = relation.estimated_bytes.map(|bytes| bytes.saturating_add(of_indexes));
        let mut columns = parts.columns.finish(oid, &parts.dictionary, &mut parts.texts)?;
        for column in columns.iter_mut().filter(|column| column.identity.is_some()) {
            let attnum = column.physical.and_then(|physical| physical.attnum);
            column.identity_options = attnum.and_then(|attnum| parts.identities.remove(&(oid, attnum)));
        }
        let mut constraints = parts.constraints.remove(&oid).unwrap_or_default();
        for column in &mut columns {
            let attnum = column.physical.and_then(|physical| physical.attnum);
            column.not_null = attnum.and_then(|attnum| constraints.not_nulls.remove(&attnum));
        }
        let privileges = parts.privileges.remove(&oid).unwrap_or_default();
        let comment = parts.texts.of_relation(oid, 0);
        let options = relation.options(names);
        let body = if matches!(relation.kind, b'v' | b'm') {
            let Some(definition) = relation.definition else {
                *vanished += 1;
                continue;
            };
            let reads = parts.view_reads.remove(&oid).unwrap_or_default();
            let is_stored = relation.kind == b'm';
            let view = View {
                columns,
                definition,
                depends_on: reads.relations,
                calls: reads.functions,
                indexes: parts.indexes.remove(&oid).unwrap_or_default(),
                triggers: parts.triggers.remove(&oid).unwrap_or_default(),
                comment,
                owner: relation.owner,
                options,
                privileges,
                estimated_rows: relation.estimated_rows.filter(|_| is_stored),
                estimated_bytes: relation.estimated_bytes.filter(|_| is_stored),
            };
            if is_stored { Body::MaterializedView(view) } else { Body::View(view) }
        } else {
            let (mut partition_names, below) = folded.remove(&oid).unwrap_or_default();
            partition_names.sort_unstable();
            let own = [relation.estimated_rows, relation.estimated_bytes];
            let [estimated_rows, estimated_bytes] = if relation.kind == b'p' { below } else { own };
            Body::Table(Table {
                columns,
                primary_key: constraints.primary_key,
                uniques: constraints.uniques,
                foreign_keys: constraints.foreign_keys,
                checks: constraints.checks,
                exclusions: constraints.exclusions,
                indexes: parts.indexes.remove(&oid).unwrap_or_default(),
                triggers: parts.triggers.remove(&oid).unwrap_or_default(),
                policies: parts.policies.remove(&oid).unwrap_or_default(),
                partitions: relation.partition_key.map(|key| Partitions { key, names: partition_names }),
                comment,
                owner: relation.owner,
                options,
                privileges,
                estimated_rows,
                estimated_bytes,
            })
        };
        objects.push(object(&relation.parts, oid, body));
    }
    Ok(objects)
}
