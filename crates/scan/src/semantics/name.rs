//! What a column's name says.

use types::profile::SemanticType;

use SemanticType as T;

/// Words, in English and in the languages that schemas are mostly written in besides. The first entry whose words stand
/// in the name, next to each other, wins: so the more particular come first.
const WORDS: &[(SemanticType, &[&str])] = &[
    (
        T::Password,
        &[
            "password",
            "passwd",
            "pwd",
            "passphrase",
            "password hash",
            "pass hash",
            "kennwort",
            "passwort",
            "contrasena",
            "senha",
        ],
    ),
    (
        T::ApiKey,
        &[
            "api key",
            "apikey",
            "secret",
            "secret key",
            "access key",
            "private key",
            "access token",
            "refresh token",
            "auth token",
            "client secret",
            "session token",
            "jwt",
            "bearer",
        ],
    ),
    (T::Email, &["email", "e mail", "mail address", "mailaddress", "correo", "courriel", "emailaddress"]),
    (
        T::PaymentCard,
        &[
            "credit card",
            "card number",
            "cardnumber",
            "creditcard",
            "cc number",
            "ccnum",
            "pan",
            "kreditkarte",
            "tarjeta",
        ],
    ),
    (
        T::BankAccount,
        &[
            "iban",
            "bank account",
            "account number",
            "bankaccount",
            "accountnumber",
            "routing number",
            "sort code",
            "kontonummer",
            "bic",
            "swift",
        ],
    ),
    (
        T::NationalId,
        &[
            "ssn",
            "social security",
            "national id",
            "nationalid",
            "tax id",
            "taxid",
            "passport",
            "passport number",
            "nif",
            "dni",
            "cpf",
            "nhs number",
            "aadhaar",
            "pesel",
            "personnummer",
            "steuernummer",
            "driver license",
            "drivers license",
            "driving licence",
            "identity number",
        ],
    ),
    (
        T::Phone,
        &[
            "phone",
            "telephone",
            "mobile",
            "cellphone",
            "cell phone",
            "phonenumber",
            "fax",
            "tel",
            "telefon",
            "telefono",
            "msisdn",
            "handy",
        ],
    ),
    (
        T::BirthDate,
        &[
            "birth date",
            "birthdate",
            "birthday",
            "date of birth",
            "dob",
            "born",
            "geburtsdatum",
            "geburtstag",
            "fecha nacimiento",
            "date naissance",
        ],
    ),
    (T::Gender, &["gender", "sex", "geschlecht", "sexo", "genre sexe"]),
    (
        T::PersonName,
        &[
            "first name",
            "firstname",
            "last name",
            "lastname",
            "surname",
            "given name",
            "givenname",
            "family name",
            "familyname",
            "full name",
            "fullname",
            "middle name",
            "maiden name",
            "nickname",
            "vorname",
            "nachname",
            "apellido",
            "apellidos",
            "prenom",
            "nom de famille",
            "cognome",
            "person name",
            "contact name",
            "customer name",
            "patient name",
            "employee name",
        ],
    ),
    (T::IpAddress, &["ip address", "ipaddress", "ip", "ipv4", "ipv6", "remote addr", "client ip"]),
    (T::MacAddress, &["mac address", "macaddress"]),
    (T::Url, &["url", "uri", "website", "homepage", "link", "href", "webpage"]),
    (
        T::PostalCode,
        &["zip", "zip code", "zipcode", "postal code", "postalcode", "postcode", "plz", "codigo postal"],
    ),
    (T::Country, &["country", "country code", "land", "pais", "pays"]),
    (
        T::Address,
        &[
            "address",
            "street",
            "street address",
            "address line",
            "strasse",
            "adresse",
            "direccion",
            "endereco",
        ],
    ),
    (
        T::Place,
        &[
            "city",
            "town",
            "county",
            "province",
            "municipality",
            "stadt",
            "ort",
            "ciudad",
            "ville",
            "district",
        ],
    ),
    (T::Coordinate, &["latitude", "longitude", "lat", "lng", "lon", "geolocation"]),
    (
        T::Health,
        &[
            "diagnosis",
            "icd",
            "icd10",
            "blood type",
            "blood group",
            "allergy",
            "allergies",
            "prescription",
            "medication",
            "symptom",
            "symptoms",
            "disability",
            "medical record",
        ],
    ),
    (T::Uuid, &["uuid", "guid"]),
    (
        T::Money,
        &[
            "price",
            "amount",
            "total",
            "subtotal",
            "cost",
            "revenue",
            "salary",
            "balance",
            "fee",
            "tax",
            "discount",
            "unit price",
            "unitprice",
            "payment amount",
            "preis",
            "betrag",
        ],
    ),
    (
        T::Quantity,
        &[
            "quantity",
            "qty",
            "count",
            "size",
            "bytes",
            "milliseconds",
            "duration",
            "length",
            "weight",
            "height",
        ],
    ),
    (
        T::FreeText,
        &["description", "comment", "comments", "note", "notes", "remarks", "body", "message", "bio"],
    ),
    (
        T::Category,
        &["status", "state", "type", "kind", "category", "level", "currency", "language", "locale"],
    ),
];

