//! Reading and checking the settings.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;
use service::{EgressPolicy, Settings, SignUpRule};
use store::MasterKeys;
use url::{Host, Url};

use super::mail::mail;
use super::{Config, Fault, LogFormat, MasterKeySource, Role, Variables, key};
use crate::rate_limit::Limits;
use crate::ui::Ui;

/// Settings on the command line, which win over the environment.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Flags {
    /// The folder for the embedded database and its key [BASTION_DATA_DIR; default: data]
    #[arg(long = "data", value_name = "DIR", global = true)]
    pub data_dir: Option<String>,
    /// `sqlite://PATH` or `postgres://…` [BASTION_DATABASE_URL]
    #[arg(long, value_name = "URL", global = true)]
    pub database_url: Option<String>,
    /// Where to listen [BASTION_LISTEN; default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS", global = true)]
    pub listen: Option<String>,
    /// Where people reach the server [BASTION_PUBLIC_URL]
    #[arg(long, value_name = "URL", global = true)]
    pub public_url: Option<String>,
    /// `all`, `api` or `worker`
    #[arg(long, value_name = "ROLE", global = true)]
    pub role: Option<String>,
    /// `embedded`, `off` or a folder [BASTION_UI]
    #[arg(long, value_name = "UI", global = true)]
    pub ui: Option<String>,
    /// Development: lets a database role through that could bypass row-level security
    #[arg(long, global = true)]
    pub dev: bool,
}

/// What is logged unless told otherwise: libraries tell of each call what we tell ourselves.
const LOG: &str = "info,rmcp=warn,actix_server=warn,sea_orm_migration=warn";
/// The most connections to the database.
const CONNECTIONS: u32 = 10;

/// The configuration.
///
/// # Errors
/// Every fault that there is.
pub fn load(flags: &Flags, mut variables: Variables) -> Result<Config, Vec<Fault>> {
    let data_dir =
        variables.text(flags.data_dir.as_deref(), "BASTION_DATA_DIR").unwrap_or_else(|| "data".to_owned());
    let data_dir = PathBuf::from(data_dir);
    let database = database(flags, &mut variables, &data_dir);
    let master_key = master_key(&mut variables, &data_dir, is_sqlite(&database.url));
    let role = role(flags, &mut variables, is_sqlite(&database.url));
    let listen = variables
        .parsed(flags.listen.as_deref(), "BASTION_LISTEN", "an address such as 127.0.0.1:8080", |text| {
            text.parse().ok()
        })
        .unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
    let public = public_url(flags, &mut variables, listen);
    let egress = egress(&mut variables, listen.ip().is_loopback() && public.is_none());
    let trusted_proxies = variables
        .parsed(None, "BASTION_TRUSTED_PROXIES", "networks such as 10.0.0.0/8,192.168.1.7/32", |text| {
            text.split(',').map(|net| net.trim().parse().ok()).collect::<Option<Vec<_>>>()
        })
        .unwrap_or_default();
    let sign_up = variables
        .parsed(None, "BASTION_SIGN_UP", "open, first or invite", |text| match text {
            "open" => Some(SignUpRule::Open),
            "first" => Some(SignUpRule::First),
            "invite" => Some(SignUpRule::Invite),
            _ => None,
        })
        .unwrap_or(SignUpRule::Open);
    let deletion_grace_days = variables
        .parsed(None, "BASTION_DELETION_GRACE_DAYS", "1 to 3650 days", |text| {
            text.parse().ok().filter(|days| (1..=3650).contains(days))
        })
        .unwrap_or(Settings::DELETION_GRACE_DAYS);
    let ui = ui(flags, &mut variables);
    let log = variables
        .parsed(None, "BASTION_LOG", "a filter such as info or info,store=debug", |text| {
            tracing_subscriber::EnvFilter::try_new(text).ok().map(|_| text.to_owned())
        })
        .unwrap_or_else(|| LOG.to_owned());
    let log_format = variables
        .parsed(None, "BASTION_LOG_FORMAT", "text or json", |text| match text {
            "text" => Some(LogFormat::Text),
            "json" => Some(LogFormat::Json),
            _ => None,
        })
        .unwrap_or(LogFormat::Text);
    let rate_limits = variables
        .parsed(
            None,
            "BASTION_RATE_LIMIT",
            "off, or requests a minute as read=1200,write=300,auth=60",
            |text| match text {
                "off" => Some(None),
                text => Limits::parse(text).map(Some),
            },
        )
        .unwrap_or_else(|| Some(Limits::default()));
    let mail = mail(&mut variables);
    let public_url = public.or_else(|| Url::parse(&format!("http://{listen}")).ok());
    match (public_url, master_key) {
        (Some(public_url), Some(master_key)) if variables.faults.is_empty() => Ok(Config {
            role,
            data_dir,
            database,
            master_key,
            listen,
            public_url,
            trusted_proxies,
            sign_up,
            deletion_grace_days,
            egress,
            ui,
            log,
            log_format,
            rate_limits,
            mail,
            warnings: variables.without_effect(),
        }),
        _ => Err(variables.faults),
    }
}

