//! What a column's values look like, without the values.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The value below which a part of the values lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Quantile {
    /// The part, 0 to 1: 0.5 is the median.
    pub rank: f64,
    /// A number, or a time as text.
    pub value: Value,
}

/// How long texts are, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Lengths {
    pub min: u64,
    pub max: u64,
    pub mean: f64,
}

/// A frequent value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct TopValue {
    /// The value itself; missing unless the agent's owner lets values out and the caller asked for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// What it looks like: see [`Shape`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    /// Among the rows read; a lower bound where the column was sketched.
    pub count: u64,
    /// count / non-null × 100.
    pub percent: f64,
}

/// What a part of the texts look like: `A` and `a` stand for letters, `9` for digits, `+` for more of the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Shape {
    /// Such as `a+@a+.a+`.
    pub shape: String,
    /// Of the texts looked at, in percent.
    pub percent: f64,
}

/// What the values of a column mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
pub struct Semantics {
    pub semantic_type: SemanticType,
    pub pii: PiiClass,
    pub confidence: Confidence,
    /// Names of the rules that spoke for it, such as `name:email` and `pattern:email`; never a value.
    #[serde(default)]
    pub evidence: Vec<String>,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SemanticType {
    Identifier,
    Category,
    Flag,
    Quantity,
    Money,
    Time,
    FreeText,
    Document,
    PersonName,
    Email,
    Phone,
    Address,
    PostalCode,
    Place,
    Country,
    Coordinate,
    BirthDate,
    Gender,
    NationalId,
    PaymentCard,
    BankAccount,
    Password,
    ApiKey,
    IpAddress,
    MacAddress,
    Uuid,
    Url,
    Health,
    Unknown,
}

/// Whose business the values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum PiiClass {
    /// Nobody's in particular.
    None,
    /// Points at one person: a name, an address, an identity number.
    Direct,
    /// Narrows down who it is: a birth date, a place.
    Indirect,
    /// Opens something: a password, a key.
    Secret,
    Health,
    Finance,
}

/// How sure a judgement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "mcp", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The name alone says so.
    Low,
    /// The values have the form.
    Medium,
    /// The values pass a checksum, or name and form agree.
    High,
}
