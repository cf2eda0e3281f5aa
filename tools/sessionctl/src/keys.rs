//! What an operator does with the signing keys: one step of a replacement at a time, on a list or on a secret.

use std::io::{self, Read, Write};

use dynamodb_session::{
    config::Config,
    entropy::SystemEntropy,
    secret::{
        KEPT_SECONDS, SecretArn,
        manager::{Secret, Stage, Version},
    },
    signing_keys::list::{KeyList, Step},
    time::UnixSeconds,
};

use crate::{
    arguments::{Arguments, Rotate},
    failure::{Failure, UNCHANGED, explain_secret},
    place,
    signals::unless_ended,
};

/// More than the longest list has: four keys of a thousand characters.
const MOST_BYTES: u64 = 4096;

/// A list of one new key.
pub(crate) fn generate() -> Result<String, Failure> {
    Ok(new()?.expose())
}

/// Takes one step. The new list goes into the secret, or else back.
pub(crate) async fn rotate(
    rotate: &Rotate,
    arguments: &Arguments,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<String, Failure> {
    let step = rotate.step.into();
    let absolute = absolute_timeout(&environment)?;
    let Some(arn) = &rotate.secret else {
        let list = unless_ended(|| read(&mut io::stdin())).await?;
        let list = after(step, list, "the list on standard input")?;
        // Whoever does not read it has the list all the same.
        let _: io::Result<()> = writeln!(
            io::stderr(),
            "sessionctl: deploy it; {}",
            next(step, absolute)
        );
        return Ok(list.expose());
    };
    let region = Some(arn.region().to_owned());
    let named = "AWS_ENDPOINT_URL_SECRETS_MANAGER";
    let aws = place::settings(arguments, environment, named, region).await?;
    let secret = Secret::new(&aws, arn.clone());
    let current = version(&secret, Stage::Current).await?;
    let Some(current) = current else {
        return Err(Failure::Input(format!(
            "there is no secret {}, or nothing is stored in it: store the output of `sessionctl keys generate`",
            arn.as_str()
        )));
    };
    let place = format!("secret {}", arn.as_str());
    let list = KeyList::parse(&current.text).map_err(|problem| refused(&place, &problem))?;
    if let Some(previous) = version(&secret, Stage::Previous).await?
        && let Ok(previous) = KeyList::parse(&previous.text)
    {
        in_turn(step, list.step_since(&previous)).map_err(|problem| refused(&place, &problem))?;
    }
    if !rotate.now {
        let now = UnixSeconds::from_system_clock();
        waited(step, &current, now, absolute).map_err(|problem| refused(&place, &problem))?;
    }
    let list = after(step, list, &place)?;
    secret
        .write(&list.expose())
        .await
        .map_err(|error| Failure::Fault(explain_secret(&error)))?;
    Ok(told(arn, step, absolute))
}

fn new() -> Result<KeyList, Failure> {
    KeyList::generate(&SystemEntropy).map_err(|error| Failure::Fault(error.to_string()))
}

fn after(step: Step, list: KeyList, place: &str) -> Result<KeyList, Failure> {
    let after = list.after(step, new()?);
    after.map_err(|problem| refused(place, &problem))
}

fn refused(place: &str, problem: &str) -> Failure {
    Failure::Input(format!("{place}: {problem}; {UNCHANGED}"))
}

/// The list on standard input.
fn read(input: &mut impl Read) -> Result<KeyList, Failure> {
    let mut text = String::new();
    let read = input.take(MOST_BYTES).read_to_string(&mut text);
    read.map_err(|error| {
        Failure::Input(format!("can't read standard input: {error}; {UNCHANGED}"))
    })?;
    KeyList::parse(&text).map_err(|problem| refused("the list on standard input", &problem))
}

async fn version(secret: &Secret, stage: Stage) -> Result<Option<Version>, Failure> {
    let read = secret.read(stage).await;
    read.map_err(|error| Failure::Fault(format!("{}; {UNCHANGED}", explain_secret(&error))))
}

/// The absolute timeout of the sessions, by the rules that the functions have for it.
fn absolute_timeout(environment: impl Fn(&str) -> Option<String>) -> Result<u64, Failure> {
    let lookup = |name: &str| {
        name.ends_with("_TIMEOUT_SECONDS")
            .then(|| environment(name))
            .flatten()
    };
    let config = Config::parse(lookup).map_err(|error| Failure::Input(error.to_string()))?;
    Ok(config.timeouts.absolute)
}

/// Whether `step` may follow the one that made the secret's current version, where one did.
fn in_turn(step: Step, last: Option<Step>) -> Result<(), String> {
    let due = match last {
        Some(Step::Accept) => Step::Sign,
        Some(Step::Sign) => Step::Drop,
        Some(Step::Drop) => Step::Accept,
        None => return Ok(()),
    };
    if step == due {
        return Ok(());
    }
    Err(format!("the step that comes next is {}", name(due)))
}

/// Whether the current version is everywhere, and for [`Step::Drop`] whether the sessions of the old key have ended.
fn waited(step: Step, current: &Version, now: UnixSeconds, absolute: u64) -> Result<(), String> {
    let ready = current.created.plus(match step {
        Step::Accept => return Ok(()),
        Step::Sign => KEPT_SECONDS,
        Step::Drop => KEPT_SECONDS.saturating_add(absolute),
    });
    if ready <= now {
        return Ok(());
    }
    let (wait, why) = (
        now.until(ready).as_secs(),
        match step {
            Step::Drop => "until then there are sessions that it would end",
            _ => "until then there are processes that would refuse the new key",
        },
    );
    Err(format!(
        "it is too early to {}: wait {wait} s, {why} (--now does it all the same)",
        name(step)
    ))
}

fn told(arn: &SecretArn, step: Step, absolute: u64) -> String {
    format!(
        "stored in secret {}; {}",
        arn.as_str(),
        next(step, absolute)
    )
}

/// What holds after `step`, and what to do then.
fn next(step: Step, absolute: u64) -> String {
    match step {
        Step::Accept => format!(
            "the new key is accepted and does not sign yet. Next: `keys rotate sign`, when every process has it \
             ({KEPT_SECONDS} s, if no keys_fault was logged)"
        ),
        Step::Sign => format!(
            "the new key signs, the old one is accepted. Next: `keys rotate drop`, when the last session of the old \
             key has ended ({KEPT_SECONDS} s and the absolute timeout, {absolute} s)"
        ),
        Step::Drop => format!(
            "the new key alone is accepted, everywhere after {KEPT_SECONDS} s. The replacement is done"
        ),
    }
}

fn name(step: Step) -> &'static str {
    match step {
        Step::Accept => "accept",
        Step::Sign => "sign",
        Step::Drop => "drop",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSOLUTE: u64 = 43200;

    fn at(created: u64) -> Version {
        Version {
            text: String::new(),
            created: UnixSeconds(created),
        }
    }

    #[test]
    fn each_step_waits_until_the_one_before_is_everywhere() {
        #[rustfmt::skip]
        let cases = [
            (Step::Accept, 0,              Ok(())),
            (Step::Sign,   299,            Err("wait 1 s")),
            (Step::Sign,   300,            Ok(())),
            (Step::Drop,   300,            Err("wait 43200 s")),
            (Step::Drop,   43499,          Err("wait 1 s")),
            (Step::Drop,   43500,          Ok(())),
        ];
        for (step, age, expected) in cases {
            let waited = waited(step, &at(1_000_000), UnixSeconds(1_000_000 + age), ABSOLUTE);
            match expected {
                Ok(()) => assert_eq!(waited, Ok(()), "{step:?} {age}"),
                Err(part) => assert!(waited.unwrap_err().contains(part), "{step:?} {age}"),
            }
        }
    }

    #[test]
    fn steps_are_taken_in_turn() {
        const STEPS: [Step; 3] = [Step::Accept, Step::Sign, Step::Drop];
        for (nth, last) in STEPS.into_iter().enumerate() {
            for (other, step) in STEPS.into_iter().enumerate() {
                let next = other == (nth + 1) % 3;
                assert_eq!(in_turn(step, Some(last)).is_ok(), next, "{last:?} {step:?}");
            }
            assert_eq!(in_turn(last, None), Ok(()));
        }
    }
}
