use leptos::prelude::*;

use crate::colour::Colour;

/// The class and the name of each series.
pub(crate) fn entries<'a>(series: impl Iterator<Item = (Colour, &'a str)>) -> Vec<(&'static str, String)> {
    series.enumerate().map(|(index, (colour, name))| (colour.class(index), name.to_owned())).collect()
}

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
