//! Access to a language model.

use serde::{Deserialize, Serialize};

use crate::organization::SecretView;

/// Answer of `GET` and `PUT /api/org/ai`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AiSettings {
    /// The key by which a language model is asked, the one that `POST /api/org/setup` takes as well. It is kept sealed; no
    /// model is asked by this version.
    pub llm_key: SecretView,
}

/// Body of `PUT /api/org/ai`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetAi {
    /// Takes the place of the key that is kept; at most 1,000 characters. An empty text removes it.
    pub llm_key: String,
}
