//! The avatar of a contact: the first character of the name on a stamp, in one of a few tints that
//! depends on the address.

use crate::state::address::initial;
use leptos::prelude::*;
use wire::Contact;

/// Number of tints; must match the style sheet.
const TINTS: u32 = 6;

/// The avatar.
#[component]
pub fn Stamp(
    /// The contact.
    who: Contact,
) -> impl IntoView {
    let sum = who.address.to_lowercase().bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    let tint = format!("stamp tint-{}", sum % TINTS);
    view! { <span class=tint aria-hidden="true"><span>{initial(&who)}</span></span> }
}
