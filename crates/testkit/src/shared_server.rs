//! A database server that the test processes of a checkout share.
//!
//! Test runners start a process per test, so a server per process would cost more than the tests. The first process
//! that asks starts one server under a lock file; the others find it by that file. A watchdog beside it stops the
//! server and deletes its files once no test has asked for five minutes. Durability is off. Every test makes its own
//! database, dropped with its handle.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::program::{lock, user_command};

/// Minutes without a test after which the watchdog stops the server.
const IDLE_MINUTES: u32 = 5;

/// Bytes that a file system in memory must have. A server and the databases of four tests at a time were seen to take 150
/// MiB; containers often give 64.
const ROOM: u64 = 4 << 30;

/// Where a server's files are. Short, because a Unix socket's path is at most 107 bytes; one per checkout, per user
/// (the files belong to whoever started it), and per `version` of the code that starts it, which fixes its settings.
pub(crate) fn directory(short_name: &str, version: &str) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    env!("CARGO_MANIFEST_DIR").hash(&mut hasher);
    version.hash(&mut hasher);
    include_str!("shared_server.rs").hash(&mut hasher);
    std::env::var("USER").unwrap_or_default().hash(&mut hasher);
    home().join(format!("bastion-{short_name}-{:08x}", hasher.finish() >> 32))
}

/// Where a server's folder is made: in memory where there is room, else among the temporary files; `TMPDIR` decides
/// when somebody has set it.
///
/// A database of its own for each test is some six hundred files that are made and deleted again. On ext4, which looks
/// for a place past every file that was deleted lately, that was half of the time that the tests of the API took.
fn home() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let chosen = std::env::var_os("TMPDIR").is_some();
    if !chosen && room(memory) >= ROOM { memory.into() } else { std::env::temp_dir() }
}

/// Bytes of the file system at `path`, used or not: all processes of a run have to come to the same folder.
fn room(path: &Path) -> u64 {
    rustix::fs::statvfs(path).map_or(0, |found| found.f_blocks.saturating_mul(found.f_frsize))
}

/// The server that is `running` in `directory`; otherwise the one that `start` starts there.
pub(crate) fn find_or_start<S>(
    directory: &Path,
    running: impl FnOnce() -> Option<S>,
    start: impl FnOnce() -> S,
) -> S {
    fs::create_dir_all(directory).expect("the directory for temporary files can be written");
    let _lock = lock(&directory.join("lock"));
    // The watchdog reads this file's time.
    fs::write(directory.join("used"), "").expect("the test server's directory can be written");
    running().unwrap_or_else(start)
}

/// The port of the server in `directory`, if one was started there.
pub(crate) fn port(directory: &Path) -> Option<u16> {
    fs::read_to_string(directory.join("port")).ok()?.trim().parse().ok()
}

/// The server listens at `port`: other processes may find it.
pub(crate) fn publish(directory: &Path, port: u16) {
    fs::write(directory.join("port"), port.to_string()).expect("the test server's directory can be written");
}

/// What stops a server that nobody needs. Commands of a shell, where `$1` is the server's directory and `$2` that of
/// its programs.
pub(crate) struct Watchdog<'a> {
    /// Who the server runs as where this is root.
    pub(crate) users: &'a [&'a str],
    pub(crate) programs: &'a Path,
    /// Succeeds when nobody is connected.
    pub(crate) idle: &'a str,
    pub(crate) stop: &'a str,
}

impl Watchdog<'_> {
    /// Leaves a shell behind that stops the server when no test has asked for it for a while. It takes the same lock as
    /// the tests, so none of them can find the server while it goes.
    pub(crate) fn watch(&self, directory: &Path) {
        let Self { users, programs, idle, stop } = self;
        let script = format!(
            r#"while sleep 20; do
  [ -d "$1" ] || exit 0
  [ -n "$(find "$1/used" -mmin +{IDLE_MINUTES})" ] || continue
  exec 9>"$1/lock"
  flock 9
  if [ -n "$(find "$1/used" -mmin +{IDLE_MINUTES})" ] && {idle}; then
    {stop}
    rm -rf "$1/data" "$1/port" "$1"/template_*
    exit 0
  fi
  exec 9>&-
done"#
        );
        let mut command = user_command(Path::new("/bin/sh"), users);
        command.arg("-c").arg(script).arg("watchdog").arg(directory).arg(programs);
        // A group of its own: Ctrl-C in the terminal is for the tests.
        command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
        #[expect(clippy::zombie_processes, reason = "it outlives this process on purpose")]
        let _ = command.spawn().expect("a shell can be started");
    }
}
