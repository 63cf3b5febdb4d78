use gloo_timers::future::TimeoutFuture;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use types::schema::SearchHit;
use ui::letters::lower;
use ui::{Dialog, Glyph, Icon, use_theme};

use super::navigation::DESTINATIONS;
use crate::scan::Scanner;
use crate::words;
use crate::workspace::{use_go, use_workspace};

/// Typing on within this time asks only once.
const PAUSE_MILLIS: u32 = 150;

/// What an entry does.
#[derive(Clone, Debug, PartialEq)]
enum Deed {
    Go(String),
    Scan(String),
    TurnTheme,
}

/// One line of the palette.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    glyph: Glyph,
    label: String,
    detail: String,
    deed: Deed,
}

/// Whether every word of `text` is somewhere in `entry`.
fn matches(entry: &Entry, text: &str) -> bool {
    let hay = lower(&format!("{} {}", entry.label, entry.detail));
    lower(text).split_whitespace().all(|word| hay.contains(word))
}

fn hit_glyph(kind: &str) -> Glyph {
    match kind {
        "column" => Glyph::List,
        "view" | "materialized_view" => Glyph::Eye,
        _ => Glyph::Table,
    }
}

/// Pages, actions and the schema's objects, found by typing.
#[component]
pub fn Palette(open: RwSignal<bool>) -> impl IntoView {
    let workspace = use_workspace();
    let text = RwSignal::new(String::new());
    let hits = RwSignal::new(Vec::<SearchHit>::new());
    let chosen = RwSignal::new(0_usize);
    let turn = StoredValue::new(0_u64);
    Effect::new(move |_| {
        if open.get() {
            text.set(String::new());
            hits.set(Vec::new());
        }
    });
    Effect::new(move |_| {
        let asked = text.get();
        chosen.set(0);
        let own = turn.get_value() + 1;
        turn.set_value(own);
        if asked.trim().len() < 2 {
            hits.set(Vec::new());
            return;
        }
        spawn_local(async move {
            TimeoutFuture::new(PAUSE_MILLIS).await;
            if turn.try_get_value() != Some(own) {
                return;
            }
            let source = workspace.source.get_untracked();
            let answer = workspace.api().search_schema(source.as_deref(), asked.trim()).await;
            if let (Some(true), Ok(page)) = (turn.try_get_value().map(|turn| turn == own), answer) {
                let _ = hits.try_set(page.items);
            }
        });
    });
    let theme = use_theme();
    let scanner = Scanner::new();
    let entries = Memo::new(move |_| {
        let mut entries: Vec<Entry> = DESTINATIONS
            .iter()
            .map(|destination| Entry {
                glyph: destination.glyph,
                label: destination.label.to_owned(),
                detail: format!("Page · g {}", destination.key),
                deed: Deed::Go(workspace.href(destination.path)),
            })
            .collect();
        entries.push(Entry {
            glyph: Glyph::Network,
            label: "Schema graph".to_owned(),
            detail: "Page".to_owned(),
            deed: Deed::Go(workspace.href("/dashboard/schema/graph")),
        });
        if scanner.allowed() {
            entries.extend(workspace.all_sources().into_iter().map(|source| Entry {
                glyph: Glyph::RefreshCw,
                label: format!("Scan {}", source.name),
                detail: "Action".to_owned(),
                deed: Deed::Scan(source.name),
            }));
        }
        entries.push(Entry {
            glyph: Glyph::Sun,
            label: format!("Use {}", words::theme(theme.get().next())),
            detail: "Action".to_owned(),
            deed: Deed::TurnTheme,
        });
        let wanted = text.get();
        entries.retain(|entry| matches(entry, &wanted));
        entries.extend(hits.get().into_iter().map(|hit| {
            let path = format!("/dashboard/schema/{}", leptos_router::location::Url::escape(&hit.table));
            Entry {
                glyph: hit_glyph(&hit.kind),
                label: hit.path,
                detail: format!("{} · {}", hit.kind.replace('_', " "), hit.source),
                deed: Deed::Go(workspace.href_of(&path, Some(&hit.source))),
            }
        }));
        entries
    });
    let go = use_go();
    let act = move |entry: Entry| {
        open.set(false);
        match entry.deed {
            Deed::Go(address) => go(&address, false),
            Deed::Scan(name) => scanner.start_of(name),
            Deed::TurnTheme => theme.update(|theme| *theme = theme.next()),
        }
    };
    let act = Callback::new(act);
    view! {
        <Dialog open=open title="Search and commands">
            <PaletteBody text=text entries=entries chosen=chosen act=act />
        </Dialog>
    }
}

#[component]
fn PaletteBody(
    text: RwSignal<String>,
    entries: Memo<Vec<Entry>>,
    chosen: RwSignal<usize>,
    act: Callback<Entry>,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // After the dialog has taken focus for its first control.
            request_animation_frame(move || {
                let _ = field.focus();
            });
        }
    });
    let keydown = move |event: web_sys::KeyboardEvent| {
        let count = entries.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.update(|index| *index = (*index + 1) % count),
            "ArrowUp" if count > 0 => chosen.update(|index| *index = (*index + count - 1) % count),
            "Enter" => {
                if let Some(entry) = entries.with_untracked(|list| list.get(chosen.get_untracked()).cloned())
                {
                    act.run(entry);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let list = move || {
        entries
            .get()
            .into_iter()
            .enumerate()
            .map(|(index, entry)| {
                let run = entry.clone();
                view! {
                    <li
                        id=format!("palette-{index}")
                        role="option"
                        aria-selected=move || if chosen.get() == index { "true" } else { "false" }
                        class="flex h-10 cursor-pointer items-center gap-3 rounded-control px-3 hover:bg-surface-2 aria-selected:bg-accent-tint"
                        on:click=move |_| act.run(run.clone())
                    >
                        <Icon glyph=entry.glyph class="size-4 text-text-3" />
                        <span class="min-w-0 flex-1 truncate">{entry.label}</span>
                        <span class="shrink-0 text-label text-text-2">{entry.detail}</span>
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        <input
            node_ref=field
            type="text"
            class="h-10 w-full rounded-control border border-control bg-bg px-3 text-body placeholder:text-text-3"
            placeholder="Pages, tables, columns, actions"
            aria-label="Search and commands"
            role="combobox"
            aria-expanded="true"
            aria-controls="palette-list"
            aria-activedescendant=move || format!("palette-{}", chosen.get())
            autocomplete="off"
            spellcheck="false"
            autofocus=true
            prop:value=text
            on:input=move |event| text.set(event_target_value(&event))
            on:keydown=keydown
        />
        <ul id="palette-list" role="listbox" aria-label="Results" class="mt-3 max-h-96 overflow-y-auto">
            {list}
        </ul>
        <Show when=move || entries.with(Vec::is_empty)>
            <p class="px-3 py-6 text-center text-text-2">"Nothing matches."</p>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_occur() {
        let entry = Entry {
            glyph: Glyph::Table,
            label: "Scan shop-db".to_owned(),
            detail: "Action".to_owned(),
            deed: Deed::TurnTheme,
        };
        assert!(matches(&entry, "shop scan"));
        assert!(matches(&entry, ""));
        assert!(!matches(&entry, "scan crm"));
    }
}
