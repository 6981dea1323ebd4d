//! The frame with the HTML of a message. It has this page's origin but runs no scripts, so that
//! this page can measure it, follow its `mailto:` links and print it, while the message itself can
//! do nothing.
//!
//! Failures: without access to the frame's document nothing is changed, and the frame scrolls.

use crate::bind::listen;
use crate::state::frame_fit::{self, Fit};
use crate::state::mailto::is_mailto;
use crate::web::events::SizeObserver;
use gloo_events::{EventListener, EventListenerOptions};
use leptos::prelude::request_animation_frame;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, Event, HtmlElement, HtmlIFrameElement};

/// Permissions of the frame: open links in new tabs, show the print dialog. Never `allow-scripts`.
pub const SANDBOX: &str =
    "allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-modals";

/// Width of the text on paper, in CSS pixels: less than A4 and Letter without their margins.
const PAPER_PX: i32 = 680;

/// Keeps a loaded frame fitted to its content until it is dropped.
pub struct Fitting {
    _observer: Option<SizeObserver>,
}

impl Fitting {
    /// Fits a frame whose document was loaded.
    pub fn new(frame: &HtmlIFrameElement) -> Fitting {
        let _ = frame.remove_attribute(UNFITTED);
        fit(frame);
        let observed = frame.clone();
        // Deferred, since a change within the notification would be reported as a loop.
        let resized = move || {
            let frame = observed.clone();
            request_animation_frame(move || fit(&frame));
        };
        let observer =
            content(frame).and_then(|(body, _)| SizeObserver::new(&[frame, &body], resized));
        Fitting {
            _observer: observer,
        }
    }
}

/// Handles clicks on the `mailto:` links of a loaded frame until it is dropped.
pub struct Links {
    _listeners: Vec<EventListener>,
}

impl Links {
    /// Listens to the frame's document.
    pub fn new(frame: &HtmlIFrameElement, write: impl Fn(&str) + Clone + 'static) -> Links {
        let Some(document) = frame.content_document() else {
            return Links {
                _listeners: Vec::new(),
            };
        };
        let listeners = ["click", "auxclick"].map(|name| {
            let write = write.clone();
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&document, name, options, move |event| {
                if let Some(link) = mailto_of(event) {
                    event.prevent_default();
                    write(&link);
                }
            })
        });
        Links {
            _listeners: listeners.into(),
        }
    }
}

/// The frame of an event.
pub fn of_event(event: &Event) -> Option<HtmlIFrameElement> {
    event.target()?.dyn_into().ok()
}

/// Marks a frame whose content adapts to the frame's height, so that no height fits it.
const UNFITTED: &str = "data-unfitted";

/// Gives the frame the height of its content, and scales down content that is wider than the frame.
fn fit(frame: &HtmlIFrameElement) {
    let Some((body, root)) = content(frame) else {
        return;
    };
    let style = body.style();
    let _ = style.remove_property("zoom");
    let wide = body.scroll_width().max(root.scroll_width());
    let Fit { zoom, scrolls } = frame_fit::width(wide, root.client_width());
    if zoom < 1.0 {
        // Rounded down, so that the content fits. Printing an f64 would add 11 KB to the program.
        let digits = (zoom * 10_000.0) as u32;
        let _ = style.set_property("zoom", &format!("0.{digits:04}"));
    }
    if frame.has_attribute(UNFITTED) {
        return;
    }
    let measured =
        || frame_fit::height(rendered(&body), body.scroll_height(), body.offset_height());
    let bar = if scrolls { frame_fit::SCROLL_BAR_PX } else { 0 };
    let height = measured() + bar;
    set_height(frame, height);
    if measured() + bar > height + 1 {
        let _ = frame.set_attribute(UNFITTED, "");
        set_height(frame, height.max(frame_fit::UNFITTED_PX));
    }
}

fn set_height(frame: &HtmlIFrameElement, px: i32) {
    let height = format!("{px}px");
    let style = frame.style();
    if style.get_property_value("height").as_deref() != Ok(&height) {
        let _ = style.set_property("height", &height);
    }
}

fn rendered(element: &Element) -> f64 {
    element.get_bounding_client_rect().height()
}

// Objects of the frame's document are not instances of this page's classes, so `dyn_into` would
// reject them.
fn content(frame: &HtmlIFrameElement) -> Option<(HtmlElement, Element)> {
    let document: Document = frame.content_document()?;
    Some((document.body()?, document.document_element()?))
}

/// The clicked `mailto:` link, if any.
fn mailto_of(event: &Event) -> Option<String> {
    let target: Element = event.target()?.unchecked_into();
    let anchor = target.closest("a[href]").ok().flatten()?;
    anchor.get_attribute("href").filter(|href| is_mailto(href))
}

/// Handles clicks on the `mailto:` links of this page while the view exists.
pub fn follow_mailto(write: impl Fn(&str) + 'static) {
    listen("click", move |event: Event| {
        if let Some(link) = mailto_of(&event).filter(|_| !event.default_prevented()) {
            event.prevent_default();
            write(&link);
        }
    });
}

fn shown_frame() -> Option<HtmlIFrameElement> {
    let found = super::page::document()?.query_selector(".message iframe.html");
    found.ok().flatten()?.dyn_into().ok()
}

/// Gives the frame the width of paper during printing, while the view exists.
pub fn fit_to_paper() {
    listen("beforeprint", |_: Event| {
        if let Some(frame) = shown_frame() {
            let _ = frame
                .style()
                .set_property("width", &format!("{PAPER_PX}px"));
            fit(&frame);
        }
    });
    listen("afterprint", |_: Event| {
        if let Some(frame) = shown_frame() {
            let _ = frame.style().remove_property("width");
            fit(&frame);
        }
    });
}

/// Whether a message with HTML is open.
pub fn is_shown() -> bool {
    shown_frame().is_some()
}

/// Prints the open message. The frame's document is printed by itself, below `head`, because a
/// frame within a page would be cut through its lines at page breaks.
pub fn print(head: Option<&Element>) {
    let window = shown_frame().and_then(|frame| frame.content_window());
    let document = shown_frame().and_then(|frame| frame.content_document());
    if let (Some(window), Some(document), Some(head)) = (window, document, head)
        && let Some(body) = document.body()
        && let Ok(copy) = document.import_node_with_deep(head, true)
    {
        let zoom = body.style().get_property_value("zoom").unwrap_or_default();
        let _ = body.style().remove_property("zoom");
        let _ = body.insert_before(&copy, body.first_child().as_ref());
        let printed = window.print().is_ok();
        let _ = body.remove_child(&copy);
        let _ = body.style().set_property("zoom", &zoom);
        if printed {
            return;
        }
    }
    if let Some(window) = web_sys::window() {
        let _: Result<(), JsValue> = window.print();
    }
}
