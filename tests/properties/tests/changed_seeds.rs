//! Every property holds for its seeds, and for seeds that are changed at random.

use properties::{PROPERTIES, Property};
use proptest::prelude::*;

fn property(name: &str) -> Property {
    let found = PROPERTIES
        .into_iter()
        .find(|property| property.name == name);
    found.unwrap_or_else(|| panic!("there is no property `{name}`"))
}

/// A change of an input: the position and the length, as parts of 65536, and the bytes that replace
/// what is there.
type Change = (u16, u16, Vec<u8>);

fn change() -> impl Strategy<Value = Change> {
    (
        any::<u16>(),
        0u16..20_000,
        proptest::collection::vec(any::<u8>(), 0..12),
    )
}

fn changed(mut input: Vec<u8>, changes: Vec<Change>) -> Vec<u8> {
    for (position, length, bytes) in changes {
        let part = |of: u16| input.len() * usize::from(of) / 65_536;
        let start = part(position);
        let end = (start + part(length)).min(input.len());
        input.splice(start..end, bytes);
    }
    input
}

#[test]
fn seeds_have_their_property() {
    for property in PROPERTIES {
        let seeds = (property.seeds)();
        assert!(seeds.len() > 2, "{}", property.name);
        for seed in seeds {
            (property.check)(&seed);
        }
    }
}

/// One test of changed seeds for each property.
macro_rules! changed_seeds {
    ($($name:ident)*) => {
        proptest! {
            // The input that is printed is added to the seeds.
            #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
            $(
            #[test]
            fn $name(
                number in any::<prop::sample::Index>(),
                changes in proptest::collection::vec(change(), 0..4),
            ) {
                let property = property(stringify!($name));
                let seeds = (property.seeds)();
                (property.check)(&changed(number.get(&seeds).clone(), changes));
            }
        )*}

        #[test]
        fn no_property_is_left_out() {
            assert_eq!(PROPERTIES.map(|property| property.name), [$(stringify!($name)),*]);
        }
    };
}

changed_seeds!(smtp imap pop3 sasl mime parsers html wire spf dkim dmarc);
