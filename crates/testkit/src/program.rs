//! Programs of database servers: the user they run as, their ports, and the lock that makes a server one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Takes a lock between processes; held until the file is closed.
pub(crate) fn lock(path: &Path) -> File {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .unwrap_or_else(|error| panic!("cannot open {}: {error}", path.display()));
    file.lock().unwrap_or_else(|error| panic!("cannot lock {}: {error}", path.display()));
    file
}

/// Servers refuse to run as root; then a program runs as the first of `users` that there is, with nothing of this process's
/// environment but where programs are.
pub(crate) fn user_command(program: &Path, users: &[&str]) -> Command {
    let mut command = Command::new(program);
    if let Some(user) = other_user(users) {
        // To become somebody else also gives up root's other groups.
        command.env_clear().env("PATH", PATH).env("HOME", user.home).uid(user.id).gid(user.group);
    }
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Where the programs are that servers' own scripts run.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Somebody of this machine.
#[derive(Clone, Debug)]
struct User {
    id: u32,
    group: u32,
    home: String,
}

/// The user to become when this one is root. Asked once: a test runs many programs.
fn other_user(users: &[&str]) -> Option<User> {
    static KNOWN: Mutex<BTreeMap<String, Option<User>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(users.join(" ")).or_insert_with(|| find_other_user(users)).clone()
}

fn find_other_user(users: &[&str]) -> Option<User> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let all = std::fs::read_to_string("/etc/passwd").expect("the machine's users can be read");
    let found = users.iter().find_map(|name| all.lines().find_map(|line| named(line, name)));
    Some(found.unwrap_or_else(|| {
        panic!("the server does not run as root, and there is none of the users {users:?} to run it as")
    }))
}

/// The user of a line of `passwd`, if it is the one of this name.
fn named(line: &str, name: &str) -> Option<User> {
    let mut fields = line.split(':');
    if fields.next()? != name {
        return None;
    }
    let (_, id, group, _) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    Some(User { id: id.parse().ok()?, group: group.parse().ok()?, home: fields.next()?.to_owned() })
}

/// Only the server's user, and root, may look inside.
pub(crate) fn restrict(directory: &Path, users: &[&str]) {
    if let Some(user) = other_user(users) {
        run(Command::new("chown").arg("--recursive").arg(user.id.to_string()).arg(directory));
    }
    run(Command::new("chmod").arg("0700").arg(directory));
}

pub(crate) fn run(command: &mut Command) {
    // pg_ctl's server would inherit pipes and keep them open: errors go to a file instead.
    let errors = tempfile::NamedTempFile::new().expect("a temporary file can be made");
    let handle = errors.reopen().expect("a temporary file can be opened");
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(handle)
        .status()
        .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
    if !status.success() {
        let mut said = String::new();
        let _ = errors.reopen().and_then(|mut file| file.read_to_string(&mut said));
        panic!("{command:?} failed: {said}");
    }
}

/// Runs a database's own client with statements on its input; what it prints, or what it says when one fails.
pub(crate) fn answer(client: &mut Command, sql: &str) -> Result<String, String> {
    let mut child = client
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

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}

pub(crate) fn random() -> String {
    let mut bytes = [0_u8; 16];
    File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .expect("the kernel gives random bytes");
    hex::encode(bytes)
}
