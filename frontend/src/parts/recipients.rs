//! A line of recipients: removable chips, and a field that completes addresses from past mail.

use crate::app::ComposeWindow;
use crate::bind::{memo, part, text};
use crate::i18n::{Label, use_locale};
use crate::parts::chip::{FoldedChips, RecipientChip};
use crate::parts::recipient_input::Field;
use crate::parts::recipient_line::Line;
use crate::parts::suggestions::Suggestions;
use crate::state::address::AddressFault;
use crate::state::draft::Composition;
use crate::state::recipient_field::RecipientField;
use crate::web::page;
use leptos::prelude::*;
use wire::Contact;

/// Number of recipients from which a line that is not being edited is folded.
const FOLDED_FROM: usize = 20;

/// A line of recipients.
#[component]
pub fn Recipients(
    /// The compose window.
    window: ComposeWindow,
    /// The header field.
    line: Line,
    /// Its label.
    #[prop(into)]
    label: Label,
) -> impl IntoView {
    let t = use_locale();
    let field = RwSignal::new(RecipientField::default());
    let own = memo(move || window.app.identities());
    let chips = memo(move || {
        let fault =
            |c: &Composition, one: &Contact| own.with(|own| c.recipient_fault(&one.address, own));
        window.with(|c| {
            let all = line.read(&c.draft).iter();
            all.map(|one| (one.clone(), fault(c, one)))
                .collect::<Vec<_>>()
        })
    });
    let unfolded = RwSignal::new(false);
    let remove = move |index: usize| {
        window.edit(|draft| {
            if index < line.of(draft).len() {
                line.of(draft).remove(index);
            }
        });
    };
    let id = format!("field-{}-{}", line.word(), window.number);
    let focus = Callback::new({
        let id = format!("#{id}");
        move |()| {
            let id = id.clone();
            page::focus_soon(move || {
                page::focus(&id);
            });
        }
    });
    let unfold = Callback::new(move |()| {
        unfolded.set(true);
        focus.run(());
    });
    let edit = move |index: usize, contact: &Contact| {
        remove(index);
        field.update(|field| field.correct(contact));
        focus.run(());
    };
    let drawn = move || {
        let all = chips.get();
        if all.len() >= FOLDED_FROM && !unfolded.get() {
            return view! { <FoldedChips all unfold/> }.into_any();
        }
        let one = |(i, (contact, fault)): (usize, (Contact, Option<AddressFault>))| {
            let again = contact.clone();
            view! { <RecipientChip contact fault edit=move |()| edit(i, &again) take=move |()| remove(i)/> }
        };
        all.into_iter()
            .enumerate()
            .map(one)
            .collect_view()
            .into_any()
    };
    view! {
        <div class="line recipients">
            <label for=id.clone()>{text(move || label.get(t))}</label>
            <div class="chips">
                {part(drawn)}
                <Field window line field id remove=Callback::new(remove)/>
            </div>
            <Suggestions window line field/>
        </div>
    }
}
