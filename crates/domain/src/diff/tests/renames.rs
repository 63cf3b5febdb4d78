use types::snapshot::{Body, Engine, EnumType, Object, Privilege, Schema, Sequence};

use super::{changes, line, lines};
use crate::diff::diff;
use crate::fixture::{
    check, column, foreign_key, index, key, object, physical, snapshot, table, table_with, view, with_default,
};

/// A film table under a name, with one column under a name, and what refers to both.
fn cinema(table: &str, length: &str, view_query: &str) -> Vec<Object> {
    let path = format!("public.{table}");
    let film = table_with(
        &path,
        vec![column("id", "integer!"), column("title", "text"), column(length, "smallint")],
        |film| {
            film.primary_key = Some(key("film_pkey", &["id"]));
            film.checks = vec![check("positive", &format!("({length} > 0)"))];
            film.indexes = vec![index("film_length", length)];
            film.uniques = vec![key("film_id_length", &["id", length])];
        },
    );
    let inventory = table_with("public.inventory", vec![column("film_id", "integer")], |inventory| {
        inventory.foreign_keys = vec![foreign_key("inventory_film", "film_id", &path, "id")];
    });
    vec![
        physical(film, 10),
        physical(inventory, 11),
        physical(view("public.films", vec![column("length", "smallint")], &path, view_query), 12),
    ]
}

#[test]
fn a_renamed_column_is_one_change_and_what_follows_it_none() {
    let old = cinema("film", "length", "SELECT film.length FROM film");
    let new = cinema("film", "minutes", "SELECT film.minutes AS length FROM film");
    let found = changes(Engine::Postgres, old, new);
    let shown: Vec<String> = found.iter().map(line).collect();
    assert_eq!(shown, ["column.renamed public.film.minutes BB"]);
    assert_eq!(found[0].old_path.as_deref(), Some("public.film.length"));
    assert_eq!(found[0].codes, ["BC102"]);
    assert_eq!(
        found[0].evidence,
        ["Used by view public.films; key film_id_length; check positive; index film_length."]
    );
}

#[test]
fn a_renamed_table_is_one_change_and_what_follows_it_none() {
    let old = cinema("film", "length", "SELECT film.length FROM film");
    let new = cinema("movie", "length", "SELECT film.length FROM movie film");
    let found = changes(Engine::Postgres, old, new);
    let shown: Vec<String> = found.iter().map(line).collect();
    assert_eq!(shown, ["table.renamed public.movie BB"]);
    assert_eq!(found[0].old_path.as_deref(), Some("public.film"));
    assert_eq!(found[0].evidence, ["Used by view public.films; a foreign key from public.inventory."]);
}

#[test]
fn a_renamed_table_with_a_view_in_its_place_is_milder() {
    let film = |path: &str| physical(table(path, vec![column("id", "integer")]), 10);
    let cover = physical(
        view("public.film", vec![column("id", "integer")], "public.movie", "select id from movie"),
        20,
    );
    let found = lines(Engine::Postgres, vec![film("public.film")], vec![film("public.movie"), cover]);
    assert_eq!(found, ["view.added public.film SS", "table.renamed public.movie PP"]);
}

#[test]
fn a_dropped_and_added_column_of_one_database_is_no_rename() {
    let old = vec![physical(table("public.t", vec![column("a", "text"), column("length", "text")]), 1)];
    let mut new = vec![physical(table("public.t", vec![column("a", "text"), column("lengths", "text")]), 1)];
    if let Body::Table(table) = &mut new[0].body {
        table.columns[1].physical.as_mut().unwrap().attnum = Some(3);
    }
    assert_eq!(
        lines(Engine::Postgres, old, new),
        ["column.dropped public.t.length BB D", "column.added public.t.lengths SS"]
    );
}

#[test]
fn ids_of_another_database_say_nothing() {
    let one = vec![physical(table("public.a", vec![column("x", "integer"), column("y", "text")]), 1)];
    let two = vec![physical(table("public.b", vec![column("p", "date"), column("q", "date")]), 1)];
    let (old, mut new) = (snapshot(Engine::Postgres, one), snapshot(Engine::Postgres, two));
    new.header.physical.as_mut().unwrap().system_id = "8".into();
    let found: Vec<String> = diff(&old, &new, None).iter().map(line).collect();
    assert_eq!(found, ["table.dropped public.a BB D", "table.added public.b SS"]);
}

#[test]
fn where_no_ids_are_a_rename_is_told_by_likeness() {
    let of =
        |names: &[&str]| vec![table("main.film", names.iter().map(|name| column(name, "TEXT")).collect())];
    let cases: [(&[&str], &[&str], &[&str]); 4] = [
        // In the middle: a new column would stand at the end.
        (&["id", "title", "year"], &["id", "name", "year"], &["column.renamed main.film.name BB D"]),
        // At the end, a similar name.
        (&["id", "length"], &["id", "lengths"], &["column.renamed main.film.lengths BB D"]),
        // At the end, nothing alike but the type.
        (
            &["id", "length"],
            &["id", "rating"],
            &["column.dropped main.film.length BB D", "column.added main.film.rating SS"],
        ),
        (&["id", "a"], &["id"], &["column.dropped main.film.a BB D"]),
    ];
    for (old, new, expected) in cases {
        assert_eq!(lines(Engine::Sqlite, of(old), of(new)), expected, "{old:?} → {new:?}");
    }
}

