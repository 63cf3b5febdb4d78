//! One connection, and the read-only transaction on it.

use std::time::Duration;

use chrono::{NaiveDateTime, TimeZone, Utc};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, Opts, OptsBuilder, Params, Row, SslOpts, Value};
use tokio_util::sync::CancellationToken;
use types::Timestamp;

use crate::engine::server::{
    full, hung_up, no_answer, no_authorities, no_connection, no_verified_tls, stopped_when_dropped,
    unless_cancelled,
};
use crate::error::quoted;
use crate::source::MysqlTarget;
use crate::{Limits, ScanError};

/// An open connection. Dropping it closes it.
pub(super) struct Connection {
    pub(super) connection: Conn,
    /// MariaDB and MySQL differ in what their catalogs tell.
    pub(super) mariadb: bool,
    /// As the server says it.
    pub(super) version: String,
    /// The one that the address names, as the server spells it.
    pub(super) database: String,
    /// Statements sent so far, as the server counts them.
    pub(super) sent: u64,
    /// The timeout that the session was set up with.
    settled: Option<Duration>,
}

/// Stops what a connection is doing, over another one.
#[derive(Clone)]
pub(super) struct Stopper {
    options: Opts,
    id: u32,
    connect: Duration,
}

impl Connection {
    pub(super) async fn open(
        source_name: &str,
        target: &MysqlTarget,
        limits: Limits,
    ) -> Result<(Self, Stopper), ScanError> {
        let options = with_tls(source_name, target)?;
        let unreachable = |reason: String| ScanError::Unreachable { source_name: source_name.into(), reason };
        let mut connection = tokio::time::timeout(limits.connect, Conn::new(options.clone()))
            .await
            .map_err(|_| unreachable(no_answer(limits.connect)))?
            .map_err(|error| refused(source_name, &error))?;
        const WHO: &str = "SELECT VERSION(), DATABASE()";
        let row: Option<Row> = connection.exec_first(WHO, ()).await.map_err(|error| failed(&error))?;
        let row = row.ok_or_else(|| ScanError::Database("the server named no version".into()))?;
        let version = text(&row, 0).unwrap_or_default();
        let stopper = Stopper { options, id: connection.id(), connect: limits.connect };
        let mariadb = version.contains("MariaDB");
        let database = text(&row, 1).unwrap_or_default();
        Ok((Self { connection, mariadb, version, database, sent: 1, settled: None }, stopper))
    }

    /// Starts a transaction that the server keeps from writing, in UTC. Answers the database's clock.
    pub(super) async fn begin(
        &mut self,
        limits: Limits,
        statement_timeout: Duration,
    ) -> Result<Timestamp, ScanError> {
        if self.settled != Some(statement_timeout) {
            self.settle(limits, statement_timeout).await?;
            self.settled = Some(statement_timeout);
        }
        self.set("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY").await?;
        let rows = self.query("SELECT UTC_TIMESTAMP(6)", Params::Empty).await?;
        let now = rows.first().and_then(|row| instant(row.as_ref(0)?));
        now.ok_or_else(|| ScanError::Database("the server told no time".into()))
    }

    /// What holds for the session until it is set anew.
    async fn settle(&mut self, limits: Limits, statement_timeout: Duration) -> Result<(), ScanError> {
        // MariaDB counts seconds and stops any statement, MySQL milliseconds and only those that read.
        let timeout = if self.mariadb {
            format!("SET SESSION max_statement_time = {}", statement_timeout.as_secs().max(1))
        } else {
            format!("SET SESSION max_execution_time = {}", statement_timeout.as_millis().max(1))
        };
        let lock = format!("SET SESSION lock_wait_timeout = {}", limits.lock.as_secs().max(1));
        // `SET NAMES` also fixes how the server spells names; the modes that change how values are read are off.
        let settings = [
            "SET NAMES utf8mb4",
            "SET SESSION time_zone = '+00:00', SESSION sql_mode = ''",
            &timeout,
            &lock,
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        ];
        for setting in settings {
            self.set(setting).await?;
        }
        Ok(())
    }

    /// A statement that answers nothing. Its text is a constant, apart from quoted names.
    pub(super) async fn set(&mut self, statement: &str) -> Result<(), ScanError> {
        self.sent += 1;
        self.connection.query_drop(statement).await.map_err(|error| failed(&error))
    }

