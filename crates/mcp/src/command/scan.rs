//! `bastion-mcp scan`.

use scan::{CancellationToken, Filter, Limits};

use super::ScanArguments;
use crate::failure::Failure;

/// Prints the snapshot, canonical and hashed: equal schemas print equal hashes.
pub(super) async fn run(arguments: ScanArguments) -> Result<(), Failure> {
    let filter = Filter::new(&arguments.filter.include, &arguments.filter.exclude)?;
    let source = arguments.address.source()?;
    super::warn_of_unsafe_role(&source).await;
    let snapshot = source.scan(&filter, Limits::default(), &CancellationToken::new()).await?;
    super::print_json(&domain::canonicalize(snapshot))
}