pub(super) fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

fn database(flags: &Flags, variables: &mut Variables, data_dir: &Path) -> store::Settings {
    let given = match &flags.database_url {
        Some(url) => {
            // Overruled, which is another thing than without effect.
            variables.overruled("BASTION_DATABASE_URL");
            Some(url.clone())
        }
        None => variables.secret("BASTION_DATABASE_URL").map(|url| url.expose_secret().to_owned()),
    };
    let url = given.unwrap_or_else(|| format!("sqlite://{}?mode=rwc", data_dir.join("bastion.db").display()));
    if !is_sqlite(&url) && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        variables
            .fault("BASTION_DATABASE_URL", "write sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE");
    }
    let owner_url = variables.secret("BASTION_DATABASE_OWNER_URL").map(|url| url.expose_secret().to_owned());
    store::Settings { url, owner_url, max_connections: CONNECTIONS, dev: flags.dev }
}

fn master_key(variables: &mut Variables, data_dir: &Path, sqlite: bool) -> Option<MasterKeySource> {
    const EXPECTED: &str = "it must be 32 bytes of base64; `openssl rand -base64 32` makes one";
    let mut decoded = |name| {
        let text = variables.secret(name)?;
        let key = key::decode(&text);
        if key.is_none() {
            variables.fault(name, EXPECTED);
        }
        key
    };
    let current = decoded("BASTION_MASTER_KEY");
    let previous = decoded("BASTION_MASTER_KEY_PREVIOUS");
    match current {
        Some(current) => Some(MasterKeySource::Given(MasterKeys { current, previous })),
        None if sqlite => Some(MasterKeySource::File { path: data_dir.join("master.key"), previous }),
        None => {
            if !variables.faults.iter().any(|fault| fault.setting == "BASTION_MASTER_KEY") {
                variables.fault("BASTION_MASTER_KEY", format!("PostgreSQL needs one: {EXPECTED}"));
            }
            None
        }
    }
}

fn role(flags: &Flags, variables: &mut Variables, sqlite: bool) -> Role {
    let role =
        variables.parsed(flags.role.as_deref(), "BASTION_ROLE", "all, api or worker", |text| match text {
            "all" => Some(Role::All),
            "api" => Some(Role::Api),
            "worker" => Some(Role::Worker),
            _ => None,
        });
    if role == Some(Role::Worker) && sqlite {
        variables.fault("BASTION_ROLE", "a worker of its own needs PostgreSQL: SQLite has one writer");
    }
    role.unwrap_or(Role::All)
}

