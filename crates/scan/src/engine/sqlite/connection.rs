//! A connection that cannot write, whatever a statement or the file's schema says.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::{Connection, ErrorCode, InterruptHandle, OpenFlags};
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::ScanError;
use crate::error::quoted;

/// Does `work` on a thread for blocking work, with a connection of its own.
pub(super) async fn blocking<T: Send + 'static>(
    source_name: &str,
    path: &Path,
    cancel: &CancellationToken,
    work: impl FnOnce(&Connection) -> Result<T, ScanError> + Send + 'static,
) -> Result<T, ScanError> {
    let connection = open(source_name, path)?;
    let interrupt = connection.get_interrupt_handle();
    let source_name = source_name.to_owned();
    let thread = tokio::task::spawn_blocking(move || work(&connection));
    let mut running = Running(Some((thread, interrupt)));
    let result = tokio::select! {
        result = running.ended() => result,
        () = cancel.cancelled() => {
            running.stop().await;
            return Err(ScanError::Cancelled);
        }
    };
    let result = result.map_err(|error| ScanError::Internal(quoted(&error.to_string())))?;
    result.map_err(|error| match error {
        ScanError::Unreachable { reason, .. } => ScanError::Unreachable { source_name, reason },
        other => other,
    })
}

/// Work on a thread of its own, and how to stop it. It is stopped as well when nobody waits for it any longer.
struct Running<T>(Option<(JoinHandle<T>, InterruptHandle)>)
where
    T: Send + 'static;

impl<T: Send + 'static> Running<T> {
    async fn ended(&mut self) -> Result<T, JoinError> {
        match &mut self.0 {
            Some((thread, _)) => {
                let result = thread.await;
                self.0 = None;
                result
            }
            None => std::future::pending().await,
        }
    }

    async fn stop(&mut self) {
        if let Some((thread, interrupt)) = self.0.take() {
            stop(thread, interrupt).await;
        }
    }
}

impl<T: Send + 'static> Drop for Running<T> {
    fn drop(&mut self) {
        let runtime = tokio::runtime::Handle::try_current();
        if let (Some((thread, interrupt)), Ok(runtime)) = (self.0.take(), runtime) {
            runtime.spawn(stop(thread, interrupt));
        }
    }
}

/// Interrupts again and again: an interrupt between two statements stops neither.
async fn stop<T>(mut thread: JoinHandle<T>, interrupt: InterruptHandle) {
    loop {
        interrupt.interrupt();
        if tokio::time::timeout(Duration::from_millis(50), &mut thread).await.is_ok() {
            return;
        }
    }
}

fn open(source_name: &str, path: &Path) -> Result<Connection, ScanError> {
    let unreachable = |reason: String| ScanError::Unreachable { source_name: source_name.into(), reason };
    if !path.is_file() {
        return Err(unreachable("there is no such file".into()));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|error| unreachable(format!("the file cannot be opened: {}", quoted(&error.to_string()))))?;
    let restrict = || {
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.pragma_update(None, "query_only", true)?;
        connection.authorizer(Some(authorize))
    };
    restrict().map_err(|error| failed(&error))?;
    Ok(connection)
}

/// Reading is enough, in a transaction or not: no ATTACH (which `VACUUM INTO` needs too), no virtual tables, no settings.
fn authorize(context: AuthContext<'_>) -> Authorization {
    const PRAGMAS: [&str; 6] =
        ["table_list", "table_xinfo", "foreign_key_list", "index_list", "index_xinfo", "schema_version"];
    let allowed = match context.action {
        AuthAction::Select
        | AuthAction::Read { .. }
        | AuthAction::Recursive
        | AuthAction::Transaction { .. } => true,
        AuthAction::Function { function_name } => function_name != "load_extension",
        AuthAction::Pragma { pragma_name, .. } => PRAGMAS.contains(&pragma_name),
        _ => false,
    };
    if allowed { Authorization::Allow } else { Authorization::Deny }
}

/// Why a statement failed.
pub(super) fn failed(error: &rusqlite::Error) -> ScanError {
    let message = quoted(&error.to_string());
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => ScanError::Cancelled,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ScanError::Timeout(message),
        Some(ErrorCode::AuthorizationForStatementDenied) => ScanError::NoPermission(message),
        Some(ErrorCode::NotADatabase) => ScanError::Unreachable {
            source_name: String::new(),
            reason: "the file is not an SQLite database".into(),
        },
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) => ScanError::Unreachable {
            source_name: String::new(),
            reason: "the database cannot be read where it is; one in WAL mode needs its -shm file, or a directory \
                     that may be written"
                .into(),
        },
        _ => ScanError::Database(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that is a database, and its folder.
    fn file() -> (tempfile::TempDir, std::path::PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t (id INTEGER)").unwrap();
        (directory, path)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn work_that_nobody_waits_for_is_interrupted() {
        let (_directory, path) = file();
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let work = tokio::spawn(async move {
            let endless = move |connection: &Connection| {
                const ENDLESS: &str =
                    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
                let _ = tell.send(None);
                let ended: rusqlite::Result<i64> = connection.query_row(ENDLESS, [], |row| row.get(0));
                let _ = tell.send(ended.err().map(|error| failed(&error)));
                Ok(())
            };
            blocking("a", &path, &CancellationToken::new(), endless).await
        });
        assert!(told.recv().await.unwrap().is_none(), "it has begun");
        work.abort();
        let ended = tokio::time::timeout(Duration::from_secs(60), told.recv()).await.unwrap();
        assert!(matches!(ended, Some(Some(ScanError::Cancelled))), "{ended:?}");
    }

    #[test]
    fn nothing_writes_through_a_connection_made_here() {
        let (directory, path) = file();
        Connection::open(&path).unwrap().execute_batch("INSERT INTO t VALUES (1)").unwrap();
        let connection = open("a", &path).unwrap();
        let elsewhere = directory.path().join("b.db");
        let attempts = [
            "BEGIN IMMEDIATE; INSERT INTO t VALUES (2); COMMIT".to_owned(),
            "INSERT INTO t VALUES (2)".to_owned(),
            "CREATE TABLE u (id INTEGER)".to_owned(),
            "CREATE TEMP TABLE u (id INTEGER)".to_owned(),
            "PRAGMA query_only = 0".to_owned(),
            "PRAGMA writable_schema = 1".to_owned(),
            format!("VACUUM INTO '{}'", elsewhere.display()),
            format!("ATTACH '{}' AS b", elsewhere.display()),
            "SELECT load_extension('x')".to_owned(),
        ];
        for statement in &attempts {
            assert!(connection.execute_batch(statement).is_err(), "{statement}");
        }
        assert!(!elsewhere.exists());
        let rows: i64 = connection.query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 1);
    }
}
