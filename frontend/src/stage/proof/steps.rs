//! A verdict's steps as the judge wrote them below its sentence (one a line, as deep as its marks),
//! as branches in the reader's language. A step that is not known here is shown as it was written.

use super::super::i18n::{reason_text, say};
use super::ProofNode;
use crate::i18n::Language;
use crate::stage::terms::{self, Term};
use event::Verdict;

/// Branches that stand deeper than this are shown at this depth.
const DEPTH_MAX: usize = 24;

/// The steps below a sentence: branches, and the changes that would turn the verdict. `at` finds
/// the question of a name.
pub(super) fn tree(
    lines: &str,
    language: Language,
    at: &dyn Fn(&str) -> Option<usize>,
) -> (Vec<ProofNode>, Vec<String>) {
    let mut flips = Vec::new();
    let mut flat: Vec<(usize, ProofNode)> = Vec::new();
    for line in lines.lines() {
        let words = line.trim_start_matches('>');
        let depth = (line.len() - words.len()).saturating_sub(1).min(DEPTH_MAX);
        let (kind, rest) = words.trim().split_once(' ').unwrap_or((words.trim(), ""));
        if kind == "flip" {
            flips.push(flip(rest, language));
        } else if !kind.is_empty() {
            flat.push((depth, step(kind, rest, language, at)));
        }
    }
    (nested(&mut flat.into_iter().peekable(), 0), flips)
}

fn nested(
    flat: &mut std::iter::Peekable<std::vec::IntoIter<(usize, ProofNode)>>,
    depth: usize,
) -> Vec<ProofNode> {
    let mut nodes: Vec<ProofNode> = Vec::new();
    while let Some((here, _)) = flat.peek() {
        if *here < depth {
            break;
        }
        if *here > depth {
            let children = nested(flat, depth + 1);
            match nodes.last_mut() {
                Some(above) => above.children.extend(children),
                None => nodes.extend(children),
            }
            continue;
        }
        if let Some((_, node)) = flat.next() {
            nodes.push(node);
        }
    }
    nodes
}

fn said(said: impl Into<String>) -> ProofNode {
    ProofNode {
        said: said.into(),
        ..ProofNode::default()
    }
}

fn judged(node: ProofNode, verdict: Verdict) -> ProofNode {
    ProofNode {
        verdict: Some(verdict),
        ..node
    }
}

/// Up to three words and what is left.
fn cut(rest: &str) -> [&str; 4] {
    let mut words = rest.splitn(4, ' ');
    [(); 4].map(|()| words.next().unwrap_or_default())
}

fn step(
    kind: &str,
    rest: &str,
    language: Language,
    at: &dyn Fn(&str) -> Option<usize>,
) -> ProofNode {
    let zh = language == Language::Chinese;
    let [first, second, ..] = cut(rest);
    match kind {
        "client" => said(if zh {
            format!("问的是这个地址：{rest}")
        } else {
            format!("Asked about the address {rest}")
        }),
        "record" => {
            let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
            ProofNode {
                said: format!("{name} TXT"),
                terms: terms::text(text),
                at: at(name),
                ..ProofNode::default()
            }
        }
        "norecord" | "nokey" => {
            let (name, why) = rest.split_once(' ').unwrap_or((rest, ""));
            judged(
                ProofNode {
                    at: at(name),
                    ..said(format!("{name} TXT: {}", reason_text(language, why)))
                },
                Verdict::Neutral,
            )
        }
        "term" => term(rest, language),
        "default" => said(say(
            language,
            "没有一项提到这个地址：结果是 neutral",
            "No term speaks of this address: neutral",
        )),
        "signature" => signature(rest, language),
        "field" => covered(rest, language),
        "absent" => said(if zh {
            format!("h= 还列了信里没有的字段（{rest}）：以后也不能添加")
        } else {
            format!("h= names fields that are not there ({rest}): none can be added")
        }),
        "body" => body(rest, language),
        "key" => {
            let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
            ProofNode {
                said: format!("{} {name} TXT", say(language, "公钥：", "The key:")),
                terms: terms::text(text),
                at: at(name),
                ..ProofNode::default()
            }
        }
        "value" if first == "holds" => judged(
            said(say(
                language,
                "b= 正是用这把钥匙对这些字段的签名",
                "b= is the signature of these fields by this key",
            )),
            Verdict::Pass,
        ),
        "value" => judged(
            said(say(
                language,
                "b= 不是用这把钥匙对这些字段的签名",
                "b= is not the signature of these fields by this key",
            )),
            Verdict::Fail,
        ),
        "author" => said(if zh {
            format!("信头 From 里的域：{rest}")
        } else {
            format!("The domain in From: {rest}")
        }),
        "walk" => match (second, rest.splitn(3, ' ').nth(2)) {
            ("record", Some(text)) => ProofNode {
                said: format!("{first} TXT"),
                terms: terms::text(text),
                at: at(first),
                ..ProofNode::default()
            },
            _ => ProofNode {
                at: at(first),
                ..said(format!(
                    "{first} TXT: {}",
                    say(language, "没有记录，再往上一级", "no record; one level up")
                ))
            },
        },
        "organization" => said(if zh {
            format!("所属机构的域：{rest}")
        } else {
            format!("The organization’s domain: {rest}")
        }),
        "identifier" => identifier(rest, language),
        "policy" => policy(rest, language),
        _ => said(format!("{kind} {rest}")),
    }
}

