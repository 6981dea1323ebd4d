//! The journey strip above a message: the roles it passed with their times, and a link to the whole
//! journey.

use crate::app::use_app;
use crate::bind::{static_text, text};
use crate::i18n::use_locale;
use crate::parts::icon::Icon;
use crate::stage::view::RoleGlyph;
use crate::state::place::Mail;
use event::Role;
use leptos::prelude::*;
use mail::Time;

/// The strip.
#[component]
pub fn Strip(
    /// Roles and times, oldest first.
    stations: Vec<(Role, Time)>,
    /// Whether the journey is known.
    watchable: bool,
) -> impl IntoView {
    let (app, t) = (use_app(), use_locale());
    let first = stations.first().map(|(_, time)| *time);
    let stops = stations
        .into_iter()
        .map(|(role, time)| {
            let since = first.map(|first| time.since(first)).unwrap_or_default();
            view! {
                <li class=format!("stop role-{}", abbreviation(role))>
                    <RoleGlyph role size=18/>
                    <b>{abbreviation(role).to_uppercase()}</b>
                    <span class="role-name">{static_text(move || t.role(role))}</span>
                    <time title=text(move || t.reached_long(&t.date_long(time)))>{text(move || t.reached(time, since))}</time>
                </li>
            }
        })
        .collect_view();
    let href = move || {
        app.mail()
            .map(|mail| {
                Mail {
                    journey: true,
                    ..mail
                }
                .href()
            })
            .unwrap_or_default()
    };
    view! {
        <section class="strip" aria-label=t.of(|w| w.journey)>
            <ol>{stops}</ol>
            {watchable.then(|| view! {
                <a class="watch" href=href title=text(move || format!("{} (w)", t.watch_journey))>
                    <Icon name="play"/> {t.of(|w| w.watch_journey)}
                </a>
            })}
        </section>
    }
}

/// The abbreviation of a role, in classes and labels.
fn abbreviation(role: Role) -> &'static str {
    match role {
        Role::Mua => "mua",
        Role::Msa => "msa",
        Role::Mta => "mta",
        Role::Mda => "mda",
        Role::Mra => "mra",
        Role::Dns => "dns",
    }
}
