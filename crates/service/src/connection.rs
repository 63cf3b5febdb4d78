//! The organization's connection: to its Archestra gateway or straight to an agent.

use integrations::{Probe, SecretString, Url, Way};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Reads, WriteTx, secret};
use types::connection::Transport;
use types::organization::{ConnectionReport, Organization, OrganizationSettings, Setup, TestConnection};
use types::source::{CreateSource, Schedule};
use types::{ConnectionId, Timestamp};

use crate::permission::ConnectionManage;
use crate::{Context, Error, Scope, Topic, activity, audit, key, organization, source};

/// The kind of the default connection.
pub(crate) const KIND: &str = "archestra";
/// The table that the sealed secrets name as theirs.
pub(crate) const SUBJECT: &str = "connection";

/// What is kept in the clear.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Config {
    archestra_url: Option<Url>,
    gateway: Option<String>,
    bastion_mcp_url: Option<Url>,
}

/// What is kept, opened: for calling, never for answering.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    config: Config,
    api_key: Option<SecretString>,
    gateway_token: Option<SecretString>,
    llm_key: Option<SecretString>,
    bastion_mcp_token: Option<SecretString>,
}

impl Kept {
    /// The way through the gateway.
    pub(crate) fn gateway(&self, tool_prefix: Option<String>) -> Result<Way, Error> {
        let Some(base) = self.config.archestra_url.clone() else {
            return Err(Error::NotConfigured(
                "Set the address of Archestra in the settings first.".to_owned(),
            ));
        };
        if self.api_key.is_none() && self.gateway_token.is_none() {
            return Err(Error::NotConfigured(
                "Set an API key of Archestra or a token of its gateway in the settings first.".to_owned(),
            ));
        }
        Ok(Way::Gateway {
            base,
            gateway: self.config.gateway.clone(),
            token: self.gateway_token.clone(),
            api_key: self.api_key.clone(),
            tool_prefix,
        })
    }

    /// The way straight to an agent. The kept token goes only to the server that it was kept for.
    pub(crate) fn direct(&self, url: Url, token: Option<SecretString>) -> Way {
        let same_server =
            self.config.bastion_mcp_url.as_ref().is_some_and(|kept| kept.origin() == url.origin());
        let token = token.or_else(|| self.bastion_mcp_token.clone().filter(|_| same_server));
        Way::Direct { url, token }
    }

    /// The way that the settings describe: through the gateway where there is one.
    fn way(&self) -> Result<Way, Error> {
        match &self.config.bastion_mcp_url {
            Some(url) if self.config.archestra_url.is_none() => Ok(self.direct(url.clone(), None)),
            _ => self.gateway(None),
        }
    }

    fn is_ready(&self) -> bool {
        let gateway = self.api_key.is_some() || self.gateway_token.is_some();
        (self.config.archestra_url.is_some() && gateway) || self.config.bastion_mcp_url.is_some()
    }

    fn secrets(&self) -> [(&'static str, &Option<SecretString>); 4] {
        [
            ("api_key", &self.api_key),
            ("gateway_token", &self.gateway_token),
            ("llm_key", &self.llm_key),
            ("bastion_mcp_token", &self.bastion_mcp_token),
        ]
    }

    /// What is kept with what a form changes: a missing field stays, an empty one clears. A secret is dropped when the
    /// server that it was for changes: whoever may change an address must not be able to collect what is kept.
    fn with(mut self, setup: Setup) -> Result<Self, Error> {
        let Setup {
            archestra_url,
            api_key,
            gateway,
            gateway_token,
            llm_key,
            bastion_mcp_url,
            bastion_mcp_token,
        } = setup;
        if let Some(text) = archestra_url {
            let url = address("/archestra_url", &text)?;
            if moved(&self.config.archestra_url, &url) {
                (self.api_key, self.gateway_token) = (None, None);
            }
            self.config.archestra_url = url;
        }
        if let Some(text) = bastion_mcp_url {
            let url = address("/bastion_mcp_url", &text)?;
            if moved(&self.config.bastion_mcp_url, &url) {
                self.bastion_mcp_token = None;
            }
            self.config.bastion_mcp_url = url;
        }
        if let Some(text) = gateway {
            self.config.gateway = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        }
        for (kept, given) in [
            (&mut self.api_key, api_key),
            (&mut self.gateway_token, gateway_token),
            (&mut self.llm_key, llm_key),
            (&mut self.bastion_mcp_token, bastion_mcp_token),
        ] {
            if let Some(text) = given {
                *kept = Some(text.trim().to_owned()).filter(|text| !text.is_empty()).map(SecretString::from);
            }
        }
        Ok(self)
    }
}

fn moved(old: &Option<Url>, new: &Option<Url>) -> bool {
    old.as_ref().map(Url::origin) != new.as_ref().map(Url::origin)
}

/// An address that may be called, or nothing for an empty text.
fn address(pointer: &str, text: &str) -> Result<Option<Url>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let url = Url::parse(text).ok().filter(|url| {
        matches!(url.scheme(), "http" | "https") && url.username().is_empty() && url.password().is_none()
    });
    url.map(Some).ok_or_else(|| {
        Error::field(
            pointer,
            "url",
            "Give an address such as https://archestra.example:9000, without a password.",
        )
    })
}

