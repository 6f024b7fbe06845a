//! Answers HTTP requests.
use wstd::http::{Body, Error, Request, Response, StatusCode};

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    let uri = request.uri();
    if uri.path() != "/" {
        return Ok(Response::builder()
            .status(StatusCode::NOT_FOUND)
            .body("not found\n".into())?);
    }
    let name = uri
        .query()
        .and_then(|query| query.strip_prefix("name="))
        .unwrap_or("world");
    Ok(Response::new(format!("Hello, {name}!\n").into()))
}
