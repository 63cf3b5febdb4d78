//! How the program ends.

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::config::Fault;

/// A bad configuration, as `sysexits.h` numbers it.
const CONFIGURATION: u8 = 78;
/// Something failed.
const FAILED: u8 = 1;
/// The command could not be understood or done.
const USAGE: u8 = 2;

/// A failure, with its number and its lines on standard error.
#[derive(Debug)]
pub struct Exit {
    code: u8,
    message: String,
}

impl Exit {
    /// Something failed.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self { code: FAILED, message: message.into() }
    }

    /// What was asked for cannot be done.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { code: USAGE, message: message.into() }
    }

    pub(super) fn report(&self) -> ExitCode {
        // Where standard error is closed, nobody listens.
        let _ = writeln!(io::stderr(), "bastion: {}", self.message);
        ExitCode::from(self.code)
    }
}

/// Says something beside the output, on standard error.
pub(super) fn note(text: &str) {
    let line: String = text.chars().filter(|letter| !letter.is_control()).collect();
    // Where standard error is closed, nobody listens.
    let _ = writeln!(io::stderr(), "bastion: {line}");
}

/// Writes lines on standard output.
pub(super) fn print(text: &str) -> Result<(), Exit> {
    let mut output = io::stdout().lock();
    match writeln!(output, "{text}").and_then(|()| output.flush()) {
        // Whoever reads has seen enough, as `head` has.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Exit::failed(format!("Standard output cannot be written: {error}."))),
        Ok(()) => Ok(()),
    }
}

impl From<Vec<Fault>> for Exit {
    fn from(faults: Vec<Fault>) -> Self {
        let lines: String = faults.iter().map(|fault| format!("\n  {fault}")).collect();
        Self { code: CONFIGURATION, message: format!("The configuration does not work:{lines}") }
    }
}

impl From<store::Error> for Exit {
    fn from(error: store::Error) -> Self {
        let code = match error {
            // These are the operator's to set right.
            store::Error::WrongMasterKey | store::Error::UnsafeRole { .. } | store::Error::Settings(_) => {
                CONFIGURATION
            }
            _ => FAILED,
        };
        Self { code, message: error.to_string() }
    }
}

impl From<service::Error> for Exit {
    fn from(error: service::Error) -> Self {
        Self::failed(error.detail())
    }
}

impl From<migrations::Error> for Exit {
    fn from(error: migrations::Error) -> Self {
        Self::failed(format!("The database could not be migrated, and is as it was: {error}."))
    }
}

impl From<migrations::silo::Error> for Exit {
    fn from(error: migrations::silo::Error) -> Self {
        use migrations::silo::Error::{Database, Embedded, NoOrganization};
        match error {
            Database(error) => error.into(),
            Embedded | NoOrganization(_) => Self::usage(sentence(&error)),
            error => Self::failed(sentence(&error)),
        }
    }
}

impl From<migrations::silo::Failed> for Exit {
    fn from(failed: migrations::silo::Failed) -> Self {
        match failed {
            migrations::silo::Failed::Shared(error) => error.into(),
            failed => Self::failed(format!(
                "{} What was migrated before stays so; mend it and run it again.",
                sentence(&failed)
            )),
        }
    }
}

fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}
