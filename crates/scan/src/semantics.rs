//! What a column's values mean and whose business they are: by its name, the form of its values and their checksums.
//!
//! The judgement names the rules that spoke for it and no value. A name alone is a guess (low confidence); a form that
//! nearly all values have is better (medium); a checksum, or name and form together, is as sure as it gets (high).

mod name;
mod value;

use types::profile::{Confidence, PiiClass, SemanticType, Semantics};

use crate::measure::{Point, to_real};
use crate::sketch::Examples;

/// What is known of a column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) table: &'a str,
    pub(crate) column: &'a str,
    pub(crate) examples: &'a Examples,
    /// Any value with a place: tells numbers from times.
    pub(crate) sample: Option<Point>,
    /// Whether there are texts.
    pub(crate) texts: bool,
    pub(crate) mean_length: Option<f64>,
    /// How many values there are, and how many different ones.
    pub(crate) values: u64,
    pub(crate) distinct: Option<u64>,
    pub(crate) unique: bool,
}

/// The kind of value that a column holds, as far as meaning goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Integer,
    Real,
    Time,
    /// No value, or none with a place or a text: only the name can tell.
    Other,
}

/// Judges a column; `None` when nothing is known of it.
pub(crate) fn judge(facts: &Facts<'_>) -> Option<Semantics> {
    let form = form(facts);
    let named = name::meaning(facts.table, facts.column).filter(|meaning| fits(*meaning, form));
    let seen = value::meaning(facts.examples);
    let (semantic_type, confidence, evidence) = match (named, seen) {
        (Some(named), Some(seen)) if named == seen.meaning => {
            (named, Confidence::High, vec![format!("name:{}", word(named)), seen.rule.to_owned()])
        }
        // What all values look like outweighs what the column is called; a checksum more so.
        (_, Some(seen)) => (seen.meaning, seen.confidence, vec![seen.rule.to_owned()]),
        (Some(named), None) => (named, Confidence::Low, vec![format!("name:{}", word(named))]),
        (None, None) => {
            let (meaning, rule) = by_distribution(facts, form)?;
            (meaning, Confidence::Low, vec![rule.to_owned()])
        }
    };
    Some(Semantics { semantic_type, pii: class(semantic_type), confidence, evidence })
}

fn form(facts: &Facts<'_>) -> Form {
    match facts.sample {
        // Times that are kept as text are times all the same.
        Some(Point::Instant(_) | Point::Day(_)) => Form::Time,
        _ if facts.texts => Form::Text,
        Some(Point::Integer(_)) => Form::Integer,
        Some(Point::Real(_)) => Form::Real,
        Some(Point::Clock(_)) | None => Form::Other,
    }
}

/// Whether a column of this form can hold such a thing: an e-mail address is no number, whatever the column is called.
fn fits(meaning: SemanticType, form: Form) -> bool {
    use SemanticType as T;
    match meaning {
        T::Identifier | T::Health | T::Category | T::Unknown => true,
        T::Time => matches!(form, Form::Time | Form::Other),
        T::BirthDate => matches!(form, Form::Time | Form::Text | Form::Other),
        T::Money | T::Quantity => matches!(form, Form::Integer | Form::Real | Form::Other),
        T::Coordinate => matches!(form, Form::Real | Form::Text | Form::Other),
        T::Phone | T::PostalCode | T::NationalId | T::PaymentCard | T::BankAccount | T::Gender | T::Flag => {
            matches!(form, Form::Text | Form::Integer | Form::Other)
        }
        _ => matches!(form, Form::Text | Form::Other),
    }
}

/// What is left when neither name nor form says anything.
fn by_distribution(facts: &Facts<'_>, form: Form) -> Option<(SemanticType, &'static str)> {
    let distinct = facts.distinct?;
    if facts.values == 0 {
        return None;
    }
    let variety = to_real(distinct) / to_real(facts.values);
    match form {
        Form::Time => Some((SemanticType::Time, "type:time")),
        _ if facts.unique => Some((SemanticType::Identifier, "key:unique")),
        Form::Text if facts.mean_length.is_some_and(|length| length > 60.0) && variety > 0.5 => {
            Some((SemanticType::FreeText, "distribution:long"))
        }
        Form::Text | Form::Integer | Form::Other if facts.values >= 20 && distinct <= 2 => {
            Some((SemanticType::Flag, "distribution:two_values"))
        }
        Form::Text | Form::Integer if facts.values >= 100 && distinct <= 50 && variety < 0.1 => {
            Some((SemanticType::Category, "distribution:few_values"))
        }
        Form::Real => Some((SemanticType::Quantity, "type:number")),
        _ => None,
    }
}

/// Whose business it is.
fn class(meaning: SemanticType) -> PiiClass {
    use SemanticType as T;
    match meaning {
        T::PersonName | T::Email | T::Phone | T::Address | T::NationalId => PiiClass::Direct,
        T::BirthDate
        | T::Gender
        | T::PostalCode
        | T::Place
        | T::Coordinate
        | T::IpAddress
        | T::MacAddress => PiiClass::Indirect,
        T::Password | T::ApiKey => PiiClass::Secret,
        T::PaymentCard | T::BankAccount => PiiClass::Finance,
        T::Health => PiiClass::Health,
        _ => PiiClass::None,
    }
}

/// The word for it on the wire.
fn word(meaning: SemanticType) -> String {
    let value = serde_json::to_value(meaning).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests;
