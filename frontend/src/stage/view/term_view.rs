//! The terms of a line, field or record; each shows its explanation on hover or focus.

use super::handle::PlayerHandle;
use crate::stage::terms::Term;
use leptos::prelude::*;

/// The terms as elements; `reachable` makes them focusable by keyboard, for the current line.
pub(super) fn pieces(
    handle: PlayerHandle,
    terms: Vec<Term>,
    lit: Option<String>,
    reachable: bool,
) -> AnyView {
    let one = move |part: Term| {
        let class = if lit.as_ref() == Some(&part.text) {
            "word highlighted"
        } else {
            "word"
        };
        let Some(key) = part.key else {
            return view! { <span>{part.text}</span> }.into_any();
        };
        let (on_enter, on_focus) = ((key.clone(), part.text.clone()), (key, part.text.clone()));
        let point = move |_| handle.word.set(Some(on_enter.clone()));
        if reachable {
            let focus = move |_| handle.word.set(Some(on_focus.clone()));
            let press = point.clone();
            view! {
                <button type="button" class=class on:mouseenter=point on:focus=focus on:click=move |e| { e.stop_propagation(); press(e) }>
                    {part.text}
                </button>
            }
            .into_any()
        } else {
            view! { <span class=class on:mouseenter=point>{part.text}</span> }.into_any()
        }
    };
    terms.into_iter().map(one).collect_view().into_any()
}
