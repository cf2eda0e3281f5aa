//! No attempt that arrives late changes anything: not after the answer to the next one, not after another writer, not
//! after a logout.

mod act;
mod all;
mod ask;
mod case;
mod holds;
mod operator;
mod scenarios;
mod stage;
mod told;
mod tries;
mod way;
