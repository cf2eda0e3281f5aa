//! What each mode reads, and which of several carriers counts.

use super::*;

fn transport(mode: Mode) -> Transport {
    Transport {
        mode,
        cookie: CookieSettings::default(),
        header: "x-id".to_owned(),
    }
}

#[test]
fn cookie_is_found_by_its_exact_name_and_only_once() {
    use Presented::{Ambiguous, Nothing, Oversized, Token};
    let many = "a=1; ".repeat(10_000);
    let (many_before, many_after) = (format!("{many}__Host-id=V"), format!("__Host-id=V; {many}"));
    let two_among_many = format!("__Host-id=V; {many}__Host-id=X");
    // `__Host-id=V; a=` has 15 bytes.
    let long = |bytes: usize| format!("__Host-id=V; a={}", "b".repeat(bytes - 15));
    let (longest, too_long) = (long(64 * 1024), long(64 * 1024 + 1));
    #[rustfmt::skip]
    let cases = [
        ("alone",                      "__Host-id=V",                     Token("V")),
        ("among others",               "a=1; __Host-id=V; b=2",           Token("V")),
        ("no space after semicolon",   "a=1;__Host-id=V;b=2",             Token("V")),
        ("value with equals signs",    "__Host-id=a=b=c",                 Token("a=b=c")),
        ("10,000 others before",       &many_before,                      Token("V")),
        ("10,000 others after",        &many_after,                       Token("V")),
        ("64 KiB",                     &longest,                          Token("V")),
        ("64 KiB and a byte",          &too_long,                         Oversized),
        ("empty value",                "__Host-id=",                      Token("")),
        ("quotes belong to the value", "__Host-id=\"V\"",                 Token("\"V\"")),
        ("a trailing space too",       "__Host-id=V ",                    Token("V ")),
        ("the same value twice",       "__Host-id=V; __Host-id=V",        Ambiguous),
        ("two values",                 "__Host-id=V; __Host-id=X",        Ambiguous),
        ("two values, reversed",       "__Host-id=X; __Host-id=V",        Ambiguous),
        ("two values, 10,000 between", &two_among_many,                   Ambiguous),
        ("joined by a comma",          "__Host-id=V, __Host-id=X",        Token("V, __Host-id=X")),
        ("lower case",                 "__host-id=V",                     Nothing),
        ("upper case",                 "__HOST-ID=V",                     Nothing),
        ("percent-encoded",            "%5F%5FHost-id=V",                 Nothing),
        ("percent-encoded letter",     "__%48ost-id=V",                   Nothing),
        ("en quad before",             "a=1; \u{2000}__Host-id=V",        Nothing),
        ("no-break space before",      "a=1; \u{a0}__Host-id=V",          Nothing),
        ("byte order mark before",     "\u{feff}__Host-id=V",             Nothing),
        ("next line before",           "a=1; \u{85}__Host-id=V",          Nothing),
        ("unit separator before",      "a=1; \u{1f}__Host-id=V",          Nothing),
        ("tab before",                 "a=1;\t__Host-id=V",               Nothing),
        ("two spaces before",          "a=1;  __Host-id=V",               Nothing),
        ("space before the first",     " __Host-id=V",                    Nothing),
        ("full-width underscores",     "\u{ff3f}\u{ff3f}Host-id=V",       Nothing),
        ("long s",                     "__Ho\u{17f}t-id=V",               Nothing),
        ("combining mark",             "__Host-id\u{301}=V",              Nothing),
        ("RFC 2109",                   "$Version=1, __Host-id=\"V\"",     Nothing),
        ("space inside",               "__Host-id = V",                   Nothing),
        ("NUL in the name",            "__Host-id\0=V",                   Nothing),
        ("no equals sign",             "__Host-id",                       Nothing),
        ("nameless",                   "=__Host-id=V",                    Nothing),
        ("nothing but a value",        "=V",                              Nothing),
        ("semicolons",                 ";;;",                             Nothing),
        ("prefix",                     "x__Host-id=V",                    Nothing),
        ("suffix",                     "__Host-idx=V; __Host-id2=V",      Nothing),
        ("another cookie",             "a=b=c",                           Nothing),
        ("empty",                      "",                                Nothing),
    ];
    for (name, header, expected) in cases {
        let found = transport(Mode::Cookie)
            .read(&[vec![("Cookie", header)]])
            .presented();
        assert_eq!(found, expected, "{name}");
        let transport = transport(Mode::Cookie);
        assert_eq!(
            transport.read(&[transport.bare(header)]).presented(),
            expected,
            "{name}"
        );
    }
}

