//! What is one name, what is another, and what is given to new users.

use super::*;

#[test]
fn variants_of_a_name_are_one_user() {
    for variant in ["Ada", "ADA", "ａｄａ", "Ａda"] {
        assert_eq!(UserName::parse(variant).unwrap().as_str(), "ada");
    }
    let composed = UserName::parse("Zoe\u{301}").unwrap();
    assert_eq!(composed, UserName::parse("zo\u{e9}").unwrap());
}

#[test]
fn a_name_is_lowered_as_a_whole() {
    #[rustfmt::skip]
    let cases = [
        ("ΓΙΏΡΓΟΣ",                "γιώργος"),
        ("Γιώργος",                "γιώργος"),
        ("γιώργος",                "γιώργος"),
        ("γιώργοσ",                "γιώργος"),
        ("ΓΙΩ\u{301}ΡΓΟΣ",         "γιώργος"),
        ("ΓΙΏΡΓΟΣ ΠΑΠΑΔΌΠΟΥΛΟΣ",   "γιώργος παπαδόπουλος"),
        ("ΣΊΣΥΦΟΣ",                "σίσυφος"),
        ("Σ",                      "σ"),
        ("ς",                      "σ"),
        ("WEISS",                  "weiss"),
        ("weiß",                   "weiß"),
    ];
    for (text, expected) in cases {
        assert_eq!(UserName::parse(text).unwrap().as_str(), expected, "{text}");
    }
}

/// A word ends at whatever is not a letter, so Caps Lock changes nothing.
#[test]
fn a_name_in_capitals_is_the_same_name() {
    #[rustfmt::skip]
    let names = [
        "αντώνης.παπάς", "αντώνης'παπάς", "αντώνης’παπάς", "αντώνης·παπάς", "αντώνης:παπάς", "αντώνης-παπάς", "αντώνης_παπάς",
        "αντώνης@παπάς", "αντώνης2", "δ.σ.", "σ", "σίσυφος σας", "άς\u{323}", "ας中",
    ];
    for name in names {
        let parsed = UserName::parse(name).unwrap();
        assert_eq!(
            UserName::parse(&name.to_uppercase()),
            Ok(parsed.clone()),
            "{name}"
        );
        assert_eq!(parsed.as_str(), name);
    }
}

/// RFC 8265 section 3.3.2: width mapping, Unicode's toLowerCase of the whole, NFC. One letter's form depends on its place.
#[test]
fn a_name_that_may_be_added_has_the_form_of_the_rfc() {
    let wide = |c: char| matches!(c, '\u{3000}' | '\u{ff01}'..='\u{ffee}');
    let mut compared = 0;
    // No plane beyond the second has letters with a case.
    for c in (0..0x2_0000).filter_map(char::from_u32) {
        for text in [
            format!("{c}"),
            format!("α{c}"),
            format!("α{c}β"),
            format!("{c}Σ"),
        ] {
            let Ok(name) = UserName::chosen(&text) else {
                continue;
            };
            let narrow: String = if wide(c) { text.nfkc().collect() } else { text };
            let form: String = narrow.to_lowercase().nfc().collect();
            assert_eq!(sigma::alike(&name.0), sigma::alike(&form), "{narrow:?}");
            compared += 1;
        }
    }
    assert!(compared > 200_000, "{compared}");
}

/// The examples are those of RFC 8265 section 3.5.
#[test]
fn what_the_rfc_refuses_is_refused_in_a_new_name_alone() {
    use UnfitUserName::{Foreign, Spaces};
    #[rustfmt::skip]
    let cases = [
        ("henry\u{2163}", Foreign('\u{2163}')), ("\u{265a}", Foreign('\u{265a}')), ("ﬁona", Foreign('ﬁ')),
        ("ada²", Foreign('²')), ("ada\u{1f600}", Foreign('\u{1f600}')), ("a\u{a0}b", Foreign('\u{a0}')),
        ("ada  lovelace", Spaces), ("ada \u{3000}lovelace", Spaces),
    ];
    for (text, unfit) in cases {
        assert!(UserName::parse(text).is_ok(), "{text}");
        assert_eq!(UserName::chosen(text), Err(unfit), "{text}");
    }
    #[rustfmt::skip]
    let taken = [
        "juliet@example.com", "fussball", "fu\u{df}ball", "\u{3c0}", "\u{3a3}", "\u{3c3}", "\u{3c2}",
        "Ａｄａ", "ｶﾞ", "İstanbul", "o'brien+x@example.com", "l·l", "a\u{3000}b", "한글", "\u{1112}\u{1161}\u{11ab}", "ก็", "हिन्",
        "\u{5d0}1", "\u{1e900}", "\u{31350}",
    ];
    for text in taken {
        assert_eq!(
            UserName::chosen(text).ok(),
            UserName::parse(text).ok(),
            "{text}"
        );
        assert!(UserName::chosen(text).is_ok(), "{text}");
    }
}

