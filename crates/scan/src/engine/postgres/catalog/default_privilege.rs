//! Rights that are given by themselves on what is made from now on.

use std::collections::BTreeMap;

use tokio_postgres::Row;
use types::snapshot::DefaultPrivilege;

use super::privilege::EVERYBODY;
use super::{ByRelation, get};
use crate::ScanError;

/// A row for each role that gets any, as more rows of what there is in the database; the id is the schema's, 0 where all
/// schemas are meant. The creator's own row says that there is a list, though nobody else may be on it.
pub(super) const DEFAULT_PRIVILEGES: &str = "\
    SELECT 'default', l.defaclnamespace, \
           ARRAY[pg_catalog.pg_get_userbyid(l.defaclrole)::text, l.defaclobjtype::text, \
                 CASE WHEN a.grantee = 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END], \
           pg_catalog.string_agg(DISTINCT pg_catalog.lower(a.privilege_type), ' '), \
           pg_catalog.string_agg(DISTINCT pg_catalog.lower(a.privilege_type), ' ') FILTER (WHERE a.is_grantable), \
           true, NULL, NULL, 0 \
    FROM pg_catalog.pg_default_acl l CROSS JOIN LATERAL pg_catalog.aclexplode(l.defaclacl) a \
    GROUP BY 2, 3";

/// By schema, creator and kind of object.
#[derive(Default)]
pub(super) struct DefaultPrivileges(BTreeMap<(u32, String, String), Vec<DefaultPrivilege>>);

impl DefaultPrivileges {
    pub(super) fn take(&mut self, row: &Row) -> Result<(), ScanError> {
        let [creator, letter, grantee] =
            <[String; 3]>::try_from(get::<Vec<String>>(row, 2)?).unwrap_or_default();
        let words = |index| {
            let text = get::<Option<String>>(row, index)?.unwrap_or_default();
            Ok::<_, ScanError>(text.split_whitespace().map(ToOwned::to_owned).collect())
        };
        let objects = objects(&letter).to_owned();
        let of_list = self.0.entry((get(row, 1)?, creator.clone(), objects.clone())).or_default();
        of_list.push(DefaultPrivilege { creator, objects, grantee, rights: words(3)?, grantable: words(4)? });
        Ok(())
    }

    /// By schema; under 0 those of the whole database.
    pub(super) fn finish(self) -> ByRelation<DefaultPrivilege> {
        let mut found: ByRelation<DefaultPrivilege> = ByRelation::new();
        for ((schema, creator, objects), mut list) in self.0 {
            // A list of all schemas stands for what the server would give, one of a schema comes on top of that.
            if schema == 0
                && let Some(right) = of_everybody(&objects)
            {
                let everybody = list.iter().position(|privilege| privilege.grantee == EVERYBODY);
                match everybody {
                    Some(at) if list[at].rights == [right] && list[at].grantable.is_empty() => {
                        list.remove(at);
                    }
                    Some(_) => {}
                    None => list.push(DefaultPrivilege {
                        creator: creator.clone(),
                        objects,
                        grantee: EVERYBODY.into(),
                        ..DefaultPrivilege::default()
                    }),
                }
            }
            list.retain(|privilege| privilege.grantee != creator);
            found.entry(schema).or_default().append(&mut list);
        }
        found
    }
}

fn objects(letter: &str) -> &'static str {
    match letter {
        "r" => "tables",
        "S" => "sequences",
        "f" => "routines",
        "T" => "types",
        "n" => "schemas",
        _ => "large_objects",
    }
}

/// What the server gives everybody.
fn of_everybody(objects: &str) -> Option<&'static str> {
    match objects {
        "routines" => Some("execute"),
        "types" => Some("usage"),
        _ => None,
    }
}
