//! Counts the uploads of each bucket, by the events that the store sends for every change.
wit_bindgen::generate!({ path: "wit", world: "component", generate_all });

use exports::wasmcloud::messaging::handler::{BrokerMessage, Guest};
use serde_json::Value;
use wasi::keyvalue::{atomics, store};

struct Component;

impl Guest for Component {
    fn handle_message(message: BrokerMessage) -> Result<(), String> {
        let event: Value = serde_json::from_slice(&message.body).map_err(|error| error.to_string())?;
        let records = event["Records"].as_array().ok_or("the message has no Records")?;
        for record in records {
            count(record).map_err(|error| format!("{error:?}"))?;
        }
        Ok(())
    }
}

fn count(record: &Value) -> Result<(), store::Error> {
    let created = record["eventName"]
        .as_str()
        .is_some_and(|name| name.starts_with("ObjectCreated:"));
    let Some(bucket) = record["s3"]["bucket"]["name"].as_str().filter(|_| created) else {
        return Ok(());
    };
    let uploads = atomics::increment(&store::open("default")?, &format!("uploads/{bucket}"), 1)?;
    println!(
        "{bucket}/{} is upload {uploads}",
        record["s3"]["object"]["key"].as_str().unwrap_or("?")
    );
    Ok(())
}

export!(Component);
