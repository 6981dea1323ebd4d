//! Checks a zone file line by line (RFC 1035 §5.1) and reports each error with its line and column.

use super::{Fault, Token, ZoneProblem, kind_at, tokens};
use mail::Domain;
use std::net::{Ipv4Addr, Ipv6Addr};

/// All faults of a text, in order.
pub fn faults(text: &str) -> Vec<Fault> {
    let mut all = Vec::new();
    let mut named = false;
    let mut depth = 0_i32;
    for (place, line) in text.lines().enumerate() {
        let fault = |column, problem| Fault {
            line: place + 1,
            column,
            problem,
        };
        let words = match tokens(line) {
            Ok(words) => words,
            Err(column) => {
                all.push(fault(column, ZoneProblem::OpenQuote));
                continue;
            }
        };
        let open = depth > 0;
        depth += words
            .iter()
            .filter(|w| !w.quoted)
            .map(|w| count(w.text, '(') - count(w.text, ')'))
            .sum::<i32>();
        if words.is_empty() || open || depth > 0 || line.trim_start().starts_with('$') {
            named |= !words.is_empty();
            continue;
        }
        if let Err((column, problem)) = entry(line, &words, named) {
            all.push(fault(column, problem));
        }
        named = true;
    }
    all
}

fn count(text: &str, c: char) -> i32 {
    i32::try_from(text.matches(c).count()).unwrap_or_default()
}

fn entry(line: &str, words: &[Token<'_>], named: bool) -> Result<(), (usize, ZoneProblem)> {
    let end = line.chars().count() + 1;
    if line.starts_with([' ', '\t']) && !named {
        return Err((1, ZoneProblem::NoName));
    }
    let at = kind_at(line, words);
    let kind = words.get(at).ok_or((end, ZoneProblem::NoType))?;
    let data = &words[at + 1..];
    let word = |n: usize| data.get(n).ok_or((end, ZoneProblem::IncompleteData));
    let number = |n: usize| {
        word(n).and_then(|w| {
            w.text
                .parse::<u16>()
                .map(drop)
                .map_err(|_| (w.column, ZoneProblem::NoNumber))
        })
    };
    let domain =
        |n: usize| word(n).and_then(|w| is_domain(w.text).map_err(|problem| (w.column, problem)));
    match kind.text.to_ascii_uppercase().as_str() {
        "A" => word(0).and_then(|w| {
            w.text
                .parse::<Ipv4Addr>()
                .map(drop)
                .map_err(|_| (w.column, ZoneProblem::NoIpv4))
        }),
        "AAAA" => word(0).and_then(|w| {
            w.text
                .parse::<Ipv6Addr>()
                .map(drop)
                .map_err(|_| (w.column, ZoneProblem::NoIpv6))
        }),
        "MX" => number(0).and_then(|()| {
            if word(1)?.text == "." {
                Ok(())
            } else {
                domain(1)
            }
        }),
        "TXT" => {
            word(0)?;
            match data.iter().find(|w| !w.quoted && data.len() > 1) {
                Some(bare) => Err((bare.column, ZoneProblem::NoQuotes)),
                None => Ok(()),
            }
        }
        "PTR" | "CNAME" | "NS" => domain(0),
        "SRV" => number(0)
            .and_then(|()| number(1))
            .and_then(|()| number(2))
            .and_then(|()| domain(3)),
        "TLSA" if data.first().is_some_and(|w| w.text.starts_with('{')) => Ok(()),
        "TLSA" => number(0)
            .and_then(|()| number(1))
            .and_then(|()| number(2))
            .and_then(|()| word(3).map(drop)),
        "SOA" => Ok(()),
        _ => Err((kind.column, ZoneProblem::UnknownType)),
    }
}

fn is_domain(text: &str) -> Result<(), ZoneProblem> {
    if text.trim_end_matches('.').parse::<Ipv4Addr>().is_ok() {
        return Err(ZoneProblem::AddressForName);
    }
    if text == "@" || Domain::new(text.trim_end_matches('.')).is_ok() {
        Ok(())
    } else {
        Err(ZoneProblem::NoDomain)
    }
}
