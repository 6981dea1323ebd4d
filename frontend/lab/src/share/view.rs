//! The dialog for saving and sharing, and notices about the link that opened the page.

use super::i18n::{self, texts};
use super::saved::{SaveError, Saved, SavedWorks};
use super::{browser, export, file, storage};
use crate::app::use_lab;
use crate::link::storage as browser_storage;
use crate::run_error::RunError;
use crate::state::own_scenario;
use crate::state::route::{Route, ScenarioRoute};
use crate::state::shared_work::{self, LinkError, SharedWork};
use crate::workspace::Workspace;
use frontend::bind::{boolean, click, part, text};
use frontend::parts::icon::Icon;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sim::api::{ApiRequest, ApiResponse, Plan};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlInputElement};

/// The button in the header of a scenario's page, with its dialog.
#[component]
pub fn Tools(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let open = RwSignal::new(false);
    storage::follow(workspace);
    view! {
        <button type="button" class="tool worded share-open" aria-haspopup="dialog" aria-label=i18n::of(t, |w| w.share) title=i18n::of(t, |w| w.share) on:click=click(move |_| open.set(true))>
            <Icon name="send"/><span>{i18n::of(t, |w| w.share)}</span>
        </button>
        {part(move || if open.get() { view! { <ShareDialog workspace open/> }.into_any() } else { ().into_any() })}
    }
}

#[component]
fn ShareDialog(workspace: Workspace, open: RwSignal<bool>) -> impl IntoView {
    let t = workspace.lab.t;
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
        <dialog node_ref=dialog class="modal share-dialog" aria-labelledby="share-title" on:close=move |_| close() on:click=outside>
            <div class="modal-sheet">
                <header role="presentation">
                    <h2 id="share-title">{i18n::of(t, |w| w.share)}</h2>
                    <button type="button" class="tool" aria-label=i18n::of(t, |w| w.close) on:click=click(move |_| close())><Icon name="close"/></button>
                </header>
                {by_link(workspace)}
                {saved_section(workspace, open)}
                {export::choices(workspace)}
                <Import workspace open/>
            </div>
        </dialog>
    }
}

fn address(workspace: Workspace) -> Option<String> {
    let fragment = shared_work::fragment(&storage::now(workspace, "")?)?;
    let location = web_sys::window()?.location();
    let place = Route::Scenario(ScenarioRoute {
        mode: Default::default(),
        more: Vec::new(),
        ..workspace.route.get()
    });
    Some(format!(
        "{}{}{fragment}",
        location.origin().ok()?,
        place.href()
    ))
}

