//! Changing: the scenario's own proposals, each played anew; and what would come of a change at the
//! present moment, beside the run without it, the first difference lit.

use super::cards::cards;
use super::watching::{at_end, lead, lesson};
use super::{many, outcome};
use crate::i18n::{self, texts};
use crate::state::catalogue::in_words;
use crate::work::{Branch, Work};
use frontend::bind::{click, part, text, yes};
use frontend::parts::icon::Icon;
use frontend::stage::view::Compare;
use leptos::prelude::*;

/// Beside the player.
pub fn aside(work: Work) -> impl IntoView {
    let ended = at_end(work);
    view! {
        {part(move || if work.branch.with(Option::is_some) { compared(work).into_any() } else { ().into_any() })}
        {part(move || proposals(work).into_any())}
        {part(move || kept(work).into_any())}
        {part(move || if work.branch.with(Option::is_some) { ().into_any() } else { cards(work).into_any() })}
        {part(move || if ended.get() { ().into_any() } else { lead(work).into_any() })}
        {lesson(work)}
        {many::panel(work)}
    }
}

/// What the scenario proposes: each a switch, and each to be seen beside the run without it.
fn proposals(work: Work) -> AnyView {
    let t = work.lab.t;
    let tweaks = work.original.with(|played| {
        played
            .as_ref()
            .map(|p| p.scenario.tweaks.clone())
            .unwrap_or_default()
    });
    let changed = move || {
        work.edits
            .with(|edits| edits.as_ref().is_some_and(|edits| !edits.is_empty()))
    };
    let rows = tweaks.into_iter().enumerate().map(|(i, tweak)| {
        let on = move || work.edits.with(|edits| edits.as_ref().is_some_and(|edits| edits.tweaks.contains(&i)));
        let toggle = move |_| {
            work.branch.set(None);
            work.edit(|edits| match edits.tweaks.iter().position(|t| *t == i) {
                Some(at) => drop(edits.tweaks.remove(at)),
                None => edits.tweaks.push(i),
            });
        };
        let title = StoredValue::new(tweak.title);
        let told = move || title.with_value(|title| in_words(title, t.language()).to_owned());
        let beside = move |_| {
            if let Some(mut edits) = work.edits.get_untracked() {
                edits.tweaks.push(i);
                work.fork(told(), edits);
            }
        };
        view! {
            <li class="tweak" class:on=on>
                <label class="check"><input type="checkbox" prop:checked=on on:change=toggle/><span>{told}</span></label>
                <button type="button" class="tool" hidden=yes(on) aria-label=text(move || format!("{}: {}", texts(t).compare, told())) title=i18n::of(t, |w| w.compare)
                    on:click=click(beside)><Icon name="fork"/></button>
            </li>
        }
    });
    let rows = rows.collect_view();
    let none = work.original.with(|played| {
        played
            .as_ref()
            .is_some_and(|p| p.scenario.tweaks.is_empty())
    });
    view! {
        <section class="note">
            <h2>{i18n::of(t, |w| w.tweaks)}</h2>
            <p>{if none { texts(t).no_tweaks } else { texts(t).tweak_lead }}</p>
            <ul class="tweaks">{rows}</ul>
            <p class="then" hidden=yes(move || !changed())>
                <button type="button" class="link" on:click=click(move |_| work.start_over())>{i18n::of(t, |w| w.start_over)}</button>
            </p>
        </section>
    }
    .into_any()
}

/// Fault cards that were kept; each can be taken away again.
fn kept(work: Work) -> Option<impl IntoView> {
    let t = work.lab.t;
    let kept = work.kept.get();
    (!kept.is_empty()).then(|| {
        let row = |(place, (title, _)): (usize, (String, _))| {
            let called = title.clone();
            view! {
                <li class="tweak on"><span class="check">{title}</span>
                    <button type="button" class="tool" aria-label=text(move || format!("{}: {called}", texts(t).take_back)) title=i18n::of(t, |w| w.take_back)
                        on:click=click(move |_| work.drop_kept(place))><Icon name="close"/></button></li>
            }
        };
        let rows = kept.into_iter().enumerate().map(row).collect_view();
        view! { <section class="note"><h2>{i18n::of(t, |w| w.changed)}</h2><ul class="tweaks">{rows}</ul></section> }
    })
}

/// Both ends, and whether the second run is kept.
fn compared(work: Work) -> Option<impl IntoView> {
    let t = work.lab.t;
    let branch = work.branch.get()?;
    let first = work.played.get()?;
    let Branch { title, played, .. } = branch;
    let same = first.fingerprint == played.fingerprint;
    Some(view! {
        <section class="note compared">
            <h2>{i18n::of(t, |w| w.compare)}</h2>
            {same.then(|| view! { <p>{i18n::of(t, |w| w.no_difference)}</p> })}
            <div class="ends">
                <div><h3>{i18n::of(t, |w| w.without)}</h3>{move || outcome::list(&first.outcome, t.language())}</div>
                <div><h3>{title}</h3>{move || outcome::list(&played.outcome, t.language())}</div>
            </div>
            <p class="then">
                <button type="button" class="primary" on:click=click(move |_| work.keep())>{i18n::of(t, |w| w.keep)}</button>
                <button type="button" class="quiet" on:click=click(move |_| work.branch.set(None))>{i18n::of(t, |w| w.take_back)}</button>
            </p>
        </section>
    })
}

/// Both runs on the stage.
pub fn side_by_side(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let left = Signal::derive(move || {
        work.played.with(|played| {
            played
                .as_ref()
                .map(|p| p.events.clone())
                .unwrap_or_default()
        })
    });
    let right = Signal::derive(move || {
        work.branch.with(|branch| {
            branch
                .as_ref()
                .map(|b| b.played.events.clone())
                .unwrap_or_default()
        })
    });
    let left_name = Signal::derive(move || texts(t).without.to_owned());
    let right_name = Signal::derive(move || {
        work.branch
            .with(|branch| branch.as_ref().map(|b| b.title.clone()).unwrap_or_default())
    });
    view! { <Compare left right left_name right_name/> }
}
