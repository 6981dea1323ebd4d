//! Parameters of MAIL and RCPT, and the replies to faulty ones.

use super::*;

#[test]
fn reads_a_path_as_the_field_writes_it() {
    for (argument, shown, rest) in [
        ("FROM:<a@b.test>", "<a@b.test>", ""),
        ("from: <a@b.test> SIZE=1", "<a@b.test>", " SIZE=1"),
        ("FROM:a@b.test SIZE=1", "<a@b.test>", "SIZE=1"),
        ("FROM:<>", "<>", ""),
        ("FROM:<\"a> b\"@c.test> X", "<\"a> b\"@c.test>", " X"),
    ] {
        let (got, tail) = path(argument, "FROM:").unwrap();
        assert_eq!(
            (got.unwrap().to_string().as_str(), tail),
            (shown, rest),
            "{argument}"
        );
    }
    for bad in ["", "FROM", "FROM:", "FROM: ", "TO:<a@b.test>", "用户"] {
        assert!(path(bad, "FROM:").is_none(), "{bad}");
    }
    for bad in [
        "FROM:<a@b.test>SIZE=1",
        "FROM:<a@b.test",
        "FROM:<a@b.test>>",
        "FROM:<@x.test:a@b.test>",
        "FROM:<pepe>",
    ] {
        assert!(path(bad, "FROM:").unwrap().0.is_err(), "{bad}");
    }
}

const NOW: Time = Time::from_secs(1_000_000);

fn check(text: &str, expected: Result<MailParameters, u16>) {
    let hold = Some((NOW, Duration::from_secs(3600)));
    let offered = OfferedParameters {
        auth: true,
        tls: true,
        hold,
    };
    assert_eq!(
        of_mail(text, &offered).map_err(|r| r.code),
        expected,
        "{text}"
    );
}

#[test]
fn reads_the_parameters_of_mail() {
    let none = MailParameters::default();
    check("", Ok(none.clone()));
    check(
        " size=12  BODY=8bitmime SMTPUTF8",
        Ok(MailParameters {
            size: Some(12),
            body: BodyKind::EightBit,
            smtputf8: true,
            ..none.clone()
        }),
    );
    check(
        " BODY=BinaryMime",
        Ok(MailParameters {
            body: BodyKind::Binary,
            ..none.clone()
        }),
    );
    check(" AUTH=<>", Ok(none.clone()));
    check(" AUTH=e+3Dmc2@example.com", Ok(none.clone()));
    check(
        " SIZE=99999999999999999999",
        Ok(MailParameters {
            size: Some(u64::MAX),
            ..none.clone()
        }),
    );
    check(
        " RET=hdrs ENVID=QQ+2B1",
        Ok(MailParameters {
            return_mode: Some(ReturnMode::Headers),
            envelope_id: Some("QQ+1".into()),
            ..none.clone()
        }),
    );
    check(
        " ENVID=",
        Ok(MailParameters {
            envelope_id: Some(String::new()),
            ..none.clone()
        }),
    );
    check(
        " REQUIRETLS",
        Ok(MailParameters {
            require_tls: true,
            ..none
        }),
    );
}

#[test]
fn reads_until_when_a_message_is_held() {
    let held = |secs| {
        Ok(MailParameters {
            hold_until: Some(NOW + Duration::from_secs(secs)),
            ..MailParameters::default()
        })
    };
    check(" HOLDFOR=3600", held(3600));
    check(" HOLDUNTIL=1970-01-12T13:46:41Z", held(1));
    let not_held = Ok(MailParameters::default());
    check(" HOLDUNTIL=1970-01-12T13:46:39Z", not_held);
}

#[test]
fn refuses_malformed_parameters_of_mail() {
    check(&format!(" ENVID={}", "x".repeat(101)), Err(501));
    for bad in [
        " SIZE",
        " SIZE=",
        " SIZE=-1",
        " SIZE=1x",
        " SIZE=1 SIZE=2",
        " BODY=9BIT",
        " SMTPUTF8=1",
        " =1",
        " A=B=C",
        " AUTH=+3",
        " RET=ALL",
        " RET",
        " ENVID=+",
        " ENVID",
        " REQUIRETLS=1",
        " HOLDFOR=3601",
        " HOLDFOR=-1",
        " HOLDFOR=",
        " HOLDFOR=1 HOLDUNTIL=1970-01-12T13:46:41Z",
        " HOLDUNTIL=1970-01-12T14:46:41Z",
        " HOLDUNTIL=tomorrow",
    ] {
        check(bad, Err(501));
    }
    for unknown in [" NOTIFY=NEVER", " FROP=friep", " X"] {
        check(unknown, Err(555));
    }
}

#[test]
fn refuses_parameters_of_mail_that_are_not_offered() {
    let nothing = OfferedParameters {
        auth: false,
        tls: false,
        hold: None,
    };
    for word in [" AUTH=<>", " REQUIRETLS", " HOLDFOR=1"] {
        assert_eq!(of_mail(word, &nothing).unwrap_err().code, 555);
    }
    let longest = format!(" ENVID={}", "x".repeat(100));
    assert!(of_mail(&longest, &nothing).is_ok());
}

#[test]
fn reads_the_parameters_of_rcpt() {
    let read = |text: &str| of_rcpt(text).map_err(|r| r.code);
    let got = read(" NOTIFY=success,DELAY ORCPT=rfc822;Bob+2Bx@there.test").unwrap();
    assert_eq!(
        got.notify,
        Some(Notify {
            success: true,
            failure: false,
            delay: true
        })
    );
    assert_eq!(got.original.as_deref(), Some("rfc822;Bob+x@there.test"));
    assert_eq!(read(" NOTIFY=NEVER").unwrap().notify, Some(Notify::NEVER));
    for bad in [
        " NOTIFY=",
        " NOTIFY",
        " NOTIFY=NEVER,DELAY",
        " NOTIFY=DELAY,DELAY",
        " NOTIFY=X",
        " ORCPT=bob",
        " ORCPT=;bob",
        " ORCPT=rfc822;",
        " ORCPT=rfc822;a=b",
        " NOTIFY=NEVER NOTIFY=NEVER",
    ] {
        assert_eq!(read(bad), Err(501), "{bad}");
    }
    let long = |n: usize| read(&format!(" ORCPT=rfc822;{}", "x".repeat(n - 7)));
    assert!(long(ORIGINAL_BYTES_MAX).is_ok() && long(ORIGINAL_BYTES_MAX + 1).is_err());
    assert_eq!(read(" SIZE=1"), Err(555));
}
