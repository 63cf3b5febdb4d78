//! Sources from environment variables.

use std::collections::BTreeMap;

use url::Url;

use super::{Source, SourceError};

pub(super) fn sources(
    variables: impl IntoIterator<Item = (String, String)>,
) -> Result<Vec<Source>, SourceError> {
    let variables: BTreeMap<String, String> =
        variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let mut sources: Vec<Source> = Vec::new();
    for (variable, value) in &variables {
        let Some(rest) = variable.strip_prefix("BASTION_SOURCE_") else { continue };
        let (name, url) = if let Some(name) = rest.strip_suffix("_URL_FILE") {
            (name, read(variable, value)?)
        } else if let Some(name) = rest.strip_suffix("_URL") {
            (name, value.clone())
        } else {
            continue;
        };
        let name = name.to_ascii_lowercase();
        if sources.iter().any(|source| source.name() == name) {
            return Err(SourceError::Twice(name));
        }
        sources.push(Source::parse(&name, &url)?);
    }
    if let Some(engine) = variables.get("DB_ENGINE") {
        sources.push(single(engine, &variables)?);
    }
    Ok(sources)
}

/// The one database of `DB_ENGINE`, `DB_HOST`, `DB_PORT`, `DB_NAME`, `DB_USER` and `DB_PASSWORD[_FILE]`.
fn single(engine: &str, variables: &BTreeMap<String, String>) -> Result<Source, SourceError> {
    let missing = |variable: &str| SourceError::Environment {
        variable: variable.into(),
        reason: format!("is needed beside DB_ENGINE={}", crate::error::quoted(engine)),
    };
    let get = |variable: &str| variables.get(variable).ok_or_else(|| missing(variable));
    let url = match engine.to_ascii_lowercase().as_str() {
        "sqlite" => format!("sqlite:{}", get("DB_NAME")?),
        "postgres" | "postgresql" | "mysql" | "mariadb" => {
            let wrong = |variable: &str| SourceError::Environment {
                variable: variable.into(),
                reason: "is not valid in an address".into(),
            };
            let mut url = Url::parse(&format!("{}://host", engine.to_ascii_lowercase()))
                .map_err(|_| wrong("DB_ENGINE"))?;
            url.set_host(Some(get("DB_HOST")?)).map_err(|_| wrong("DB_HOST"))?;
            if let Some(port) = variables.get("DB_PORT") {
                let port = port.parse().map_err(|_| wrong("DB_PORT"))?;
                url.set_port(Some(port)).map_err(|()| wrong("DB_PORT"))?;
            }
            url.set_username(get("DB_USER")?).map_err(|()| wrong("DB_USER"))?;
            let password = match (variables.get("DB_PASSWORD"), variables.get("DB_PASSWORD_FILE")) {
                (Some(password), _) => Some(password.clone()),
                (None, Some(file)) => Some(read("DB_PASSWORD_FILE", file)?),
                (None, None) => None,
            };
            url.set_password(password.as_deref()).map_err(|()| wrong("DB_PASSWORD"))?;
            url.path_segments_mut().map_err(|()| wrong("DB_NAME"))?.push(get("DB_NAME")?);
            if let Some(mode) = variables.get("DB_SSLMODE") {
                url.query_pairs_mut().append_pair("sslmode", mode);
            }
            url.into()
        }
        other => format!("{}:", crate::error::quoted(other)),
    };
    Source::parse("default", &url)
}

fn read(variable: &str, path: &str) -> Result<String, SourceError> {
    let text = std::fs::read_to_string(path).map_err(|error| SourceError::Environment {
        variable: variable.into(),
        reason: format!("the file cannot be read: {}", error.kind()),
    })?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
