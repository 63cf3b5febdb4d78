//! What happens on a day: trade, and what goes wrong.
//!
//! What goes wrong is on purpose, so that there is something to find: the payment provider stops sending its reference
//! for a few days, the exchange rates stop for good, a signup bug makes duplicate e-mail addresses, tracking numbers
//! get lost, one day's stock movements are never imported, and the weekends are quiet without anything being wrong.

use chrono::{Datelike, Duration, Weekday};
use fastrand::Rng;
use rusqlite::{Connection, params};
use types::Timestamp;

use crate::Error;

/// A day that ends at `end`.
pub(crate) struct Day {
    pub(crate) number: u32,
    pub(crate) end: Timestamp,
}

const SEED: u64 = 0x5eed_0f5b_a571_0000;
/// The days on which payments come without the provider's reference.
const LOST_REFERENCES: std::ops::RangeInclusive<u32> = 68..=75;
/// An older incident of the same kind, long repaired.
const FIRST_LOST_REFERENCES: std::ops::RangeInclusive<u32> = 39..=41;
/// From this day on no exchange rate is fetched.
const RATES_STOP: u32 = 68;
/// From this day on some sign-ups use an address that exists.
const DUPLICATE_EMAILS: u32 = 57;

/// On this day the warehouse's import did not run.
const NO_MOVEMENTS: u32 = 52;

const CITIES: [&str; 8] = ["Lyon", "Porto", "Gdansk", "Graz", "Utrecht", "Malmö", "Bilbao", "Leeds"];
const COUNTRIES: [&str; 6] = ["FR", "PT", "PL", "AT", "NL", "SE"];
const NAMES: [&str; 10] =
    ["Ada", "Blaise", "Carl", "Dorothy", "Edsger", "Frances", "Grace", "Hedy", "Ida", "Joan"];
const FAMILIES: [&str; 10] =
    ["Abel", "Bohr", "Curie", "Dirac", "Euler", "Fermi", "Gauss", "Hopper", "Ising", "Joule"];

/// SQLite's usual text for a time.
pub(crate) fn text(at: Timestamp) -> String {
    at.0.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// A time during the day.
fn during(day: &Day, random: &mut Rng) -> String {
    text(Timestamp(day.end.0 - Duration::seconds(random.i64(60..86_000))))
}

/// What is there from the start.
pub(crate) fn found(connection: &Connection, first_day: Timestamp) -> Result<(), Error> {
    let mut random = Rng::with_seed(SEED);
    let founded = text(first_day);
    for (id, name) in ["Home", "Kitchen", "Garden", "Lamps", "Tools", "Toys"].iter().enumerate() {
        let parent = (id >= 3).then_some(1);
        connection
            .execute("INSERT INTO categories (name, parent_id) VALUES (?1, ?2)", params![name, parent])?;
    }
    for supplier in 1..=12 {
        let email = (supplier % 4 != 0).then(|| format!("sales@supplier{supplier}.example"));
        connection.execute(
            "INSERT INTO suppliers (name, country, contact_email) VALUES (?1, ?2, ?3)",
            params![format!("Supplier {supplier}"), COUNTRIES[supplier % COUNTRIES.len()], email],
        )?;
    }
    for product in 1..=120 {
        let legacy = (product % 3 == 0).then(|| format!("L{product:05}"));
        connection.execute(
            "INSERT INTO products (sku, name, category_id, supplier_id, price_cents, legacy_code, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                format!("SKU-{product:04}"),
                format!("Product {product}"),
                random.i64(1..=6),
                random.i64(1..=12),
                random.i64(199..=19_999),
                legacy,
                founded
            ],
        )?;
    }
    Ok(())
}

/// One day's trade.
pub(crate) fn trade(connection: &Connection, day: &Day) -> Result<(), Error> {
    let mut random = Rng::with_seed(SEED ^ (u64::from(day.number) << 8));
    let weekend = matches!(day.end.0.weekday(), Weekday::Sat | Weekday::Sun);
    let volume = if weekend { 14 } else { 30 } + day.number / 6;
    sign_ups(connection, day, &mut random, volume / 3)?;
    for _ in 0..volume {
        order(connection, day, &mut random)?;
    }
    let movements = if day.number == NO_MOVEMENTS { 0 } else { volume / 2 };
    for _ in 0..movements {
        connection.execute(
            "INSERT INTO inventory_movements (product_id, change, reason, moved_at) VALUES (?1, ?2, ?3, ?4)",
            params![
                random.i64(1..=120),
                random.i64(-20..=60),
                ["sale", "delivery", "count"][random.usize(0..3)],
                during(day, &mut random)
            ],
        )?;
    }
    if day.number < RATES_STOP {
        for (currency, base) in [("USD", 1.08), ("GBP", 0.86), ("SEK", 11.2), ("PLN", 4.3)] {
            let rate = base * (1.0 + (random.f64() - 0.5) / 50.0);
            connection.execute(
                "INSERT INTO exchange_rates (currency, rate, fetched_at) VALUES (?1, ?2, ?3)",
                params![currency, (rate * 10_000.0).round() / 10_000.0, during(day, &mut random)],
            )?;
        }
    }
    later_features(connection, day, &mut random)
}

