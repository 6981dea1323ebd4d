//! The timeline track: one tick per step in the colour of its role, taller for notable steps. A
//! slider for pointer and keyboard.

use super::handle::PlayerHandle;
use crate::bind::{static_text, text};
use crate::stage::i18n::{role_class, say};
use crate::stage::marks::{Mark, MarkKind};
use crate::stage::model::Timeline;
use crate::stage::sentences::sentence;
use event::Role;
use leptos::html;
use leptos::prelude::*;

/// Length of the track in SVG units, stretched to its width.
const LENGTH: f64 = 1000.0;
const ROLES: [Role; 6] = [
    Role::Mua,
    Role::Msa,
    Role::Mta,
    Role::Mda,
    Role::Mra,
    Role::Dns,
];

/// The track.
#[component]
pub fn Track(handle: PlayerHandle) -> impl IntoView {
    let rail = NodeRef::<html::Div>::new();
    let dragging = StoredValue::new(false);
    let scrub = move |x: i32| {
        let Some(rail) = rail.get_untracked() else {
            return;
        };
        let rect = rail.get_bounding_client_rect();
        let part = (f64::from(x) - rect.left()) / rect.width().max(1.0);
        handle.update_player(|p, t| p.go(t, t.position(part)));
    };
    let down = move |e: leptos::ev::PointerEvent| {
        dragging.set_value(true);
        if let Some(rail) = rail.get_untracked() {
            let _ = rail.set_pointer_capture(e.pointer_id());
        }
        scrub(e.client_x());
    };
    let moved = move |e: leptos::ev::PointerEvent| {
        if dragging.get_value() {
            scrub(e.client_x());
        }
    };
    let part = move || {
        handle
            .timeline
            .with(|t| t.fraction(handle.position.get()) * 100.0)
    };
    let description = move || {
        handle
            .timeline
            .with(|t| sentence(t, handle.position.get(), handle.language()))
    };
    view! {
        <div class="scrub" node_ref=rail role="slider" tabindex="0"
            aria-label=static_text(move || say(handle.language(), "时间轴", "Timeline"))
            aria-valuemin="1" aria-valuemax=move || handle.last() + 1
            aria-valuenow=move || handle.position.get() + 1 aria-valuetext=description
            on:pointerdown=down on:pointermove=moved
            on:pointerup=move |_| dragging.set_value(false) on:pointercancel=move |_| dragging.set_value(false)>
            <div class="rail"></div>
            <div class="beyond" style:left=text(move || format!("{:.3}%", handle.timeline.with(|t| t.fraction(handle.last())) * 100.0))></div>
            <div class="done" style:transform=text(move || format!("scaleX({:.4})", part() / 100.0))></div>
            <svg viewBox="0 0 1000 28" preserveAspectRatio="none" aria-hidden="true">
                {ROLES.map(|role| {
                    let path = move || handle.timeline.with(|t| ticks(t, role));
                    view! { <path class=role_class(role) d=path></path> }
                }).collect_view()}
                <path class="wait" d=text(move || handle.timeline.with(waits))></path>
            </svg>
            {move || handle.marks.get().into_iter().filter_map(|m| mark(handle, m)).collect_view()}
            <div class="knob" style:left=text(move || format!("{:.3}%", part()))></div>
        </div>
    }
}

/// A mark above the track; a click goes to its position.
fn mark(handle: PlayerHandle, mark: Mark) -> Option<impl IntoView> {
    let at = handle.timeline.with(|t| {
        t.position_of_event(mark.event)
            .map(|p| t.fraction(p) * 100.0)
    })?;
    let (class, icon) = match mark.kind {
        MarkKind::Question => ("track-mark question", "?"),
        MarkKind::Edit => ("track-mark edit", "✎"),
        MarkKind::Difference => ("track-mark difference", "≠"),
    };
    Some(
        view! { <span class=class style=format!("left:{at:.3}%") title=mark.words aria-hidden="true">{icon}</span> },
    )
}

fn ticks(timeline: &Timeline, role: Role) -> String {
    let mine = (0..timeline.len())
        .filter(|i| timeline.event(*i).is_some() && timeline.role(*i) == Some(role));
    let tick = |i: usize| {
        let (top, height) = if timeline.steps[i].notable {
            (3.0, 22.0)
        } else {
            (9.0, 10.0)
        };
        format!("M{:.1} {top}v{height}", timeline.fraction(i) * LENGTH)
    };
    mine.map(tick).collect()
}

fn waits(timeline: &Timeline) -> String {
    let all = (0..timeline.len()).filter(|i| timeline.event(*i).is_none());
    all.map(|i| format!("M{:.1} 6v16", timeline.fraction(i) * LENGTH))
        .collect()
}