#[test]
fn a_table_without_ids_is_renamed_by_likeness_only_if_it_is_alike() {
    let of = |path: &str, names: &[&str]| {
        vec![table(path, names.iter().map(|name| column(name, "TEXT")).collect())]
    };
    let columns = ["film_id", "title", "year", "length"];
    assert_eq!(
        lines(Engine::Sqlite, of("main.film", &columns), of("main.movie", &columns)),
        ["table.renamed main.movie BB D"]
    );
    assert_eq!(
        lines(Engine::Sqlite, of("main.category", &["id", "name"]), of("main.town", &["id", "name"])),
        ["table.dropped main.category BB D", "table.added main.town SS"]
    );
}

#[test]
fn a_renamed_schema_is_one_change() {
    let of = |schema: &str| {
        vec![
            physical(object(schema, Body::Schema(Schema::default())), 5),
            physical(table(&format!("{schema}.a"), vec![column("x", "integer")]), 6),
            physical(table(&format!("{schema}.b"), vec![column("y", "integer")]), 7),
        ]
    };
    assert_eq!(lines(Engine::Postgres, of("shop"), of("store")), ["schema.renamed store BB"]);
}

#[test]
fn columns_of_a_renamed_type_have_not_changed() {
    let of = |name: &str| {
        let values = EnumType { values: vec!["a".into()], ..EnumType::default() };
        vec![
            physical(object(&format!("public.{name}"), Body::Enum(values)), 5),
            physical(table("public.t", vec![column("m", &format!("public.{name}"))]), 6),
        ]
    };
    assert_eq!(lines(Engine::Postgres, of("mood"), of("feeling")), ["enum.renamed public.feeling BB"]);
}

#[test]
fn a_view_whose_definition_names_it_is_renamed_all_the_same() {
    let films = |name: &str, query: &str| {
        let definition = format!("CREATE VIEW {name} AS SELECT {query} FROM film");
        vec![view(&format!("main.{name}"), vec![column("id", "INTEGER")], "main.film", &definition)]
    };
    let told = |new| lines(Engine::Sqlite, films("films", "id"), new);
    assert_eq!(told(films("movies", "id")), ["view.renamed main.movies BB"]);
    assert_eq!(told(films("movies", "id + 1")), ["view.dropped main.films BB", "view.added main.movies SS"]);
}

#[test]
fn a_table_that_moves_to_another_schema_takes_its_sequence_and_its_views_along() {
    let shop = |schema: &str| {
        let sale = table(
            &format!("{schema}.sale"),
            vec![with_default(
                column("id", "integer!"),
                &format!("nextval('{schema}.sale_id_seq'::regclass)"),
            )],
        );
        let numbers = Sequence {
            data_type: "integer".into(),
            owned_by: Some(format!("{schema}.sale.id")),
            ..Sequence::default()
        };
        let query = format!("SELECT sale.id FROM {schema}.sale");
        vec![
            physical(object("old", Body::Schema(Schema::default())), 1),
            physical(object("new", Body::Schema(Schema::default())), 2),
            physical(sale, 3),
            physical(object(&format!("{schema}.sale_id_seq"), Body::Sequence(numbers)), 4),
            physical(view("old.sales", vec![column("id", "integer")], &format!("{schema}.sale"), &query), 5),
        ]
    };
    assert_eq!(lines(Engine::Postgres, shop("old"), shop("new")), ["table.renamed new.sale BB"]);
}

#[test]
fn what_a_renamed_table_lost_is_told_under_its_old_name_and_all_else_under_the_new_one() {
    let film = |path: &str, full: bool| {
        let mut columns = vec![column("id", "integer!")];
        columns.extend(full.then(|| column("length", "integer")));
        let film = table_with(path, columns, |film| {
            if full {
                film.primary_key = Some(key("pk", &["id"]));
                film.foreign_keys = vec![foreign_key("f", "id", "public.o", "id")];
                film.checks = vec![check("c", "(id > 0)")];
                film.indexes = vec![index("i", "id")];
                film.privileges = vec![Privilege {
                    grantee: "reader".into(),
                    column: None,
                    rights: vec!["select".into()],
                    grantable: Vec::new(),
                }];
            }
        });
        vec![physical(film, 1)]
    };
    let told = |old, new| -> Vec<String> {
        let found = changes(Engine::Postgres, old, new);
        let parts = found.iter().filter(|change| change.verb() != "renamed");
        parts.map(|change| change.path.clone()).collect()
    };
    let paths =
        |table: &str| ["reader", "length", "pk", "f", "c", "i"].map(|part| format!("public.{table}.{part}"));
    assert_eq!(told(film("public.film", true), film("public.movie", false)), paths("film"));
    assert_eq!(told(film("public.film", false), film("public.movie", true)), paths("movie"));
}

#[test]
fn two_columns_may_swap_their_names() {
    let old = vec![physical(table("public.t", vec![column("a", "integer"), column("b", "integer")]), 1)];
    let new = vec![physical(table("public.t", vec![column("b", "integer"), column("a", "integer")]), 1)];
    assert_eq!(
        lines(Engine::Postgres, old, new),
        ["column.renamed public.t.b BB", "column.renamed public.t.a BB"]
    );
}

#[test]
fn a_renamed_schema_is_one_change_where_no_ids_tell() {
    let shop = |schema: &str| {
        let path = |name: &str| format!("{schema}.{name}");
        vec![
            object(schema, Body::Schema(Schema::default())),
            table(&path("film"), vec![column("id", "int")]),
            table(&path("actor"), vec![column("id", "int")]),
        ]
    };
    assert_eq!(lines(Engine::Mysql, shop("old"), shop("new")), ["schema.renamed new BB D"]);
    let mut half = shop("new");
    half.pop();
    half.push(table("new.other", vec![column("x", "text")]));
    assert!(lines(Engine::Mysql, shop("old"), half).contains(&"schema.dropped old BB D".to_owned()));
}
