//! Counts the visits of each path in a key-value bucket.
wit_bindgen::generate!({ path: "wit", world: "component", generate_all });

use exports::wasi::http::incoming_handler::Guest;
use wasi::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};
use wasi::keyvalue::{atomics, store};

struct Component;

impl Guest for Component {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, _) = target.split_once('?').unwrap_or((&target, ""));
        match count(path) {
            Ok(visits) => answer(out, 200, &format!("{path} was visited {visits} times\n")),
            Err(error) => answer(out, 500, &format!("counting {path}: {error:?}\n")),
        }
    }
}

/// Atomic: also when many replicas count at once.
fn count(path: &str) -> Result<u64, store::Error> {
    let bucket = store::open("default")?;
    atomics::increment(&bucket, &key_of(path), 1)
}

/// Keys of NATS key-value buckets are made of letters, digits and a few signs; a path may hold others.
fn key_of(path: &str) -> String {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "/_=-".contains(letter);
    let key: String = path
        .chars()
        .map(|letter| if allowed(letter) { letter } else { '_' })
        .collect();
    let end = if key.ends_with('/') { "index" } else { "" };
    format!("visits{key}{end}")
}

/// Up to 4096 bytes, which is what one `blocking_write_and_flush` takes.
fn answer(out: ResponseOutparam, status: u16, text: &str) {
    let response = OutgoingResponse::new(Fields::new());
    response.set_status_code(status).expect("a status of HTTP");
    let body = response.body().expect("a response has one body");
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().expect("a body has one stream");
    let written = stream.blocking_write_and_flush(text.as_bytes());
    // the stream must be gone before the body is finished
    drop(stream);
    if written.is_ok() {
        let _ = OutgoingBody::finish(body, None);
    }
}

export!(Component);
