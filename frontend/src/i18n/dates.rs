//! Localized dates, times and numbers, formatted by the browser's `Intl`. The format of a date
//! depends on its age.

use super::Locale;
use crate::state::station_time::StationTime;
use js_sys::{Array, Date, Intl, Object, Reflect};
use mail::{Duration, Time};
use std::cell::RefCell;
use wasm_bindgen::JsValue;

/// A format of a date or time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// 10:02
    Clock,
    /// 10:02:05
    Seconds,
    /// Mon / 周一
    Weekday,
    /// 18 Nov / 11月18日
    Day,
    /// 18 Nov 2025 / 2025年11月18日
    Year,
    /// 18 Nov, 10:02
    DayClock,
    /// Tuesday 18 November 2025, 10:02
    Long,
}

impl Form {
    fn options(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Form::Clock => &[("hour", "2-digit"), ("minute", "2-digit")],
            Form::Seconds => &[
                ("hour", "2-digit"),
                ("minute", "2-digit"),
                ("second", "2-digit"),
            ],
            Form::Weekday => &[("weekday", "short")],
            Form::Day => &[("month", "short"), ("day", "numeric")],
            Form::Year => &[("year", "numeric"), ("month", "short"), ("day", "numeric")],
            Form::DayClock => &[
                ("month", "short"),
                ("day", "numeric"),
                ("hour", "2-digit"),
                ("minute", "2-digit"),
            ],
            Form::Long => &[("dateStyle", "long"), ("timeStyle", "short")],
        }
    }
}

thread_local! {
    /// Formatters are expensive and cached per form and language.
    static FORMATS: RefCell<Vec<((Form, &'static str), js_sys::Function)>> = const { RefCell::new(Vec::new()) };
}

fn written(t: Locale, form: Form, time: Time) -> String {
    let tag = t.language().tag();
    // English uses the international form: day before month, 24 hours.
    let locale = if tag == "en" { "en-GB" } else { tag };
    let date = Date::new(&JsValue::from_f64(time.0 as f64 / 1000.0));
    FORMATS.with_borrow_mut(|formats| {
        let known = formats.iter().position(|(key, _)| *key == (form, tag));
        let at = known.unwrap_or_else(|| {
            let options = Object::new();
            for (name, value) in form.options() {
                let _ = Reflect::set(
                    &options,
                    &JsValue::from_str(name),
                    &JsValue::from_str(value),
                );
            }
            let format =
                Intl::DateTimeFormat::new(&Array::of1(&JsValue::from_str(locale)), &options)
                    .format();
            formats.push(((form, tag), format));
            formats.len() - 1
        });
        let format = &formats[at].1;
        format
            .call1(&JsValue::UNDEFINED, &date)
            .ok()
            .and_then(|text| text.as_string())
            .unwrap_or_default()
    })
}

impl Locale {
    /// The date for a row: the time today, the weekday this week, the day this year, else the full
    /// date.
    pub fn date_short(self, time: Time) -> String {
        written(self, short(time), time)
    }

    /// The date for the header of a message.
    pub fn date_medium(self, time: Time) -> String {
        let form = match short(time) {
            Form::Weekday | Form::Day => Form::DayClock,
            form => form,
        };
        written(self, form, time)
    }

    /// The full date and time.
    pub fn date_long(self, time: Time) -> String {
        written(self, Form::Long, time)
    }

    /// The time, with the day if it is not today.
    pub fn clock(self, time: Time) -> String {
        written(
            self,
            if short(time) == Form::Clock {
                Form::Clock
            } else {
                Form::DayClock
            },
            time,
        )
    }

    /// The time on the journey strip at which a role was reached, `since` after the first one.
    pub fn reached(self, time: Time, since: Duration) -> String {
        let at = |form| self.reached_at(&written(self, form, time));
        match StationTime::of(since) {
            StationTime::Clock => at(Form::Seconds),
            StationTime::DayClock => at(Form::DayClock),
            StationTime::AtOnce => self.reached_after_ms("<1"),
            StationTime::Milliseconds(ms) => self.reached_after_ms(&self.number(ms as f64)),
            StationTime::Tenths(n) => self.reached_after_seconds(&self.number(n as f64 / 10.0)),
        }
    }

    /// A localized number.
    pub fn number(self, number: f64) -> String {
        js_sys::Number::from(number)
            .to_locale_string(self.language().tag())
            .as_string()
            .unwrap_or_default()
    }
}

/// The format for a row, by local time.
fn short(time: Time) -> Form {
    let (then, now) = (
        Date::new(&JsValue::from_f64(time.0 as f64 / 1000.0)),
        Date::new_0(),
    );
    let same_day = then.get_date() == now.get_date()
        && then.get_month() == now.get_month()
        && then.get_full_year() == now.get_full_year();
    let days = (now.get_time() - then.get_time()) / 86_400_000.0;
    if same_day {
        Form::Clock
    } else if (0.0..6.0).contains(&days) {
        Form::Weekday
    } else if then.get_full_year() == now.get_full_year() {
        Form::Day
    } else {
        Form::Year
    }
}
