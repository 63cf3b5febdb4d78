//! Which Redis all servers count in.

use service::RedisServer;

use super::Variables;

const URL: &str = "BASTION_REDIS_URL";

/// That Redis, if any.
pub(super) fn redis(variables: &mut Variables) -> Option<RedisServer> {
    let url = variables.secret(URL)?;
    match RedisServer::parse(&url) {
        Ok(server) => Some(server),
        Err(problem) => {
            variables.fault(URL, problem);
            None
        }
    }
}
