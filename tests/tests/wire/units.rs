//! What a request takes, as the engine counts it.

use serde_json::Value;
use tests::{http1::Message, proxy::Seen};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// What the engine says that a request takes.
pub(crate) async fn units(endpoint: &str, seen: &Seen) -> Value {
    let (mut body, target) = (seen.body.clone(), &seen.target);
    body["ReturnConsumedCapacity"] = "TOTAL".into();
    let host = endpoint.trim_start_matches("http://");
    let mut stream = BufReader::new(TcpStream::connect(host).await.unwrap());
    let body = body.to_string();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\
         x-amz-target: DynamoDB_20120810.{target}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=local/20330518/us-east-1/dynamodb/aws4_request, \
         SignedHeaders=host, Signature=0\r\nx-amz-date: 20330518T033320Z\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = Message::read(&mut stream).await.unwrap().unwrap();
    let answer: Value = serde_json::from_slice(&answer.body).unwrap();
    answer["ConsumedCapacity"]["CapacityUnits"].clone()
}
