//! Descriptions by rule: what a name and a type say by themselves, and no more than that.

use types::snapshot::{Body, Column, Object, Table};

use crate::letter_case::capitalized;

/// The longest word of a database that a sentence repeats.
const LONGEST_WORD: usize = 60;

/// One sentence about a table or a view, from its name and its keys.
///
/// `None` for objects without columns, and for names that say nothing.
pub(super) fn of_object(object: &Object) -> Option<String> {
    let name = words(object.parts.last()?);
    if name.is_empty() {
        return None;
    }
    match &object.body {
        Body::Table(table) => Some(of_table(&name, table)),
        Body::View(_) => Some(format!("A view of {}.", plural(&name))),
        Body::MaterializedView(_) => Some(format!("A stored view of {}.", plural(&name))),
        Body::Database(_)
        | Body::Schema(_)
        | Body::Enum(_)
        | Body::Domain(_)
        | Body::CompositeType(_)
        | Body::RangeType(_)
        | Body::Collation(_)
        | Body::Sequence(_)
        | Body::Function(_)
        | Body::Procedure(_)
        | Body::Extension(_)
        | Body::ForeignServer(_) => None,
    }
}

/// A table whose key consists of foreign keys links what they point to; any other holds one thing a row.
fn of_table(name: &str, table: &Table) -> String {
    let key = table.primary_key.as_ref().map_or(&[][..], |key| key.columns.as_slice());
    let parents: Vec<String> = table
        .foreign_keys
        .iter()
        .filter(|reference| reference.columns.iter().all(|column| key.contains(column)))
        .map(|reference| plural(&words(last_part(&reference.references))))
        .collect();
    match parents.as_slice() {
        [one, other] if key.len() == 2 => format!("Links {one} and {other}."),
        _ => format!("One row for each {}.", singular(name)),
    }
}

/// One sentence about a column, from its name, its type and what it refers to.
///
/// `None` when the name is of no known pattern: a guess would be worse than nothing.
pub(super) fn of_column(object: &Object, column: &Column) -> Option<String> {
    let row = singular(&words(object.parts.last()?));
    if let Body::Table(table) = &object.body
        && let Some(sentence) = by_key(&row, table, column)
    {
        return Some(sentence);
    }
    by_name(&row, &column.name, &column.data_type)
}

fn by_key(row: &str, table: &Table, column: &Column) -> Option<String> {
    let referred = table
        .foreign_keys
        .iter()
        .find(|reference| reference.columns.len() == 1 && reference.columns.contains(&column.name));
    if let Some(reference) = referred {
        let parent = singular(&words(last_part(&reference.references)));
        let role = words(column.name.trim_end_matches("_id"));
        return Some(if role.is_empty() || role == "id" || role == parent {
            format!("Identifier of the {parent}.")
        } else {
            format!("Identifier of the {parent} that is the {role}.")
        });
    }
    let alone = table.primary_key.as_ref().is_some_and(|key| key.columns == [column.name.clone()]);
    alone.then(|| format!("Identifies the {row}."))
}

/// Endings of names, and what they say of the words before them.
const ENDINGS: &[(&str, &str)] = &[
    ("_count", "Number of {}."),
    ("_percent", "{} in percent."),
    ("_pct", "{} in percent."),
    ("_cents", "{} in cents."),
    ("_seconds", "{} in seconds."),
    ("_ms", "{} in milliseconds."),
    ("_bytes", "{} in bytes."),
    ("_url", "Address of the {}."),
    ("_hash", "Hash of the {}."),
    ("_by", "Who {} it."),
    ("_name", "Name of the {}."),
    ("_code", "Code of the {}."),
    ("_type", "Type of the {}."),
    ("_status", "Status of the {}."),
    ("_email", "E-mail address of the {}."),
    ("_uuid", "Identifier of the {}."),
    ("_id", "Identifier of the {}."),
];

