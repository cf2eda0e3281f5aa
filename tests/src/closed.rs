//! A port that is closed for as long as a test needs it to be.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpSocket;

/// A port of this machine on which nothing listens, and nothing will.
#[derive(Debug)]
pub struct Closed {
    /// Its URL.
    pub endpoint: String,
    _socket: TcpSocket,
}

impl Closed {
    /// Any free port.
    #[must_use]
    pub fn port() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket
            .bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .unwrap();
        Self {
            endpoint: format!("http://{}", socket.local_addr().unwrap()),
            _socket: socket,
        }
    }
}
