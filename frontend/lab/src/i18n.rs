//! The texts of the Lab's pages in both languages. Scenario texts are in their files.

use crate::state::route::Mode;
use frontend::i18n::{Language, Locale};
use sim::scenario::Part;

frontend::texts! {
    /// All fixed texts of the Lab.
    pub Texts {
        lab: "实验室", "The Lab";
        product: "玻璃邮局", "Glasspost";
        hero: "可暂停、可制造故障、可逐步查看的邮件网络", "A whole mail network you can pause, break and understand";
        hero_lead: "每个场景都由真正的邮件服务器运行，你看到的每一行都是真实的会话。先预测，再观看，再动手修改。", "Every scenario runs on the real mail server, and every line you see was really sent. Predict, watch, then change it.";
        to_mail: "返回邮箱", "Back to mail";
        to_lab: "全部场景", "All scenarios";
        language: "语言", "Language";
        theme: "外观", "Appearance";
        loading: "正在加载…", "Loading…";
        lost: "页面不存在", "Page not found";
        retry: "重试", "Try again";

        find: "按编号或关键词查找", "Search by number or keyword";
        find_nothing: "没有找到匹配的场景。换个关键词，或输入编号试试。", "No scenarios found. Try another keyword or a number.";
        tracks: "学习路线", "Learning paths";
        tracks_hint: "按学习目标编排的场景顺序。", "Scenarios in a recommended order for one kind of learner.";
        whole_collection: "全部场景", "All scenarios";
        done: "已完成", "Completed";
        begun: "进行中", "In progress";
        fresh: "未开始", "Not started";
        catalogue_failed: "场景目录加载失败。请检查网络后重试。", "The catalogue could not be loaded. Check your connection and try again.";
        catalogue_broken: "场景目录无法读取。请重新安装玻璃邮局，或联系管理员。", "The catalogue cannot be read. Reinstall Glasspost or contact your administrator.";
        no_such_scenario: "没有这个编号的场景", "There is no scenario with this number";

        modes: "学习方式", "Modes";
        running: "正在运行…", "Running…";
        scenario_failed: "场景文件加载失败。请检查网络后重试。", "The scenario could not be loaded. Check your connection and try again.";
        engine_failed: "模拟引擎加载失败。请检查网络后重试。", "The simulator could not be loaded. Check your connection and try again.";
        engine_died: "模拟引擎意外停止。请撤销刚才的修改后重试；如仍出现，请联系我们。", "The simulator stopped unexpectedly. This is our fault: undo your last change or try again.";
        too_long: "运行超过 10 秒，已停止。可能是修改导致主机之间循环应答，请撤销后重试。", "The run took longer than ten seconds and was stopped. Most likely a change makes hosts answer each other forever: undo it and try again.";
        refused: "无法运行：", "This cannot be run:";
        start_over: "撤销全部修改", "Undo all changes";
        answer_broken: "页面和模拟引擎的版本不一致。请刷新页面。", "The page and the simulator have different versions. Reload the page.";

        lead: "场景介绍", "About this scenario";
        lesson: "学到了什么", "What you learned";
        hide: "关闭", "Close";
        to_lesson: "结果与收获", "Outcome and lesson";
        next_scenario: "下一个场景", "Next scenario";
        predict_now: "先预测", "Predict it";
        change_it: "修改后再看", "Change it and watch again";

        predict_lead: "播放会停在关键的一行之前。请先作出预测，再看实际结果。", "Playback stops before the decisive line. Predict what comes next, then see what really happens.";
        predict_start: "开始播放", "Start";
        predict_go_on: "继续播放", "Continue";
        predict_wait: "播放已暂停，请回答问题。", "Playback is paused for a question.";
        your_prediction: "你的预测", "Your prediction";
        truth: "实际结果", "What happened";
        right: "预测正确", "Correct";
        wrong: "预测错误", "Not quite";
        none_right: "修改之后，原来的选项都不成立。实际结果是：", "After the change none of the answers is correct. What happened is:";
        also_right: "这次还有其他选项也成立。", "In this run another answer is correct as well.";
        no_questions: "这个场景没有预测题。", "This scenario has no questions.";
        questions_gone: "修改后，本次运行不会触发这些预测题。", "After the changes the run no longer reaches the questions.";
        all_answered: "题目都答完了。播放到结尾，看看学到了什么。", "All questions are answered. Play to the end to see what you learned.";
        ask_again: "重新作答", "Answer again";

        tweak_lead: "选择一处修改，场景会从头重新运行。", "Choose a change: the whole scenario runs again.";
        tweaks: "修改", "Changes";
        cards: "故障卡", "Fault cards";
        cards_lead: "让故障在当前时刻发生，并与没有故障的运行并排对照。", "The fault happens at the current moment and is shown next to the run without it.";
        moment: "当前时刻", "Now";
        what_if: "如果此刻发生……", "What if it happened now?";
        compare: "并排对照", "Compare side by side";
        keep: "保留修改", "Keep this change";
        take_back: "移除", "Remove";
        changed: "已修改", "Changed";
        without: "修改前", "Without the change";
        with: "修改后", "With the change";
        no_difference: "两次运行没有差别。", "The two runs are identical.";
        first_difference: "第一处不同", "First difference";
        go_there: "跳到这一刻", "Go to this moment";
        no_tweaks: "这个场景没有预设的修改。", "This scenario has no suggested changes.";
        outcome: "运行结果", "Outcome";

        handout_questions: "先想一想", "Think first";
        handout_because: "理由：", "Because:";
        handout_steps: "全过程", "What happens, step by step";
        handout_answers: "参考答案", "Answers";
        outcome_nothing: "没有邮件送达邮箱。", "No message reached a mailbox.";

        broken_world: "故障练习", "Repair exercises";
        exercise_lead: "先修复故障，再查看原因。方法不限，以结果为准。", "Fix the fault first, then read why. Only the outcome counts, not how you got there.";
        begin_exercise: "开始", "Start";
        leave_exercise: "退出练习", "Leave the exercise";
        hint: "提示", "Show a hint";
        no_more_hints: "没有更多提示了。", "There are no more hints.";
        solution: "查看参考解法", "Show a solution";
        solved: "修好了！", "Fixed!";
        not_solved: "尚未修复", "Not fixed yet";
        only_seems: "常见误区", "Fixes that only seem to work";
        goal: "还缺什么", "What is still missing";
        mend_with: "修复工具", "Tools";
        edit_records: "编辑记录和主机", "Edit records and hosts";
        no_exercises: "这个场景没有练习。", "This scenario has no exercises.";

        present_lead: "投影给全班：大字、全屏，支持翻页笔。", "For a projector: large type, full screen, works with a presenter remote.";
        full_screen: "全屏", "Full screen";
        zoom_level: "固定视图层级", "Lock the view";
        zoom_free: "不固定", "Not locked";
        class_link: "分享给全班的链接", "Link for the class";
        copy: "复制", "Copy";
        copied: "已复制", "Copied";
        vote: "全班投票", "Class vote";
        vote_first: "第一轮：独立思考，先不讨论", "Round one: on your own, no discussion";
        vote_talk: "第一轮结束。请与邻座讨论并说明理由。", "Round one is closed. Discuss with your neighbour and try to convince each other.";
        vote_second: "第二轮：讨论之后再投票", "Round two: vote again after the discussion";
        vote_truth: "看看实际结果", "Now see what really happens";
        close_round: "结束这一轮", "Close this round";
        begin_second: "开始第二轮", "Start round two";
        show_truth: "揭晓答案", "Reveal the answer";
        hands: "举手人数", "Hands";
        one_more: "加一", "One more";
        one_less: "减一", "One less";
        round_one: "第一轮", "Round one";
        round_two: "第二轮", "Round two";
        skip_vote: "跳过", "Skip";
        keys_hint: "空格 播放/暂停 · PageDown/PageUp 翻页笔 · 1–4 视图层级 · B 黑屏 · F 大字 · ? 快捷键", "Space play/pause · PageDown/PageUp remote · 1–4 view · B blank · F large · ? all keys";

        build: "搭建", "Build";
        build_lead: "这个场景由这些主机、用户和记录组成。", "The scenario consists of these hosts, users and records.";
        hosts: "主机", "Hosts";
        records: "DNS 记录", "DNS records";
        people: "邮箱", "Mailboxes";
    }
}

