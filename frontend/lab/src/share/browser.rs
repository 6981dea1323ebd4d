//! Browser functions for export and import: downloads, SVG to PNG, clipboard, reading a chosen
//! file. Nothing is sent to a server.

use frontend::web::events::first_event;
use frontend::web::page;
use gloo_file::futures::read_as_bytes;
use gloo_file::{Blob, File, ObjectUrl};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, HtmlAnchorElement, HtmlCanvasElement, HtmlImageElement};

/// Maximum width and height of an image that browsers draw reliably, in pixels.
pub const PICTURE_PIXELS_MAX: f64 = 8_192.0;

/// Saves a file as a download.
pub fn download(name: &str, media_type: &str, bytes: &[u8]) {
    download_from(name, &object_url(media_type, bytes));
}

fn object_url(media_type: &str, bytes: &[u8]) -> ObjectUrl {
    Blob::new_with_options(bytes, Some(media_type)).into()
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
    let address = object_url("image/svg+xml;charset=utf-8", svg.as_bytes());
    let image = HtmlImageElement::new().ok()?;
    let ended = first_event(&image, ["load", "error"]);
    image.set_src(&address);
    if ended.await.ok()?.type_() != "load" {
        return None;
    }
    drop(address);
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
pub async fn read(file: web_sys::File) -> Option<Vec<u8>> {
    read_as_bytes(&File::from(file)).await.ok()
}
