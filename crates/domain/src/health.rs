//! How healthy data is.
