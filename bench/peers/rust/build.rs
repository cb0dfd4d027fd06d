//! Tells the trainers' versions to the programs that use them, out of Cargo.lock.
fn main() {
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    for (name, variable) in [("burn", "BURN_VERSION"), ("candle-core", "CANDLE_VERSION")] {
        let version = lock.split(&format!("name = \"{name}\"\nversion = \"")).nth(1).and_then(|rest| rest.split('"').next());
        println!("cargo:rustc-env={variable}={}", version.unwrap_or("unknown version"));
    }
    println!("cargo:rerun-if-changed=Cargo.lock");
}
