//! Finding PostgreSQL's programs, starting the server, and the lock that makes it one.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Server;
pub(super) use crate::program::lock;
use crate::program::{free_port, random, restrict, run};

/// Minutes without a test after which the watchdog stops the server.
const IDLE_MINUTES: u32 = 5;

/// The server of this checkout, started if it is not running.
pub(super) fn find_or_start() -> Server {
    let binaries = binaries();
    let directory = directory();
    fs::create_dir_all(&directory).expect("the directory for temporary files can be written");
    let _lock = lock(&directory.join("lock"));
    // The watchdog reads this file's time.
    fs::write(directory.join("used"), "").expect("the test server's directory can be written");
    if let Some(server) = running(&directory, &binaries) {
        return server;
    }
    start(&directory, &binaries)
}

/// Short, because a Unix socket's path is at most 107 bytes; one per checkout.
fn directory() -> PathBuf {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_MANIFEST_DIR").hash(&mut hasher);
    // A server started by another version of this file has other settings.
    include_str!("process.rs").hash(&mut hasher);
    // The user matters too: PostgreSQL's files belong to whoever started it.
    std::env::var("USER").unwrap_or_default().hash(&mut hasher);
    std::env::temp_dir().join(format!("bastion-pg-{:08x}", hasher.finish() >> 32))
}

fn binaries() -> PathBuf {
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
    candidates
        .into_iter()
        .find(|path| ["initdb", "pg_ctl", "postgres", "psql"].iter().all(|name| path.join(name).is_file()))
        .unwrap_or_else(|| {
            panic!(
                "this test needs PostgreSQL's programs (initdb, pg_ctl, postgres, psql). Install them, on Debian \
                 or Ubuntu with `apt-get install postgresql`, or put their directory on PATH."
            )
        })
}

fn version_of(binaries: &Path) -> u32 {
    let version = binaries.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    version.and_then(|name| name.split('.').next()).and_then(|major| major.parse().ok()).unwrap_or(0)
}

fn running(directory: &Path, binaries: &Path) -> Option<Server> {
    let port = fs::read_to_string(directory.join("port")).ok()?.trim().parse().ok()?;
    let password = fs::read_to_string(directory.join("password")).ok()?;
    let server = Server { directory: directory.to_owned(), binaries: binaries.to_owned(), port, password };
    server.try_psql("postgres", "SELECT 1").is_ok().then_some(server)
}

fn start(directory: &Path, binaries: &Path) -> Server {
    let data = directory.join("data");
    // What a killed server left behind.
    let _ = fs::remove_dir_all(&data);
    let password = random();
    let password_file = directory.join("password");
    fs::write(&password_file, &password).expect("the test server's directory can be written");
    restrict(directory, &["postgres", "nobody"]);

    run(user_command(binaries, "initdb")
        .arg("--pgdata")
        .arg(&data)
        .arg("--pwfile")
        .arg(&password_file)
        .args(["--username=postgres", "--auth-local=trust", "--auth-host=md5", "--encoding=UTF8"])
        .args(["--locale=C", "--no-sync"]));
    // md5: this is loopback, and SCRAM's key derivation is slow in unoptimised test builds.
    let port = free_port();
    let options = format!(
        "-p {port} -F -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c unix_socket_permissions=0700 \
         -c max_connections=300 -c synchronous_commit=off -c full_page_writes=off -c password_encryption=md5 \
         -c autovacuum=off -c max_wal_size=4GB -c log_line_prefix=%d:",
        directory.display()
    );
    run(user_command(binaries, "pg_ctl")
        .arg("start")
        .arg("--pgdata")
        .arg(&data)
        .arg("--log")
        .arg(directory.join("log"))
        .args(["-w", "-t", "60", "-o", &options]));
    fs::write(directory.join("port"), port.to_string()).expect("the test server's directory can be written");
    let server = Server { directory: directory.to_owned(), binaries: binaries.to_owned(), port, password };
    // initdb has hashed the password by its own default, before the server's setting was there.
    server.psql("postgres", &format!("ALTER ROLE postgres PASSWORD '{}'", server.password));
    watch(directory, binaries, &data);
    server
}

impl Server {
    /// Runs statements through the Unix socket; every statement in its own transaction.
    pub(super) fn try_psql(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut child = user_command(&self.binaries, "psql")
            .arg("--host")
            .arg(&self.directory)
            .args(["--port", &self.port.to_string(), "--username=postgres", "--dbname", database])
            .args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"])
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

    pub(super) fn psql(&self, database: &str, sql: &str) -> String {
        self.try_psql(database, sql).unwrap_or_else(|error| panic!("psql in {database}: {error}"))
    }
}

/// Leaves a shell behind that stops the server when nobody has used it for a while. It takes the same lock as the
/// tests, so none of them can find the server while it goes.
fn watch(directory: &Path, binaries: &Path, data: &Path) {
    let script = format!(
        r#"while sleep 20; do
  [ -d "$1" ] || exit 0
  [ -n "$(find "$1/used" -mmin +{IDLE_MINUTES})" ] || continue
  exec 9>"$1/lock"
  flock 9
  if [ -n "$(find "$1/used" -mmin +{IDLE_MINUTES})" ]; then
    busy=$("$2/psql" -h "$1" -p "$(cat "$1/port")" -U postgres -XAtc "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" postgres)
    if [ "$busy" = 0 ] || [ -z "$busy" ]; then
      "$2/pg_ctl" stop --mode=immediate --pgdata "$3"
      rm -rf "$3" "$1/port" "$1"/template_*
      exit 0
    fi
  fi
  exec 9>&-
done"#
    );
    let mut command = user_command(Path::new("/bin"), "sh");
    command.arg("-c").arg(script).arg("watchdog").arg(directory).arg(binaries).arg(data);
    // A group of its own: Ctrl-C in the terminal is for the tests.
    command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
    #[expect(clippy::zombie_processes, reason = "it outlives this process on purpose")]
    let _ = command.spawn().expect("a shell can be started");
}

/// PostgreSQL refuses to run as root.
fn user_command(binaries: &Path, program: &str) -> Command {
    crate::program::user_command(&binaries.join(program), &["postgres", "nobody"])
}
