//! Width of a text in monospace columns, and truncation to a width.

pub(super) fn is_wide(c: char) -> bool {
    c as u32 >= 0x1100 && !(0x2000..0x2e80).contains(&(c as u32))
}

/// Width of a text in monospace columns; Chinese characters count as two.
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// A text cut to a number of columns, with an ellipsis if it was cut.
pub fn shortened(text: &str, columns_max: usize) -> String {
    if columns(text) <= columns_max {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if columns(&kept) + 3 > columns_max {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_a_long_line_and_counts_chinese_double() {
        assert_eq!(shortened("RCPT TO:<bob@glasspost.test>", 12), "RCPT TO:<b…");
        assert_eq!(columns("提交 x"), 6);
        assert_eq!(columns("a → b"), 5);
    }
}
