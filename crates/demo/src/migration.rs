//! What the shop's developers did to its schema, and when.

/// One change of the shop's schema.
pub struct Migration {
    /// The day on which it is deployed, from 0.
    pub day: u32,
    /// What the developers called it.
    pub name: &'static str,
    /// Statements, run in one transaction.
    pub sql: &'static str,
}

/// All of them, in order.
pub const MIGRATIONS: &[Migration] = &[
    Migration { day: 4, name: "weigh products", sql: "ALTER TABLE products ADD COLUMN weight_grams INTEGER" },
    Migration {
        day: 9,
        name: "coupons",
        sql: "CREATE TABLE coupons (
                id INTEGER PRIMARY KEY,
                code TEXT NOT NULL UNIQUE,
                percent_off INTEGER NOT NULL CHECK (percent_off BETWEEN 1 AND 90),
                valid_until TEXT NOT NULL
              );
              INSERT INTO coupons (code, percent_off, valid_until) VALUES
                ('WELCOME10', 10, '2030-01-01'), ('SPRING15', 15, '2030-01-01'), ('VIP20', 20, '2030-01-01');
              ALTER TABLE orders ADD COLUMN coupon_id INTEGER REFERENCES coupons (id)",
    },
    Migration { day: 13, name: "find a customer's orders", sql: "CREATE INDEX orders_customer_id_idx ON orders (customer_id)" },
    Migration {
        day: 18,
        name: "ask before sending newsletters",
        sql: "ALTER TABLE customers ADD COLUMN marketing_opt_in INTEGER NOT NULL DEFAULT 0",
    },
    Migration {
        day: 22,
        name: "totals for finance",
        sql: "CREATE VIEW order_totals AS
                SELECT orders.id AS order_id, orders.customer_id, orders.ordered_at,
                       SUM(order_items.quantity * order_items.unit_price) AS total
                FROM orders JOIN order_items ON order_items.order_id = orders.id
                GROUP BY orders.id, orders.customer_id, orders.ordered_at",
    },
    Migration {
        day: 27,
        name: "reviews",
        sql: "CREATE TABLE reviews (
                id INTEGER PRIMARY KEY,
                product_id INTEGER NOT NULL REFERENCES products (id),
                customer_id INTEGER NOT NULL REFERENCES customers (id),
                stars INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
                body TEXT,
                written_at TEXT NOT NULL
              )",
    },
    Migration { day: 32, name: "say what kind of number it is", sql: "ALTER TABLE customers RENAME COLUMN phone TO phone_number" },
    Migration { day: 37, name: "carriers", sql: "ALTER TABLE shipments ADD COLUMN carrier TEXT NOT NULL DEFAULT 'post'" },
    Migration { day: 42, name: "drop the old system's code", sql: "ALTER TABLE products DROP COLUMN legacy_code" },
    Migration {
        day: 48,
        name: "prices in cents",
        sql: "DROP VIEW order_totals;
              DROP VIEW legacy_sales;
              CREATE TABLE order_items_new (
                order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
                line INTEGER NOT NULL,
                product_id INTEGER NOT NULL REFERENCES products (id),
                quantity INTEGER NOT NULL,
                unit_price INTEGER NOT NULL,
                PRIMARY KEY (order_id, line)
              );
              INSERT INTO order_items_new SELECT order_id, line, product_id, quantity, CAST(unit_price * 100 AS INTEGER) FROM order_items;
              DROP TABLE order_items;
              ALTER TABLE order_items_new RENAME TO order_items;
              CREATE VIEW order_totals AS
                SELECT orders.id AS order_id, orders.customer_id, orders.ordered_at,
                       SUM(order_items.quantity * order_items.unit_price) AS total_cents
                FROM orders JOIN order_items ON order_items.order_id = orders.id
                GROUP BY orders.id, orders.customer_id, orders.ordered_at",
    },
    Migration {
        day: 55,
        name: "returns",
        sql: "CREATE TABLE returns (
                id INTEGER PRIMARY KEY,
                order_id INTEGER NOT NULL REFERENCES orders (id),
                reason TEXT,
                refunded_cents INTEGER NOT NULL DEFAULT 0,
                returned_at TEXT NOT NULL
              );
              CREATE INDEX returns_order_id_idx ON returns (order_id)",
    },
    Migration {
        day: 61,
        name: "every address has a postal code",
        sql: "CREATE TABLE addresses_new (
                id INTEGER PRIMARY KEY,
                customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
                street TEXT NOT NULL,
                city TEXT NOT NULL,
                postal_code TEXT NOT NULL,
                updated_at TEXT NOT NULL
              );
              INSERT INTO addresses_new SELECT id, customer_id, street, city, COALESCE(postal_code, ''), updated_at FROM addresses;
              DROP TABLE addresses;
              ALTER TABLE addresses_new RENAME TO addresses",
    },
    Migration { day: 66, name: "nobody used wishlists", sql: "DROP TABLE wishlist_items" },
    Migration { day: 70, name: "who handles an order", sql: "ALTER TABLE orders ADD COLUMN handled_by TEXT" },
    Migration { day: 73, name: "coupons replaced discount codes", sql: "ALTER TABLE orders DROP COLUMN discount_code" },
];
