//! Predict mode: playback stops before the decisive line, the learner predicts it, and the
//! prediction stays visible next to what happened. The simulator computes the correct answer from
//! this run.

use super::watching::{at_end, lead, lesson};
use crate::i18n::{self, texts};
use crate::state::catalogue::localized;
use crate::state::predict::GivenAnswer;
use crate::workspace::Workspace;
use frontend::bind::{click, part};
use frontend::parts::icon::Icon;
use frontend::stage::player::Player;
use frontend::stage::sentences::sentence;
use frontend::web::page;
use leptos::html;
use leptos::prelude::*;
use sim::api::{PlayedRun, QuestionStop};
use sim::scenario::{Question, Text};

/// The panel of Predict mode, shown beside the player.
pub fn aside(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let ended = at_end(workspace);
    view! {
        {part(move || pinned(workspace).into_any())}
        <div class="asked-now">{part(move || now(workspace).into_any())}</div>
        {part(move || if ended.get() { ().into_any() } else { lead(workspace).into_any() })}
        {lesson(workspace)}
        {part(move || again(workspace).into_any())}
        <p class="unseen" role="status">{move || {
            let waits = workspace.predictions.with(|all| all.reading().is_none() && all.next().is_some()) && stopped(workspace);
            if waits { texts(t).predict_wait } else { "" }
        }}</p>
    }
}

/// Called when playback tries to continue past the question: moves the focus to it.
pub fn ask(workspace: Workspace) {
    let reading = workspace
        .predictions
        .with_untracked(|all| all.reading().is_some());
    if reading {
        page::focus(".go-on");
    } else {
        page::focus(".question h2");
    }
}

/// Whether playback has stopped before the next question.
fn stopped(workspace: Workspace) -> bool {
    let Some(player) = workspace.player.get() else {
        return false;
    };
    let Some(before) = workspace.predictions.with(|all| all.gate()) else {
        return false;
    };
    player
        .timeline
        .with(|t| t.position_of_event(before))
        .is_some_and(|gate| player.position.get() + 1 >= gate)
}

fn question(played: &PlayedRun, asked: &QuestionStop) -> Option<Question> {
    played.scenario.questions.get(asked.question).cloned()
}

/// All answers so far, except the one being read.
fn pinned(workspace: Workspace) -> Option<impl IntoView> {
    let (given, reading) = workspace
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
            .map(|(i, given)| truth_card(workspace, i, given, false))
            .collect_view();
        view! { <ol class="pinned">{cards}</ol> }
    })
}

/// The current task: play, answer, read the result, or nothing.
fn now(workspace: Workspace) -> AnyView {
    let t = workspace.lab.t;
    let (asked, given) = workspace
        .predictions
        .with(|all| (all.asked().len(), all.given().len()));
    if asked == 0 {
        let file = workspace.entry.with_value(|entry| entry.questions);
        let notice = move || {
            if file == 0 {
                texts(t).no_questions
            } else {
                texts(t).questions_gone
            }
        };
        return view! { <p class="hint">{notice}</p> }.into_any();
    }
    if let Some(given) = workspace.predictions.with(|all| all.reading().cloned()) {
        let place = workspace.predictions.with(|all| all.given().len()) - 1;
        return truth(workspace, place, given).into_any();
    }
    let Some(next) = workspace.predictions.with(|all| all.next().cloned()) else {
        return view! { <p class="hint">{i18n::of(t, |w| w.all_answered)}</p> }.into_any();
    };
    if stopped(workspace) {
        open_question(workspace, given, asked, &next).into_any()
    } else {
        invitation(workspace, given, asked).into_any()
    }
}

fn invitation(workspace: Workspace, given: usize, asked: usize) -> impl IntoView {
    let t = workspace.lab.t;
    let play = move |_| {
        workspace.player.with_untracked(|player| {
            player
                .iter()
                .for_each(|player| player.update_player(Player::toggle));
        });
    };
    let playing = move || {
        workspace
            .player
            .get()
            .is_some_and(|player| player.player.with(|p| p.playing))
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

fn open_question(
    workspace: Workspace,
    given: usize,
    asked: usize,
    next: &QuestionStop,
) -> impl IntoView {
    let t = workspace.lab.t;
    let question = workspace
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
            <li><button type="button" class="choice" on:click=click(move |_| answer(workspace, i))>
                <span class="choice-letter" aria-hidden="true">{choice_letter(i)}</span>
                <span>{move || localized(&say, t.language()).to_owned()}</span>
            </button></li>
        }
    });
    let choices = choices.collect_view();
    Some(view! {
        <section class="note question">
            <p class="of">{move || i18n::question_of(t.language(), given + 1, asked)}</p>
            <h2 tabindex="-1" node_ref=heading>{move || localized(&ask, t.language()).to_owned()}</h2>
            <ol class="choices">{choices}</ol>
        </section>
    })
}

