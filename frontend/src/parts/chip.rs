//! Recipients as chips; invalid ones are marked immediately.

use crate::bind::{click, text};
use crate::i18n::use_locale;
use crate::parts::address::AddressText;
use crate::parts::icon::Icon;
use crate::state::address::{AddressFault, is_misleading, shown, visible};
use leptos::prelude::*;
use wire::Contact;

/// Maximum number of invalid recipients shown in a folded line.
const INVALID_SHOWN_MAX: usize = 8;

/// A recipient.
#[component]
pub fn RecipientChip(
    /// The recipient.
    contact: Contact,
    /// What is wrong with it.
    fault: Option<AddressFault>,
    /// Puts it back into the field, to be corrected.
    #[prop(into)]
    edit: Callback<()>,
    /// Removes it.
    #[prop(into)]
    take: Callback<()>,
) -> impl IntoView {
    let t = use_locale();
    let unusual = fault == Some(AddressFault::Dotless);
    let address = visible(&contact.address);
    let spoken = shown(&contact);
    let title = move || match fault {
        Some(fault) => format!("{address}\n{}", t.address_fault(fault)),
        None => address.clone(),
    };
    // Show the address if it is invalid, or if the name shows another address.
    let unnamed = contact.name.trim().is_empty() || is_misleading(&contact);
    let label = if unnamed || fault.is_some() {
        view! { <AddressText address=contact.address/> }.into_any()
    } else {
        view! { <bdi>{contact.name}</bdi> }.into_any()
    };
    view! {
        <span class="chip" class:bad=fault.is_some() class:unusual=unusual title=text(title) on:dblclick=click(move |_| edit.run(()))>
            {fault.map(|fault| view! { <Icon name="warning"/><span class="unseen">{text(move || t.address_fault(fault))}</span> })}
            <span>{label}</span>
            <button type="button" aria-label=text(move || t.remove_item(&spoken)) on:click=click(move |_| take.run(()))><Icon name="close"/></button>
        </span>
    }
}

/// Many recipients: their number, and the invalid ones.
#[component]
pub fn FoldedChips(
    /// All recipients, and what is wrong with each.
    all: Vec<(Contact, Option<AddressFault>)>,
    /// Shows them all.
    unfold: Callback<()>,
) -> impl IntoView {
    let t = use_locale();
    let count = all.len();
    let invalid = all
        .into_iter()
        .filter(|(_, fault)| fault.is_some_and(|fault| fault != AddressFault::Dotless))
        .take(INVALID_SHOWN_MAX)
        .map(|(contact, _)| view! { <span class="chip bad"><Icon name="warning"/><AddressText address=contact.address/></span> })
        .collect_view();
    view! {
        <button type="button" class="chip fold" on:click=click(move |_| unfold.run(()))>{text(move || t.recipients(count))}<Icon name="down"/></button>
        {invalid}
    }
}
