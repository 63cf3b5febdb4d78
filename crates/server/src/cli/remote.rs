//! A Bastion elsewhere, asked over its API with a key.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use url::Url;

use super::Exit;
use super::judge::bytes;

/// Longest message of another program or server that is passed on.
const LONGEST_MESSAGE: usize = 500;
/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server and the key to it.
pub(super) struct Remote<'a> {
    server: &'a Url,
    key: String,
    client: reqwest::Client,
}

impl<'a> Remote<'a> {
    pub(super) fn new(server: &'a Url, key_file: &Path) -> Result<Self, Exit> {
        let key = String::from_utf8(bytes(key_file)?)
            .map_err(|_| Exit::usage(format!("{} holds no API key.", key_file.display())))?;
        // Whoever installed one before is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().timeout(PATIENCE).build();
        Ok(Self { server, key, client: client.map_err(|error| unreachable(server, error))? })
    }

    /// The body of a successful answer.
    pub(super) async fn get(&self, path: &[&str], query: &[(&str, Option<&str>)]) -> Result<Vec<u8>, Exit> {
        let unreachable = |error| unreachable(self.server, error);
        let mut url = self.server.clone();
        url.path_segments_mut()
            .map_err(|()| Exit::usage("The server's address has to start with http:// or https://."))?
            .pop_if_empty()
            .extend(path);
        for (name, value) in query {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        let request = self.client.get(url).bearer_auth(self.key.trim());
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(unreachable)?;
        if !status.is_success() {
            let problem: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
            let detail =
                problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or("no reason given");
            let (server, status) = (self.server, status.as_u16());
            return Err(Exit::usage(format!("{server} answers {status}: {}", one_line(detail))));
        }
        Ok(body.to_vec())
    }

    /// The answer makes no sense.
    pub(super) fn unreadable(&self, why: &impl fmt::Display) -> Exit {
        Exit::usage(format!("What {} answers is {}.", self.server, one_line(&why.to_string())))
    }
}

fn unreachable(server: &Url, error: reqwest::Error) -> Exit {
    // The address is the user's own; the error's may hold more than it.
    let why = error.without_url().to_string();
    Exit::usage(format!("{server} does not answer: {}.", one_line(&why)))
}

/// The text of another program or server, without control characters and not too much of it.
pub(super) fn one_line(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_is_one_short_line() {
        assert_eq!(one_line(" a\n\u{1b}[31mb\tc "), "a [31mb c");
        assert_eq!(one_line(&"x".repeat(1_000)).len(), LONGEST_MESSAGE);
    }
}