/// `<text> match|no|stop <n>/10 <n>/2 <how>`: the text holds no blank.
fn term(rest: &str, language: Language) -> ProofNode {
    let mut words = rest.splitn(5, ' ');
    let [text, became, asked, empty] = [(); 4].map(|()| words.next().unwrap_or_default());
    let how = words.next().unwrap_or_default();
    let description = match became {
        "match" => say(language, "符合", "fits"),
        "no" => say(language, "不符合，看下一项", "does not fit; the next one"),
        "stop" => say(language, "到此为止", "it stops here"),
        other => other,
    };
    let counted = match (language, asked) {
        (_, "") => String::new(),
        (Language::Chinese, _) => format!("（查询 {asked}，空答案 {empty}）"),
        (Language::English, _) => format!(" (lookups {asked}, empty {empty})"),
    };
    let how = if how.is_empty() {
        String::new()
    } else {
        format!(" · {}", reason_text(language, how))
    };
    let terms: Vec<Term> = terms::text(&format!("v=spf1 {text}"))
        .into_iter()
        .skip(2)
        .collect();
    ProofNode {
        said: format!("{description}{counted}{how}"),
        lit: (became != "no").then(|| text.to_owned()),
        terms,
        verdict: (became == "stop").then_some(Verdict::Fail),
        ..ProofNode::default()
    }
}

fn signature(rest: &str, language: Language) -> ProofNode {
    let [domain, selector, algorithm, form] = cut(rest);
    said(match language {
        Language::Chinese => format!("签名：d={domain}，s={selector}，a={algorithm}，c={form}"),
        Language::English => {
            format!("The signature: d={domain}, s={selector}, a={algorithm}, c={form}")
        }
    })
}

/// `<name> <octets> <mark> <text>`
fn covered(rest: &str, language: Language) -> ProofNode {
    let [name, bytes, mark, text] = cut(rest);
    let description = match language {
        Language::Chinese => format!("覆盖的字段 {name}（{bytes} 字节，摘要 {mark}）"),
        Language::English => format!("Covers {name} ({bytes} octets, mark {mark})"),
    };
    ProofNode {
        said: description,
        terms: vec![Term {
            text: text.to_owned(),
            key: Some(format!("header.{}", name.to_ascii_lowercase())),
        }],
        ..ProofNode::default()
    }
}

/// `<form> <octets> <hash> <bh=>`
fn body(rest: &str, language: Language) -> ProofNode {
    let [form, bytes, hash, said_hash] = cut(rest);
    if said_hash.is_empty() {
        return said(match language {
            Language::Chinese => format!("正文（{form} 形式，{bytes} 字节）的摘要：{hash}"),
            Language::English => format!("The body ({form}, {bytes} octets) hashes to {hash}"),
        });
    }
    let (same, verdict) = if hash == said_hash {
        (true, Verdict::Pass)
    } else {
        (false, Verdict::Fail)
    };
    let mut node = said(match (language, same) {
        (Language::Chinese, true) => format!("正文（{form}，{bytes} 字节）的摘要与 bh= 相同"),
        (Language::Chinese, false) => {
            format!("正文（{form}，{bytes} 字节）的摘要与 bh= 不同：正文被改过")
        }
        (Language::English, true) => {
            format!("The body ({form}, {bytes} octets) hashes to what bh= says")
        }
        (Language::English, false) => format!(
            "The body ({form}, {bytes} octets) does not hash to what bh= says: it was changed"
        ),
    });
    node.children = vec![
        said(format!("{} {hash}", say(language, "算出：", "computed:"))),
        said(format!("bh=  {said_hash}")),
    ];
    judged(node, verdict)
}

