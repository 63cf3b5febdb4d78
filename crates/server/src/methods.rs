//! Which methods exist at which path: a wrong one is told from a wrong path.

use actix_web::dev::ResourceDef;
use utoipa::openapi::OpenApi as Description;
use utoipa::openapi::path::PathItem;

/// Every described path and its methods.
#[derive(Clone)]
pub(crate) struct Methods(Vec<(ResourceDef, String)>);

impl Methods {
    /// The table of a description.
    pub(crate) fn of(description: &Description) -> Self {
        let paths = description.paths.paths.iter();
        Self(paths.map(|(path, item)| (ResourceDef::new(path.as_str()), allowed(item))).collect())
    }

    /// The value of `Allow` for a path that exists.
    pub(crate) fn at(&self, path: &str) -> Option<&str> {
        self.0.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, allowed)| allowed.as_str())
    }
}

fn allowed(item: &PathItem) -> String {
    let methods = [
        ("GET", item.get.is_some()),
        ("POST", item.post.is_some()),
        ("PUT", item.put.is_some()),
        ("PATCH", item.patch.is_some()),
        ("DELETE", item.delete.is_some()),
    ];
    methods.iter().filter(|(_, exists)| *exists).map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}
