//! One spelling for each type, by engine: what `format_type` prints on PostgreSQL, what `information_schema` prints on
//! MySQL, capitals on SQLite.

use types::snapshot::Engine;

use crate::type_name::TypeName;

const POSTGRES: &[(&str, &str)] = &[
    ("bool", "boolean"),
    ("bpchar", "character"),
    ("char", "character"),
    ("decimal", "numeric"),
    ("dec", "numeric"),
    ("float8", "double precision"),
    ("float4", "real"),
    ("int", "integer"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("char varying", "character varying"),
    ("national character", "character"),
    ("national character varying", "character varying"),
    ("serial2", "smallint"),
    ("smallserial", "smallint"),
    ("serial", "integer"),
    ("serial4", "integer"),
    ("bigserial", "bigint"),
    ("serial8", "bigint"),
    ("varbit", "bit varying"),
    ("varchar", "character varying"),
];

/// What PostgreSQL prints for most columns: canonical already, so that a large catalog is not taken apart in vain.
const PRINTED: &[&str] = &[
    "integer",
    "text",
    "bigint",
    "timestamp with time zone",
    "boolean",
    "timestamp without time zone",
    "uuid",
    "jsonb",
    "date",
    "smallint",
    "double precision",
    "character varying",
];

const MYSQL: &[(&str, &str)] = &[
    ("character", "char"),
    ("character varying", "varchar"),
    ("national varchar", "varchar"),
    ("nvarchar", "varchar"),
    ("nchar", "char"),
    ("dec", "decimal"),
    ("double precision", "double"),
    ("fixed", "decimal"),
    ("float4", "float"),
    ("float8", "double"),
    ("int1", "tinyint"),
    ("int2", "smallint"),
    ("int3", "mediumint"),
    ("int4", "int"),
    ("int8", "bigint"),
    ("integer", "int"),
    ("long", "mediumtext"),
    ("long varchar", "mediumtext"),
    ("long varbinary", "mediumblob"),
    ("middleint", "mediumint"),
    ("numeric", "decimal"),
    ("real", "double"),
];

/// The integer beneath a PostgreSQL `serial`, which is no type of its own.
pub(super) fn serial_base(text: &str) -> Option<&'static str> {
    let name = TypeName::parse(Engine::Postgres, text).base;
    match name.as_str() {
        "smallserial" | "serial2" => Some("smallint"),
        "serial" | "serial4" => Some("integer"),
        "bigserial" | "serial8" => Some("bigint"),
        _ => None,
    }
}

