//! One step of the tests, and what it adds to the count.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::Result;

use crate::project::say;

/// What has passed and failed so far, and what was not run.
#[derive(Default)]
pub(super) struct Count {
    pub(super) passed: u64,
    pub(super) failed: u64,
    /// Not run by the runner's own account, because the arguments say so.
    pub(super) left_out: u64,
}

impl Count {
    /// Counts a step of one.
    pub(super) fn take(&mut self, name: &str, outcome: Result<()>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(error) => {
                say(&format!("{name}: {error:#}"));
                self.failed += 1;
            }
        }
    }

    /// The line that CI reads.
    #[expect(clippy::print_stdout, reason = "the count is this program's answer")]
    pub(super) fn print(&self) {
        println!("{} passed, {} failed", self.passed, self.failed);
    }
}

/// A command that is a check in itself, or that runs tests of its own.
pub(super) struct Step {
    name: &'static str,
    command: Command,
    counts: bool,
}

impl Step {
    /// Passes or fails as a whole.
    pub(super) fn check(name: &'static str, command: Command, arguments: &[&str]) -> Self {
        Self::new(name, command, arguments, false)
    }

    /// Says in its output how many tests passed and failed.
    pub(super) fn tests(name: &'static str, command: Command, arguments: &[&str]) -> Self {
        Self::new(name, command, arguments, true)
    }

    fn new(name: &'static str, mut command: Command, arguments: &[&str], counts: bool) -> Self {
        command.args(arguments);
        Self { name, command, counts }
    }

    pub(super) fn run(mut self, count: &mut Count) {
        say(self.name);
        if !self.counts {
            let outcome = crate::project::run(&mut self.command);
            return count.take(self.name, outcome);
        }
        let before = (count.passed, count.failed);
        let outcome = self.read(count);
        let counted = count.failed > before.1 || count.passed > before.0;
        match outcome {
            Ok(true) if counted => {}
            // A runner that fails without a failed test did not get as far as its tests.
            Ok(false) if count.failed > before.1 => {}
            Ok(success) => {
                say(&format!(
                    "{}: {}",
                    self.name,
                    if success { "no test ran" } else { "failed before its tests" }
                ));
                count.failed += 1;
            }
            Err(error) => count.take(self.name, Err(error)),
        }
    }

    fn read(&mut self, count: &mut Count) -> Result<bool> {
        // nextest reports on the standard error, the others on the standard output: read both as one.
        let (reader, writer) = std::io::pipe()?;
        self.command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let mut child = self.command.spawn()?;
        // The command keeps copies of the pipe's end: without dropping them the pipe never ends.
        self.command = Command::new("true");
        for line in BufReader::new(reader).lines() {
            let line = line?;
            say_plain(&line);
            if let Some((passed, failed)) = counts(&line) {
                count.passed += passed;
                count.failed += failed;
                count.left_out += left_out(&line);
            }
        }
        Ok(child.wait()?.success())
    }
}

#[expect(clippy::print_stderr, reason = "what the tests say is for the person at the terminal")]
fn say_plain(line: &str) {
    eprintln!("{line}");
}

/// The counts in a closing line of nextest, of cargo test, or of Node's runner.
fn counts(line: &str) -> Option<(u64, u64)> {
    let plain = line.trim();
    if plain.starts_with("Summary [") {
        let failed = before(plain, " failed").unwrap_or(0) + before(plain, " timed out").unwrap_or(0);
        return Some((before(plain, " passed")?, failed));
    }
    if plain.starts_with("test result:") {
        return Some((before(plain, " passed")?, before(plain, " failed")?));
    }
    if let Some(number) = plain.strip_prefix("# pass ") {
        return Some((number.parse().ok()?, 0));
    }
    if let Some(number) = plain.strip_prefix("# fail ") {
        return Some((0, number.parse().ok()?));
    }
    None
}

/// How many tests a closing line says were not run.
fn left_out(line: &str) -> u64 {
    let plain = line.trim();
    let closing = plain.starts_with("Summary [") || plain.starts_with("test result:");
    let number = before(plain, " skipped").or_else(|| before(plain, " filtered out"));
    number.filter(|_| closing).unwrap_or(0)
}

/// The number that stands before a word.
fn before(text: &str, word: &str) -> Option<u64> {
    let (head, _) = text.split_once(word)?;
    head.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{counts, left_out};

    #[test]
    fn the_closing_lines_of_all_runners_are_understood() {
        let cases = [
            ("     Summary [   0.681s] 21 tests run: 21 passed, 0 skipped", Some((21, 0))),
            ("     Summary [  15.395s] 21 tests run: 14 passed (1 slow), 7 failed, 0 skipped", Some((14, 7))),
            ("     Summary [   9.1s] 3 tests run: 2 passed, 1 timed out, 0 skipped", Some((2, 1))),
            (
                "test result: ok. 8 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.2s",
                Some((8, 0)),
            ),
            ("# pass 4", Some((4, 0))),
            ("# fail 2", Some((0, 2))),
            ("warning: 6/21 tests were not run", None),
        ];
        for (line, expected) in cases {
            assert_eq!(counts(line), expected, "{line}");
        }
    }

    #[test]
    fn what_was_left_out_is_counted() {
        for (line, expected) in [
            ("     Summary [   0.681s] 21 tests run: 21 passed, 148 skipped", 148),
            (
                "test result: ok. 8 passed; 0 failed; 0 ignored; 0 measured; 12 filtered out; finished in 0.2s",
                12,
            ),
            ("a step of which 3 parts were skipped", 0),
        ] {
            assert_eq!(left_out(line), expected, "{line}");
        }
    }
}
