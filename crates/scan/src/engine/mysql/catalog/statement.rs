//! The statements, and where MariaDB and MySQL differ in them.
//!
//! The first parameter is always the database. Estimates come last in a row: the fingerprint leaves the last [`ESTIMATES`]
//! columns of `TABLES` out.

/// The names of all tables and views, for a filter to choose from.
pub(super) const NAMES: &str = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?";

/// One flavour's statements.
pub(super) struct Statements {
    pub(super) schemata: &'static str,
    pub(super) tables: &'static str,
    pub(super) columns: &'static str,
    pub(super) statistics: &'static str,
    pub(super) key_columns: &'static str,
    pub(super) references: &'static str,
    pub(super) checks: &'static str,
    /// How `checks` calls the table's name.
    pub(super) check_table: &'static str,
    pub(super) views: &'static str,
    pub(super) triggers: &'static str,
    pub(super) routines: &'static str,
    pub(super) parameters: &'static str,
    pub(super) partitions: &'static str,
    pub(super) events: &'static str,
    pub(super) privileges: &'static str,
}

pub(super) fn of(mariadb: bool) -> &'static Statements {
    if mariadb { &MARIADB } else { &MYSQL }
}

const MARIADB: Statements = Statements {
    schemata: "SELECT DEFAULT_COLLATION_NAME, SCHEMA_COMMENT FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?",
    tables: TABLES,
    columns: "SELECT TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE, COLUMN_TYPE, \
        COLLATION_NAME, EXTRA, COLUMN_COMMENT, GENERATION_EXPRESSION, NULL \
        FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?",
    statistics: "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME, COLLATION, SUB_PART, \
        INDEX_TYPE, INDEX_COMMENT, IGNORED, NULL FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ?",
    key_columns: KEY_COLUMNS,
    references: REFERENCES,
    checks: "SELECT TABLE_NAME, CONSTRAINT_NAME, CHECK_CLAUSE, 'YES' FROM information_schema.CHECK_CONSTRAINTS \
        WHERE CONSTRAINT_SCHEMA = ?",
    check_table: "TABLE_NAME",
    views: "SELECT TABLE_NAME, VIEW_DEFINITION, CHECK_OPTION, DEFINER, SECURITY_TYPE, ALGORITHM \
        FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?",
    triggers: TRIGGERS,
    routines: ROUTINES,
    parameters: PARAMETERS,
    partitions: PARTITIONS,
    events: EVENTS,
    privileges: PRIVILEGES,
};

const MYSQL: Statements = Statements {
    schemata: "SELECT DEFAULT_COLLATION_NAME, NULL FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?",
    tables: TABLES,
    // A spatial column says what its values refer to.
    columns: "SELECT TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE, COLUMN_TYPE, \
        COLLATION_NAME, EXTRA, COLUMN_COMMENT, GENERATION_EXPRESSION, SRS_ID \
        FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ?",
    // A functional part has an expression instead of a column.
    statistics: "SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, COLUMN_NAME, COLLATION, SUB_PART, \
        INDEX_TYPE, INDEX_COMMENT, IF(IS_VISIBLE = 'YES', 'NO', 'YES'), EXPRESSION \
        FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ?",
    key_columns: KEY_COLUMNS,
    references: REFERENCES,
    // Here a check does not say what table it is of.
    checks: "SELECT t.TABLE_NAME, c.CONSTRAINT_NAME, c.CHECK_CLAUSE, t.ENFORCED \
        FROM information_schema.CHECK_CONSTRAINTS c JOIN information_schema.TABLE_CONSTRAINTS t \
        ON t.CONSTRAINT_SCHEMA = c.CONSTRAINT_SCHEMA AND t.CONSTRAINT_NAME = c.CONSTRAINT_NAME \
        AND t.CONSTRAINT_TYPE = 'CHECK' WHERE c.CONSTRAINT_SCHEMA = ?",
    check_table: "t.TABLE_NAME",
    views: "SELECT TABLE_NAME, VIEW_DEFINITION, CHECK_OPTION, DEFINER, SECURITY_TYPE, NULL \
        FROM information_schema.VIEWS WHERE TABLE_SCHEMA = ?",
    triggers: TRIGGERS,
    routines: ROUTINES,
    parameters: PARAMETERS,
    partitions: PARTITIONS,
    events: EVENTS,
    privileges: PRIVILEGES,
};

const TABLES: &str = "SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION, TABLE_COMMENT, CREATE_OPTIONS, \
    TABLE_ROWS, DATA_LENGTH + COALESCE(INDEX_LENGTH, 0) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?";

/// How many columns of `TABLES` are estimates.
pub(super) const ESTIMATES: usize = 2;

const KEY_COLUMNS: &str = "SELECT TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION, COLUMN_NAME, \
    REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME \
    FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME IS NOT NULL";

const REFERENCES: &str = "SELECT TABLE_NAME, CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE \
    FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ?";

const TRIGGERS: &str = "SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, \
    ACTION_STATEMENT, DEFINER FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?";

const ROUTINES: &str = "SELECT ROUTINE_NAME, ROUTINE_TYPE, DTD_IDENTIFIER, ROUTINE_BODY, ROUTINE_DEFINITION, \
    IS_DETERMINISTIC, SECURITY_TYPE, ROUTINE_COMMENT, DEFINER, SQL_DATA_ACCESS \
    FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = ?";

const PARAMETERS: &str = "SELECT SPECIFIC_NAME, ROUTINE_TYPE, ORDINAL_POSITION, PARAMETER_MODE, PARAMETER_NAME, \
    DTD_IDENTIFIER FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = ?";

const PARTITIONS: &str = "SELECT TABLE_NAME, PARTITION_NAME, PARTITION_METHOD, PARTITION_EXPRESSION, \
    SUBPARTITION_METHOD, SUBPARTITION_EXPRESSION, PARTITION_DESCRIPTION, PARTITION_ORDINAL_POSITION, \
    SUBPARTITION_NAME FROM information_schema.PARTITIONS WHERE TABLE_SCHEMA = ? AND PARTITION_NAME IS NOT NULL";

const EVENTS: &str = "SELECT EVENT_NAME, STATUS, EVENT_DEFINITION, EVENT_TYPE, INTERVAL_VALUE, INTERVAL_FIELD, \
    EXECUTE_AT, EVENT_COMMENT FROM information_schema.EVENTS WHERE EVENT_SCHEMA = ?";

/// Only what the account may see: mostly its own.
const PRIVILEGES: &str = "SELECT GRANTEE, TABLE_NAME, PRIVILEGE_TYPE, IS_GRANTABLE \
    FROM information_schema.TABLE_PRIVILEGES WHERE TABLE_SCHEMA = ?";
