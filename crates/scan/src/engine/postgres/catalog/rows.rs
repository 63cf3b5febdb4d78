//! What the statements answer, asked all at once over one or two connections.

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use tokio_util::task::AbortOnDropHandle;

use super::column::RawColumns;
use super::constraint::RawConstraint;
use super::index::RawIndexes;
use super::relation::Relation;
use super::text::Texts;
use super::{
    Connection, by_version, column, constraint, fingerprint, index, privilege, relation, routine, table_part,
    text, type_object,
};
use crate::engine::Tell;
use crate::engine::part::Parts;
use crate::source::PostgresTarget;
use crate::{Limits, ScanError};

/// The catalog as it is kept: what belongs together is joined by ids, later.
pub(super) struct Rows {
    pub(super) listed: Listed,
    pub(super) worded: Worded,
    /// Where there is a second connection, it is asked for on that one as soon as that has nothing else to do.
    pub(super) fingerprint: Option<AbortOnDropHandle<Result<String, ScanError>>>,
}

/// What catalogs list as it is. Asking for it waits for no lock on a table.
pub(super) struct Listed {
    pub(super) columns: RawColumns,
    pub(super) view_reads: Vec<Row>,
    pub(super) sequences: Vec<Row>,
    pub(super) privileges: Vec<Row>,
}

/// What the server has to put in words, for some of which it locks the tables concerned to the end of the transaction.
/// All of it is asked for on one connection: on two, one could wait for a schema change that waits for the other, which
/// no server would notice.
pub(super) struct Worded {
    pub(super) relations: Vec<Relation>,
    pub(super) texts: Texts,
    pub(super) indexes: RawIndexes,
    pub(super) constraints: Vec<RawConstraint>,
    pub(super) table_parts: Vec<Row>,
    pub(super) types: Vec<Row>,
    pub(super) routines: Vec<Row>,
}

/// Where the catalog is: the source's name and its address.
pub(super) type Origin<'a> = (&'a str, &'a PostgresTarget);

/// What a second connection needs to see what the first one sees.
#[derive(Clone, Copy)]
pub(super) struct Beside<'a> {
    pub(super) origin: Origin<'a>,
    /// The name of the first one's view of the catalog; none where one connection is enough.
    pub(super) shared: Option<&'a str>,
    pub(super) limits: Limits,
}

impl Beside<'_> {
    /// `None` as well where it is not to be had: a role may be allowed one connection only, and behind a pooler or a
    /// balancer another one may lead to another server.
    async fn open(self) -> Option<Connection> {
        let shared = self.shared?;
        let (source_name, target) = self.origin;
        let opened = async {
            let connection = Connection::open(source_name, target, self.limits).await?;
            connection.begin_with(shared, self.limits.catalog_statement).await?;
            Ok::<_, ScanError>(connection)
        };
        let one = |error: &ScanError| tracing::debug!(%error, "the catalog is read over one connection");
        opened.await.inspect_err(one).ok()
    }
}

type Parameters<'a> = [(&'a (dyn ToSql + Sync), Type); 1];

/// How many parts a catalog has.
const PARTS: u64 = 11;

impl Rows {
    /// Asks for everything of the relations, routines and types that are `wanted`, or of all.
    pub(super) async fn read(
        connection: &Connection,
        beside: Beside<'_>,
        wanted: Option<Vec<u32>>,
        tell: Tell<'_>,
    ) -> Result<Self, ScanError> {
        let parameters: Parameters<'_> = [(&wanted, Type::OID_ARRAY)];
        let parts = Parts::new(tell, PARTS);
        let listed = async {
            let Some(other) = beside.open().await else {
                return Ok((Listed::read(connection, &parameters, &parts).await?, None));
            };
            let listed = other.stopped_when_dropped(Listed::read(&other, &parameters, &parts)).await?;
            Ok((listed, Some(AbortOnDropHandle::new(tokio::spawn(told(other))))))
        };
        // Boxed: what a dozen statements wait with would take much of a thread's stack.
        let worded = Box::pin(Worded::read(connection, &parameters, &parts));
        let (worded, (listed, fingerprint)) = tokio::try_join!(biased; worded, Box::pin(listed))?;
        Ok(Self { listed, worded, fingerprint })
    }
}

/// The fingerprint, over a connection that does nothing else any longer.
async fn told(other: Connection) -> Result<String, ScanError> {
    let told = other.stopped_when_dropped(fingerprint(&other)).await?;
    other.commit().await?;
    Ok(told)
}

impl Listed {
    async fn read(
        connection: &Connection,
        parameters: &Parameters<'_>,
        parts: &Parts<'_>,
    ) -> Result<Self, ScanError> {
        let of_relations = |part, statement| parts.of(part, connection.query(statement, parameters));
        let (columns, view_reads, sequences, privileges) = tokio::try_join!(
            biased;
            parts.of("columns", column::columns(connection, parameters)),
            of_relations("what views read", relation::VIEW_READS),
            of_relations("sequences", type_object::SEQUENCES),
            of_relations("privileges", privilege::PRIVILEGES),
        )?;
        Ok(Self { columns, view_reads, sequences, privileges })
    }
}

impl Worded {
    async fn read(
        connection: &Connection,
        parameters: &Parameters<'_>,
        parts: &Parts<'_>,
    ) -> Result<Self, ScanError> {
        let major = connection.major();
        let (texts, indexes, constraints, types) = (
            by_version(text::TEXTS, major),
            by_version(index::INDEXES, major),
            by_version(constraint::CONSTRAINTS, major),
            by_version(type_object::TYPES, major),
        );
        let of_wanted = |part, statement| parts.of(part, connection.query(statement, parameters));
        // Each is taken apart while the server works on the next.
        let (indexes, constraints, texts, relations, table_parts, types, routines) = tokio::try_join!(
            biased;
            async { index::indexes(&of_wanted("indexes", &indexes).await?) },
            async { constraint::constraints(&of_wanted("constraints", &constraints).await?) },
            async { text::texts(&of_wanted("defaults and comments", &texts).await?) },
            async { relation::read(&of_wanted("tables and views", relation::RELATIONS).await?) },
            of_wanted("triggers and policies", table_part::TABLE_PARTS),
            of_wanted("types", &types),
            of_wanted("routines", routine::ROUTINES),
        )?;
        Ok(Self { relations, texts, indexes, constraints, table_parts, types, routines })
    }
}
