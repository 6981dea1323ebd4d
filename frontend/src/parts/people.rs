//! A header field with people; a long list is folded and shows its number.

use crate::bind::{click, part, text};
use crate::i18n::{TextKey, use_locale};
use crate::parts::address::AddressText;
use leptos::prelude::*;
use wire::Contact;

/// Number of people shown before the list is unfolded.
const SHOWN_MAX: usize = 10;

/// A row of the header; empty if there are no people.
#[component]
pub fn People(
    /// The name of the field.
    label: TextKey,
    /// The people.
    all: Vec<Contact>,
) -> impl IntoView {
    let t = use_locale();
    let count = all.len();
    let unfolded = RwSignal::new(count <= SHOWN_MAX);
    let all = StoredValue::new(all);
    let one = |c: Contact| view! { <span class="person"><b><bdi>{c.name}</bdi></b> " " <AddressText address=c.address/></span> };
    let drawn = move || {
        let shown = if unfolded.get() { count } else { SHOWN_MAX };
        all.with_value(|all| all.iter().take(shown).cloned().map(one).collect_view())
            .into_any()
    };
    let more = move || {
        let label = text(move || t.show_all_people(&t.number(count as f64)));
        view! { <button type="button" class="link" on:click=click(move |_| unfolded.set(true))>{label}</button> }
    };
    (count > 0).then(|| {
        view! {
            <dt>{t.of(label)}</dt>
            <dd class="people">{part(drawn)}<Show when=move || !unfolded.get()>{more()}</Show></dd>
        }
    })
}
