//! Where a browser goes after a login: nowhere else than the deployment allows.

use super::World;

#[tokio::test]
async fn attacks_by_the_place_to_return_to_are_refused() {
    let world = World::new(&[("SESSION_ALLOWED_ORIGINS", "https://app.example")]).await;
    #[rustfmt::skip]
    let attacks = [
        "//evil.example", "/\\evil.example", "\\\\evil.example", "/%2fevil.example", "/%2f%2fevil.example", "/%5cevil.example",
        "/%252f%252fevil.example", "https://evil.example", "http://app.example", "https://app.example.evil.example",
        "https://app.example@evil.example", "https://evil.example#https://app.example", "https:evil.example", "https:/evil.example",
        "javascript:alert(1)", "data:text/html,x", "/a\r\nLocation: https://evil.example", "/a\tb", "\u{ff0f}/evil.example", "evil.example",
        "https://app.example:8443", "/a//evil.example", " //evil.example", "HTTPS://APP.EXAMPLE/",
    ];
    assert!(attacks.len() >= 20);
    for place in attacks {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("return_to", place)
            .finish();
        let reply = world.start(&query, None).await;
        assert_eq!(reply.status, 400, "{place}");
        reply.assert_is_proper(place);
        assert!(!format!("{reply:?}").contains("evil"), "{reply:?}");
    }
    assert_eq!(world.function.store.hook.calls(), [] as [&str; 0]);
    for place in [
        "/",
        "/app?next=https://evil.example",
        "https://app.example/cart#x",
    ] {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("return_to", place)
            .finish();
        let reply = world.log_in(&query, "ada").await;
        assert!(
            reply.body.contains(&format!("content=\"0;url={place}\"")),
            "{}",
            reply.body
        );
    }
}
