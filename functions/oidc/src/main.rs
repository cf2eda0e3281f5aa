//! The Lambda behind /login/oidc and its neighbours.

fn main() {}
