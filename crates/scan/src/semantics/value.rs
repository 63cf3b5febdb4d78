//! What values look like, and whether their checksums hold.

use std::net::{Ipv4Addr, Ipv6Addr};

use types::profile::{Confidence, SemanticType};

use crate::measure::to_real;
use crate::sketch::Examples;

use SemanticType as T;

/// A judgement by the values alone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) meaning: SemanticType,
    pub(super) confidence: Confidence,
    /// The name of the rule.
    pub(super) rule: &'static str,
}

struct Rule {
    meaning: SemanticType,
    name: &'static str,
    /// A checksum that a tenth of random values would pass at most: fewer hits are enough, and they weigh more.
    checksum: bool,
    holds: fn(&str) -> bool,
}

const RULES: &[Rule] = &[
    Rule { meaning: T::PaymentCard, name: "checksum:luhn", checksum: true, holds: is_card },
    Rule { meaning: T::BankAccount, name: "checksum:iban", checksum: true, holds: is_iban },
    Rule { meaning: T::ApiKey, name: "pattern:key", checksum: false, holds: is_key },
    Rule { meaning: T::Password, name: "pattern:password_hash", checksum: false, holds: is_password_hash },
    Rule { meaning: T::Email, name: "pattern:email", checksum: false, holds: is_email },
    Rule { meaning: T::Uuid, name: "pattern:uuid", checksum: false, holds: is_uuid },
    Rule { meaning: T::Url, name: "pattern:url", checksum: false, holds: is_url },
    Rule { meaning: T::IpAddress, name: "pattern:ip", checksum: false, holds: is_ip },
    Rule { meaning: T::MacAddress, name: "pattern:mac", checksum: false, holds: is_mac },
    Rule { meaning: T::NationalId, name: "pattern:ssn", checksum: false, holds: is_social_security_number },
    Rule { meaning: T::Phone, name: "pattern:phone", checksum: false, holds: is_phone },
    Rule { meaning: T::Document, name: "pattern:json", checksum: false, holds: is_json },
];

/// Fewer different values than this say too little.
const FEWEST: usize = 3;

/// What nearly all examples are.
pub(super) fn meaning(examples: &Examples) -> Option<Seen> {
    let texts: Vec<&str> = examples.texts().map(str::trim).filter(|text| !text.is_empty()).collect();
    if texts.len() < FEWEST {
        return None;
    }
    RULES.iter().find_map(|rule| {
        let needed = if rule.checksum { 0.9 } else { 0.95 };
        // Most columns fail at once: the first few decide whether it is worth looking at all.
        let probe = texts.iter().take(8).filter(|text| (rule.holds)(text)).count();
        if probe * 2 < texts.len().min(8) {
            return None;
        }
        let hits = texts.iter().filter(|text| (rule.holds)(text)).count();
        if to_real(hits as u64) < needed * to_real(texts.len() as u64) {
            return None;
        }
        let confidence = if rule.checksum { Confidence::High } else { Confidence::Medium };
        Some(Seen { meaning: rule.meaning, confidence, rule: rule.name })
    })
}

fn digits(text: &str) -> impl DoubleEndedIterator<Item = u32> {
    text.chars().filter_map(|letter| letter.to_digit(10))
}

/// 13 to 19 digits with the check digit of Luhn, beginning as the networks' cards do.
fn is_card(text: &str) -> bool {
    let count = digits(text).count();
    (13..=19).contains(&count)
        && text.chars().all(|letter| letter.is_ascii_digit() || letter == ' ' || letter == '-')
        && matches!(digits(text).next(), Some(2..=6))
        && digits(text)
            .rev()
            .enumerate()
            .map(|(index, digit)| match (index % 2, digit * 2) {
                (0, _) => digit,
                (_, twice @ 0..=9) => twice,
                (_, twice) => twice - 9,
            })
            .sum::<u32>()
            .is_multiple_of(10)
}

/// ISO 13616: two letters, two check digits, and the rest modulo 97.
fn is_iban(text: &str) -> bool {
    let plain: Vec<char> = text.chars().filter(|letter| *letter != ' ').collect();
    let (Some(head), Some(tail)) = (plain.get(..4), plain.get(4..)) else { return false };
    let good_head = matches!(head, [a, b, c, d]
        if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit());
    if !good_head || !(15..=34).contains(&plain.len()) {
        return false;
    }
    let rest = tail.iter().chain(head).try_fold(0_u32, |rest, letter| {
        let value = letter.to_digit(36)?;
        Some(if value < 10 { (rest * 10 + value) % 97 } else { (rest * 100 + value) % 97 })
    });
    rest == Some(1)
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let good = |letter: char| letter.is_alphanumeric() || "!#$%&'*+/=?^_`{|}~.-".contains(letter);
    (1..=64).contains(&local.len())
        && local.chars().all(good)
        && domain.len() <= 253
        && domain.contains('.')
        && domain.split('.').all(|label| {
            !label.is_empty() && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
        })
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.trim_matches(['{', '}']).split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.chars().all(|letter| letter.is_ascii_hexdigit()))
}

fn is_url(text: &str) -> bool {
    ["http://", "https://", "ftp://", "s3://"].iter().any(|scheme| text.starts_with(scheme))
        && !text.contains(' ')
}

fn is_ip(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok() || (text.contains(':') && text.parse::<Ipv6Addr>().is_ok())
}

fn is_mac(text: &str) -> bool {
    let parts: Vec<&str> = text.split([':', '-']).collect();
    parts.len() == 6
        && parts.iter().all(|part| part.len() == 2 && part.chars().all(|letter| letter.is_ascii_hexdigit()))
}

/// United States: areas 000, 666 and 9xx are never given, nor are groups 00 or numbers 0000.
fn is_social_security_number(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let all_digits = parts.iter().all(|part| part.chars().all(|letter| letter.is_ascii_digit()));
    matches!(parts.as_slice(), [area, group, number] if all_digits && area.len() == 3 && group.len() == 2
        && number.len() == 4 && !matches!(*area, "000" | "666") && !area.starts_with('9') && *group != "00" && *number != "0000")
}

/// With a country's prefix or an area's parentheses: bare digits could be anything.
fn is_phone(text: &str) -> bool {
    let count = digits(text).count();
    (7..=15).contains(&count)
        && text.starts_with(['+', '('])
        && text.chars().all(|letter| letter.is_ascii_digit() || "+ ()-./x".contains(letter))
}

fn is_key(text: &str) -> bool {
    const PREFIXES: [&str; 12] = [
        "sk_live_",
        "sk_test_",
        "pk_live_",
        "AKIA",
        "ASIA",
        "ghp_",
        "gho_",
        "github_pat_",
        "glpat-",
        "xoxb-",
        "xoxp-",
        "AIza",
    ];
    let is_token = text.starts_with("eyJ") && text.split('.').count() == 3;
    text.len() >= 16
        && !text.contains(' ')
        && (is_token || PREFIXES.iter().any(|prefix| text.starts_with(prefix)))
}

fn is_password_hash(text: &str) -> bool {
    const PREFIXES: [&str; 9] =
        ["$2a$", "$2b$", "$2y$", "$argon2", "$1$", "$5$", "$6$", "pbkdf2_", "scrypt:"];
    text.len() >= 20 && PREFIXES.iter().any(|prefix| text.starts_with(prefix))
}

fn is_json(text: &str) -> bool {
    // The examples are cut: their ends say nothing.
    (text.starts_with("{\"") || text.starts_with("[{") || text.starts_with("[\"")) && text.len() > 4
}
