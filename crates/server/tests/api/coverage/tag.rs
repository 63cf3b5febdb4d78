//! What was read and is still the same is not sent again.

use reqwest::StatusCode;
use serde_json::Value;

use super::estate::Estate;
use super::operation::operations;
use crate::app::TestApp;
use crate::database::TestDatabase;

#[tokio::test]
async fn whatever_is_read_has_a_tag_and_is_not_sent_again_while_it_holds() {
    let app = TestApp::start(TestDatabase::sqlite().await).await;
    let estate = Estate::new(&app, "acme").await;
    let mut asked = 0;
    for operation in operations().iter().filter(|operation| operation.is_tagged) {
        let path = operation.address(Some(&estate));
        // What is public says itself for how long it may be kept.
        if !path.starts_with("/api/") {
            continue;
        }
        let read = estate.owner.get(&path).await;
        if read.status != StatusCode::OK {
            assert_eq!(read.header("etag"), "", "{path}");
            assert_eq!(read.header("cache-control"), "no-store", "{path}");
            continue;
        }
        asked += 1;
        let tag = read.header("etag");
        assert!(tag.len() == 34 && tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
        assert_eq!(read.header("cache-control"), "no-store", "{path}");
        for known in [tag.to_owned(), format!("\"another\", W/{tag}"), "*".to_owned()] {
            let again = estate.owner.with("if-none-match", &known).get(&path).await;
            assert_eq!((again.status, &again.body), (StatusCode::NOT_MODIFIED, &Value::from("")), "{path}");
            assert_eq!(again.header("etag"), tag, "{path}");
            assert_eq!(again.header("cache-control"), "no-store", "{path}");
            assert_eq!(again.header("x-content-type-options"), "nosniff", "{path}");
            for gone in ["content-type", "content-length", "transfer-encoding"] {
                assert_eq!(again.header(gone), "", "{path} {gone}");
            }
        }
        let other = estate.owner.with("if-none-match", "\"another\"").get(&path).await;
        assert_eq!((other.status, other.body), (StatusCode::OK, read.body), "{path}");
    }
    assert!(asked > 30, "{asked} operations are tagged");
}