fn sign_ups(connection: &Connection, day: &Day, random: &mut Rng, count: u32) -> Result<(), Error> {
    // The column was renamed on the way; the shop's code followed.
    let phone = if has_column(connection, "customers", "phone_number")? { "phone_number" } else { "phone" };
    let insert = format!(
        "INSERT INTO customers (email, full_name, {phone}, country, created_at) VALUES (?1, ?2, ?3, ?4, ?5)"
    );
    for _ in 0..count.max(1) {
        let next: i64 =
            connection.query_row("SELECT COALESCE(MAX(id), 0) + 1 FROM customers", [], |row| row.get(0))?;
        let duplicate = day.number >= DUPLICATE_EMAILS && random.u8(0..8) == 0;
        let number = if duplicate { random.i64(1..next.max(2)) } else { next };
        let number_of_phone =
            (random.u8(0..10) < 7).then(|| format!("+33 6 {:08}", random.u32(0..100_000_000)));
        connection.execute(
            &insert,
            params![
                format!("customer{number}@mail.example"),
                format!("{} {}", NAMES[random.usize(0..10)], FAMILIES[random.usize(0..10)]),
                number_of_phone,
                COUNTRIES[random.usize(0..COUNTRIES.len())],
                during(day, random)
            ],
        )?;
        let postal = if day.number >= 61 || random.u8(0..20) != 0 {
            Some(format!("{:05}", random.u32(1_000..99_999)))
        } else {
            None
        };
        connection.execute(
            "INSERT INTO addresses (customer_id, street, city, postal_code, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![next, format!("{} Main street", random.u32(1..200)), CITIES[random.usize(0..CITIES.len())], postal, during(day, random)],
        )?;
    }
    Ok(())
}

fn order(connection: &Connection, day: &Day, random: &mut Rng) -> Result<(), Error> {
    let customers: i64 = connection.query_row("SELECT MAX(id) FROM customers", [], |row| row.get(0))?;
    let status = ["new", "paid", "shipped", "shipped", "shipped", "cancelled"][random.usize(0..6)];
    let at = during(day, random);
    connection.execute(
        "INSERT INTO orders (customer_id, status, ordered_at) VALUES (?1, ?2, ?3)",
        params![random.i64(1..=customers), status, at],
    )?;
    let order = connection.last_insert_rowid();
    let in_cents = day.number >= 48;
    let mut total = 0;
    for line in 1..=random.i64(1..=4) {
        let (quantity, cents) = (random.i64(1..=3), random.i64(199..=19_999));
        total += quantity * cents;
        if in_cents {
            connection.execute(
                "INSERT INTO order_items VALUES (?1, ?2, ?3, ?4, ?5)",
                params![order, line, random.i64(1..=120), quantity, cents],
            )?;
        } else {
            let price = f64::from(i32::try_from(cents).unwrap_or_default()) / 100.0;
            connection.execute(
                "INSERT INTO order_items VALUES (?1, ?2, ?3, ?4, ?5)",
                params![order, line, random.i64(1..=120), quantity, price],
            )?;
        }
    }
    if matches!(status, "paid" | "shipped") {
        let lost = LOST_REFERENCES.contains(&day.number) || FIRST_LOST_REFERENCES.contains(&day.number);
        let reference =
            (!lost || random.u8(0..10) == 0).then(|| format!("PR{:010}", random.u64(0..10_000_000_000)));
        connection.execute(
            "INSERT INTO payments (order_id, provider, provider_reference, amount_cents, paid_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![order, ["card", "transfer", "wallet"][random.usize(0..3)], reference, total, at],
        )?;
    }
    if status == "shipped" {
        let tracking = (random.u8(0..12) != 0).then(|| format!("TR{:09}", random.u32(0..1_000_000_000)));
        let delivered = (random.u8(0..3) != 0).then(|| at.clone());
        connection.execute(
            "INSERT INTO shipments (order_id, tracking_number, shipped_at, delivered_at) VALUES (?1, ?2, ?3, ?4)",
            params![order, tracking, at, delivered],
        )?;
    }
    Ok(())
}

/// What came with later migrations.
fn later_features(connection: &Connection, day: &Day, random: &mut Rng) -> Result<(), Error> {
    let customers: i64 = connection.query_row("SELECT MAX(id) FROM customers", [], |row| row.get(0))?;
    if day.number < 66 && day.number.is_multiple_of(2) {
        connection.execute(
            "INSERT OR IGNORE INTO wishlist_items VALUES (?1, ?2, ?3)",
            params![random.i64(1..=customers), random.i64(1..=120), during(day, random)],
        )?;
    }
    if day.number >= 4 {
        connection.execute(
            "UPDATE products SET weight_grams = id * 37 WHERE id <= ?1 AND weight_grams IS NULL",
            [day.number * 2],
        )?;
    }
    if day.number >= 9 {
        connection
            .execute("UPDATE orders SET coupon_id = 1 + id % 3 WHERE id % 7 = 0 AND coupon_id IS NULL", [])?;
    }
    if day.number >= 27 {
        for _ in 0..random.u8(3..9) {
            let body = (random.u8(0..3) != 0).then_some("As described.");
            connection.execute(
                "INSERT INTO reviews (product_id, customer_id, stars, body, written_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![random.i64(1..=120), random.i64(1..=customers), random.i64(1..=5), body, during(day, random)],
            )?;
        }
    }
    if day.number >= 55 {
        let orders: i64 = connection.query_row("SELECT MAX(id) FROM orders", [], |row| row.get(0))?;
        for _ in 0..random.u8(1..4) {
            connection.execute(
                "INSERT INTO returns (order_id, reason, refunded_cents, returned_at) VALUES (?1, ?2, ?3, ?4)",
                params![
                    random.i64(1..=orders),
                    (random.bool()).then_some("Did not fit."),
                    random.i64(100..=9_999),
                    during(day, random)
                ],
            )?;
        }
    }
    Ok(())
}

fn has_column(connection: &Connection, table: &str, column: &str) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2)";
    Ok(connection.query_row(sql, params![table, column], |row| row.get(0))?)
}
