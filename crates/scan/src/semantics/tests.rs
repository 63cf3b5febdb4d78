use xxhash_rust::xxh3::xxh3_64;

use super::*;
use SemanticType as T;

fn judged(table: &str, column: &str, values: &[&str]) -> Option<Semantics> {
    let mut examples = Examples::default();
    for value in values {
        examples.keep(xxh3_64(value.as_bytes()), value);
    }
    let count = values.len() as u64;
    judge(&Facts {
        table,
        column,
        examples: &examples,
        sample: None,
        texts: !values.is_empty(),
        mean_length: Some(8.0),
        values: count,
        distinct: Some(count),
        unique: false,
    })
}

#[test]
fn values_with_a_checksum_or_a_form_are_known_whatever_the_column_is_called() {
    let cases: [(&[&str], T, PiiClass, Confidence, &str); 10] = [
        (
            &["4111 1111 1111 1111", "5500-0000-0000-0004", "340000000000009"],
            T::PaymentCard,
            PiiClass::Finance,
            Confidence::High,
            "checksum:luhn",
        ),
        (
            &["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "FR1420041010050500013M02606"],
            T::BankAccount,
            PiiClass::Finance,
            Confidence::High,
            "checksum:iban",
        ),
        (
            &["a@b.de", "x.y+z@mail.example", "q@r.co"],
            T::Email,
            PiiClass::Direct,
            Confidence::Medium,
            "pattern:email",
        ),
        (
            &["+49 171 1234567", "+1 555 0100", "(030) 12345678"],
            T::Phone,
            PiiClass::Direct,
            Confidence::Medium,
            "pattern:phone",
        ),
        (
            &["078-05-1120", "219-09-9999", "457-55-5462"],
            T::NationalId,
            PiiClass::Direct,
            Confidence::Medium,
            "pattern:ssn",
        ),
        (
            &["10.0.0.1", "::1", "192.168.1.9"],
            T::IpAddress,
            PiiClass::Indirect,
            Confidence::Medium,
            "pattern:ip",
        ),
        (
            &["https://a.b/c", "http://d", "https://e"],
            T::Url,
            PiiClass::None,
            Confidence::Medium,
            "pattern:url",
        ),
        (
            &["AKIAIOSFODNN7EXAMPLE", "AKIAI44QH8DHBEXAMPLE", "AKIAQQQQQQQQQQEXAMPL"],
            T::ApiKey,
            PiiClass::Secret,
            Confidence::Medium,
            "pattern:key",
        ),
        (
            &[
                "$2b$12$abcdefghijklmnopqrstuv",
                "$2b$12$bcdefghijklmnopqrstuvw",
                "$2b$10$cdefghijklmnopqrstuvwx",
            ],
            T::Password,
            PiiClass::Secret,
            Confidence::Medium,
            "pattern:password_hash",
        ),
        (
            &["{\"a\": 1}", "{\"b\": 2}", "{\"c\": 3}"],
            T::Document,
            PiiClass::None,
            Confidence::Medium,
            "pattern:json",
        ),
    ];
    for (values, meaning, pii, confidence, rule) in cases {
        let found = judged("public.t", "x", values);
        let found = found.unwrap_or_else(|| panic!("{rule}"));
        assert_eq!((found.semantic_type, found.pii, found.confidence), (meaning, pii, confidence), "{rule}");
        assert_eq!(found.evidence, [rule]);
    }
}

#[test]
fn one_wrong_digit_is_no_card_and_no_account() {
    assert!(judged("t", "x", &["4111 1111 1111 1112", "5500-0000-0000-0005", "340000000000008"]).is_none());
    assert!(
        judged(
            "t",
            "x",
            &["DE88370400440532013000", "GB83WEST12345698765432", "FR1520041010050500013M02606"]
        )
        .is_none()
    );
}

#[test]
fn names_are_read_as_words_and_in_the_context_of_their_table() {
    let cases = [
        ("public.customer", "Email", Some(T::Email)),
        ("public.t", "customerEmail", Some(T::Email)),
        ("public.t", "email_id", Some(T::Identifier)),
        ("public.t", "email_count", None),
        ("public.t", "password_hash", Some(T::Password)),
        ("public.t", "password_changed_at", Some(T::Time)),
        ("public.users", "name", Some(T::PersonName)),
        ("public.product", "name", None),
        ("public.t", "FirstName", Some(T::PersonName)),
        ("public.t", "state", Some(T::Category)),
        ("public.t", "BillingPostalCode", Some(T::PostalCode)),
        ("public.t", "company", None),
        ("public.t", "is_email_valid", Some(T::Flag)),
        ("public.t", "client_secret", Some(T::ApiKey)),
        ("public.t", "api_key", Some(T::ApiKey)),
        ("public.t", "national_id", Some(T::NationalId)),
    ];
    for (table, column, expected) in cases {
        assert_eq!(name::meaning(table, column), expected, "{table}.{column}");
    }
}

#[test]
fn name_and_form_together_are_sure_and_a_name_alone_is_not() {
    let found = judged("t", "email", &["a@b.de", "c@d.de", "e@f.de"]).unwrap();
    assert_eq!(
        (found.confidence, found.evidence.as_slice()),
        (Confidence::High, &["name:email".to_owned(), "pattern:email".to_owned()][..])
    );
    let found = judged("t", "email", &["none", "n/a", "hidden"]).unwrap();
    assert_eq!((found.confidence, found.pii), (Confidence::Low, PiiClass::Direct));
}
