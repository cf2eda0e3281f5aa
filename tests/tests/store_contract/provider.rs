//! What logins at a provider leave in the table: flows, what a provider's session has brought, logouts, used tokens, and who is
//! barred.

use dynamodb_session::{
    abandon,
    create::Former,
    data::{Edit, Mark, Marks},
    entropy::SystemEntropy,
    provider::{Flow, FlowKey, Identity, ProviderKey, ProviderStore, Subject},
    session::{Origin, Session},
    store::{AllEnded, Change, Commit, Found, Note, Refusal, SessionStore, UserEdit, Write},
    time::UnixSeconds,
    user::ENDED_SECONDS,
};
use tests::{
    engine::{Tables, number},
    on_every_engine, on_every_store,
    world::NOW,
};

use super::sample::{done, edit, entry, key, leave, open, put, reference, session, user};

on_every_store! {
    a_flow_is_put_once_read_for_ten_minutes_and_taken_once
    a_barred_user_is_barred_until_it_is_lifted
    each_note_has_its_condition
    a_refused_note_is_told_before_anything_that_is_stale
    what_a_session_brings_stays_as_long_as_the_longest
    an_absent_user_s_item_stays_absent
    the_end_of_all_is_remembered
    a_patch_reaches_nothing_that_a_provider_told
}

on_every_engine! {
    every_item_expires_but_a_bar
}

const ISSUER: &str = "https://login.example";

fn sid(name: &str) -> ProviderKey {
    ProviderKey::of_sid(ISSUER, name)
}

fn flow() -> Flow {
    Flow {
        cookie: [7; 32],
        presented: Some(Former {
            key: key(1),
            verified: true,
            at: None,
        }),
        return_to: Some("/a?b=c".to_owned()),
        remember: true,
        recent: false,
        prompted: true,
        started: NOW,
    }
}

async fn a_flow_is_put_once_read_for_ten_minutes_and_taken_once(
    store: impl SessionStore + ProviderStore,
) {
    let (one, two) = (FlowKey::of_state("one"), FlowKey::of_state("two"));
    let bare = Flow {
        presented: None,
        return_to: None,
        recent: true,
        ..flow()
    };
    assert_eq!(store.flow(&one, NOW).await.unwrap(), None);
    assert!(!store.take_flow(&one).await.unwrap());
    assert!(store.put_flow(&one, &flow()).await.unwrap());
    assert!(!store.put_flow(&one, &bare).await.unwrap());
    assert!(store.put_flow(&two, &bare).await.unwrap());
    assert_eq!(store.flow(&one, NOW.plus(599)).await.unwrap(), Some(flow()));
    assert_eq!(store.flow(&one, NOW.plus(600)).await.unwrap(), None);
    assert_eq!(store.flow(&two, NOW).await.unwrap(), Some(bare));
    assert!(store.take_flow(&one).await.unwrap());
    assert!(!store.take_flow(&one).await.unwrap());
    assert_eq!(store.flow(&one, NOW).await.unwrap(), None);
    assert!(store.flow(&two, NOW).await.unwrap().is_some());
}

async fn a_barred_user_is_barred_until_it_is_lifted(store: impl SessionStore + ProviderStore) {
    let (ada, bob) = (user("ada"), user("bob"));
    assert_eq!(store.barred(&ada).await.unwrap(), None);
    assert!(!store.unbar(&ada).await.unwrap());
    store.bar(&ada, NOW).await.unwrap();
    store.bar(&ada, NOW.plus(9)).await.unwrap();
    assert_eq!(store.barred(&ada).await.unwrap(), Some(NOW));
    assert_eq!(store.barred(&bob).await.unwrap(), None);
    assert!(store.unbar(&ada).await.unwrap());
    assert_eq!(store.barred(&ada).await.unwrap(), None);
}

fn notes(notes: Vec<Note>) -> Change {
    Change {
        notes,
        ..Change::default()
    }
}

fn logged_out(issued: u64) -> Note {
    Note::LoggedOut {
        of: sid("s"),
        issued: UnixSeconds(issued),
        expires: NOW.plus(900),
    }
}

fn not_logged_out(issued: u64) -> Note {
    Note::NotLoggedOut {
        of: sid("s"),
        issued: UnixSeconds(issued),
    }
}

fn brought(name: &str, expires: u64, outlived: bool) -> Note {
    Note::Brought {
        sid: sid("s"),
        user: user(name),
        expires: NOW.plus(expires),
        outlived,
    }
}

fn brought_these(names: &[&str]) -> Note {
    Note::BroughtThese {
        sid: sid("s"),
        users: names.iter().map(|name| user(name)).collect(),
    }
}