/// The texts in the current language; tracked.
pub fn texts(t: Locale) -> &'static Texts {
    Texts::of(t.language())
}

/// One of the texts in the current language; tracked. Views bind it.
pub fn of(
    t: Locale,
    word: fn(&'static Texts) -> &'static str,
) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
    move || word(texts(t))
}

/// The name of a mode.
pub fn mode(language: Language, mode: Mode) -> &'static str {
    let (zh, en) = match mode {
        Mode::Watch => ("观看", "Watch"),
        Mode::Predict => ("预测", "Predict"),
        Mode::Tweak => ("修改", "Tweak"),
        Mode::Build => ("搭建", "Build"),
        Mode::Console => ("控制台", "Console"),
        Mode::Mend => ("修复", "Repair"),
        Mode::Present => ("讲解", "Present"),
    };
    if language == Language::Chinese {
        zh
    } else {
        en
    }
}

/// The name of a part.
pub fn part(language: Language, part: Part) -> &'static str {
    let (zh, en) = match part {
        Part::Basics => ("角色与基础", "Roles and basics"),
        Part::Submission => (
            "提交、认证、加密与端口",
            "Submission, authentication, TLS, ports",
        ),
        Part::Routing => ("域名与路由", "DNS and routing"),
        Part::Policy => ("接收策略", "Inbound policy"),
        Part::Authenticity => (
            "SPF、DKIM、DMARC 与转发",
            "SPF, DKIM, DMARC, indirect flows",
        ),
        Part::Queue => ("队列与失败", "Queue and failure"),
        Part::Content => ("内容与扩展", "Content and extensions"),
        Part::Mailbox => ("邮箱", "Mailboxes"),
    };
    if language == Language::Chinese {
        zh
    } else {
        en
    }
}

