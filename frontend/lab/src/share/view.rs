//! The dialog of saving and sharing, and what is told about the link that the page was opened by.

use super::i18n::{self, texts};
use super::link::{self, Useless};
use super::shelf::{NotKept, Saved, Shelf};
use super::{export, file, keep, out};
use crate::app::use_lab;
use crate::build::own;
use crate::pages::trouble_words;
use crate::state::place::{Place, Visit};
use crate::work::Work;
use frontend::bind::{click, part, text, yes};
use frontend::parts::icon::Icon;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sim::api::{Answer, Plan, Request};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlInputElement};

/// The button in the head of a scenario's page, with its dialog.
#[component]
pub fn Tools(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let open = RwSignal::new(false);
    keep::follow(work);
    view! {
        <button type="button" class="tool worded share-open" aria-haspopup="dialog" on:click=click(move |_| open.set(true))>
            <Icon name="send"/><span>{i18n::of(t, |w| w.share)}</span>
        </button>
        {part(move || if open.get() { view! { <Sheet work open/> }.into_any() } else { ().into_any() })}
        <Told work/>
    }
}

#[component]
fn Sheet(work: Work, open: RwSignal<bool>) -> impl IntoView {
    let t = work.lab.t;
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if let Some(dialog) = dialog.get()
            && !dialog.open()
        {
            let _ = dialog.show_modal();
        }
    });
    let close = move || open.set(false);
    let outside = move |event: leptos::ev::MouseEvent| {
        if event
            .target()
            .is_some_and(|target| target.dyn_ref::<HtmlDialogElement>().is_some())
        {
            close();
        }
    };
    view! {
        <dialog node_ref=dialog class="modal share-sheet" aria-labelledby="share-title" on:close=move |_| close() on:click=outside>
            <div class="modal-sheet">
                <header role="presentation">
                    <h2 id="share-title">{i18n::of(t, |w| w.share)}</h2>
                    <button type="button" class="tool" aria-label=i18n::of(t, |w| w.close) on:click=click(move |_| close())><Icon name="close"/></button>
                </header>
                {by_link(work)}
                {on_shelf(work, open)}
                {export::choices(work)}
                <Import work open/>
            </div>
        </dialog>
    }
}

fn address(work: Work) -> Option<String> {
    let fragment = link::fragment(&keep::now(work, "")?)?;
    let location = web_sys::window()?.location();
    let place = Place::Scenario(Visit {
        mode: Default::default(),
        more: Vec::new(),
        ..work.visit.get()
    });
    Some(format!(
        "{}{}{fragment}",
        location.origin().ok()?,
        place.href()
    ))
}

fn by_link(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let copied = RwSignal::new(false);
    let there = Memo::new(move |_| address(work));
    let copy = move |_| {
        let Some(address) = there.get_untracked() else {
            return;
        };
        spawn_local(async move {
            copied.set(out::copy(&address).await);
        });
    };
    let field = move || {
        match there.get() {
        Some(address) => view! {
            <div class="row">
                <input class="link-text" type="text" readonly aria-label=i18n::of(t, |w| w.link) prop:value=address on:focus=select_all/>
                <button type="button" class="primary" on:click=click(copy)>{move || if copied.get() { texts(t).copied } else { texts(t).copy_link }}</button>
            </div>
        }
        .into_any(),
        None => view! { <p class="flaw">{i18n::of(t, |w| w.too_long)}</p> }.into_any(),
    }
    };
    view! {
        <section>
            <h3>{i18n::of(t, |w| w.link)}</h3>
            <p class="hint">{i18n::of(t, |w| w.link_hint)}</p>
            {part(move || field().into_any())}
        </section>
    }
}

fn select_all(event: leptos::ev::FocusEvent) {
    if let Some(input) = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
    {
        input.select();
    }
}