/// The one spelling of a type. What does not read as a type stays as it is, white space apart.
pub(crate) fn canonical_type(engine: Engine, text: &str) -> String {
    if engine == Engine::Postgres && PRINTED.contains(&text) {
        return text.to_owned();
    }
    let spelled = respelled(engine, text);
    if respelled(engine, &spelled) == spelled {
        spelled
    } else {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn respelled(engine: Engine, text: &str) -> String {
    let mut name = TypeName::parse(engine, text);
    match engine {
        Engine::Postgres => postgres(&mut name),
        Engine::Mysql | Engine::Mariadb => mysql(&mut name),
        Engine::Sqlite => {}
    }
    name.text()
}

fn alias(table: &[(&str, &'static str)], base: &str) -> Option<&'static str> {
    table.iter().find_map(|(alias, name)| (*alias == base).then_some(*name))
}

fn postgres(name: &mut TypeName) {
    if name.base == "float" {
        let double = name.number(0).is_none_or(|bits| bits > 24);
        name.base = if double { "double precision" } else { "real" }.into();
        name.arguments.clear();
    }
    let blank_padded = name.base == "bpchar";
    if let Some(canonical) = alias(POSTGRES, &name.base) {
        name.base = canonical.into();
    }
    match name.base.as_str() {
        "character" | "bit" if name.arguments.is_empty() && !blank_padded => name.arguments.push("1".into()),
        "character" if name.arguments.is_empty() => name.base = "bpchar".into(),
        "numeric" if name.arguments.len() == 1 => name.arguments.push("0".into()),
        "timestamptz" | "timetz" => {
            name.base.truncate(name.base.len() - 2);
            name.tail = "with time zone".into();
        }
        _ => {}
    }
    if matches!(name.base.as_str(), "timestamp" | "time") && name.tail.is_empty() {
        name.tail = "without time zone".into();
    }
}

fn mysql(name: &mut TypeName) {
    // What is filled up with zeros is unsigned as well.
    let unsigned = name.tail.split(' ').any(|word| matches!(word, "unsigned" | "zerofill"));
    name.tail = if unsigned { "unsigned".into() } else { String::new() };
    match name.base.as_str() {
        "serial" => {
            name.base = "bigint".into();
            name.tail = "unsigned".into();
        }
        // Connectors read `tinyint(1)` as a truth value, which is why servers still print this one display width.
        "bool" | "boolean" => {
            name.base = "tinyint".into();
            name.arguments = vec!["1".into()];
        }
        base => {
            if let Some(canonical) = alias(MYSQL, base) {
                name.base = canonical.into();
            }
        }
    }
    match name.base.as_str() {
        "tinyint" if name.number(0) == Some(1) && !unsigned => {}
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => name.arguments.clear(),
        "decimal" if name.arguments.is_empty() => name.arguments = vec!["10".into(), "0".into()],
        "decimal" if name.arguments.len() == 1 => name.arguments.push("0".into()),
        "char" | "binary" | "bit" if name.arguments.is_empty() => name.arguments.push("1".into()),
        "float" if name.arguments.len() == 1 => {
            if name.number(0).is_some_and(|bits| bits > 24) {
                name.base = "double".into();
            }
            name.arguments.clear();
        }
        "datetime" | "timestamp" | "time" if name.number(0) == Some(0) => name.arguments.clear(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_one_meaning_have_one_spelling() {
        let postgres: &[(&str, &str)] = &[
            ("varchar(255)", "character varying(255)"),
            ("CHARACTER VARYING (255)", "character varying(255)"),
            ("varchar", "character varying"),
            ("int4", "integer"),
            ("int8[]", "bigint[]"),
            ("bool", "boolean"),
            ("timestamptz", "timestamp with time zone"),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            ("timestamp", "timestamp without time zone"),
            ("timestamp(3) without time zone", "timestamp(3) without time zone"),
            ("time with time zone", "time with time zone"),
            ("decimal(10)", "numeric(10,0)"),
            ("numeric(5, 2)", "numeric(5,2)"),
            ("char", "character(1)"),
            ("bpchar", "bpchar"),
            ("bpchar(3)", "character(3)"),
            ("float(10)", "real"),
            ("float", "double precision"),
            ("serial", "integer"),
            ("pg_catalog.int4", "integer"),
            ("\"char\"", "\"char\""),
            ("public.mpaa_rating", "public.mpaa_rating"),
        ];
        let mysql: &[(&str, &str)] = &[
            ("int(11)", "int"),
            ("INTEGER", "int"),
            ("int(10) unsigned zerofill", "int unsigned"),
            ("int unsigned", "int unsigned"),
            ("tinyint(4)", "tinyint"),
            ("tinyint(1)", "tinyint(1)"),
            ("boolean", "tinyint(1)"),
            ("numeric(5)", "decimal(5,0)"),
            ("double precision", "double"),
            ("datetime(0)", "datetime"),
            ("enum('a', 'b')", "enum('a','b')"),
            ("year(4)", "year"),
            ("character varying(10)", "varchar(10)"),
        ];
        let sqlite: &[(&str, &str)] =
            &[("nvarchar( 160 )", "NVARCHAR(160)"), ("Integer", "INTEGER"), ("", "")];
        for (engine, cases) in
            [(Engine::Postgres, postgres), (Engine::Mysql, mysql), (Engine::Sqlite, sqlite)]
        {
            for (text, expected) in cases {
                let canonical = canonical_type(engine, text);
                assert_eq!(canonical, *expected, "{text}");
                assert_eq!(canonical_type(engine, &canonical), canonical, "{text} twice");
            }
        }
    }
}
