//! Names of any spelling: each is one of its own, and none means anything to a store.

use dynamodb_session::{
    id::{SessionKey, SessionRef},
    store::{Change, Found, SessionStore, UserEdit},
    user::{Entry, UserSessions},
};
use tests::on_every_store;

use super::sample::{done, entry, key, put, session, user};

on_every_store! {
    users_of_any_name_have_items_of_their_own
    a_user_named_like_a_key_is_no_session
    refs_of_any_spelling_are_entered_and_taken_out
}

const USERS: [&str; 18] = [
    "ada",
    "adb",
    "ada ada",
    "u#ada",
    "s#key1",
    "#",
    ":now",
    "id",
    "-",
    "a.b[0]",
    "o'neil\"\\",
    "zo\u{e9}",
    "zoe\u{301}",
    "\u{674e}\u{1f511}",
    "null",
    "{\"S\":\"ada\"}",
    "#sessions.#old0",
    "ADA",
];

async fn users_of_any_name_have_items_of_their_own(store: impl SessionStore) {
    let longest = "\u{e9}".repeat(128);
    let names: Vec<_> = USERS
        .into_iter()
        .chain([longest.as_str()])
        .enumerate()
        .collect();
    for (n, name) in &names {
        let edit = UserEdit::Open {
            reference: session(*n).reference,
            entry: entry(*n),
        };
        done(
            &store,
            Change {
                users: vec![(user(name), edit)],
                ..put(*n)
            },
        )
        .await;
    }
    for (n, name) in &names {
        let item = UserSessions {
            sessions: [(session(*n).reference, entry(*n))].into(),
            epoch: 0,
            ended: None,
            expires: entry(*n).expires,
        };
        assert_eq!(store.user(&user(name)).await.unwrap(), Some(item), "{name}");
    }
}

async fn a_user_named_like_a_key_is_no_session(store: impl SessionStore) {
    done(&store, put(1)).await;
    for name in ["s#key1", "key1", "#key1"] {
        assert_eq!(store.user(&user(name)).await.unwrap(), None, "{name}");
        let edit = UserEdit::Open {
            reference: session(2).reference,
            entry: entry(2),
        };
        done(
            &store,
            Change {
                users: vec![(user(name), edit)],
                ..Change::default()
            },
        )
        .await;
        let end = UserEdit::EndAll {
            epoch: 0,
            ended: None,
            sessions: vec![session(2).reference],
            keep: Vec::new(),
        };
        done(
            &store,
            Change {
                users: vec![(user(name), end)],
                ..Change::default()
            },
        )
        .await;
        let found = store.session(&key(1)).await.unwrap();
        assert_eq!(found, Found::Session(session(1)), "{name}");
        // A key that is another user's item, or none.
        let foreign = SessionKey::from_stored(format!("s#{name}"));
        if foreign != key(1) {
            assert_eq!(
                store.session(&foreign).await.unwrap(),
                Found::Nothing,
                "{name}"
            );
        }
    }
}

async fn refs_of_any_spelling_are_entered_and_taken_out(store: impl SessionStore) {
    let middle = ["AAAA", "-___", "_---", "0000", "9a-Z", "SIZE"];
    let refs: Vec<SessionRef> = middle
        .iter()
        .flat_map(|part| ["A", "Q", "g", "w"].map(|end| format!("{part}{part:-<17}{end}")))
        .map(|text| SessionRef::parse(&text).expect("22 characters of base64url"))
        .collect();
    let ada = user("ada");
    let change = |edit| Change {
        users: vec![(ada.clone(), edit)],
        ..Change::default()
    };
    let entered = |n: usize| Entry {
        key: key(n),
        ..entry(n)
    };
    for (n, reference) in refs.iter().enumerate() {
        let (reference, entry) = (reference.clone(), entered(n));
        let edit = if n == 0 {
            UserEdit::Open { reference, entry }
        } else {
            let swept = entry.expires;
            UserEdit::Enter {
                reference,
                entry,
                epoch: 0,
                cap: 50,
                swept,
                drop: Vec::new(),
            }
        };
        done(&store, change(edit)).await;
    }
    let all: Vec<_> = refs.iter().cloned().zip((0..).map(entered)).collect();
    let found = store.user(&ada).await.unwrap().unwrap();
    assert_eq!(found.sessions, all.iter().cloned().collect());

    let drop = refs[..8].to_vec();
    done(&store, change(UserEdit::Leave { drop })).await;
    let swap = UserEdit::Enter {
        reference: refs[0].clone(),
        entry: entered(0),
        epoch: 0,
        cap: 50,
        swept: entered(0).expires,
        drop: refs[8..16].to_vec(),
    };
    done(&store, change(swap)).await;
    let left: Vec<_> = all.iter().take(1).chain(&all[16..]).cloned().collect();
    let found = store.user(&ada).await.unwrap().unwrap();
    assert_eq!(found.sessions, left.iter().cloned().collect());

    let sessions = left.into_iter().map(|(reference, _)| reference).collect();
    done(
        &store,
        change(UserEdit::EndAll {
            epoch: 0,
            ended: None,
            sessions,
            keep: Vec::new(),
        }),
    )
    .await;
    assert!(store.user(&ada).await.unwrap().unwrap().sessions.is_empty());
}