/// What is kept for the organization, with its secrets.
pub(crate) async fn kept(tx: &impl Reads) -> Result<Kept, Error> {
    let Some(found) = store::connection::find(tx, KIND).await? else { return Ok(Kept::default()) };
    let config = serde_json::from_value(found.config)
        .map_err(|error| Error::Internal(format!("a connection's settings are unreadable: {error}")))?;
    Ok(Kept {
        config,
        api_key: open(tx, found.id, "api_key").await?,
        gateway_token: open(tx, found.id, "gateway_token").await?,
        llm_key: open(tx, found.id, "llm_key").await?,
        bastion_mcp_token: open(tx, found.id, "bastion_mcp_token").await?,
    })
}

async fn open(tx: &impl Reads, id: ConnectionId, purpose: &str) -> Result<Option<SecretString>, Error> {
    let opened = secret::open(tx, SUBJECT, id.0, purpose).await?;
    Ok(opened.map(|text| SecretString::from(text.as_str().to_owned())))
}

/// The settings as they are shown: of each secret only whether it is set, and its end.
pub(crate) async fn settings(tx: &impl Reads) -> Result<OrganizationSettings, Error> {
    let keys = key::report(tx).await?;
    let mut settings = OrganizationSettings {
        data_key_version: keys.data_key_version,
        secrets: keys.secrets,
        secrets_on_old_key: keys.secrets_on_old_key,
        re_encrypting: keys.running,
        ..OrganizationSettings::default()
    };
    let Some(found) = store::connection::find(tx, KIND).await? else { return Ok(settings) };
    let config: Config = serde_json::from_value(found.config)
        .map_err(|error| Error::Internal(format!("a connection's settings are unreadable: {error}")))?;
    settings.api_key = secret::view(tx, SUBJECT, found.id.0, "api_key").await?;
    settings.gateway_token = secret::view(tx, SUBJECT, found.id.0, "gateway_token").await?;
    settings.llm_key = secret::view(tx, SUBJECT, found.id.0, "llm_key").await?;
    settings.bastion_mcp_token = secret::view(tx, SUBJECT, found.id.0, "bastion_mcp_token").await?;
    let gateway = settings.api_key.set || settings.gateway_token.set;
    settings.ready = (config.archestra_url.is_some() && gateway) || config.bastion_mcp_url.is_some();
    settings.archestra_url = config.archestra_url.map(String::from);
    settings.gateway = config.gateway;
    settings.bastion_mcp_url = config.bastion_mcp_url.map(String::from);
    Ok(settings)
}

/// Keeps how the organization's databases are reached.
///
/// # Errors
/// [`Error::Invalid`] when an address does not fit or what is kept would not suffice to scan, an error of the
/// connector when the address may not be called.
pub async fn setup(
    context: &Context,
    scope: &Scope<ConnectionManage>,
    input: Setup,
) -> Result<Organization, Error> {
    let now = context.now();
    let tx = context.store.write(scope.tenant()).await?;
    store::organization::lock(&tx).await?;
    let names_agent = input.bastion_mcp_url.is_some();
    let kept = kept(&tx).await?.with(input)?;
    if !kept.is_ready() {
        return Err(Error::field(
            "/archestra_url",
            "required",
            "Give archestra_url with api_key or gateway_token, or bastion_mcp_url.",
        ));
    }
    // Nothing is dialled; an address that may not be called is refused before it is kept.
    context.connector.agent(&kept.way()?)?;
    keep(&tx, &kept, now).await?;
    let detail = json!({
        "config": kept.config,
        "secrets": kept.secrets().map(|(purpose, secret)| json!({"purpose": purpose, "set": secret.is_some()})),
    });
    audit::record(&tx, scope, now, "connection.changed", KIND, detail).await?;
    let entry = activity::Entry {
        kind: "connection.changed",
        message: format!("{} changed the connection", scope.actor().name()),
        link: Some("/dashboard/settings".to_owned()),
        source: None,
    };
    activity::record(&tx, scope.actor(), now, entry).await?;
    if let Some(url) = kept.config.bastion_mcp_url.as_ref().filter(|_| names_agent) {
        monitor(context, &tx, scope, url, now).await?;
    }
    let row = organization::present(&tx, scope.org()).await?;
    let view = organization::view(context, &tx, row).await?;
    tx.commit().await?;
    context.hub.publish(scope.org(), Topic::Activity);
    Ok(view)
}

