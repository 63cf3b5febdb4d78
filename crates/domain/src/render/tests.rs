use types::snapshot::{Body, Engine, EnumType};

use super::*;
use crate::diff;
use crate::fixture::{column, object, snapshot, table};

fn changes() -> Vec<Change> {
    let old = vec![table("public.film", vec![column("id", "integer"), column("length", "integer")])];
    let new = vec![table("public.film", vec![column("id", "bigint")]), table("public.<img>|@all", vec![])];
    let of = |objects| snapshot(Engine::Postgres, objects);
    diff(&of(old), &of(new), None)
}

#[test]
fn text_begins_with_what_breaks() {
    let expected = "\
Breaking (1)
  Dropped column public.film.length [DS103]
    nullable: true; type: integer
    Queries and writes that name the column fail, and its values are gone.

Potentially breaking (1)
  Changed type of column public.film.id [PG301]
    integer → bigint
    Every old value fits, but clients that bind the old width may overflow or cut off new values.

Safe (1)
  Added table public.<img>|@all
    Nothing uses the new table yet.

Dropped column public.film.length and 2 other changes; 1 breaking.
";
    assert_eq!(text(&changes(), Audience::Both), expected);
    assert_eq!(text(&[], Audience::Both), "No changes.\n");
}

#[test]
fn markdown_lets_no_name_become_markup() {
    let rendered = markdown(&changes(), Audience::Both);
    assert!(rendered.starts_with("## Schema changes\n\n**Breaking.** Dropped column public.film.length"));
    assert!(rendered.contains("public.&lt;img&gt;\\|&#64;all"), "{rendered}");
    let breaking = rendered.find("### Breaking (1)").unwrap();
    let folded = rendered.find("<details><summary>Safe (1)").unwrap();
    assert!(breaking < folded);
    let rows = rendered.lines().filter(|line| line.starts_with('|'));
    for row in rows {
        let bars = row.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 6, "{row}");
    }
}

#[test]
fn the_audience_decides_what_breaks() {
    let old = snapshot(Engine::Postgres, vec![table("public.t", vec![])]);
    let new = snapshot(Engine::Postgres, vec![table("public.t", vec![column("c", "integer!")])]);
    let changes = diff(&old, &new, None);
    assert!(text(&changes, Audience::Readers).starts_with("Safe (1)"));
    assert!(text(&changes, Audience::Writers).starts_with("Breaking (1)"));
}

/// The changes as a log about a file with this text.
fn log(text: Option<&str>) -> serde_json::Value {
    let artifact = Artifact { uri: "schema/shop.json".into(), text };
    serde_json::from_str(&sarif(&changes(), Audience::Both, &artifact)).unwrap()
}

#[test]
fn each_result_of_sarif_is_at_the_line_of_its_object_and_is_the_same_alert_wherever_that_moves() {
    let text = "{\n  \"objects\": [\n    {\n      \"path\": \"public\",\n      \"path\": \"public.film\"\n    }\n  ]\n}";
    let places = |log: &serde_json::Value| -> Vec<(String, u64, String)> {
        let results = log["runs"][0]["results"].as_array().unwrap();
        let place = |result: &serde_json::Value| {
            let physical = &result["locations"][0]["physicalLocation"];
            assert_eq!(physical["artifactLocation"]["uri"], "schema/shop.json");
            let path = result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].as_str().unwrap();
            let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap();
            (path.to_owned(), physical["region"]["startLine"].as_u64().unwrap(), hash.to_owned())
        };
        results.iter().map(place).collect()
    };
    let (with, without) = (places(&log(Some(text))), places(&log(None)));
    for (path, line, _) in &with {
        let expected = if path.starts_with("public.film.") || path == "public.film" { 5 } else { 4 };
        assert_eq!(*line, expected, "{path}");
    }
    assert!(without.iter().all(|(_, line, _)| *line == 1));
    let hashes = |places: &[(String, u64, String)]| -> Vec<String> {
        places.iter().map(|(_, _, hash)| hash.clone()).collect()
    };
    assert_eq!(hashes(&with), hashes(&without));
    assert_eq!(hashes(&with).into_iter().collect::<std::collections::BTreeSet<_>>().len(), with.len());
}

#[test]
fn values_of_one_enum_that_went_are_alerts_of_their_own() {
    let mood = |values: &[&str]| {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let mood = EnumType { values, ..EnumType::default() };
        snapshot(Engine::Postgres, vec![object("public.mood", Body::Enum(mood))])
    };
    let changes = diff(&mood(&["sad", "glad", "mad"]), &mood(&["glad"]), None);
    let artifact = Artifact { uri: "schema/shop.json".into(), text: None };
    let log: serde_json::Value = serde_json::from_str(&sarif(&changes, Audience::Both, &artifact)).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let hashes: Vec<&str> = results
        .iter()
        .map(|result| result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap())
        .collect();
    let [(sad, "1"), (mad, "2")] =
        hashes.iter().map(|hash| hash.split_once(':').unwrap()).collect::<Vec<_>>()[..]
    else {
        panic!("{hashes:?}")
    };
    assert_eq!(sad, mad);
}

#[test]
fn sarif_has_a_rule_for_each_kind_and_a_level_for_each_result() {
    let log = log(None);
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules: Vec<_> = run["tool"]["driver"]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert_eq!(rules, ["column.dropped", "column.type_changed", "table.added"]);
    let levels: Vec<_> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| (result["ruleId"].as_str().unwrap(), result["level"].as_str().unwrap()))
        .collect();
    assert_eq!(
        levels,
        [("table.added", "note"), ("column.dropped", "error"), ("column.type_changed", "warning")]
    );
}

#[test]
fn a_long_text_is_cut_and_its_control_characters_are_gone() {
    let long = format!("a\u{1b}[31m\n{}", "x".repeat(500));
    let line = one_line(&long);
    assert_eq!(line.chars().count(), 160);
    assert!(line.starts_with("a[31m x") && line.ends_with('…'));
}
