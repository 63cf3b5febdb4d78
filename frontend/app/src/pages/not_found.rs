use leptos::prelude::*;
use ui::{ButtonVariant, EmptyState, Glyph, LinkButton};

use crate::page::PageFrame;

/// An address that leads nowhere.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <PageFrame
            name="not-found"
            title="Page not found"
            ready=true
            class="flex min-h-dvh items-center justify-center p-6"
        >
            <h1 class="sr-only">"Page not found"</h1>
            <EmptyState
                icon=Glyph::CircleQuestion
                title="There is no page at this address"
                text="It may have been moved, or the link is incomplete."
                action=move || {
                    view! {
                        <LinkButton href="/dashboard" variant=ButtonVariant::Primary>
                            "Go to the overview"
                        </LinkButton>
                        <LinkButton href="/">"About Bastion"</LinkButton>
                    }
                }
            />
        </PageFrame>
    }
}
