//! `bastion suspend`, `bastion reactivate` and `bastion limits`.

use std::str::FromStr;

use clap::Args;
use types::organization::PlanLimits;

use super::exit::print;
use super::serve::prepare;
use super::{Exit, log, open_to_look};
use crate::config::Config;

/// Lets nobody of an organization in, and nothing of it run.
pub(super) async fn suspend(config: &Config, organization: &str, reason: &str) -> Result<(), Exit> {
    log::start(config);
    let context = prepare(config, None).await?;
    let name = service::organization::suspend(&context, organization, reason).await?;
    print(&format!(
        "{name} is suspended: its members and programs are refused with the reason, its scans are cancelled and its jobs \
         wait. Nothing is lost. `bastion reactivate {organization}` ends it."
    ))
}

/// Ends a suspension.
pub(super) async fn reactivate(config: &Config, organization: &str) -> Result<(), Exit> {
    log::start(config);
    let context = prepare(config, None).await?;
    let name = service::organization::reactivate(&context, organization).await?;
    print(&format!("{name} is active, and its jobs go on."))
}

/// How much an organization may have. What is not named stays as it is.
#[derive(Args)]
pub(super) struct Limits {
    /// Its slug or id
    organization: String,
    /// The most members, or `none` for as many as it likes
    #[arg(long, value_name = "NUMBER")]
    members: Option<Most>,
    /// The most sources, or `none`
    #[arg(long, value_name = "NUMBER")]
    sources: Option<Most>,
    /// The most API keys that can be used, or `none`
    #[arg(long, value_name = "NUMBER")]
    api_keys: Option<Most>,
    /// The most requests a minute of all its people and programs together, or `none`
    #[arg(long, value_name = "NUMBER", value_parser = at_least_one)]
    requests_per_minute: Option<Most>,
}

impl Limits {
    fn are_only_asked_for(&self) -> bool {
        [self.members, self.sources, self.api_keys, self.requests_per_minute].iter().all(Option::is_none)
    }

    fn change(&self, before: PlanLimits) -> PlanLimits {
        let chosen = |most: Option<Most>, before| most.map_or(before, |most| most.0);
        PlanLimits {
            members: chosen(self.members, before.members),
            sources: chosen(self.sources, before.sources),
            api_keys: chosen(self.api_keys, before.api_keys),
            requests_per_minute: chosen(self.requests_per_minute, before.requests_per_minute),
        }
    }
}

/// A number, or no limit.
#[derive(Clone, Copy)]
struct Most(Option<u32>);

impl FromStr for Most {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self(None)),
            number => number
                .parse()
                .ok()
                .filter(|most| *most <= MOST)
                .map(|most| Self(Some(most)))
                .ok_or_else(|| format!("write a number from 0 to {MOST}, or none")),
        }
    }
}

/// Whom nothing is to be answered is suspended.
fn at_least_one(text: &str) -> Result<Most, String> {
    match text.parse()? {
        Most(Some(0)) => {
            Err(format!("write a number from 1 to {MOST}, or none; `bastion suspend` lets nobody in"))
        }
        most => Ok(most),
    }
}

/// The highest limit.
const MOST: u32 = 1_000_000;

/// Says how much an organization may have.
pub(super) async fn limit(config: &Config, limits: Limits) -> Result<(), Exit> {
    log::start(config);
    let (name, held) = if limits.are_only_asked_for() {
        service::organization::limits(&open_to_look(config).await?, &limits.organization).await?
    } else {
        let context = prepare(config, None).await?;
        service::organization::limit(&context, &limits.organization, |before| limits.change(before)).await?
    };
    let shown =
        |most: Option<u32>| most.map_or_else(|| "as many as it likes".to_owned(), |most| most.to_string());
    print(&format!(
        "{name} may have: members {}, sources {}, API keys {}, requests a minute {}. What it has beyond that stays.",
        shown(held.members),
        shown(held.sources),
        shown(held.api_keys),
        shown(held.requests_per_minute)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_or_none_and_what_is_not_named_stays() {
        let most = |text: &str| text.parse::<Most>().ok().map(|most| most.0);
        assert_eq!(most("20"), Some(Some(20)));
        assert_eq!(most("none"), Some(None));
        for text in ["", "-1", "many", "1000001"] {
            assert_eq!(most(text), None, "{text}");
        }
        assert!(at_least_one("0").is_err() && at_least_one("1").is_ok() && at_least_one("none").is_ok());
        let before =
            PlanLimits { members: Some(5), sources: Some(2), api_keys: None, requests_per_minute: Some(600) };
        let limits = Limits {
            organization: "acme".to_owned(),
            members: Some(Most(None)),
            sources: None,
            api_keys: Some(Most(Some(3))),
            requests_per_minute: None,
        };
        let after = PlanLimits { members: None, api_keys: Some(3), ..before };
        assert_eq!(limits.change(before), after);
    }
}
