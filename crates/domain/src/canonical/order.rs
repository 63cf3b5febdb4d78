//! The order of a canonical snapshot's objects, and how one is found by it: without an index, which to build takes
//! longer than most comparisons.

use types::snapshot::Object;

/// What objects are in order of: path, then kind.
pub(crate) fn address(object: &Object) -> (&str, &'static str) {
    (&object.path, object.body.kind())
}

/// Whether the objects are in order, and none is there twice.
pub(crate) fn is_ordered(objects: &[Object]) -> bool {
    objects.is_sorted_by(|a, b| address(a) < address(b))
}

/// The objects at a path, of each kind at most one, in objects that are in order.
pub(crate) fn at_path<'a>(objects: &'a [Object], path: &str) -> &'a [Object] {
    let start = objects.partition_point(|object| object.path.as_str() < path);
    let found = objects[start..].iter().take_while(|object| object.path == path).count();
    &objects[start..start + found]
}

#[cfg(test)]
mod tests {
    use types::snapshot::{Body, EnumType};

    use super::*;
    use crate::fixture::{object, table};

    fn mood(path: &str) -> Object {
        object(path, Body::Enum(EnumType::default()))
    }

    #[test]
    fn objects_are_found_by_their_path() {
        let objects = [table("a.a", vec![]), mood("a.b"), table("a.b", vec![]), mood("a.c")];
        let kinds =
            |path| at_path(&objects, path).iter().map(|object| object.body.kind()).collect::<Vec<_>>();
        assert!(is_ordered(&objects));
        assert_eq!(kinds("a.a"), ["table"]);
        assert_eq!(kinds("a.b"), ["enum", "table"]);
        assert_eq!(kinds("a.c"), ["enum"]);
        assert!(["", "a", "a.aa", "b"].into_iter().all(|path| kinds(path).is_empty()));
    }

    #[test]
    fn what_is_there_twice_is_in_no_order() {
        assert!(!is_ordered(&[table("a.a", vec![]), table("a.a", vec![])]));
        assert!(!is_ordered(&[table("a.b", vec![]), table("a.a", vec![])]));
        assert!(is_ordered(&[]));
    }
}
