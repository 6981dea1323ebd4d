//! The outcome of a run: messages in mailboxes, and messages still queued.

use crate::i18n;
use crate::workspace::Workspace;
use frontend::i18n::Language;
use frontend::parts::icon::Icon;
use leptos::prelude::*;
use sim::scenario::Outcome;

/// The outcome of the run on the stage.
pub fn outcome(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    view! {
        <section class="note">
            <h2>{i18n::of(t, |w| w.outcome)}</h2>
            {move || workspace.played.with(|played| played.as_ref().map(|p| list(&p.outcome, t.language())))}
        </section>
    }
}

/// An outcome as a list.
pub fn list(outcome: &Outcome, language: Language) -> AnyView {
    if outcome.mailboxes.is_empty() && outcome.queued.is_empty() && outcome.taken.is_empty() {
        return view! { <p class="outcome-nothing">{i18n::Texts::of(language).outcome_nothing}</p> }.into_any();
    }
    let mailbox = |m: &sim::scenario::Mailbox| {
        let place = if m.name == "INBOX" {
            m.person.clone()
        } else {
            format!("{} · {}", m.person, m.name)
        };
        view! { <li><Icon name="inbox"/><span><b>{place}</b>{i18n::messages(language, &m.subjects)}</span></li> }
    };
    let queue = |(host, count): &(String, usize)| {
        view! { <li class="waits"><Icon name="clock"/><span><b>{host.clone()}</b>{i18n::waiting(language, *count)}</span></li> }
    };
    let taken = |(host, count): &(String, usize)| {
        view! { <li class="taken"><Icon name="mail"/><span><b>{host.clone()}</b>{i18n::taken(language, *count)}</span></li> }
    };
    let mailboxes = outcome.mailboxes.iter().map(mailbox).collect_view();
    let taken = outcome.taken.iter().map(taken).collect_view();
    let queued = outcome.queued.iter().map(queue).collect_view();
    view! { <ul class="outcome">{mailboxes}{taken}{queued}</ul> }.into_any()
}
