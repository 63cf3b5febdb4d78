//! A migrated database of its own for each test.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use sea_orm::{ConnectOptions, ConnectionTrait, Database};
use store::{MasterKeys, Settings, Store, Tenant};
use tempfile::TempDir;
use testkit::postgres::{self, Role, Server};
use types::{OrgId, Timestamp};
use uuid::Uuid;

/// A moment, and moments after it.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + seconds * 1000).unwrap()
}

pub(crate) fn keys() -> MasterKeys {
    MasterKeys { current: [1; 32], previous: None }
}

pub(crate) fn tenant(number: u128) -> Tenant {
    Tenant::of(OrgId(Uuid::from_u128(number)))
}

/// A database, dropped with this.
pub(crate) enum TestDatabase {
    Sqlite { directory: TempDir },
    Postgres { database: postgres::Database },
}

impl TestDatabase {
    pub(crate) async fn sqlite() -> Self {
        let template = sqlite_template().await;
        let directory = TempDir::new().unwrap();
        fs::copy(template, directory.path().join("bastion.db")).unwrap();
        Self::Sqlite { directory }
    }

    pub(crate) fn postgres() -> Self {
        let server = Server::shared();
        let template = server.template("store", &migration_sources(), |database| {
            let role = runtime();
            database.psql(&format!(
                "DO $$ BEGIN CREATE ROLE {0} LOGIN PASSWORD '{1}'; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
                role.name, role.password
            ));
            let url = database.url();
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Runtime::new().unwrap();
                runtime.block_on(migrations::up(&url, Some(&self::runtime().name))).unwrap();
            })
            .join()
            .unwrap();
        });
        Self::Postgres { database: server.copy_of(&template, "store") }
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            url: match self {
                Self::Sqlite { .. } => self.owner_url(),
                Self::Postgres { database } => database.url_as(&runtime()),
            },
            owner_url: None,
            max_connections: 4,
            dev: false,
        }
    }

    pub(crate) fn owner_url(&self) -> String {
        match self {
            Self::Sqlite { directory } => {
                format!("sqlite://{}/bastion.db?mode=rwc", directory.path().display())
            }
            Self::Postgres { database } => database.url(),
        }
    }

    pub(crate) async fn store(&self) -> Store {
        Store::connect(&self.settings(), keys()).await.unwrap()
    }

    /// Runs a statement as the tables' owner, past the store. On PostgreSQL the owner is a superuser, whom row-level
    /// security does not hold.
    pub(crate) async fn execute(&self, sql: &str) -> Result<u64, sea_orm::DbErr> {
        let mut options = ConnectOptions::new(self.owner_url());
        options.max_connections(1);
        let connection = Database::connect(options).await?;
        if matches!(self, Self::Postgres { .. }) {
            connection.execute_unprepared("SET search_path TO pooled, platform").await?;
        }
        let done = connection.execute_unprepared(sql).await?;
        connection.close().await?;
        Ok(done.rows_affected())
    }

    /// A UUID as this database writes it.
    pub(crate) fn uuid(&self, id: Uuid) -> String {
        match self {
            Self::Sqlite { .. } => format!("X'{}'", id.simple()),
            Self::Postgres { .. } => format!("'{id}'"),
        }
    }
}

/// The role that servers of the tests run as; known to all test processes.
fn runtime() -> Role {
    Role { name: "store_runtime".into(), password: "runtime".into() }
}

/// A migrated file, made by the first test process that needs it.
async fn sqlite_template() -> PathBuf {
    let mut hasher = DefaultHasher::new();
    migration_sources().hash(&mut hasher);
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let template = directory.join(format!("store-{:016x}.db", hasher.finish()));
    if !template.exists() {
        let draft = TempDir::new_in(directory).unwrap();
        let file = draft.path().join("draft.db");
        migrations::up(&format!("sqlite://{}?mode=rwc", file.display()), None).await.unwrap();
        // Another process may do the same; whoever is last replaces a whole file by the same whole file.
        fs::rename(file, &template).unwrap();
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/src");
    read(&root, &mut sources);
    sources.sort();
    sources.concat()
}

/// Makes two tests of each rule: `on_sqlite::rule` and `on_postgres::rule`.
macro_rules! on_both_databases {
    ($($rule:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                super::$rule(&crate::database::TestDatabase::sqlite().await).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                super::$rule(&crate::database::TestDatabase::postgres()).await;
            })*
        }
    };
}
pub(crate) use on_both_databases;
