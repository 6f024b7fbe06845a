//! Counts the visits of each path in a key-value bucket.
use wstd::http::{Body, Error, Request, Response};

// the imports of wit/world.wit; wstd makes the HTTP export
wit_bindgen::generate!({ path: "wit", world: "imports", generate_all });

use wasi::keyvalue::{atomics, store};

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    let path = request.uri().path();
    let visits = count(path).map_err(|error| Error::msg(format!("counting {path}: {error:?}")))?;
    Ok(Response::new(format!("{path} was visited {visits} times\n").into()))
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
