//! How often the two parsers agree, by theme; the rules of their differences; each difference.

use std::collections::{BTreeMap, HashSet};

use oracle::{Difference, Reason, Report, Theme, Verdict, compare, corpus, grammar, mailbox};

/// So many messages are made by the grammar.
const GRAMMAR_MESSAGES: u64 = 5_000;

/// Prints the tables; each difference too where `list`. False where a difference has no reason.
pub fn print(list: bool) -> bool {
    let mut total = Report::default();
    let mut seen = HashSet::new();
    println!("| messages | not in those above |\n|---|---|");
    for collection in corpus::collections() {
        let note = if collection.messages.is_empty() {
            "not on this machine"
        } else {
            ""
        };
        let mut count = 0;
        for message in collection.messages {
            // The collections have messages in common.
            if !seen.insert(message.bytes.clone()) {
                continue;
            }
            count += 1;
            let report = compare(&message.bytes);
            for difference in report
                .differences
                .iter()
                .filter(|d| list || d.reason.is_none())
            {
                print_difference(&message.name, difference);
            }
            total.add(report);
        }
        println!("| {} | {count} {note} |", collection.name);
    }
    for number in 0..mailbox::MESSAGES {
        total.add(compare(&mailbox::message(number)));
    }
    println!("| mailbox of the benchmarks | {} |\n", mailbox::MESSAGES);
    print_themes(&total);
    print_reasons(&total);
    println!("{GRAMMAR_MESSAGES} messages of the grammar, usual forms and odd ones alike often:\n");
    let mut made = Report::default();
    for number in 0..GRAMMAR_MESSAGES {
        made.add(compare(&grammar::numbered(number)));
    }
    for difference in made.unexplained() {
        print_difference("the grammar", difference);
    }
    print_themes(&made);
    print_reasons(&made);
    total
        .unexplained()
        .chain(made.unexplained())
        .next()
        .is_none()
}

fn print_difference(message: &str, difference: &Difference) {
    let shown = |text: &str| text.chars().take(300).collect::<String>();
    println!(
        "-- {} ({}) in {message}\n   input       {:?}\n   mime        {:?}\n   mail-parser {:?}",
        difference.theme.name(),
        difference
            .reason
            .map_or_else(|| "NO REASON".to_owned(), |r| format!("{r:?}")),
        shown(&difference.input),
        shown(&difference.own),
        shown(&difference.other)
    );
}

fn print_themes(total: &Report) {
    println!("| theme | compared | equal | mime is right | either | follows from another |");
    println!("|---|---:|---:|---:|---:|---:|");
    for theme in Theme::ALL {
        let found = || total.differences.iter().filter(|d| d.theme == theme);
        let with = |verdict| {
            found()
                .filter(|d| d.reason.is_some_and(|r| r.verdict() == verdict))
                .count()
        };
        let compared = total.compared[theme as usize];
        println!(
            "| {} | {compared} | {} | {} | {} | {} |",
            theme.name(),
            compared - found().count(),
            with(Verdict::Own),
            with(Verdict::Either),
            with(Verdict::Follows)
        );
    }
    println!();
}

fn print_reasons(total: &Report) {
    let mut counts: BTreeMap<(Theme, Reason), usize> = BTreeMap::new();
    for difference in &total.differences {
        if let Some(reason) = difference.reason {
            *counts.entry((difference.theme, reason)).or_default() += 1;
        }
    }
    println!("| theme | differences | right | why |\n|---|---:|---|---|");
    for ((theme, reason), count) in counts {
        let right = match reason.verdict() {
            Verdict::Own => "mime",
            Verdict::Either => "either",
            Verdict::Follows => continue,
        };
        println!(
            "| {} | {count} | {right} | {} |",
            theme.name(),
            reason.text()
        );
    }
    println!();
}
