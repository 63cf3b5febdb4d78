//! A migrated database of its own for each test.

use migrations::silo;
use store::{MasterKeys, Settings, Store, Tenant};
pub(crate) use testkit::database::TestDatabase as Migrated;
use types::{OrgId, SourceId, Timestamp};
use uuid::Uuid;

pub(crate) const SOURCE: SourceId = SourceId(Uuid::from_u128(10));

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

/// A database, dropped with this, and what the tests of the store do with it.
pub(crate) struct TestDatabase(pub(crate) Migrated, Tables);

/// Where the tables of the organizations 1 and 2 are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tables {
    Shared,
    /// Each in its own schema.
    Silos,
}

impl TestDatabase {
    /// Ready at once; the tests of other crates have more to prepare.
    pub(crate) fn of(database: Migrated) -> std::future::Ready<Self> {
        std::future::ready(Self(database, Tables::Shared))
    }

    pub(crate) fn postgres() -> Self {
        Self(Migrated::postgres(), Tables::Shared)
    }

    /// One in which the organizations 1 and 2 have schemas of their own.
    pub(crate) fn silos() -> Self {
        Self(Migrated::silos(), Tables::Silos)
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings { url: self.0.url(), owner_url: None, max_connections: 4, dev: false }
    }

    pub(crate) fn owner_url(&self) -> String {
        self.0.owner_url()
    }

    pub(crate) async fn store(&self) -> Store {
        Store::connect(&self.settings(), keys()).await.unwrap()
    }

    /// A store in which two organizations have a source each, both [`SOURCE`].
    pub(crate) async fn store_with_source(&self) -> Store {
        for number in [1, 2] {
            let (org, id) = (self.uuid(Uuid::from_u128(number)), self.uuid(SOURCE.0));
            let source = format!(
                "INSERT INTO source (org_id, id, name, transport, agent_source, findings, created_at, updated_at) \
                 VALUES ({org}, {id}, 'shop', 'direct', 'shop', '[]', 0, 0)"
            );
            self.execute_of(number, &source).await.unwrap();
        }
        self.store().await
    }

    /// Runs a statement on an organization's tables as their owner, past the store.
    pub(crate) async fn execute_of(&self, number: u128, sql: &str) -> Result<u64, sea_orm::DbErr> {
        let place = match self.1 {
            Tables::Shared => String::new(),
            Tables::Silos => {
                format!("SET search_path TO {}, platform; ", silo::schema(Uuid::from_u128(number)))
            }
        };
        self.execute(&format!("{place}{sql}")).await
    }

    /// Runs a statement as the tables' owner, past the store.
    pub(crate) async fn execute(&self, sql: &str) -> Result<u64, sea_orm::DbErr> {
        self.0.execute(sql).await
    }

    /// A UUID as this database writes it.
    pub(crate) fn uuid(&self, id: Uuid) -> String {
        self.0.literal(OrgId(id))
    }
}

/// Makes two tests of each rule: `on_sqlite::rule` and `on_postgres::rule`.
macro_rules! on_both_databases {
    ($($rule:ident),* $(,)?) => {
        testkit::on_both_databases![crate::database::TestDatabase::of; $($rule),*];
    };
}
pub(crate) use on_both_databases;

/// Makes a third test of a rule: the same, where each organization has its own schema.
macro_rules! in_silos {
    ($($rule:ident),* $(,)?) => {
        mod in_silos {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                super::$rule(&crate::database::TestDatabase::silos()).await;
            })*
        }
    };
}
pub(crate) use in_silos;
