//! What holds for every call: how long it may take.

use scan::Source;
use types::protocol::{Finding, SourceInfo, ToolError};

use super::{Agent, failure};

impl Agent {
    /// What a call does itself must not outlast the patience of the gateways between. Dropping the work stops what the
    /// database does for it.
    pub(super) async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, ToolError>>,
    ) -> Result<T, ToolError> {
        let most = self.limits.call;
        tokio::time::timeout(most, work).await.unwrap_or_else(|_| {
            Err(failure("timeout", format!("The database did not answer within {} seconds.", most.as_secs())))
        })
    }

    /// What is to be said of one database. One that does not answer in time does not keep the others waiting.
    pub(super) async fn info(&self, source: &Source) -> SourceInfo {
        let asked = async { Ok(source.info(self.limits).await) };
        let mut info = self.in_time(asked).await.unwrap_or_else(|error| SourceInfo {
            name: source.name().to_owned(),
            engine: source.engine(),
            engine_version: None,
            database: None,
            now: None,
            reachable: false,
            findings: vec![Finding { code: error.code, unsafe_: false, message: error.message }],
        });
        if self.policy.unsafe_role && info.findings.iter().any(|finding| finding.unsafe_) {
            info.findings.push(Finding {
                code: "allowed_unsafe_role".into(),
                unsafe_: false,
                message:
                    "The agent works with this role all the same: it was started with --allow-unsafe-role."
                        .into(),
            });
        }
        info
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use scan::Limits;

    use super::super::Policy;
    use super::*;

    #[tokio::test]
    async fn a_database_that_does_not_answer_in_time_is_told_as_such_beside_those_that_do() {
        // Connections are made, and nothing is ever said on them.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let silent = format!("postgres://u@{}/d?sslmode=disable", silent.local_addr().unwrap());
        let missing = "sqlite:/nowhere/at-all.db";
        let sources = [("a", silent.as_str()), ("b", missing)];
        let sources = sources.map(|(name, url)| (name.to_owned(), Source::parse(name, url).unwrap()));
        let limits = Limits { call: Duration::from_millis(50), ..Limits::default() };
        let policy = Policy { unsafe_role: false, values: false, duty_percent: 25 };
        let agent = Agent::new(BTreeMap::from(sources), limits, policy);
        let mut codes = Vec::new();
        for source in agent.sources.values() {
            let info = agent.info(source).await;
            assert!(!info.reachable);
            codes.extend(info.findings.into_iter().map(|finding| finding.code));
        }
        assert_eq!(codes, ["timeout", "unreachable"]);
    }
}
