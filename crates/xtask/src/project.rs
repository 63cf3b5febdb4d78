//! Where things are, and how other programs are run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// The checkout and its target folder.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Project {
    /// Finds them by asking cargo, which knows of CARGO_TARGET_DIR.
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .ancestors()
            .nth(2)
            .context("the xtask crate lies two folders below the root")?
            .to_owned();
        let metadata = cargo_metadata::MetadataCommand::new().current_dir(&root).no_deps().exec()?;
        Ok(Self { root, target: metadata.target_directory.into_std_path_buf() })
    }

    /// A command in the root.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// Cargo, the one that runs this.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = self.command(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
        // A cargo within a cargo inherits what belongs to the outer one only.
        for (key, _) in
            std::env::vars().filter(|(key, _)| key.starts_with("CARGO_PKG_") || key == "CARGO_MANIFEST_DIR")
        {
            command.env_remove(key);
        }
        command
    }

    /// Where the browser's files are put.
    pub(crate) fn web(&self) -> PathBuf {
        self.target.join("web/dist")
    }
}

/// Runs a command to its end; its failure is ours.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = format!("{} {}", command.get_program().to_string_lossy(), first_words(command));
    let status = command.status().with_context(|| format!("`{shown}` could not be started"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

fn first_words(command: &Command) -> String {
    command.get_args().take(6).map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Whether a program can be started.
pub(crate) fn exists(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// A line that says what is being done.
#[expect(clippy::print_stderr, reason = "progress is for the person at the terminal")]
pub(crate) fn say(text: &str) {
    eprintln!("\u{1b}[1m==>\u{1b}[0m {text}");
}