/// Whole names, and what they say of a row.
const NAMES: &[(&str, &str)] = &[
    ("created_at", "When the row was created."),
    ("create_date", "When the row was created."),
    ("created", "When the row was created."),
    ("inserted_at", "When the row was created."),
    ("updated_at", "When the row was last changed."),
    ("modified_at", "When the row was last changed."),
    ("last_update", "When the row was last changed."),
    ("last_updated", "When the row was last changed."),
    ("deleted_at", "When the row was marked as deleted; empty while it is in use."),
    ("id", "Identifies the {}."),
    ("uuid", "Identifies the {}."),
    ("name", "Name of the {}."),
    ("title", "Title of the {}."),
    ("description", "Describes the {} in words."),
    ("status", "Status of the {}."),
    ("state", "State of the {}."),
    ("type", "Type of the {}."),
    ("kind", "Kind of the {}."),
    ("code", "Code of the {}."),
    ("email", "E-mail address."),
    ("phone", "Telephone number."),
    ("first_name", "Given name."),
    ("last_name", "Family name."),
    ("address", "Street address."),
    ("address2", "Second line of the address."),
    ("city", "City."),
    ("district", "District."),
    ("country", "Country."),
    ("postal_code", "Postal code."),
    ("zip", "Postal code."),
    ("currency", "Currency of the amounts in the row."),
    ("amount", "Amount of the {}."),
    ("total", "Total of the {}."),
    ("price", "Price of the {}."),
    ("quantity", "How many."),
    ("sku", "Stock keeping unit: the code that a product is ordered by."),
    ("notes", "Free text."),
    ("note", "Free text."),
    ("position", "Place in an order."),
    ("version", "Version of the {}."),
];

fn by_name(row: &str, name: &str, data_type: &str) -> Option<String> {
    let name = snake(name);
    if let Some((_, sentence)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Some(sentence.replace("{}", row));
    }
    let boolean = data_type.to_ascii_lowercase().starts_with("bool");
    for (prefix, verb) in [("is_", "is"), ("has_", "has")] {
        if let Some(rest) = name.strip_prefix(prefix) {
            return Some(format!("Whether the {row} {verb} {}.", words(rest)));
        }
    }
    if boolean {
        return Some(format!("Whether the {row} is {}.", words(&name)));
    }
    let temporal = ["date", "time"].iter().any(|word| data_type.to_ascii_lowercase().contains(word));
    if let Some(event) = name.strip_suffix("_at").filter(|event| !event.is_empty()) {
        return Some(format!("When the {row} was {}.", words(event)));
    }
    if let Some(event) = name.strip_suffix("_date").or_else(|| name.strip_suffix("_time"))
        && temporal
    {
        return Some(format!("Time of the {}.", words(event)));
    }
    ENDINGS.iter().find_map(|(ending, sentence)| {
        let subject = name.strip_suffix(ending).filter(|subject| !subject.is_empty())?;
        Some(capitalized(&sentence.replace("{}", &words(subject))))
    })
}

/// The name's parts, lower case, with single spaces: `film_actor` and `FilmActor` are `film actor`.
fn words(name: &str) -> String {
    snake(name).split('_').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Lower snake case, without control characters, cut.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    let mut lower_before = false;
    for letter in name.chars().filter(|letter| !letter.is_control()).take(LONGEST_WORD) {
        if letter.is_uppercase() {
            if lower_before {
                snake.push('_');
            }
            snake.extend(letter.to_lowercase());
        } else if letter.is_alphanumeric() {
            snake.push(letter);
        } else {
            snake.push('_');
        }
        lower_before = letter.is_lowercase() || letter.is_ascii_digit();
    }
    snake
}

fn last_part(path: &str) -> &str {
    path.trim_end_matches('"').rsplit(['.', '"']).next().unwrap_or(path)
}

