//! Runs a scenario many times with consecutive seeds, in batches, with a summary and bar charts.

use crate::run_error::RunError;
use crate::state::catalogue::localized;
use crate::workspace::Workspace;
use frontend::bind::{click, effect, part, text};
use frontend::i18n::Language;
use frontend::stage::i18n::say;
use leptos::prelude::*;
use leptos::task::spawn_local;
use sim::api::{ApiRequest, ApiResponse, CountRequest, OutcomeCount, Plan, RunCounts};
use sim::scenario::Many;

/// Runs per batch; the page stays responsive between batches.
const BATCH_RUNS: usize = 5;

/// The counts so far and the state of the counting.
#[derive(Clone, Copy)]
struct RunTally {
    counted: RwSignal<Option<RunCounts>>,
    running: RwSignal<bool>,
    error: RwSignal<Option<RunError>>,
    /// Increases with every count; answers to earlier ones are dropped.
    generation: StoredValue<u32>,
}

/// The panel; empty if the scenario defines no repeated runs.
pub fn panel(workspace: Workspace) -> impl IntoView {
    let tally = RunTally {
        counted: RwSignal::new(None),
        running: RwSignal::new(false),
        error: RwSignal::new(None),
        generation: StoredValue::new(0),
    };
    // Other edits invalidate the counts.
    effect(move || {
        workspace.edits.track();
        tally.reset();
    });
    let many = Memo::new(move |_| {
        workspace
            .played
            .with(|played| played.as_ref().and_then(|p| p.scenario.many.clone()))
    });
    part(move || {
        many.get()
            .map(|many| section(workspace, tally, many))
            .into_any()
    })
}

fn section(workspace: Workspace, tally: RunTally, many: Many) -> impl IntoView {
    let t = workspace.lab.t;
    let runs = many.runs;
    let ask = StoredValue::new(many.ask);
    let press = move || match (t.language(), tally.counted.with(Option::is_some)) {
        (Language::Chinese, false) => format!("运行 {runs} 次"),
        (Language::Chinese, true) => format!("再运行 {runs} 次"),
        (Language::English, false) => format!("Run {runs} times"),
        (Language::English, true) => format!("Run {runs} times again"),
    };
    let summary_text = move || {
        tally.counted.with(|counted| {
            counted
                .as_ref()
                .map(|c| summary(c, t.language()))
                .unwrap_or_default()
        })
    };
    let bars = move || {
        tally
            .counted
            .get()
            .map(|counted| charts(&counted, t.language()))
    };
    let error = move || {
        tally.error.get().map(|_| view! { <p class="field-error" role="alert">{say(t.language(), "统计未完成，请重试。", "The runs could not be completed. Please try again.")}</p> })
    };
    view! {
        <section class="note many">
            <h2>{move || say(t.language(), "多次运行", "Many runs")}</h2>
            <p>{move || ask.with_value(|ask| localized(ask, t.language()).to_owned())}</p>
            <p class="actions">
                <button type="button" class="quiet" aria-disabled=text(move || if tally.running.get() { "true" } else { "false" }.to_owned())
                    on:click=click(move |_| tally.count(workspace, runs))>{press}</button>
            </p>
            {part(move || error().into_any())}
            <p role="status" class="many-summary">{summary_text}</p>
            {part(move || bars().into_any())}
        </section>
    }
}

impl RunTally {
    fn reset(self) {
        self.generation.update_value(|generation| *generation += 1);
        self.counted.set(None);
        self.running.set(false);
        self.error.set(None);
    }

    fn count(self, workspace: Workspace, runs: usize) {
        if self.running.get_untracked() {
            return;
        }
        self.reset();
        self.running.set(true);
        let mine = self.generation.get_value();
        spawn_local(async move {
            let plan = Plan {
                scenario: workspace.source.try_get_untracked().unwrap_or_default(),
                edits: workspace.edits.try_get_untracked().flatten(),
            };
            let mut done = 0;
            while done < runs {
                let asked = CountRequest {
                    plan: plan.clone(),
                    skip: done,
                    runs: BATCH_RUNS.min(runs - done),
                };
                done += asked.runs;
                let answer = workspace.ask(&ApiRequest::Many(asked)).await;
                // The view may have been removed, or another count started.
                if self.generation.try_get_value() != Some(mine) {
                    return;
                }
                match answer {
                    Ok(ApiResponse::Counted(more)) => {
                        self.counted.update(|sum| {
                            *sum = Some(
                                sum.take()
                                    .map_or_else(|| more.clone(), |s| merge_counts(s, &more)),
                            );
                        });
                    }
                    Ok(_) => return self.fail(RunError::VersionMismatch),
                    Err(error) => return self.fail(error),
                }
            }
            self.running.set(false);
        });
    }

    fn fail(self, error: RunError) {
        self.running.set(false);
        self.error.set(Some(error));
    }
}

/// Adds the counts of a later batch.
fn merge_counts(mut sum: RunCounts, more: &RunCounts) -> RunCounts {
    sum.runs += more.runs;
    for (count, other) in sum.counts.iter_mut().zip(&more.counts) {
        count.total += other.total;
        for (times, runs) in &other.runs {
            *count.runs.entry(*times).or_default() += runs;
        }
    }
    sum
}

