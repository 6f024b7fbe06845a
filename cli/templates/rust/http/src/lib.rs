//! Answers HTTP requests.
wit_bindgen::generate!({ path: "wit", world: "component", generate_all });

use exports::wasi::http::incoming_handler::Guest;
use wasi::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

struct Component;

impl Guest for Component {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        match path {
            "/" => {
                let name = query.strip_prefix("name=").unwrap_or("world");
                answer(out, 200, &format!("Hello, {name}!\n"));
            }
            _ => answer(out, 404, "not found\n"),
        }
    }
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
