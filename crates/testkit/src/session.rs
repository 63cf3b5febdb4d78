//! A database's own client that stays.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::NamedTempFile;

/// Statements of one session, one after the other. It ends with this.
#[derive(Debug)]
pub struct Session {
    client: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    /// A file, for nobody reads while statements run.
    errors: NamedTempFile,
    turns: u32,
}

impl Session {
    pub(crate) fn start(mut client: Command) -> Self {
        let errors = NamedTempFile::new().expect("a temporary file can be made");
        let to_file = errors.reopen().expect("a temporary file can be opened");
        let mut client = client
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(to_file)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {client:?}: {error}"));
        let input = client.stdin.take().expect("its input is a pipe");
        let output = client.stdout.take().expect("its output is a pipe");
        Self { client, input, output: BufReader::new(output), errors, turns: 0 }
    }

    /// Runs statements; what they print.
    ///
    /// # Panics
    /// With what the server says, when one fails.
    pub fn run(&mut self, sql: &str) -> String {
        self.try_run(sql).unwrap_or_else(|said| panic!("{sql}: {said}"))
    }

    /// Runs statements; what they print. The session has ended when one fails.
    ///
    /// # Errors
    /// With what the server says.
    pub(crate) fn try_run(&mut self, sql: &str) -> Result<String, String> {
        self.turns += 1;
        let end = format!("end of turn {}", self.turns);
        // A client that has ended is told of below.
        let _ = writeln!(self.input, "{};\nSELECT '{end}';", sql.trim_end_matches([';', ' ', '\n']));
        let mut printed = String::new();
        loop {
            let start = printed.len();
            let read = self.output.read_line(&mut printed).expect("a client prints text");
            if printed.get(start..).is_some_and(|line| line.trim_end() == end) {
                printed.truncate(start);
                return Ok(printed);
            }
            if read == 0 {
                let mut said = String::new();
                let _ = self.errors.read_to_string(&mut said);
                return Err(said);
            }
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}
