//! No password, token, id or signing key is ever written where it does not belong: every line of the logs, every answer,
//! every context of the authorizer, every item of both tables and every request to the store is searched for them. And no
//! data of a session is written but into the store, and into the answers that show it.

mod flow;
mod in_process;
mod lines;
mod patterns;
mod processes;
mod session;
mod vault;