fn on_shelf(work: Work, open: RwSignal<bool>) -> impl IntoView {
    let t = work.lab.t;
    let name = RwSignal::new(String::new());
    let shelf = RwSignal::new(keep::shelf());
    let told = RwSignal::new(None::<Result<(), NotKept>>);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(shared) = keep::now(work, &name.get_untracked()) else {
            return;
        };
        match keep::change_shelf(|shelf| shelf.put(shared, keep::now_ms())) {
            Ok(fresh) => {
                shelf.set(Ok(fresh));
                name.set(String::new());
                told.set(Some(Ok(())));
            }
            Err(why) => told.set(Some(Err(why))),
        }
    };
    let said = move || match told.get()? {
        Ok(()) => Some(view! { <p class="good" role="status">{texts(t).saved}</p> }.into_any()),
        Err(why) => Some(
            view! { <p class="flaw" role="alert">{i18n::not_kept(t.language(), why)}</p> }
                .into_any(),
        ),
    };
    let list = move || match shelf.get() {
        Ok(Shelf { works, .. }) if works.is_empty() => {
            view! { <p class="hint">{texts(t).nothing_saved}</p> }.into_any()
        }
        Ok(Shelf { works, .. }) => {
            let rows = works
                .into_iter()
                .enumerate()
                .map(|(place, saved)| shelf_row(work, open, shelf, place, saved))
                .collect_view();
            view! { <ul class="shelf">{rows}</ul> }.into_any()
        }
        Err(why) => view! { <p class="flaw" role="alert">{i18n::not_kept(t.language(), why)}</p> }
            .into_any(),
    };
    view! {
        <section>
            <h3>{i18n::of(t, |w| w.save)}</h3>
            <form class="row" on:submit=save>
                <input type="text" maxlength="80" aria-label=i18n::of(t, |w| w.name) placeholder=i18n::of(t, |w| w.name) prop:value=name on:input=move |e| name.set(event_target_value(&e))/>
                <button type="submit" class="primary">{i18n::of(t, |w| w.save_now)}</button>
            </form>
            {said}
            {part(move || list().into_any())}
        </section>
    }
}

fn shelf_row(
    work: Work,
    open: RwSignal<bool>,
    shelf: RwSignal<Result<Shelf, NotKept>>,
    place: usize,
    saved: Saved,
) -> impl IntoView {
    let t = work.lab.t;
    let Saved { work: kept, .. } = saved;
    let (name, number) = (kept.name.clone(), kept.edits.scenario);
    let label = format!("{number} · {name}");
    let take = move |_| {
        open.set(false);
        show(work, &kept);
    };
    let remove = move |_| {
        let same = name.clone();
        let changed = keep::change_shelf(|shelf| {
            // Another tab may have changed the order.
            let there = shelf
                .works
                .iter()
                .position(|saved| saved.work.name == same && saved.work.edits.scenario == number);
            shelf.take_away(there.unwrap_or(place));
            Ok(())
        });
        shelf.set(changed);
    };
    view! {
        <li>
            <button type="button" class="link" on:click=click(take)>{label.clone()}</button>
            <button type="button" class="tool" aria-label=text(move || format!("{}: {label}", texts(t).remove)) on:click=click(remove)><Icon name="trash"/></button>
        </li>
    }
}

/// Goes to a work: in this page where it belongs to this scenario, else at its own address.
fn show(work: Work, kept: &link::Work) {
    let here = work.entry.with_value(|entry| (entry.number, entry.version));
    if kept.own.is_none() && link::fits(kept, here.0, here.1).is_ok() {
        work.branch.set(None);
        work.play(kept.edits.clone());
        return;
    }
    let number = if kept.own.is_some() {
        own::NUMBER
    } else {
        kept.edits.scenario
    };
    let Some(fragment) = link::fragment(kept) else {
        return;
    };
    if let Some(window) = web_sys::window() {
        let location = window.location();
        let _ = location.set_href(&format!(
            "{}{fragment}",
            Place::Scenario(Visit::to(number)).href()
        ));
        // The same page with another fragment is not loaded anew by itself.
        if here.0 == number {
            let _ = location.reload();
        }
    }
}