fn identifier(rest: &str, language: Language) -> ProofNode {
    let [method, domain, how, aligned] = cut(rest);
    let method = method.to_ascii_uppercase();
    if how.is_empty() {
        return judged(
            said(format!(
                "{method}: {}",
                say(language, "没有证实任何域", "verified no domain")
            )),
            Verdict::Neutral,
        );
    }
    let fits = aligned == "aligned";
    let description = match (language, fits) {
        (Language::Chinese, true) => format!("{method} 证实了 {domain}：与 From 一致（{how}）"),
        (Language::Chinese, false) => format!("{method} 证实了 {domain}：与 From 不一致（{how}）"),
        (Language::English, true) => {
            format!("{method} verified {domain}: aligned with From ({how})")
        }
        (Language::English, false) => {
            format!("{method} verified {domain}: not aligned with From ({how})")
        }
    };
    judged(
        said(description),
        if fits { Verdict::Pass } else { Verdict::Fail },
    )
}

fn policy(rest: &str, language: Language) -> ProofNode {
    let [tag, stated, applied, _] = cut(rest);
    let part = Term {
        text: format!("{tag}={stated}"),
        key: Some(format!("dmarc.{tag}")),
    };
    let description = match (language, stated == applied || applied.is_empty()) {
        (Language::Chinese, true) => "域主要求的处理".to_owned(),
        (Language::Chinese, false) => format!("域主要求的处理；t=y 使它减轻为 {applied}"),
        (Language::English, true) => "What the domain asks for".to_owned(),
        (Language::English, false) => format!("What the domain asks for; t=y makes it {applied}"),
    };
    ProofNode {
        said: description,
        terms: vec![part],
        ..ProofNode::default()
    }
}

fn flip(rest: &str, language: Language) -> String {
    let [what, first, second, more] = cut(rest);
    let zh = language == Language::Chinese;
    let tail = rest.splitn(3, ' ').nth(2).unwrap_or_default();
    match what {
        "add" if zh => format!("在 {second} 的记录里加上 {first}"),
        "add" => format!("{first} added to the record of {second}"),
        "remove" if zh => format!("从 {second} 的记录里去掉 {first}"),
        "remove" => format!("{first} taken out of the record of {second}"),
        "replace" if zh => format!("在 {more} 的记录里用 {first} 代替 {second}"),
        "replace" => format!("{first} in place of {second} in the record of {more}"),
        "publish" if zh => format!("{first} 发布 TXT 记录：{tail}"),
        "publish" => format!("A TXT record at {first}: {tail}"),
        "body" => say(
            language,
            "正文与签名时一字不差",
            "The body as it was when it was signed",
        )
        .to_owned(),
        "header" => say(
            language,
            "签名覆盖的字段与签名时一样",
            "The covered fields as they were when they were signed",
        )
        .to_owned(),
        "key" if zh => format!("在 {first} 重新公布公钥"),
        "key" => format!("The key, published at {first}"),
        "any" => say(
            language,
            "签名覆盖的任何一个字节改了，就不再通过",
            "Any other octet in what the signature covers",
        )
        .to_owned(),
        "align" => say(
            language,
            "让已证实的域与 From 的域一致",
            "A verified domain that is that of From",
        )
        .to_owned(),
        "sign" if zh => format!("用 {first} 的密钥签名（DKIM d={first}）"),
        "sign" => format!("A DKIM signature with d={first}"),
        "unalign" => say(
            language,
            "让作保的域不再与 From 一致",
            "A verified domain that is not that of From",
        )
        .to_owned(),
        other => format!("{other} {first} {second} {more}").trim().to_owned(),
    }
}
