//! What a call waits with.

use super::*;

/// A thread has two MiB, of which the functions that poll one another's futures take their copies.
const MOST: usize = 12 << 10;

#[tokio::test]
async fn what_a_call_waits_with_is_small_beside_a_threads_stack() {
    let (source, limits, cancel) = (source("sqlite:none.db"), Limits::default(), CancellationToken::new());
    let (filter, profile) = (Filter::default(), ProfileRequest::default());
    let sizes = [
        ("info", size_of_val(&source.info(limits))),
        ("look", size_of_val(&source.look(None, &filter, limits, &cancel))),
        ("safe_look", size_of_val(&source.safe_look(None, &filter, limits, &cancel))),
        ("scan", size_of_val(&source.scan(&filter, limits, &cancel))),
        ("profile", size_of_val(&source.profile(&profile, limits, &cancel, &|_| ()))),
        ("profile_fingerprint", size_of_val(&source.profile_fingerprint(&profile, limits, &cancel))),
    ];
    for (call, bytes) in sizes {
        assert!(bytes < MOST, "{call}: {bytes} bytes");
    }
}
