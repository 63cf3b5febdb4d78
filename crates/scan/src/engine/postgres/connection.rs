//! One connection, and the read-only transactions on it.

use std::time::Duration;

use tokio_postgres::error::{DbError, SqlState};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{CancelToken, Client, NoTls, Row, RowStream};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::sync::CancellationToken;
use types::Timestamp;

use crate::engine::server::{
    full, hung_up, no_answer, no_authorities, no_connection, no_verified_tls, stopped_when_dropped,
    unless_cancelled,
};
use crate::error::quoted;
use crate::source::PostgresTarget;
use crate::{Limits, ScanError};

/// An open connection. Dropping it closes it, which ends whatever the server was doing for it at the next row.
pub(crate) struct Connection {
    client: Client,
    cancel: CancelToken,
    tls: Option<MakeRustlsConnect>,
    lock_timeout: Duration,
    /// The server's major version.
    major: u32,
}

impl Connection {
    pub(crate) async fn open(
        source_name: &str,
        target: &PostgresTarget,
        limits: Limits,
    ) -> Result<Self, ScanError> {
        let tls = match target.config.get_ssl_mode() {
            tokio_postgres::config::SslMode::Disable => None,
            _ => Some(tls(source_name, target)?),
        };
        let connecting = async {
            match &tls {
                Some(tls) => {
                    let (client, connection) = target.config.connect(tls.clone()).await?;
                    let major = major(connection.parameter("server_version"));
                    tokio::spawn(drive(connection));
                    Ok::<_, tokio_postgres::Error>((client, major))
                }
                None => {
                    let (client, connection) = target.config.connect(NoTls).await?;
                    let major = major(connection.parameter("server_version"));
                    tokio::spawn(drive(connection));
                    Ok((client, major))
                }
            }
        };
        let (client, major) = tokio::time::timeout(limits.connect, connecting)
            .await
            .map_err(|_| ScanError::Unreachable {
                source_name: source_name.into(),
                reason: no_answer(limits.connect),
            })?
            .map_err(|error| refused(source_name, &error))?;
        Ok(Self { cancel: client.cancel_token(), client, tls, lock_timeout: limits.lock, major })
    }

    /// Starts a transaction that the server keeps from writing. The search path holds no schema of a user's, so that
    /// no operator or function of theirs is ever meant. Answers the database's clock.
    pub(crate) async fn begin(&self, statement_timeout: Duration) -> Result<Timestamp, ScanError> {
        let (begun, settled) = tokio::join!(
            biased;
            self.client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            self.settle(statement_timeout)
        );
        begun.map_err(|error| failed(&error))?;
        settled
    }

    /// Starts a transaction, as [`Connection::begin`], that sees what another connection's sees and gave a `snapshot` of.
    pub(crate) async fn begin_with(
        &self,
        snapshot: &str,
        statement_timeout: Duration,
    ) -> Result<(), ScanError> {
        if !snapshot.bytes().all(|letter| letter.is_ascii_hexdigit() || letter == b'-') {
            return Err(ScanError::Database("the server gave a snapshot no proper name".into()));
        }
        let take_over = format!("SET TRANSACTION SNAPSHOT '{snapshot}'");
        let (begun, taken_over, settled) = tokio::join!(
            biased;
            self.client.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
            self.query(&take_over, &[]),
            self.settle(statement_timeout)
        );
        begun.map_err(|error| failed(&error))?;
        taken_over?;
        settled.map(drop)
    }

