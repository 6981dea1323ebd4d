//! The fields of a form with label, control and error, validated while typing.

use crate::build::field_error::FieldError;
use crate::build::form::{Field, Kind};
use crate::build::i18n::{self, texts};
use frontend::bind::text;
use frontend::i18n::Locale;
use leptos::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;

/// The JSON value that is edited, and its invalid fields.
#[derive(Clone, Copy)]
pub struct Draft {
    /// The current value; invalid text is not written to it.
    pub value: RwSignal<Value>,
    /// The errors by path of the field.
    pub problem: RwSignal<BTreeMap<&'static str, FieldError>>,
}

impl Draft {
    /// A draft of a value; its fields are validated at once.
    pub fn new(value: Value, fields: &[Field]) -> Draft {
        let problem = fields
            .iter()
            .filter_map(|field| Some((field.path, field.check(&field.read(&value)).err()?)));
        let problem = problem.collect();
        Draft {
            value: RwSignal::new(value),
            problem: RwSignal::new(problem),
        }
    }

    /// Whether all fields are valid; tracked.
    pub fn is_valid(self) -> bool {
        self.problem.with(BTreeMap::is_empty)
    }

    fn put(self, field: Field, text: &str) {
        let result = self
            .value
            .try_update(|value| field.write(value, text))
            .unwrap_or(Ok(()));
        self.problem.update(|problem| match result {
            Ok(()) => drop(problem.remove(field.path)),
            Err(field_error) => drop(problem.insert(field.path, field_error)),
        });
    }
}

/// The controls of the fields.
pub fn fields(t: Locale, draft: Draft, fields: &[Field], hosts: Signal<Vec<String>>) -> AnyView {
    fields
        .iter()
        .copied()
        .map(|field| one(t, draft, field, hosts))
        .collect_view()
        .into_any()
}

fn one(t: Locale, draft: Draft, field: Field, hosts: Signal<Vec<String>>) -> AnyView {
    let touched = RwSignal::new(false);
    let put = move |text: String| {
        touched.set(true);
        draft.put(field, &text);
    };
    let label = move || i18n::field(t.language(), field.path);
    // An untouched empty field is not marked as invalid.
    let error_text = move || {
        let field_error = draft
            .problem
            .with(|problem| problem.get(field.path).cloned())?;
        (touched.get() || field_error != FieldError::Empty)
            .then(|| i18n::field_error(t.language(), &field_error))
    };
    let bad = move || {
        draft
            .problem
            .with(|problem| problem.contains_key(field.path))
            && error_text().is_some()
    };
    let invalid = move || bad().then_some("true");
    let start = draft.value.with_untracked(|value| field.read(value));
    let named = field.path.replace('.', "-");
    let control = match field.kind {
        Kind::Toggle => {
            let on = start == "true";
            return view! {
                <label class="check"><input type="checkbox" name=named prop:checked=on on:change=move |e| put(event_target_checked(&e).to_string())/><span>{label}</span></label>
            }
            .into_any();
        }
        Kind::Host => {
            let options = move || {
                let start = start.clone();
                let names = hosts.get();
                let picked = |name: &str| name == start;
                let all = names.into_iter().map(|name| { let on = picked(&name); view! { <option value=name.clone() selected=on>{name.clone()}</option> } }).collect_view();
                view! { <option value=""></option>{all} }
            };
            view! { <select name=named aria-invalid=invalid on:change=move |e| put(event_target_value(&e))>{options}</select> }.into_any()
        }
        Kind::Choice(offered) => {
            let empty = field.optional.then(|| { let none = start.is_empty(); view! { <option value="" selected=none>{move || if field.path.starts_with("fault.") { texts(t).unchanged } else { texts(t).as_it_comes }}</option> } });
            // A value that the form does not offer, such as "score:5", stays selectable.
            let other = (!start.is_empty() && !offered.contains(&start.as_str())).then(|| {
                let (value, word) = (start.clone(), start.clone());
                view! { <option value=value selected=true>{move || i18n::choice(t.language(), &word)}</option> }
            });
            let all = offered.iter().map(|word| {
                let on = *word == start;
                view! { <option value=*word selected=on>{move || i18n::choice(t.language(), word)}</option> }
            });
            let all = all.collect_view();
            view! { <select name=named on:change=move |e| put(event_target_value(&e))>{empty}{other}{all}</select> }.into_any()
        }
        Kind::Text | Kind::Lines | Kind::Zone | Kind::Dialogue | Kind::Json => view! {
            <textarea name=named rows="6" spellcheck="false" aria-invalid=invalid prop:value=start on:input=move |e| put(event_target_value(&e))></textarea>
        }
        .into_any(),
        Kind::Number(..) => view! {
            <input name=named type="text" inputmode="numeric" aria-invalid=invalid prop:value=start on:input=move |e| put(event_target_value(&e))/>
        }
        .into_any(),
        _ => view! {
            <input name=named type="text" autocomplete="off" spellcheck="false" aria-invalid=invalid prop:value=start on:input=move |e| put(event_target_value(&e))/>
        }
        .into_any(),
    };
    view! {
        <label class="field"><span>{label}</span>{control}
            <small class="field-error" role="alert" hidden=move || !bad()>{text(move || error_text().unwrap_or_default())}</small></label>
    }
    .into_any()
}
