//! `bastion openapi`.

use super::Exit;
use super::exit::print;

/// Prints the description of the API; needs no database and no configuration.
pub(super) fn run() -> Result<(), Exit> {
    let text = crate::openapi::text()
        .map_err(|error| Exit::failed(format!("The description has no JSON: {error}.")))?;
    print(text.trim_end())
}
