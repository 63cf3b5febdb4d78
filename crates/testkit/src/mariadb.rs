//! A temporary MariaDB on loopback, shared by every test process of this checkout.
//!
//! The server writes down every statement in a table, so that a test can tell what an account of its own has sent.

mod process;

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::certificate;
use crate::owned_database::{self, Administer, unique};

/// The running server. `root` signs in through the socket only.
#[derive(Debug)]
pub struct Server {
    directory: PathBuf,
    port: u16,
}

/// A database of its own for one test; dropped when this goes out of scope.
pub type Database = owned_database::Database<Server>;

/// An account that can sign in. Accounts go away with the server.
#[derive(Clone, Debug)]
pub struct Account {
    pub name: String,
    pub password: String,
}

impl Server {
    /// The server, started if no other test process has.
    ///
    /// # Panics
    /// With what to install, when this machine has no MariaDB.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        crate::named_for("mariadb");
        SERVER.get_or_init(process::find_or_start)
    }

    /// The file of the authority that signed the server's certificate, which is for `127.0.0.1`.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        certificate::authority(&self.directory)
    }

    /// The file of an authority that did not.
    #[must_use]
    pub fn other_authority(&self) -> PathBuf {
        certificate::other_authority(&self.directory)
    }

    /// An empty database.
    #[must_use]
    pub fn create_database(&'static self, hint: &str) -> Database {
        Database::create(self, hint, |_, name| format!("CREATE DATABASE `{name}`"))
    }

    /// An account without rights.
    #[must_use]
    pub fn create_account(&self, hint: &str) -> Account {
        // Names of accounts have at most 80 characters, those of MySQL 32.
        let mut name = unique(hint);
        name = name.split_off(name.len().saturating_sub(28));
        let account = Account { name, password: unique("password") };
        self.sql(
            Self::HOME,
            &format!("CREATE USER '{}'@'%' IDENTIFIED BY '{}'", account.name, account.password),
        );
        account
    }
}

impl Database {
    /// `mysql://…` as `account`.
    #[must_use]
    pub fn url_as(&self, account: &Account) -> String {
        format!("mysql://{}:{}@127.0.0.1:{}/{}", account.name, account.password, self.server.port, self.name)
    }

    /// Runs statements as the administrator; what they answer, columns apart by tabs, without headings.
    ///
    /// # Panics
    /// When one fails.
    pub fn sql(&self, sql: &str) -> String {
        self.server.sql(&self.name, sql)
    }

    /// The same, for statements that may fail.
    ///
    /// # Errors
    /// With what the server says.
    pub fn try_sql(&self, sql: &str) -> Result<String, String> {
        self.server.try_sql(&self.name, sql)
    }

    /// What `account` has sent so far, in order; a prepared statement is there when it was prepared and each time it
    /// ran.
    #[must_use]
    pub fn statements(&self, account: &Account) -> Vec<String> {
        // Line breaks come out escaped: one line a statement.
        let log = self.sql(&format!(
            "SELECT argument FROM mysql.general_log WHERE user_host LIKE '{}[%' AND command_type IN ('Query', 'Execute')",
            account.name
        ));
        log.lines().map(ToOwned::to_owned).collect()
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
        one.sql("CREATE TABLE t (id INT)");
        assert_eq!(other.sql("SHOW TABLES"), "");
        let name = one.name().to_owned();
        drop(one);
        assert_eq!(other.sql(&format!("SHOW DATABASES LIKE '{name}'")), "");
    }
}
