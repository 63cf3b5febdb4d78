//! Between columns and types: tables hold plain words, numbers and JSON; whatever does not read back is corrupt.

use sea_orm::prelude::Json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use types::Timestamp;

use crate::Error;

/// A point in time from its milliseconds.
pub(crate) fn time(millis: i64) -> Result<Timestamp, Error> {
    Timestamp::from_millis(millis).ok_or_else(|| Error::Corrupt(format!("{millis} is not a time")))
}

/// A missing time stays missing.
pub(crate) fn time_option(millis: Option<i64>) -> Result<Option<Timestamp>, Error> {
    millis.map(time).transpose()
}

/// An enumeration from its word in JSON.
pub(crate) fn word<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    serde_json::from_value(Json::String(text.to_owned())).map_err(|error| Error::Corrupt(error.to_string()))
}

/// A value from its JSON.
pub(crate) fn json<T: DeserializeOwned>(value: Json) -> Result<T, Error> {
    serde_json::from_value(value).map_err(|error| Error::Corrupt(error.to_string()))
}

/// A value's JSON.
pub(crate) fn to_json<T: Serialize>(value: &T) -> Result<Json, Error> {
    serde_json::to_value(value).map_err(|error| Error::Corrupt(error.to_string()))
}

/// A number in the other width; the column's or the type's range decides.
pub(crate) fn number<A, B: TryFrom<A>>(value: A) -> Result<B, Error> {
    B::try_from(value).map_err(|_| Error::Corrupt("a number is out of range".to_owned()))
}

/// A missing number stays missing.
pub(crate) fn number_option<A, B: TryFrom<A>>(value: Option<A>) -> Result<Option<B>, Error> {
    value.map(number).transpose()
}
