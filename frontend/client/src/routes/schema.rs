//! Schemas and their versions.

use gloo_net::http::Method;
use serde::Deserialize;
use types::page::Page;
use types::schema::{
    Comparison, ObjectDetail, ObjectHistory, PatchObject, SchemaGraph, SchemaVersion, SearchHit,
    VersionSummary,
};

use crate::query::escape;
use crate::{Api, Change, Failure, Query};

/// An object's own owner, empty without one, and its own tags.
type Owned = (String, Vec<String>);

/// What is read of a [`SchemaVersion`] by whoever wants to know only which tables there are.
#[derive(Deserialize)]
struct Tables {
    tables: Vec<Table>,
}

#[derive(Deserialize)]
struct Table {
    path: String,
}

fn of(source: Option<&str>) -> Query {
    Query::new().with("source", source)
}

impl Api {
    /// `GET /api/schema/latest`
    pub async fn schema(&self, source: Option<&str>) -> Result<SchemaVersion, Failure> {
        self.get("/api/schema/latest", &of(source)).await
    }

    /// `GET /api/schema/latest`: the paths of its tables.
    pub async fn tables(&self, source: Option<&str>) -> Result<Vec<String>, Failure> {
        let Tables { tables } = self.get("/api/schema/latest", &of(source)).await?;
        Ok(tables.into_iter().map(|table| table.path).collect())
    }

    /// `GET /api/schema/latest`, with the tables of an owner and with a tag.
    pub async fn schema_of(
        &self,
        source: Option<&str>,
        owner: &str,
        tag: &str,
    ) -> Result<SchemaVersion, Failure> {
        let query = of(source).with("owner", Some(owner)).with("tag", Some(tag));
        self.get("/api/schema/latest", &query).await
    }

    /// `GET /api/schema/history`
    pub async fn schema_history(
        &self,
        source: Option<&str>,
        cursor: Option<&str>,
    ) -> Result<Page<VersionSummary>, Failure> {
        self.get("/api/schema/history", &of(source).with("cursor", cursor)).await
    }

    /// `GET /api/schema/compare`
    pub async fn compare(&self, source: Option<&str>, from: u32, to: u32) -> Result<Comparison, Failure> {
        let query = of(source).with("from", Some(from)).with("to", Some(to));
        self.get("/api/schema/compare", &query).await
    }

    /// `GET /api/schema/graph`
    pub async fn schema_graph(&self, source: Option<&str>) -> Result<SchemaGraph, Failure> {
        self.get("/api/schema/graph", &of(source)).await
    }

    /// `GET /api/schema/search`
    pub async fn search_schema(&self, source: Option<&str>, text: &str) -> Result<Page<SearchHit>, Failure> {
        let query = of(source).with("q", Some(text)).with("limit", Some(20));
        self.get("/api/schema/search", &query).await
    }

    /// `GET /api/schema/objects/{path}`
    pub async fn object(&self, source: Option<&str>, path: &str) -> Result<ObjectDetail, Failure> {
        self.get(&format!("/api/schema/objects/{}", escape(path)), &of(source)).await
    }

    /// `GET /api/schema/objects/{path}/history`
    pub async fn object_history(&self, source: Option<&str>, path: &str) -> Result<ObjectHistory, Failure> {
        self.get(&format!("/api/schema/objects/{}/history", escape(path)), &of(source)).await
    }

    /// `PATCH /api/schema/objects/{path}` of a table or of one of its columns, by somebody who has read the description as it
    /// was. Answers the present one where it is another.
    pub async fn describe_object(
        &self,
        source: Option<&str>,
        table: &str,
        column: Option<(&str, &str)>,
        text: &str,
        was: Option<&str>,
    ) -> Result<Change<Option<String>>, Failure> {
        let object = |path: &str| format!("/api/schema/objects/{}{}", escape(path), of(source));
        let path = column.map_or(table, |(path, _)| path);
        let body = PatchObject { description: Some(text.to_owned()), ..PatchObject::default() };
        let described = |now: &ObjectDetail| description(now, column.map(|(_, name)| name));
        let is_as_read = |now: &ObjectDetail| described(now).as_deref() == was;
        let change = self.change(&object(table), is_as_read, Method::PATCH, &object(path), &body).await?;
        Ok(change.map(|now| described(&now)))
    }

    /// `PATCH /api/schema/objects/{path}`: who owns it and its tags, by somebody who has read them as they were.
    pub async fn own_object(
        &self,
        source: Option<&str>,
        path: &str,
        (owner, tags): &Owned,
        was: &Owned,
    ) -> Result<Change<Owned>, Failure> {
        let path = format!("/api/schema/objects/{}{}", escape(path), of(source));
        let body = PatchObject { description: None, owner: Some(owner.clone()), tags: Some(tags.clone()) };
        let owned = |now: &ObjectDetail| (now.owner.clone().unwrap_or_default(), now.tags.clone());
        let change = self.change(&path, |now| owned(now) == *was, Method::PATCH, &path, &body).await?;
        Ok(change.map(|now| owned(&now)))
    }
}

/// What is said of a table, or of one of its columns.
fn description(table: &ObjectDetail, column: Option<&str>) -> Option<String> {
    let description = match column {
        None => &table.description,
        Some(name) => &table.columns.iter().find(|column| column.name == name)?.description,
    };
    description.as_ref().map(|description| description.text.clone())
}