fn singular(words: &str) -> String {
    if let Some(stem) = words.strip_suffix("ies") {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes"] {
        if words.ends_with(ending) {
            return words.trim_end_matches("es").to_owned();
        }
    }
    let plural = words.ends_with('s') && !["ss", "us", "is"].iter().any(|ending| words.ends_with(ending));
    if plural { words.trim_end_matches('s').to_owned() } else { words.to_owned() }
}

fn plural(words: &str) -> String {
    let one = singular(words);
    if let Some(stem) = one.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'o', 'u'])) {
        return format!("{stem}ies");
    }
    if ["s", "x", "ch", "sh"].iter().any(|ending| one.ends_with(ending)) {
        return format!("{one}es");
    }
    format!("{one}s")
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::snapshot::{ForeignKey, Key, View};

    fn object(name: &str, body: Body) -> Object {
        let parts = vec!["public".to_owned(), name.to_owned()];
        Object { path: format!("public.{name}"), parts, hash: String::new(), physical: None, body }
    }

    fn column(name: &str, data_type: &str) -> Column {
        Column { name: name.into(), data_type: data_type.into(), ..Column::default() }
    }

    #[test]
    fn a_column_is_described_by_its_name_and_type() {
        let orders = object("orders", Body::Table(Table::default()));
        for (name, data_type, sentence) in [
            ("customer_id", "integer", Some("Identifier of the customer.")),
            ("created_at", "timestamp", Some("When the row was created.")),
            ("shippedAt", "timestamp", Some("When the order was shipped.")),
            ("is_gift", "boolean", Some("Whether the order is gift.")),
            ("paid", "boolean", Some("Whether the order is paid.")),
            ("rental_date", "date", Some("Time of the rental.")),
            ("tax_cents", "bigint", Some("Tax in cents.")),
            ("status", "text", Some("Status of the order.")),
            ("xyzzy", "text", None),
        ] {
            assert_eq!(of_column(&orders, &column(name, data_type)).as_deref(), sentence, "{name}");
        }
    }

    #[test]
    fn a_reference_names_the_table_it_points_to() {
        let mut table = Table::default();
        table.foreign_keys.push(ForeignKey {
            columns: vec!["manager_id".into()],
            references: "public.staff".into(),
            ..ForeignKey::default()
        });
        let store = object("store", Body::Table(table));
        assert_eq!(
            of_column(&store, &column("manager_id", "integer")).as_deref(),
            Some("Identifier of the staff that is the manager.")
        );
    }

    #[test]
    fn a_table_whose_key_is_two_references_links_them() {
        let mut table = Table {
            primary_key: Some(Key {
                columns: vec!["film_id".into(), "category_id".into()],
                ..Key::default()
            }),
            ..Table::default()
        };
        for (name, parent) in [("film_id", "public.film"), ("category_id", "public.category")] {
            table.foreign_keys.push(ForeignKey {
                columns: vec![name.into()],
                references: parent.into(),
                ..ForeignKey::default()
            });
        }
        let link = object("film_category", Body::Table(table));
        assert_eq!(of_object(&link).as_deref(), Some("Links films and categories."));
    }

    #[test]
    fn other_tables_and_views_say_what_a_row_is() {
        for (name, body, sentence) in [
            ("order_items", Body::Table(Table::default()), "One row for each order item."),
            ("daily_sales", Body::View(View::default()), "A view of daily sales."),
            ("PlaylistTrack", Body::Table(Table::default()), "One row for each playlist track."),
            ("status", Body::Table(Table::default()), "One row for each status."),
        ] {
            assert_eq!(of_object(&object(name, body)).as_deref(), Some(sentence), "{name}");
        }
    }

    #[test]
    fn a_hostile_name_is_cut_and_cleaned() {
        let name = format!("{}\u{7}<b>_id", "x".repeat(500));
        let sentence = of_object(&object(&name, Body::Table(Table::default()))).unwrap();
        assert!(sentence.len() < 100 && !sentence.contains(['<', '\u{7}']), "{sentence}");
    }
}
