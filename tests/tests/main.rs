//! The suites of the whole, in one program. `secrets` is one of its own.

mod api;
mod audit;
mod backend;
mod codes;
mod compares;
mod contexts;
mod cookies;
mod credentials;
mod docs;
mod end_to_end;
mod faults;
mod import;
mod imports;
mod invariants;
mod keys;
mod late;
mod pages;
mod races;
mod sieve;
mod sources;
mod store_contract;
mod survey;
mod template;
mod user_store;
mod wire;
