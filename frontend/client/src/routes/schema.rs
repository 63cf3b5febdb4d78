//! Schemas and their versions.

use gloo_net::http::Method;
use types::page::Page;
use types::schema::{
    Comparison, ObjectDetail, ObjectHistory, PatchObject, SchemaGraph, SchemaVersion, SearchHit,
    VersionSummary,
};

use crate::query::escape;
use crate::{Api, Failure, Query};

fn of(source: Option<&str>) -> Query {
    Query::new().with("source", source)
}

impl Api {
    /// `GET /api/schema/latest`
    pub async fn schema(&self, source: Option<&str>) -> Result<SchemaVersion, Failure> {
        self.get("/api/schema/latest", &of(source)).await
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

    /// `PATCH /api/schema/objects/{path}`
    pub async fn patch_object(
        &self,
        source: Option<&str>,
        path: &str,
        body: &PatchObject,
    ) -> Result<(), Failure> {
        let address = format!("/api/schema/objects/{}{}", escape(path), of(source));
        self.tell(Method::PATCH, &address, Some(body)).await
    }
}
