//! Programs of database servers: the user they run as, their ports, and the lock that makes a server one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpListener;
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

/// Servers refuse to run as root; then a program runs as the first of `users` that there is.
pub(crate) fn user_command(program: &Path, users: &[&str]) -> Command {
    let mut command = match other_user(users) {
        None => Command::new(program),
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid", &user, "--regid", &group, "--clear-groups", "--reset-env", "--"])
                .arg(program);
            command
        }
    };
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// The user and group to become, by number, when this one is root. Asked once: a test runs many programs.
fn other_user(users: &[&str]) -> Option<(String, String)> {
    type Users = BTreeMap<String, Option<(String, String)>>;
    static KNOWN: Mutex<Users> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(users.join(" ")).or_insert_with(|| find_other_user(users)).clone()
}

fn find_other_user(users: &[&str]) -> Option<(String, String)> {
    let number = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if number(&["-u"]).as_deref() != Some("0") {
        return None;
    }
    let found = users.iter().find_map(|name| Some((number(&["-u", name])?, number(&["-g", name])?)));
    Some(found.unwrap_or_else(|| {
        panic!("the server does not run as root, and there is none of the users {users:?} to run it as")
    }))
}

/// Only the server's user, and root, may look inside.
pub(crate) fn restrict(directory: &Path, users: &[&str]) {
    if let Some((user, _)) = other_user(users) {
        run(Command::new("chown").arg("--recursive").arg(&user).arg(directory));
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
