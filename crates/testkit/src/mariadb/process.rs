//! Finding MariaDB's programs and starting the server.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Server;
use crate::certificate::certify;
use crate::owned_database::Administer;
use crate::program::{free_port, restrict, run, user_command};
use crate::shared_server::{self, Watchdog};

/// Who it runs as where this is root.
const USERS: [&str; 2] = ["mysql", "nobody"];

/// The server of this checkout, started if it is not running.
pub(super) fn find_or_start() -> Server {
    let directory = shared_server::directory("my", include_str!("process.rs"));
    shared_server::find_or_start(&directory, || running(&directory), || start(&directory))
}

fn program(names: &[&str]) -> PathBuf {
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where only root looks.
    let folders: Vec<PathBuf> = std::env::split_paths(&on_path).chain(["/usr/sbin".into()]).collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|path| path.is_file())
        .unwrap_or_else(|| {
            panic!(
                "this test needs MariaDB ({names:?}). Install it, on Debian or Ubuntu with \
                 `apt-get install mariadb-server`, or put its programs on PATH."
            )
        })
}

fn running(directory: &Path) -> Option<Server> {
    let server = Server { directory: directory.to_owned(), port: shared_server::port(directory)? };
    server.try_sql(Server::HOME, "SELECT 1").is_ok().then_some(server)
}

fn start(directory: &Path) -> Server {
    let data = directory.join("data");
    // What a killed server left behind.
    let _ = fs::remove_dir_all(&data);
    restrict(directory, &USERS);
    run(user_command(&program(&["mariadb-install-db", "mysql_install_db"]), &USERS)
        .arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .args(["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]));
    certify(directory, &USERS);
    let port = free_port();
    let log = fs::File::create(directory.join("log")).expect("the test server's directory can be written");
    let mut command = user_command(&program(&["mariadbd", "mysqld"]), &USERS);
    command
        .arg("--no-defaults")
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", directory.join("socket").display()))
        .arg(format!("--pid-file={}", directory.join("pid").display()))
        .arg(format!("--port={port}"))
        .args(["--bind-address=127.0.0.1", "--skip-name-resolve", "--character-set-server=utf8mb4"])
        .args(["--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--max-connections=300"])
        .args(["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--sync-binlog=0"])
        .args(["--general-log=1", "--log-output=TABLE"])
        .arg(format!("--ssl-cert={}", directory.join("server.pem").display()))
        .arg(format!("--ssl-key={}", directory.join("server.key").display()))
        .stdout(Stdio::null())
        .stderr(log)
        .process_group(0);
    #[expect(clippy::zombie_processes, reason = "it outlives this process on purpose")]
    let _ = command.spawn().expect("the server can be started");
    let server = Server { directory: directory.to_owned(), port };
    let started = Instant::now();
    while let Err(error) = server.try_sql(Server::HOME, "SELECT 1") {
        assert!(started.elapsed() < Duration::from_secs(60), "MariaDB did not start: {error}");
        std::thread::sleep(Duration::from_millis(50));
    }
    shared_server::publish(directory, port);
    let watchdog = Watchdog {
        users: &USERS,
        programs: Path::new(""),
        idle: "true",
        stop: r#"kill "$(cat "$1/pid")"; while kill -0 "$(cat "$1/pid")"; do sleep 0.2; done"#,
    };
    watchdog.watch(directory);
    server
}

impl Administer for Server {
    const HOME: &str = "";

    /// Through the socket, as `root`.
    fn client(&self, database: &str) -> Command {
        let mut client = user_command(&program(&["mariadb", "mysql"]), &USERS);
        client
            .args(["--no-defaults", "--user=root", "--batch", "--skip-column-names", "--unbuffered"])
            // A socket needs none, and to read all of the machine's certificates takes longer than most statements.
            .arg("--skip-ssl")
            .arg("--default-character-set=utf8mb4")
            .arg(format!("--socket={}", self.directory.join("socket").display()))
            .arg(format!("--database={database}"));
        client
    }

    fn drop_statement(name: &str) -> String {
        format!("DROP DATABASE IF EXISTS `{name}`")
    }
}