/// The letter of a choice, so that a class can call it out.
pub fn choice_letter(choice: usize) -> String {
    char::from(b'A' + (choice % 26) as u8).to_string()
}

/// Records the learner's answer in the progress and shows the decisive line.
pub fn answer(workspace: Workspace, choice: usize) {
    let Some(asked) = workspace
        .predictions
        .with_untracked(|all| all.next().cloned())
    else {
        return;
    };
    let right = asked.right.contains(&choice);
    workspace.mark(|mark| mark.answer(asked.question as u32, right));
    workspace.predictions.update(|all| all.answer(choice));
    reveal(workspace, asked.before);
    let t = workspace.lab.t;
    workspace.lab.say(
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

/// Shows the decisive line after the gate has moved past it.
pub fn reveal(workspace: Workspace, event: usize) {
    // The player has to receive the new gate first.
    set_timeout(
        move || {
            if let Some(Some(player)) = workspace.player.try_get_untracked() {
                player.go_to_event(event);
            }
        },
        std::time::Duration::from_millis(30),
    );
}

fn truth(workspace: Workspace, place: usize, given: GivenAnswer) -> impl IntoView {
    let t = workspace.lab.t;
    let resume = move |_| {
        workspace.predictions.update(|all| all.resume());
        if let Some(player) = workspace.player.get_untracked() {
            player.update_player(|player, timeline| {
                if !player.playing && player.position < timeline.last() {
                    player.toggle(timeline);
                }
            });
        }
    };
    view! {
        <ol class="pinned fresh">{truth_card(workspace, place, given, true)}</ol>
        <p class="actions"><button type="button" class="primary go-on" on:click=click(resume)><Icon name="play"/>{i18n::of(t, |w| w.predict_go_on)}</button></p>
    }
}

/// The prediction next to what happened, with the note on the chosen answer.
fn truth_card(
    workspace: Workspace,
    place: usize,
    given: GivenAnswer,
    fresh: bool,
) -> impl IntoView {
    let t = workspace.lab.t;
    let played = workspace.played.get()?;
    let question = question(&played, &given.asked)?;
    let right = given.right();
    let chosen = question.choices.get(given.choice)?.clone();
    let truths: Vec<Text> = given
        .asked
        .right
        .iter()
        .filter_map(|i| question.choices.get(*i))
        .map(|choice| choice.say.clone())
        .collect();
    let came = line_of(workspace, given.asked.before);
    let (ask, say, then) = (
        question.ask.clone(),
        chosen.say.clone(),
        chosen.then.clone(),
    );
    // After a change, the note on a wrong choice may no longer be true; then only the line itself
    // is shown.
    let fits = right || truths.first().is_some_and(|_| given.asked.right.len() == 1);
    let all = workspace.predictions.with(|all| all.asked().len());
    let truth_words = move || match truths.first() {
        Some(text) => localized(text, t.language()).to_owned(),
        None => texts(t).none_right.to_owned(),
    };
    let line = move || came.with(|line| line.clone());
    Some(view! {
        <li class="truth" class:right=right class:fresh=fresh>
            <p class="of">{move || i18n::question_of(t.language(), place + 1, all)}</p>
            <h3>{move || localized(&ask, t.language()).to_owned()}</h3>
            <dl>
                <div><dt>{i18n::of(t, |w| w.your_prediction)}</dt><dd>{move || localized(&say, t.language()).to_owned()}</dd></div>
                <div><dt>{i18n::of(t, |w| w.truth)}</dt><dd>{truth_words}</dd></div>
            </dl>
            <p class="line">{line}</p>
            <p class="verdict"><Icon name=if right { "check" } else { "undo" }/><b>{move || if right { texts(t).right } else { texts(t).wrong }}</b></p>
            {fits.then(|| view! { <p class="answer-note">{move || localized(&then, t.language()).to_owned()}</p> })}
        </li>
    })
}

/// The sentence that describes an event; tracked.
pub fn line_of(workspace: Workspace, event: usize) -> Signal<String> {
    let t = workspace.lab.t;
    Signal::derive(move || {
        let Some(player) = workspace.player.get() else {
            return String::new();
        };
        player.timeline.with(|timeline| {
            timeline
                .position_of_event(event)
                .map(|at| sentence(timeline, at, t.language()))
                .unwrap_or_default()
        })
    })
}

fn again(workspace: Workspace) -> Option<impl IntoView> {
    let t = workspace.lab.t;
    let some = workspace.predictions.with(|all| !all.given().is_empty());
    let restart = move |_| {
        workspace.predictions.update(|all| all.again());
        workspace
            .player
            .with_untracked(|player| player.iter().for_each(|player| player.go(0)));
    };
    some.then(|| view! { <p class="actions"><button type="button" class="link" on:click=click(restart)>{i18n::of(t, |w| w.ask_again)}</button></p> })
}