#[test]
fn sources_must_agree() {
    use Presented::{Ambiguous, Nothing, Token};
    let v = ("cookie", "__Host-id=V");
    let x = ("Cookie", "__Host-id=X");
    let other = ("COOKIE", "a=1");
    #[rustfmt::skip]
    let cases = [
        ("no headers",                             vec![],                                   Nothing),
        ("none that matter",                       vec![vec![("host", "h")], vec![]],        Nothing),
        ("once in two lines",                      vec![vec![other, v]],                     Token("V")),
        ("one a line, as HTTP/2 crumbs",           vec![vec![other, v, other]],              Token("V")),
        ("described twice",                        vec![vec![v], vec![v]],                   Token("V")),
        ("described once, other cookies elsewhere",vec![vec![v], vec![other]],               Token("V")),
        ("cookies and a header that differ",       vec![vec![v], vec![x]],                   Ambiguous),
        ("last of several, and all of them",       vec![vec![v], vec![x, v]],                Ambiguous),
        ("two letter cases of one header",         vec![vec![v, x]],                         Ambiguous),
    ];
    for (name, sources, expected) in cases {
        assert_eq!(
            transport(Mode::Cookie).read(&sources).presented(),
            expected,
            "{name}"
        );
    }
}

#[test]
fn each_mode_reads_its_own_carriers() {
    use Presented::{Ambiguous, Nothing, Token};
    let cookie = ("cookie", "__Host-id=V");
    let header = ("X-Id", "V");
    let other = ("x-ID", "X");
    let joined = ("x-id", "V,X");
    let bearer = ("authorization", "Bearer V");
    #[rustfmt::skip]
    let cases = [
        // name               sources                 cookie     header       both
        ("cookie",            vec![cookie],           Token("V"), Nothing,      Token("V")),
        ("header",            vec![header],           Nothing,    Token("V"),   Token("V")),
        ("equal",             vec![cookie, header],   Token("V"), Token("V"),   Token("V")),
        ("different",         vec![cookie, other],    Token("V"), Token("X"),   Ambiguous),
        ("two headers",       vec![header, other],    Nothing,    Ambiguous,    Ambiguous),
        ("joined by commas",  vec![joined],           Nothing,    Token("V,X"), Token("V,X")),
        ("another header",    vec![bearer],           Nothing,    Nothing,      Nothing),
    ];
    for (name, source, in_cookie, in_header, in_both) in cases {
        let sources = [source];
        assert_eq!(
            transport(Mode::Cookie).read(&sources).presented(),
            in_cookie,
            "{name}"
        );
        assert_eq!(
            transport(Mode::Header).read(&sources).presented(),
            in_header,
            "{name}"
        );
        assert_eq!(
            transport(Mode::Both).read(&sources).presented(),
            in_both,
            "{name}"
        );
    }
    for (mode, text, expected) in [
        (Mode::Header, "V", Token("V")),
        (Mode::Both, "V", Token("V")),
        (Mode::Both, "__Host-id=V", Token("V")),
        (Mode::Cookie, "V", Nothing),
    ] {
        let transport = transport(mode);
        assert_eq!(
            transport.read(&[transport.bare(text)]).presented(),
            expected,
            "{mode:?}"
        );
    }
}

/// A browser adds `Basic` and `Negotiate` by itself, whatever page has the request sent: neither is a token, and neither says
/// that a page of ours added it.
#[test]
fn authorization_carries_a_bearer_token_and_no_other_scheme_does() {
    use Presented::{Ambiguous, Nothing, Token};
    let with = |mode| Transport {
        header: "authorization".to_owned(),
        ..transport(mode)
    };
    #[rustfmt::skip]
    let cases: [(&str, &[&str], _, bool); 15] = [
        // name                values                        in header               ambient in both
        ("bearer",             &["Bearer V"],                Token("V"),             false),
        ("lower case",         &["bearer V"],                Token("V"),             false),
        ("upper case",         &["BEARER V"],                Token("V"),             false),
        ("two spaces",         &["Bearer  V"],               Token("V"),             false),
        ("two tokens",         &["Bearer V X"],              Token("V X"),           false),
        ("quoted",             &["Bearer \"V\""],            Token("\"V\""),         false),
        ("joined by a comma",  &["Bearer V, Bearer X"],      Token("V, Bearer X"),   false),
        ("no token",           &["Bearer"],                  Token(""),              false),
        ("bare",               &["V"],                       Nothing,                true),
        ("basic",              &["Basic YTpi"],              Nothing,                true),
        ("negotiate",          &["Negotiate YII"],           Nothing,                true),
        ("basic, then bearer", &["Basic YTpi, Bearer V"],    Nothing,                true),
        ("a tab",              &["Bearer\tV"],               Nothing,                true),
        ("twice",              &["Bearer V", "Bearer V"],    Ambiguous,              false),
        ("beside another",     &["Basic YTpi", "Bearer V"],  Ambiguous,              false),
    ];
    for (name, values, expected, ambient) in cases {
        let source: Source<'_> = values
            .iter()
            .map(|value| ("Authorization", *value))
            .collect();
        let sources = [source];
        assert_eq!(
            with(Mode::Header).read(&sources).presented(),
            expected,
            "{name}"
        );
        assert_eq!(
            with(Mode::Both).read(&sources).presented(),
            expected,
            "{name}"
        );
        assert_eq!(
            with(Mode::Cookie).read(&sources).presented(),
            Nothing,
            "{name}"
        );
        assert_eq!(
            with(Mode::Both).read(&sources).is_ambient(),
            ambient,
            "{name}"
        );
        // The one header of a TOKEN event.
        if let [value] = values {
            for mode in [Mode::Header, Mode::Both] {
                let transport = with(mode);
                assert_eq!(
                    transport.read(&[transport.bare(value)]).presented(),
                    expected,
                    "{name}"
                );
            }
        }
    }
    let transport = with(Mode::Both);
    let cookie = ("cookie", "__Host-id=V");
    for (value, expected) in [
        ("Bearer V", Token("V")),
        ("Bearer X", Ambiguous),
        ("Basic YTpi", Token("V")),
    ] {
        assert_eq!(
            transport
                .read(&[vec![cookie, ("authorization", value)]])
                .presented(),
            expected,
            "{value}"
        );
    }
    assert_eq!(transport.handed_out_in(), "x-id");
    assert_eq!(super::tests::transport(Mode::Both).handed_out_in(), "x-id");
}

