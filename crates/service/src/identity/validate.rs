//! What an address, a name and a password must look like.

use secrecy::SecretString;
use types::problem::FieldError;
use types::session::SignUp;

use crate::Error;

/// The longest address that mail can carry.
const EMAIL_BYTES: usize = 254;
/// The most characters of a person's or an organization's name.
const NAME_CHARACTERS: usize = 80;
/// No rules of composition: length is what counts.
const PASSWORD_BYTES: std::ops::RangeInclusive<usize> = 12..=128;

pub(super) struct Checked {
    pub(super) email: String,
    pub(super) name: String,
    pub(super) password: SecretString,
}

/// All faults of the form at once.
pub(super) fn sign_up(input: SignUp) -> Result<Checked, Error> {
    let SignUp { email: address, password, name: called } = input;
    let email = email("/email", &address);
    let name = name("/name", &called);
    let password = self::password("/password", password);
    match (email, name, password) {
        (Ok(email), Ok(name), Ok(password)) => Ok(Checked { email, name, password }),
        (email, name, password) => {
            let faults = [email.err(), name.err(), password.err()];
            Err(Error::Invalid(faults.into_iter().flatten().collect()))
        }
    }
}

/// A password that is long enough, and not so long that hashing it is an attack.
pub(super) fn password(pointer: &str, password: String) -> Result<SecretString, FieldError> {
    if PASSWORD_BYTES.contains(&password.len()) {
        return Ok(SecretString::from(password));
    }
    let detail =
        format!("The password must have {} to {} bytes.", PASSWORD_BYTES.start(), PASSWORD_BYTES.end());
    Err(FieldError::new(pointer, "length", detail))
}

/// The address in the form that is stored: trimmed, lower case.
pub(crate) fn email(pointer: &str, address: &str) -> Result<String, FieldError> {
    let email = address.trim().to_lowercase();
    let plausible = email.len() <= EMAIL_BYTES
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@') && !domain.starts_with('.')
        })
        && !email.chars().any(|character| character.is_whitespace() || character.is_control());
    if plausible {
        return Ok(email);
    }
    Err(FieldError::new(pointer, "email", "This is not an e-mail address."))
}

/// The name without spaces around it.
pub(crate) fn name(pointer: &str, name: &str) -> Result<String, FieldError> {
    let name = name.trim();
    let length = name.chars().count();
    if (1..=NAME_CHARACTERS).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(name.to_owned());
    }
    let detail = format!("The name must have 1 to {NAME_CHARACTERS} characters, on one line.");
    Err(FieldError::new(pointer, "length", detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_of_the_form_is_named() {
        let input = SignUp { email: "ada".into(), password: "short".into(), name: " ".into() };
        let Err(Error::Invalid(faults)) = sign_up(input) else { panic!("accepted") };
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/email", "/name", "/password"]);
    }

    #[test]
    fn addresses() {
        for (given, kept) in [
            (" Ada@Example.org ", Some("ada@example.org")),
            ("ada", None),
            ("@example.org", None),
            ("ada@", None),
            ("a@b@c", None),
            ("ada @example.org", None),
        ] {
            assert_eq!(email("/email", given).ok().as_deref(), kept, "{given}");
        }
    }
}
