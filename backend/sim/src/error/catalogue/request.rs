//! The sentences for invalid requests and for stopped runs.

use super::super::problem::{NameProblem, RequestProblem, RunProblem};
use super::both;
use super::zone::name;
use crate::text::Text;

pub(super) fn run(problem: &RunProblem) -> Text {
    match problem {
        RunProblem::TooManyEvents { max, at } => both(
            format!("事件超过 {max} 个，很可能出现了循环，已在 {at} 停止。"),
            format!("More than {max} events, most likely a loop; stopped at {at}."),
        ),
        RunProblem::TooManyTurns { max, at } => both(
            format!("计算量超过上限（{max} 步），已在 {at} 停止。"),
            format!("Too much work: more than {max} turns; stopped at {at}."),
        ),
        RunProblem::Spinning { at } => both(
            format!("到 {at} 时主机不停运行而时间不再前进，已停止。"),
            format!("At {at} hosts kept running while time stood still; stopped."),
        ),
        RunProblem::Idle { at } => both(
            format!("到 {at} 时有一项操作没有完成，已停止。"),
            format!("An operation did not complete; stopped at {at}."),
        ),
        RunProblem::Failed(reason) => both(
            format!("模拟引擎出错（{reason}）。"),
            format!("Simulation error: {reason}."),
        ),
    }
}

pub(super) fn request(problem: &RequestProblem) -> Text {
    match problem {
        RequestProblem::EditsForm { form, known } => both(
            format!("这些改动的格式是第 {form} 版，这里只支持第 {known} 版。"),
            format!("The edits have form {form}; this version reads form {known}."),
        ),
        RequestProblem::OtherScenario { edits, scenario } => both(
            format!("这些改动属于第 {edits} 号场景，而这里是第 {scenario} 号。"),
            format!("The edits belong to scenario {edits}; this is scenario {scenario}."),
        ),
        RequestProblem::OtherVersion {
            scenario,
            edits,
            version,
        } => {
            let (zh, en) = if edits < version {
                ("旧", "an older")
            } else {
                ("新", "a newer")
            };
            both(
                format!(
                    "这些改动属于第 {scenario} 号场景的{zh}版本 {edits}，而这里是版本 {version}，可能已不适用。"
                ),
                format!(
                    "The edits belong to {en} version of scenario {scenario} ({edits}; this is {version}) and may no longer apply."
                ),
            )
        }
        RequestProblem::NoExercise { number, count } => both(
            format!("没有第 {number} 个练习，一共只有 {count} 个。"),
            format!("There is no exercise {number}; there are {count}."),
        ),
        RequestProblem::NoTweak { number, count } => both(
            format!("没有第 {number} 个小改动，一共只有 {count} 个。"),
            format!("There is no tweak {number}; there are {count}."),
        ),
        RequestProblem::TweakTwice(title) => both(
            format!("小改动“{}”选了两次。", title.zh),
            format!("The tweak “{}” is chosen twice.", title.en),
        ),
        RequestProblem::ExerciseIncomplete(title) => both(
            format!("练习“{}”缺少提示或解法。", title.zh),
            format!("The exercise “{}” needs a hint and a solution.", title.en),
        ),
        RequestProblem::NoChoice(ask) => both(
            format!("问题“{}”至少要有两个选项。", ask.zh),
            format!("The question “{}” needs at least two choices.", ask.en),
        ),
        RequestProblem::ManyRuns { runs, max } => both(
            format!("[many] 的 runs 应在 1 到 {max} 之间，这里是 {runs}。"),
            format!("[many]: runs must be between 1 and {max}; it is {runs}."),
        ),
        RequestProblem::ManyCounts { counts, max } => both(
            format!("[many] 的 count 应有 1 到 {max} 项，这里有 {counts} 项。"),
            format!("[many]: there must be 1 to {max} counts; there are {counts}."),
        ),
        RequestProblem::NothingToCount => both(
            "这个场景没有可统计的结果。",
            "This scenario has nothing to count.",
        ),
        RequestProblem::CountedRuns { first, runs, max } => both(
            format!("不能从第 {first} 次起运行 {runs} 次；一共最多 {max} 次。"),
            format!("{runs} runs from number {first} are out of range; the limit is {max}."),
        ),
        RequestProblem::NoCard(id) => both(
            format!("没有故障卡“{id}”。"),
            format!("There is no fault card “{id}”."),
        ),
        RequestProblem::NotChosen => both("还没有选择。", "Nothing is chosen."),
        RequestProblem::NotAPort(value) => name(&NameProblem::NotAPort(value.clone())),
        RequestProblem::NotANumber(value) => both(
            format!("“{value}”不是整数。"),
            format!("“{value}” is not a whole number."),
        ),
        RequestProblem::OutOfRange(value) => both(
            format!("{value} 超出范围。"),
            format!("{value} is out of range."),
        ),
        RequestProblem::NotOffered(value) => both(
            format!("“{value}”不在选项中。"),
            format!("“{value}” is not one of the options."),
        ),
        RequestProblem::DuplicateTrack(id) => both(
            format!("有两条学习路线都叫 {id}。"),
            format!("Two tracks have the id {id}."),
        ),
        RequestProblem::EmptyTrack(id) => both(
            format!("学习路线 {id} 里没有场景。"),
            format!("The track {id} has no scenarios."),
        ),
    }
}
