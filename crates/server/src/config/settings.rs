//! Reading and checking the settings.

use std::path::PathBuf;

use service::{Settings, SignUpRule};
use url::Url;

use super::address::{dns_server, egress, listen, metrics_listen, public_url, trusted_proxies};
use super::clerk::clerk;
use super::database::{database, is_sqlite, roles};
use super::interface::ui;
use super::key::master_key;
use super::log::{log, log_format};
use super::mail::mail;
use super::rate_limit::rate_limits;
use super::redis::redis;
use super::{Config, Fault, Role, Variables};

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

/// The configuration.
///
/// # Errors
/// Every fault that there is.
pub fn load(flags: &Flags, mut variables: Variables) -> Result<Config, Vec<Fault>> {
    let data_dir =
        variables.text(flags.data_dir.as_deref(), "BASTION_DATA_DIR").unwrap_or_else(|| "data".to_owned());
    let data_dir = PathBuf::from(data_dir);
    let database = database(flags, &mut variables, &data_dir);
    let [job_url, staff_url] = roles(&database, &mut variables);
    let master_key = master_key(&mut variables, &data_dir, is_sqlite(&database.url));
    let role = role(flags, &mut variables, is_sqlite(&database.url));
    let listen = listen(flags, &mut variables);
    let metrics_listen = metrics_listen(&mut variables, listen);
    let public = public_url(flags, &mut variables, listen);
    let egress = egress(&mut variables, listen.ip().is_loopback() && public.is_none());
    let trusted_proxies = trusted_proxies(&mut variables);
    let dns_server = dns_server(&mut variables);
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
    let (log, log_format) = (log(&mut variables), log_format(&mut variables));
    let rate_limits = rate_limits(&mut variables);
    let redis = redis(&mut variables);
    let mail = mail(&mut variables);
    let public_url = public.or_else(|| Url::parse(&format!("http://{listen}")).ok());
    let clerk = public_url.as_ref().and_then(|own| clerk(&mut variables, own));
    match (public_url, master_key) {
        (Some(public_url), Some(master_key)) if variables.faults.is_empty() => Ok(Config {
            role,
            data_dir,
            database,
            job_url,
            staff_url,
            master_key,
            listen,
            metrics_listen,
            public_url,
            trusted_proxies,
            dns_server,
            sign_up,
            deletion_grace_days,
            egress,
            ui,
            log,
            log_format,
            rate_limits,
            redis,
            mail,
            clerk,
            warnings: variables.without_effect(),
        }),
        _ => Err(variables.faults),
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
            ("BASTION_METRICS_LISTEN", "9090"),
            ("BASTION_PUBLIC_URL", "http://bastion.example"),
            ("BASTION_SIGN_UP", "maybe"),
            ("BASTION_DELETION_GRACE_DAYS", "0"),
            ("BASTION_EGRESS_ALLOW", "10.0.0.0/8, what is this"),
            ("BASTION_TRUSTED_PROXIES", "proxy"),
            ("BASTION_DNS_SERVER", "9.9.9.9"),
            ("BASTION_LOG_FORMAT", "xml"),
            ("BASTION_RATE_LIMIT", "many"),
            ("BASTION_REDIS_URL", "rediss://:hunter2@redis#insecure"),
            ("BASTION_SMTP_URL", "smtp://bastion:hunter2@mail?tls=none"),
            ("BASTION_MAIL_FROM", "nobody"),
            ("BASTION_CLERK_PUBLISHABLE_KEY", "pk_test_hunter2"),
            ("BASTION_CLERK_SECRET_KEY", "hunter2"),
            ("BASTION_DATABASE_OWNER_URL_FILE", "/nowhere/at/all"),
            ("BASTION_DATABASE_JOB_URL", "mysql://job:hunter2@db/x"),
            ("BASTION_DATABASE_STAFF_URL_FILE", "/nowhere/at/all"),
        ])
        .err()
        .unwrap();
        let settings: Vec<_> = faults.iter().map(|fault| fault.setting).collect();
        assert_eq!(
            settings,
            [
                "BASTION_DATABASE_URL",
                "BASTION_DATABASE_OWNER_URL",
                "BASTION_DATABASE_JOB_URL",
                "BASTION_DATABASE_STAFF_URL",
                "BASTION_MASTER_KEY",
                "BASTION_LISTEN",
                "BASTION_METRICS_LISTEN",
                "BASTION_PUBLIC_URL",
                "BASTION_EGRESS_ALLOW",
                "BASTION_TRUSTED_PROXIES",
                "BASTION_DNS_SERVER",
                "BASTION_SIGN_UP",
                "BASTION_DELETION_GRACE_DAYS",
                "BASTION_LOG_FORMAT",
                "BASTION_RATE_LIMIT",
                "BASTION_REDIS_URL",
                "BASTION_SMTP_URL",
                "BASTION_MAIL_FROM",
                "BASTION_CLERK_PUBLISHABLE_KEY",
                "BASTION_CLERK_SECRET_KEY",
                "BASTION_CLERK_ISSUER",
            ]
        );
        let text: String = faults.iter().map(ToString::to_string).collect();
        assert!(!text.contains("hunter2") && !text.contains("c2hvcnQ"), "{text}");
    }

    #[test]
    fn what_is_set_without_effect_is_named_and_what_belongs_to_the_agent_is_not() {
        let config = read(&[
            ("BASTION_JAEGER_URL_FILE", "/run/secrets/jaeger"),
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
                "BASTION_JAEGER_URL_FILE is not supported by this version and has no effect.",
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
            (
                vec![
                    postgres,
                    ("BASTION_MASTER_KEY", key),
                    ("BASTION_DATABASE_JOB_URL", "postgres://job@db/bastion"),
                ],
                None,
            ),
            (
                vec![
                    postgres,
                    ("BASTION_MASTER_KEY", key),
                    ("BASTION_DATABASE_JOB_URL", "postgres://bastion@db/bastion"),
                ],
                Some("BASTION_DATABASE_JOB_URL"),
            ),
            (
                vec![("BASTION_DATABASE_STAFF_URL", "postgres://staff@db/bastion")],
                Some("BASTION_DATABASE_STAFF_URL"),
            ),
            (vec![("BASTION_LISTEN", "0.0.0.0:80")], Some("BASTION_PUBLIC_URL")),
            (vec![("BASTION_LISTEN", "0.0.0.0:80"), ("BASTION_PUBLIC_URL", "https://a.example")], None),
            (vec![("BASTION_PUBLIC_URL", "http://localhost:8080")], None),
            (vec![("BASTION_METRICS_LISTEN", "127.0.0.1:8080")], Some("BASTION_METRICS_LISTEN")),
            (vec![("BASTION_METRICS_LISTEN", "[::1]:9090")], None),
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
