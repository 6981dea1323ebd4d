//! The printed handout of a scenario: the questions with room to write, and on separate pages the
//! diagram, all steps as sentences, the lesson and the answers. Rendered only while printing.

use crate::i18n::{self, texts};
use crate::state::catalogue::localized;
use crate::state::network;
use crate::workspace::Workspace;
use frontend::bind::{part, printing};
use frontend::i18n::Language;
use frontend::stage::model::Timeline;
use frontend::stage::sentences::sentence;
use frontend::stage::storyboard::{self, Theme};
use leptos::prelude::*;
use sim::api::PlayedRun;
use sim::scenario::Question;

/// Maximum number of steps printed; further steps are only counted.
const SENTENCES_MAX: usize = 400;

/// The printed pages; empty on screen.
pub fn handout(workspace: Workspace) -> impl IntoView {
    let printing = printing();
    let pages = move || {
        let played = workspace.played.get();
        match played.filter(|_| printing.get()) {
            Some(played) => pages(workspace, &played),
            None => ().into_any(),
        }
    };
    view! { <section class="handout">{part(pages)}</section> }
}

fn pages(workspace: Workspace, played: &PlayedRun) -> AnyView {
    let language = workspace.lab.t.language();
    let lead = workspace
        .entry
        .with_value(|entry| localized(&entry.lead, language).to_owned());
    let questions: Vec<&Question> = played
        .questions
        .iter()
        .filter_map(|stop| played.scenario.questions.get(stop.question))
        .collect();
    let asked = questions.iter().map(|question| asked(question, language));
    let timeline = network::timeline(played);
    let picture = storyboard::svg(&timeline, 0, timeline.last(), language, Theme::Light);
    let lesson = localized(&played.scenario.lesson, language).to_owned();
    let some = !questions.is_empty();
    let w = texts(workspace.lab.t);
    view! {
        <h1>{workspace.title()}</h1>
        <p class="lead">{lead}</p>
        {some.then(|| view! { <h2>{w.handout_questions}</h2><ol class="asked">{asked.collect_view()}</ol> })}
        <h2 class="next-page">{w.handout_steps}</h2>
        <figure inner_html=picture></figure>
        {sentences(&timeline, language)}
        <h2 class="next-page">{w.lesson}</h2>
        <p>{lesson}</p>
        {some.then(|| view! { <h2>{w.handout_answers}</h2>{answers(played, language)} })}
    }
    .into_any()
}

/// A question with its choices and room for the reason.
fn asked(question: &Question, language: Language) -> impl IntoView + use<> {
    let choices = question.choices.iter().map(|choice| {
        let say = localized(&choice.say, language).to_owned();
        view! { <li>{say}</li> }
    });
    let ask = localized(&question.ask, language).to_owned();
    let because = i18n::Texts::of(language).handout_because;
    view! { <li><p>{ask}</p><ul class="boxes">{choices.collect_view()}</ul><p class="room">{because}</p></li> }
}

/// All steps as sentences.
fn sentences(timeline: &Timeline, language: Language) -> impl IntoView + use<> {
    let count = timeline.len().min(SENTENCES_MAX);
    let items = (0..count).map(|step| {
        let sentence = sentence(timeline, step, language);
        view! { <li>{sentence}</li> }
    });
    let more = timeline.len() - count;
    let more = (more > 0).then(|| view! { <p>{i18n::more_steps(language, more)}</p> });
    view! { <ol class="all-steps">{items.collect_view()}</ol>{more} }
}

/// The correct answers of this run, with their explanations.
fn answers(played: &PlayedRun, language: Language) -> impl IntoView + use<> {
    let answers = played.questions.iter().filter_map(|stop| {
        let question = played.scenario.questions.get(stop.question)?;
        let right = stop.right.iter().filter_map(|at| question.choices.get(*at));
        let right = right.map(|choice| {
            let (say, then) = (&choice.say, &choice.then);
            let (say, then) = (localized(say, language), localized(then, language));
            view! { <p><b>{say.to_owned()}</b>" "{then.to_owned()}</p> }
        });
        let ask = localized(&question.ask, language).to_owned();
        Some(view! { <li><p>{ask}</p>{right.collect_view()}</li> })
    });
    view! { <ol class="answers">{answers.collect_view()}</ol> }
}
