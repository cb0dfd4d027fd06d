//! Tells the trainers' versions, which Cargo.toml pins, to the programs that use them.
fn main() {
    let pinned = std::fs::read_to_string("Cargo.toml").expect("Cargo.toml");
    for (name, variable) in [("burn", "BURN_VERSION"), ("candle-core", "CANDLE_VERSION")] {
        let version = pinned.split(&format!("\n{name} = {{ version = \"=")).nth(1).and_then(|rest| rest.split('"').next());
        println!("cargo:rustc-env={variable}={}", version.expect("a pinned version"));
    }
    println!("cargo:rerun-if-changed=Cargo.toml");
}
