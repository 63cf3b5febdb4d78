//! A Redis of one test, which it may kill and start again. It keeps nothing on the disk: what is killed has lost all.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a start may take on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server at a Unix socket, stopped with this.
pub struct Server {
    folder: TempDir,
    process: Child,
}

impl Server {
    /// One that holds nothing.
    ///
    /// # Panics
    /// Where Redis is not installed, or does not start.
    #[must_use]
    pub fn start() -> Self {
        crate::named_for("redis");
        let folder = TempDir::with_prefix("redis-").expect("a temporary folder can be made");
        let process = run(&folder);
        let server = Self { folder, process };
        server.wait();
        server
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Ends it as a failing machine does; connections break.
    ///
    /// # Panics
    /// When the system does not let it be ended.
    pub fn kill(&mut self) {
        self.process.kill().expect("an own process can be killed");
        self.process.wait().expect("an own process can be awaited");
    }

    /// Starts one in the place of the killed one.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        self.process = run(&self.folder);
        self.wait();
    }

    /// Makes it forget everything.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn forget(&self) {
        assert_eq!(self.ask("FLUSHALL").as_deref(), Some("+OK\r\n"));
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("socket")
    }

    fn wait(&self) {
        let started = Instant::now();
        while self.ask("PING").as_deref() != Some("+PONG\r\n") {
            assert!(started.elapsed() < PATIENCE, "Redis did not start");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The short answer to a command; none from one that is not there.
    fn ask(&self, command: &str) -> Option<String> {
        let mut stream = UnixStream::connect(self.socket()).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.write_all(format!("{command}\r\n").as_bytes()).ok()?;
        let mut answer = [0; 64];
        let length = stream.read(&mut answer).ok()?;
        Some(String::from_utf8_lossy(&answer[..length]).into_owned())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(folder: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--port", "0", "--unixsocket"])
        .arg(folder.path().join("socket"))
        .args(["--save", "", "--appendonly", "no", "--dir"])
        .arg(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| {
            panic!(
                "this test needs Redis ({error}). Install it, on Debian or Ubuntu with `apt-get install redis-server`, or \
                 put its program on PATH."
            )
        })
}
