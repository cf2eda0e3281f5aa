//! Just enough of HTTP/1.1: messages whose body has the length that the head tells.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// A request or a response.
#[derive(Clone, Debug)]
pub struct Message {
    /// The first line and the headers, up to the empty line that ends them.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// Reads the next one; `None`: the connection was closed before its first byte.
    pub async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Self>> {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            match stream.read_line(&mut head).await? {
                0 if head.is_empty() => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                _ => {}
            }
        }
        let mut message = Self {
            head,
            body: Vec::new(),
        };
        if let Some(length) = message.header("content-length") {
            let length = length.parse().map_err(io::Error::other)?;
            message.body = vec![0; length];
            stream.read_exact(&mut message.body).await?;
        }
        Ok(Some(message))
    }

    /// A response with a body.
    #[must_use]
    pub fn response(status: u16, media_type: &str, body: &[u8]) -> Self {
        let length = body.len();
        Self {
            head: format!(
                "HTTP/1.1 {status} -\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\r\n"
            ),
            body: body.to_vec(),
        }
    }

    /// The value of the first header of that name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The status of a response.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.head.split(' ').nth(1)?.parse().ok()
    }

    /// The head without the header of that name.
    #[must_use]
    pub fn head_without(&self, name: &str) -> String {
        let named = |line: &&str| {
            line.split_once(':')
                .is_none_or(|(found, _)| !found.eq_ignore_ascii_case(name))
        };
        self.head.split_inclusive("\r\n").filter(named).collect()
    }

    /// As it goes over the wire.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        [self.head.as_bytes(), &self.body].concat()
    }
}
