//! Predicting: playback stops before the decisive line, the learner says what comes, and what was
//! said stays pinned beside what came. Which answer is right, the engine computed from this very
//! run.

use super::watching::{at_end, lead, lesson};
use crate::i18n::{self, texts};
use crate::state::catalogue::in_words;
use crate::state::predict::Given;
use crate::work::Work;
use frontend::bind::{click, part};
use frontend::parts::icon::Icon;
use frontend::stage::player::Player;
use frontend::stage::sentences::sentence;
use frontend::web::page;
use leptos::html;
use leptos::prelude::*;
use sim::api::{Asked, Played};
use sim::scenario::{Question, Text};

/// Beside the player.
pub fn aside(work: Work) -> impl IntoView {
    let t = work.lab.t;
    let ended = at_end(work);
    view! {
        {part(move || pinned(work).into_any())}
        {part(move || now(work).into_any())}
        {part(move || if ended.get() { ().into_any() } else { lead(work).into_any() })}
        {lesson(work)}
        {part(move || again(work).into_any())}
        <p class="unseen" role="status">{move || {
            let waits = work.predictions.with(|all| all.reading().is_none() && all.next().is_some()) && stopped(work);
            if waits { texts(t).predict_wait } else { "" }
        }}</p>
    }
}

/// Playback wants to go on beyond the question: it is asked.
pub fn ask(work: Work) {
    let reading = work
        .predictions
        .with_untracked(|all| all.reading().is_some());
    if reading {
        page::focus(".go-on");
    } else {
        page::focus(".question h2");
    }
}

/// Whether playback stands right before the next question.
fn stopped(work: Work) -> bool {
    let Some(deck) = work.deck.get() else {
        return false;
    };
    let Some(before) = work.predictions.with(|all| all.gate()) else {
        return false;
    };
    deck.timeline
        .with(|t| t.position_of_event(before))
        .is_some_and(|gate| deck.position.get() + 1 >= gate)
}

fn question(played: &Played, asked: &Asked) -> Option<Question> {
    played.scenario.questions.get(asked.question).cloned()
}

/// The answers so far but the one that is being read.
fn pinned(work: Work) -> Option<impl IntoView> {
    let (given, reading) = work
        .predictions
        .with(|all| (all.given().to_vec(), all.reading().is_some()));
    let shown = if reading {
        given.len() - 1
    } else {
        given.len()
    };
    (shown > 0).then(|| {
        let cards = given
            .into_iter()
            .take(shown)
            .enumerate()
            .map(|(i, given)| truth_card(work, i, given, false))
            .collect_view();
        view! { <ol class="pinned">{cards}</ol> }
    })
}

/// What is to be done now: to play, to answer, to read the truth, or nothing more.
fn now(work: Work) -> AnyView {
    let t = work.lab.t;
    let (asked, given) = work
        .predictions
        .with(|all| (all.asked().len(), all.given().len()));
    if asked == 0 {
        let file = work.entry.with_value(|entry| entry.questions);
        let told = move || {
            if file == 0 {
                texts(t).no_questions
            } else {
                texts(t).questions_gone
            }
        };
        return view! { <p class="hint">{told}</p> }.into_any();
    }
    if let Some(given) = work.predictions.with(|all| all.reading().cloned()) {
        let place = work.predictions.with(|all| all.given().len()) - 1;
        return truth(work, place, given).into_any();
    }
    let Some(next) = work.predictions.with(|all| all.next().cloned()) else {
        return view! { <p class="hint">{i18n::of(t, |w| w.all_answered)}</p> }.into_any();
    };
    if stopped(work) {
        open_question(work, given, asked, &next).into_any()
    } else {
        invitation(work, given, asked).into_any()
    }
}

fn invitation(work: Work, given: usize, asked: usize) -> impl IntoView {
    let t = work.lab.t;
    let play = move |_| {
        work.deck
            .with_untracked(|deck| deck.iter().for_each(|deck| deck.hands(Player::toggle)))
    };
    let playing = move || {
        work.deck
            .get()
            .is_some_and(|deck| deck.player.with(|p| p.playing))
    };
    let begins = given == 0;
    view! {
        <section class="note invitation">
            <h2>{move || i18n::question_of(t.language(), given + 1, asked)}</h2>
            <p>{i18n::of(t, |w| w.predict_lead)}</p>
            {part(move || if playing() { ().into_any() } else {
                let word = move || if begins { texts(t).predict_start } else { texts(t).predict_go_on };
                view! { <button type="button" class="primary" on:click=click(play)><Icon name="play"/>{word}</button> }.into_any()
            })}
        </section>
    }
}

fn open_question(work: Work, given: usize, asked: usize, next: &Asked) -> impl IntoView {
    let t = work.lab.t;
    let question = work
        .played
        .with(|played| played.as_ref().and_then(|played| question(played, next)))?;
    let ask = question.ask.clone();
    let heading = NodeRef::<html::H2>::new();
    frontend::bind::effect(move || {
        if let Some(heading) = heading.get() {
            heading.scroll_into_view_with_bool(false);
        }
    });
    let choices = question.choices.into_iter().enumerate().map(|(i, choice)| {
        let say = choice.say;
        view! {
            <li><button type="button" class="choice" on:click=click(move |_| answer(work, i))>
                <span class="choice-message" aria-hidden="true">{message(i)}</span>
                <span>{move || in_words(&say, t.language()).to_owned()}</span>
            </button></li>
        }
    });
    let choices = choices.collect_view();
    Some(view! {
        <section class="note question">
            <p class="of">{move || i18n::question_of(t.language(), given + 1, asked)}</p>
            <h2 tabindex="-1" node_ref=heading>{move || in_words(&ask, t.language()).to_owned()}</h2>
            <ol class="choices">{choices}</ol>
        </section>
    })
}

