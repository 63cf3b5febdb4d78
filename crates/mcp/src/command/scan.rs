//! `bastion-mcp scan`.

use std::mem::ManuallyDrop;

use scan::{CancellationToken, Filter, Limits};

use super::ScanArguments;
use crate::failure::Failure;

/// Prints the snapshot, canonical and hashed: equal schemas print equal hashes.
pub(super) async fn run(arguments: ScanArguments) -> Result<(), Failure> {
    let filter = Filter::new(&arguments.filter.include, &arguments.filter.exclude)?;
    let source = arguments.address.source()?;
    super::warn_of_unsafe_role(&source).await;
    let snapshot = source.scan(&filter, Limits::default(), &CancellationToken::new()).await?;
    // Never taken apart: the process ends, and with it all that a large catalog takes.
    let snapshot = ManuallyDrop::new(domain::canonicalize(snapshot));
    super::print_json(&*snapshot)
}
