use leptos::prelude::*;

/// A grey block in the place and size of what is loading; invisible for the first 150 ms.
#[component]
pub fn Skeleton(
    /// Width and height, as classes.
    #[prop(default = "h-4 w-full")]
    class: &'static str,
) -> impl IntoView {
    view! { <span class=format!("skeleton block {class}") aria-hidden="true"></span> }
}

/// Rows of a table or list that is loading.
#[component]
pub fn SkeletonRows(
    #[prop(default = 6)] rows: usize,
    /// What is loading, for assistive technology: `tables`.
    #[prop(into)]
    what: String,
) -> impl IntoView {
    let lines = (0..rows)
        .map(|_| view! { <div class="flex h-10 items-center gap-4 px-5"><Skeleton class="h-3.5 w-2/5" /><Skeleton class="h-3.5 w-1/5" /><Skeleton class="h-3.5 flex-1" /></div> })
        .collect_view();
    view! {
        <div role="status" class="divide-y divide-border">
            <span class="sr-only">{format!("Loading {what}")}</span>
            {lines}
        </div>
    }
}

/// A thin bar at the top edge of its positioned parent while stale data is refetched.
#[component]
pub fn RefetchBar(#[prop(into)] active: Signal<bool>) -> impl IntoView {
    move || {
        active.get().then(|| view! { <div class="refetch-bar" role="status" aria-label="Refreshing"></div> })
    }
}
