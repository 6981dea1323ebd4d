//! The editor: hosts, domains, people, records, links, settings and steps of a scenario, changed by hand; or a scenario of one's own from an
//! empty sheet. Everything it makes is an edit; what comes of it, the engine says.
//!
//! Reading order: [`changes`] (what is done to edits, and undone), [`grow`] (whole pieces at once), [`flaw`] and [`form`] (fields and what is
//! wrong with them), [`kinds`] (which fields there are), [`zone`] (records as text and table), [`own`] (the empty sheet).

pub mod changes;

pub mod grow;

pub mod flaw;

pub mod form;

pub mod kinds;

pub mod zone;

pub mod own;

pub mod words;

use crate::words as pages;
use crate::work::Work;
use leptos::prelude::*;
use sim::desk::HostShown;
use sim::scenario::RecordShown;

/// Beside the player.
pub fn aside(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let made_of = move || {
        work.played.with(|played| {
            played.as_ref().map(|played| {
                let hosts = played.hosts.iter().map(host).collect_view();
                let records = played.records.iter().map(record).collect_view();
                view! {
                    <h3>{pages::of(t, |w| w.hosts)}</h3>
                    <ul class="made-of">{hosts}</ul>
                    <h3>{pages::of(t, |w| w.records)}</h3>
                    <ul class="made-of zone">{records}</ul>
                }
            })
        })
    };
    view! {
        <section class="note">
            <h2>{pages::of(t, |w| w.build)}</h2>
            <p>{pages::of(t, |w| w.build_lead)}</p>
            {made_of}
        </section>
    }
}

fn host(host: &HostShown) -> impl IntoView + use<> {
    let people = host.people.join(", ");
    view! { <li><b>{host.name.clone()}</b><code>{host.address.clone()}</code><span>{people}</span></li> }
}

fn record(record: &RecordShown) -> impl IntoView + use<> {
    let name = serde_json::to_value(record.record).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    view! { <li><code>{format!("{} {name} {}", record.name, record.data)}</code></li> }
}
