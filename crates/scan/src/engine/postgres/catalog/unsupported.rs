//! What the catalog holds and the snapshot does not model: counted, so that nothing is silently left out.

use types::snapshot::Warning;

/// Objects made after the database was (16384 is the first id a user can get) that belong to no extension; as more rows
/// of what there is in the database.
pub(super) const UNSUPPORTED: &str = "\
    SELECT 'unsupported', 0::pg_catalog.oid, ARRAY[o.subject], NULL, NULL, true, NULL, NULL, pg_catalog.count(*) FROM ( \
        SELECT CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE 'window_function' END AS subject, p.oid, \
               'pg_catalog.pg_proc'::pg_catalog.regclass AS class \
        FROM pg_catalog.pg_proc p WHERE p.prokind IN ('a', 'w') \
        UNION ALL SELECT 'operator', oid, 'pg_catalog.pg_operator'::pg_catalog.regclass FROM pg_catalog.pg_operator \
        UNION ALL SELECT 'cast', oid, 'pg_catalog.pg_cast'::pg_catalog.regclass FROM pg_catalog.pg_cast \
        UNION ALL SELECT 'conversion', oid, 'pg_catalog.pg_conversion'::pg_catalog.regclass \
                  FROM pg_catalog.pg_conversion \
        UNION ALL SELECT 'operator_class', oid, 'pg_catalog.pg_opclass'::pg_catalog.regclass \
                  FROM pg_catalog.pg_opclass \
        UNION ALL SELECT 'event_trigger', oid, 'pg_catalog.pg_event_trigger'::pg_catalog.regclass \
                  FROM pg_catalog.pg_event_trigger \
        UNION ALL SELECT 'publication', oid, 'pg_catalog.pg_publication'::pg_catalog.regclass \
                  FROM pg_catalog.pg_publication \
        UNION ALL SELECT 'foreign_data_wrapper', oid, 'pg_catalog.pg_foreign_data_wrapper'::pg_catalog.regclass \
                  FROM pg_catalog.pg_foreign_data_wrapper \
        UNION ALL SELECT 'language', oid, 'pg_catalog.pg_language'::pg_catalog.regclass FROM pg_catalog.pg_language \
        UNION ALL SELECT 'text_search_configuration', oid, 'pg_catalog.pg_ts_config'::pg_catalog.regclass \
                  FROM pg_catalog.pg_ts_config \
        UNION ALL SELECT 'text_search_dictionary', oid, 'pg_catalog.pg_ts_dict'::pg_catalog.regclass \
                  FROM pg_catalog.pg_ts_dict \
        UNION ALL SELECT 'extended_statistics', oid, 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass \
                  FROM pg_catalog.pg_statistic_ext \
        UNION ALL SELECT 'rule', r.oid, 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
                  FROM pg_catalog.pg_rewrite r WHERE r.rulename <> '_RETURN' \
        UNION ALL SELECT 'base_type', t.oid, 'pg_catalog.pg_type'::pg_catalog.regclass \
                  FROM pg_catalog.pg_type t WHERE t.typtype = 'b' AND t.typcategory <> 'A' \
    ) o \
    WHERE o.oid >= 16384 \
      AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e \
                      WHERE e.classid = o.class AND e.objid = o.oid AND e.deptype = 'e' \
                        AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass) \
    GROUP BY o.subject";

pub(super) fn warning(subject: String, count: u64) -> Warning {
    Warning {
        code: "unsupported".into(),
        message: format!("Objects of the kind {subject} are not part of the snapshot yet."),
        subject,
        count: u32::try_from(count).unwrap_or(u32::MAX),
    }
}
