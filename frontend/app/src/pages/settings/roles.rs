use leptos::prelude::*;
use types::permission::{Permission, Role};
use ui::{Card, Cell, Glyph, HeaderCell, Icon, Row, Table};

use crate::words::role;

/// What each role may do: the table that the server enforces.
#[component]
pub fn Roles() -> impl IntoView {
    let head = || {
        let roles = Role::ALL.map(|one| view! { <HeaderCell>{role(one)}</HeaderCell> });
        view! {
            <HeaderCell>"Allows to"</HeaderCell>
            {roles.into_iter().collect_view()}
        }
    };
    let rows = Permission::ALL.iter().map(|&permission| {
        let held = Role::ALL.map(|one| view! { <Cell>{held(one.may(permission))}</Cell> });
        view! {
            <Row>
                <Cell>
                    {permission.about().trim_end_matches('.')}
                    <span class="ml-2 font-mono text-text-3">{permission.as_str()}</span>
                </Cell>
                {held.into_iter().collect_view()}
            </Row>
        }
    });
    view! {
        <Card title="What the roles may do" description="The server checks each request against this table." flush=true>
            <Table caption="What the roles may do" head=head class="border-t border-border">
                {rows.collect_view()}
            </Table>
        </Card>
    }
}

fn held(yes: bool) -> impl IntoView {
    yes.then(|| view! { <Icon glyph=Glyph::Check class="size-4 text-ok" label="yes" /> })
}
