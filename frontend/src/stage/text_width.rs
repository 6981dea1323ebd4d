//! How many columns of a monospaced face a text takes, and texts cut to a width.

pub(super) fn is_wide(c: char) -> bool {
    c as u32 >= 0x1100 && !(0x2000..0x2e80).contains(&(c as u32))
}

/// How many columns of the mono face a text takes: Chinese characters two.
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// A text cut to so many columns, the cut shown.
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
    fn long_line_is_cut_and_chinese_counts_double() {
        assert_eq!(shortened("RCPT TO:<bob@glasspost.test>", 12), "RCPT TO:<b…");
        assert_eq!(columns("提交 x"), 6);
        assert_eq!(columns("a → b"), 5);
    }
}