/// The texts that end sessions are read as they came: several in one value are not taken apart.
#[test]
fn all_texts_are_found_once_each_and_as_they_came() {
    let twice = ("cookie", "__Host-id=V; a=1; __Host-id=X; __Host-id=V");
    let quoted = ("cookie", "__Host-id=\"V\"; __Host-id=V, __Host-id=X");
    let (header, joined) = (("X-Id", "Y"), ("x-id", "V,X"));
    #[rustfmt::skip]
    let cases: [(&str, _, [&[&str]; 3]); 6] = [
        // name              sources                                cookie                          header       both
        ("nothing",          vec![vec![]],                          [&[],                            &[],         &[]]),
        ("two cookies",      vec![vec![twice]],                     [&["V", "X"],                    &[],         &["V", "X"]]),
        ("told twice",       vec![vec![twice], vec![twice]],        [&["V", "X"],                    &[],         &["V", "X"]]),
        ("cookies, header",  vec![vec![twice, header]],             [&["V", "X"],                    &["Y"],      &["V", "X", "Y"]]),
        ("quotes, a comma",  vec![vec![quoted, joined]],            [&["\"V\"", "V, __Host-id=X"], &["V,X"],    &["\"V\"", "V, __Host-id=X", "V,X"]]),
        ("another name",     vec![vec![("cookie", "__host-id=V")]], [&[],                            &[],         &[]]),
    ];
    for (name, sources, [in_cookie, in_header, in_both]) in cases {
        for (mode, expected) in [
            (Mode::Cookie, in_cookie),
            (Mode::Header, in_header),
            (Mode::Both, in_both),
        ] {
            let transport = transport(mode);
            assert_eq!(transport.all(&sources), expected, "{name} {mode:?}");
            let has = mode != Mode::Header && !in_cookie.is_empty();
            assert_eq!(
                transport.read(&sources).has_cookie(),
                has,
                "{name} {mode:?}"
            );
        }
    }
}

#[test]
fn a_header_alone_is_what_no_browser_adds() {
    let (cookie, other) = (("cookie", "__Host-id=V"), ("cookie", "a=1"));
    let header = ("X-Id", "V");
    let many = "a=1; ".repeat(101);
    let many = ("cookie", many.as_str());
    let long = "a".repeat(64 * 1024 + 1);
    let too_long = ("cookie", long.as_str());
    #[rustfmt::skip]
    let cases = [
        // name                      sources                                 in both
        ("nothing",                  vec![],                                 true),
        ("no token",                 vec![vec![other]],                      true),
        ("cookie",                   vec![vec![cookie]],                     true),
        ("header",                   vec![vec![header]],                     false),
        ("header, other cookies",    vec![vec![header, other]],              false),
        ("two headers",              vec![vec![header, header]],             false),
        ("equal",                    vec![vec![header, cookie]],             true),
        ("in two descriptions",      vec![vec![header], vec![cookie]],       true),
        ("cookie twice",             vec![vec![header, cookie, cookie]],     true),
        ("header, many cookies",     vec![vec![header, many]],               false),
        ("too long to be searched",  vec![vec![header, too_long]],           true),
    ];
    for (name, sources, in_both) in cases {
        assert!(
            transport(Mode::Cookie).read(&sources).is_ambient(),
            "{name}"
        );
        assert!(
            !transport(Mode::Header).read(&sources).is_ambient(),
            "{name}"
        );
        let both = transport(Mode::Both).read(&sources).is_ambient();
        assert_eq!(both, in_both, "{name}");
    }
}
