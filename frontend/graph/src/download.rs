//! The graph as a file: drawn by [`to_svg`] in the colours of the page, and handed to the browser.
//!
//! `data:` addresses, because the content security policy allows them for pictures and nothing has to be revoked.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

use crate::export::{Palette, to_svg};
use crate::scene::Scene;

/// Pixels of a picture for one of the world, so that text stays sharp.
const SCALE: f64 = 2.0;
/// The longest edge that every browser's canvas takes.
const LONGEST: f64 = 8192.0;
const MARGIN: f64 = 40.0;

fn palette() -> Option<Palette> {
    let root = document().document_element()?;
    let style = window().get_computed_style(&root).ok().flatten()?;
    let token = |name: &str| style.get_property_value(name).map(|value| value.trim().to_owned()).ok();
    Some(Palette {
        background: token("--bg")?,
        surface: token("--surface")?,
        border: token("--control")?,
        text: token("--text")?,
        text_2: token("--text-2")?,
        edge: token("--control")?,
    })
}

fn address(scene: &Scene) -> Option<String> {
    let encoded = String::from(js_sys::encode_uri_component(&to_svg(scene, &palette()?)));
    Some(format!("data:image/svg+xml;charset=utf-8,{encoded}"))
}

fn save(address: &str, name: &str) {
    let link = document()
        .create_element("a")
        .ok()
        .and_then(|link| link.dyn_into::<web_sys::HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(address);
        link.set_download(name);
        link.click();
    }
}

/// Saves the whole graph as `schema-graph.svg`.
pub(crate) fn svg(scene: &Scene) {
    if let Some(address) = address(scene) {
        save(&address, "schema-graph.svg");
    }
}

/// Saves the whole graph as `schema-graph.png`, twice as large as at zoom 1 where a canvas can hold it.
pub(crate) fn png(scene: &Scene) {
    let bounds = scene.bounds().grown(MARGIN);
    let scale = SCALE.min(LONGEST / bounds.width.max(bounds.height).max(1.0));
    let (Some(address), Ok(image)) = (address(scene), web_sys::HtmlImageElement::new()) else { return };
    let drawn = image.clone();
    let loaded = Closure::once_into_js(move || {
        let (width, height) = (bounds.width * scale, bounds.height * scale);
        if let Some(address) = rasterised(&drawn, width, height) {
            save(&address, "schema-graph.png");
        }
    });
    image.set_onload(Some(loaded.unchecked_ref()));
    image.set_src(&address);
}

fn rasterised(image: &web_sys::HtmlImageElement, width: f64, height: f64) -> Option<String> {
    let canvas = document().create_element("canvas").ok()?.dyn_into::<web_sys::HtmlCanvasElement>().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the longest edge")]
    let whole = |length: f64| length.ceil() as u32;
    canvas.set_width(whole(width));
    canvas.set_height(whole(height));
    let context = canvas.get_context("2d").ok().flatten()?;
    let context = context.dyn_into::<web_sys::CanvasRenderingContext2d>().ok()?;
    context.draw_image_with_html_image_element_and_dw_and_dh(image, 0.0, 0.0, width, height).ok()?;
    canvas.to_data_url().ok()
}
