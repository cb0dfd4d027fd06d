//! A peer: burn on its own CPU backend (Flex), by hand: no autodiff, which would only add to the work.
use burn::backend::Flex;
use burn::tensor::activation::{relu, softmax};
use burn::tensor::{Int, Tensor, TensorData};
use peers::{measure, mnist, options, parameters, Layer, Options, Trainer, PIXELS};

type Matrix = Tensor<Flex, 2>;

struct Burn<'a> {
    chosen: &'a Options,
    x: Matrix,
    y: Matrix,
    layers: Vec<(Matrix, Matrix)>,
}

fn matrix(values: Vec<f32>, shape: [usize; 2]) -> Matrix {
    Tensor::from_data(TensorData::new(values, shape), &Default::default())
}

impl Trainer for Burn<'_> {
    fn step(&mut self, rows: &[u32]) {
        let numbers: Vec<i64> = rows.iter().map(|row| *row as i64).collect();
        let rows = Tensor::<Flex, 1, Int>::from_data(TensorData::new(numbers, [rows.len()]), &Default::default());
        let mut inputs = vec![self.x.clone().select(0, rows.clone())];
        let last = self.layers.len() - 1;
        for (l, (w, b)) in self.layers.iter().enumerate() {
            let u = inputs[l].clone().matmul(w.clone()) + b.clone();
            inputs.push(if l < last { relu(u) } else { u });
        }
        let p = softmax(inputs.pop().unwrap(), 1);
        let mut delta = (p - self.y.clone().select(0, rows)) * (self.chosen.rate / self.chosen.batch as f32);
        for l in (0..=last).rev() {
            let h = inputs.pop().unwrap();
            let (w, b) = &mut self.layers[l];
            let dw = h.clone().transpose().matmul(delta.clone());
            let db = delta.clone().sum_dim(0);
            if l > 0 {
                delta = delta.matmul(w.clone().transpose()).mask_fill(h.lower_equal_elem(0), 0);
            }
            w.inplace(|w| w - dw);
            b.inplace(|b| b - db);
        }
    }

    fn layers(&self) -> Vec<Layer> {
        let values = |tensor: &Matrix| tensor.to_data().to_vec::<f32>().unwrap();
        self.layers.iter().map(|(w, b)| (values(w), values(b))).collect()
    }
}

fn main() {
    let chosen = options();
    let (pixels, classes) = mnist(&chosen);
    let outputs = *chosen.widths.last().unwrap();
    let mut targets = vec![0.0; classes.len() * outputs];
    classes.iter().enumerate().for_each(|(row, class)| targets[row * outputs + *class as usize] = 1.0);
    let trainer = Burn {
        chosen: &chosen,
        x: matrix(pixels, [classes.len(), PIXELS]),
        y: matrix(targets, [classes.len(), outputs]),
        layers: parameters(&chosen)
            .into_iter()
            .map(|(w, b)| {
                let units = b.len();
                (matrix(w.clone(), [w.len() / units, units]), matrix(b, [1, units]))
            })
            .collect(),
    };
    measure(&chosen, "burn", env!("BURN_VERSION"), trainer);
}
