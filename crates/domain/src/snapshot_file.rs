//! Reads a snapshot from a file that somebody hands in.

mod objects;

use std::collections::HashSet;

use serde::Deserialize;
use types::snapshot::{FORMAT_VERSION, Object, Snapshot, SnapshotHeader};

use crate::canonical::{CANONICAL_VERSION, address, canonicalize, is_ordered};
use objects::Objects;

/// Why a file is no snapshot that we can read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The text is no JSON, or lacks something.
    #[error("not a snapshot: {message} (line {line}, column {column})")]
    Malformed { message: String, line: usize, column: usize },
    /// A newer Bastion wrote it.
    #[error(
        "the snapshot has format version {found}, and this program reads up to {FORMAT_VERSION}: use a newer one"
    )]
    TooNew { found: u64 },
    /// Two objects share an address.
    #[error("not a snapshot: {kind} {path} is in it twice")]
    Duplicate { kind: &'static str, path: String },
}

impl ReadError {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "snapshot_malformed",
            Self::TooNew { .. } => "snapshot_too_new",
            Self::Duplicate { .. } => "snapshot_duplicate",
        }
    }
}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let place = format!(" at line {line} column {column}");
        Self::Malformed {
            // The text may quote the file: enough of it to find the place, no more.
            message: text.replace(&place, "").chars().take(200).collect(),
            line,
            column,
        }
    }
}

#[derive(Deserialize)]
struct Version {
    format_version: u64,
}

/// A snapshot as it is read.
#[derive(Deserialize)]
#[serde(expecting = "struct Snapshot")]
struct File {
    #[serde(flatten)]
    header: SnapshotHeader,
    objects: Objects,
}

/// Reads a snapshot and brings it into canonical form, whatever form it was in. Objects that have the hash of what they
/// hold, by the rules of today, are in that form already.
///
/// # Errors
/// [`ReadError`] when the text is no JSON, is no snapshot, is of a newer format or holds an object twice.
pub fn read_snapshot(json: &[u8]) -> Result<Snapshot, ReadError> {
    let File { mut header, objects } = parse(json).map_err(|error| {
        // A newer format need not have the members that this one expects.
        match parse::<Version>(json) {
            Ok(version) if version.format_version > u64::from(FORMAT_VERSION) => {
                ReadError::TooNew { found: version.format_version }
            }
            Ok(_) => error.into(),
            // What the version could not be found for says more about the file as a whole.
            Err(error) => error.into(),
        }
    })?;
    if header.format_version > FORMAT_VERSION {
        return Err(ReadError::TooNew { found: header.format_version.into() });
    }
    let Objects { objects, whole } = objects;
    if header.canonical_version == CANONICAL_VERSION
        && let Some(whole) = whole
    {
        let (root_hash, column_order) = whole.finish();
        header.root_hash = root_hash;
        header.column_order = Some(column_order);
        return Ok(Snapshot { header, objects });
    }
    match duplicate(&objects) {
        Some(object) => Err(ReadError::Duplicate { kind: object.body.kind(), path: object.path.clone() }),
        None => Ok(canonicalize(Snapshot { header, objects })),
    }
}

/// Whether the text is UTF-8 is asked once of the whole, which is faster than of each of its names and values.
fn parse<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T, serde_json::Error> {
    match std::str::from_utf8(json) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(json),
    }
}

/// The first object that was there before.
fn duplicate(objects: &[Object]) -> Option<&Object> {
    if is_ordered(objects) {
        return None;
    }
    let mut seen = HashSet::with_capacity(objects.len());
    objects.iter().find(|object| !seen.insert(address(object)))
}

#[cfg(test)]
mod tests {
    use types::snapshot::Engine;

    use super::*;
    use crate::fixture::{column, snapshot, table};

    fn file() -> serde_json::Value {
        let film = table("public.film", vec![column("id", "int4")]);
        serde_json::to_value(snapshot(Engine::Postgres, vec![film])).unwrap()
    }

    /// Two tables, neither in order nor in canonical form.
    fn two() -> serde_json::Value {
        let mut file = file();
        let mut actor = file["objects"][0].clone();
        actor["path"] = "public.actor".into();
        actor["parts"] = serde_json::json!(["public", "actor"]);
        file["objects"].as_array_mut().unwrap().push(actor);
        file
    }

    #[test]
    fn a_snapshot_as_read_comes_out_canonical() {
        let read = read_snapshot(file().to_string().as_bytes()).unwrap();
        assert_eq!(read.objects[0].body.columns()[0].data_type, "integer");
        assert_eq!(read, canonicalize(read.clone()));
    }

    #[test]
    fn a_canonical_file_comes_out_as_it_was_written() {
        let done = canonicalize(serde_json::from_value(two()).unwrap());
        let read = read_snapshot(&serde_json::to_vec(&done).unwrap()).unwrap();
        assert!(read.header.column_order.is_some());
        assert_eq!(read, done);
    }

    #[test]
    fn a_canonical_file_that_somebody_edited_is_not_believed() {
        let done = canonicalize(serde_json::from_value(two()).unwrap());
        let edits: [fn(&mut serde_json::Value); 7] = [
            |file| file["root_hash"] = "ab".into(),
            |file| file["canonical_version"] = 1.into(),
            |file| file["objects"].as_array_mut().unwrap().reverse(),
            |file| file["objects"][1]["hash"] = "ab".into(),
            |file| file["objects"][1]["hash"] = "".into(),
            |file| file["objects"][1]["columns"][0]["type"] = "int8".into(),
            |file| file["objects"][1]["columns"][0]["position"] = 2.into(),
        ];
        for (number, edit) in edits.into_iter().enumerate() {
            let mut file = serde_json::to_value(&done).unwrap();
            edit(&mut file);
            let read = read_snapshot(file.to_string().as_bytes()).unwrap();
            assert_eq!(read, canonicalize(serde_json::from_value(file).unwrap()), "edit {number}");
            assert_eq!(read == done, number != 5, "edit {number}");
        }
    }

    #[test]
    fn a_text_that_is_no_utf_8_is_refused_with_its_place() {
        let mut json = b"{\"format_version\": 1,\n\"engine\": \"\xff\"}".to_vec();
        let error = read_snapshot(&json).unwrap_err();
        assert_eq!(error.to_string(), "not a snapshot: invalid unicode code point (line 2, column 12)");
        json.truncate(10);
        assert_eq!(read_snapshot(&json).unwrap_err().code(), "snapshot_malformed");
    }

    #[test]
    fn a_file_that_is_no_snapshot_is_refused_with_its_place() {
        let mut newer = file();
        newer["format_version"] = 2.into();
        newer["objects"] = "unheard of".into();
        let mut twice = file();
        let film = twice["objects"][0].clone();
        twice["objects"].as_array_mut().unwrap().push(film);
        let cases = [
            (
                "{\n  \"format_version\": 1,\n  nonsense".to_owned(),
                "snapshot_malformed",
                "not a snapshot: key must be a string (line 3, column 3)",
            ),
            (
                "{}".to_owned(),
                "snapshot_malformed",
                "not a snapshot: missing field `format_version` (line 1, column 2)",
            ),
            (
                newer.to_string(),
                "snapshot_too_new",
                "the snapshot has format version 2, and this program reads up to 1: use a newer one",
            ),
            (twice.to_string(), "snapshot_duplicate", "not a snapshot: table public.film is in it twice"),
        ];
        for (text, code, message) in cases {
            let error = read_snapshot(text.as_bytes()).unwrap_err();
            assert_eq!((error.code(), error.to_string().as_str()), (code, message));
        }
    }
}
