//! No credential is kept, shown or told: what is kept opens no session.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use dynamodb_session::{
    authorize::{Decision, Denial},
    store::SessionStore,
};
use support::gate::Gate;
use tests::{
    engine::Tables,
    on_every_engine, on_every_store,
    world::{Attempt, NOW, World},
};

on_every_store! {
    what_the_table_knows_is_no_token
}

on_every_engine! {
    no_item_holds_a_credential
}

/// The bytes of an id in every spelling that might give them away.
fn spellings(id: &[u8]) -> [String; 4] {
    [
        URL_SAFE_NO_PAD.encode(id),
        STANDARD.encode(id).trim_end_matches('=').to_owned(),
        hex(id),
        format!("{id:?}"),
    ]
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}

async fn no_item_holds_a_credential(tables: &Tables) {
    let world = World::new(tables.sessions(), Gate::default());
    let presented = world.signed(Attempt::default()).await;
    let attempt = Attempt {
        presented: Some(&presented.token),
        ..Attempt::default()
    };
    let signed = world.signed(attempt).await;
    world.signed(Attempt::default()).await;
    assert!(world.allows(&signed.token).await);
    let decision = world.call(&signed.token, NOW).await;
    let items = tables.items().await;
    assert_eq!(items.len(), 3);
    let shown = format!(
        "{items:?} {decision:?} {:?} {:?}",
        signed.session, world.store
    );
    let ids = world.entropy.drawn(32);
    assert_eq!(ids.len(), 3);
    for id in ids {
        assert!(
            shown.contains(tests::entropy::id(&id).key().as_str())
                || id == URL_SAFE_NO_PAD.decode(&presented.token).unwrap()
        );
        for spelling in spellings(&id) {
            assert!(
                !shown.to_lowercase().contains(&spelling.to_lowercase()),
                "{spelling}"
            );
        }
    }
    assert!(!shown.contains(&signed.token));
}

async fn what_the_table_knows_is_no_token(store: impl SessionStore) {
    let world = World::new(store, Gate::default());
    let signed = world.signed(Attempt::default()).await;
    let key = signed.key.as_str();
    let hash = key.strip_prefix("s#").expect("a session's key");
    let bytes = URL_SAFE_NO_PAD.decode(hash).unwrap();
    let reference = signed.session.reference.as_str();
    #[rustfmt::skip]
    let cases = [
        // The hash has the shape of a token, and is the id of nothing.
        ("the hash",              hash.to_owned(),                     Denial::Unknown),
        ("the key",               key.to_owned(),                      Denial::Malformed),
        ("the hash in hex",       hex(&bytes),                         Denial::Malformed),
        ("the hash in base64",    STANDARD.encode(&bytes),             Denial::Malformed),
        ("as another one stores", format!("2::{}", hex(&bytes)),       Denial::Malformed),
        ("the ref",               reference.to_owned(),                Denial::Malformed),
        ("the ref, twice",        format!("{reference}{reference}"),   Denial::Malformed),
        ("the user",              world.user.as_str().to_owned(),      Denial::Malformed),
        ("nothing",               String::new(),                       Denial::Malformed),
        ("a space",               " ".to_owned(),                      Denial::Malformed),
        ("no id at all",          "A".repeat(43),                      Denial::Unknown),
    ];
    for (name, token, expected) in cases {
        let decision = world.call(&token, NOW).await;
        let denied = Decision::Deny {
            denial: expected,
            session: None,
        };
        assert_eq!(decision, denied, "{name}");
        world.logout(&token).await.unwrap();
    }
    assert!(world.allows(&signed.token).await);
}
