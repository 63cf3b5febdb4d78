//! Finding MariaDB's programs and starting the server.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Server;
use crate::program::{free_port, lock, restrict, run, user_command};

/// Minutes without a test after which the watchdog stops the server.
const IDLE_MINUTES: u32 = 5;

/// Who it runs as where this is root.
const USERS: [&str; 2] = ["mysql", "nobody"];

/// The server of this checkout, started if it is not running.
pub(super) fn find_or_start() -> Server {
    let directory = directory();
    fs::create_dir_all(&directory).expect("the directory for temporary files can be written");
    let _lock = lock(&directory.join("lock"));
    // The watchdog reads this file's time.
    fs::write(directory.join("used"), "").expect("the test server's directory can be written");
    running(&directory).unwrap_or_else(|| start(&directory))
}

/// Short, because a Unix socket's path is at most 107 bytes; one per checkout and version of this file.
fn directory() -> PathBuf {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_MANIFEST_DIR").hash(&mut hasher);
    include_str!("process.rs").hash(&mut hasher);
    std::env::var("USER").unwrap_or_default().hash(&mut hasher);
    std::env::temp_dir().join(format!("bastion-my-{:08x}", hasher.finish() >> 32))
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
    let port = fs::read_to_string(directory.join("port")).ok()?.trim().parse().ok()?;
    let server = Server { directory: directory.to_owned(), port };
    server.try_sql("", "SELECT 1").is_ok().then_some(server)
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
        .stdout(Stdio::null())
        .stderr(log)
        .process_group(0);
    #[expect(clippy::zombie_processes, reason = "it outlives this process on purpose")]
    let _ = command.spawn().expect("the server can be started");
    let server = Server { directory: directory.to_owned(), port };
    let started = Instant::now();
    while let Err(error) = server.try_sql("", "SELECT 1") {
        assert!(started.elapsed() < Duration::from_secs(60), "MariaDB did not start: {error}");
        std::thread::sleep(Duration::from_millis(50));
    }
    fs::write(directory.join("port"), port.to_string()).expect("the test server's directory can be written");
    watch(directory);
    server
}

impl Server {
    /// Runs statements through the socket, as `root`.
    pub(super) fn try_sql(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut child = user_command(&program(&["mariadb", "mysql"]), &USERS)
            .args(["--no-defaults", "--user=root", "--batch", "--skip-column-names"])
            .arg("--default-character-set=utf8mb4")
            .arg(format!("--socket={}", self.directory.join("socket").display()))
            .arg(format!("--database={database}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut input = child.stdin.take().expect("its input is a pipe");
        let text = sql.to_owned();
        let writer = std::thread::spawn(move || {
            // It stops reading at the first error, which its exit tells.
            let _ = input.write_all(text.as_bytes()).and_then(|()| input.write_all(b"\n"));
        });
        let output = child.wait_with_output().map_err(|error| error.to_string())?;
        let _ = writer.join();
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }
}

/// Leaves a shell behind that stops the server when no test has asked for it for a while. It takes the same lock as the
/// tests, so none of them can find the server while it goes.
fn watch(directory: &Path) {
    let script = format!(
        r#"while sleep 20; do
  [ -d "$1" ] || exit 0
  [ -n "$(find "$1/used" -mmin +{IDLE_MINUTES})" ] || continue
  exec 9>"$1/lock"
  flock 9
  if [ -n "$(find "$1/used" -mmin +{IDLE_MINUTES})" ]; then
    kill "$(cat "$1/pid")"
    while kill -0 "$(cat "$1/pid")"; do sleep 0.2; done
    rm -rf "$1/data" "$1/port"
    exit 0
  fi
  exec 9>&-
done"#
    );
    let mut command: Command = user_command(Path::new("/bin/sh"), &USERS);
    command.arg("-c").arg(script).arg("watchdog").arg(directory);
    // A group of its own: Ctrl-C in the terminal is for the tests.
    command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
    #[expect(clippy::zombie_processes, reason = "it outlives this process on purpose")]
    let _ = command.spawn().expect("a shell can be started");
}
