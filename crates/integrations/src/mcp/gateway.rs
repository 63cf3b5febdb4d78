//! Through an Archestra MCP gateway.
//!
//! The gateway names an agent's tools `{server}__{tool}`. Where progressive loading is on it lists only its own
//! `…__search_tools` and `…__run_tool`, and ours are called through the latter.

use std::time::Duration;

use async_trait::async_trait;
use rmcp::model::CallToolResult;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use tokio::sync::OnceCell;

use super::{Session, Tools};
use crate::archestra::Archestra;
use crate::{AgentError, AgentErrorKind};

const SEPARATOR: &str = "__";

pub(crate) struct GatewayAgent {
    archestra: Archestra,
    gateway: Option<String>,
    token: Option<SecretString>,
    tool_prefix: Option<String>,
    call_timeout: Duration,
    session: OnceCell<Session>,
    route: OnceCell<Route>,
}

/// How our tools are called at this gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// What stands before `__` in our tools' names.
    pub(crate) prefix: String,
    /// The gateway's own tool that calls others, when ours are not listed.
    pub(crate) detour: Option<String>,
}

impl GatewayAgent {
    pub(crate) fn new(
        archestra: Archestra,
        gateway: Option<String>,
        token: Option<SecretString>,
        tool_prefix: Option<String>,
        call_timeout: Duration,
    ) -> Self {
        let (session, route) = (OnceCell::new(), OnceCell::new());
        Self { archestra, gateway, token, tool_prefix, call_timeout, session, route }
    }

    /// Opens the session at the gateway, asking Archestra for what is not configured.
    pub(crate) async fn session(&self) -> Result<&Session, AgentError> {
        self.session
            .get_or_try_init(|| async {
                let gateway = match &self.gateway {
                    Some(gateway) => gateway.clone(),
                    None => self.archestra.default_gateway().await?,
                };
                let token = match &self.token {
                    Some(token) => token.clone(),
                    None => self.archestra.personal_token().await?,
                };
                let url = self.archestra.gateway_url(&gateway)?;
                let session =
                    Session::new(self.archestra.egress().clone(), url, Some(token), self.call_timeout);
                session.open().await?;
                Ok(session)
            })
            .await
    }

    /// Finds our tools.
    pub(crate) async fn route(&self) -> Result<&Route, AgentError> {
        self.route
            .get_or_try_init(|| async {
                let tools = self.session().await?.tools().await?;
                let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
                find_route(&names, self.tool_prefix.as_deref())
            })
            .await
    }
}

/// The way to our tools among the names that a gateway lists.
pub(crate) fn find_route(names: &[&str], wanted: Option<&str>) -> Result<Route, AgentError> {
    let tool_of =
        |name: &str| name.rsplit_once(SEPARATOR).map(|(prefix, tool)| (prefix.to_owned(), tool.to_owned()));
    let mut prefixes: Vec<String> = names
        .iter()
        .filter_map(|name| tool_of(name))
        .filter(|(_, tool)| tool == "source_info")
        .map(|(prefix, _)| prefix)
        .collect();
    prefixes.sort();
    prefixes.dedup();
    let listed = match (wanted, prefixes.as_slice()) {
        (Some(wanted), _) => prefixes.iter().find(|prefix| *prefix == wanted).cloned(),
        (None, [only]) => Some(only.clone()),
        (None, []) => None,
        (None, several) => {
            return Err(AgentError::new(
                AgentErrorKind::Protocol,
                format!(
                    "The gateway offers several bastion-mcp servers: {}. Set the tool prefix of this source to one of them.",
                    several.join(", ")
                ),
            ));
        }
    };
    if let Some(prefix) = listed {
        return Ok(Route { prefix, detour: None });
    }
    let detour = names.iter().find(|name| tool_of(name).is_some_and(|(_, tool)| tool == "run_tool"));
    match (detour, wanted) {
        (Some(detour), prefix) => {
            // With progressive loading the name cannot be seen: the catalog item's usual name is the best guess.
            Ok(Route {
                prefix: prefix.unwrap_or("bastion-mcp").to_owned(),
                detour: Some((*detour).to_owned()),
            })
        }
        (None, Some(wanted)) => Err(AgentError::new(
            AgentErrorKind::Protocol,
            format!(
                "The gateway lists no tool `{wanted}{SEPARATOR}source_info`. In Archestra, assign bastion-mcp's tools to this gateway, or correct the tool prefix."
            ),
        )),
        (None, None) => Err(AgentError::new(
            AgentErrorKind::Protocol,
            "The gateway lists none of bastion-mcp's tools. In Archestra, install bastion-mcp and assign its tools to this gateway.",
        )),
    }
}

#[async_trait]
impl Tools for GatewayAgent {
    async fn call(&self, tool: &str, arguments: Map<String, Value>) -> Result<CallToolResult, AgentError> {
        let route = self.route().await?;
        let session = self.session().await?;
        let name = format!("{}{SEPARATOR}{tool}", route.prefix);
        match &route.detour {
            None => session.call(&name, arguments).await,
            Some(detour) => {
                let wrapped = json!({"tool_name": name, "tool_args": arguments});
                let Value::Object(wrapped) = wrapped else {
                    return Err(AgentError::new(AgentErrorKind::Protocol, "The call could not be wrapped."));
                };
                session.call(detour, wrapped).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_bastion_mcp_of_a_gateway_is_found_by_itself() {
        let route =
            find_route(&["github__search", "shop_db__source_info", "shop_db__profile_get"], None).unwrap();
        assert_eq!(route, Route { prefix: "shop_db".into(), detour: None });
    }

    #[test]
    fn the_name_is_split_at_the_last_separator() {
        assert_eq!(find_route(&["team__shop__source_info"], None).unwrap().prefix, "team__shop");
    }

    #[test]
    fn several_of_them_ask_for_the_prefix() {
        let names = ["a__source_info", "b__source_info"];
        assert!(find_route(&names, None).unwrap_err().message.contains("a, b"));
        assert_eq!(find_route(&names, Some("b")).unwrap().prefix, "b");
    }

    #[test]
    fn progressive_loading_takes_the_detour() {
        let names = ["archestra__search_tools", "archestra__run_tool"];
        let route = find_route(&names, Some("shop")).unwrap();
        assert_eq!(route, Route { prefix: "shop".into(), detour: Some("archestra__run_tool".into()) });
    }

    #[test]
    fn a_gateway_without_our_tools_says_what_to_do() {
        assert!(find_route(&["github__search"], None).unwrap_err().message.contains("assign its tools"));
        assert!(
            find_route(&["github__search"], Some("shop")).unwrap_err().message.contains("shop__source_info")
        );
    }
}
