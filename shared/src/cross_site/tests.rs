//! Which page may have what sent: the table of sites and origins, and CSRF tokens.

use super::*;
use crate::{
    claim::Claim,
    signing_keys::SigningKeys,
    token::{self, TokenFormat},
    transport::{Mode, Transport},
};

const ALLOWED: &str = "https://app.example,https://app.example:8443,http://localhost:5173";

fn guard() -> Guard {
    Guard {
        allowed: AllowedOrigins::parse(ALLOWED).unwrap(),
        csrf_token: false,
        plain_http: false,
    }
}

fn transport(mode: Mode) -> Transport {
    Transport {
        mode,
        cookie: CookieSettings::default(),
        header: "x-id".to_owned(),
    }
}

fn format() -> TokenFormat {
    TokenFormat {
        id_bytes: 32,
        keys: SigningKeys::default(),
    }
}

fn session_id(byte: u8) -> SessionId {
    SessionId::from_bytes(vec![byte; 32])
}

fn check(guard: &Guard, mode: Mode, effect: Effect, sources: &[Source<'_>]) -> Result<(), Denial> {
    let transport = transport(mode);
    let carried = transport.read(sources);
    let claim = Claim::verify(carried.presented(), &format());
    let call = Request {
        effect,
        sources,
        carried: &carried,
        id: claim.id().ok(),
    };
    guard.check(&call, &transport.cookie)
}

/// The verdict of the browser, and the origin if there is no verdict.
#[test]
fn verdict_for_each_site_and_origin() {
    // The values that the columns of a case stand for.
    let sites: [&[&str]; 5] = [
        &[],
        &["same-origin"],
        &["none"],
        &["cross-site"],
        &["same-site"],
    ];
    #[rustfmt::skip]
    let cases: [(&str, &[&str], [bool; 5]); 30] = [
        // name                  Origin                                       passes: no site, same-origin, none, cross-site, same-site
        ("none",                 &[],                                                 [true,  true, true, false, false]),
        ("own",                  &["https://api.example"],                            [true,  true, true, false, false]),
        ("allowed",              &["https://app.example"],                            [true,  true, true, true,  true]),
        ("allowed with a port",  &["https://app.example:8443"],                       [true,  true, true, true,  true]),
        ("allowed over HTTP",    &["http://localhost:5173"],                          [true,  true, true, true,  true]),
        ("null",                 &["null"],                                           [false, true, true, false, false]),
        ("empty",                &[""],                                               [false, true, true, false, false]),
        ("another site",         &["https://evil.example"],                           [false, true, true, false, false]),
        ("own over HTTP",        &["http://api.example"],                             [false, true, true, false, false]),
        ("allowed over HTTP",    &["http://app.example"],                             [false, true, true, false, false]),
        ("own, another port",    &["https://api.example:8443"],                       [false, true, true, false, false]),
        ("own, default port",    &["https://api.example:443"],                        [true,  true, true, false, false]),
        ("own in upper case",    &["https://API.example"],                            [true,  true, true, false, false]),
        ("own WebSocket",        &["wss://api.example"],                              [true,  true, true, false, false]),
        ("allowed WebSocket",    &["wss://app.example:443"],                          [true,  true, true, true,  true]),
        ("plain WebSocket",      &["ws://api.example"],                               [false, true, true, false, false]),
        ("another's WebSocket",  &["wss://evil.example"],                             [false, true, true, false, false]),
        ("own and more",         &["https://api.example.evil"],                       [false, true, true, false, false]),
        ("a user's own",         &["https://evil@api.example"],                       [false, true, true, false, false]),
        ("file",                 &["file://"],                                        [false, true, true, false, false]),
        ("file of the host",     &["file://api.example"],                             [false, true, true, false, false]),
        ("scheme in upper case", &["HTTPS://api.example"],                            [false, true, true, false, false]),
        ("suffix",               &["https://app.example.evil"],                       [false, true, true, false, false]),
        ("prefix",               &["https://evil-app.example"],                       [false, true, true, false, false]),
        ("subdomain",            &["https://x.app.example"],                          [false, true, true, false, false]),
        ("path",                 &["https://app.example/"],                           [false, true, true, false, false]),
        ("user",                 &["https://app.example@evil.example"],               [false, true, true, false, false]),
        ("space before",         &[" https://app.example"],                           [false, true, true, false, false]),
        ("two, allowed both",    &["https://app.example", "https://app.example"],     [false, true, true, false, false]),
        ("two, joined",          &["https://app.example,https://app.example"],        [false, true, true, false, false]),
    ];
    for (name, origins, expected) in cases {
        for (site, passes) in sites.iter().zip(expected) {
            let mut source = vec![("Host", "api.example"), ("cookie", "__Host-id=V")];
            source.extend(origins.iter().map(|origin| ("Origin", *origin)));
            source.extend(site.iter().map(|site| ("Sec-Fetch-Site", *site)));
            let sources = [source];
            let denial = if passes {
                Ok(())
            } else {
                Err(Denial::CrossSite)
            };
            for effect in [Effect::Unsafe, Effect::Handshake] {
                let verdict = check(&guard(), Mode::Cookie, effect, &sources);
                assert_eq!(verdict, denial, "{name}, {site:?}, {effect:?}");
            }
            let safe = check(&guard(), Mode::Cookie, Effect::Safe, &sources);
            assert_eq!(safe, Ok(()), "{name}, {site:?}");
        }
    }
}

/// A value that no browser sends counts as another site's, unless an allowed page sent the request.
#[test]
fn a_site_in_any_other_spelling_is_another_site() {
    let bad: [&[&str]; 9] = [
        &[""],
        &["SAME-ORIGIN"],
        &["Same-Origin"],
        &["None"],
        &[" same-origin"],
        &["same-origin,same-origin"],
        &["same-origin", "same-origin"],
        &["same-origin", "cross-site"],
        &["same-originn"],
    ];
    for site in bad {
        for (origin, expected) in [
            ("https://api.example", Err(Denial::CrossSite)),
            ("https://app.example", Ok(())),
        ] {
            let mut source = vec![("host", "api.example"), ("origin", origin)];
            source.extend(site.iter().map(|site| ("sec-fetch-site", *site)));
            let verdict = check(&guard(), Mode::Cookie, Effect::Unsafe, &[source]);
            assert_eq!(verdict, expected, "{site:?} {origin}");
        }
    }
}

#[test]
fn descriptions_of_one_request_must_agree() {
    let own = ("Origin", "https://app.example");
    let evil = ("Origin", "https://evil.example");
    let host = ("Host", "api.example");
    #[rustfmt::skip]
    let cases = [
        ("described twice",          vec![vec![host, own], vec![host, own]],          true),
        ("last of two",              vec![vec![host, own], vec![host, evil, own]],    false),
        ("differing",                vec![vec![host, own], vec![host, evil]],         false),
        ("two letter cases",         vec![vec![host, own, ("origin", "null")]],       false),
    ];
    for (name, sources, passes) in cases {
        let verdict = check(&guard(), Mode::Cookie, Effect::Unsafe, &sources);
        assert_eq!(verdict.is_ok(), passes, "{name}");
    }
}

#[test]
fn the_own_origin_is_that_of_the_host_that_was_called() {
    #[rustfmt::skip]
    let cases = [
        // name                 Host                         Origin                      secure  plain
        ("host",                vec!["api.example"],         "https://api.example",      true,   true),
        ("over HTTP",           vec!["api.example"],         "http://api.example",       false,  true),
        ("with its port",       vec!["127.0.0.1:3000"],      "http://127.0.0.1:3000",    false,  true),
        ("another port",        vec!["127.0.0.1:3000"],      "http://127.0.0.1:3001",    false,  false),
        ("WebSocket",           vec!["api.example"],         "wss://api.example",        true,   true),
        ("plain WebSocket",     vec!["api.example"],         "ws://api.example",         false,  true),
        ("another scheme",      vec!["api.example"],         "ftp://api.example",        false,  false),
        ("host's default port", vec!["API.example:443"],     "https://api.example",      true,   true),
        ("HTTP's port",         vec!["api.example:80"],      "https://api.example",      false,  false),
        ("a path in the Host",  vec!["api.example/"],        "https://api.example/",     false,  false),
        ("no host",             vec![],                      "https://api.example",      false,  false),
        ("empty host",          vec![""],                    "https://",                 false,  false),
        ("two hosts",           vec!["api.example"; 2],      "https://api.example",      false,  false),
        ("forwarded host",      vec!["api.example"],         "https://proxy.example",    false,  false),
    ];
    for (name, hosts, origin, over_secure, over_plain) in cases {
        let mut source: Source<'_> = hosts.iter().map(|host| ("host", *host)).collect();
        source.extend([("origin", origin), ("x-forwarded-host", "proxy.example")]);
        for (secure, passes) in [(true, over_secure), (false, over_plain)] {
            let verdict = Guard::default().is_cross_site(std::slice::from_ref(&source), !secure);
            assert_eq!(!verdict, passes, "{name}, {secure}");
        }
    }
}

#[test]
fn what_no_browser_adds_by_itself_is_not_asked() {
    let cross = ("sec-fetch-site", "cross-site");
    let (cookie, header) = (("cookie", "__Host-id=V"), ("x-id", "V"));
    #[rustfmt::skip]
    let cases = [
        // name               sources                    refused in cookie, header, both
        ("cookie",            vec![cross, cookie],           [true, false, true]),
        ("header",            vec![cross, header],           [true, false, false]),
        ("both",              vec![cross, cookie, header],   [true, false, true]),
        ("neither: a login",  vec![cross],                   [true, false, true]),
    ];
    for (name, source, refused) in cases {
        for (mode, refused) in [Mode::Cookie, Mode::Header, Mode::Both]
            .into_iter()
            .zip(refused)
        {
            let verdict = check(
                &guard(),
                mode,
                Effect::Unsafe,
                std::slice::from_ref(&source),
            );
            assert_eq!(verdict.is_err(), refused, "{name} in {mode:?}");
        }
    }
}

#[test]
fn methods_that_change_nothing_are_few() {
    for method in ["GET", "HEAD", "OPTIONS", "TRACE"] {
        assert_eq!(Effect::of(Some(method)), Effect::Safe, "{method}");
    }
    for method in [
        "POST", "PUT", "PATCH", "DELETE", "CONNECT", "get", "GET ", "QUERY", "",
    ] {
        assert_eq!(Effect::of(Some(method)), Effect::Unsafe, "{method}");
    }
    assert_eq!(Effect::of(None), Effect::Unsafe);
}

/// The front's own origin passes, over plain HTTP only if the front speaks it; no other one does.
#[test]
fn the_own_origin_of_a_plain_http_front_is_its_own() {
    #[rustfmt::skip]
    let cases = [
        ("http://localhost:3000",              true),
        ("https://localhost:3000",             true),
        ("http://LOCALHOST:3000",              true),
        ("http://localhost",                   false),
        ("http://127.0.0.1:3000",              false),
        ("http://localhost:3000.evil.example", false),
        ("file://localhost:3000",              false),
        ("null",                               false),
    ];
    for (origin, own) in cases {
        let source = vec![
            ("host", "localhost:3000"),
            ("origin", origin),
            ("cookie", "__Host-id=V"),
        ];
        let sources = [source];
        let carried = transport(Mode::Cookie).read(&sources);
        let call = Request {
            effect: Effect::Unsafe,
            sources: &sources,
            carried: &carried,
            id: Some(&session_id(7)),
        };
        for plain_http in [true, false] {
            let guard = Guard {
                plain_http,
                ..guard()
            };
            let checked = guard.check(&call, &transport(Mode::Cookie).cookie);
            let expected = own && (plain_http || origin.starts_with("https"));
            assert_eq!(checked.is_ok(), expected, "{origin} {plain_http}");
        }
    }
}

/// Another site can have a browser send a cookie, but not read the token.
#[test]
fn the_csrf_token_is_demanded_of_what_a_cookie_authenticates() {
    let guard = Guard {
        csrf_token: true,
        ..guard()
    };
    let own = token::issue(&session_id(7), &SigningKeys::default());
    let own = own.expose();
    let shown = guard.csrf_token(&session_id(7)).unwrap();
    let others = guard.csrf_token(&session_id(8)).unwrap();
    let cookie = format!("__Host-id={own}");
    let cookie = ("cookie", cookie.as_str());
    let header = ("x-id", own);
    let good = ("X-CSRF-Token", shown.expose());
    let bad = ("x-csrf-token", others.expose());
    let cross = ("sec-fetch-site", "cross-site");
    let no_token = ("cookie", "__Host-id=x");
    let missing = Err(Denial::CsrfToken);
    #[rustfmt::skip]
    let cases = [
        ("shown",                        Mode::Cookie, vec![cookie, good],              Ok(())),
        ("not shown",                    Mode::Cookie, vec![cookie],                    missing),
        ("another session's",            Mode::Cookie, vec![cookie, bad],               missing),
        ("twice",                        Mode::Cookie, vec![cookie, good, good],        missing),
        ("in a cookie",                  Mode::Cookie, vec![cookie, ("cookie", "x-csrf-token=x")], missing),
        ("from another site",            Mode::Cookie, vec![cookie, good, cross],       Err(Denial::CrossSite)),
        ("no session",                   Mode::Cookie, vec![],                          Ok(())),
        ("a malformed token",            Mode::Cookie, vec![no_token],                  Ok(())),
        ("header",                       Mode::Header, vec![header],                    Ok(())),
        ("header, where cookies are too",Mode::Both,   vec![header],                    Ok(())),
        ("header and cookie",            Mode::Both,   vec![header, cookie],            missing),
        ("header and cookie, shown",     Mode::Both,   vec![header, cookie, good],      Ok(())),
    ];
    for (name, mode, source, expected) in cases {
        let sources = [source];
        assert_eq!(
            check(&guard, mode, Effect::Unsafe, &sources),
            expected,
            "{name}"
        );
        assert_eq!(
            check(&guard, mode, Effect::Safe, &sources),
            Ok(()),
            "{name}"
        );
        if expected == missing {
            let handshake = check(&guard, mode, Effect::Handshake, &sources);
            assert_eq!(handshake, Ok(()), "{name}: a page can add no header to it");
        }
    }
    let off = Guard::default();
    assert!(off.csrf_token(&session_id(7)).is_none());
    assert_eq!(
        check(&off, Mode::Cookie, Effect::Unsafe, &[vec![cookie]]),
        Ok(())
    );
}
