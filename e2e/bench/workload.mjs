// The tables that are measured: few large ones, and many small ones.

// Sizes that only show whether a bench works: nothing is promised of them.
export const small = process.env.BASTION_BENCH_SMALL === "1";

// 16 columns of all kinds: keys, texts of few and of many values, numbers, times, NULLs.
export const wide = (name, rows) => `
CREATE TABLE ${name} AS SELECT g AS id, g % 9973 AS customer_id, 'customer' || g % 200000 || '@example.com' AS email,
  (ARRAY['new', 'paid', 'shipped', 'returned'])[1 + g % 4] AS status, (g::bigint * 7919 % 10000019)::int / 100.0::numeric AS amount,
  (g::bigint * 104729 % 1000003) / 1000003.0::float8 AS score, CASE WHEN g % 10 > 0 THEN 'note ' || md5(g::text) END AS note,
  timestamptz '2024-01-01' + g * interval '17 seconds' AS created_at,
  timestamptz '2024-01-01' + g * interval '17 seconds' + g % 1000 * interval '1 minute' AS updated_at,
  date '2020-01-01' + g % 2000 AS day, g % 3 = 0 AS active, md5(g::text)::uuid AS token, (g % 100)::smallint AS small,
  g::bigint * 7919 % 1000003 AS big, ('Name ' || g % 5000)::varchar(40) AS name,
  '10.' || g % 256 || '.' || g / 256 % 256 || '.1' AS ip
  FROM generate_series(1, ${rows}) g;
ALTER TABLE ${name} ADD PRIMARY KEY (id);`;

// `count` tables of 20 columns, each with a foreign key to another; without rows they have indexes and comments.
export const tables = (schema, count, rows) =>
  `CREATE SCHEMA ${schema};\n` +
  Array.from({ length: count }, (_, number) => {
    const columns = Array.from({ length: 17 }, (_, i) => `c${i} ${["int", "text", "timestamptz", "numeric(12,2)"][i % 4]}`);
    const parent = number === 0 ? "" : ` REFERENCES ${schema}.t${number >> 1}`;
    const name = `${schema}.t${number}`;
    const create = `CREATE TABLE ${name} (id int PRIMARY KEY, parent int${parent}, code text, ${columns.join(", ")});`;
    const rest = rows > 0
      ? `INSERT INTO ${name} (id, code, c0, c1, c2, c3) SELECT g, 'code ' || g % 100, g % 7, 'text ' || g, now() - g * interval '1 minute', g / 7.0 FROM generate_series(1, ${rows}) g;`
      : `CREATE INDEX ON ${name} (code); CREATE INDEX ON ${name} (c2); COMMENT ON TABLE ${name} IS 'table ${number}';`;
    return `${create}\n${rest}`;
  }).join("\n");