fn used() -> Note {
    Note::Used {
        token: sid("t"),
        expires: NOW.plus(120),
    }
}

async fn each_note_has_its_condition(store: impl SessionStore + ProviderStore) {
    let unused = || Note::Unused(sid("t"));
    let not_barred = || Note::NotBarred(user("ada"));
    let refused = Commit::Refused;
    store.bar(&user("bob"), NOW).await.unwrap();
    #[rustfmt::skip]
    let steps = [
        // In turn, each after those before it.
        (not_barred(),                   Commit::Done),
        (Note::NotBarred(user("bob")),   refused(Refusal::Barred)),
        (not_logged_out(0),              Commit::Done),
        (logged_out(10),                 Commit::Done),
        (not_logged_out(9),              refused(Refusal::LoggedOut)),
        (not_logged_out(10),             refused(Refusal::LoggedOut)),
        (not_logged_out(11),             Commit::Done),
        (logged_out(9),                  refused(Refusal::LaterLogout)),
        (logged_out(10),                 Commit::Done),
        (logged_out(11),                 Commit::Done),
        (not_logged_out(11),             refused(Refusal::LoggedOut)),
        (brought_these(&[]),             Commit::Done),
        (brought_these(&["ada"]),        refused(Refusal::Brought)),
        (brought("ada", 10, true),       refused(Refusal::Brought)),
        (brought("ada", 10, false),      Commit::Done),
        (brought_these(&[]),             refused(Refusal::Brought)),
        (brought_these(&["ada"]),        Commit::Done),
        (brought_these(&["bob"]),        refused(Refusal::Brought)),
        (brought("bob", 10, false),      Commit::Done),
        (brought_these(&["ada"]),        refused(Refusal::Brought)),
        (brought_these(&["bob", "ada"]), Commit::Done),
        (unused(),                       Commit::Done),
        (used(),                         Commit::Done),
        (unused(),                       refused(Refusal::Repeated)),
        (used(),                         refused(Refusal::Repeated)),
    ];
    for (step, (note, expected)) in steps.into_iter().enumerate() {
        let told = store.commit(&notes(vec![note.clone()])).await.unwrap();
        assert_eq!(told, expected, "{step}: {note:?}");
    }
    let mut users = store.users_of(&sid("s")).await.unwrap();
    users.sort();
    assert_eq!(users, [user("ada"), user("bob")]);
    assert!(store.users_of(&sid("other")).await.unwrap().is_empty());
}

async fn a_refused_note_is_told_before_anything_that_is_stale(
    store: impl SessionStore + ProviderStore,
) {
    done(&store, notes(vec![used(), logged_out(10)])).await;
    let change = |notes: Vec<Note>, first: Change| Change {
        notes,
        users: vec![(user("ada"), leave(&[1]))],
        ..first
    };
    let refused = || vec![brought("ada", 1, false), not_logged_out(10), used()];
    let logged_out = Commit::Refused(Refusal::LoggedOut);
    let told = store.commit(&change(refused(), put(1))).await.unwrap();
    assert_eq!(told, logged_out);
    let sound = vec![brought("ada", 1, false)];
    let told = store.commit(&change(sound, put(1))).await.unwrap();
    assert_eq!(told, Commit::Stale);
    // Nothing of it was made.
    assert!(store.users_of(&sid("s")).await.unwrap().is_empty());
    assert_eq!(store.session(&key(1)).await.unwrap(), Found::Nothing);
    done(&store, put(1)).await;
    let told = store.commit(&change(refused(), put(1))).await.unwrap();
    assert_eq!(told, Commit::Collision);
}

async fn what_a_session_brings_stays_as_long_as_the_longest(
    store: impl SessionStore + ProviderStore,
) {
    done(&store, notes(vec![brought("ada", 100, false)])).await;
    for (expires, outlived, expected) in [
        (99, false, Commit::Refused(Refusal::Brought)),
        (100, true, Commit::Refused(Refusal::Brought)),
        (99, true, Commit::Done),
        (100, false, Commit::Done),
        (101, false, Commit::Done),
        (100, true, Commit::Done),
    ] {
        let change = notes(vec![brought("bob", expires, outlived)]);
        let told = store.commit(&change).await.unwrap();
        assert_eq!(told, expected, "{expires} {outlived}");
    }
}

async fn an_absent_user_s_item_stays_absent(store: impl SessionStore + ProviderStore) {
    done(&store, edit(UserEdit::Absent)).await;
    assert_eq!(store.user(&user("ada")).await.unwrap(), None);
    done(&store, edit(open(1))).await;
    let told = store.commit(&edit(UserEdit::Absent)).await.unwrap();
    assert_eq!(told, Commit::Stale);
}