    pub(super) async fn commit(&mut self) -> Result<(), ScanError> {
        self.set("COMMIT").await
    }

    pub(super) async fn rollback(&mut self) -> Result<(), ScanError> {
        self.set("ROLLBACK").await
    }

    /// One statement, prepared: the server takes no second one that way.
    pub(super) async fn query(
        &mut self,
        statement: &str,
        parameters: impl Into<Params> + Send,
    ) -> Result<Vec<Row>, ScanError> {
        let parameters = parameters.into();
        self.sent += 1;
        self.connection.exec(statement, parameters).await.map_err(|error| failed(&error))
    }
}

impl Stopper {
    /// Does `work`; when `cancel` fires first or nobody waits any longer, tells the server to stop.
    pub(super) fn unless_cancelled<T>(
        &self,
        cancel: &CancellationToken,
        work: impl Future<Output = Result<T, ScanError>>,
    ) -> impl Future<Output = Result<T, ScanError>> {
        self.stopped_when_dropped(unless_cancelled(cancel, work, self.stop_statement()))
    }

    /// Does `work`; when that is given up half-way, tells the server to stop.
    pub(super) fn stopped_when_dropped<T>(&self, work: impl Future<Output = T>) -> impl Future<Output = T> {
        let stopper = self.clone();
        stopped_when_dropped(work, async move { stopper.stop_statement().await })
    }

    pub(super) async fn stop_statement(&self) {
        let stopped = match tokio::time::timeout(self.connect, self.kill_query()).await {
            // The connection is gone, and its statement with it.
            Ok(Err(mysql_async::Error::Server(said))) => said.code == NO_SUCH_CONNECTION,
            asked => matches!(asked, Ok(Ok(()))),
        };
        if !stopped {
            tracing::warn!("the server could not be told to stop; its statement timeout will");
        }
    }

    async fn kill_query(&self) -> Result<(), mysql_async::Error> {
        let mut other = Conn::new(self.options.clone()).await?;
        other.query_drop(format!("KILL QUERY {}", self.id)).await?;
        other.disconnect().await
    }
}

/// `ER_NO_SUCH_THREAD`.
const NO_SUCH_CONNECTION: u16 = 1094;

fn with_tls(source_name: &str, target: &MysqlTarget) -> Result<Opts, ScanError> {
    if !target.encrypted {
        return Ok(target.options.clone());
    }
    // The driver builds its TLS from the process's provider; a second installation is refused, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let unusable = |reason: String| ScanError::Unreachable { source_name: source_name.into(), reason };
    let roots: Vec<_> = match &target.root_certificate {
        Some(path) => {
            let pem = std::fs::read(path)
                .map_err(|_| unusable("the file that ssl-ca names cannot be read".into()))?;
            vec![pem.into()]
        }
        None => rustls_native_certs::load_native_certs()
            .certs
            .into_iter()
            .map(|certificate| certificate.as_ref().to_vec().into())
            .collect(),
    };
    if roots.is_empty() {
        return Err(unusable(no_authorities("ssl-ca")));
    }
    let tls = SslOpts::default().with_disable_built_in_roots(true).with_root_certs(roots);
    Ok(OptsBuilder::from_opts(target.options.clone()).ssl_opts(tls).into())
}

/// `ER_CON_COUNT_ERROR`.
const TOO_MANY_CONNECTIONS: u16 = 1040;

