//! A migrated database of its own for each test.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

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
        let template = sqlite_template().await;
        let directory = TempDir::new().unwrap();
        fs::copy(template, directory.path().join("bastion.db")).unwrap();
        Self::Sqlite(directory)
    }

    pub(crate) fn postgres() -> Self {
        let server = Server::shared();
        let template = server.template("server", &migration_sources(), |database| {
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
        Self::Postgres(server.copy_of(&template, "server"))
    }

    pub(crate) async fn store(&self) -> Store {
        let url = match self {
            Self::Sqlite(directory) => format!("sqlite://{}/bastion.db?mode=rwc", directory.path().display()),
            Self::Postgres(database) => database.url_as(&runtime()),
        };
        let settings = Settings { url, owner_url: None, max_connections: 4, dev: false };
        Store::connect(&settings, MasterKeys { current: [1; 32], previous: None }).await.unwrap()
    }
}

/// The role that the tests' servers run as; known to all test processes.
fn runtime() -> Role {
    Role { name: "server_runtime".into(), password: "runtime".into() }
}

/// A migrated file, made by the first test process that needs it.
async fn sqlite_template() -> PathBuf {
    let mut hasher = DefaultHasher::new();
    migration_sources().hash(&mut hasher);
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let template = directory.join(format!("server-{:016x}.db", hasher.finish()));
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
                super::$rule(&crate::app::TestApp::start(database).await).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                let database = crate::database::TestDatabase::postgres();
                super::$rule(&crate::app::TestApp::start(database).await).await;
            })*
        }
    };
}
pub(crate) use on_both_databases;
