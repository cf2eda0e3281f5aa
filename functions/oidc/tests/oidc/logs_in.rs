//! A login from its start to its session.

use dynamodb_session::provider::{Subject, user_of};
use serde_json::json;
use support::{NOW, TOKEN};

use super::{World, add_cookie, assert_is_page, callback, flow_cookie, session_cookie, start};

#[tokio::test]
async fn a_login_ends_with_a_page_that_goes_on_and_the_session_s_cookie() {
    let world = World::new(&[]).await;
    let reply = world
        .start("return_to=%2Fapp%3Fa%3D1%26b%3D2&remember=true", None)
        .await;
    assert_eq!(reply.status, 302);
    reply.assert_is_kept_private("start");
    let secret = flow_cookie(&reply).unwrap();
    let expected = format!(
        "__Host-oidc={secret}; Path=/; Max-Age=600; Expires=Fri, 15 Jan 2027 08:10:00 GMT; Secure; HttpOnly; SameSite=Lax"
    );
    assert_eq!(reply.cookies, [expected]);
    let returned = world.back(&reply, "ada");

    let reply = world.callback(&returned).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_is_page("callback", &reply);
    let refresh = "<meta http-equiv=\"refresh\" content=\"0;url=/app?a=1&amp;b=2\">";
    assert!(reply.body.contains(refresh), "{}", reply.body);
    let last = reply.cookies.last().unwrap();
    assert!(
        last.starts_with("__Host-id=") && last.ends_with("; SameSite=Strict"),
        "{last}"
    );

    let session = world.session_of(&reply).await;
    let subject = Subject::parse("248289761001").unwrap();
    assert_eq!(
        session.user,
        Some(user_of(world.provider.issuer(), &subject))
    );
    assert_eq!((session.created, session.authenticated), (NOW, Some(NOW)));
    // The deployment remembers nobody.
    assert_eq!(session.remembered, Some(false));
    let identity = session.origin.identity.unwrap();
    assert_eq!(
        (identity.issuer.as_str(), &identity.subject),
        (world.provider.issuer(), &subject)
    );
    assert_eq!(identity.claims, None);
    assert!(identity.sid.is_some());
}

#[tokio::test]
async fn claims_are_kept_where_they_are_chosen_and_asked_for_where_the_id_token_lacks_them() {
    use provider::behaviour::Endpoint::Userinfo;
    let scopes = ("SESSION_OIDC_SCOPES", "openid,profile,email");
    let claims = ("SESSION_OIDC_CLAIMS", "name,groups,shoe_size");
    let remember = ("SESSION_REMEMBER_SECONDS", "100000");
    let world = World::new(&[scopes, claims, remember]).await;
    let reply = world.log_in("remember=on", "ada").await;
    let session = world.session_of(&reply).await;
    let kept = session.origin.identity.unwrap().claims.unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept, json!({"name": "Ada Lovelace", "groups": ["staff"]}));
    assert_eq!(session.remembered, Some(true));
    assert_eq!(world.provider.requests(Userinfo).len(), 1);

    let world = World::new(&[scopes, ("SESSION_OIDC_CLAIMS", "name")]).await;
    world.provider.err(|it| it.claims_in_id_token = true);
    world.session_of(&world.log_in("", "ada").await).await;
    assert_eq!(world.provider.requests(Userinfo).len(), 0);
}

/// At the callback the browser comes from another site, and sends no Strict cookie.
#[tokio::test]
async fn the_session_that_the_start_presented_ends() {
    let world = World::new(&[]).await;
    let mut event = start("", None);
    add_cookie(&mut event, &format!("__Host-id={TOKEN}"));
    let started = world.send(event).await;
    let returned = world.back(&started, "ada");
    assert!(world.function.store.session_of(TOKEN).await.is_some());
    let reply = world.callback(&returned).await;
    assert!(session_cookie(&reply).is_some());
    assert!(world.function.store.session_of(TOKEN).await.is_none());
}