/// Only on this machine may the cookie travel without TLS.
fn public_url(flags: &Flags, variables: &mut Variables, listen: SocketAddr) -> Option<Url> {
    const NAME: &str = "BASTION_PUBLIC_URL";
    let url = variables.parsed(
        flags.public_url.as_deref(),
        NAME,
        "an address such as https://bastion.example",
        |text| {
            let url = Url::parse(text).ok()?;
            (matches!(url.scheme(), "http" | "https") && url.host().is_some() && url.path() == "/")
                .then_some(url)
        },
    );
    match &url {
        Some(url) if url.scheme() == "http" && !is_loopback(url) => {
            variables.fault(NAME, "it must be https, unless it is this machine");
        }
        None if !listen.ip().is_loopback() && variables.text(flags.public_url.as_deref(), NAME).is_none() => {
            variables.fault(
                NAME,
                format!("say at which https address people reach a server that listens on {listen}"),
            );
        }
        _ => {}
    }
    url
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn egress(variables: &mut Variables, loopback: bool) -> EgressPolicy {
    const NAME: &str = "BASTION_EGRESS_ALLOW";
    let allow = variables.text(None, NAME).unwrap_or_default();
    EgressPolicy::parse(&allow, loopback).unwrap_or_else(|error| {
        variables.fault(NAME, error.to_string());
        EgressPolicy::default()
    })
}

fn ui(flags: &Flags, variables: &mut Variables) -> Ui {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[(&str, &str)]) -> Result<Config, Vec<Fault>> {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        load(&Flags { ui: Some("off".to_owned()), ..Flags::default() }, Variables::new(values))
    }

    #[test]
    fn without_any_setting_it_is_an_embedded_server_on_this_machine() {
        let config = read(&[]).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert!(config.is_embedded());
        assert!(config.listen.ip().is_loopback());
        assert_eq!(config.public_url.as_str(), "http://127.0.0.1:8080/");
    }

    #[test]
    fn every_fault_is_listed_at_once() {
        let faults = read(&[
            ("BASTION_DATABASE_URL", "mysql://root:hunter2@db/x"),
            ("BASTION_MASTER_KEY", "c2hvcnQ="),
            ("BASTION_LISTEN", "8080"),
            ("BASTION_PUBLIC_URL", "http://bastion.example"),
            ("BASTION_SIGN_UP", "maybe"),
            ("BASTION_DELETION_GRACE_DAYS", "0"),
            ("BASTION_EGRESS_ALLOW", "10.0.0.0/8, what is this"),
            ("BASTION_TRUSTED_PROXIES", "proxy"),
            ("BASTION_LOG_FORMAT", "xml"),
            ("BASTION_RATE_LIMIT", "many"),
            ("BASTION_SMTP_URL", "smtp://bastion:hunter2@mail?tls=none"),
            ("BASTION_MAIL_FROM", "nobody"),
            ("BASTION_DATABASE_OWNER_URL_FILE", "/nowhere/at/all"),
        ])
        .err()
        .unwrap();
        let settings: Vec<_> = faults.iter().map(|fault| fault.setting).collect();
        assert_eq!(
            settings,
            [
                "BASTION_DATABASE_URL",
                "BASTION_DATABASE_OWNER_URL",
                "BASTION_MASTER_KEY",
                "BASTION_LISTEN",
                "BASTION_PUBLIC_URL",
                "BASTION_EGRESS_ALLOW",
                "BASTION_TRUSTED_PROXIES",
                "BASTION_SIGN_UP",
                "BASTION_DELETION_GRACE_DAYS",
                "BASTION_LOG_FORMAT",
                "BASTION_RATE_LIMIT",
                "BASTION_SMTP_URL",
                "BASTION_MAIL_FROM",
            ]
        );
        let text: String = faults.iter().map(ToString::to_string).collect();
        assert!(!text.contains("hunter2") && !text.contains("c2hvcnQ"), "{text}");
    }

    #[test]
    fn what_is_set_without_effect_is_named_and_what_belongs_to_the_agent_is_not() {
        let config = read(&[
            ("BASTION_REDIS_URL_FILE", "/run/secrets/redis"),
            ("BASTION_SIGNUP", "open"),
            ("BASTION_OIDC_ISSUER", ""),
            ("BASTION_MCP_BIN", "/usr/bin/bastion-mcp"),
            ("BASTION_SOURCE_SHOP_URL", "sqlite:shop.db"),
            ("BASTION_MASTER_KEY_FILE", " "),
            ("BASTION_SIGN_UP", "first"),
        ])
        .unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!(
            config.warnings,
            [
                "BASTION_REDIS_URL_FILE is not supported by this version and has no effect.",
                "BASTION_SIGNUP is not supported by this version and has no effect.",
            ]
        );
    }

    #[test]
    fn each_rule_refuses_what_breaks_it() {
        let key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        let postgres = ("BASTION_DATABASE_URL", "postgres://bastion@db/bastion");
        for (values, fault) in [
            (vec![postgres], Some("BASTION_MASTER_KEY")),
            (vec![postgres, ("BASTION_MASTER_KEY", key), ("BASTION_ROLE", "worker")], None),
            (vec![("BASTION_ROLE", "worker")], Some("BASTION_ROLE")),
            (vec![("BASTION_LISTEN", "0.0.0.0:80")], Some("BASTION_PUBLIC_URL")),
            (vec![("BASTION_LISTEN", "0.0.0.0:80"), ("BASTION_PUBLIC_URL", "https://a.example")], None),
            (vec![("BASTION_PUBLIC_URL", "http://localhost:8080")], None),
            (vec![("BASTION_SMTP_URL", "smtps://mail.example")], Some("BASTION_MAIL_FROM")),
            (vec![("BASTION_MAIL_FROM", "bastion@example.org")], Some("BASTION_SMTP_URL")),
            (
                vec![("BASTION_SMTP_URL", "smtps://mail.example"), ("BASTION_MAIL_FROM", "a@example.org")],
                None,
            ),
            (
                vec![("BASTION_MASTER_KEY", key), ("BASTION_MASTER_KEY_FILE", "/x")],
                Some("BASTION_MASTER_KEY"),
            ),
        ] {
            let found = read(&values).err().map(|faults| faults[0].setting);
            assert_eq!(found, fault, "{values:?}");
        }
    }
}
