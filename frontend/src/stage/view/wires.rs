//! The wires between agents: highlighted while a line crosses, with a lock once encrypted, dashed
//! if only claimed by another host.

use super::glyphs::Icon;
use super::handle::PlayerHandle;
use crate::stage::i18n::role_class;
use crate::stage::layout::{Layout, Wire, at, path};
use leptos::prelude::*;

/// All wires.
#[component]
pub fn Wires(handle: PlayerHandle, layout: Layout) -> impl IntoView {
    layout
        .wires
        .iter()
        .map(|w| wire(handle, w.clone()))
        .collect_view()
}

fn wire(handle: PlayerHandle, wire: Wire) -> impl IntoView {
    let (a, b) = wire.agents;
    let (connections, claimed) = handle.timeline.with_untracked(|t| {
        let mine = |k: &usize| {
            let connection = &t.connections[*k];
            (connection.client_agent, connection.server_agent) == (a, b)
                || (connection.client_agent, connection.server_agent) == (b, a)
        };
        let connections: Vec<usize> = (0..t.connections.len()).filter(mine).collect();
        let claimed =
            !connections.is_empty() && connections.iter().all(|k| t.connections[*k].claimed);
        (connections, claimed)
    });
    let direction = move || {
        handle
            .scene
            .with(|s| s.wire.filter(|w| *w == (a, b) || *w == (b, a)))
    };
    let active = Memo::new(move |_| direction());
    let sealed = Memo::new(move |_| {
        handle
            .scene
            .with(|s| connections.iter().any(|k| s.sealed.get(*k) == Some(&true)))
    });
    let seen = move || {
        handle
            .scene
            .with(|s| [a, b].iter().all(|r| s.visited.get(*r) == Some(&true)))
    };
    // A single string, since a class attribute set as a whole must not also be changed by `class:`
    // directives.
    let class = move || {
        let speaker = active
            .get()
            .map(|(from, _)| handle.timeline.with(|t| t.topology.agents[from].role));
        let marks = [
            (active.get().is_some(), " active"),
            (sealed.get(), " encrypted"),
            (seen(), " seen"),
            (claimed, " claimed"),
        ];
        let marks: String = marks
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, mark)| *mark)
            .collect();
        format!("wire {}{marks}", speaker.map_or("", role_class))
    };
    let middle = at(&wire.curves, 0.5);
    let lock = format!(
        "translate({} {}) scale(0.66)",
        middle.x - 8.0,
        middle.y - 8.5
    );
    view! {
        <g class=class>
            <path class="tube" d=path(&wire.curves)></path>
            <path class="line" d=path(&wire.curves)></path>
            <path class="head" d="M0 0L-11 -6.500L-11 6.500z" transform=move || head(&wire, active.get().map(|(_, to)| to == b))></path>
            <g class="lock" transform=lock>
                <rect x="-2" y="-2" width="28" height="28" rx="14"></rect>
                <path class="stroke" d=Icon::Lock.path()></path>
            </g>
        </g>
    }
}

/// The transform of the arrowhead, which points at the receiving agent.
fn head(wire: &Wire, to_end: Option<bool>) -> String {
    let (tip, before) = match to_end {
        Some(false) => (at(&wire.curves, 0.0), at(&wire.curves, 0.06)),
        _ => (at(&wire.curves, 1.0), at(&wire.curves, 0.94)),
    };
    let angle = (tip.y - before.y).atan2(tip.x - before.x).to_degrees();
    format!("translate({:.1} {:.1}) rotate({angle:.1})", tip.x, tip.y)
}