/// A share in percent.
fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 * 100.0 / whole as f64
    }
}

/// The summary, in a sentence.
fn summary(counted: &RunCounts, language: Language) -> String {
    let all: usize = counted.counts.iter().map(|c| c.total).sum();
    let last = counted
        .seed
        .wrapping_add(counted.runs.saturating_sub(1) as u64);
    let one = |c: &OutcomeCount| {
        let part = percent(c.total, all);
        match language {
            Language::Chinese => {
                format!("{} {}（{part:.1}%）", localized(&c.say, language), c.total)
            }
            Language::English => {
                format!("{} {} ({part:.1}%)", c.total, localized(&c.say, language))
            }
        }
    };
    let parts: Vec<String> = counted.counts.iter().map(one).collect();
    match language {
        Language::Chinese => {
            format!(
                "运行了 {} 次（种子 {} 到 {last}），共 {all} 个结果：{}。",
                counted.runs,
                counted.seed,
                parts.join("，")
            )
        }
        Language::English => {
            format!(
                "{} runs, seeds {} to {last}: {all} outcomes, {}.",
                counted.runs,
                counted.seed,
                parts.join(", ")
            )
        }
    }
}

/// The charts: totals by outcome, and the distribution of the first outcome over the runs.
fn charts(counted: &RunCounts, language: Language) -> impl IntoView + use<> {
    let most = counted.counts.iter().map(|c| c.total).max().unwrap_or(0);
    let whole: usize = counted.counts.iter().map(|c| c.total).sum();
    let totals: Vec<Row> = counted
        .counts
        .iter()
        .map(|c| Row {
            name: localized(&c.say, language).to_owned(),
            number: c.total,
            length: percent(c.total, most),
            more: format!("{:.1}%", percent(c.total, whole)),
        })
        .collect();
    let spread = counted.counts.first().map(|first| {
        let (least, greatest) = (
            first.runs.keys().next().copied().unwrap_or(0),
            first.runs.keys().next_back().copied().unwrap_or(0),
        );
        let longest = first.runs.values().max().copied().unwrap_or(0);
        let row = |times: usize| {
            let runs = first.runs.get(&times).copied().unwrap_or(0);
            Row {
                name: times.to_string(),
                number: runs,
                length: percent(runs, longest),
                more: String::new(),
            }
        };
        (
            localized(&first.say, language).to_owned(),
            (least..=greatest).map(row).collect::<Vec<_>>(),
        )
    });
    let spread = spread.map(|(name, rows)| {
        let caption = match language {
            Language::Chinese => format!("每次运行中“{name}”的数量分布"),
            Language::English => format!("Number of “{name}” per run"),
        };
        let heads = match language {
            Language::Chinese => ["每次数量", "运行次数"],
            Language::English => ["Per run", "Runs"],
        };
        table(caption, heads, rows)
    });
    let (caption, heads) = match language {
        Language::Chinese => ("全部运行合计".to_owned(), ["结果", "次数"]),
        Language::English => ("All runs together".to_owned(), ["Outcome", "Times"]),
    };
    view! { {table(caption, heads, totals)}{spread} }
}

/// A row of a chart: name, number, length of the bar in percent, and a remark.
struct Row {
    name: String,
    number: usize,
    length: f64,
    more: String,
}

fn table(caption: String, heads: [&'static str; 2], rows: Vec<Row>) -> impl IntoView {
    let row = |row: Row| {
        let bar = format!("width:{:.1}%", row.length);
        view! { <tr><th scope="row">{row.name}</th><td class="many-bar"><i style=bar aria-hidden="true"></i></td><td class="many-number"><b>{row.number}</b>" "<small>{row.more}</small></td></tr> }
    };
    view! {
        <table class="many-table">
            <caption>{caption}</caption>
            <thead><tr><th scope="col">{heads[0]}</th><td></td><th scope="col">{heads[1]}</th></tr></thead>
            <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::scenario::Text;
    use std::collections::BTreeMap;

    fn counted(seed: u64, runs: &[(usize, usize)]) -> RunCounts {
        let say = Text {
            zh: "甲收下".into(),
            en: "taken by A".into(),
        };
        let runs: BTreeMap<usize, usize> = runs.iter().copied().collect();
        let total = runs.iter().map(|(times, n)| times * n).sum();
        RunCounts {
            seed,
            runs: runs.values().sum(),
            counts: vec![OutcomeCount { say, total, runs }],
        }
    }

    #[test]
    fn merged_batches_equal_one_count() {
        let sum = merge_counts(
            counted(48, &[(3, 2), (4, 3)]),
            &counted(53, &[(4, 1), (8, 1)]),
        );
        assert_eq!(sum, counted(48, &[(3, 2), (4, 4), (8, 1)]));
    }

    #[test]
    fn the_summary_names_seeds_and_totals_in_both_languages() {
        let all = counted(48, &[(3, 2), (4, 98)]);
        assert_eq!(
            summary(&all, Language::English),
            "100 runs, seeds 48 to 147: 398 outcomes, 398 taken by A (100.0%)."
        );
        assert_eq!(
            summary(&all, Language::Chinese),
            "运行了 100 次（种子 48 到 147），共 398 个结果：甲收下 398（100.0%）。"
        );
    }
}
