//! The API as its clients meet it, over HTTP: against the stack on this machine, or with `API_URL` against a deployed
//! one, whose user `E2E_USER` has the password `E2E_PASSWORD`.

mod client;
mod cross_site;
mod data;
mod devices;
mod journey;
mod login;
mod logout;
mod refused;
mod responses;
mod stack;
