//! The class vote on the next question, large enough for the last row; the counts of the first
//! round are hidden until it closes.

use super::predict::{choice_letter, line_of, reveal};
use crate::i18n::{self, texts};
use crate::state::catalogue::localized;
use crate::state::route::Mode;
use crate::state::vote::{HANDS_MAX, Round, Vote};
use crate::workspace::Workspace;
use frontend::bind::{click, text};
use leptos::prelude::*;
use sim::api::QuestionStop;
use sim::scenario::{Choice, Question};

/// Whether playback stops before a question for the class to vote.
pub fn stops_playback(workspace: Workspace) -> bool {
    workspace.route.with(|route| route.mode == Mode::Present) && workspace.asking.get()
}

/// The vote over the stage, shown while playback is stopped before a question.
pub fn sheet(workspace: Workspace) -> AnyView {
    if !stops_playback(workspace) {
        return ().into_any();
    }
    let Some(asked) = workspace.predictions.with(|all| all.next().cloned()) else {
        return ().into_any();
    };
    if !is_stopped_before(workspace, &asked) {
        return ().into_any();
    }
    let question = workspace.played.with(|played| {
        played
            .as_ref()
            .and_then(|p| p.scenario.questions.get(asked.question).cloned())
    });
    let Some(question) = question else {
        return ().into_any();
    };
    if workspace.vote.with_untracked(Option::is_none) {
        workspace.vote.set(Some(Vote::new(question.choices.len())));
    }
    opened(workspace, asked, question).into_any()
}

fn is_stopped_before(workspace: Workspace, asked: &QuestionStop) -> bool {
    let Some(player) = workspace.player.get() else {
        return false;
    };
    player
        .timeline
        .with(|t| t.position_of_event(asked.before))
        .is_some_and(|gate| player.position.get() + 1 >= gate)
}

fn round(workspace: Workspace) -> Round {
    workspace
        .vote
        .with(|vote| vote.as_ref().map(|vote| vote.round).unwrap_or_default())
}

fn opened(workspace: Workspace, asked: QuestionStop, question: Question) -> impl IntoView {
    let t = workspace.lab.t;
    let ask = question.ask.clone();
    let (right, before) = (asked.right.clone(), asked.before);
    let rows = question
        .choices
        .into_iter()
        .enumerate()
        .map(|(i, choice)| row(workspace, i, choice, right.contains(&i)))
        .collect_view();
    let head = move || match round(workspace) {
        Round::First => texts(t).vote_first,
        Round::Discussion => texts(t).vote_talk,
        Round::Second => texts(t).vote_second,
        Round::Revealed => texts(t).vote_truth,
    };
    let next = move || match round(workspace) {
        Round::First => texts(t).close_round,
        Round::Discussion => texts(t).begin_second,
        Round::Second => texts(t).show_truth,
        Round::Revealed => texts(t).predict_go_on,
    };
    let go_on = move |_| {
        if round(workspace) == Round::Revealed {
            finish(workspace, asked.right.first().copied().unwrap_or(0), before);
        } else {
            workspace
                .vote
                .update(|vote| vote.iter_mut().for_each(Vote::close));
        }
    };
    let line = line_of(workspace, before);
    let decisive_line = move || {
        (round(workspace) == Round::Revealed)
            .then(|| view! { <p class="line">{move || line.get()}</p> })
    };
    view! {
        <section class="vote" aria-label=i18n::of(t, |w| w.vote)>
            <p class="of" role="status">{head}</p>
            <h2>{move || localized(&ask, t.language()).to_owned()}</h2>
            <ol class="vote-rows">{rows}</ol>
            {decisive_line}
            <p class="actions">
                <button type="button" class="primary" on:click=click(go_on)>{next}</button>
                <button type="button" class="link" on:click=click(move |_| finish(workspace, 0, before))>{i18n::of(t, |w| w.skip_vote)}</button>
            </p>
        </section>
    }
}

// Ends the vote, opens the gate and shows the line. A class vote does not count as progress.
fn finish(workspace: Workspace, choice: usize, before: usize) {
    workspace.vote.set(None);
    workspace.predictions.update(|all| {
        all.answer(choice);
        all.resume();
    });
    reveal(workspace, before);
}

fn row(workspace: Workspace, i: usize, choice: Choice, right: bool) -> impl IntoView {
    let t = workspace.lab.t;
    let Choice { say, then, .. } = choice;
    let open = move || {
        workspace
            .vote
            .with(|vote| vote.as_ref().and_then(|vote| vote.open(i)))
    };
    let set = move |hands: u32| {
        workspace
            .vote
            .update(|vote| vote.iter_mut().for_each(|vote| vote.set(i, hands)));
    };
    let counter = move || {
        open().map(|_| {
            let typed = move |e: leptos::ev::Event| set(event_target_value(&e).trim().parse().unwrap_or(0));
            view! {
                <span class="counter">
                    <button type="button" class="tool" aria-label=text(move || format!("{} {}", texts(t).one_less, choice_letter(i))) on:click=click(move |_| set(open().unwrap_or(0).saturating_sub(1)))>"−"</button>
                    <input type="number" min="0" max=HANDS_MAX inputmode="numeric" aria-label=text(move || format!("{} {}", texts(t).hands, choice_letter(i)))
                        prop:value=move || open().unwrap_or(0).to_string() on:change=typed/>
                    <button type="button" class="tool" aria-label=text(move || format!("{} {}", texts(t).one_more, choice_letter(i))) on:click=click(move |_| set(open().unwrap_or(0) + 1))>"+"</button>
                </span>
            }
        })
    };
    let shares = move || {
        workspace.vote.with(|vote| {
            vote.as_ref()
                .map(|vote| (vote.shares(i), vote.hands(i)))
                .unwrap_or_default()
        })
    };
    let bars = move || {
        let ((first, second), (hands_first, hands_second)) = shares();
        let bar = |class: &'static str,
                   share: Option<f64>,
                   hands: Option<u32>,
                   word: &'static str| {
            share.map(|share| {
                let label = format!("{word}: {}", hands.unwrap_or(0));
                view! { <span class=class role="img" aria-label=label><i style:width=format!("{:.1}%", share * 100.0)></i><b>{hands.unwrap_or(0)}</b></span> }
            })
        };
        view! { {bar("bar first", first, hands_first, texts(t).round_one)}{bar("bar second", second, hands_second, texts(t).round_two)} }
    };
    let truth = move || round(workspace) == Round::Revealed;
    let explained = move || {
        let then = then.clone();
        truth()
            .then(|| view! { <small>{move || localized(&then, t.language()).to_owned()}</small> })
    };
    view! {
        <li class="vote-row" class:right=move || truth() && right>
            <span class="choice-letter" aria-hidden="true">{choice_letter(i)}</span>
            <span class="choice-text">{move || localized(&say, t.language()).to_owned()}{explained}</span>
            {counter}
            <span class="bars">{bars}</span>
        </li>
    }
}
