//! The search for a part of a text, in any case, the same on both databases.

use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};

/// Whether the expression's text holds another.
pub(crate) fn holds(expression: Expr, text: &str) -> Expr {
    // `instr` and `strpos` differ in name; LIKE is in both, with its signs escaped.
    let text = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    Expr::expr(Func::lower(expression)).like(LikeExpr::new(format!("%{text}%")).escape('\\'))
}
