//! Recovery codes, which each stand in for the app once.

use secrecy::SecretString;
use store::session::TokenHash;
use totp_rs::Secret;

use crate::{Error, token};

/// How many a person gets.
const CODES: usize = 10;
/// 80 random bits: nobody guesses one, so that a fast hash of it suffices.
const BYTES: usize = 10;

/// Fresh codes, and what is kept of them.
pub(super) fn generate() -> Result<(Vec<String>, Vec<TokenHash>), Error> {
    let codes = (0..CODES).map(|_| Ok(in_groups(&Secret::from(token::bytes::<BYTES>()?).to_base32())));
    let codes = codes.collect::<Result<Vec<_>, Error>>()?;
    let hashes = codes.iter().map(|code| hash(code)).collect();
    Ok((codes, hashes))
}

/// What is kept of a code, however it was typed.
pub(super) fn hash(code: &str) -> TokenHash {
    let plain = code.chars().filter(|character| !character.is_whitespace() && *character != '-');
    token::hash(&SecretString::from(plain.collect::<String>().to_lowercase()))
}

fn in_groups(text: &str) -> String {
    let mut code = String::with_capacity(text.len() + text.len() / 4);
    for (index, character) in text.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            code.push('-');
        }
        code.push(character.to_ascii_lowercase());
    }
    code
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_differ_and_are_found_however_they_are_typed() {
        let (codes, hashes) = generate().unwrap();
        assert_eq!(codes.len(), 10);
        assert_eq!(codes.iter().collect::<HashSet<_>>().len(), 10);
        for (code, kept) in codes.iter().zip(&hashes) {
            let groups: Vec<_> = code.split('-').collect();
            assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 4), "{code}");
            for typed in [code.clone(), code.to_uppercase(), code.replace('-', " "), code.replace('-', "")] {
                assert_eq!(&hash(&typed), kept, "{typed}");
            }
        }
        assert_ne!(hash(&codes[0]), hashes[1]);
    }
}