/// Tables of people: there a plain `name` is somebody's.
const PEOPLE: [&str; 24] = [
    "user",
    "users",
    "customer",
    "customers",
    "client",
    "clients",
    "employee",
    "employees",
    "person",
    "persons",
    "people",
    "patient",
    "patients",
    "contact",
    "contacts",
    "member",
    "members",
    "staff",
    "student",
    "students",
    "teacher",
    "teachers",
    "guest",
    "guests",
];

/// What a column of this name in a table of this path would hold.
pub(super) fn meaning(table: &str, column: &str) -> Option<SemanticType> {
    let words = words_of(column);
    let (first, last) = (words.first()?.as_str(), words.last()?.as_str());
    if matches!(first, "is" | "has" | "can" | "should") && words.len() > 1 {
        return Some(T::Flag);
    }
    // `email_id` and `address_id` point at a row; `id` is one.
    if matches!(last, "id" | "ids" | "key" | "fk") && !names(&words, &["api", "key"]) && !is_secret(&words) {
        let table_says = lookup(&words).filter(|meaning| *meaning == T::NationalId);
        return table_says.or(Some(T::Identifier));
    }
    if matches!(last, "at" | "timestamp" | "datetime") {
        return Some(T::Time);
    }
    if let Some(meaning) = lookup(&words) {
        // `email_count` counts and `password_changed_date` is a date.
        let about = matches!(last, "count" | "verified" | "enabled" | "changed" | "sent" | "date" | "length");
        return if about && words.len() > 1 && !matches!(meaning, T::BirthDate | T::Quantity) {
            None
        } else {
            Some(meaning)
        };
    }
    let of_people = || {
        words_of(table.rsplit('.').next().unwrap_or_default())
            .iter()
            .any(|word| PEOPLE.contains(&word.as_str()))
    };
    (matches!(words.as_slice(), [only] if only == "name") && of_people()).then_some(T::PersonName)
}

fn is_secret(words: &[String]) -> bool {
    matches!(lookup(words), Some(T::ApiKey | T::Password))
}

fn lookup(words: &[String]) -> Option<SemanticType> {
    WORDS.iter().find_map(|(meaning, phrases)| {
        let said = phrases.iter().any(|phrase| names(words, &phrase.split(' ').collect::<Vec<_>>()));
        said.then_some(*meaning)
    })
}

/// Whether the words stand in the name, next to each other.
fn names(words: &[String], phrase: &[&str]) -> bool {
    words.windows(phrase.len()).any(|window| window.iter().zip(phrase).all(|(word, said)| word == said))
}

/// The words of a name: `customerEmail`, `customer_email` and `CUSTOMER EMAIL` are the same two.
fn words_of(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut last_lower = false;
    for letter in name.chars().take(200) {
        if !letter.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
            last_lower = false;
            continue;
        }
        if letter.is_uppercase() && last_lower {
            words.push(std::mem::take(&mut word));
        }
        last_lower = letter.is_lowercase();
        word.extend(letter.to_lowercase());
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}
