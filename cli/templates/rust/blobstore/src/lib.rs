//! GET reads an object of the bucket `files`, PUT writes one: the same objects that S3 clients see.
use wstd::http::{Body, Error, Method, Request, Response, StatusCode};

// the imports of wit/world.wit; wstd makes the HTTP export
wit_bindgen::generate!({ path: "wit", world: "imports", generate_all });

use wasi::blobstore::blobstore::get_container;
use wasi::blobstore::container::Container;
use wasi::blobstore::types::{IncomingValue, OutgoingValue};

#[wstd::http_server]
async fn main(mut request: Request<Body>) -> Result<Response<Body>, Error> {
    let name = request.uri().path().trim_start_matches('/').to_owned();
    let files = get_container("files").map_err(Error::msg)?;
    if request.method() == Method::PUT {
        let bytes = request.body_mut().contents().await?;
        write(&files, &name, bytes).map_err(Error::msg)?;
        return answer(
            StatusCode::CREATED,
            format!("{name}: {} bytes\n", bytes.len()).into_bytes(),
        );
    }
    if !files.has_object(&name).map_err(Error::msg)? {
        return answer(StatusCode::NOT_FOUND, format!("there is no {name}\n").into_bytes());
    }
    answer(StatusCode::OK, read(&files, &name).map_err(Error::msg)?)
}

fn answer(status: StatusCode, bytes: Vec<u8>) -> Result<Response<Body>, Error> {
    Ok(Response::builder().status(status).body(bytes.into())?)
}

fn read(files: &Container, name: &str) -> Result<Vec<u8>, String> {
    match files.object_info(name)?.size {
        0 => Ok(Vec::new()),
        // both ends are inclusive
        size => IncomingValue::incoming_value_consume_sync(files.get_data(name, 0, size - 1)?),
    }
}

/// What one `blocking_write_and_flush` takes.
const WRITE_SIZE: usize = 4096;

fn write(files: &Container, name: &str, bytes: &[u8]) -> Result<(), String> {
    let value = OutgoingValue::new_outgoing_value();
    let body = value
        .outgoing_value_write_body()
        .map_err(|()| "the value has no body")?;
    files.write_data(name, &value)?;
    for chunk in bytes.chunks(WRITE_SIZE) {
        body.blocking_write_and_flush(chunk)
            .map_err(|error| format!("{error:?}"))?;
    }
    // the stream must be gone before the value is finished
    drop(body);
    OutgoingValue::finish(value)
}
