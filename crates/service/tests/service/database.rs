//! A migrated database of its own for each test.

use std::fs;
use std::path::Path;

use store::{MasterKeys, Settings, Store};
use tempfile::TempDir;
use testkit::postgres::{self, Role, Server};

/// A database, dropped with this.
pub(crate) enum TestDatabase {
    Sqlite(TempDir),
    Postgres(postgres::Database),
}

impl TestDatabase {
    pub(crate) async fn sqlite() -> Self {
        let directory = TempDir::new().unwrap();
        migrations::up(&file(&directory), None).await.unwrap();
        Self::Sqlite(directory)
    }

    pub(crate) fn postgres() -> Self {
        let server = Server::shared();
        let template = server.template("service", &migration_sources(), |database| {
            let Role { name, password } = runtime();
            database.psql(&format!(
                "DO $$ BEGIN CREATE ROLE {name} LOGIN PASSWORD '{password}'; \
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            ));
            let url = database.url();
            std::thread::spawn(move || {
                let tokio = tokio::runtime::Runtime::new().unwrap();
                tokio.block_on(migrations::up(&url, Some(&runtime().name))).unwrap();
            })
            .join()
            .unwrap();
        });
        Self::Postgres(server.copy_of(&template, "service"))
    }

    pub(crate) async fn store(&self) -> Store {
        let url = match self {
            Self::Sqlite(directory) => file(directory),
            Self::Postgres(database) => database.url_as(&runtime()),
        };
        let settings = Settings { url, owner_url: None, max_connections: 4, dev: false };
        Store::connect(&settings, MasterKeys { current: [1; 32], previous: None }).await.unwrap()
    }
}

fn file(directory: &TempDir) -> String {
    format!("sqlite://{}/bastion.db?mode=rwc", directory.path().display())
}

/// The role that the tests run as; known to all test processes.
fn runtime() -> Role {
    Role { name: "service_runtime".into(), password: "runtime".into() }
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

/// Makes two tests of each rule: `on_sqlite::rule` and `on_postgres::rule`.
macro_rules! on_both_databases {
    ($($rule:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                let database = crate::database::TestDatabase::sqlite().await;
                super::$rule(&crate::world::World::new(database).await).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                let database = crate::database::TestDatabase::postgres();
                super::$rule(&crate::world::World::new(database).await).await;
            })*
        }
    };
}
pub(crate) use on_both_databases;