/// `8 scenarios`
pub fn scenarios(language: Language, count: usize) -> String {
    match (language, count) {
        (Language::Chinese, n) => format!("{n} 个场景"),
        (Language::English, 1) => "1 scenario".to_owned(),
        (Language::English, n) => format!("{n} scenarios"),
    }
}

/// `3 questions`
pub fn questions(language: Language, count: usize) -> String {
    match (language, count) {
        (Language::Chinese, n) => format!("{n} 道预测题"),
        (Language::English, 1) => "1 question".to_owned(),
        (Language::English, n) => format!("{n} questions"),
    }
}

/// `about 45 min`
pub fn minutes(language: Language, minutes: u32) -> String {
    match language {
        Language::Chinese => format!("约 {minutes} 分钟"),
        Language::English => format!("about {minutes} min"),
    }
}

/// `Question 2 of 3`
pub fn question_of(language: Language, number: usize, all: usize) -> String {
    match language {
        Language::Chinese => format!("第 {number} 题，共 {all} 题"),
        Language::English => format!("Question {number} of {all}"),
    }
}

/// `7 of 22 done`
pub fn done_of(language: Language, done: usize, all: usize) -> String {
    match language {
        Language::Chinese => format!("已完成 {done}/{all}"),
        Language::English => format!("{done} of {all} done"),
    }
}

/// `2 messages: “Hello”, “Again”`
pub fn messages(language: Language, subjects: &[String]) -> String {
    let named: Vec<String> = match language {
        Language::Chinese => subjects.iter().map(|s| format!("《{s}》")).collect(),
        Language::English => subjects.iter().map(|s| format!("“{s}”")).collect(),
    };
    match (language, subjects.len()) {
        (Language::Chinese, n) => format!("{n} 封：{}", named.join("、")),
        (Language::English, 1) => format!("1 message: {}", named.join(", ")),
        (Language::English, n) => format!("{n} messages: {}", named.join(", ")),
    }
}

/// `3 messages in the queue`
pub fn waiting(language: Language, count: usize) -> String {
    match (language, count) {
        (Language::Chinese, n) => format!("{n} 封在队列中等待"),
        (Language::English, 1) => "1 message in the queue".to_owned(),
        (Language::English, n) => format!("{n} messages in the queue"),
    }
}

/// The note on the steps of a long run that are not printed.
pub fn more_steps(language: Language, count: usize) -> String {
    match language {
        Language::Chinese => format!("……还有 {count} 步，见“文字记录”。"),
        Language::English => format!("… and {count} more steps: see the transcript."),
    }
}

/// Number of messages that a scripted server accepted.
pub fn taken(language: Language, count: usize) -> String {
    match (language, count) {
        (Language::Chinese, n) => format!("接收了 {n} 封邮件"),
        (Language::English, 1) => "accepted 1 message".to_owned(),
        (Language::English, n) => format!("accepted {n} messages"),
    }
}

/// `line 3, column 1`
pub fn place(language: Language, (line, column): (usize, usize)) -> String {
    match language {
        Language::Chinese => format!("第 {line} 行第 {column} 列"),
        Language::English => format!("line {line}, column {column}"),
    }
}
