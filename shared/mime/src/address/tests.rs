//! Address lists as programs write them.

use super::*;

fn check(value: &str, expected: &[(&str, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(n, a)| NameAddr::new(*n, *a))
        .collect();
    assert_eq!(addresses(value.as_bytes()), expected, "{value:?}");
}

#[test]
fn reads_the_examples_of_the_rfc() {
    check(
        "John Doe <jdoe@machine.example>",
        &[("John Doe", "jdoe@machine.example")],
    );
    check(
        "\"Joe Q. Public\" <john.q.public@example.com>",
        &[("Joe Q. Public", "john.q.public@example.com")],
    );
    check("Joe Q. Public <a@b.test>", &[("Joe Q. Public", "a@b.test")]);
    check(
        "<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <s@example.net>",
        &[
            ("", "boss@nil.test"),
            ("Giant; \"Big\" Box", "s@example.net"),
        ],
    );
    check(
        "A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
        &[
            ("Ed Jones", "c@a.test"),
            ("", "joe@where.test"),
            ("John", "jdoe@one.test"),
        ],
    );
    check("Undisclosed recipients:;", &[]);
    check(
        "Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
        &[("Pete", "pete@silly.test")],
    );
    check(
        "Mary Smith <@node.test,@b.test:mary@example.net>, , jdoe@test  . example",
        &[
            ("Mary Smith", "mary@example.net"),
            ("", "jdoe@test.example"),
        ],
    );
    check("user@domain (Real Name)", &[("Real Name", "user@domain")]);
}

#[test]
fn decodes_names_and_guesses_raw_ones() {
    check("=?gb2312?B?xOO6ww==?= <a@b.test>", &[("你好", "a@b.test")]);
    check("\"=?utf-8?Q?a?= b\" <a@b.test>", &[("a b", "a@b.test")]);
    check(
        "=?utf-8?Q?Doe,_John?= <a@b.test>",
        &[("Doe, John", "a@b.test")],
    );
    check("李雷 <a@例子.测试>", &[("李雷", "a@例子.测试")]);
    check("=?utf-8?q?Ops?=", &[("Ops", "")]);
}

#[test]
fn encoded_words_in_an_address_are_not_decoded() {
    for address in [
        "pay@=?utf-8?q?shop.test?=",
        "=?utf-8?q?ceo=40shop.test=3E?=@other.test",
        "=?utf-8?b?Y2Vv?=@other.test",
    ] {
        check(&format!("Boss <{address}>"), &[("Boss", address)]);
        check(address, &[("", address)]);
    }
    check("a\u{0}b@c.test", &[("", "\"a b\"@c.test")]);
}

#[test]
fn recovers_from_malformed_lists() {
    check("John <a@b.com", &[("John", "a@b.com")]);
    check("a@b.com <a@b.com>", &[("a@b.com", "a@b.com")]);
    check(
        "John Smith john@example.com",
        &[("John Smith", "john@example.com")],
    );
    check("root", &[("", "root")]);
    check("James Derrick", &[("James Derrick", "")]);
    check("\"unclosed <a@b.com>", &[("unclosed", "a@b.com")]);
    check(
        "Joe <a@b.com> <c@d.com>",
        &[("Joe", "a@b.com"), ("", "c@d.com")],
    );
    check("<>", &[]);
    check("<a@b.c, X <d@e.f>", &[("", "a@b.c"), ("X", "d@e.f")]);
    check(
        "<http://www.host.com/list/> (Web)",
        &[("Web", "http://www.host.com/list/")],
    );
    check("\"a b\"@c.test", &[("", "\"a b\"@c.test")]);
    check(
        "a@b.test\r\n\tc@d.test e@f.test",
        &[("", "a@b.test"), ("", "c@d.test"), ("", "e@f.test")],
    );
    check("x (home)@ (y) b.test", &[("y", "x@b.test")]);
    check(",,;;<>,", &[]);
}

#[test]
fn a_group_ends_where_the_next_begins() {
    let items = parse(b"red: a@b.test, blue: c@d.test");
    let starts: Vec<_> = items
        .iter()
        .filter_map(|i| match i {
            Item::GroupStart(name) => Some(String::from_utf8_lossy(name)),
            _ => None,
        })
        .collect();
    assert_eq!(starts, ["red", "blue"]);
    let ends = items.iter().filter(|i| **i == Item::GroupEnd).count();
    assert_eq!(ends, 2);
    check(
        "red: a@b.test, blue: c@d.test",
        &[("", "a@b.test"), ("", "c@d.test")],
    );
}

#[test]
fn takes_ten_thousand_addresses_and_not_one_more() {
    assert_eq!(
        addresses("a@b,".repeat(ADDRESSES_MAX).as_bytes()).len(),
        ADDRESSES_MAX
    );
    assert_eq!(
        addresses("a@b,".repeat(ADDRESSES_MAX + 1).as_bytes()).len(),
        ADDRESSES_MAX
    );
}
