//! One step of the tests, and what it adds to the count.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Instant;

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
    counts: Option<Runner>,
}

/// Who runs the tests of a step, and so says at the end how many there were.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Runner {
    Nextest,
    Cargo,
    Node,
}

impl Step {
    /// Passes or fails as a whole.
    pub(super) fn check(name: &'static str, command: Command, arguments: &[&str]) -> Self {
        Self::new(name, command, arguments, None)
    }

    /// Says in its output how many tests passed and failed.
    pub(super) fn tests(name: &'static str, command: Command, arguments: &[&str], runner: Runner) -> Self {
        Self::new(name, command, arguments, Some(runner))
    }

    fn new(name: &'static str, mut command: Command, arguments: &[&str], counts: Option<Runner>) -> Self {
        command.args(arguments);
        Self { name, command, counts }
    }

    pub(super) fn run(mut self, count: &mut Count) {
        say(self.name);
        let began = Instant::now();
        match self.counts {
            None => count.take(self.name, crate::project::run(&mut self.command)),
            Some(runner) => self.run_tests(runner, count),
        }
        say(&format!("{}: {} s", self.name, began.elapsed().as_secs()));
    }

    fn run_tests(&mut self, runner: Runner, count: &mut Count) {
        let before = (count.passed, count.failed);
        let outcome = self.read(runner, count);
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

    fn read(&mut self, runner: Runner, count: &mut Count) -> Result<bool> {
        // nextest reports on the standard error, the others on the standard output: read both as one.
        let (reader, writer) = std::io::pipe()?;
        self.command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let mut child = self.command.spawn()?;
        // The command keeps copies of the pipe's end: without dropping them the pipe never ends.
        self.command = Command::new("true");
        for line in BufReader::new(reader).lines() {
            let line = line?;
            say_plain(&line);
            if let Some((passed, failed)) = counts(runner, &line) {
                count.passed += passed;
                count.failed += failed;
                count.left_out += left_out(runner, &line);
            }
        }
        Ok(child.wait()?.success())
    }
}

#[expect(clippy::print_stderr, reason = "what the tests say is for the person at the terminal")]
fn say_plain(line: &str) {
    eprintln!("{line}");
}

/// The counts in a runner's closing line. What a test says may hold another runner's.
fn counts(runner: Runner, line: &str) -> Option<(u64, u64)> {
    let plain = line.trim();
    match runner {
        Runner::Nextest if plain.starts_with("Summary [") => {
            let failed = before(plain, " failed").unwrap_or(0) + before(plain, " timed out").unwrap_or(0);
            Some((before(plain, " passed")?, failed))
        }
        Runner::Cargo if plain.starts_with("test result:") => {
            Some((before(plain, " passed")?, before(plain, " failed")?))
        }
        Runner::Node => match (line.strip_prefix("# pass "), line.strip_prefix("# fail ")) {
            (Some(passed), _) => Some((passed.parse().ok()?, 0)),
            (_, Some(failed)) => Some((0, failed.parse().ok()?)),
            _ => None,
        },
        Runner::Nextest | Runner::Cargo => None,
    }
}

/// How many tests a closing line says were not run.
fn left_out(runner: Runner, line: &str) -> u64 {
    let word = match runner {
        Runner::Nextest => " skipped",
        Runner::Cargo => " filtered out",
        Runner::Node => return 0,
    };
    counts(runner, line).and_then(|_| before(line, word)).unwrap_or(0)
}

/// The number that stands before a word.
fn before(text: &str, word: &str) -> Option<u64> {
    let (head, _) = text.split_once(word)?;
    head.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Runner::{Cargo, Nextest, Node};
    use super::{counts, left_out};

    const OF_CARGO: &str =
        "test result: ok. 8 passed; 0 failed; 0 ignored; 0 measured; 12 filtered out; finished in 0.2s";
    const OF_NEXTEST: &str = "     Summary [   0.681s] 21 tests run: 21 passed, 148 skipped";

    #[test]
    fn the_closing_lines_of_all_runners_are_understood() {
        let cases = [
            (Nextest, OF_NEXTEST, Some((21, 0))),
            (
                Nextest,
                "     Summary [  15.395s] 21 tests run: 14 passed (1 slow), 7 failed, 0 skipped",
                Some((14, 7)),
            ),
            (Nextest, "     Summary [   9.1s] 3 tests run: 2 passed, 1 timed out, 0 skipped", Some((2, 1))),
            (Nextest, "warning: 6/21 tests were not run", None),
            (Cargo, OF_CARGO, Some((8, 0))),
            (Node, "# pass 4", Some((4, 0))),
            (Node, "# fail 2", Some((0, 2))),
        ];
        for (runner, line, expected) in cases {
            assert_eq!(counts(runner, line), expected, "{line}");
        }
    }

    #[test]
    fn what_a_test_says_is_no_closing_line() {
        for (runner, line) in
            [(Nextest, OF_CARGO), (Nextest, "# pass 4"), (Cargo, OF_NEXTEST), (Node, OF_CARGO)]
        {
            assert_eq!(counts(runner, line), None, "{line}");
        }
    }

    #[test]
    fn what_was_left_out_is_counted() {
        for (runner, line, expected) in [
            (Nextest, OF_NEXTEST, 148),
            (Cargo, OF_CARGO, 12),
            (Nextest, "a step of which 3 parts were skipped", 0),
        ] {
            assert_eq!(left_out(runner, line), expected, "{line}");
        }
    }
}
