//! Rules for what roles may do.

use ::types::change::Flag::Authorization;

use super::Verdict;
use super::level::{B, I, P, S};

pub(crate) const GRANTED: Verdict =
    Verdict::new(I, I, "The role may do more with it than before.").flags(&[Authorization]);

pub(crate) const READ_REVOKED: Verdict =
    Verdict::new(B, P, "The role's queries fail: it may no longer read it.").flags(&[Authorization]);

pub(crate) const WRITE_REVOKED: Verdict =
    Verdict::new(S, B, "The role's writes fail: it may no longer change its rows.").flags(&[Authorization]);

pub(crate) const USE_REVOKED: Verdict =
    Verdict::new(B, B, "The role may no longer use it: what it does with it fails.").flags(&[Authorization]);

pub(crate) const DEFINITION_REVOKED: Verdict =
    Verdict::new(I, P, "The role's migrations fail: it may no longer build upon it.").flags(&[Authorization]);

pub(crate) const DEFAULT_GRANTED: Verdict =
    Verdict::new(I, I, "The role may do more with what is made from now on.").flags(&[Authorization]);

pub(crate) const DEFAULT_REVOKED: Verdict = Verdict::new(
    P,
    P,
    "What is made from now on is no longer given to the role: its queries of new objects may fail.",
)
.flags(&[Authorization]);

pub(crate) const NOT_GRANTABLE: Verdict =
    Verdict::new(I, P, "The role may no longer pass its rights on.").flags(&[Authorization]);
