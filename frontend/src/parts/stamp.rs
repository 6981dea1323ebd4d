//! Somebody's stamp: the first letter of the name on a perforated square, in one of a few quiet
//! tints that stays the same for an address.

use crate::state::address::initial;
use leptos::prelude::*;
use wire::Contact;

/// Tints there are; the style sheet has as many.
const TINTS: u32 = 6;

/// The stamp of somebody.
#[component]
pub fn Stamp(
    /// Whose.
    who: Contact,
) -> impl IntoView {
    let sum = who.address.to_lowercase().bytes().fold(7_u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u32::from(byte))
    });
    let tint = format!("stamp tint-{}", sum % TINTS);
    view! { <span class=tint aria-hidden="true"><span>{initial(&who)}</span></span> }
}
