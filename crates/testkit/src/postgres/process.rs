//! Finding PostgreSQL's programs and starting the server.

use std::fs;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{RUNTIME, Server};
use crate::owned_database::Administer;
use crate::program::{free_port, random, restrict, run};
use crate::shared_server::{self, Watchdog};

/// Who it runs as where this is root.
pub(super) const USERS: [&str; 2] = ["postgres", "nobody"];

/// The server of this checkout, started if it is not running.
pub(super) fn find_or_start() -> Server {
    let binaries = binaries();
    let version = format!("{}{}", include_str!("process.rs"), binaries.display());
    let directory = shared_server::directory("pg", &version);
    shared_server::find_or_start(
        &directory,
        || running(&directory, &binaries),
        || start(&directory, &binaries),
    )
}

/// What a folder of programs has to have.
const PROGRAMS: [&str; 6] = ["initdb", "pg_ctl", "pg_dump", "pg_restore", "postgres", "psql"];

/// Where the programs are; `BASTION_TEST_POSTGRES` names the folder of another release.
pub(super) fn binaries() -> PathBuf {
    if let Some(folder) = std::env::var_os("BASTION_TEST_POSTGRES") {
        return folder.into();
    }
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    let mut candidates: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    // The newest first: `15` before `9.6`.
    candidates.sort_by_key(|path| std::cmp::Reverse(version_of(path)));
    candidates.extend(std::env::split_paths(&on_path));
    candidates.into_iter().find(|path| PROGRAMS.iter().all(|name| path.join(name).is_file())).unwrap_or_else(
        || {
            panic!(
                "this test needs PostgreSQL's programs ({}). Install them, on Debian or Ubuntu with \
                 `apt-get install postgresql`, or put their directory on PATH.",
                PROGRAMS.join(", ")
            )
        },
    )
}

fn version_of(binaries: &Path) -> u32 {
    let version = binaries.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    version.and_then(|name| name.split('.').next()).and_then(|major| major.parse().ok()).unwrap_or(0)
}

fn running(directory: &Path, binaries: &Path) -> Option<Server> {
    let port = shared_server::port(directory)?;
    let password = fs::read_to_string(directory.join("password")).ok()?;
    // Each test process looks: a client would take longer than what it asks.
    UnixStream::connect(directory.join(format!(".s.PGSQL.{port}"))).ok()?;
    Some(Server { directory: directory.to_owned(), binaries: binaries.to_owned(), port, password })
}

fn start(directory: &Path, binaries: &Path) -> Server {
    let data = directory.join("data");
    // What a killed server left behind.
    let _ = fs::remove_dir_all(&data);
    let password = random();
    let password_file = directory.join("password");
    fs::write(&password_file, &password).expect("the test server's directory can be written");
    restrict(directory, &USERS);

    initialize(binaries, &data, &password_file);
    trust_runtime(&data);
    // md5: this is loopback, and SCRAM's key derivation is slow in unoptimised test builds.
    let port = free_port();
    let options = format!(
        "{} -c max_connections=300 -c synchronous_commit=off -c full_page_writes=off -c password_encryption=md5 \
         -c autovacuum=off -c max_wal_size=1GB -c log_line_prefix=%d:",
        where_to_listen(directory, port)
    );
    launch(binaries, &data, &directory.join("log"), &options);
    shared_server::publish(directory, port);
    let server = Server { directory: directory.to_owned(), binaries: binaries.to_owned(), port, password };
    // initdb has hashed the password by its own default, before the server's setting was there.
    server.sql(Server::HOME, &format!("ALTER ROLE postgres PASSWORD '{}'", server.password));
    let watchdog = Watchdog {
        users: &USERS,
        programs: binaries,
        idle: r#"{ busy=$("$2/psql" -h "$1" -p "$(cat "$1/port")" -U postgres -XAtc "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" postgres); [ "$busy" = 0 ] || [ -z "$busy" ]; }"#,
        stop: r#""$2/pg_ctl" stop --mode=immediate --pgdata "$1/data""#,
    };
    watchdog.watch(directory);
    server
}

/// Makes the files of a server. `password_file` holds the password of its superuser `postgres`.
pub(super) fn initialize(binaries: &Path, data: &Path, password_file: &Path) {
    run(user_command(binaries, "initdb")
        .arg("--pgdata")
        .arg(data)
        .arg("--pwfile")
        .arg(password_file)
        .args(["--username=postgres", "--auth-local=trust", "--auth-host=md5", "--encoding=UTF8"])
        .args(["--locale=C", "--no-sync"]));
}

/// The role whose password everybody knows needs none: for it, each connection's process would set up a library of
/// cryptography first. The first line that fits a connection counts.
fn trust_runtime(data: &Path) {
    let file = data.join("pg_hba.conf");
    let all = fs::read_to_string(&file).expect("initdb has written who may sign in");
    let first = format!("host all {RUNTIME} 127.0.0.1/32 trust\n{all}");
    fs::write(file, first).expect("the test server's directory can be written");
}

/// Options of a server on loopback, and on a socket in `directory`. Nothing is made durable.
pub(super) fn where_to_listen(directory: &Path, port: u16) -> String {
    format!(
        "-p {port} -F -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c unix_socket_permissions=0700",
        directory.display()
    )
}

/// Starts a server, and waits until it takes connections.
pub(super) fn launch(binaries: &Path, data: &Path, log: &Path, options: &str) {
    run(user_command(binaries, "pg_ctl")
        .arg("start")
        .arg("--pgdata")
        .arg(data)
        .arg("--log")
        .arg(log)
        .args(["-w", "-t", "60", "-o", options]));
}

/// A client of the server whose socket is in `directory`; every statement in its own transaction.
pub(super) fn client(binaries: &Path, directory: &Path, port: u16, database: &str) -> Command {
    let mut client = user_command(binaries, "psql");
    client
        .arg("--host")
        .arg(directory)
        .args(["--port", &port.to_string(), "--username=postgres", "--dbname", database])
        .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
    client
}

impl Administer for Server {
    const HOME: &str = "postgres";

    fn client(&self, database: &str) -> Command {
        client(&self.binaries, &self.directory, self.port, database)
    }

    fn drop_statement(name: &str) -> String {
        format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)")
    }
}

/// PostgreSQL refuses to run as root.
pub(super) fn user_command(binaries: &Path, program: &str) -> Command {
    crate::program::user_command(&binaries.join(program), &USERS)
}
