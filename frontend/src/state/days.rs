//! The days named in a search query, as instants in the user's time zone.

use wire::Midnight;

/// The days of a query, each with the local midnight at which it begins.
pub fn of_query(query: &str) -> Vec<Midnight> {
    let mut days: Vec<Midnight> = Vec::new();
    for term in mail::search::terms(query) {
        let names_day = matches!(term.field.as_deref(), Some("before" | "after"));
        let Some((year, month, day)) = civil(&term.value).filter(|_| names_day) else {
            continue;
        };
        let day_text = term.value.to_lowercase();
        if days.iter().all(|known| known.day != day_text) {
            days.push(Midnight {
                day: day_text,
                at: midnight(year, month, day),
            });
        }
    }
    days
}

/// Year, month and day of `2026-11-28` or `2026/11/28`.
fn civil(text: &str) -> Option<(u32, u32, u32)> {
    let numbers: Vec<u32> = text
        .split(['-', '/', '.'])
        .map(|n| n.parse().ok())
        .collect::<Option<_>>()?;
    match numbers[..] {
        [year @ 1000..=9999, month @ 1..=12, day @ 1..=31] => Some((year, month, day)),
        _ => None,
    }
}

#[cfg(target_arch = "wasm32")]
fn midnight(year: u32, month: u32, day: u32) -> mail::Time {
    let date = js_sys::Date::new_with_year_month_day(year, month as i32 - 1, day as i32);
    mail::Time::from_secs((date.get_time() / 1000.0) as i64)
}

// Native tests use UTC.
#[cfg(not(target_arch = "wasm32"))]
fn midnight(year: u32, month: u32, day: u32) -> mail::Time {
    mail::Time::from_civil(year as i32, month, day, 0, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_day_of_the_query_once() {
        let days =
            of_query("a before:2026-11-28 -after:2026/1/2 before:2026-11-28 after:soon 2026-1-1");
        let named: Vec<_> = days.iter().map(|d| d.day.as_str()).collect();
        assert_eq!(named, ["2026-11-28", "2026/1/2"]);
        assert_eq!(days[1].at, mail::Time::from_civil(2026, 1, 2, 0, 0, 0));
    }
}
