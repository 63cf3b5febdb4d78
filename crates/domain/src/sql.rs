//! Just enough SQL to compare texts that a catalog hands out: words, quotes, literals, operators.

pub(crate) mod expression;
mod keyword;
pub(crate) mod rewrite;
pub(crate) mod token;
mod updatable;
pub(crate) mod writer;

pub(crate) use updatable::is_updatable;
