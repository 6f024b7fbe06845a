//! Runs for as long as its workload does and works every ten seconds. When it ends with an error it is started again.
use std::{thread::sleep, time::Duration};

// the imports of wit/world.wit; `main` is the export wasi:cli/run
wit_bindgen::generate!({ path: "wit", world: "imports", generate_all });

use wasi::keyvalue::{atomics, store};

fn main() -> Result<(), store::Error> {
    let bucket = store::open("default")?;
    loop {
        println!("round {}", atomics::increment(&bucket, "rounds", 1)?);
        sleep(Duration::from_secs(10));
    }
}
