//! Answers each message with its text in capital letters.
wit_bindgen::generate!({ path: "wit", world: "component", generate_all });

use exports::wasmcloud::messaging::handler::Guest;
use wasmcloud::messaging::{consumer, types::BrokerMessage};

struct Component;

impl Guest for Component {
    /// An error says that the message could not be handled.
    fn handle_message(message: BrokerMessage) -> Result<(), String> {
        let Some(subject) = message.reply_to else {
            return Ok(());
        };
        let text = String::from_utf8(message.body).map_err(|error| error.to_string())?;
        consumer::publish(&BrokerMessage {
            subject,
            body: text.to_uppercase().into_bytes(),
            reply_to: None,
        })
    }
}

export!(Component);
