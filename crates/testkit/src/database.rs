//! A migrated database of its own for each test of the control plane, on SQLite and on PostgreSQL.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use migrations::Roles;
use migrations::silo::{self, Cause, Copied, DatabaseTransaction};
use tempfile::TempDir;
use uuid::Uuid;

pub use crate::postgres::RUNTIME;
use crate::postgres::{Database, Role, Server, Template};
use crate::program::lock;

/// A database, dropped with this.
pub enum TestDatabase {
    /// A file in a folder of its own.
    Sqlite(TempDir),
    /// One of the shared server.
    Postgres(Database),
}

impl TestDatabase {
    /// A copy of a migrated file.
    pub async fn sqlite() -> Self {
        let template = sqlite_template().await;
        let directory = TempDir::new().unwrap();
        fs::copy(template, directory.path().join("bastion.db")).unwrap();
        Self::Sqlite(directory)
    }

    /// A copy of a migrated database.
    #[must_use]
    pub fn postgres() -> Self {
        let template = postgres_template("control_plane", async |url| {
            migrations::up(url, Some(RUNTIME)).await.unwrap();
        });
        Self::Postgres(Server::shared().copy_of(&template, "control_plane"))
    }

    /// A copy of a migrated database in which these organizations have schemas of their own: those of the ids 1 and 2.
    #[must_use]
    pub fn silos() -> Self {
        let template = postgres_template("silos", async |url| {
            migrations::up(url, Some(RUNTIME)).await.unwrap();
            for org in [1, 2] {
                silo::to_silo(url, &Roles::runtime(RUNTIME), Uuid::from_u128(org), 0, committed)
                    .await
                    .unwrap();
            }
        });
        Self::Postgres(Server::shared().copy_of(&template, "silos"))
    }

    /// Whether several may write at once.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }

    /// Its address for a server, whose role, [`RUNTIME`] on PostgreSQL, cannot bypass row-level security.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(_) => self.owner_url(),
            Self::Postgres(database) => database.url_as(&runtime()),
        }
    }

    /// Its address for the tables' owner, whom row-level security does not hold: on PostgreSQL a superuser.
    #[must_use]
    pub fn owner_url(&self) -> String {
        match self {
            Self::Sqlite(directory) => file_url(&directory.path().join("bastion.db")),
            Self::Postgres(database) => database.url(),
        }
    }
}

fn file_url(file: &Path) -> String {
    format!("sqlite://{}?mode=rwc", file.display())
}

/// Ends a move of an organization without writing it down.
///
/// # Errors
/// When the database refuses.
pub async fn committed(transaction: DatabaseTransaction, _: Copied) -> Result<(), Cause> {
    Ok(transaction.commit().await?)
}

/// A database of the shared server that is filled as its owner by `fill`, once for all test processes.
fn postgres_template(hint: &str, fill: impl AsyncFn(&str) + Sync) -> Template {
    Server::shared().template(hint, &migration_sources(), |database| {
        let Role { name, password } = runtime();
        database.psql(&format!(
            "DO $$ BEGIN CREATE ROLE {name} LOGIN PASSWORD '{password}'; \
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        ));
        let url = database.url();
        // A runtime of its own: the test's does not wait within itself.
        std::thread::scope(|scope| {
            scope.spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(fill(&url)));
        });
    })
}

/// See [`RUNTIME`].
#[must_use]
pub fn runtime() -> Role {
    Role { name: RUNTIME.into(), password: "runtime".into() }
}

/// A migrated file, made by the first test process that needs it.
async fn sqlite_template() -> PathBuf {
    let mut hasher = DefaultHasher::new();
    migration_sources().hash(&mut hasher);
    env!("CARGO_MANIFEST_DIR").hash(&mut hasher);
    let directory = std::env::temp_dir().join(format!("bastion-sqlite-{:016x}", hasher.finish()));
    let template = directory.join("bastion.db");
    if !template.exists() {
        fs::create_dir_all(&directory).unwrap();
        let _lock = lock(&directory.join("lock"));
        if !template.exists() {
            let draft = directory.join("draft.db");
            let _ = fs::remove_file(&draft);
            migrations::up(&file_url(&draft), None).await.unwrap();
            fs::rename(draft, &template).unwrap();
        }
    }
    template
}

/// Changed migrations make another template.
fn migration_sources() -> String {
    fn read(directory: &Path, into: &mut Vec<String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, into);
            } else {
                into.push(fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut sources = Vec::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/src"), &mut sources);
    sources.sort();
    sources.concat()
}

/// Makes two tests of each rule, `on_sqlite::rule` and `on_postgres::rule`. Each rule is an asynchronous function that
/// borrows what `$with` makes of a database.
#[macro_export]
macro_rules! on_both_databases {
    ($with:path; $($rule:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                let database = $crate::database::TestDatabase::sqlite().await;
                super::$rule(&$with(database).await).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                let database = $crate::database::TestDatabase::postgres();
                super::$rule(&$with(database).await).await;
            })*
        }
    };
}
