//! ARC: the validation cases of ValiMail's suite. Its signing cases are for hosts that seal, which
//! this one does not.

use crate::table::Table;
use auth::{DnsLookups, MessageReader};
use event::{Locale, Localize};

/// Case and why it is not demanded.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "cv_fail_i2_as2_fail",
        "the suite leaves the verdict empty; a seal that says cv=fail ends the chain (RFC 8617 §5.2 step 2)",
    ),
    ("cv_fail_i2_as1_fail", "as before"),
];

#[tokio::test]
async fn the_validation_suite_of_valimail_agrees() {
    let Some(suite) = crate::read("arc/valimail-arc-suite/arc-draft-validation-tests.yml") else {
        return;
    };
    let (mut seen, mut wrong) = (0, Vec::new());
    for document in crate::documents(&suite) {
        let mut table = Table::default();
        for (name, text) in document["txt-records"].as_hash().unwrap() {
            table.text(name.as_str().unwrap(), text.as_str().unwrap());
        }
        for (name, case) in document["tests"].as_hash().unwrap() {
            let name = name.as_str().unwrap();
            if EXCEPTIONS.iter().any(|(n, _)| *n == name) {
                continue;
            }
            seen += 1;
            let world = table.clone().world();
            let mut dns = DnsLookups::new(&world);
            let mut reader = MessageReader::default();
            reader.write(&crate::wire(case["message"].as_str().unwrap_or_default()));
            let got = reader.finish().verify_arc(&mut dns).await;
            let expected = case["cv"].as_str().unwrap_or_default().to_ascii_lowercase();
            if got.result.as_str()
                != if expected.is_empty() {
                    "none"
                } else {
                    &expected
                }
            {
                wrong.push(format!(
                    "{name} ({}): {} instead of {expected}: {}",
                    case["description"].as_str().unwrap_or_default(),
                    got.result.as_str(),
                    got.reason.sentence(Locale::English)
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{seen} cases, {} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(seen > 70, "only {seen} cases");
}
