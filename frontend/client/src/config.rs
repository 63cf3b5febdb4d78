//! Where the API is.

use serde::Deserialize;

/// `config.json` beside `index.html`. Missing or unreadable: the API is where the page came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Config {
    /// The API's origin, such as `https://api.example.com`; empty for the page's own.
    #[serde(default)]
    pub api: String,
}

impl Config {
    /// Reads `/config.json`.
    pub async fn load() -> Self {
        let Ok(response) = gloo_net::http::Request::get("/config.json").send().await else {
            return Self::default();
        };
        if !response.ok() {
            return Self::default();
        }
        let Ok(text) = response.text().await else {
            return Self::default();
        };
        serde_json::from_str(&text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_without_an_address_means_the_same_origin() {
        assert_eq!(serde_json::from_str::<Config>("{}").unwrap(), Config::default());
    }
}
