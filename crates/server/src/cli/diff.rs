//! `bastion diff`.

use std::path::PathBuf;
use std::process::ExitCode;

use super::Exit;
use super::judge::{Decided, FailOn, Judging, judge, read_snapshot_file};

#[derive(clap::Args)]
pub(super) struct Arguments {
    /// A snapshot as `bastion-mcp scan` prints it
    old: PathBuf,
    /// Another one, taken later
    new: PathBuf,
    #[command(flatten)]
    judging: Judging,
    /// Exit with 1 when a change is at least this bad
    #[arg(long, value_enum, default_value_t = FailOn::None)]
    fail_on: FailOn,
}

/// Compares; 0 when nothing is above the line, 1 when something is.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Exit> {
    // Reading takes most of the time, and either file is read by itself.
    let (old, new) = std::thread::scope(|threads| {
        let old = threads.spawn(|| read_snapshot_file(&arguments.old));
        let new = read_snapshot_file(&arguments.new);
        (old.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), new)
    });
    let (old, new) = (old?, new?);
    let file = Some(arguments.new.as_path());
    judge((&old, &new), file, &arguments.judging, Decided::default(), arguments.fail_on)
}
