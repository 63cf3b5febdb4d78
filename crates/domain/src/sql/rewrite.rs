//! Compares texts across a rename.

use std::borrow::Cow;
use std::collections::HashMap;

use types::snapshot::{Engine, path_of};

use super::token::{Kind, Token, tokens, unquote};
use super::writer;

/// Old names and what they are called now: the last part of a path, or a whole path within a literal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    pub(crate) fn insert(&mut self, old: &str, new: &str) {
        if old != new {
            self.0.insert(old.to_owned(), new.to_owned());
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn of<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }

    /// Both maps in one; `other` wins.
    pub(crate) fn with(&self, other: &Self) -> Self {
        let mut all = self.0.clone();
        all.extend(other.0.iter().map(|(old, new)| (old.clone(), new.clone())));
        Self(all)
    }

    /// Whether the texts say the same once the renames are taken into account.
    ///
    /// PostgreSQL prints a view over a renamed column as `film.len AS length`, and over a renamed table as
    /// `FROM movie film`: a name followed by itself counts once.
    pub(crate) fn same(&self, engine: Engine, old: &str, new: &str) -> bool {
        old == new || (!self.is_empty() && self.folded(engine, old) == self.folded(engine, new))
    }

    fn folded(&self, engine: Engine, text: &str) -> String {
        let parts = self.replaced(engine, tokens(engine, text));
        let mut kept: Vec<Token<'_>> = Vec::with_capacity(parts.len());
        for token in parts {
            let repeats = |at: usize| {
                kept.len()
                    .checked_sub(at)
                    .is_some_and(|index| kept[index] == token && token.kind != Kind::Symbol)
            };
            let aliased = kept.last().is_some_and(|last| last.is_word("as")) && repeats(2);
            if aliased {
                kept.pop();
            } else if !repeats(1) {
                kept.push(token);
            }
        }
        writer::line(&kept)
    }

    /// Every name as it is now. One with its schema is looked up whole first: it may have moved to another.
    fn replaced<'t>(&'t self, engine: Engine, parts: Vec<Token<'t>>) -> Vec<Token<'t>> {
        let mut replaced = Vec::with_capacity(parts.len());
        let mut at = 0;
        while let Some(token) = parts.get(at) {
            if let Some(now) = self.whole(&parts[at..]) {
                replaced.extend(tokens(engine, now));
                at += 3;
                continue;
            }
            let mut token = token.clone();
            self.replace(&mut token);
            replaced.push(token);
            at += 1;
        }
        replaced
    }

    /// What `schema.name` at the beginning is called now, if that is another path.
    fn whole(&self, parts: &[Token<'_>]) -> Option<&str> {
        let [schema, dot, name, ..] = parts else { return None };
        if !dot.is_symbol(".") {
            return None;
        }
        self.0.get(&path_of(&[&*schema.name()?, &*name.name()?])).map(String::as_str)
    }

    fn replace(&self, token: &mut Token<'_>) {
        if token.kind == Kind::Literal {
            let replaced = self.0.get(&*unquote(&token.text)).map(|new| format!("'{new}'"));
            if let Some(new) = replaced {
                token.text = Cow::Owned(new);
            }
            return;
        }
        let new = token.name().and_then(|name| self.0.get(&*name).cloned());
        if let Some(new) = new {
            *token = Token::new(Kind::Word, new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_only_follows_a_rename_is_the_same() {
        let mut names = Names::default();
        names.insert("length", "len");
        names.insert("film", "movie");
        let old = "SELECT film.length FROM film";
        let cases = [
            ("SELECT film.len AS length FROM movie film", true),
            ("SELECT film.len FROM movie film", true),
            ("SELECT film.title FROM movie film", false),
        ];
        for (new, same) in cases {
            assert_eq!(names.same(Engine::Postgres, old, new), same, "{new}");
        }
    }

    #[test]
    fn a_text_that_only_follows_a_move_to_another_schema_is_the_same() {
        let mut names = Names::default();
        names.insert("public.film", "\"old films\".film");
        let old = "SELECT film.id, public.f(film.id) FROM public.film";
        let cases = [
            ("SELECT film.id, public.f(film.id) FROM \"old films\".film", true),
            ("SELECT film.id, public.f(film.id) FROM public.film", true),
            ("SELECT film.id, \"old films\".f(film.id) FROM \"old films\".film", false),
            ("SELECT film.id, public.f(film.id) FROM elsewhere.film", false),
        ];
        for (new, same) in cases {
            assert_eq!(names.same(Engine::Postgres, old, new), same, "{new}");
        }
    }
}
