//! A temporary PostgreSQL on loopback, shared by every test process of this checkout.

pub mod encrypted;
mod process;
pub mod standby;

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::owned_database::{self, Administer, unique};
use crate::program::lock;
use crate::session::Session;

/// The role that servers in tests run as; known to all test processes.
pub const RUNTIME: &str = "test_runtime";

/// The running server. Its superuser is `postgres`.
#[derive(Debug)]
pub struct Server {
    pub(crate) directory: PathBuf,
    pub(crate) binaries: PathBuf,
    pub(crate) port: u16,
    pub(crate) password: String,
}

/// A database of its own for one test; dropped, with whoever is connected to it, when this goes out of scope.
pub type Database = owned_database::Database<Server>;

/// A role that can log in. Roles go away with the server: a test that failed may have left it owning things.
#[derive(Clone, Debug)]
pub struct Role {
    pub name: String,
    pub password: String,
}

/// A database that others are copied from.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
}

impl Server {
    /// The server, started if no other test process has.
    ///
    /// # Panics
    /// With what to install, when this machine has no PostgreSQL.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        crate::named_for("postgres");
        SERVER.get_or_init(process::find_or_start)
    }

    /// One of the programs that came with the server, such as `pg_dump`.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.binaries.join(name)
    }

    /// An empty database.
    #[must_use]
    pub fn create_database(&'static self, hint: &str) -> Database {
        self.create("template0", hint)
    }

    /// A copy of a template.
    #[must_use]
    pub fn copy_of(&'static self, template: &Template, hint: &str) -> Database {
        self.create(&template.name, hint)
    }

    /// A database filled once by `fill`, for all test processes, and then copied. `content` is what it is made from
    /// (SQL text, names of migrations): other content is another template.
    pub fn template(&'static self, hint: &str, content: &str, fill: impl FnOnce(&Database)) -> Template {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let name = format!("template_{hint}_{:016x}", hasher.finish());
        let path = self.directory.join(format!("{name}.lock"));
        let _lock = lock(&path);
        // The file says which server has it, by a password that no other one has: asking the server takes longer.
        let is_made = fs::read_to_string(&path).is_ok_and(|made_by| made_by == self.password);
        if !is_made {
            let exists = self.sql(Self::HOME, &format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"));
            if exists.trim() != "1" {
                self.make_template(&name, hint, fill);
            }
            fs::write(&path, &self.password).expect("the test server's directory can be written");
        }
        Template { name }
    }

    fn make_template(&'static self, name: &str, hint: &str, fill: impl FnOnce(&Database)) {
        let draft = self.create_database(hint);
        fill(&draft);
        // Renamed only when it is whole: a test that dies while filling leaves no half template behind.
        self.sql(
            Self::HOME,
            &format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{0}'; \
                 ALTER DATABASE \"{0}\" RENAME TO \"{name}\"",
                draft.name
            ),
        );
    }

    /// A role with `LOGIN` and the given attributes, such as `NOINHERIT` or `SUPERUSER`.
    #[must_use]
    pub fn create_role(&self, hint: &str, attributes: &str) -> Role {
        let role = Role { name: unique(hint), password: unique("password") };
        self.sql(
            Self::HOME,
            &format!("CREATE ROLE \"{}\" LOGIN {attributes} PASSWORD '{}'", role.name, role.password),
        );
        role
    }

    /// The major release, such as 15.
    #[must_use]
    pub fn major(&self) -> u32 {
        version(&mut Session::start(self.client(Self::HOME))) / 10_000
    }

    /// The port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    fn create(&'static self, template: &str, hint: &str) -> Database {
        Database::create(self, hint, |session, name| {
            let version = version(session);
            // Unless told otherwise, release 15 and later write a copy to the log page by page, which takes a third longer.
            let strategy = if version >= 150_000 { "STRATEGY file_copy" } else { "" };
            format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\" {strategy}")
        })
    }
}

fn version(session: &mut Session) -> u32 {
    session.run("SHOW server_version_num").trim().parse().unwrap()
}

impl Database {
    /// `postgres://…` as the superuser, who owns everything made with it.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_with("postgres", &self.server.password)
    }

    /// `postgres://…` as `role`.
    #[must_use]
    pub fn url_as(&self, role: &Role) -> String {
        self.url_with(&role.name, &role.password)
    }

    /// Runs statements as the superuser; answers what they print, unaligned and without headings.
    ///
    /// # Panics
    /// With the server's message, when a statement fails.
    pub fn psql(&self, sql: &str) -> String {
        self.server.sql(&self.name, sql)
    }

    /// From now on the server writes down what is sent to this database; see [`Database::statements`]. For
    /// connections opened after the call.
    pub fn log_statements(&self) {
        self.psql(&format!("ALTER DATABASE \"{}\" SET log_statement = 'all'", self.name));
    }

    /// The statements sent through the extended protocol since [`Database::log_statements`], in order; the first
    /// line of each.
    #[must_use]
    pub fn statements(&self) -> Vec<String> {
        self.logged("execute ")
    }

    /// The statements sent through the simple protocol, which psql uses as well.
    #[must_use]
    pub fn simple_statements(&self) -> Vec<String> {
        self.logged("statement")
    }

    /// What came with the statements that take parameters, in order: `$1 = '{16384}', $2 = 'x'`.
    #[must_use]
    pub fn parameters(&self) -> Vec<String> {
        self.logged_after(&format!("{}:DETAIL:  ", self.name))
    }

    fn logged(&self, how: &str) -> Vec<String> {
        self.logged_after(&format!("{}:LOG:  {how}", self.name))
    }

    /// What stands behind the colon of the log's lines that start so.
    fn logged_after(&self, start: &str) -> Vec<String> {
        // The server writes a statement down before it runs it, so answers seen are statements logged.
        let log = fs::read(self.server.directory.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log)
            .lines()
            .filter_map(|line| line.strip_prefix(start)?.split_once(": "))
            .map(|(_, rest)| rest.to_owned())
            .collect()
    }

    fn url_with(&self, user: &str, password: &str) -> String {
        format!("postgres://{user}:{password}@127.0.0.1:{}/{}", self.server.port, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn databases_are_apart_and_dropped_with_their_handle() {
        let server = Server::shared();
        let one = server.create_database("one");
        let other = server.create_database("one");
        one.psql("CREATE TABLE t (id int)");
        assert_eq!(other.psql("SELECT to_regclass('t') IS NULL").trim(), "t");
        let name = one.name().to_owned();
        drop(one);
        let left = other.psql(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'"));
        assert_eq!(left.trim(), "0");
    }

    #[test]
    fn a_template_is_filled_once() {
        let server = Server::shared();
        let content = unique("content");
        let fill = |database: &Database| {
            database.psql("CREATE TABLE t (id int); INSERT INTO t VALUES (7)");
        };
        let first = server.template("filled", &content, fill);
        let second = server.template("filled", &content, |_| panic!("it is there already"));
        assert_eq!(first.name, second.name);
        assert_eq!(server.copy_of(&second, "copy").psql("SELECT id FROM t").trim(), "7");
    }
}
