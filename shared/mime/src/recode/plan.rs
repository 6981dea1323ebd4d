//! Decides what happens to each part of a message, by what was found in it.

use super::charset::CharsetScan;
use super::walk::{PartInfo, Walker};
use super::{PartKind, Unfit};
use crate::transfer::Encoding;

/// What the content of a part was found to be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    pub(super) header: Unfit,
    /// The header can be folded into lines of lawful length.
    pub(super) can_fold: bool,
    pub(super) content: Unfit,
    pub(super) charset: CharsetScan,
    pub(super) around: Unfit,
    pub(super) bytes: u64,
    /// Octets that quoted-printable triples.
    pub(super) escaped_bytes: u64,
}

/// What happens to the content of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Keep,
    QuotedPrintable,
    Base64,
    RepairQuotedPrintable,
    RepairBase64,
    /// The parts in it are 7-bit text now (RFC 2045 §6.4).
    DeclareSevenBit,
}

/// What a recoded message had before, and how it was made fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// What some hosts would not have taken.
    pub found: Unfit,
    /// Content was encoded as quoted-printable.
    pub quoted_printable: bool,
    /// Content was encoded as base64.
    pub base64: bool,
    /// Long lines of a header were folded.
    pub folded: bool,
    /// Text around the parts, which no reader shows, was replaced.
    pub cleaned: bool,
}

/// What happens to a part, and to its header.
#[derive(Clone, Copy, Debug)]
pub(super) struct PartPlan {
    pub(super) action: Action,
    /// The charset to declare for text of an undeclared type.
    pub(super) charset: Option<&'static str>,
    pub(super) fold: bool,
    /// The text around the parts, which no reader shows (RFC 2046 §5.1.1), is made fit.
    pub(super) clean_around: bool,
}

impl PartPlan {
    pub(super) const KEEP: PartPlan = PartPlan {
        action: Action::Keep,
        charset: None,
        fold: false,
        clean_around: false,
    };
}

/// What a message needs to pass every host.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub(super) parts: Vec<PartPlan>,
    kept: Unfit,
    changes: Changes,
}

impl Plan {
    /// Something changes.
    pub fn is_needed(&self) -> bool {
        self.parts
            .iter()
            .any(|p| p.action != Action::Keep || p.fold || p.clean_around)
    }

    /// What is left after the change, in parts and headers that may not be changed.
    pub fn kept(&self) -> Unfit {
        self.kept
    }

    /// What is changed, and why.
    pub fn changes(&self) -> Changes {
        self.changes
    }
}

/// The plan for a message of which nothing may change.
pub(super) fn unchanged(found: &[Found]) -> Plan {
    let mut plan = Plan::default();
    for part in found {
        for unfit in [part.header, part.content, part.around] {
            plan.kept.add(unfit);
        }
    }
    plan
}

/// The plan for a message that may be changed.
pub(super) fn plan(walker: &Walker, found: &[Found]) -> Plan {
    let mut plan = Plan::default();
    // What is left in each part, and whether anything in it changes.
    let mut left = vec![Unfit::default(); found.len()];
    let mut changed = vec![false; found.len()];
    for (index, (info, found)) in walker.parts.iter().zip(found).enumerate() {
        let (part, unfit) = plan_part(info, found);
        left[index] = unfit;
        changed[index] = part.action != Action::Keep;
        plan.changes.add(&part, found);
        plan.parts.push(part);
        plan.kept.add(unfit);
    }
    for index in (0..plan.parts.len()).rev() {
        let info = &walker.parts[index];
        let is_composite = matches!(info.kind, PartKind::Multipart { .. } | PartKind::Message);
        if is_composite
            && changed[index]
            && info.is_declared_8bit
            && !left[index].eight_bit
            && !left[index].binary
        {
            plan.parts[index].action = Action::DeclareSevenBit;
        }
        if let Some(parent) = info.parent {
            changed[parent] |= changed[index];
            let unfit = left[index];
            left[parent].add(unfit);
        }
    }
    plan
}

// The plan of one part, and what is left in its own octets.
fn plan_part(info: &PartInfo, found: &Found) -> (PartPlan, Unfit) {
    let mut part = PartPlan::KEEP;
    let mut left = found.header;
    if found.header.long_line && found.can_fold && !info.is_protected {
        part.fold = true;
        left.long_line = false;
    }
    if info.is_protected {
        left.add(found.content);
        left.add(found.around);
        return (part, left);
    }
    let around = Unfit {
        binary: false,
        ..found.around
    };
    part.clean_around = around.any() && info.children > 0;
    if part.clean_around {
        left.binary |= found.around.binary;
    } else {
        left.add(found.around);
    }
    if !found.content.any() {
        return (part, left);
    }
    part.action = match info.kind {
        PartKind::Leaf { transfer, is_text } => match transfer {
            Encoding::Identity => identity_action(is_text, found),
            Encoding::QuotedPrintable => Action::RepairQuotedPrintable,
            Encoding::Base64 => Action::RepairBase64,
            Encoding::Uuencode => Action::Keep,
        },
        _ => Action::Keep,
    };
    if part.action == Action::Keep {
        left.add(found.content);
    }
    if info.is_untyped && matches!(part.action, Action::QuotedPrintable | Action::Base64) {
        // Text without a Content-Type counts as ASCII (RFC 2045 §5.2).
        part.charset = Some(found.charset.name()).filter(|_| found.content.eight_bit);
    }
    (part, left)
}

// Text that is mostly ASCII stays readable as quoted-printable; the rest is shorter as base64.
fn identity_action(is_text: bool, found: &Found) -> Action {
    if is_text && !found.content.binary && found.escaped_bytes * 6 <= found.bytes {
        Action::QuotedPrintable
    } else {
        Action::Base64
    }
}

impl Changes {
    fn add(&mut self, part: &PartPlan, found: &Found) {
        let (quoted_printable, base64) = match part.action {
            Action::QuotedPrintable | Action::RepairQuotedPrintable => (true, false),
            Action::Base64 | Action::RepairBase64 => (false, true),
            Action::Keep | Action::DeclareSevenBit => (false, false),
        };
        if quoted_printable || base64 {
            self.found.add(found.content);
        }
        if part.clean_around {
            self.found.add(Unfit {
                binary: false,
                ..found.around
            });
        }
        self.found.long_line |= part.fold;
        self.quoted_printable |= quoted_printable;
        self.base64 |= base64;
        self.folded |= part.fold;
        self.cleaned |= part.clean_around;
    }
}