async fn the_end_of_all_is_remembered(store: impl SessionStore + ProviderStore) {
    let ada = user("ada");
    // A user without an item has no session that could end, and gets none.
    assert_eq!(abandon::end_all(&store, &ada, NOW).await.unwrap(), 0);
    assert_eq!(store.user(&ada).await.unwrap(), None);
    let mut change = edit(open(1));
    change.put = put(1).put;
    done(&store, change).await;
    let item = store.user(&ada).await.unwrap().unwrap();
    assert_eq!((item.ended, item.expires), (None, entry(1).expires));
    let keep = reference(1);
    for (now, ended) in [
        (NOW, NOW),
        (UnixSeconds(NOW.0 - 9), NOW),
        (NOW.plus(9), NOW.plus(9)),
    ] {
        abandon::end_others(&store, &ada, &keep, now).await.unwrap();
        let item = store.user(&ada).await.unwrap().unwrap();
        assert_eq!((item.ended, item.sessions.len()), (Some(ended), 1));
        assert_eq!(item.expires, ended.plus(ENDED_SECONDS));
    }
    // An item that stays longer stays as long.
    let ended = Some(AllEnded {
        at: NOW,
        expires: NOW.plus(9 * ENDED_SECONDS),
    });
    let keep = vec![keep];
    let end = UserEdit::EndAll {
        epoch: 3,
        ended,
        sessions: Vec::new(),
        keep,
    };
    done(&store, edit(end)).await;
    assert_eq!(abandon::end_all(&store, &ada, NOW).await.unwrap(), 1);
    let item = store.user(&ada).await.unwrap().unwrap();
    assert_eq!(item.expires, NOW.plus(9 * ENDED_SECONDS));
    assert!(item.sessions.is_empty());
}

async fn a_patch_reaches_nothing_that_a_provider_told(store: impl SessionStore + ProviderStore) {
    let identity = Identity {
        issuer: ISSUER.to_owned(),
        subject: Subject::parse("Ab").unwrap(),
        sid: Some("s".to_owned()),
        claims: Some("{}".to_owned()),
    };
    let told = Session {
        origin: Origin {
            identity: Some(Box::new(identity)),
            ..Origin::default()
        },
        ..session(1)
    };
    let change = Change {
        put: Some((key(1), told.clone())),
        ..Change::default()
    };
    done(&store, change).await;
    let names = [
        "issuer",
        "subject",
        "sid",
        "claims",
        "user",
        "authenticated",
    ];
    let edit = Edit::Merge {
        set: names.map(|name| (name.to_owned(), "1".to_owned())).into(),
        remove: told.data.keys().cloned().collect(),
    };
    let marks = Marks::default().with(Mark::draw(&SystemEntropy).unwrap());
    let written = store.write(&key(1), NOW, &edit, told.version, &marks).await;
    let Write::Written(Found::Session(after)) = written.unwrap() else {
        panic!("a living session");
    };
    assert_eq!(after.origin, told.origin);
    assert_eq!(
        (after.user, after.authenticated),
        (told.user, told.authenticated)
    );
    assert_eq!(after.data.len(), names.len());
    // Without its data, too.
    let found = store.sessions(&[key(1)]).await.unwrap();
    assert!(matches!(&found[0], Found::Session(it) if it.origin == told.origin));
}

async fn every_item_expires_but_a_bar(tables: &Tables) {
    let store = tables.sessions();
    let state = FlowKey::of_state("one");
    store.put_flow(&state, &flow()).await.unwrap();
    store.bar(&user("ada"), NOW).await.unwrap();
    let left = vec![brought("ada", 100, false), logged_out(10), used()];
    done(&store, notes(left)).await;
    done(&store, notes(vec![brought("bob", 50, true)])).await;
    let id = |prefix: &str, key: &ProviderKey| format!("{prefix}#{}", key.as_str());
    #[rustfmt::skip]
    let cases = [
        (state.as_str().to_owned(), Some(600)),
        (id("i", &sid("s")),        Some(100)),
        (id("l", &sid("s")),        Some(900)),
        (id("j", &sid("t")),        Some(120)),
        ("b#ada".to_owned(),        None),
    ];
    for (id, expires) in cases {
        let item = tables.item(&id).await.expect(&id);
        let expected = expires.map(|seconds| number(&NOW.plus(seconds).0));
        assert_eq!(item.get("expires"), expected.as_ref(), "{id}");
    }
    assert_eq!(tables.items().await.len(), 5);
}
