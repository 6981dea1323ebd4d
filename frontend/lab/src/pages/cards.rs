//! Fault cards: the learner chooses a card and fills in its fields; the fault happens at the
//! current moment, next to the run without it.

use crate::i18n::{self, texts};
use crate::run_error::RunError;
use crate::state::catalogue::localized;
use crate::state::stage_ends::StageEnds;
use crate::workspace::Workspace;
use frontend::bind::{click, effect, part, text};
use frontend::i18n::Language;
use frontend::parts::icon::Icon;
use leptos::prelude::*;
use leptos::task::spawn_local;
use mail::Service;
use sim::api::{ApiRequest, ApiResponse, CardRequest, Plan, PlayedRun};
use sim::scenario::{Card, Choose, Chosen, Group, Runs, Span};
use std::collections::BTreeMap;

/// The groups in display order.
const GROUPS: [Group; 6] = [
    Group::Host,
    Group::Link,
    Group::Connection,
    Group::Attacker,
    Group::Dns,
    Group::Policy,
];

fn group_name(language: Language, group: Group) -> &'static str {
    let (zh, en) = match group {
        Group::Host => ("主机", "Host"),
        Group::Link => ("链路", "Link"),
        Group::Connection => ("连接", "Connection"),
        Group::Attacker => ("中间人", "Attacker in between"),
        Group::Dns => ("域名", "DNS"),
        Group::Policy => ("策略", "Policy"),
    };
    if language == Language::Chinese {
        zh
    } else {
        en
    }
}

/// The list of all cards, and the chosen card.
pub fn cards(workspace: Workspace) -> impl IntoView {
    let t = workspace.lab.t;
    let all = RwSignal::new(Vec::<Card>::new());
    let chosen = RwSignal::new(None::<Card>);
    spawn_local(async move {
        match workspace.ask(&ApiRequest::Cards {}).await {
            Ok(ApiResponse::Cards(cards)) => drop(all.try_set(cards)),
            Ok(_) => {}
            Err(error) => workspace.report(error),
        }
    });
    let tile = move |card: Card| {
        let id = card.id.clone();
        let held = move || chosen.with(|held| held.as_ref().is_some_and(|held| held.id == id));
        let title = card.title.clone();
        let take = move |_| {
            let same =
                chosen.with_untracked(|held| held.as_ref().is_some_and(|held| held.id == card.id));
            chosen.set((!same).then(|| card.clone()));
        };
        view! { <li><button type="button" class="card" aria-pressed=text(move || held().to_string()) on:click=click(take)>{move || localized(&title, t.language()).to_owned()}</button></li> }
    };
    let group = move |group: Group| {
        let mine: Vec<Card> = all.with(|all| {
            all.iter()
                .filter(|card| card.group == group)
                .cloned()
                .collect()
        });
        (!mine.is_empty()).then(|| view! { <h3>{move || group_name(t.language(), group)}</h3><ul class="cards">{mine.into_iter().map(tile).collect_view()}</ul> })
    };
    view! {
        <section class="note">
            <h2>{i18n::of(t, |w| w.cards)}</h2>
            <p>{i18n::of(t, |w| w.cards_lead)}</p>
            {part(move || chosen.get().map(|card| selected_card(workspace, card)).into_any())}
            {part(move || GROUPS.map(group).into_iter().flatten().collect_view().into_any())}
        </section>
    }
}

/// The time shown on the stage, since the start of the scenario.
fn moment(workspace: Workspace) -> Span {
    let player = workspace.player.get();
    let at = player.and_then(|player| {
        player
            .timeline
            .with(|t| t.steps.get(player.position.get()).map(|step| step.at))
    });
    workspace.played.with(|played| {
        Span(
            at.zip(played.as_ref())
                .map(|(at, played)| at.since(played.began))
                .unwrap_or_default(),
        )
    })
}

