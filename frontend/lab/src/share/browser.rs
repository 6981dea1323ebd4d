//! Browser functions for export and import: downloads, SVG to PNG, clipboard, reading a chosen
//! file. Nothing is sent to a server.

use frontend::web::oneshot::oneshot;
use frontend::web::page;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, Event, HtmlAnchorElement, HtmlCanvasElement,
    HtmlImageElement, Url,
};

/// Maximum width and height of an image that browsers draw reliably, in pixels.
pub const PICTURE_PIXELS_MAX: f64 = 8_192.0;

/// Saves a file as a download.
pub fn download(name: &str, media_type: &str, bytes: &[u8]) {
    let Some(blob) = blob(media_type, bytes) else {
        return;
    };
    if let Ok(address) = Url::create_object_url_with_blob(&blob) {
        download_from(name, &address);
        let _ = Url::revoke_object_url(&address);
    }
}

fn blob(media_type: &str, bytes: &[u8]) -> Option<Blob> {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()
}

fn download_from(name: &str, address: &str) {
    let anchor = page::document().and_then(|document| document.create_element("a").ok());
    let Some(anchor) = anchor.and_then(|a| a.dyn_into::<HtmlAnchorElement>().ok()) else {
        return;
    };
    anchor.set_href(address);
    anchor.set_download(name);
    anchor.click();
}

/// Renders an SVG as PNG and saves it as a download. Returns `false` if the browser cannot.
pub async fn download_png(name: &str, svg: &str) -> bool {
    match draw(svg).await {
        Some(address) => {
            download_from(name, &address);
            true
        }
        None => false,
    }
}

// The image as a `data:image/png` URL. An SVG without foreign content does not taint the canvas.
async fn draw(svg: &str) -> Option<String> {
    let blob = blob("image/svg+xml;charset=utf-8", svg.as_bytes())?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
    let image = HtmlImageElement::new().ok()?;
    let (sender, receiver) = oneshot();
    let mut sender = Some(sender);
    let loaded = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
        if let Some(sender) = sender.take() {
            sender.send(event.type_() == "load");
        }
    });
    image.set_onload(Some(loaded.as_ref().unchecked_ref()));
    image.set_onerror(Some(loaded.as_ref().unchecked_ref()));
    image.set_src(&address);
    let there = receiver.await == Some(true);
    let _ = Url::revoke_object_url(&address);
    if !there {
        return None;
    }
    let (width, height) = (
        f64::from(image.natural_width()),
        f64::from(image.natural_height()),
    );
    let scale = (PICTURE_PIXELS_MAX / width.max(height).max(1.0)).min(2.0);
    let canvas = page::document()?
        .create_element("canvas")
        .ok()?
        .dyn_into::<HtmlCanvasElement>()
        .ok()?;
    canvas.set_width((width * scale) as u32);
    canvas.set_height((height * scale) as u32);
    let context = canvas
        .get_context("2d")
        .ok()??
        .dyn_into::<CanvasRenderingContext2d>()
        .ok()?;
    let drawn = context.draw_image_with_html_image_element_and_dw_and_dh(
        &image,
        0.0,
        0.0,
        width * scale,
        height * scale,
    );
    drawn
        .ok()
        .and_then(|()| canvas.to_data_url_with_type("image/png").ok())
}

/// Copies a text to the clipboard. Returns `false` if the browser denies it.
pub async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    JsFuture::from(window.navigator().clipboard().write_text(text))
        .await
        .is_ok()
}

/// Reads a file that the user chose.
pub async fn read(file: &web_sys::File) -> Option<Vec<u8>> {
    let buffer: JsValue = JsFuture::from(file.array_buffer()).await.ok()?;
    Some(Uint8Array::new(&buffer).to_vec())
}