#[test]
fn canonical_form_is_stable() {
    for text in [
        "İstanbul",
        "ẞ",
        "Ǆ",
        "ﬁ",
        "ｶﾞ",
        "Ω",
        "ΓΙΏΡΓΟΣ",
        "ςσ",
        "ada@example.com",
    ] {
        let once = UserName::parse(text).unwrap();
        assert_eq!(UserName::parse(once.as_str()).unwrap(), once, "{text}");
    }
}

/// So upper case is free for names that must not be a user's: the authorizer's other principals.
#[test]
fn no_name_has_a_capital_letter_of_ascii() {
    // No plane beyond the second has letters with a case.
    for c in (0..0x2_0000).filter_map(char::from_u32) {
        let Ok(name) = UserName::parse(&c.to_string()) else {
            continue;
        };
        assert!(
            !name.as_str().contains(|c: char| c.is_ascii_uppercase()),
            "{c:?}"
        );
    }
}

#[test]
fn a_malformed_name_is_refused() {
    #[rustfmt::skip]
    let cases = [
        ("empty", String::new()),
        ("257 bytes", "a".repeat(257)),
        ("a megabyte", "a".repeat(1_000_000)),
        ("grows beyond 256 bytes", "\u{fdfa}".repeat(85)),
        ("NUL", "a\0b".into()),
        ("line break", "a\r\nb".into()),
        ("leading space", " a".into()),
        ("trailing no-break space", "a\u{a0}".into()),
        ("zero-width joiner", "a\u{200d}b".into()),
        ("right-to-left override", "a\u{202e}b".into()),
        ("byte order mark", "\u{feff}a".into()),
        ("replacement character", "a\u{fffd}".into()),
        ("line separator", "a\u{2028}b".into()),
        ("soft hyphen", "a\u{ad}b".into()),
    ];
    for (name, text) in cases {
        assert_eq!(UserName::parse(&text), Err(InvalidUserName), "{name}");
    }
    assert!(UserName::parse(&"a".repeat(256)).is_ok());
}

/// Whoever has such a name already can still log in, and be disabled and removed.
#[test]
fn a_character_that_shows_nothing_is_refused_in_a_new_name_alone() {
    for blank in [
        '\u{2800}',
        '\u{600}',
        '\u{605}',
        '\u{6dd}',
        '\u{110bd}',
        '\u{13430}',
        '\u{13438}',
        '\u{1bca0}',
        '\u{1bca3}',
        '\u{1d159}',
        '\u{1d173}',
        '\u{1d17a}',
    ] {
        for name in [
            format!("a{blank}da"),
            format!("ada{blank}"),
            format!("{blank}"),
        ] {
            assert!(UserName::parse(&name).is_ok(), "{name:?}");
            assert_eq!(
                UserName::chosen(&name),
                Err(UnfitUserName::Blank(blank)),
                "{name:?}"
            );
        }
    }
    let invalid = Err(UnfitUserName::Invalid(InvalidUserName));
    assert_eq!(UserName::chosen("a\u{200d}da"), invalid);
    for name in [
        "Ada",
        "zo\u{e9}",
        "ada lovelace",
        "\u{5d0}\u{5d3}\u{5d4}",
        "\u{939}\u{93f}\u{928}\u{94d}",
    ] {
        assert_eq!(
            UserName::chosen(name).ok(),
            UserName::parse(name).ok(),
            "{name}"
        );
        assert!(UserName::chosen(name).is_ok(), "{name}");
    }
}
