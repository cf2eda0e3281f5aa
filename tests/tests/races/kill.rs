//! A process that is killed at any point leaves no half of anything, and what it was about can be done again.

use dynamodb_session::{store::SessionStore, time::UnixSeconds};
use support::gate::Gate;
use tests::{
    on_every_store,
    world::{Attempt, NOW, Signed, World},
};

on_every_store! {
    a_login_killed_at_each_point
    a_login_at_the_cap_killed_at_each_point
    a_first_login_killed_at_each_point
    a_logout_killed_at_each_point
    a_logout_everywhere_killed_at_each_point
    a_change_of_password_killed_at_each_point
}

/// The most points that any operation has.
const MOST: usize = 40;

/// Runs the task up to its n-th point and drops it there; `false`: it ended before that.
async fn killed_at(world: &World<impl SessionStore>, point: usize, task: impl Future) -> bool {
    let mut task = world.gate().hold(async {
        task.await;
    });
    for _ in 0..point {
        if task.step().await.is_none() {
            return false;
        }
    }
    assert!(point < MOST, "it goes on and on");
    true
}

async fn a_login_killed_at_each_point(store: impl SessionStore) {
    let mut world = World::new(store, Gate::around());
    let mut cut = [0, 0];
    for point in 1.. {
        world.renew();
        let context = format!("killed at point {point}");
        let presented = world.signed(Attempt::default()).await;
        let other = world.signed(Attempt::default()).await;
        let attempt = Attempt {
            presented: Some(&presented.token),
            ..Attempt::default()
        };
        if !killed_at(&world, point, world.login(attempt.clone())).await {
            break;
        }
        // Either all of it has happened or nothing has.
        let committed = !world.allows(&presented.token).await;
        assert_eq!(world.check(&context).await, 2);
        assert_eq!(
            world.stored().await.contains(presented.key.as_str()),
            !committed,
            "{context}"
        );
        cut[usize::from(committed)] += 1;

        let again = world.signed(attempt).await;
        assert!(world.allows(&again.token).await, "{context}");
        assert!(world.allows(&other.token).await, "{context}");
        assert!(!world.allows(&presented.token).await, "{context}");
        world.check(&context).await;
    }
    assert!(cut[0] > 3 && cut[1] > 0, "{cut:?}");
}

async fn a_login_at_the_cap_killed_at_each_point(store: impl SessionStore) {
    let mut world = World::new(store, Gate::around());
    world.cap = 2;
    for point in 1.. {
        world.renew();
        let context = format!("killed at point {point}");
        let early = Attempt {
            at: UnixSeconds(NOW.0 - 1),
            ..Attempt::default()
        };
        let oldest = world.signed(early).await;
        let other = world.signed(Attempt::default()).await;
        if !killed_at(&world, point, world.login(Attempt::default())).await {
            break;
        }
        assert!(world.allows(&other.token).await, "{context}");
        assert_eq!(world.check(&context).await, 2);
        let again = world.signed(Attempt::default()).await;
        assert!(world.allows(&again.token).await, "{context}");
        assert!(!world.allows(&oldest.token).await, "{context}");
        assert_eq!(world.check(&context).await, 2);
    }
}

async fn a_first_login_killed_at_each_point(store: impl SessionStore) {
    let mut world = World::new(store, Gate::around());
    for point in 1.. {
        world.renew();
        let context = format!("killed at point {point}");
        if !killed_at(&world, point, world.login(Attempt::default())).await {
            break;
        }
        let left = world.check(&context).await;
        let again = world.signed(Attempt::default()).await;
        assert!(world.allows(&again.token).await, "{context}");
        assert_eq!(world.check(&context).await, left + 1);
        // The one whose token nobody has ends with the others.
        assert_eq!(world.end_all().await.unwrap(), left + 1);
        assert_eq!(world.check(&context).await, 0);
    }
}

async fn two(world: &World<impl SessionStore>) -> [Signed; 2] {
    [
        world.signed(Attempt::default()).await,
        world.signed(Attempt::default()).await,
    ]
}

async fn a_logout_killed_at_each_point(store: impl SessionStore) {
    let mut world = World::new(store, Gate::around());
    for point in 1.. {
        world.renew();
        let context = format!("killed at point {point}");
        let [signed, other] = two(&world).await;
        if !killed_at(&world, point, world.logout(&signed.token)).await {
            break;
        }
        let alive = world.allows(&signed.token).await;
        assert_eq!(world.check(&context).await, 1 + usize::from(alive));
        world.logout(&signed.token).await.unwrap();
        assert!(!world.allows(&signed.token).await, "{context}");
        assert!(world.allows(&other.token).await, "{context}");
        assert_eq!(world.check(&context).await, 1);
    }
}

async fn a_logout_everywhere_killed_at_each_point(store: impl SessionStore) {
    let mut world = World::new(store, Gate::around());
    for point in 1.. {
        world.renew();
        let context = format!("killed at point {point}");
        let [signed, other] = two(&world).await;
        if !killed_at(&world, point, world.everywhere(&signed.token)).await {
            break;
        }
        let alive = world.allows(&signed.token).await;
        assert_eq!(world.allows(&other.token).await, alive, "{context}");
        assert_eq!(world.check(&context).await, if alive { 2 } else { 0 });
        assert_eq!(
            world.everywhere(&signed.token).await.unwrap(),
            alive,
            "{context}"
        );
        assert_eq!(world.check(&context).await, 0);
    }
}

async fn a_change_of_password_killed_at_each_point(store: impl SessionStore) {
    let mut world = World::new(store, Gate::around());
    for point in 1.. {
        world.renew();
        let context = format!("killed at point {point}");
        let signed = two(&world).await;
        if !killed_at(&world, point, world.change_password()).await {
            break;
        }
        let alive = world.check(&context).await;
        assert!(alive == 0 || alive == 2, "{context}");
        let password = world.secret.password();
        world.change_password().await.unwrap();
        for signed in signed {
            assert!(!world.allows(&signed.token).await, "{context}");
        }
        let old = Attempt {
            password,
            ..Attempt::default()
        };
        assert!(world.login(old).await.unwrap().is_none(), "{context}");
        assert_eq!(world.check(&context).await, 0);
    }
}