/// Why a connection was not made.
fn refused(source_name: &str, error: &mysql_async::Error) -> ScanError {
    let source_name = source_name.to_owned();
    match error {
        // It is full: nobody's credentials are at fault.
        mysql_async::Error::Server(said) if said.code == TOO_MANY_CONNECTIONS => {
            ScanError::Unreachable { source_name, reason: full(&said.message) }
        }
        mysql_async::Error::Server(said) => ScanError::SignIn { source_name, reason: quoted(&said.message) },
        mysql_async::Error::Driver(mysql_async::DriverError::NoClientSslFlagFromServer) => {
            ScanError::Plaintext {
                source_name,
                reason: "the server offers no TLS. Give it a certificate that this machine trusts, or add \
                         ssl-mode=disabled to the address if the network between is trusted"
                    .into(),
            }
        }
        mysql_async::Error::Io(mysql_async::IoError::Tls(detail)) => {
            no_verified_tls(source_name, &detail.to_string(), "ssl-ca", "ssl-mode=disabled")
        }
        // What was wrong with the certificate comes as an error of reading.
        mysql_async::Error::Io(mysql_async::IoError::Io(error))
            if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) =>
        {
            no_verified_tls(source_name, &error.to_string(), "ssl-ca", "ssl-mode=disabled")
        }
        mysql_async::Error::Io(mysql_async::IoError::Io(error)) => {
            ScanError::Unreachable { source_name, reason: no_connection(error) }
        }
        mysql_async::Error::Driver(mysql_async::DriverError::ConnectionClosed) => {
            ScanError::Unreachable { source_name, reason: hung_up(&error.to_string()) }
        }
        other => ScanError::Unreachable { source_name, reason: quoted(&other.to_string()) },
    }
}

/// Why a statement failed.
pub(super) fn failed(error: &mysql_async::Error) -> ScanError {
    let said = match error {
        mysql_async::Error::Server(said) => said,
        mysql_async::Error::Io(_)
        | mysql_async::Error::Driver(mysql_async::DriverError::ConnectionClosed) => {
            return ScanError::Lost(quoted(&error.to_string()));
        }
        _ => return ScanError::Database(quoted(&error.to_string())),
    };
    let message = quoted(&said.message);
    match said.code {
        // The table of a name is gone, or another kind of thing.
        1146 | 1347 | 4089 => ScanError::Database(format!("{VANISHED}: {message}")),
        // Of the database, table, column, function, or for want of a global privilege.
        1044 | 1045 | 1142 | 1143 | 1227 | 1370 => ScanError::NoPermission(message),
        // Killed, timed out (MySQL, MariaDB).
        1317 | 3024 | 1969 => ScanError::Timeout(message),
        1205 => ScanError::Locked(message),
        // Shut down, or this connection of it.
        1053 | 1927 => ScanError::Lost(message),
        _ => ScanError::Database(message),
    }
}

/// What starts the message of an error that a schema change at the same moment explains.
pub(super) const VANISHED: &str = "an object vanished while it was read";

/// A column of a row as text; `None` for NULL.
pub(super) fn text(row: &Row, index: usize) -> Option<String> {
    match row.as_ref(index)? {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Value::Int(number) => Some(number.to_string()),
        Value::UInt(number) => Some(number.to_string()),
        other => Some(other.as_sql(true)),
    }
}

/// A column of a row as an expression. MySQL tells the text of one with every backslash and quote escaped once more than
/// `SHOW CREATE` does (seen in 9.7); MariaDB tells it as it is.
pub(super) fn expression(row: &Row, index: usize, mariadb: bool) -> Option<String> {
    let told = text(row, index)?;
    if mariadb || !told.contains('\\') {
        return Some(told);
    }
    let mut letters = told.chars();
    let mut plain = String::with_capacity(told.len());
    while let Some(letter) = letters.next() {
        plain.push(if letter == '\\' { letters.next().unwrap_or(letter) } else { letter });
    }
    Some(plain)
}

/// A column of a row as a number; `None` for NULL and for what is none.
pub(super) fn number(row: &Row, index: usize) -> Option<i64> {
    match row.as_ref(index)? {
        Value::Int(number) => Some(*number),
        Value::UInt(number) => i64::try_from(*number).ok(),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok()?.parse().ok(),
        _ => None,
    }
}

/// A date and time in UTC.
pub(super) fn instant(value: &Value) -> Option<Timestamp> {
    let Value::Date(year, month, day, hour, minute, second, micros) = value else { return None };
    let date = chrono::NaiveDate::from_ymd_opt((*year).into(), (*month).into(), (*day).into())?;
    let time =
        chrono::NaiveTime::from_hms_micro_opt((*hour).into(), (*minute).into(), (*second).into(), *micros)?;
    Some(Timestamp(Utc.from_utc_datetime(&NaiveDateTime::new(date, time))))
}

/// Quotes an identifier.
pub(super) fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