/// The chosen card with its fields.
fn selected_card(workspace: Workspace, card: Card) -> impl IntoView {
    let t = workspace.lab.t;
    let chosen = RwSignal::new(BTreeMap::<String, String>::new());
    let ends = untrack(|| ends_on_stage(workspace));
    let fields = workspace.played.with_untracked(|played| {
        let fields = card.choose.iter().map(|choose| {
            let offered = played
                .as_deref()
                .map(|played| offered(choose, played))
                .unwrap_or_default();
            let first = ends
                .choice(&choose.key, choose.kind, &offered)
                .or_else(|| choose.default.clone())
                .or_else(|| offered.first().cloned())
                .unwrap_or_default();
            chosen.update_untracked(|all| drop(all.insert(choose.key.clone(), first)));
            field(workspace, choose.clone(), offered, chosen)
        });
        fields.collect_view()
    });
    let (title, lead, id) = (card.title.clone(), card.lead.clone(), card.id.clone());
    let heading = title.clone();
    let now = move || {
        let player = workspace.player.get();
        let at = player.and_then(|player| {
            player.timeline.with(|t| {
                t.steps
                    .get(player.position.get())
                    .map(|step| player.clock(step.at, true))
            })
        });
        at.map(|at| format!("{} {at}", texts(t).moment))
            .unwrap_or_default()
    };
    let play = move |_| {
        let Some(edits) = workspace.edits.get_untracked() else {
            return;
        };
        let plan = Plan {
            scenario: workspace.source.get_untracked(),
            edits: Some(edits),
        };
        let request = ApiRequest::Card(CardRequest {
            plan,
            card: id.clone(),
            chosen: chosen.get_untracked(),
            at: untrack(|| moment(workspace)),
        });
        let name = localized(&title, t.0.get_untracked()).to_owned();
        spawn_local(async move {
            match workspace.ask(&request).await {
                Ok(ApiResponse::Edited(edits)) => workspace.play_alternative(name, *edits),
                Ok(ApiResponse::Refused(refused)) => {
                    workspace.report(RunError::Refused(refused));
                }
                Ok(_) => workspace.report(RunError::VersionMismatch),
                Err(error) => workspace.report(error),
            }
        });
    };
    effect(move || {
        frontend::web::page::focus(
            ".selected-card select, .selected-card input, .selected-card .primary",
        );
    });
    view! {
        <div class="selected-card">
            <h3>{move || localized(&heading, t.language()).to_owned()}</h3>
            <p>{move || localized(&lead, t.language()).to_owned()}</p>
            {fields}
            <p class="actions">
                <button type="button" class="primary" on:click=click(play)><Icon name="fork"/>{i18n::of(t, |w| w.what_if)}</button>
                <small class="of">{now}</small>
            </p>
        </div>
    }
}

/// The hosts of the connection on the stage.
fn ends_on_stage(workspace: Workspace) -> StageEnds {
    let Some(player) = workspace.player.get() else {
        return StageEnds::default();
    };
    let connection = player.scene.with(|scene| scene.connection);
    workspace.played.with(|played| {
        let hosts = played.as_ref().map_or(&[][..], |played| &played.hosts);
        player
            .timeline
            .with(|t| StageEnds::of(t, connection, hosts))
    })
}

fn field(
    workspace: Workspace,
    choose: Choose,
    offered: Vec<String>,
    chosen: RwSignal<BTreeMap<String, String>>,
) -> AnyView {
    let t = workspace.lab.t;
    let (key, label, options) = (
        choose.key.clone(),
        choose.label.clone(),
        choose.options.clone(),
    );
    let value = {
        let key = key.clone();
        move || chosen.with(|all| all.get(&key).cloned().unwrap_or_default())
    };
    let set = move |value: String| chosen.update(|all| drop(all.insert(key.clone(), value)));
    let label = move || localized(&label, t.language()).to_owned();
    match choose.kind {
        Chosen::Number => view! {
            <label class="field">{label}<input type="number" min=choose.min max=choose.max prop:value=value on:change=move |e| set(event_target_value(&e))/></label>
        }
        .into_any(),
        Chosen::Text => view! { <label class="field">{label}<input type="text" prop:value=value on:change=move |e| set(event_target_value(&e))/></label> }.into_any(),
        _ => {
            let say = move |value: &str| {
                let option = options.iter().find(|option| option.value == value);
                option.map_or_else(|| value.to_owned(), |option| localized(&option.say, t.language()).to_owned())
            };
            let entries = move || offered.iter().map(|one| view! { <option value=one.clone()>{say(one)}</option> }).collect_view();
            view! { <label class="field">{label}<select prop:value=value on:change=move |e| set(event_target_value(&e))>{entries}</select></label> }.into_any()
        }
    }
}

/// The options that this run offers for a field.
fn offered(choose: &Choose, played: &PlayedRun) -> Vec<String> {
    match choose.kind {
        Chosen::Host => played.hosts.iter().map(|host| host.name.clone()).collect(),
        Chosen::Server => played
            .hosts
            .iter()
            .filter(|host| host.runs != Runs::Nothing)
            .map(|host| host.name.clone())
            .collect(),
        Chosen::Person => played
            .hosts
            .iter()
            .flat_map(|host| host.people.clone())
            .collect(),
        Chosen::Name => {
            let mut names: Vec<String> = played
                .records
                .iter()
                .map(|record| record.name.clone())
                .collect();
            names.dedup();
            names
        }
        Chosen::Port => Service::ALL
            .map(|service| service.port().to_string())
            .to_vec(),
        Chosen::Choice => choose
            .options
            .iter()
            .map(|option| option.value.clone())
            .collect(),
        Chosen::Number | Chosen::Text => Vec::new(),
    }
}
