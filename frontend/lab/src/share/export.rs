//! The ways in which a run leaves the Lab: its scenario, a transcript, a storyboard, packets.

use super::words::{self, words};
use super::{file, out, transcript};
use crate::state::catalogue::in_words;
use crate::words::words as pages;
use crate::work::{Trouble, Work};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use frontend::bind::{click, part};
use frontend::parts::icon::Icon;
use frontend::stage::storyboard::{self, Theme};
use frontend::stage::timeline::Timeline;
use frontend::words::Language;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sim::desk::{Answer, Plan, Request};

/// Which part of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    All,
    Before,
    After,
}

/// One way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Transcript(Language),
    Svg,
    Png,
    Pcapng,
}

const FORMS: [Form; 6] =
    [Form::Json, Form::Transcript(Language::Chinese), Form::Transcript(Language::English), Form::Svg, Form::Png, Form::Pcapng];

impl Form {
    fn word(self, w: &'static words::Words) -> &'static str {
        match self {
            Form::Json => w.as_json,
            Form::Transcript(Language::Chinese) => w.as_transcript_zh,
            Form::Transcript(Language::English) => w.as_transcript_en,
            Form::Svg => w.as_svg,
            Form::Png => w.as_png,
            Form::Pcapng => w.as_pcapng,
        }
    }
}

/// The buttons.
pub fn choices(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let range = RwSignal::new(Range::All);
    let told = RwSignal::new(None::<&'static str>);
    let chosen = move |event: web_sys::Event| {
        range.set(match event_target_value(&event).as_str() {
            "before" => Range::Before,
            "after" => Range::After,
            _ => Range::All,
        });
    };
    let button = move |form: Form| {
        let go = move |_| {
            told.set(None);
            spawn_local(async move {
                if !send(work, form, range.get_untracked()).await {
                    told.set(Some("failed"));
                }
            });
        };
        view! { <button type="button" class="quiet" on:click=click(go)><Icon name="download"/><span>{move || form.word(words(t))}</span></button> }
    };
    view! {
        <section>
            <h3>{words::of(t, |w| w.export)}</h3>
            <label class="field-row">{words::of(t, |w| w.range)}
                <select on:change=chosen>
                    <option value="all">{words::of(t, |w| w.range_all)}</option>
                    <option value="before">{words::of(t, |w| w.range_before)}</option>
                    <option value="after">{words::of(t, |w| w.range_after)}</option>
                </select>
            </label>
            <div class="exports">{FORMS.into_iter().map(button).collect_view()}</div>
            {part(move || if told.get().is_some() { view! { <p class="flaw" role="alert">{words(t).not_made}</p> }.into_any() } else { ().into_any() })}
        </section>
    }
}

// The positions of the range, and the timeline of the run on the stage.
fn span(work: Work, timeline: &Timeline, range: Range) -> (usize, usize) {
    let here = work.deck.get_untracked().map_or(0, |deck| deck.position.get_untracked());
    match range {
        Range::All => (0, timeline.last()),
        Range::Before => (0, here),
        Range::After => (here, timeline.last()),
    }
}

async fn send(work: Work, form: Form, range: Range) -> bool {
    let Some(played) = work.played.get_untracked() else { return false };
    let language = work.lab.t.0.get_untracked();
    let number = work.entry.with_value(|entry| entry.number);
    let title = |language| in_words(&played.scenario.title, language).to_owned();
    let name = |ending: &str| file::name(number, &title(language), ending);
    let timeline = Timeline::from_run(played.events.clone());
    let (from, to) = span(work, &timeline, range);
    match form {
        Form::Json => {
            let text = serde_json::to_string_pretty(&played.scenario).unwrap_or_default();
            out::download(&name("json"), "application/json", text.as_bytes());
            true
        }
        Form::Transcript(language) => {
            let head = format!("{number} {}", title(language));
            let text = transcript::text(&timeline, from, to, &head, played.began, language);
            out::download(&file::name(number, &title(language), "txt"), "text/plain;charset=utf-8", text.as_bytes());
            true
        }
        Form::Svg => {
            let svg = storyboard::svg(&timeline, from, to, language, Theme::Light);
            out::download(&name("svg"), "image/svg+xml", svg.as_bytes());
            true
        }
        Form::Png => out::download_png(&name("png"), &storyboard::svg(&timeline, from, to, language, Theme::Light)).await,
        Form::Pcapng => {
            let plan = Plan { scenario: work.source.get_untracked(), edits: work.edits.get_untracked() };
            let Ok(Answer::Pcapng(packets)) = work.ask(&Request::Pcapng(plan)).await else { return false };
            let Ok(octets) = STANDARD.decode(&packets.base64) else { return false };
            out::download(&name("pcapng"), "application/vnd.tcpdump.pcap", &octets);
            true
        }
    }
}

impl Trouble {
    /// In a sentence, with the place where it is known.
    pub fn told(&self, t: frontend::words::Tongue) -> String {
        let language = t.language();
        match self {
            Trouble::Refused(refused) => {
                let place = refused.place.map(|place| format!(" {}{}", pages(t).refused_at, crate::words::place(language, place)));
                format!("{}{}", in_words(&refused.why, language), place.unwrap_or_default())
            }
            Trouble::Foreign => pages(t).answer_broken.to_owned(),
            Trouble::File(_) => pages(t).scenario_failed.to_owned(),
            Trouble::Engine(_) => pages(t).engine_failed.to_owned(),
        }
    }
}
