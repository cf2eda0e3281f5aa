//! A login with a credential of one's own: a code that the user was sent.
//!
//! `cargo run -p dynamodb-session --example login -- 123456`

use std::{
    env,
    error::Error,
    io::{self, Write},
};

use dynamodb_session::{
    authorize::Policy,
    create::{Credential, Login, create},
    entropy::SystemEntropy,
    fault::StoreError,
    store::memory::MemoryStore,
    time::UnixSeconds,
    transport::Transport,
    user::UserName,
};

/// The code that somebody typed.
struct Code(String);

impl Credential for Code {
    type Proof = ();

    async fn verify(&self, user: &UserName) -> Result<Option<()>, StoreError> {
        Ok((user.as_str() == "ada" && self.0 == "123456").then_some(()))
    }

    async fn still_holds(&self, _: &UserName, (): &()) -> Result<bool, StoreError> {
        Ok(true)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (store, policy) = (MemoryStore::default(), Policy::default());
    let code = Code(env::args().nth(1).unwrap_or_default());
    let login = Login::new(UserName::parse("ada")?, code);
    let now = UnixSeconds::from_system_clock();
    match create(&store, &SystemEntropy, &policy, &login, now).await? {
        Some(created) => {
            let cookie = Transport::default().cookie;
            let header = cookie.set(&created.token, &created.session, now);
            // A token is a credential: of a header that has one, a program shows the name alone.
            let name = header.split('=').next().unwrap_or_default();
            writeln!(io::stdout(), "logged in: Set-Cookie has {name}")?;
        }
        None => writeln!(io::stdout(), "wrong code: try 123456")?,
    }
    Ok(())
}