/// Choices are lettered, so that a class can call them out.
pub fn message(choice: usize) -> String {
    char::from(b'A' + (choice % 26) as u8).to_string()
}

/// The learner's answer: it counts for the progress, and the line itself may be shown.
pub fn answer(work: Work, choice: usize) {
    let Some(asked) = work.predictions.with_untracked(|all| all.next().cloned()) else {
        return;
    };
    let right = asked.right.contains(&choice);
    work.mark(|mark| mark.answer(asked.question as u32, right));
    work.predictions.update(|all| all.answer(choice));
    reveal(work, asked.before);
    let t = work.lab.t;
    work.lab.say(
        if right {
            texts(t).right
        } else {
            texts(t).wrong
        }
        .to_owned(),
    );
    let focus = || {
        page::focus(".go-on");
    };
    set_timeout(focus, std::time::Duration::ZERO);
}

/// The gate has moved on: the decisive line is shown.
pub fn reveal(work: Work, event: usize) {
    // The player learns of the gate first.
    set_timeout(
        move || {
            if let Some(Some(deck)) = work.deck.try_get_untracked() {
                deck.go_to_event(event);
            }
        },
        std::time::Duration::from_millis(30),
    );
}

fn truth(work: Work, place: usize, given: Given) -> impl IntoView {
    let t = work.lab.t;
    let go_on = move |_| {
        work.predictions.update(|all| all.go_on());
        if let Some(deck) = work.deck.get_untracked() {
            deck.hands(|player, timeline| {
                if !player.playing && player.position < timeline.last() {
                    player.toggle(timeline);
                }
            });
        }
    };
    view! {
        <ol class="pinned fresh">{truth_card(work, place, given, true)}</ol>
        <p class="then"><button type="button" class="primary go-on" on:click=click(go_on)><Icon name="play"/>{i18n::of(t, |w| w.predict_go_on)}</button></p>
    }
}

/// What was said, beside what came, and the word to whoever said it.
fn truth_card(work: Work, place: usize, given: Given, fresh: bool) -> impl IntoView {
    let t = work.lab.t;
    let played = work.played.get()?;
    let question = question(&played, &given.asked)?;
    let right = given.right();
    let said = question.choices.get(given.choice)?.clone();
    let truths: Vec<Text> = given
        .asked
        .right
        .iter()
        .filter_map(|i| question.choices.get(*i))
        .map(|choice| choice.say.clone())
        .collect();
    let came = line_of(work, given.asked.before);
    let (ask, say, then) = (question.ask.clone(), said.say.clone(), said.then.clone());
    // After a change the word to a wrong choice may speak of what is now true; then the line itself
    // is the word.
    let fits = right || truths.first().is_some_and(|_| given.asked.right.len() == 1);
    let all = work.predictions.with(|all| all.asked().len());
    let truth_words = move || match truths.first() {
        Some(text) => in_words(text, t.language()).to_owned(),
        None => texts(t).none_right.to_owned(),
    };
    let line = move || came.with(|line| line.clone());
    Some(view! {
        <li class="truth" class:right=right class:fresh=fresh>
            <p class="of">{move || i18n::question_of(t.language(), place + 1, all)}</p>
            <h3>{move || in_words(&ask, t.language()).to_owned()}</h3>
            <dl>
                <div><dt>{i18n::of(t, |w| w.you_said)}</dt><dd>{move || in_words(&say, t.language()).to_owned()}</dd></div>
                <div><dt>{i18n::of(t, |w| w.truth)}</dt><dd>{truth_words}</dd></div>
            </dl>
            <p class="line">{line}</p>
            <p class="verdict"><Icon name=if right { "check" } else { "undo" }/><b>{move || if right { texts(t).right } else { texts(t).wrong }}</b></p>
            {fits.then(|| view! { <p class="then-word">{move || in_words(&then, t.language()).to_owned()}</p> })}
        </li>
    })
}

/// The sentence of an event, followed.
pub fn line_of(work: Work, event: usize) -> Signal<String> {
    let t = work.lab.t;
    Signal::derive(move || {
        let Some(deck) = work.deck.get() else {
            return String::new();
        };
        deck.timeline.with(|timeline| {
            timeline
                .position_of_event(event)
                .map(|at| sentence(timeline, at, t.language()))
                .unwrap_or_default()
        })
    })
}

fn again(work: Work) -> Option<impl IntoView> {
    let t = work.lab.t;
    let some = work.predictions.with(|all| !all.given().is_empty());
    let restart = move |_| {
        work.predictions.update(|all| all.again());
        work.deck
            .with_untracked(|deck| deck.iter().for_each(|deck| deck.go(0)));
    };
    some.then(|| view! { <p class="then"><button type="button" class="link" on:click=click(restart)>{i18n::of(t, |w| w.ask_again)}</button></p> })
}