#[component]
fn Import(work: Work, open: RwSignal<bool>) -> impl IntoView {
    let t = work.lab.t;
    let told = RwSignal::new(None::<Refusal>);
    let chosen = move |event: web_sys::Event| {
        let input = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(picked) = input
            .as_ref()
            .and_then(|input| input.files())
            .and_then(|files| files.get(0))
        else {
            return;
        };
        if let Some(input) = input {
            // The same file can be chosen again once it is mended.
            input.set_value("");
        }
        spawn_local(async move {
            let bytes = out::read(&picked).await.unwrap_or_default();
            match take(work, &bytes).await {
                Ok(()) => open.set(false),
                Err(refusal) => told.set(Some(refusal)),
            }
        });
    };
    let said = move || {
        let refusal = told.get()?;
        let why = match refusal {
            Refusal::File(why) => i18n::no_file(t.language(), why),
            Refusal::Engine(trouble) => trouble_words(t, &trouble),
        };
        Some(view! { <p class="flaw" role="alert">{texts(t).refused}{why}</p> })
    };
    view! {
        <section>
            <h3>{i18n::of(t, |w| w.import)}</h3>
            <p class="hint">{i18n::of(t, |w| w.import_hint)}</p>
            <label class="quiet file-choice"><Icon name="file"/><span>{i18n::of(t, |w| w.choose_file)}</span>
                <input type="file" class="unseen" accept=".json,.toml,application/json,text/plain" on:change=chosen/></label>
            {said}
        </section>
    }
}

#[derive(Clone)]
enum Refusal {
    File(file::NoFile),
    Engine(crate::work::Trouble),
}

// Only what the engine can play becomes the scenario of one's own.
async fn take(work: Work, bytes: &[u8]) -> Result<(), Refusal> {
    let text = file::text_of(bytes).map_err(Refusal::File)?;
    let request = Request::Play(Plan {
        scenario: text.clone(),
        edits: None,
    });
    match work.ask(&request).await.map_err(Refusal::Engine)? {
        Answer::Played(_) => {
            keep::put_own(&text);
            if work.entry.with_value(|entry| entry.number) == own::NUMBER {
                drop_fragment();
                work.begin();
            } else {
                use_lab_of(work).go(&Place::Scenario(Visit::to(own::NUMBER)), false);
            }
            Ok(())
        }
        Answer::Refused(refused) => Err(Refusal::Engine(crate::work::Trouble::Refused(refused))),
        _ => Err(Refusal::Engine(crate::work::Trouble::Foreign)),
    }
}

fn use_lab_of(work: Work) -> crate::app::Lab {
    work.lab
}

fn drop_fragment() {
    if let Some(location) = web_sys::window().map(|window| window.location()) {
        let _ = location.set_hash("");
    }
}

/// What is wrong with the link by which the page was opened, or what was left unfinished here.
#[component]
fn Told(work: Work) -> impl IntoView {
    let t = use_lab().t;
    let (number, version) = work.entry.with_value(|entry| (entry.number, entry.version));
    let shared = keep::in_address();
    let wrong = match &shared {
        Some(Err(why)) => Some(*why),
        Some(Ok(shared)) if number != own::NUMBER => link::fits(shared, number, version).err(),
        Some(Ok(shared)) if shared.own.is_none() && shared.edits.scenario != number => {
            Some(Useless::OtherScenario(shared.edits.scenario, number))
        }
        _ => None,
    };
    let wrong = RwSignal::new(wrong);
    let draft = RwSignal::new(if shared.is_none() {
        keep::draft(work)
    } else {
        None
    });
    let useless = move || {
        let why = wrong.get()?;
        Some(view! {
            <div class="share-told" role="alert">
                <Icon name="warning"/><p><b>{texts(t).useless}</b>{i18n::useless(t.language(), why)}</p>
                <button type="button" class="quiet" on:click=click(move |_| { wrong.set(None); drop_fragment(); })>{texts(t).dismiss}</button>
            </div>
        })
    };
    let b = crate::build::i18n::texts;
    let take_up = move |_| {
        if let Some(kept) = draft.get_untracked() {
            draft.set(None);
            work.play(kept.edits);
        }
    };
    let forget = move |_| {
        draft.set(None);
        keep::forget_draft(work);
    };
    let changed = move || {
        work.edits
            .with(|edits| edits.as_ref().is_some_and(|edits| !edits.is_empty()))
    };
    let left = move || draft.with(Option::is_some) && !changed();
    view! {
        {useless}
        <div class="share-told" role="status" hidden=yes(move || !left())>
            <Icon name="edit"/><p>{move || b(t).found_draft}</p>
            <button type="button" class="primary" on:click=click(take_up)>{move || b(t).take_up}</button>
            <button type="button" class="quiet" on:click=click(forget)>{move || b(t).forget}</button>
        </div>
    }
}
