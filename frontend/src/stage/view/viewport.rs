//! Measures the screen area available to the diagram and follows its size; scrolls the diagram to
//! the caption if it does not fit.

use super::handle::PlayerHandle;
use crate::bind::effect;
use crate::stage::caption::Caption;
use crate::stage::layout::Viewport;
use crate::web::events::SizeObserver;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// Share of the player's height reserved for what is below the diagram, with limits in pixels.
const BELOW_PART: f64 = 0.34;
const BELOW_MIN: f64 = 150.0;
const BELOW_MAX: f64 = 320.0;
/// The same in presentation mode, where the diagram matters most.
const BELOW_PART_LARGE: f64 = 0.28;
/// Up to this window width the page scrolls as a whole, and the diagram has a fixed share of the
/// window's height; must match `stage.css`.
const ONE_COLUMN_WIDTH_MAX: f64 = 1000.0;
const ONE_COLUMN_PART: f64 = 0.42;
/// Overflow in pixels up to which the diagram is not scrolled.
const SLACK: i32 = 2;

/// Keeps `viewport` at the area available to the diagram.
pub(super) fn watch_viewport(place: NodeRef<html::Div>, viewport: RwSignal<Viewport>) {
    follow_size(place, move |element| {
        let now = measured(&element);
        let before = viewport.get_untracked();
        if now.width > 0.0
            && ((now.width - before.width).abs() > 0.5 || (now.height - before.height).abs() > 0.5)
        {
            viewport.set(now);
        }
    });
}

/// Keeps the width of `viewport` at the width of an element.
pub(super) fn watch_width(place: NodeRef<html::Div>, viewport: RwSignal<Viewport>) {
    follow_size(place, move |element| {
        let width = f64::from(element.client_width());
        if width > 0.0 && (viewport.with_untracked(|s| s.width) - width).abs() > 0.5 {
            viewport.update(|s| s.width = width);
        }
    });
}

/// Calls `changed` initially and whenever the size of the element, or of the player around it,
/// changes.
fn follow_size<E>(place: NodeRef<E>, changed: impl Fn(web_sys::Element) + Clone + 'static)
where
    E: html::ElementType + 'static,
    E::Output: Into<web_sys::Element> + JsCast + Clone + 'static,
{
    effect(move || {
        let Some(element) = place.get() else { return };
        let element: web_sys::Element = element.into();
        changed(element.clone());
        let player = around(&element);
        let elements = [Some(&element), player.as_ref()];
        let elements: Vec<_> = elements.into_iter().flatten().collect();
        let (measured, changed) = (element.clone(), changed.clone());
        // Dropped when the effect runs again or the view is removed.
        StoredValue::new_local(SizeObserver::new(&elements, move || {
            changed(measured.clone());
        }));
    });
}

/// Keeps the end of a list visible: when it grows (`changed` tracks that), and when the size of the
/// list or of its text changes.
pub(super) fn follow_end(
    list: NodeRef<html::Ol>,
    handle: PlayerHandle,
    changed: impl Fn() + 'static,
) {
    let to_end = |element: &web_sys::Element| element.set_scroll_top(element.scroll_height());
    effect(move || {
        changed();
        handle.present.track();
        let Some(list) = list.get() else { return };
        request_animation_frame(move || to_end(&list));
    });
    follow_size(list, move |element| to_end(&element));
}

/// The player around an element, or one run of a comparison.
fn around(element: &web_sys::Element) -> Option<web_sys::Element> {
    element
        .closest(".stage-view, .compared-runs")
        .ok()
        .flatten()
}

fn measured(element: &web_sys::Element) -> Viewport {
    // Includes the scroll bar, so that the width does not depend on whether there is one.
    let width = element.get_bounding_client_rect().width();
    let window = web_sys::window();
    let inner =
        |value: Option<wasm_bindgen::JsValue>| value.and_then(|v| v.as_f64()).unwrap_or_default();
    let window_width = inner(window.as_ref().and_then(|w| w.inner_width().ok()));
    let window_height = inner(window.as_ref().and_then(|w| w.inner_height().ok()));
    let Some(player) = around(element) else {
        return Viewport {
            width,
            height: f64::INFINITY,
            large: false,
        };
    };
    let large = player.class_list().contains("present");
    if window_width <= ONE_COLUMN_WIDTH_MAX && !large {
        return Viewport {
            width,
            height: window_height * ONE_COLUMN_PART,
            large,
        };
    }
    let whole = f64::from(player.client_height());
    let strip = |name: &str| {
        player
            .query_selector(name)
            .ok()
            .flatten()
            .map_or(0.0, |e| e.get_bounding_client_rect().height())
    };
    let strips: f64 = [
        ":scope > .level-bar",
        ":scope > .transport",
        ":scope > .compared-run > h2",
    ]
    .map(strip)
    .iter()
    .sum();
    let part = if large { BELOW_PART_LARGE } else { BELOW_PART };
    let below = (whole * part).clamp(BELOW_MIN, BELOW_MAX);
    Viewport {
        width,
        height: (whole - strips - below).max(0.0),
        large,
    }
}

/// Scrolls the diagram, but not the page, to the caption.
pub(super) fn follow_words(place: NodeRef<html::Div>, handle: PlayerHandle) {
    effect(move || {
        handle.position.track();
        handle.layout.track();
        let Some(sheet) = place.get() else { return };
        let caption = handle.timeline.with(|t| {
            handle.scene.with(|s| {
                handle
                    .layout
                    .with(|l| Caption::of(t, s, l, handle.language()))
            })
        });
        let layout = handle.drawn_layout();
        let spoken_of = caption.map(|c| c.y).or_else(|| {
            handle
                .scene
                .with(|s| s.agent)
                .map(|agent| layout.above(agent).y)
        });
        let Some(y) = spoken_of else { return };
        request_animation_frame(move || {
            if sheet.scroll_height() > sheet.client_height() + SLACK {
                // Puts the caption in the upper third, so that its agents are visible below it.
                sheet.set_scroll_top(
                    (y * layout.scale - f64::from(sheet.client_height()) / 3.0) as i32,
                );
            }
        });
    });
}
