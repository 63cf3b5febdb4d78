use leptos::prelude::*;

/// The names of the series with their colours; nothing for one series, which the chart's title names.
pub(crate) fn legend(entries: Vec<(&'static str, String)>) -> impl IntoView {
    (entries.len() > 1).then(|| {
        let items = entries
            .into_iter()
            .map(|(class, name)| {
                view! {
                    <li class="flex items-center gap-1.5">
                        <span class=format!("chart-key {class}")></span>
                        {name}
                    </li>
                }
            })
            .collect_view();
        view! { <ul class="mb-2 flex flex-wrap gap-x-4 gap-y-1 text-label text-text-2">{items}</ul> }
    })
}
