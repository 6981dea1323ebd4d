//! Tweak mode: suggested changes and fault cards, with both runs side by side.

use super::cards::cards;
use super::watching::{at_end, lead, lesson};
use super::{many_runs, outcome};
use crate::i18n::{self, texts};
use crate::state::catalogue::localized;
use crate::state::network::network;
use crate::workspace::{AlternativeRun, Workspace};
use frontend::bind::{boolean, click, part, text};
use frontend::parts::icon::Icon;
use frontend::stage::view::Compare;
use leptos::prelude::*;

/// The panel of Tweak mode, shown beside the player.
pub fn aside(workspace: Workspace) -> impl IntoView {
    let ended = at_end(workspace);
    view! {
        {part(move || if workspace.alternative.with(Option::is_some) { compared(workspace).into_any() } else { ().into_any() })}
        {part(move || proposals(workspace).into_any())}
        {part(move || kept_cards(workspace).into_any())}
        {part(move || if workspace.alternative.with(Option::is_some) { ().into_any() } else { cards(workspace).into_any() })}
        {part(move || if ended.get() { ().into_any() } else { lead(workspace).into_any() })}
        {lesson(workspace)}
        {many_runs::panel(workspace)}
    }
}

/// The suggested changes; each can be switched on, or compared with the run without it.
fn proposals(workspace: Workspace) -> AnyView {
    let t = workspace.lab.t;
    let tweaks = workspace.original.with(|played| {
        played
            .as_ref()
            .map(|p| p.scenario.tweaks.clone())
            .unwrap_or_default()
    });
    let changed = move || workspace.is_changed();
    let rows = tweaks.into_iter().enumerate().map(|(i, tweak)| {
        let on = move || workspace.edits.with(|edits| edits.as_ref().is_some_and(|edits| edits.tweaks.contains(&i)));
        let toggle = move |_| {
            workspace.alternative.set(None);
            workspace.switch_tweak(i);
        };
        let title = StoredValue::new(tweak.title);
        let title_text = move || title.with_value(|title| localized(title, t.language()).to_owned());
        let beside = move |_| {
            if let Some(edits) = workspace.with_tweak_switched(i) {
                workspace.play_alternative(title_text(), edits);
            }
        };
        view! {
            <li class="tweak" class:on=on>
                <label class="check"><input type="checkbox" prop:checked=on on:change=toggle/><span>{title_text}</span></label>
                <button type="button" class="tool" hidden=boolean(on) aria-label=text(move || format!("{}: {}", texts(t).compare, title_text())) title=i18n::of(t, |w| w.compare)
                    on:click=click(beside)><Icon name="fork"/></button>
            </li>
        }
    });
    let rows = rows.collect_view();
    let none = workspace.original.with(|played| {
        played
            .as_ref()
            .is_some_and(|p| p.scenario.tweaks.is_empty())
    });
    view! {
        <section class="note">
            <h2>{i18n::of(t, |w| w.tweaks)}</h2>
            <p>{if none { texts(t).no_tweaks } else { texts(t).tweak_lead }}</p>
            <ul class="tweaks">{rows}</ul>
            <p class="actions" hidden=boolean(move || !changed())>
                <button type="button" class="link" on:click=click(move |_| workspace.start_over())>{i18n::of(t, |w| w.start_over)}</button>
            </p>
        </section>
    }
    .into_any()
}

/// The fault cards that were kept; each can be removed.
fn kept_cards(workspace: Workspace) -> Option<impl IntoView> {
    let t = workspace.lab.t;
    let kept_cards = workspace.kept_cards.get();
    (!kept_cards.is_empty()).then(|| {
        let row = |(place, (title, _)): (usize, (String, _))| {
            let card_title = title.clone();
            view! {
                <li class="tweak on"><span class="check">{title}</span>
                    <button type="button" class="tool" aria-label=text(move || format!("{}: {card_title}", texts(t).take_back)) title=i18n::of(t, |w| w.take_back)
                        on:click=click(move |_| workspace.remove_kept_card(place))><Icon name="close"/></button></li>
            }
        };
        let rows = kept_cards.into_iter().enumerate().map(row).collect_view();
        view! { <section class="note"><h2>{i18n::of(t, |w| w.changed)}</h2><ul class="tweaks">{rows}</ul></section> }
    })
}

/// The outcomes of both runs, with buttons to keep or discard the second one.
fn compared(workspace: Workspace) -> Option<impl IntoView> {
    let t = workspace.lab.t;
    let alternative = workspace.alternative.get()?;
    let first = workspace.played.get()?;
    let AlternativeRun { title, played, .. } = alternative;
    let same = first.fingerprint == played.fingerprint;
    Some(view! {
        <section class="note compared">
            <h2>{i18n::of(t, |w| w.compare)}</h2>
            {same.then(|| view! { <p>{i18n::of(t, |w| w.no_difference)}</p> })}
            <div class="ends">
                <div><h3>{i18n::of(t, |w| w.without)}</h3>{move || outcome::list(&first.outcome, t.language())}</div>
                <div><h3>{title}</h3>{move || outcome::list(&played.outcome, t.language())}</div>
            </div>
            <p class="actions">
                <button type="button" class="primary" on:click=click(move |_| workspace.keep_alternative())>{i18n::of(t, |w| w.keep)}</button>
                <button type="button" class="quiet" on:click=click(move |_| workspace.alternative.set(None))>{i18n::of(t, |w| w.take_back)}</button>
            </p>
        </section>
    })
}

/// Both runs, side by side.
pub fn side_by_side(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let left = Signal::derive(move || {
        workspace.played.with(|played| {
            played
                .as_ref()
                .map(|p| p.events.clone())
                .unwrap_or_default()
        })
    });
    let right = Signal::derive(move || {
        workspace.alternative.with(|alternative| {
            alternative
                .as_ref()
                .map(|b| b.played.events.clone())
                .unwrap_or_default()
        })
    });
    let left_network = Signal::derive(move || {
        let played = workspace.played.get();
        played.as_deref().map(network).unwrap_or_default()
    });
    let right_network = Signal::derive(move || {
        let alternative = workspace.alternative.get();
        alternative.map(|b| network(&b.played)).unwrap_or_default()
    });
    let left_name = Signal::derive(move || texts(t).without.to_owned());
    let right_name = Signal::derive(move || {
        workspace.alternative.with(|alternative| {
            alternative
                .as_ref()
                .map(|b| b.title.clone())
                .unwrap_or_default()
        })
    });
    view! { <Compare left right left_network right_network left_name right_name/> }
}
