//! GET reads an object of the bucket `files`, PUT writes one: the same objects that S3 clients see.
wit_bindgen::generate!({ path: "wit", world: "component", generate_all });

use exports::wasi::http::incoming_handler::Guest;
use wasi::blobstore::blobstore::get_container;
use wasi::blobstore::container::Container;
use wasi::blobstore::types::{IncomingValue, OutgoingValue};
use wasi::http::types::{
    Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasi::io::streams::{InputStream, OutputStream, StreamError};

struct Component;

impl Guest for Component {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        match serve(request) {
            Ok((status, bytes)) => answer(out, status, &bytes),
            Err(error) => answer(out, 500, format!("{error}\n").as_bytes()),
        }
    }
}

fn serve(request: IncomingRequest) -> Result<(u16, Vec<u8>), String> {
    let target = request.path_with_query().unwrap_or_default();
    let (path, _) = target.split_once('?').unwrap_or((&target, ""));
    let name = path.trim_start_matches('/');
    let files = get_container("files")?;
    if let Method::Put = request.method() {
        let bytes = read_body(request)?;
        write(&files, name, &bytes)?;
        return Ok((201, format!("{name}: {} bytes\n", bytes.len()).into_bytes()));
    }
    if !files.has_object(name)? {
        return Ok((404, format!("there is no {name}\n").into_bytes()));
    }
    Ok((200, read(&files, name)?))
}

fn read(files: &Container, name: &str) -> Result<Vec<u8>, String> {
    match files.object_info(name)?.size {
        0 => Ok(Vec::new()),
        // both ends are inclusive
        size => IncomingValue::incoming_value_consume_sync(files.get_data(name, 0, size - 1)?),
    }
}

fn write(files: &Container, name: &str, bytes: &[u8]) -> Result<(), String> {
    let value = OutgoingValue::new_outgoing_value();
    let body = value
        .outgoing_value_write_body()
        .map_err(|()| "the value has no body")?;
    files.write_data(name, &value)?;
    write_all(&body, bytes).map_err(|error| error.to_string())?;
    // the stream must be gone before the value is finished
    drop(body);
    OutgoingValue::finish(value)
}

fn read_body(request: IncomingRequest) -> Result<Vec<u8>, String> {
    let body: IncomingBody = request.consume().map_err(|()| "the request has no body")?;
    let stream: InputStream = body.stream().map_err(|()| "the body has no stream")?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(64 * 1024) {
            Ok(chunk) => bytes.extend(chunk),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(error) => return Err(error.to_string()),
        }
    }
}

fn answer(out: ResponseOutparam, status: u16, bytes: &[u8]) {
    let response = OutgoingResponse::new(Fields::new());
    response.set_status_code(status).expect("a status of HTTP");
    let body = response.body().expect("a response has one body");
    ResponseOutparam::set(out, Ok(response));
    let stream = body.write().expect("a body has one stream");
    let written = write_all(&stream, bytes);
    // the stream must be gone before the body is finished
    drop(stream);
    if written.is_ok() {
        let _ = OutgoingBody::finish(body, None);
    }
}

/// What one `blocking_write_and_flush` takes.
const WRITE_SIZE: usize = 4096;

fn write_all(stream: &OutputStream, bytes: &[u8]) -> Result<(), StreamError> {
    bytes
        .chunks(WRITE_SIZE)
        .try_for_each(|chunk| stream.blocking_write_and_flush(chunk))
}

export!(Component);
