//! PgBouncer in transaction mode before the shared PostgreSQL, for one test.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::postgres::{Database, Role, Server};
use crate::program::{free_port, restrict, user_command};

/// How long a start may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who it runs as where this is root: it refuses to be that.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// A pooler with fewer connections to the server than it has clients, so that these share them. Stopped with this.
pub struct Pooler {
    folder: TempDir,
    process: Child,
    port: u16,
}

impl Pooler {
    /// A pooler that lets `role` in, and has `connections` to the server for it. It empties a connection after each
    /// transaction, as every release can: statements with names, of which those before 1.21 know nothing, are of one alone.
    ///
    /// # Panics
    /// Where PgBouncer is not installed, or does not start.
    #[must_use]
    pub fn start(server: &Server, role: &Role, connections: u32) -> Self {
        crate::named_for("postgres");
        let folder = TempDir::with_prefix("pgbouncer-").expect("a temporary folder can be made");
        let port = free_port();
        let path = |name: &str| folder.path().join(name);
        let users = format!("\"{}\" \"{}\"\n", role.name, role.password);
        fs::write(path("users"), users).expect("the pooler's folder can be written");
        let settings = format!(
            "[databases]\n\
             * = host=127.0.0.1 port={}\n\
             [pgbouncer]\n\
             listen_addr = 127.0.0.1\n\
             listen_port = {port}\n\
             unix_socket_dir =\n\
             auth_type = md5\n\
             auth_file = {}\n\
             pool_mode = transaction\n\
             default_pool_size = {connections}\n\
             max_client_conn = 100\n\
             server_reset_query_always = 1\n\
             logfile = {}\n",
            server.port(),
            path("users").display(),
            path("log").display(),
        );
        fs::write(path("pgbouncer.ini"), settings).expect("the pooler's folder can be written");
        restrict(folder.path(), &USERS);
        let process = user_command(&program(), &USERS)
            .arg("--quiet")
            .arg(path("pgbouncer.ini"))
            .stderr(Stdio::null())
            .spawn()
            .expect("a program that is there can be started");
        let mut pooler = Self { folder, process, port };
        pooler.wait();
        pooler
    }

    /// The address of `database` through the pooler, with what a server has to add to it; `role` is who it was started for.
    #[must_use]
    pub fn url(&self, database: &Database, role: &Role) -> String {
        format!(
            "postgres://{}:{}@127.0.0.1:{}/{}?statement-cache-capacity=0",
            role.name,
            role.password,
            self.port,
            database.name()
        )
    }

    fn wait(&mut self) {
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.process.try_wait().is_ok_and(|status| status.is_some());
            assert!(!ended && started.elapsed() < PATIENCE, "PgBouncer did not start: {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Debian keeps it where only root looks.
fn program() -> PathBuf {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&on_path).chain([Path::new("/usr/sbin").to_owned()]);
    folders.map(|folder| folder.join("pgbouncer")).find(|program| program.is_file()).unwrap_or_else(|| {
        panic!(
            "this test needs PgBouncer. Install it, on Debian or Ubuntu with `apt-get install pgbouncer`, or put its program \
             on PATH."
        )
    })
}