/// Adds the agent's database as a source, unless it is one already. Its token is the connection's.
async fn monitor(
    context: &Context,
    tx: &WriteTx,
    scope: &Scope<ConnectionManage>,
    url: &Url,
    now: Timestamp,
) -> Result<(), Error> {
    let sources = store::source::list(tx).await?;
    if sources.iter().any(|source| source.url.as_deref() == Some(url.as_str())) {
        return Ok(());
    }
    let taken = |name: &str| sources.iter().any(|source| source.name == name);
    let name = match taken("database") {
        true => format!("database-{}", sources.len() + 1),
        false => "database".to_owned(),
    };
    let source = CreateSource {
        name,
        transport: Transport::Direct,
        url: Some(url.to_string()),
        token: None,
        agent_source: None,
        tool_prefix: None,
        schedule: Schedule::default(),
    };
    source::create_in(context, tx, scope, source, now).await?;
    Ok(())
}

/// The default connection, which is made where nothing is kept yet.
pub(crate) async fn present(tx: &WriteTx, now: Timestamp) -> Result<ConnectionId, Error> {
    match store::connection::find(tx, KIND).await? {
        Some(found) => Ok(found.id),
        None => put(tx, &Config::default(), now).await,
    }
}

async fn put(tx: &WriteTx, config: &Config, now: Timestamp) -> Result<ConnectionId, Error> {
    let config = serde_json::to_value(config).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(store::connection::put(tx, KIND, config, now).await?)
}

async fn keep(tx: &WriteTx, kept: &Kept, now: Timestamp) -> Result<(), Error> {
    let id = put(tx, &kept.config, now).await?;
    for (purpose, value) in kept.secrets() {
        match value {
            Some(value) => secret::put(tx, SUBJECT, id.0, purpose, value.expose_secret(), now).await?,
            None => secret::clear(tx, SUBJECT, id.0, purpose).await?,
        };
    }
    Ok(())
}

/// Tries what is kept, changed by `input` without keeping it, rung by rung.
///
/// # Errors
/// [`Error::NotConfigured`] when there is nothing to try. A rung that breaks is no error but in the report.
pub async fn test(
    context: &Context,
    scope: &Scope<ConnectionManage>,
    input: TestConnection,
) -> Result<ConnectionReport, Error> {
    let TestConnection { setup, source } = input;
    if let Some(id) = source {
        return source::test(context, &scope.also()?, &id.to_string()).await;
    }
    let tx = context.store.read(scope.tenant()).await?;
    let kept = kept(&tx).await?;
    drop(tx);
    let trial = setup.is_some();
    let way = kept.with(setup.unwrap_or_default())?.way()?;
    let report = context.connector.test(Probe { way, agent_source: None }).await;
    if !trial {
        note(context, scope, &report).await?;
    }
    Ok(report)
}

async fn note(
    context: &Context,
    scope: &Scope<ConnectionManage>,
    report: &ConnectionReport,
) -> Result<(), Error> {
    let failed = report.steps.iter().find(|step| step.status == "failed").map(|step| step.detail.as_str());
    let tx = context.store.write(scope.tenant()).await?;
    if let Some(found) = store::connection::find(&tx, KIND).await? {
        store::connection::set_status(&tx, found.id, failed).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept_for(url: &str) -> Kept {
        let setup = Setup {
            archestra_url: Some(url.to_owned()),
            api_key: Some("secret".to_owned()),
            ..Setup::default()
        };
        Kept::default().with(setup).unwrap()
    }

    #[test]
    fn a_secret_does_not_follow_an_address_to_another_server() {
        let kept = kept_for("https://archestra.example");
        let elsewhere = Setup { archestra_url: Some("https://evil.example".to_owned()), ..Setup::default() };
        assert!(kept.clone().with(elsewhere).unwrap().api_key.is_none());
        let path =
            Setup { archestra_url: Some("https://archestra.example/base".to_owned()), ..Setup::default() };
        assert!(kept.with(path).unwrap().api_key.is_some());
    }

    #[test]
    fn a_missing_field_stays_and_an_empty_one_clears() {
        let kept = kept_for("https://archestra.example");
        assert!(kept.clone().with(Setup::default()).unwrap().is_ready());
        let cleared = Setup { api_key: Some(String::new()), ..Setup::default() };
        assert!(!kept.with(cleared).unwrap().is_ready());
    }

    #[test]
    fn an_address_with_a_password_or_another_scheme_is_refused() {
        for text in ["ftp://a.example", "https://user:pass@a.example", "a.example", "file:///etc/passwd"] {
            assert!(address("/archestra_url", text).is_err(), "{text}");
        }
    }
}
