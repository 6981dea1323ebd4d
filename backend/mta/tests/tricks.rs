//! Attacks of unknown clients: relaying through this host (RFC 5321 §7.9 forbids an open relay).
//! Each is rejected, and nothing is stored. Smuggling is in `suites.rs`.
#![allow(
    clippy::unwrap_used,
    reason = "a failed unwrap is a failed test, in the functions beside the tests as well"
)]

mod dialogue;
mod host;

use dialogue::check;

#[tokio::test(start_paused = true)]
async fn no_address_form_causes_relaying() {
    let refused = "550 5.7.1";
    for (recipient, reply) in [
        ("victim@there.test", refused),
        ("victim@[198.51.100.1]", refused),
        ("victim@[203.0.113.25]", refused),
        ("victim@[IPv6:2001:db8::1]", refused),
        // The %-hack, also twice, and in quotes.
        ("victim%there.test@here.test", refused),
        ("victim%there.test%b.test@here.test", refused),
        ("\"victim%there.test\"@here.test", refused),
        ("victim%there.test@[203.0.113.25]", refused),
        // An address in the local part.
        ("\"victim@there.test\"@here.test", refused),
        ("\"victim\\@there.test\"@here.test", refused),
        // Bang paths, and mixed ones.
        ("there.test!victim@here.test", refused),
        ("here.test!there.test!victim@here.test", refused),
        ("there.test!victim", "501 5.1.3"),
        ("there.test!victim%b.test@here.test", refused),
        // Source routes (RFC 5321 appendix C).
        ("@here.test:victim@there.test", "501 5.1.3"),
        ("@here.test,@b.test:victim@there.test", "501 5.1.3"),
        ("@mx.here.test:victim@here.test", "501 5.1.3"),
        // A domain of ours somewhere in a foreign one.
        ("victim@here.test.there.test", refused),
        ("victim@nothere.test", refused),
        ("victim@sub.here.test", refused),
        ("victim@there.test@here.test", "501 5.1.3"),
        ("victim@here.test@there.test", "501 5.1.3"),
        ("victim", "501 5.1.3"),
        ("victim@", "501 5.1.3"),
        ("\"victim@there.test\"", "501 5.1.3"),
        ("<victim@there.test>", "501 5.1.3"),
        ("victim@there.test\0@here.test", "500"),
        ("victim@here.test,victim@there.test", "501 5.1.3"),
    ] {
        for sender in [
            "",
            "alice@here.test",
            "postmaster@[203.0.113.25]",
            "eve@there.test",
        ] {
            let (mail, rcpt) = (
                format!("MAIL FROM:<{sender}>"),
                format!("RCPT TO:<{recipient}>"),
            );
            let messages = check(&[
                ("EHLO c.test", "250"),
                (&mail, "250"),
                (&rcpt, reply),
                ("DATA", "503"),
            ])
            .await;
            assert!(messages.is_empty(), "{recipient}");
        }
    }
}