    /// The settings of a transaction: nothing is compiled, which takes longer than what is asked of large catalogs, and
    /// processors from others. Answers the database's clock.
    async fn settle(&self, statement_timeout: Duration) -> Result<Timestamp, ScanError> {
        const SETTINGS: &str = "SELECT pg_catalog.set_config('statement_timeout', $1, true), \
             pg_catalog.set_config('lock_timeout', $2, true), \
             pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true), \
             pg_catalog.set_config('max_parallel_workers_per_gather', '0', true), \
             pg_catalog.set_config('idle_in_transaction_session_timeout', '60s', true), \
             pg_catalog.clock_timestamp(), pg_catalog.set_config('TimeZone', 'UTC', true), \
             pg_catalog.set_config('jit', 'off', true)";
        let milliseconds = |duration: Duration| duration.as_millis().max(1).to_string();
        let (statement, lock) = (milliseconds(statement_timeout), milliseconds(self.lock_timeout));
        let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&statement, Type::TEXT), (&lock, Type::TEXT)];
        let rows = self.query(SETTINGS, &parameters).await?;
        let now = rows.first().map(|row| row.try_get(5)).transpose().map_err(|error| failed(&error))?;
        now.map(Timestamp).ok_or_else(|| ScanError::Database("the server told no time".into()))
    }

    /// [`Connection::begin`] and the first query of the transaction, in one round trip.
    pub(crate) async fn begin_and_query(
        &self,
        statement_timeout: Duration,
        statement: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<(Timestamp, Vec<Row>), ScanError> {
        // Sent one behind the other without waiting; the server answers in order.
        let (begun, found) =
            tokio::join!(biased; self.begin(statement_timeout), self.query(statement, parameters));
        Ok((begun?, found?))
    }

    /// Does `work`; when that is given up half-way, tells the server to stop.
    pub(crate) fn stopped_when_dropped<T>(&self, work: impl Future<Output = T>) -> impl Future<Output = T> {
        let (cancel, tls) = (self.cancel.clone(), self.tls.clone());
        stopped_when_dropped(work, async move { stop(&cancel, tls).await })
    }

    /// Tells the server to stop the statement it runs. It answers the statement with an error.
    pub(crate) async fn stop_statement(&self) {
        stop(&self.cancel, self.tls.clone()).await;
    }

    /// The server's major version, such as 15; catalogs differ by it.
    pub(crate) fn major(&self) -> u32 {
        self.major
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    pub(crate) async fn commit(&self) -> Result<(), ScanError> {
        self.client.batch_execute("COMMIT").await.map_err(|error| failed(&error))
    }

    pub(crate) async fn rollback(&self) -> Result<(), ScanError> {
        self.client.batch_execute("ROLLBACK").await.map_err(|error| failed(&error))
    }

    /// One statement through the extended protocol, which takes no second one.
    pub(crate) async fn query(
        &self,
        statement: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, ScanError> {
        self.client.query_typed(statement, parameters).await.map_err(|error| failed(&error))
    }

    /// [`Connection::query`], row by row as they arrive.
    pub(crate) async fn rows(
        &self,
        statement: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<RowStream, ScanError> {
        let parameters = parameters.iter().map(|(value, of_type)| (*value, of_type.clone()));
        self.client.query_typed_raw(statement, parameters).await.map_err(|error| failed(&error))
    }

    /// The rows of a `COPY … TO STDOUT`, as the server sends them.
    pub(crate) async fn copy_out(&self, statement: &str) -> Result<tokio_postgres::CopyOutStream, ScanError> {
        self.client.copy_out(statement).await.map_err(|error| failed(&error))
    }

    /// Does `work`; when `cancel` fires first or nobody waits any longer, tells the server to stop.
    pub(crate) fn unless_cancelled<T>(
        &self,
        cancel: &CancellationToken,
        work: impl Future<Output = Result<T, ScanError>>,
    ) -> impl Future<Output = Result<T, ScanError>> {
        self.stopped_when_dropped(unless_cancelled(cancel, work, self.stop_statement()))
    }
}

async fn stop(cancel: &CancelToken, tls: Option<MakeRustlsConnect>) {
    let asked = match tls {
        Some(tls) => cancel.cancel_query(tls).await,
        None => cancel.cancel_query(NoTls).await,
    };
    if let Err(error) = asked {
        tracing::warn!(%error, "the server could not be told to stop; its statement timeout will");
    }
}

/// `15` of `15.18 (Debian 15.18-0+deb12u1)`, `18` of `18beta1`.
fn major(version: Option<&str>) -> u32 {
    let digits: String = version.unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

async fn drive<S, T>(connection: tokio_postgres::Connection<S, T>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    // Whoever waits for an answer is told as well.
    if let Err(error) = connection.await {
        tracing::debug!(%error, "the connection to the database ended");
    }
}

fn tls(source_name: &str, target: &PostgresTarget) -> Result<MakeRustlsConnect, ScanError> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let unusable = |reason: String| ScanError::Unreachable { source_name: source_name.into(), reason };
    let mut roots = rustls::RootCertStore::empty();
    if let Some(path) = &target.root_certificate {
        let certificates = CertificateDer::pem_file_iter(path)
            .map_err(|_| unusable("the file that sslrootcert names cannot be read".into()))?;
        for certificate in certificates {
            let certificate =
                certificate.map_err(|_| unusable("the file that sslrootcert names is not PEM".into()))?;
            roots.add(certificate).map_err(|error| unusable(format!("sslrootcert: {error}")))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err(unusable(no_authorities("sslrootcert")));
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(format!("TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// Why a connection was not made.
fn refused(source_name: &str, error: &tokio_postgres::Error) -> ScanError {
    let source_name = source_name.to_owned();
    if let Some(said) = error.as_db_error() {
        let reason = quoted(said.message());
        return match said.code() {
            // It starts, stops or is full: nobody's credentials are at fault.
            &SqlState::CANNOT_CONNECT_NOW | &SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN => {
                let reason = format!("{reason}. Try again once it takes connections");
                ScanError::Unreachable { source_name, reason }
            }
            &SqlState::TOO_MANY_CONNECTIONS => {
                ScanError::Unreachable { source_name, reason: full(said.message()) }
            }
            _ => ScanError::SignIn { source_name, reason },
        };
    }
    let text = error.to_string();
    if text.contains("TLS") {
        let detail = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        return no_verified_tls(source_name, &detail, "sslrootcert", "sslmode=disable");
    }
    let source = std::error::Error::source(error);
    let reason = match source.and_then(|source| source.downcast_ref::<std::io::Error>()) {
        Some(error) => no_connection(error),
        None if error.is_closed() => hung_up(&text),
        None => quoted(&source.map_or(text, ToString::to_string)),
    };
    ScanError::Unreachable { source_name, reason }
}

/// Why a statement failed.
pub(crate) fn failed(error: &tokio_postgres::Error) -> ScanError {
    let Some(said) = error.as_db_error() else {
        let is_io = std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>());
        let message = quoted(&error.to_string());
        return if is_io || error.is_closed() {
            ScanError::Lost(message)
        } else {
            ScanError::Database(message)
        };
    };
    let message = quoted(said.message());
    match *said.code() {
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => {
            ScanError::Lost(message)
        }
        SqlState::INSUFFICIENT_PRIVILEGE => ScanError::NoPermission(message),
        // Cancelled by the server: this process asks for it only when it no longer listens.
        SqlState::QUERY_CANCELED => ScanError::Timeout(message),
        SqlState::LOCK_NOT_AVAILABLE => ScanError::Locked(message),
        // What only reads conflicts with nothing but a standby's replay.
        SqlState::T_R_SERIALIZATION_FAILURE => ScanError::Conflict(message),
        _ if vanished(said) => ScanError::Database(format!("{VANISHED}: {message}")),
        _ => ScanError::Database(message),
    }
}

/// What starts the message of an error that a schema change at the same moment explains.
pub(crate) const VANISHED: &str = "an object vanished while it was read";

fn vanished(said: &DbError) -> bool {
    let text = said.message();
    matches!(
        said.code(),
        &SqlState::UNDEFINED_TABLE
            | &SqlState::UNDEFINED_COLUMN
            | &SqlState::UNDEFINED_OBJECT
            | &SqlState::UNDEFINED_FUNCTION
            // Of statements sent together, this answer may be seen before the one that says what happened.
            | &SqlState::IN_FAILED_SQL_TRANSACTION
    ) || (said.code() == &SqlState::INTERNAL_ERROR
        && (text.contains("cache lookup failed") || text.contains("could not open relation")))
}
