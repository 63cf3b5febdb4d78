//! `bastion-mcp check`.

use std::fmt::Write;

use scan::{Limits, Source};

use crate::failure::Failure;

/// Prints what is found; fails with 1 when any of it is unsafe, with 2 when the database cannot be reached.
pub(super) async fn run(source: &Source) -> Result<(), Failure> {
    let info = source.info(Limits::default()).await;
    if !info.reachable {
        let why = info.findings.first().map(|finding| finding.message.clone());
        return Err(Failure::Server(why.unwrap_or_else(|| "the database could not be reached".into())));
    }
    let mut text = format!(
        "reachable: {} {}, database {}\n",
        info.engine.as_str(),
        info.engine_version.unwrap_or_default(),
        info.database.unwrap_or_default()
    );
    for finding in &info.findings {
        let grade = if finding.unsafe_ { "UNSAFE" } else { "note" };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{grade}: {} ({})", finding.message, finding.code);
    }
    let unsafe_findings = info.findings.iter().filter(|finding| finding.unsafe_).count();
    if unsafe_findings == 0 {
        text.push_str("safe: the role can only read\n");
    }
    super::print(&text)?;
    if unsafe_findings == 0 {
        return Ok(());
    }
    Err(Failure::Unsafe(format!(
        "the role can do more than read ({unsafe_findings} findings); `bastion-mcp setup-sql {}` prints a better one",
        if info.engine == types::snapshot::Engine::Mariadb { "mysql" } else { info.engine.as_str() }
    )))
}
