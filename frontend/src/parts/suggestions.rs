//! The addresses suggested below a line of recipients.

use crate::app::ComposeWindow;
use crate::bind::{boolean, part, text};
use crate::i18n::use_locale;
use crate::parts::address::AddressText;
use crate::parts::recipient_line::Line;
use crate::state::recipient_field::{Effect, RecipientField};
use leptos::prelude::*;
use wire::Contact;

/// The element ID of the list.
pub fn suggestions_id(window: ComposeWindow, line: Line) -> String {
    format!("offers-{}-{}", line.word(), window.number)
}

/// The suggestions below the line.
#[component]
pub fn Suggestions(
    /// The compose window.
    window: ComposeWindow,
    /// The header field.
    line: Line,
    /// The state of the field.
    field: RwSignal<RecipientField>,
) -> impl IntoView {
    let t = use_locale();
    let list = suggestions_id(window, line);
    let choose = move |index: usize| {
        let effect = field.try_update(|field| field.choose(index));
        if let Some(Effect::Add(contacts)) = effect {
            window.edit(|draft| line.of(draft).extend(contacts));
        }
    };
    let row = {
        let list = list.clone();
        move |(i, contact): (usize, Contact)| {
            let chosen = move || (field.with(RecipientField::active) == Some(i)).to_string();
            view! {
                <li id=format!("{list}-{i}") role="option" aria-selected=text(chosen) on:mousedown=move |e| { e.prevent_default(); choose(i); }>
                    <b dir="auto">{contact.name}</b> <span><AddressText address=contact.address/></span>
                </li>
            }
        }
    };
    let rows = move || {
        let all = field.with(|f| f.suggestions().to_vec());
        all.into_iter()
            .enumerate()
            .map(&row)
            .collect_view()
            .into_any()
    };
    view! {
        <ul id=list class="offers" role="listbox" aria-label=t.of(|w| w.suggestions) hidden=boolean(move || field.with(|f| f.suggestions().is_empty()))>
            {part(rows)}
        </ul>
    }
}
