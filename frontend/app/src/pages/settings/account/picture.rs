use leptos::prelude::*;
use ui::{Button, Card, FileButton, use_toasts};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;

use crate::avatar::Avatar;
use crate::session::use_session;
use crate::submit::{FormFailure, Submit};

/// The picture that others see beside the person's name.
#[component]
pub fn Picture() -> impl IntoView {
    let session = use_session();
    let toasts = use_toasts();
    let submit = Submit::new();
    let put = Callback::new(move |image: String| {
        let api = session.api();
        submit.send(async move { api.set_avatar(image).await }, move |me| {
            toasts.success("Picture saved.");
            session.welcome(me);
        });
    });
    let remove = move || {
        let api = session.api();
        submit.send(async move { api.remove_avatar().await }, move |me| {
            toasts.success("Picture removed.");
            session.welcome(me);
        });
    };
    let has_one = Memo::new(move |_| session.me().is_some_and(|me| me.avatar.is_some()));
    let shown = move || {
        session.me().map(|me| view! { <Avatar user=me.user.id name=me.user.name avatar=me.avatar /> })
    };
    let taking_away = move || {
        has_one.get().then(|| {
            view! {
                <Button loading=submit.busy on_click=remove>
                    "Remove picture"
                </Button>
            }
        })
    };
    view! {
        <Card
            title="Picture"
            description="Members of your organizations see it beside your name. A PNG, JPEG or WebP of at most 64 KiB."
        >
            <div class="space-y-3">
                <div class="flex flex-wrap items-center gap-3">
                    {shown}
                    <FileButton
                        accept="image/png,image/jpeg,image/webp"
                        disabled=submit.busy
                        on_file=move |file| read(&file, put)
                    >
                        "Choose a picture"
                    </FileButton>
                    {taking_away}
                </div>
                <FormFailure submit=submit pointers=&[] />
            </div>
        </Card>
    }
}

/// Hands on what is in a file, in base64; of one that cannot be read, nothing.
fn read(file: &web_sys::File, then: Callback<String>) {
    let Ok(reader) = web_sys::FileReader::new() else { return };
    let source = reader.clone();
    let loaded = Closure::once_into_js(move || {
        let address = source.result().ok().and_then(|result| result.as_string());
        if let Some((_, image)) = address.as_deref().and_then(|address| address.split_once(',')) {
            then.run(image.to_owned());
        }
    });
    reader.set_onload(Some(loaded.unchecked_ref()));
    // It fails only while it reads another file.
    let _ = reader.read_as_data_url(file);
}