fn by_link(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let copied = RwSignal::new(false);
    let there = Memo::new(move |_| address(workspace));
    let copy = move |_| {
        let Some(address) = there.get_untracked() else {
            return;
        };
        spawn_local(async move {
            copied.set(browser::copy(&address).await);
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
        None => view! { <p class="field-error">{i18n::of(t, |w| w.too_long)}</p> }.into_any(),
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

fn saved_section(workspace: Workspace, open: RwSignal<bool>) -> impl IntoView {
    let t = workspace.lab.t;
    let name = RwSignal::new(String::new());
    let saved_works = RwSignal::new(storage::saved_works());
    let result = RwSignal::new(None::<Result<(), SaveError>>);
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let Some(shared) = storage::now(workspace, &name.get_untracked()) else {
            return;
        };
        match storage::change_saved_works(|saved_works| saved_works.put(shared, storage::now_ms()))
        {
            Ok(fresh) => {
                saved_works.set(Ok(fresh));
                name.set(String::new());
                result.set(Some(Ok(())));
            }
            Err(why) => result.set(Some(Err(why))),
        }
    };
    let notice = move || match result.get()? {
        Ok(()) => {
            Some(view! { <p class="ok-message" role="status">{texts(t).saved}</p> }.into_any())
        }
        Err(why) => Some(
            view! { <p class="field-error" role="alert">{i18n::save_error(t.language(), why)}</p> }
                .into_any(),
        ),
    };
    let list = move || match saved_works.get() {
        Ok(SavedWorks { works, .. }) if works.is_empty() => {
            view! { <p class="hint">{texts(t).nothing_saved}</p> }.into_any()
        }
        Ok(SavedWorks { works, .. }) => {
            let rows = works
                .into_iter()
                .enumerate()
                .map(|(place, saved)| saved_row(workspace, open, saved_works, place, saved))
                .collect_view();
            view! { <ul class="saved-works">{rows}</ul> }.into_any()
        }
        Err(why) => {
            view! { <p class="field-error" role="alert">{i18n::save_error(t.language(), why)}</p> }
                .into_any()
        }
    };
    view! {
        <section>
            <h3>{i18n::of(t, |w| w.save)}</h3>
            <form class="row" on:submit=save>
                <input type="text" maxlength="80" aria-label=i18n::of(t, |w| w.name) placeholder=i18n::of(t, |w| w.name) prop:value=name on:input=move |e| name.set(event_target_value(&e))/>
                <button type="submit" class="primary">{i18n::of(t, |w| w.save_now)}</button>
            </form>
            {notice}
            {part(move || list().into_any())}
        </section>
    }
}

fn saved_row(
    workspace: Workspace,
    open: RwSignal<bool>,
    saved_works: RwSignal<Result<SavedWorks, SaveError>>,
    place: usize,
    saved: Saved,
) -> impl IntoView {
    let t = workspace.lab.t;
    let Saved { work: kept, .. } = saved;
    let (name, number) = (kept.name.clone(), kept.edits.scenario);
    let label = format!("{number} · {name}");
    let import = move |_| {
        open.set(false);
        show(workspace, &kept);
    };
    let remove = move |_| {
        let same = name.clone();
        let changed = storage::change_saved_works(|saved_works| {
            // Another tab may have changed the order.
            let there = saved_works
                .works
                .iter()
                .position(|saved| saved.work.name == same && saved.work.edits.scenario == number);
            saved_works.remove(there.unwrap_or(place));
            Ok(())
        });
        saved_works.set(changed);
    };
    view! {
        <li>
            <button type="button" class="link" on:click=click(import)>{label.clone()}</button>
            <button type="button" class="tool" aria-label=text(move || format!("{}: {label}", texts(t).remove)) on:click=click(remove)><Icon name="trash"/></button>
        </li>
    }
}

/// Opens a work: in this page if it belongs to this scenario, otherwise at its own URL.
fn show(workspace: Workspace, kept: &SharedWork) {
    let here = workspace
        .entry
        .with_value(|entry| (entry.number, entry.version));
    if kept.own.is_none() && shared_work::fits(kept, here.0, here.1).is_ok() {
        workspace.alternative.set(None);
        workspace.play(kept.edits.clone());
        return;
    }
    let number = if kept.own.is_some() {
        own_scenario::NUMBER
    } else {
        kept.edits.scenario
    };
    let Some(fragment) = shared_work::fragment(kept) else {
        return;
    };
    if let Some(window) = web_sys::window() {
        let location = window.location();
        let _ = location.set_href(&format!(
            "{}{fragment}",
            Route::Scenario(ScenarioRoute::to(number)).href()
        ));
        // A change of the fragment alone does not reload the page.
        if here.0 == number {
            let _ = location.reload();
        }
    }
}

#[component]
fn Import(workspace: Workspace, open: RwSignal<bool>) -> impl IntoView {
    let t = workspace.lab.t;
    let error = RwSignal::new(None::<ImportError>);
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
            // Allows choosing the same file again after it was corrected.
            input.set_value("");
        }
        spawn_local(async move {
            let bytes = browser::read(picked).await.unwrap_or_default();
            match import(workspace, &bytes).await {
                Ok(()) => open.set(false),
                Err(why) => error.set(Some(why)),
            }
        });
    };
    let notice = move || {
        let error = error.get()?;
        let why = match error {
            ImportError::File(why) => i18n::file_error(t.language(), why),
            ImportError::Engine(error) => error.text(t),
        };
        Some(view! { <p class="field-error" role="alert">{texts(t).refused}{why}</p> })
    };
    view! {
        <section>
            <h3>{i18n::of(t, |w| w.import)}</h3>
            <p class="hint">{i18n::of(t, |w| w.import_hint)}</p>
            <label class="quiet file-choice"><Icon name="file"/><span>{i18n::of(t, |w| w.choose_file)}</span>
                <input type="file" class="unseen" accept=".json,.toml,application/json,text/plain" on:change=chosen/></label>
            {notice}
        </section>
    }
}

#[derive(Clone)]
enum ImportError {
    File(file::FileError),
    Engine(RunError),
}

// Only a file that the simulator can run replaces the user's own scenario.
async fn import(workspace: Workspace, bytes: &[u8]) -> Result<(), ImportError> {
    let text = file::text_of(bytes).map_err(ImportError::File)?;
    let request = ApiRequest::Play(Plan {
        scenario: text.clone(),
        edits: None,
    });
    match workspace.ask(&request).await.map_err(ImportError::Engine)? {
        ApiResponse::Played(_) => {
            browser_storage::put_own(&text);
            workspace.lab.renew_own_scenario(&text);
            if workspace.entry.with_value(|entry| entry.number) == own_scenario::NUMBER {
                drop_fragment();
                workspace.entry.set_value(own_scenario::entry(&text));
                workspace.begin();
            } else {
                workspace.lab.go(
                    &Route::Scenario(ScenarioRoute::to(own_scenario::NUMBER)),
                    false,
                );
            }
            Ok(())
        }
        ApiResponse::Refused(refused) => Err(ImportError::Engine(RunError::Refused(refused))),
        _ => Err(ImportError::Engine(RunError::VersionMismatch)),
    }
}

fn drop_fragment() {
    if let Some(location) = web_sys::window().map(|window| window.location()) {
        let _ = location.set_hash("");
    }
}

/// Notices about an unusable link, and about unsaved changes of the last visit.
#[component]
pub fn Notices(workspace: Workspace) -> impl IntoView {
    let t = use_lab().t;
    let (number, version) = workspace
        .entry
        .with_value(|entry| (entry.number, entry.version));
    let shared = browser_storage::in_address();
    let problem = match &shared {
        Some(Err(why)) => Some(*why),
        Some(Ok(shared)) if number != own_scenario::NUMBER => {
            shared_work::fits(shared, number, version).err()
        }
        Some(Ok(shared)) if shared.own.is_none() && shared.edits.scenario != number => {
            Some(LinkError::OtherScenario(shared.edits.scenario, number))
        }
        _ => None,
    };
    let problem = RwSignal::new(problem);
    let draft = RwSignal::new(if shared.is_none() {
        storage::draft(workspace)
    } else {
        None
    });
    let link_error = move || {
        let why = problem.get()?;
        Some(view! {
            <div class="share-notice" role="alert">
                <Icon name="warning"/><p><b>{texts(t).useless}</b>{i18n::link_error(t.language(), why)}</p>
                <button type="button" class="quiet" on:click=click(move |_| { problem.set(None); drop_fragment(); })>{texts(t).dismiss}</button>
            </div>
        })
    };
    let b = crate::build::i18n::texts;
    let take_up = move |_| {
        if let Some(kept) = draft.get_untracked() {
            draft.set(None);
            workspace.play(kept.edits);
        }
    };
    let forget = move |_| {
        draft.set(None);
        storage::forget_draft(workspace);
    };
    let changed = move || {
        workspace
            .edits
            .with(|edits| edits.as_ref().is_some_and(|edits| !edits.is_empty()))
    };
    let left = move || draft.with(Option::is_some) && !changed();
    view! {
        <div class="share-notices">
            {link_error}
            <div class="share-notice" role="status" hidden=boolean(move || !left())>
                <Icon name="edit"/><p>{move || b(t).found_draft}</p>
                <button type="button" class="primary" on:click=click(take_up)>{move || b(t).take_up}</button>
                <button type="button" class="quiet" on:click=click(forget)>{move || b(t).forget}</button>
            </div>
        </div>
    }
}
