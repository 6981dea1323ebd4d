//! The notifications at the foot of the page: confirmations with undo, and failures. Each has an
//! ID; the newest few are shown.

/// Number of notifications shown.
pub const NOTICES_SHOWN_MAX: usize = 3;

/// The notifications. `N` is the content.
#[derive(Clone, Debug)]
pub struct Notices<N> {
    next: u32,
    shown: Vec<(u32, N)>,
}

impl<N> Default for Notices<N> {
    fn default() -> Notices<N> {
        Notices {
            next: 0,
            shown: Vec::new(),
        }
    }
}

impl<N: PartialEq> Notices<N> {
    /// Adds a notification and returns its ID. It takes the place of an equal one; the oldest is
    /// dropped if there are too many.
    pub fn add(&mut self, notice: N) -> u32 {
        self.next += 1;
        self.shown.retain(|(_, shown)| *shown != notice);
        self.shown.push((self.next, notice));
        if self.shown.len() > NOTICES_SHOWN_MAX {
            self.shown.remove(0);
        }
        self.next
    }

    /// Removes a notification.
    pub fn dismiss(&mut self, number: u32) -> Option<N> {
        let at = self.shown.iter().position(|(n, _)| *n == number)?;
        Some(self.shown.remove(at).1)
    }

    /// The notifications, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &(u32, N)> {
        self.shown.iter()
    }

    /// The ID of the newest one that satisfies a condition.
    pub fn newest(&self, wanted: impl Fn(&N) -> bool) -> Option<u32> {
        self.shown
            .iter()
            .rev()
            .find(|(_, notice)| wanted(notice))
            .map(|(number, _)| *number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_notifications_replace_each_other() {
        let mut n = Notices::default();
        let first = n.add("undone");
        n.add("moved");
        let second = n.add("undone");
        let shown: Vec<_> = n.iter().copied().collect();
        assert_eq!(shown, [(2, "moved"), (second, "undone")]);
        assert_eq!(n.dismiss(first), None);
    }

    #[test]
    fn drops_the_oldest_of_more_than_three() {
        let mut n = Notices::default();
        let numbers: Vec<u32> = ["a", "b", "c", "d"].map(|text| n.add(text)).to_vec();
        assert_eq!(
            n.iter().map(|(_, text)| *text).collect::<Vec<_>>(),
            ["b", "c", "d"]
        );
        assert_eq!(n.dismiss(numbers[0]), None);
        assert_eq!(n.newest(|text| *text != "d"), Some(numbers[2]));
    }
}
