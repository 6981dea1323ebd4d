//! An address as text: an international domain in its readable form, invisible characters made
//! visible, and both parts in the correct order beside right-to-left text.

use crate::state::address::{readable, visible};
use leptos::prelude::*;

/// The address.
#[component]
pub fn AddressText(
    /// The address.
    address: String,
) -> impl IntoView {
    let shown = visible(&readable(&address));
    match shown.rsplit_once('@') {
        Some((local, domain)) if !shown.is_ascii() => view! {
            <bdi dir="ltr"><bdi>{local.to_owned()}</bdi>"@"<bdi>{domain.to_owned()}</bdi></bdi>
        }
        .into_any(),
        _ => view! { <bdi>{shown}</bdi> }.into_any(),
    }
}
