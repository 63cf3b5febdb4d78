//! `bastion check-config` and `bastion doctor`.

use service::Redis;

use super::exit::print;
use super::serve::make_data_dir;
use super::{Exit, migrate, open, open_as, open_to_look};
use crate::config::Config;
use crate::ui::Ui;

/// Says what the configuration leads to, without secrets.
pub(super) fn config(config: &Config) -> Result<(), Exit> {
    let database = if config.is_embedded() { "SQLite, embedded" } else { "PostgreSQL" };
    let ui = match &config.ui {
        #[cfg(feature = "embed-ui")]
        Ui::Embedded => "embedded".to_owned(),
        Ui::Folder(folder) => folder.display().to_string(),
        Ui::Off => "off".to_owned(),
    };
    let mail = match &config.mail {
        Some(mail) => format!("{:?}", mail.server),
        None => "none, links are logged".to_owned(),
    };
    let redis = match &config.redis {
        Some(server) => format!("{server:?}"),
        None => "none, each server counts for itself".to_owned(),
    };
    let clerk = config.clerk.as_ref().map_or("off", |clerk| clerk.issuer.as_str());
    let metrics = config.metrics_listen.map_or_else(|| "off".to_owned(), |address| address.to_string());
    print(&format!(
        "The configuration works.\n  database    {database}\n  data        {}\n  listen      {}\n  \
         metrics     {metrics}\n  public URL  {}\n  interface   {ui}\n  mail        {mail}\n  redis       {redis}\n  \
         clerk       {clerk}",
        config.data_dir.display(),
        config.listen,
        config.public_url,
    ))?;
    config.warnings.iter().try_for_each(|warning| print(&format!("warning: {warning}")))
}

/// Looks whether the server would start: every check is named, the first that fails is explained.
pub(super) async fn doctor(config: &Config) -> Result<(), Exit> {
    self::config(config)?;
    if config.is_embedded() {
        make_data_dir(config)?;
        tempfile::tempfile_in(&config.data_dir).map_err(|error| {
            Exit::failed(format!("{} cannot be written: {error}.", config.data_dir.display()))
        })?;
        print("ok  the data folder can be written")?;
    }
    let url = config.database.owner_url.as_deref().unwrap_or(&config.database.url);
    let pending = migrations::status(url).await?.into_iter().filter(|entry| !entry.applied).count();
    if pending > 0 {
        return Err(Exit::failed(format!("{pending} migrations are pending: run `bastion migrate up`.")));
    }
    let behind = migrate::behind(config).await?;
    if behind > 0 {
        return Err(Exit::failed(format!(
            "The schemas of {behind} organizations are behind: run `bastion migrate up --all`."
        )));
    }
    print("ok  the tables are up to date")?;
    open(config).await?.ping().await?;
    print("ok  the database answers, its role is safe and the master key fits")?;
    if let Some(url) = &config.job_url {
        open_as(config, &config.database_as(url)).await?.ping().await?;
        print("ok  the role that does jobs is safe")?;
    }
    if config.staff_url.is_some() {
        open_to_look(config).await?.ping().await?;
        print("ok  the role that looks is safe")?;
    }
    let Some(server) = config.redis.clone() else { return Ok(()) };
    // The server starts without it.
    match Redis::new(server).check().await {
        Ok(()) => print("ok  Redis answers"),
        Err(reason) => print(&format!(
            "warning: Redis does not answer ({reason}): until it does, each server counts requests and sign-ins for itself"
        )),
    }
}
