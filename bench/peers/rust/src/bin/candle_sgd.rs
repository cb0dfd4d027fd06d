//! A peer: candle on the CPU, by hand: no autodiff, which would only add to the work.
use candle_core::{Device, Result, Tensor, D};
use peers::{measure, mnist, options, parameters, Layer, Options, Trainer, PIXELS};

struct Candle<'a> {
    chosen: &'a Options,
    x: Tensor,
    y: Tensor,
    layers: Vec<(Tensor, Tensor)>,
}

impl Candle<'_> {
    fn make(&mut self, rows: &[u32]) -> Result<()> {
        let rows = Tensor::new(rows, &Device::Cpu)?;
        let mut inputs = vec![self.x.index_select(&rows, 0)?];
        let last = self.layers.len() - 1;
        for (l, (w, b)) in self.layers.iter().enumerate() {
            let u = inputs[l].matmul(w)?.broadcast_add(b)?;
            inputs.push(if l < last { u.relu()? } else { u });
        }
        let u = inputs.pop().unwrap();
        let p = u.broadcast_sub(&u.max_keepdim(D::Minus1)?)?.exp()?;
        let p = p.broadcast_div(&p.sum_keepdim(D::Minus1)?)?;
        let mut delta = ((p - self.y.index_select(&rows, 0)?)? * (self.chosen.rate / self.chosen.batch as f32) as f64)?;
        for l in (0..=last).rev() {
            let h = inputs.pop().unwrap();
            let (w, b) = &mut self.layers[l];
            let dw = h.t()?.matmul(&delta)?;
            let db = delta.sum(0)?;
            if l > 0 {
                delta = (delta.matmul(&w.t()?)? * h.gt(0f32)?.to_dtype(h.dtype())?)?;
            }
            *w = (&*w - dw)?;
            *b = (&*b - db)?;
        }
        Ok(())
    }
}

impl Trainer for Candle<'_> {
    fn step(&mut self, rows: &[u32]) {
        self.make(rows).expect("a step");
    }

    fn layers(&self) -> Vec<Layer> {
        let values = |tensor: &Tensor| tensor.flatten_all().and_then(|flat| flat.to_vec1()).expect("values");
        self.layers.iter().map(|(w, b)| (values(w), values(b))).collect()
    }
}

fn main() -> Result<()> {
    let chosen = options();
    let (pixels, classes) = mnist(&chosen);
    let outputs = *chosen.widths.last().unwrap();
    let rows = classes.len();
    let mut targets = vec![0f32; rows * outputs];
    classes.iter().enumerate().for_each(|(row, class)| targets[row * outputs + *class as usize] = 1.0);
    let layers = parameters(&chosen).into_iter().map(|(w, b)| {
        let units = b.len();
        let inputs = w.len() / units;
        Ok((Tensor::from_vec(w, (inputs, units), &Device::Cpu)?, Tensor::from_vec(b, units, &Device::Cpu)?))
    });
    let trainer = Candle {
        chosen: &chosen,
        layers: layers.collect::<Result<_>>()?,
        x: Tensor::from_vec(pixels, (rows, PIXELS), &Device::Cpu)?,
        y: Tensor::from_vec(targets, (rows, outputs), &Device::Cpu)?,
    };
    measure(&chosen, "candle", env!("CANDLE_VERSION"), trainer);
    Ok(())
}
