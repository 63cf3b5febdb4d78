use leptos::prelude::*;
use types::organization::JoinOrganization;
use types::problem::Code;
use ui::{Button, ButtonVariant, EmptyState, Field, Glyph, Input};

use super::Onboarding;
use crate::address::page_address;
use crate::invitation;
use crate::session::Who;
use crate::submit::{FormFailure, Submit};
use crate::workspace::use_go;

/// What somebody entered: an organization's id, or an invitation's token.
fn body_of(text: &str) -> JoinOrganization {
    match text.parse() {
        Ok(id) => JoinOrganization { org_id: Some(id), ..JoinOrganization::default() },
        Err(_) => JoinOrganization { invitation: Some(text.to_owned()), ..JoinOrganization::default() },
    }
}

/// Asks for the organization's id or an invitation.
#[component]
pub fn JoinForm() -> impl IntoView {
    let onboarding: Onboarding = expect_context();
    let session = onboarding.session;
    let go = use_go();
    let look_go = go.clone();
    let submit = Submit::new();
    let text = RwSignal::new(invitation::kept().unwrap_or_default());
    let requested = RwSignal::new(false);
    let join = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let (api, body, go) = (session.api(), body_of(text.get_untracked().trim()), go.clone());
        submit.send(
            async move {
                let answer = api.join_organization(&body).await?;
                session.refresh().await;
                Ok(answer)
            },
            move |answer| match answer.organization {
                Some(organization) => {
                    invitation::forget();
                    go(
                        &page_address("/dashboard", Some(&organization.slug), None, client::Query::new()),
                        false,
                    );
                }
                None => {
                    let _ = requested.try_set(true);
                }
            },
        );
    };
    let error = Signal::derive(move || {
        let failure = submit.failure.get()?;
        failure.field("/org_id").or_else(|| failure.field("/invitation")).or_else(|| {
            failure
                .is(Code::NotFound)
                .then(|| "No organization has this id, or the invitation has expired.".to_owned())
        })
    });
    let join = Callback::new(join);
    // Whoever was let in is shown what is there: setting it up is for others.
    let look = Callback::new(move |()| {
        let go = look_go.clone();
        leptos::task::spawn_local(async move {
            session.refresh().await;
            let me = session.who.try_with_untracked(|who| match who {
                Who::Somebody(me) => me.memberships.first().map(|first| first.slug.clone()),
                Who::Asking | Who::Nobody | Who::Unknown(_) => None,
            });
            if let Some(slug) = me.flatten() {
                go(&page_address("/dashboard", Some(&slug), None, client::Query::new()), false);
            }
        });
    });
    move || {
        if requested.get() {
            view! {
                <EmptyState
                    icon=Glyph::Clock
                    title="Your request was sent"
                    text="An administrator of the organization has to approve it. Then it appears here."
                    action=move || {
                        view! {
                            <Button icon=Glyph::RefreshCw on_click=look>
                                "Look again"
                            </Button>
                        }
                    }
                />
            }
            .into_any()
        } else {
            view! {
                <form class="space-y-4" on:submit=move |event| join.run(event)>
                    <Field
                        label="Organization id or invitation"
                        hint="An id asks to join; an invitation joins at once."
                        error=error
                    >
                        <Input value=text name="join" required=true mono=true />
                    </Field>
                    {move || {
                        error.get().is_none().then(|| view! { <FormFailure submit=submit pointers=&["/org_id", "/invitation"] /> })
                    }}
                    <Button variant=ButtonVariant::Primary submit=true loading=submit.busy>
                        "Join organization"
                    </Button>
                </form>
            }
            .into_any()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_asks_and_anything_else_is_an_invitation() {
        let id = "018f0000-0000-7000-8000-000000000000";
        assert!(body_of(id).org_id.is_some() && body_of(id).invitation.is_none());
        let token = body_of("inv_abc");
        assert_eq!((token.org_id, token.invitation.as_deref()), (None, Some("inv_abc")));
    }
}