#[tokio::test]
async fn the_data_of_an_anonymous_session_is_carried_over() {
    let world = World::new(&[("SESSION_ANONYMOUS", "on")]).await;
    let mut anonymous = support::session();
    (anonymous.user, anonymous.authenticated) = (None, None);
    anonymous.reference =
        dynamodb_session::id::SessionRef::parse("YW5vbnltb3VzIHNlc3Npbw").unwrap();
    let token = "YW5vbnltb3VzLXNlc3Npb24tb2YtdGhlLXRlc3RzLTM";
    let data = [("cart".to_owned(), "[7]".to_owned())].into();
    anonymous.data = data;
    world.function.store.put(token, anonymous).await;
    let mut event = start("", None);
    add_cookie(&mut event, &format!("__Host-id={token}"));
    let started = world.send(event).await;
    let reply = world.callback(&world.back(&started, "ada")).await;
    let session = world.session_of(&reply).await;
    assert_eq!(session.data["cart"], "[7]");
}

/// One cookie serves all tabs: the second start must not make the first one's callback fail.
#[tokio::test]
async fn two_tabs_log_in_at_once() {
    let world = World::new(&[]).await;
    let first = world.start("return_to=/one", None).await;
    let cookie = flow_cookie(&first).unwrap();
    let second = world.start("return_to=/two", Some(&cookie)).await;
    assert_eq!(flow_cookie(&second).as_ref(), Some(&cookie));
    for (reply, place) in [(&second, "0;url=/two"), (&first, "0;url=/one")] {
        let reply = world.callback(&world.back(reply, "ada")).await;
        assert!(
            reply.status == 200 && reply.body.contains(place),
            "{reply:?}"
        );
    }
}

/// The second tab's cookie replaces the first one's, whose session nobody could end any more.
#[tokio::test]
async fn a_session_whose_cookie_is_replaced_at_the_callback_ends() {
    let world = World::new(&[]).await;
    let returned = world.returned("", "ada").await;
    let mut event = callback(&returned.query, Some(&returned.cookie));
    add_cookie(&mut event, &format!("__Host-id={TOKEN}"));
    let reply = world.send(event).await;
    world.session_of(&reply).await;
    assert!(world.function.store.session_of(TOKEN).await.is_none());
}

/// Behind an API whose transport is also the header, and with a cookie that is not `Secure`.
#[tokio::test]
async fn the_flow_s_cookie_is_as_secure_as_the_session_s() {
    let variables = [
        ("SESSION_TRANSPORT", "both"),
        ("SESSION_COOKIE_NAME", "id"),
        ("SESSION_COOKIE_SECURE", "off"),
    ];
    let world = World::new(&variables).await;
    let reply = world.start("", None).await;
    let set = reply.cookies.first().unwrap();
    assert!(set.starts_with("oidc=") && !set.contains("Secure"), "{set}");
    let back = world
        .provider
        .log_in("ada", reply.header("location").unwrap())
        .unwrap();
    let mut event = callback(back.split_once('?').unwrap().1, None);
    add_cookie(&mut event, set.split(';').next().unwrap());
    let reply = world.send(event).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    assert!(
        reply.cookies.iter().any(|it| it.starts_with("id=")),
        "{reply:?}"
    );
    assert_eq!(reply.header("x-id"), None, "no script reads it");
}

#[tokio::test]
async fn a_login_without_auth_time_is_never_recent_unless_the_prompt_is_trusted() {
    let trusted = [("SESSION_OIDC_TRUST_PROMPT", "on")];
    let cases = [
        (&[][..], "", None),
        (&trusted, "", None),
        (&trusted, "recent=true", Some(NOW)),
    ];
    for (variables, query, expected) in cases {
        let world = World::new(variables).await;
        world
            .provider
            .err(|it| it.id_token.claims = json!({"auth_time": null}));
        let session = world.session_of(&world.log_in(query, "ada").await).await;
        assert_eq!(session.authenticated, expected, "{variables:?} {query}");
    }
}
