//! A list that is narrowed by owner or tag, and all that is known of these in it.

use std::collections::HashMap;

use store::Reads;
use types::SourceId;

use super::{Filter, Registers};
use crate::Error;

/// What a list is narrowed to, and what is known of the owners and tags of everything in it.
#[derive(Debug)]
pub(crate) struct Narrowed {
    filter: Filter,
    registers: Registers,
}

impl Narrowed {
    /// Over some sources, given with their names; nothing where there is no filter.
    pub(crate) async fn over(
        tx: &impl Reads,
        filter: Option<Filter>,
        sources: &HashMap<SourceId, String>,
    ) -> Result<Option<Self>, Error> {
        Ok(match filter {
            Some(filter) => Some(Self { filter, registers: Registers::whole(tx, sources).await? }),
            None => None,
        })
    }

    /// Whether an object or a column is meant.
    pub(crate) fn wants(&self, source: SourceId, path: &str) -> bool {
        self.filter.wants(&self.registers.ask(source, path))
    }
}
