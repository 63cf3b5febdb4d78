//! What a domain's own name servers say in TXT records: by that an organization proves that a domain is its own.

use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{RData, RecordType};

/// How long a name server may take for one attempt; there are two.
const PATIENCE: Duration = Duration::from_secs(3);
/// More records of one name are not looked at.
const MOST_RECORDS: usize = 100;

/// Asks name servers. Nothing is kept: whoever has just published a record is to find it.
#[derive(Clone)]
pub struct Dns {
    resolver: TokioResolver,
}

impl std::fmt::Debug for Dns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dns")
    }
}

/// Nobody could say what a domain publishes; the sentence holds nothing of an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DnsError(pub String);

impl Dns {
    /// Asks the name servers of this machine.
    ///
    /// # Errors
    /// When the machine does not say which they are.
    pub fn of_system() -> Result<Self, DnsError> {
        let builder = TokioResolver::builder_tokio().map_err(|error| failed(&error))?;
        Self::built(builder.with_options(options()))
    }

    /// Asks one name server.
    ///
    /// # Errors
    /// Never for an address that can be one.
    pub fn at(server: SocketAddr) -> Result<Self, DnsError> {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
            connection.port = server.port();
            connection
        });
        let server = NameServerConfig::new(server.ip(), true, connections.into());
        let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
        let builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        Self::built(builder.with_options(options()))
    }

    fn built(builder: hickory_resolver::ResolverBuilder<TokioRuntimeProvider>) -> Result<Self, DnsError> {
        Ok(Self { resolver: builder.build().map_err(|error| failed(&error))? })
    }

    /// The texts that a name has as TXT records, each in one piece; none for a name that there is not. They are foreign.
    ///
    /// # Errors
    /// When no name server answers, or none that answers knows.
    pub async fn texts(&self, name: &str) -> Result<Vec<String>, DnsError> {
        // With a dot at its end it is looked for nowhere else: not below this machine's own domain.
        let asked = self.resolver.lookup(format!("{name}."), RecordType::TXT).await;
        let found = match asked {
            Ok(found) => found,
            Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
            Err(error) => return Err(failed(&error)),
        };
        let texts = found.answers().iter().filter_map(|record| match &record.data {
            RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
            _ => None,
        });
        Ok(texts.take(MOST_RECORDS).collect())
    }
}

fn options() -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = PATIENCE;
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options
}

/// What an error is called, and nothing of what was answered.
fn failed(error: &NetError) -> DnsError {
    tracing::debug!(%error, "a name server did not answer as one");
    DnsError(match error {
        NetError::Timeout => "no name server answered in time".to_owned(),
        NetError::Io(_) | NetError::NoConnections => "no name server can be reached".to_owned(),
        _ => "the name servers could not answer".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use testkit::dns::{Answer, Server};

    use super::*;

    #[tokio::test]
    async fn texts_are_read_whole_and_a_name_without_any_has_none() {
        let server = Server::start();
        let long = "v".repeat(400);
        server.publish("_bastion.acme.example", Answer::Texts(vec!["first".to_owned(), long.clone()]));
        server.publish("alias.acme.example", Answer::Alias("_bastion.acme.example".to_owned()));
        server.publish("empty.acme.example", Answer::Nothing);
        // More than fits into a datagram comes by the other way.
        let many: Vec<String> = (0..40).map(|number| format!("{number} {}", "m".repeat(60))).collect();
        server.publish("many.acme.example", Answer::Texts(many.clone()));
        let dns = Dns::at(server.address()).unwrap();
        for (name, expected) in [
            ("_bastion.acme.example", vec!["first".to_owned(), long.clone()]),
            ("_BASTION.ACME.example", vec!["first".to_owned(), long.clone()]),
            ("alias.acme.example", vec!["first".to_owned(), long]),
            ("empty.acme.example", vec![]),
            ("nowhere.acme.example", vec![]),
            ("many.acme.example", many),
        ] {
            assert_eq!(dns.texts(name).await, Ok(expected), "{name}");
        }
        // Whoever publishes something is asked again: nothing is kept.
        server.publish("nowhere.acme.example", Answer::Texts(vec!["now".to_owned()]));
        assert_eq!(dns.texts("nowhere.acme.example").await, Ok(vec!["now".to_owned()]));
    }

    #[tokio::test]
    async fn what_no_name_server_knows_is_an_error_and_not_an_absence() {
        let server = Server::start();
        server.publish("broken.acme.example", Answer::Failure);
        let dns = Dns::at(server.address()).unwrap();
        assert!(dns.texts("broken.acme.example").await.is_err());
        let gone = server.address();
        drop(server);
        assert!(Dns::at(gone).unwrap().texts("broken.acme.example").await.is_err());
    }
}
