//! Where the browser's files are.

use std::path::{Path, PathBuf};

use super::{Flags, Variables};
use crate::ui::Ui;

/// Those within the program, unless told otherwise or built without.
pub(super) fn ui(flags: &Flags, variables: &mut Variables) -> Ui {
    match variables.text(flags.ui.as_deref(), "BASTION_UI").as_deref() {
        Some("off") => Ui::Off,
        #[cfg(feature = "embed-ui")]
        Some("embedded") | None => Ui::Embedded,
        #[cfg(not(feature = "embed-ui"))]
        None => Ui::Off,
        #[cfg(not(feature = "embed-ui"))]
        Some("embedded") => {
            variables
                .fault("BASTION_UI", "this program was built without the browser's files; name their folder");
            Ui::Off
        }
        Some(folder) => {
            if !Path::new(folder).join("index.html").is_file() {
                variables.fault("BASTION_UI", format!("there is no index.html in {folder}"));
            }
            Ui::Folder(PathBuf::from(folder))
        }
    }
}
